package conformance

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// routes find the operation that a recorded request is about.
type routes []route

type route struct {
	op       *contract.Operation
	tokens   []string // of the path template
	literals int
}

// newRoutes has the templates that say most first. Those of a single word that are about no resource are left
// out: any other service may have the same.
func newRoutes(c *contract.Contract) routes {
	var out routes
	for _, op := range c.Operations() {
		r := route{op: op, tokens: strings.Split(strings.Trim(op.Path, "/"), "/")}
		for _, token := range r.tokens {
			if !isParameter(token) {
				r.literals++
			}
		}
		if op.Effect != nil || r.literals > 1 {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b route) int {
		return cmp.Or(cmp.Compare(len(b.tokens), len(a.tokens)), cmp.Compare(b.literals, a.literals))
	})
	return out
}

func isParameter(token string) bool {
	return strings.HasPrefix(token, "{") && strings.HasSuffix(token, "}")
}

// lead tells whether a request can be found to be about an operation.
func (rs routes) lead(op *contract.Operation) bool {
	return slices.ContainsFunc(rs, func(r route) bool { return r.op == op })
}

// find is the operation of a request, with the parameters of its path and query; nil when there is none.
func (rs routes) find(method, address string) (*contract.Operation, contract.Input) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, contract.Input{}
	}
	parts := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	for _, r := range rs {
		if r.op.Method != method {
			continue
		}
		if path, ok := r.match(parts); ok {
			return r.op, contract.Input{Path: path, Query: u.Query()}
		}
	}
	return nil, contract.Input{}
}

// match fits a template to the end of a path: the recorded server may have stood behind a prefix. A template
// with few words of its own would fit anything, so it must fit all of the path.
func (r route) match(parts []string) (map[string]string, bool) {
	before := len(parts) - len(r.tokens)
	if before < 0 || (before > 0 && r.literals < 2) {
		return nil, false
	}
	path := map[string]string{}
	for i, token := range r.tokens {
		text, err := url.PathUnescape(parts[before+i])
		switch {
		case err != nil, text == "":
			return nil, false
		case isParameter(token):
			path[strings.Trim(token, "{}")] = text
		case text != token:
			return nil, false
		}
	}
	return path, true
}
