package contract_test

import (
	"slices"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

func TestMixedSegment(t *testing.T) {
	for _, row := range []struct {
		template, segment string
		want              []string // nil for a segment that does not fit
	}{
		{"{region}:{id}", "north:7", []string{"north", "7"}},
		{"{region}:{id}", "north:7:8", []string{"north", "7:8"}},
		{"{region}:{id}", "north", nil},
		{"{region}:{id}", ":7", nil},
		{"{id}.json", "a.b.json", []string{"a.b"}},
		{"v{n}", "v2", []string{"2"}},
		{"v{n}", "w2", nil},
	} {
		s := contract.MixedSegment(row.template)
		if s == nil {
			t.Errorf("%s is no mixed segment", row.template)
			continue
		}
		if got, ok := s.Values(row.segment); ok != (row.want != nil) || !slices.Equal(got, row.want) {
			t.Errorf("%s takes %s for %q, %v; want %q", row.template, row.segment, got, ok, row.want)
		}
	}
	for _, text := range []string{"", "items", "{id}", "{a}{b}", "{a", "a}", "{}", "{a}:}"} {
		if contract.MixedSegment(text) != nil {
			t.Errorf("%q is a mixed segment", text)
		}
	}
}

// FuzzMixedSegment: what a segment takes apart has one value for each name, none of them empty.
func FuzzMixedSegment(f *testing.F) {
	f.Add("{region}:{id}", "north:7")
	f.Add("{id}.json", "a.json")
	f.Add("{0}\x83", "0")
	f.Fuzz(func(t *testing.T, template, segment string) {
		s := contract.MixedSegment(template)
		if s == nil {
			return
		}
		values, ok := s.Values(segment)
		if ok && (len(values) != len(s.Names) || slices.Contains(values, "")) {
			t.Errorf("%q takes %q for %q of %q", template, segment, values, s.Names)
		}
	})
}
