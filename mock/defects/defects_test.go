package defects_test

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/defects"
)

var all = sync.OnceValue(func() []defects.Defect { return defects.All(contract.Default()) })

func TestList(t *testing.T) {
	if n := len(all()); n < 60 {
		t.Errorf("%d defects, want at least 60", n)
	}
	probes := map[string]bool{}
	for _, p := range contract.Default().Probes() {
		probes[p.ID] = true
	}
	name := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*(/[A-Za-z0-9._-]+)*$`)
	seen, families := map[string]bool{}, map[string]int{}
	for _, d := range all() {
		if seen[d.Name] || !name.MatchString(d.Name) {
			t.Errorf("name %q is not unique or not of the form %s", d.Name, name)
		}
		seen[d.Name] = true
		families[d.Family]++
		if first := d.Breaks[:1]; len(d.Breaks) < 15 || !strings.HasSuffix(d.Breaks, ".") || strings.Contains(d.Breaks, "%!") || first == " " {
			t.Errorf("%s: %q is no sentence", d.Name, d.Breaks)
		}
		if d.Probe != "" && !probes[d.Probe] {
			t.Errorf("%s: there is no probe %s", d.Name, d.Probe)
		}
	}
	for _, f := range defects.Families() {
		if families[f] < 3 {
			t.Errorf("family %s has %d defects, want at least 3", f, families[f])
		}
		delete(families, f)
	}
	if len(families) > 0 {
		t.Errorf("families that are not listed: %v", families)
	}
	again := defects.All(contract.Default())
	if !slices.EqualFunc(all(), again, func(a, b defects.Defect) bool { return a.Name == b.Name && a.Breaks == b.Breaks && a.Probe == b.Probe }) {
		t.Error("the list is not the same twice")
	}
}

func TestFind(t *testing.T) {
	for _, d := range []defects.Defect{all()[0], all()[len(all())-1]} {
		if found, err := defects.Find(contract.Default(), d.Name); err != nil || found.Name != d.Name {
			t.Errorf("Find(%q) = %q, %v", d.Name, found.Name, err)
		}
	}
	for name, want := range map[string]string{
		"delete-nop":             `defect "delete-nop" is not in the list; did you mean "delete-noop"?`,
		"a completely other one": `defect "a completely other one" is not in the list`,
	} {
		if _, err := defects.Find(contract.Default(), name); err == nil || err.Error() != want {
			t.Errorf("Find(%q): %v, want %s", name, err, want)
		}
	}
}

var (
	letsIn   = regexp.MustCompile(`^(unchecked|one-beyond|rule-ignored|unique-ignored|let-in|accepted|other-tenants)/`)
	toTable  = regexp.MustCompile(`/action$`) // what no row knows is refused by the table of states
	accepted = regexp.MustCompile(`→ 2[0-9][0-9] `)
)

// TestShown plants each defect, and looks for an exchange whose answer is another than the honest mock's.
func TestShown(t *testing.T) {
	for _, d := range all() {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			for _, name := range likely(d) {
				diff, tampered := difference(clean(name), record(name, d.Option()))
				if diff == "" && name == "probe/"+d.Probe {
					t.Errorf("the probe that is said to show it does not")
				}
				if diff == "" {
					continue
				}
				t.Logf("%s\n%s: %s", d.Breaks, name, diff)
				if letsIn.MatchString(d.Name) && !toTable.MatchString(d.Name) && !accepted.MatchString(tampered) {
					t.Errorf("it is said to let something in, but does not: %s", diff)
				}
				return
			}
			t.Errorf("no exchange shows it: %s", d.Breaks)
		})
	}
}

// TestHonest makes sure that a difference means something: an honest mock is like any other.
func TestHonest(t *testing.T) {
	for _, name := range names() {
		if strings.HasPrefix(name, "probe/") && testing.Short() {
			continue
		}
		if diff, _ := difference(clean(name), record(name, mock.WithTampering(mock.Tampering{}))); diff != "" {
			t.Errorf("%s: two honest mocks differ: %s", name, diff)
		}
	}
}

// likely orders the scenarios: those that the defect or its family points to come first.
func likely(d defects.Defect) []string {
	first := []string{}
	if d.Probe != "" {
		first = append(first, "probe/"+d.Probe)
	}
	first = append(first, byFamily[d.Family]...)
	if d.Family == "race" { // on a busy machine two requests may not arrive together
		first = append(first, first...)
	}
	for _, name := range names() {
		if !slices.Contains(first, name) {
			first = append(first, name)
		}
	}
	return first
}

var byFamily = map[string][]string{
	"response-shape": {"list", "login", "probe/getInstance/missing"},
	"status-code":    {"keep"},
	"error-code":     {"keep"},
	"boundary":       {"quota"},
	"lifecycle":      {"life", "keep"},
	"timing":         {"life", "time"},
	"persistence":    {"keep", "time"},
	"list":           {"list"},
	"auth":           {"login"},
	"tenancy":        {"tenants"},
	"robustness":     {"odd", "keep"},
	"race":           {"race"},
}
