package changelog

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive"
)

// The bounds of a comparison.
const (
	maxStatements = 20_000 // of one operation, with its structures unfolded
	maxPlaces     = 4      // of one side of a change
)

// headerMark follows the status in spots of the headers of answers.
const headerMark = " header"

// spot is a place in an operation that is the same in both editions, in the terms of oasdiff.
type spot struct {
	in   string // path, query, header, request, a status, or a status and " header"; "" for the operation itself
	path string // name of the parameter, or members joined by "/", with "items" for those of arrays; "" for a whole body
}

// statement is what a document says at a spot.
type statement struct {
	lines [][2]int            // of the document, first and last
	plain spot                // as rows have it: without "items" and the like
	at    []contract.Citation // by the document, of this and of other operations
}

// operation is an operation of one document, with the rows that describe it.
type operation struct {
	key, method, path string
	described         []*derive.Operation
	spots             map[spot]*statement
	order             []spot
	rows              map[spot][]*derive.Row  // by plain spot
	tables            map[spot][]derive.Place // of the members of a plain spot
}

// walker finds the spots of one operation.
type walker struct {
	root *yaml.Node
	op   *operation
	open []string // references on the way to where it is
	full bool
}

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

func (s *side) walk(document *yaml.Node) error {
	root := document.Content[0]
	for path, item := range pairsOf(entry(root, "paths")) {
		for method, node := range pairsOf(item) {
			if !slices.Contains(methods, method) {
				continue
			}
			op := &operation{key: operationKey(method, path), method: strings.ToUpper(method), path: path, spots: map[spot]*statement{}}
			op.described = s.describedBy(op.key)
			w := &walker{root: root, op: op}
			if w.operation(node); w.full || !op.reach() {
				return fmt.Errorf("%s: %s %s has more than %d members, its structures unfolded; that is too many to compare", s.name, op.method, op.path, maxStatements)
			}
			s.ops[op.key] = op
			s.order = append(s.order, op.key)
		}
	}
	return nil
}

func (w *walker) operation(n *yaml.Node) {
	w.note(spot{}, spot{}, n)
	if list := entry(n, "parameters"); list != nil {
		for _, p := range list.Content {
			at := spot{scalar(p, "in"), scalar(p, "name")}
			w.note(at, at, p)
		}
	}
	if body := entry(n, "requestBody"); body != nil {
		w.content(spot{in: "request"}, body)
	}
	for status, answer := range pairsOf(entry(n, "responses")) {
		for name, header := range pairsOf(entry(answer, "headers")) {
			at := spot{status + headerMark, name}
			w.note(at, at, header)
		}
		w.content(spot{in: status}, answer)
	}
}

func (w *walker) content(at spot, n *yaml.Node) {
	w.note(at, at, n)
	for _, media := range pairsOf(entry(n, "content")) {
		if schema := entry(media, "schema"); schema != nil {
			w.schema(at, at, schema)
		}
	}
}

// schema notes a schema and all below it. A reference that is open already leads back to where it came from.
func (w *walker) schema(at, plain spot, n *yaml.Node) {
	w.note(at, plain, n)
	if w.full {
		return
	}
	if ref := scalar(n, "$ref"); ref != "" {
		target := w.resolve(ref)
		if target == nil || slices.Contains(w.open, ref) {
			return
		}
		w.open = append(w.open, ref)
		w.schema(at, plain, target)
		w.open = w.open[:len(w.open)-1]
	}
	for name, member := range pairsOf(entry(n, "properties")) {
		w.schema(at.below(name), plain.below(name), member)
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if inner := entry(n, key); inner != nil {
			w.schema(at.below(key), plain, inner)
		}
	}
}

func (w *walker) resolve(ref string) *yaml.Node {
	n := w.root
	for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		n = entry(n, part)
	}
	return n
}

// note adds what a node says about a spot.
func (w *walker) note(at, plain spot, n *yaml.Node) {
	st := w.op.spots[at]
	if st == nil {
		if len(w.op.order) == maxStatements {
			w.full = true
			return
		}
		st = &statement{plain: plain}
		w.op.spots[at] = st
		w.op.order = append(w.op.order, at)
	}
	st.lines = append(st.lines, [2]int{n.Line, lastLine(n)})
	var source contract.Source
	if of := entry(n, "x-tally-source"); of != nil && of.Decode(&source) == nil {
		for _, c := range source.At {
			if !slices.Contains(st.at, c) {
				st.at = append(st.at, c)
			}
		}
	}
}

// below is the spot of a member.
func (s spot) below(name string) spot {
	if s.path != "" {
		name = s.path + "/" + name
	}
	return spot{s.in, name}
}

// above is the spot of which this one is a member: the body or all parameters, and above those the operation.
func (s spot) above() spot {
	if cut := strings.LastIndexByte(s.path, '/'); cut >= 0 {
		return spot{s.in, s.path[:cut]}
	}
	if s.path != "" {
		return spot{in: s.in}
	}
	return spot{}
}

// holds tells whether a line of the document belongs to a statement.
func (st *statement) holds(line int) bool {
	return st != nil && line > 0 && slices.ContainsFunc(st.lines, func(l [2]int) bool { return l[0] <= line && line <= l[1] })
}
