package changelog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/derive"
)

func read(t testing.TB, path string) *derive.Set {
	t.Helper()
	s, err := derive.Read(t.Context(), nil, path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// docs is where the pages of the service are; tests on them say so when they are not.
func docs(t testing.TB) string {
	root := os.Getenv("TALLY_DOCS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "docs")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the pages are not at %s; TALLY_DOCS names another place", root)
	}
	return root
}

// complete holds a changelog to the rows, which oasdiff has not seen: each row that only one edition has must be the
// subject of a change, or lie below one. Removed operations count as a whole.
func complete(t *testing.T, old, newer *derive.Set) *Changelog {
	t.Helper()
	c, err := compare("old", old, "new", newer)
	if err != nil {
		t.Fatal(err)
	}
	l := &c.log
	only := 0
	for _, p := range c.pairs() {
		for _, way := range [][2]*operation{{p.old, p.new}, {p.new, p.old}} {
			for at, rows := range way[0].rows {
				if len(way[1].rows[at]) > 0 || at.path == "" {
					continue
				}
				only++
				if !told(c, l, p.new.key, at) {
					t.Errorf("%s: only one edition has %v (%s), and no change says so", p.new.key, at, rows[0].Place)
				}
			}
		}
	}
	t.Logf("%d rows are in one edition only", only)
	return l
}

// told tells whether a change is about a plain spot or something above it.
func told(c *comparison, l *Changelog, key string, at spot) bool {
	for ; at != (spot{}); at = at.above() {
		for _, ch := range l.Changes {
			if operationKey(ch.Method, ch.Path) == key && ch.spot != (spot{}) && c.plain(key, ch.spot) == at && at.path != "" {
				return true
			}
		}
	}
	return false
}

func TestComplete(t *testing.T) {
	complete(t, read(t, "testdata/shop/old"), read(t, "testdata/shop/new"))
}

// The two editions of the service's pages, where they are: all that only one of them has is told, every change stands
// somewhere, and no edition differs from itself.
func TestDocs(t *testing.T) {
	root := docs(t)
	old, newer := read(t, filepath.Join(root, "2019")), read(t, filepath.Join(root, "2021"))
	l := complete(t, old, newer)
	t.Logf("%s; compared %s", l.headline(), l.Compared)
	if l.Compared.Operations != 6 || l.Compared.Codes < 80 || l.Breaking < 20 {
		t.Errorf("compared %s, %d break clients", l.Compared, l.Breaking)
	}
	for _, c := range l.Changes {
		for _, s := range []Side{c.Old, c.New} {
			if s.Stated && len(s.Places) == 0 || !strings.HasPrefix(c.Rule, "api-path-") && !strings.HasPrefix(c.Rule, "endpoint-") && len(s.Places) == 0 {
				t.Errorf("%s %s stands nowhere: %+v", c.Rule, c.Text, s)
			}
		}
	}
	if same, err := Compare("a", old, "b", old); err != nil || len(same.Changes) != 0 {
		t.Errorf("the edition differs from itself: %v %+v", err, same)
	}
}
