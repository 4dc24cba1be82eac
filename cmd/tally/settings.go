package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// setting is one thing that a flag, a variable and a key of the configuration file can say.
type setting struct {
	name    string
	form    string // of the value, as the help shows it; "bool" for a switch
	usage   string
	initial string
	many    bool     // may be given several times
	secret  bool     // no message may show a value
	words   []string // values that a shell may offer
	set     func(text string) error
}

// settings are those of one command. A flag wins over a variable, a variable over the file, the file
// over what is initial.
type settings []setting

const configFlag = "config"

const settingNotes = `  Every flag is also a variable: %s.
  A flag that may be repeated takes several values there, one a line, or separated by commas where
  there is one line only. An empty variable counts as absent.
  The file of --config is YAML. Its keys are the names of the flags; a flag that may be repeated takes
  a list. An unknown key is an error.
  A flag wins over a variable, a variable over the file, the file over the default.`

// flagValue lets the flag library set a setting.
type flagValue struct {
	setting
	text string
}

func (v *flagValue) String() string { return v.text }

func (v *flagValue) Type() string { return v.form }

func (v *flagValue) Set(text string) error {
	if err := v.set(text); err != nil {
		if v.secret {
			return fmt.Errorf("(value not shown): %w", err)
		}
		return fmt.Errorf("%q: %w", text, err)
	}
	v.text = text
	return nil
}

// notes say how the settings are given by other means than flags; "" where there are none.
func (ss settings) notes() string {
	if len(ss) == 0 {
		return ""
	}
	var examples []string
	example := func(s setting) {
		examples = append(examples, "--"+s.name+" is "+variable(s.name))
	}
	example(ss[0])
	if i := slices.IndexFunc(ss[1:], func(s setting) bool { return strings.Contains(s.name, "-") }); i >= 0 {
		example(ss[1+i])
	}
	return fmt.Sprintf(settingNotes, strings.Join(examples, ", "))
}

// declare gives a command the settings as flags, and its help what is to be said of them. What it says of variables already
// stands behind that.
func (ss settings) declare(cmd *cobra.Command) {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[variableNotes] = ss.notes() + cmd.Annotations[variableNotes]
	for _, s := range ss {
		f := cmd.Flags().VarPF(&flagValue{setting: s, text: s.initial}, s.name, "", s.usage)
		if s.form == "bool" {
			f.NoOptDefVal = "true"
		}
		if s.words != nil {
			_ = cmd.RegisterFlagCompletionFunc(s.name, cobra.FixedCompletions(s.words, cobra.ShellCompDirectiveNoFileComp))
		}
	}
	cmd.Flags().String(configFlag, "", "Read settings from this YAML `FILE`.")
}

func (ss settings) names() []string {
	var names []string
	for _, s := range ss {
		names = append(names, s.name)
	}
	return names
}

const variablePrefix = "TALLY_"

func variable(name string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// resolve sets what no flag has set, from the variables and the file.
func (ss settings) resolve(flags *pflag.FlagSet, env map[string]string) error {
	file, err := ss.readFile(flags, env)
	if err != nil {
		return err
	}
	for _, s := range ss {
		text := env[variable(s.name)]
		switch {
		case flags.Changed(s.name):
		case text != "":
			for _, item := range s.items(text) {
				if err := flags.Set(s.name, item); err != nil {
					return fmt.Errorf("%s %w", variable(s.name), cause(err))
				}
			}
		default:
			for _, v := range file[s.name] {
				if err := flags.Set(s.name, v.text); err != nil {
					return fmt.Errorf("%s: %s %w", v.at, s.name, cause(err))
				}
			}
		}
	}
	return nil
}

// items are the values in a variable.
func (s setting) items(text string) []string {
	if !s.many {
		return []string{text}
	}
	separator := ","
	if strings.Contains(text, "\n") {
		separator = "\n"
	}
	var items []string
	for item := range strings.SplitSeq(text, separator) {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// cause is what a setting said about a value, without what the flag library put around it.
func cause(err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return errors.Unwrap(invalid)
	}
	return err
}

// read resolves the settings of a command, and warns of variables that are nearly one of them.
func (ss settings) read(cmd *cobra.Command, env map[string]string) error {
	if err := ss.resolve(cmd.Flags(), env); err != nil {
		return err
	}
	for _, text := range ss.misspelt(env) {
		_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "warning:", text) // nowhere else to report to
	}
	return nil
}

// misspelt lists the variables that are nearly the name of a setting.
func (ss settings) misspelt(env map[string]string) []string {
	var known, out []string
	for _, name := range append(ss.names(), configFlag) {
		known = append(known, strings.TrimPrefix(variable(name), variablePrefix))
	}
	for name := range env {
		if word, ours := strings.CutPrefix(name, variablePrefix); ours && !slices.Contains(known, word) {
			if near := nearest(word, known); near != "" {
				out = append(out, fmt.Sprintf("%s is no setting; did you mean %s?", name, variablePrefix+near))
			}
		}
	}
	slices.Sort(out)
	return out
}

// yamlText is what the YAML library found, on one line and without its name.
func yamlText(err error) string {
	return strings.TrimPrefix(strings.Join(strings.Fields(err.Error()), " "), "yaml: ")
}

// fileValue is a value of the configuration file and where it stands.
type fileValue struct{ text, at string }

func (ss settings) readFile(flags *pflag.FlagSet, env map[string]string) (map[string][]fileValue, error) {
	path, from := env[variable(configFlag)], variable(configFlag)
	if flags.Changed(configFlag) {
		path, from = flags.Lookup(configFlag).Value.String(), "--"+configFlag
	}
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", from, path, reasonOf(err))
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, fmt.Errorf("%s: %s", path, yamlText(err))
	}
	if len(document.Content) == 0 {
		return nil, nil
	}
	return ss.readMapping(path, document.Content[0])
}

func (ss settings) readMapping(path string, root *yaml.Node) (map[string][]fileValue, error) {
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: want lines of the form NAME: VALUE", path, root.Line)
	}
	out := map[string][]fileValue{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		at := fmt.Sprintf("%s:%d", path, key.Line)
		which := slices.IndexFunc(ss, func(s setting) bool { return s.name == key.Value })
		if which < 0 {
			return nil, fmt.Errorf("%s: %w", at, unknown("key", key.Value, ss.names()))
		}
		if _, twice := out[key.Value]; twice {
			return nil, fmt.Errorf("%s: key %q stands here twice", at, key.Value)
		}
		values, err := ss[which].fileValues(path, value)
		if err != nil {
			return nil, err
		}
		out[key.Value] = values
	}
	return out, nil
}

// fileValues are the values under one key: one, or a list where a list is allowed.
func (s setting) fileValues(path string, value *yaml.Node) ([]fileValue, error) {
	nodes := []*yaml.Node{value}
	if s.many && value.Kind == yaml.SequenceNode {
		nodes = value.Content
	}
	out := make([]fileValue, 0, len(nodes))
	for _, n := range nodes {
		at := fmt.Sprintf("%s:%d", path, n.Line)
		if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
			if s.many {
				return nil, fmt.Errorf("%s: %s: want one plain value, or a list of them", at, s.name)
			}
			return nil, fmt.Errorf("%s: %s: want one plain value", at, s.name)
		}
		out = append(out, fileValue{n.Value, at})
	}
	return out, nil
}
