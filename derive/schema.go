package derive

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/derive/cell"
)

// schemas writes shapes as schema objects, structures as components.
type schemas struct {
	names   map[string]*shape // of components, as they stand in the document
	ordered []string
	of      map[*member]string // the component of a structure, by its first member
	dropped []Finding          // what a row says and its schema does not
	apart   bool               // no two structures are one
}

// ref makes a structure a component and refers to it. Shapes with the same name and the same signature are one, as
// are ones of answers that agree in most of their members.
func (s *schemas) ref(sh *shape, suggested string) *yaml.Node {
	if name, ok := s.of[sh.members[0]]; ok {
		sh.component = name
	} else {
		s.place(sh, suggested)
	}
	return object("$ref", "#/components/schemas/"+sh.component)
}

func (s *schemas) place(sh *shape, suggested string) {
	base := componentName(suggested)
	name := base
	for i := 2; ; i++ {
		other, taken := s.names[name]
		if !taken {
			break
		}
		if other != sh && s.unite(other, sh) {
			sh.component, s.of[sh.members[0]] = name, name
			return
		}
		name = fmt.Sprintf("%s%d", base, i)
	}
	sh.component, s.of[sh.members[0]] = name, name
	s.names[name] = sh
	s.ordered = append(s.ordered, name)
}

// unite joins two shapes that are one structure; false when they are not.
func (s *schemas) unite(into, other *shape) bool {
	if s.apart || into.signature() != other.signature() && !similar(into, other) {
		return false
	}
	newMerger().join(into, other, !into.strict && !other.strict)
	return true
}

// attach joins a table that no row refers to with the structure of its name that it agrees with; false when there is
// none.
func (s *schemas) attach(sh *shape) bool {
	base := componentName(sh.name)
	for i, name := 2, base; s.names[name] != nil; i++ {
		if into := s.names[name]; s.unite(into, sh) {
			return true
		}
		name = fmt.Sprintf("%s%d", base, i)
	}
	return false
}

// similar tells whether two structures of answers are one that the pages describe with more or less care: neither is
// sent, no table says what is required, most members are in both, and those are of the same kind.
func similar(a, b *shape) bool {
	if a.strict || b.strict || a.request || b.request || a.typ.Base != b.typ.Base {
		return false
	}
	common := 0
	for _, m := range a.members {
		other := b.member(m.name)
		if other == nil {
			continue
		}
		if m.shape.typ.Base != other.shape.typ.Base && m.shape.typ.Base != "" && other.shape.typ.Base != "" {
			return false
		}
		common++
	}
	return 5*common >= 3*(len(a.members)+len(b.members)-common)
}

var wordBreak = regexp.MustCompile(`[^A-Za-z0-9]+`)

// componentName writes a name in the way of schemas: BakeOrder.
func componentName(name string) string {
	var b strings.Builder
	for _, w := range wordBreak.Split(name, -1) {
		if w != "" {
			b.WriteString(strings.ToUpper(w[:1]) + w[1:])
		}
	}
	if b.Len() == 0 {
		return "Structure"
	}
	if c := b.String()[0]; c >= '0' && c <= '9' {
		return "N" + b.String()
	}
	return b.String()
}

// structure writes a component.
func (s *schemas) structure(sh *shape) *yaml.Node {
	n := object("type", "object")
	var required []*yaml.Node
	properties := object()
	for _, m := range sh.members {
		put(properties, m.name, s.write(m.shape, m.name))
		if m.shape.required == cell.Yes {
			required = append(required, text(m.name))
		}
	}
	if len(required) > 0 {
		put(n, "required", flow(list(required...)))
	}
	put(n, "properties", properties)
	put(n, "x-tally-source", sourceNode(sh.sources, nil))
	return n
}

// write is the schema of a value with its source.
func (s *schemas) write(sh *shape, name string) *yaml.Node {
	var n *yaml.Node
	inner := sh.structure()
	switch {
	case inner && sh.typ.Base == "array":
		n = object("type", "array", "items", s.ref(s.inner(sh), singularName(sh, name)))
		s.counts(n, sh)
	case inner:
		n = s.ref(s.inner(sh), sh.nameOr(name))
	default:
		n = s.plain(sh)
	}
	s.marks(n, sh)
	put(n, "x-tally-source", sourceNode(sh.sources, sh.notes))
	return n
}

func (s *shape) nameOr(name string) string {
	if s.name != "" {
		return s.name
	}
	return name
}

func singularName(sh *shape, name string) string {
	if sh.name != "" && sh.name != name {
		return sh.name
	}
	return singular(name)
}

