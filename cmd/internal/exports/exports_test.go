package exports

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

var update = flag.Bool("update", false, "rewrite testdata")

// nasty are values that a shell must not look into.
var nasty = []string{"plain", "", "a b", "it's", `back\slash`, `\`, `'`, `''\''`, "$HOME ${HOME} $(touch hacked) `touch hacked`", "a\nb", "\n",
	`"double"`, "#comment", "*?[x]", "~", "!!", "%PATH%", "é中😀", "\u2019; touch hacked; \u2018", "a;b|c&d>e", "-n", "=", "\t"}

func written(t *testing.T, form string, variables []Variable) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, form, variables); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Each shell reads back what was written, and does nothing else.
func TestShells(t *testing.T) {
	for form, command := range map[string][]string{"sh": {"sh"}, "fish": {"fish"}, "powershell": {"pwsh", "-NoProfile", "-Command", "-"}} {
		t.Run(form, func(t *testing.T) {
			for _, value := range nasty {
				readsBack(t, form, command, value)
			}
		})
	}
}

func readsBack(t *testing.T, form string, command []string, value string) {
	t.Helper()
	if _, err := exec.LookPath(command[0]); err != nil {
		t.Skip(command[0] + " is not installed")
	}
	folder := t.TempDir()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = folder
	cmd.Stdin = strings.NewReader(written(t, form, []Variable{{"TALLY_TEST", value}}) + "printenv -0 TALLY_TEST\n")
	out, err := cmd.Output()
	if err != nil || string(out) != value+"\x00" {
		t.Errorf("%q reads as %q, %v", value, out, err)
	}
	if left, _ := os.ReadDir(folder); len(left) > 0 {
		t.Errorf("%q was run: %v", value, left)
	}
}

func TestJSON(t *testing.T) {
	var variables []Variable
	want := map[string]string{}
	for i, value := range nasty {
		name := string(rune('A' + i))
		variables, want[name] = append(variables, Variable{name, value}), value
	}
	var got map[string]string
	if err := json.Unmarshal([]byte(written(t, "json", variables)), &got); err != nil {
		t.Fatal(err)
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%q reads as %q", value, got[name])
		}
	}
}

// A .env file gets only what all of its readers take for the same.
func TestDotenv(t *testing.T) {
	for _, value := range nasty {
		var b bytes.Buffer
		err := Write(&b, "dotenv", []Variable{{"GOOD", "x"}, {"NAME", value}})
		if refused := strings.ContainsAny(value, "'\\\r\n"); refused != (err != nil) || (refused && (b.Len() > 0 || !strings.HasPrefix(err.Error(), "NAME: "))) {
			t.Errorf("%q: %q, %v", value, b.String(), err)
		} else if err == nil && b.String() != "GOOD='x'\nNAME='"+value+"'\n" {
			t.Errorf("%q: %q", value, b.String())
		}
	}
}

func TestForms(t *testing.T) {
	for _, form := range Forms() {
		if text := written(t, form, []Variable{{"A", "b"}}); !strings.Contains(text, "A") {
			t.Errorf("%s: %s", form, text)
		}
	}
	if err := Write(&bytes.Buffer{}, "csh", nil); err == nil || !strings.Contains(err.Error(), "want one of sh, fish") {
		t.Errorf("csh: %v", err)
	}
}

func TestVariables(t *testing.T) {
	base := Server{URL: "https://localhost:8443", Project: "p1", Region: "eu-de", Domain: "D", CA: "/ca.pem"}
	for name, change := range map[string]func(*Server){
		"user":  func(s *Server) { s.User, s.Password, s.ProjectName = "me", "pw", "eu-de_x" },
		"id":    func(s *Server) { s.User, s.Password = "me", "pw" },
		"token": func(s *Server) { s.Token = "t" },
		"key":   func(s *Server) { s.AccessKey, s.SecretKey, s.User, s.Password = "AK", "SK", "me", "pw" },
	} {
		s := base
		change(&s)
		golden(t, name, written(t, "sh", Variables(contract.Default(), s)))
	}
}

// A contract without tokens and tenants gives no paths.
func TestVariablesOfOther(t *testing.T) {
	c, err := contract.Load(os.DirFS("testdata"), "plain.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := written(t, "sh", Variables(c, Server{URL: "http://h", Project: "p", Region: "r", Token: "t"}))
	if !strings.Contains(text, "export HUAWEICLOUD_SDK_REGION_PLAIN_R='http://h'\n") {
		t.Errorf("the product of the contract is not in the names: %s", text)
	}
	for _, name := range []string{"OS_AUTH_URL", "HW_AUTH_URL", "OS_ENDPOINT", "ENDPOINT_OVERRIDE", "MODELARTS"} {
		if strings.Contains(text, name) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".sh")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s: %v\n%s", path, err, got)
	}
}
