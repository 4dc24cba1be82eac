package derive

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxCitations bounds the places of one source: a structure that every page repeats is known by then.
const maxCitations = 40

// sourceNode is the x-tally-source of places on pages.
func sourceNode(places []Place, notes []string) *yaml.Node {
	return source("documented", "", places, notes)
}

// source writes a source. The part says where on a page a place without a table is.
func source(basis, part string, places []Place, notes []string) *yaml.Node {
	n := object("basis", basis)
	at := list()
	seen := map[string]bool{}
	for _, p := range places {
		c := citation(p, part)
		key := p.Edition + "\x00" + p.Page + "\x00" + strconv.Itoa(p.Table) + "\x00" + p.Row
		if !seen[key] && len(at.Content) < maxCitations {
			seen[key] = true
			at.Content = append(at.Content, c)
		}
	}
	if len(at.Content) > 0 {
		put(n, "at", at)
	}
	if note := strings.Join(unique(notes), " "); note != "" {
		put(n, "note", text(note))
	}
	return n
}

func unique(notes []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, n := range notes {
		if n != "" && !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

// citation is a place in the form of the vocabulary.
func citation(p Place, part string) *yaml.Node {
	edition := text(p.Edition)
	if _, err := strconv.Atoi(p.Edition); err == nil && !strings.HasPrefix(p.Edition, "0") {
		edition = number(p.Edition)
	} else if p.Edition == "" {
		edition = text("pages")
	}
	n := object("edition", edition, "page", p.Page)
	if p.Table > 0 {
		put(n, "table", number(strconv.Itoa(p.Table)))
	}
	if p.Row != "" {
		put(n, "row", text(p.Row))
	}
	if p.Order == 0 && part != "" {
		put(n, "part", text(part))
	}
	return flow(n)
}

// reference is a statement by reference: where to read what the contract does not repeat.
func reference(p Place) string { return "See " + p.String() + "." }
