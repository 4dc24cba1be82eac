package openapi

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// router finds the operation of a path. It is a tree of segments, in which a literal goes before a segment with
// literal parts ({name}.json), and that before a whole parameter.
type router struct {
	root  *segment
	bases []string // paths of the servers, the longest first
}

type segment struct {
	literals map[string]*segment
	mixed    []*mixed
	open     *segment
	methods  map[string]*Operation
}

// mixed is a segment with parameters and literals in it.
type mixed struct {
	text    string // as in the template
	weight  int    // literal characters
	pattern *regexp.Regexp
	next    *segment
}

// Match is the operation that a request is for.
type Match struct {
	Operation *Operation        // nil when there is none
	Path      map[string]string // the values of the path's parameters, unescaped
	Methods   []string          // those that the path has, sorted; none when there is no such path
}

func newSegment() *segment { return &segment{literals: map[string]*segment{}} }

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// add gives an operation its place; false when another one has it.
func (r *router) add(op *Operation) bool {
	at := r.root
	for _, text := range segmentsOf(op.Path) {
		at = at.next(text)
	}
	if at.methods == nil {
		at.methods = map[string]*Operation{}
	}
	if at.methods[op.Method] != nil {
		return false
	}
	at.methods[op.Method] = op
	return true
}

// segmentsOf is a path template in segments. What a few documents put behind ? or # is no part of a path.
func segmentsOf(path string) []string {
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "#")
	return strings.Split(strings.TrimPrefix(path, "/"), "/")
}

func (s *segment) next(text string) *segment {
	marks := placeholder.FindAllStringIndex(text, -1)
	switch {
	case len(marks) == 0:
		if s.literals[text] == nil {
			s.literals[text] = newSegment()
		}
		return s.literals[text]
	case len(marks) == 1 && marks[0][0] == 0 && marks[0][1] == len(text):
		if s.open == nil {
			s.open = newSegment()
		}
		return s.open
	}
	shape := placeholder.ReplaceAllString(text, "{}")
	for _, m := range s.mixed {
		if m.text == shape {
			return m.next
		}
	}
	parts := strings.Split(shape, "{}")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	m := &mixed{text: shape, weight: len(shape) - 2*len(marks), next: newSegment(),
		pattern: regexp.MustCompile("^" + strings.Join(parts, "(.+?)") + "$")}
	s.mixed = append(s.mixed, m)
	slices.SortStableFunc(s.mixed, func(a, b *mixed) int { return cmp.Compare(b.weight, a.weight) })
	return m.next
}

// Match finds the operation for a method and an escaped path, with the base path of a server, the longest that
// fits first, or without one.
func (d *Document) Match(method, escapedPath string) Match {
	var known map[string]*Operation
	for _, base := range append(slices.Clip(d.router.bases), "") {
		rest, ok := strings.CutPrefix(escapedPath, base)
		if !ok || (rest != "" && rest[0] != '/') {
			continue
		}
		segments := strings.Split(strings.TrimPrefix(rest, "/"), "/")
		for i := range segments {
			segments[i] = unescapeURL(segments[i])
		}
		var found Match
		d.router.root.find(segments, nil, func(methods map[string]*Operation, values []string) bool {
			if known == nil {
				known = methods
			}
			op := methods[method]
			if op != nil {
				found = Match{Operation: op, Path: op.named(values)}
			}
			return op != nil
		})
		if found.Operation != nil {
			return found
		}
	}
	m := Match{}
	for method := range known {
		m.Methods = append(m.Methods, method)
	}
	slices.Sort(m.Methods)
	return m
}

// find offers the leaves that fit, the most literal first, until one is taken.
func (s *segment) find(segments, values []string, take func(map[string]*Operation, []string) bool) bool {
	if len(segments) == 0 {
		return s.methods != nil && take(s.methods, values)
	}
	first, rest := segments[0], segments[1:]
	if next := s.literals[first]; next != nil && next.find(rest, values, take) {
		return true
	}
	for _, m := range s.mixed {
		if groups := m.pattern.FindStringSubmatch(first); groups != nil && m.next.find(rest, append(slices.Clip(values), groups[1:]...), take) {
			return true
		}
	}
	return s.open != nil && first != "" && s.open.find(rest, append(slices.Clip(values), first), take)
}

// named gives the values of a path their names.
func (op *Operation) named(values []string) map[string]string {
	out := map[string]string{}
	for i, name := range placeholder.FindAllString(op.Path, -1) {
		if i < len(values) {
			out[name[1:len(name)-1]] = values[i]
		}
	}
	return out
}

// readBases collects the paths of the servers, wherever the document names some.
func (d *Document) readBases(at place) {
	for _, server := range at.child("servers").items() {
		address := placeholder.ReplaceAllStringFunc(server.child("url").text(), func(name string) string {
			value, _ := server.child("variables").child(name[1 : len(name)-1]).child("default").value.(string)
			return value
		})
		u, err := url.Parse(address)
		if err != nil {
			server.warn("server %q is no URL: its base path is not known", address)
			continue
		}
		base := strings.TrimRight(u.EscapedPath(), "/")
		if base != "" && !strings.HasPrefix(base, "/") {
			base = "/" + base
		}
		if base != "" && !slices.Contains(d.router.bases, base) {
			d.router.bases = append(d.router.bases, base)
		}
	}
}
