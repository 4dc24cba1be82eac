// Package exports is the environment that lets other programs find a server.
package exports

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/tallystick/tallystick/internal/format"
)

// Variable is one variable of an environment.
type Variable struct{ Name, Value string }

// Forms are the ways to write an environment: the syntaxes of shells, the file that many tools read, and JSON.
func Forms() []string { return []string{"sh", "fish", "powershell", "dotenv", "json"} }

// lines are the forms that have one line for each variable.
var lines = map[string]func(Variable) (string, error){
	"sh":         func(v Variable) (string, error) { return "export " + v.Name + "=" + shell(v.Value), nil },
	"fish":       func(v Variable) (string, error) { return "set -gx " + v.Name + " " + fish(v.Value), nil },
	"powershell": func(v Variable) (string, error) { return "$Env:" + v.Name + " = " + powershell(v.Value), nil },
	"dotenv":     dotenv,
}

// name is the form of a variable's name that no shell takes for anything else; it stands there without quotes.
var name = regexp.MustCompile(`\A[A-Za-z_][A-Za-z0-9_]*\z`)

// Write writes variables in one of the Forms, so that no value is taken for anything but text. The error is that of
// out, or tells that a form cannot hold a value, or that a name has other characters than letters of ASCII, digits and
// _; then nothing is written.
func Write(out io.Writer, form string, variables []Variable) error {
	for _, v := range variables {
		if !name.MatchString(v.Name) {
			return fmt.Errorf("%q cannot be the name of a variable; want letters, digits and _", v.Name)
		}
	}
	if form == "json" {
		return writeJSON(out, variables)
	}
	line, known := lines[form]
	if !known {
		return fmt.Errorf("form %q: want one of %s", form, strings.Join(Forms(), ", "))
	}
	var b strings.Builder
	for _, v := range variables {
		text, err := line(v)
		if err != nil {
			return err
		}
		b.WriteString(text + "\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func writeJSON(out io.Writer, variables []Variable) error {
	object := map[string]string{}
	for _, v := range variables {
		object[v.Name] = v.Value
	}
	return format.JSON(out, object)
}

// shell quotes for POSIX shells.
func shell(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// fish quotes for fish, where a backslash escapes inside single quotes too.
func fish(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}

// powershell quotes for PowerShell, which takes typographic quotes for plain ones.
func powershell(text string) string {
	double := func(quote string) []string { return []string{quote, quote + quote} }
	var pairs []string
	for _, quote := range []string{"'", "\u2018", "\u2019", "\u201a", "\u201b"} {
		pairs = append(pairs, double(quote)...)
	}
	return "'" + strings.NewReplacer(pairs...).Replace(text) + "'"
}

// dotenv quotes for .env files. Their readers agree on single quotes, and on nothing that could stand in them as an
// escape.
func dotenv(v Variable) (string, error) {
	if strings.ContainsAny(v.Value, "'\\\r\n") {
		return "", fmt.Errorf("%s: a .env file cannot hold its value, which has a quote, a backslash or a line break; use another form", v.Name)
	}
	return v.Name + "='" + v.Value + "'", nil
}
