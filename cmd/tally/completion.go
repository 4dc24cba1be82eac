package main

import (
	"errors"

	"github.com/spf13/cobra"
)

var shells = []string{"bash", "zsh", "fish", "powershell"}

func newCompletion() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a completion script for bash, zsh, fish or powershell.",
		Long: `Prints a script that teaches a shell to complete the commands, flags and values of tally. SHELL is
bash, zsh, fish or powershell. Bash needs its package bash-completion.`,
		Example: `  source <(tally completion bash)                                # bash, this session
  tally completion zsh > "${fpath[1]}/_tally"                    # zsh
  tally completion fish > ~/.config/fish/completions/tally.fish  # fish
  tally completion powershell | Out-String | Invoke-Expression   # PowerShell, this session`,
		Annotations: map[string]string{exitNotes: plainExits},
		ValidArgs:   shells,
		Args:        atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("the shell is missing: bash, zsh, fish or powershell")
			}
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			return unknown("shell", args[0], shells)
		},
	}
}
