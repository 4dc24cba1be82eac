package contract

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// template is the path of an operation, in segments.
type template struct {
	op       *Operation
	segments []string
	mixed    []*Segment // nil for segments that are literals or whole parameters
	literals int
}

// Match is the operation that a request is for.
type Match struct {
	Operation *Operation        // nil when there is none
	Path      map[string]string // the values of the path's parameters, unescaped
	Known     bool              // the path is one of the contract's, perhaps with another method
}

// Match finds the operation for a method and an escaped path. The longest template that fits the end of the
// path does, and of those as long the one with most literal segments. What stands before it is taken for the
// base path of a server; a template with a single literal would fit too much so, and has to fit the whole path.
func (c *Contract) Match(method, escapedPath string) Match {
	if c.foreign != nil {
		return c.matchForeign(method, escapedPath)
	}
	segments := strings.Split(strings.TrimPrefix(escapedPath, "/"), "/")
	plain := make([]string, len(segments))
	for i, s := range segments {
		plain[i] = s
		if text, err := url.PathUnescape(s); err == nil {
			plain[i] = text
		}
	}
	known := false
	for _, t := range c.templates {
		before := len(plain) - len(t.segments)
		if before < 0 || (before > 0 && t.literals < 2) || !t.fits(plain[before:]) {
			continue
		}
		if known = true; t.op.Method == method {
			return Match{Operation: t.op, Path: t.values(plain[before:]), Known: true}
		}
	}
	return Match{Known: known}
}

// templatesOf are the paths of operations, those that say most first.
func templatesOf(operations []*Operation) []template {
	out := make([]template, len(operations))
	for i, op := range operations {
		out[i] = template{op: op, segments: strings.Split(strings.TrimPrefix(op.Path, "/"), "/")}
		for _, s := range out[i].segments {
			mixed := MixedSegment(s)
			out[i].mixed = append(out[i].mixed, mixed)
			if _, open := parameterName(s); !open || mixed != nil {
				out[i].literals++
			}
		}
	}
	slices.SortStableFunc(out, func(a, b template) int {
		return cmp.Or(cmp.Compare(len(b.segments), len(a.segments)), cmp.Compare(b.literals, a.literals))
	})
	return out
}

// parameterName is the name in a segment such as {id}.
func parameterName(segment string) (string, bool) {
	inner, open := strings.CutPrefix(segment, "{")
	name, closed := strings.CutSuffix(inner, "}")
	return name, open && closed
}

func (t template) fits(segments []string) bool {
	for i, want := range t.segments {
		if m := t.mixed[i]; m != nil {
			if _, ok := m.Values(segments[i]); !ok {
				return false
			}
			continue
		}
		_, open := parameterName(want)
		if (open && segments[i] == "") || (!open && segments[i] != want) {
			return false
		}
	}
	return true
}

func (t template) values(segments []string) map[string]string {
	out := map[string]string{}
	for i, want := range t.segments {
		if m := t.mixed[i]; m != nil {
			values, _ := m.Values(segments[i])
			for n, v := range values {
				out[m.Names[n]] = v
			}
			continue
		}
		if name, open := parameterName(want); open {
			out[name] = segments[i]
		}
	}
	return out
}
