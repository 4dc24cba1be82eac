// Package contradiction finds where pages say two things about one: in a row and an example, in two tables, in two
// editions. It compares forms and knows no API.
package contradiction

import (
	"slices"

	"github.com/tallystick/tallystick/derive"
)

// Kind says what contradicts what.
type Kind string

// The kinds.
const (
	Repaired Kind = "broken example"        // it is no JSON as it stands
	Value    Kind = "example and table"     // a value is not one that its row allows
	Unlisted Kind = "member in no table"    // an example shows it
	Absent   Kind = "member not shown"      // by one example, though by those of the other pages
	Exchange Kind = "request and answer"    // two examples of one exchange
	Failure  Kind = "example and catalogue" // an example of a failure and the table of codes
	Catalog  Kind = "rows of one code"
	Editions Kind = "editions"             // of the same operation
	Objects  Kind = "tables of one object" // on pages of one edition
	Spelling Kind = "spelling of a value"
	Own      Kind = "row and itself"
	Number   Kind = "number of a table" // as a link prints it
	Leads    Kind = "link of a row"     // from the request into the answer
	Address  Kind = "address and table" // of parameters
	Named    Kind = "permission and page"
)

// Contradiction is something that cannot be right in all its places.
type Contradiction struct {
	Kind   Kind     `json:"kind"`
	Text   string   `json:"text"`
	Places []string `json:"places"` // the first ones, at most maxPlaces
}

const maxPlaces = 12

// finder gathers contradictions; what is said twice has two places.
type finder struct {
	set    *derive.Set
	found  []Contradiction
	byText map[[2]string]int
}

// Find lists the contradictions of a set of pages, by kind and in the order of the pages.
func Find(set *derive.Set) []Contradiction {
	f := &finder{set: set, byText: map[[2]string]int{}, found: []Contradiction{}}
	for _, p := range set.Pages {
		for _, op := range p.Operations {
			f.examples(op)
			f.exchange(op)
			f.address(op)
		}
		f.rows(p)
		f.links(p)
	}
	f.absent()
	f.failures()
	f.catalogue()
	f.editions()
	f.objects()
	f.spelling()
	f.permissions()
	slices.SortStableFunc(f.found, func(a, b Contradiction) int { return slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind) })
	return f.found
}

var kinds = []Kind{Repaired, Value, Unlisted, Absent, Exchange, Failure, Catalog, Editions, Objects, Spelling, Own, Number, Leads, Address, Named}

func (f *finder) add(kind Kind, text string, places ...derive.Place) {
	key := [2]string{string(kind), text}
	i, known := f.byText[key]
	if !known {
		i = len(f.found)
		f.byText[key] = i
		f.found = append(f.found, Contradiction{Kind: kind, Text: text, Places: []string{}})
	}
	for _, p := range places {
		if c := &f.found[i]; len(c.Places) < maxPlaces && !slices.Contains(c.Places, p.String()) {
			c.Places = append(c.Places, p.String())
		}
	}
}
