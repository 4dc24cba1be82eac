package exports

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// hostile are regions that a shell would run, were they to stand in a name as they are.
var hostile = []string{"a$(touch hacked)", "a`touch hacked`", "a;touch hacked;b", "a=b touch hacked", "a\ntouch hacked\n", "a b", "", "é", "a\x00b",
	"a' ; touch hacked; '", "(touch hacked)", "${x:=y}", "\xff", "ı", "a\rb"}

// A name has only letters of ASCII, digits and _, whatever the region is.
func TestNames(t *testing.T) {
	for _, region := range hostile {
		for _, form := range Forms() {
			var b bytes.Buffer
			err := Write(&b, form, Variables(contract.Default(), Server{URL: "http://h", Project: "p", Region: region, User: "u", Password: "p"}))
			if refused := form == "dotenv" && strings.ContainsAny(region, "'\\\r\n"); refused != (err != nil) {
				t.Errorf("%s, region %q: %v", form, region, err)
			}
		}
		for _, v := range Variables(contract.Default(), Server{URL: "http://h", Project: "p", Region: region}) {
			if !regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`).MatchString(v.Name) {
				t.Errorf("region %q makes the name %q", region, v.Name)
			}
		}
	}
}

// A shell runs nothing of a region.
func TestRegionIsNotRun(t *testing.T) {
	for form, command := range map[string][]string{"sh": {"sh"}, "fish": {"fish"}, "powershell": {"pwsh", "-NoProfile", "-Command", "-"}} {
		if _, err := exec.LookPath(command[0]); err != nil {
			continue // a shell that is not installed; sh always is
		}
		for _, region := range hostile {
			if strings.Contains(region, "\x00") {
				continue // no shell has such a value
			}
			folder := t.TempDir()
			cmd := exec.Command(command[0], command[1:]...)
			cmd.Dir = folder
			cmd.Stdin = strings.NewReader(written(t, form, Variables(contract.Default(), Server{URL: "http://h", Project: "p", Region: region})))
			if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%s, region %q: %s, %v", form, region, out, err)
			}
			if left, _ := os.ReadDir(folder); len(left) > 0 {
				t.Errorf("%s, region %q was run: %v", form, region, left)
			}
		}
	}
}

// What cannot be a name is refused in all forms, and nothing is written.
func TestBadNames(t *testing.T) {
	for _, name := range []string{"", "1A", "A B", "A$(x)", "A=B", "A\n", "A-B", "É", "A;"} {
		for _, form := range Forms() {
			var b bytes.Buffer
			if err := Write(&b, form, []Variable{{"GOOD", "x"}, {name, "y"}}); err == nil || b.Len() > 0 || !strings.Contains(err.Error(), "cannot be the name of a variable") {
				t.Errorf("%s, %q: %q, %v", form, name, b.String(), err)
			}
		}
	}
}

// FuzzRegion: whatever the region is, the names are good for all shells, and sh has one line for each variable.
func FuzzRegion(f *testing.F) {
	for _, region := range hostile {
		f.Add(region)
	}
	line := regexp.MustCompile(`\Aexport [A-Z][A-Z0-9_]*='[^']*'\z`)
	f.Fuzz(func(t *testing.T, region string) {
		for _, v := range Variables(contract.Default(), Server{URL: "http://h", Project: "p", Region: region}) {
			var b bytes.Buffer
			if err := Write(&b, "sh", []Variable{v}); err != nil {
				t.Fatalf("region %q: %v", region, err)
			}
			if text := strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), `'\''`, ""); !line.MatchString(text) {
				t.Errorf("region %q: %q", region, text)
			}
		}
	})
}
