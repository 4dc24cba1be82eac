package contract

import (
	"cmp"
	"slices"
)

// Tables lists the tables of the documentation that the contract cites, sorted, each once: citations
// without a row.
func (c *Contract) Tables() []Citation {
	w := sourceWalk{}
	w.walk(c.doc.top())
	return w.tables()
}

// Tables lists the tables that every exchange of an operation is about: those of its path, and those that its
// answers, their headers and the members of their bodies cite.
func (op *Operation) Tables() []Citation {
	w := sourceWalk{follow: true, visited: map[int32]bool{}}
	for _, p := range op.Parameters {
		if p.In == "path" {
			w.found = append(w.found, p.Source.At...)
		}
	}
	for _, r := range op.Responses {
		w.found = append(w.found, r.Source.At...)
		if r.Schema != nil {
			w.walk(r.Schema.place)
		}
		for _, h := range r.Headers {
			w.found = append(w.found, h.Source.At...)
		}
	}
	return w.tables()
}

// sourceWalk gathers citations from a part of a document.
type sourceWalk struct {
	follow  bool // references too
	visited map[int32]bool
	found   []Citation
}

func (w *sourceWalk) walk(p place) {
	if w.follow {
		if p = p.resolve(); w.visited[p.at] {
			return
		}
		w.visited[p.at] = true
	}
	p.each(func(name string, member place) {
		if name != keySource {
			w.walk(member)
			return
		}
		w.found = append(w.found, sourceOf(p).At...)
	})
	for _, item := range p.items() {
		w.walk(item)
	}
}

func (w *sourceWalk) tables() []Citation {
	var out []Citation
	for _, c := range w.found {
		if c.Table > 0 {
			out = append(out, c.Whole())
		}
	}
	slices.SortFunc(out, func(a, b Citation) int {
		return cmp.Or(cmp.Compare(a.Edition, b.Edition), cmp.Compare(a.Page, b.Page), cmp.Compare(a.Table, b.Table))
	})
	return slices.Compact(out)
}

// Whole is the table of a citation without its row.
func (c Citation) Whole() Citation { return Citation{Edition: c.Edition, Page: c.Page, Table: c.Table} }
