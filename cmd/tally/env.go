package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/cmd/internal/exports"
	"github.com/tallystick/tallystick/cmd/internal/wire"
	"github.com/tallystick/tallystick/mock"
)

// demoUser is who gets tokens of a mock that asks nobody for a name.
const demoUser = "tally"

// envSettings is what the flags of `tally env` say.
type envSettings struct {
	server exports.Server
	spec   string
	shell  string
}

func newEnv(env map[string]string) *cobra.Command {
	k := &envSettings{shell: "sh"}
	all := k.settings()
	cmd := &cobra.Command{
		Use:   "env URL [flags]",
		Short: "Print the variables that lead clients to a server.",
		Long: `Prints variables for the shell, and nothing else: those of tally check and its neighbours (TALLY_TARGET and so
on), of the OpenStack clients with otcextensions (OS_AUTH_URL and so on), of the SDKs of Huawei Cloud
(HUAWEICLOUD_SDK_AK and so on) and of its Terraform provider (HW_ACCESS_KEY and so on). URL is a base URL, as a
mock prints it. Nothing is sent.

Without credentials the variables have a user tally, which a mock takes unless it was started with --user. The
variables hold the credentials: what reads the output has them.

TALLY_USER and TALLY_TOKEN mean something else to tally mock, so that it refuses to start with them set.`,
		Example: `  eval "$(tally env http://127.0.0.1:8080)" && openstack ma devenv list
  tally env https://localhost:8443 --ca ca.pem --shell fish | source
  tally env http://127.0.0.1:8080 --ak ID --sk @secret.txt --shell dotenv > .env`,
		Annotations: map[string]string{
			variableNotes: secretNotes,
			exitNotes:     "  0  done\n  2  wrong usage, or a value that the file of --shell dotenv cannot hold"},
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := all.read(cmd, env); err != nil {
				return err
			}
			if len(args) == 0 {
				return errors.New("the URL is missing; 'tally env --help' shows the usage")
			}
			return k.print(cmd.OutOrStdout(), args[0])
		},
	}
	all.declare(cmd)
	return cmd
}

func (k *envSettings) settings() settings {
	s := &k.server
	return settings{
		{name: "project", form: "ID", set: into(&s.Project), usage: "The id of the project, as it stands in paths. Default that of the project's name."},
		{name: "project-name", form: "NAME", set: into(&s.ProjectName), usage: "The name of the project. Default " + defaultProject + ", when there is no --project either."},
		{name: "region", form: "NAME", set: into(&s.Region), usage: "The region that clients look for. Default what the project's name begins with. Example: --region eu-de."},
		{name: "user", form: "NAME", set: into(&s.User), usage: "The user to get tokens for. Default tally, with the password tally."},
		{name: "password", form: "PASSWORD", secret: true, set: secret(&s.Password), usage: "The password of the user."},
		{name: "domain", form: "NAME", set: into(&s.Domain), usage: "The domain (account) of the user. Default Default."},
		{name: "token", form: "TOKEN", secret: true, set: secret(&s.Token), usage: "Instead of a user: a token for the project."},
		{name: "ak", form: "ID", set: into(&s.AccessKey), usage: "The id of an access key, for clients that sign; the others get the user."},
		{name: "sk", form: "SECRET", secret: true, set: secret(&s.SecretKey), usage: "The secret of the access key."},
		{name: "ca", form: "FILE", set: into(&s.CA), usage: "A PEM file with the certificates that clients shall trust. Example: --ca ca.pem, the file of --tls-ca-file."},
		{name: "spec", form: "FILE", set: into(&k.spec), usage: "The contract that has the paths. Default the built-in one."},
		{name: "shell", form: "FORM", initial: k.shell, words: exports.Forms(), set: oneOf(&k.shell, exports.Forms()),
			usage: "What to write: lines for sh, fish or powershell, a file for tools that read one (dotenv), or json."},
	}
}

func (k *envSettings) print(out io.Writer, target string) error {
	if _, ok := wire.SocketPath(target); ok {
		return errors.New("the clients know no unix sockets; want a URL such as http://127.0.0.1:8080")
	}
	u, err := baseURL(target)
	if err != nil {
		return err
	}
	k.server.URL = strings.TrimSuffix(u.String(), "/")
	if err := k.complete(); err != nil {
		return err
	}
	c, err := loadContract(k.spec)
	if err != nil {
		return err
	}
	return exports.Write(out, k.shell, exports.Variables(c, k.server))
}

// complete fills in what was not said, and tells what does not go together.
func (k *envSettings) complete() error {
	s := &k.server
	switch {
	case s.Token != "" && s.User != "":
		return errors.New("--token and --user exclude each other")
	case s.Token != "" && s.AccessKey != "":
		return errors.New("--token and --ak exclude each other")
	case s.AccessKey != "" && s.SecretKey == "":
		return errors.New("--sk is missing; --ak needs it")
	case s.SecretKey != "" && s.AccessKey == "":
		return errors.New("--ak is missing; --sk is the secret of one")
	case s.User != "" && s.Password == "":
		return errors.New("--password is missing; --user needs it")
	case s.Password != "" && s.User == "":
		return errors.New("--user is missing; --password is that of one")
	}
	if s.Token == "" && s.User == "" {
		s.User, s.Password = demoUser, demoUser
	}
	if s.Project == "" && s.ProjectName == "" {
		s.ProjectName = defaultProject
	}
	s.Project = cmp.Or(s.Project, mock.ProjectID(s.ProjectName))
	s.Domain = cmp.Or(s.Domain, "Default")
	region, _, _ := strings.Cut(s.ProjectName, "_")
	s.Region = cmp.Or(s.Region, region, defaultProject)
	if s.CA == "" {
		return nil
	}
	if _, err := trusting(s.CA, false); err != nil {
		return err
	}
	path, err := filepath.Abs(s.CA) // the shell may go elsewhere
	if err != nil {
		return fmt.Errorf("--ca %s: %w", s.CA, err)
	}
	s.CA = path
	return nil
}
