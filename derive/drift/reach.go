package drift

import (
	"slices"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive"
)

// side is the request or the response of an operation of the contract.
type side struct {
	op     *contract.Operation
	answer bool
}

// belong notes which side of which operation the rows of a page belong to.
func (k *checker) belong(from *derive.Operation, own *contract.Operation) {
	seen := map[*derive.Row]bool{}
	var rows func(list []*derive.Row, to side)
	rows = func(list []*derive.Row, to side) {
		for _, r := range list {
			if seen[r] && slices.Contains(k.sides[r], to) {
				continue
			}
			seen[r] = true
			k.sides[r] = append(k.sides[r], to)
			if r.Object != nil {
				rows(r.Object.Rows, to)
			}
		}
	}
	for _, list := range [][]*derive.Row{from.InPath, from.Query, from.Header} {
		rows(list, side{own, false})
	}
	if from.Body != nil {
		rows(from.Body.Rows, side{own, false})
	}
	for _, a := range from.Responses {
		rows(a.Headers, side{own, true})
		if a.Object != nil {
			rows(a.Object.Rows, side{own, true})
		}
	}
}

// reaches tells whether a side of an operation has a place.
func (k *checker) reaches(to side, s *contract.Statement) bool {
	if s.Kind == contract.OfSecurity {
		return !to.answer && to.op.Secured
	}
	reach := k.reach[to]
	if reach == nil {
		reach = map[string]bool{}
		add := func(schema *contract.Schema) {
			for pointer := range schema.Reach() {
				reach[pointer] = true
			}
		}
		if to.answer {
			for _, a := range to.op.Responses {
				add(a.Schema)
				for _, h := range a.Headers {
					reach[h.Pointer] = true
				}
			}
		} else {
			for _, p := range to.op.Parameters {
				reach[p.Pointer] = true
			}
			if to.op.Body != nil {
				add(to.op.Body.Schema)
			}
		}
		k.reach[to] = reach
	}
	return reach[s.Pointer]
}

// reached tells whether a row may be stated at a place: any place for a row of no operation, else one that the
// operation has on the side that the row is on.
func (k *checker) reached(r *derive.Row, s *contract.Statement) bool {
	sides := k.sides[r]
	return len(sides) == 0 || slices.ContainsFunc(sides, func(to side) bool { return k.reaches(to, s) })
}

// unsourced reports the members and parameters of an operation that the pages describe and that have no source.
func (k *checker) unsourced(own *contract.Operation) {
	report := func(name, pointer string) {
		if k.byPointer[pointer] != nil || k.told[pointer] {
			return
		}
		k.told[pointer] = true
		k.find(Finding{Kind: Deviating, Pointer: pointer, Aspect: "member", Says: nothing, Has: name,
			Text:   own.ID + " has " + name + ", which has no source",
			Remedy: "name the row that it comes from, or say in x-tally-source that it is inferred or assumed"}, nil)
	}
	for _, p := range own.Parameters {
		report(p.Name, p.Pointer)
	}
	schemas := []*contract.Schema{}
	if own.Body != nil {
		schemas = append(schemas, own.Body.Schema)
	}
	for _, a := range own.Responses {
		if a.Status >= 200 && a.Status <= 299 {
			schemas = append(schemas, a.Schema)
		}
	}
	for _, schema := range schemas {
		for _, part := range schema.Parts() {
			report(part.Name, part.Pointer)
		}
	}
}