// inner is the structure that a member refers to, one for all members that do.
func (s *schemas) inner(sh *shape) *shape {
	if name, ok := s.of[sh.members[0]]; ok {
		return s.names[name]
	}
	sources := sh.sources
	if len(sources) > 1 {
		sources = tablesOf(sources)
	}
	return &shape{typ: cell.Type{Base: "object"}, members: sh.members, sources: sources, name: sh.name, strict: sh.strict, request: sh.request, hasTable: true}
}

// tablesOf keeps the places of whole tables.
func tablesOf(places []Place) []Place {
	var out []Place
	for _, p := range places {
		if p.Index == 0 {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return places
	}
	return out
}

func (s *schemas) marks(n *yaml.Node, sh *shape) {
	if sh.facts.Deprecated {
		put(n, "deprecated", truth(true))
	}
	if sh.facts.ReadOnly {
		put(n, "readOnly", truth(true))
	}
}

// plain is the schema of a value without members of its own.
func (s *schemas) plain(sh *shape) *yaml.Node {
	t := sh.typ
	kinds := jsonKinds(t)
	n := object()
	if len(kinds) == 1 {
		put(n, "type", text(kinds[0]))
	} else if len(kinds) > 1 {
		var items []*yaml.Node
		for _, k := range kinds {
			items = append(items, text(k))
		}
		put(n, "type", flow(list(items...)))
	}
	switch t.Base {
	case "array":
		put(n, "items", s.items(sh))
		s.counts(n, sh)
	case "map":
		if t.Elem != nil && t.Elem.Base != "" && t.Elem.Base != "any" {
			put(n, "additionalProperties", s.plain(&shape{typ: *t.Elem}))
		}
	case "object":
	default:
		s.limits(n, sh)
	}
	return n
}

// jsonKinds are the types of JSON that a stated type allows; none for any.
func jsonKinds(t cell.Type) []string {
	var kinds []string
	add := func(k string) {
		if !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	for _, one := range append([]cell.Type{t}, t.Or...) {
		switch {
		case one.Base == "map":
			add("object")
		case one.Base == "any" && one.Format == "timestamp":
			add("integer")
			add("string")
		case one.Base == "any" || one.Base == "":
			return nil
		default:
			add(one.Base)
		}
	}
	return kinds
}

// items is the schema of the items of an array without a table. An enumeration in its row is theirs.
func (s *schemas) items(sh *shape) *yaml.Node {
	elem := cell.Type{}
	if sh.typ.Elem != nil {
		elem = *sh.typ.Elem
	}
	facts := cell.Facts{Enum: sh.facts.Enum, Only: sh.facts.Only, Open: sh.facts.Open, Length: sh.facts.Length, Format: sh.facts.Format}
	if (elem.Base == "" || elem.Base == "object" && elem.Name != "") && len(facts.Enum)+len(facts.Only) > 0 {
		elem = cell.Type{Base: "string"}
	}
	if elem.Base == "object" && elem.Name != "" {
		return object()
	}
	return s.plain(&shape{typ: elem, facts: facts, sources: sh.sources})
}

func (s *schemas) counts(n *yaml.Node, sh *shape) {
	if c := sh.facts.Count; c != nil {
		s.sizes(n, sh, "minItems", "maxItems", *c)
	}
}

// leaveOut notes a constraint that contradicts its own row.
func (s *schemas) leaveOut(sh *shape, text string) {
	at := "an item"
	if len(sh.sources) > 0 {
		at = sh.sources[0].String()
	}
	s.dropped = append(s.dropped, Finding{at, "constraint", "left out, because it contradicts its row: " + text, true})
}

// sizes writes the bounds of a length or count.
func (s *schemas) sizes(n *yaml.Node, sh *shape, low, high string, b cell.Bounds) {
	lower, okMin := size(b.Min)
	upper, okMax := size(b.Max)
	if okMin && okMax && upper < lower {
		s.leaveOut(sh, fmt.Sprintf("bounds %s to %s", b.Min, b.Max))
		return
	}
	if okMin && lower > 0 {
		put(n, low, number(strconv.FormatUint(lower, 10)))
	}
	if okMax {
		put(n, high, number(strconv.FormatUint(upper, 10)))
	}
}

func size(s string) (uint64, bool) {
	n, err := strconv.ParseUint(s, 10, 53)
	return n, err == nil
}

func rational(s string) *big.Rat {
	if len(s) > 40 {
		return nil
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil
	}
	return r
}
