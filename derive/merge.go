package derive

import (
	"slices"

	"github.com/tallystick/tallystick/derive/cell"
)

// merger joins what several tables say about the same thing. The one that it joins into wins where they differ.
type merger struct {
	seen map[[2]*shape]bool
}

func newMerger() *merger { return &merger{map[[2]*shape]bool{}} }

// join puts what another shape says into this one: its sources, members that this one lacks, and facts where this
// one has none. With loose, enumerations are joined too, because a response promises no closed one.
func (m *merger) join(s, other *shape, loose bool) {
	if s == other || m.seen[[2]*shape{s, other}] {
		return
	}
	m.seen[[2]*shape{s, other}] = true
	for _, p := range other.sources {
		if !slices.Contains(s.sources, p) {
			s.sources = append(s.sources, p)
		}
	}
	joinFacts(&s.facts, other.facts, loose && s.typ.Base == other.typ.Base)
	if s.typ.Base == "" {
		s.typ = other.typ
	}
	if s.structure() != other.structure() && !s.structure() && (s.typ.Base == "object" || s.typ.Base == "array" || s.typ.Base == "map") {
		s.members, s.hasTable = other.members, true
		s.name = other.name
		if s.typ.Base == "map" {
			s.typ = cell.Type{Base: "object"}
		}
		return
	}
	for _, theirs := range other.members {
		ours := s.member(theirs.name)
		if ours == nil {
			s.members = append(s.members, theirs)
			continue
		}
		m.join(ours.shape, theirs.shape, loose)
	}
}

// joinFacts fills what is not said with what another says.
func joinFacts(f *cell.Facts, other cell.Facts, loose bool) {
	switch {
	case len(f.Enum)+len(f.Only) == 0:
		f.Enum, f.Only, f.Open = other.Enum, other.Only, other.Open
	case loose && len(other.Enum)+len(other.Only) > 0:
		for _, v := range append(slices.Clone(f.Only), append(other.Enum, other.Only...)...) {
			if !slices.Contains(f.Enum, v) {
				f.Enum = append(slices.Clone(f.Enum), v)
			}
		}
		f.Only = nil
	}
	for _, b := range [][2]**cell.Bounds{{&f.Range, &other.Range}, {&f.Length, &other.Length}, {&f.Count, &other.Count}} {
		if *b[0] == nil {
			*b[0] = *b[1]
		}
	}
	if f.Default == nil {
		f.Default = other.Default
	}
	if f.Chars == nil {
		f.Chars = other.Chars
	}
	if f.Format == "" {
		f.Format, f.Layout = other.Format, other.Layout
	}
	f.Deprecated = f.Deprecated || other.Deprecated
	f.ReadOnly = f.ReadOnly || other.ReadOnly
}
