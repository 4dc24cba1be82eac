package changelog_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/changelog"
)

// FuzzCompare: two pages of any bytes are an error, nothing in common, or a changelog that every format can write.
// No page differs from itself.
func FuzzCompare(f *testing.F) {
	bake := pages(f, shop)["Bake.md"]
	for name, text := range pages(f, "testdata/shop/new") {
		if name != "Bake.md" {
			bake += text // one page, with codes and permissions
		}
	}
	f.Add([]byte(bake), []byte(strings.Replace(bake, "| No |", "| Yes |", 3)))
	f.Add([]byte(deep(6, "String")), []byte(deep(4, "Integer")))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var sets []*derive.Set
		for _, data := range [][]byte{a, b} {
			s, err := derive.Read(t.Context(), nil, edition(t, "e", map[string]string{"page.md": string(data)}))
			if err != nil {
				return
			}
			sets = append(sets, s)
		}
		if same, err := changelog.Compare("a", sets[0], "b", sets[0]); err == nil && len(same.Changes) > 0 {
			t.Errorf("the page differs from itself: %+v", same.Changes)
		}
		l, err := changelog.Compare("a", sets[0], "b", sets[1])
		if err != nil {
			if !errors.Is(err, changelog.ErrNothing) && !strings.Contains(err.Error(), "too many to compare") {
				t.Error(err)
			}
			return
		}
		for _, format := range changelog.Formats() {
			var out strings.Builder
			if err := l.Write(format, &out); err != nil || strings.ContainsRune(out.String(), '\x1b') {
				t.Errorf("%s: %v", format, err)
			}
		}
	})
}
