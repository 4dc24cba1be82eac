package mock

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/contract"
)

// Echo's router knows literals and whole parameters. A segment with both, as {region}:{id}, is mounted as one
// parameter that takes the whole segment, and taken apart before the handler sees it.

// mount gives the path of an operation in Echo's form, and what goes around its handler. Segments with parameters
// and literals are for operations without an effect only: the others find their resource by a whole segment.
func (s *server) mount(op *contract.Operation) (string, func(echo.HandlerFunc) echo.HandlerFunc, error) {
	segments := strings.Split(op.Path, "/")
	mixed := map[string]*contract.Segment{} // by the name that Echo has for it
	for i, text := range segments {
		if m := contract.MixedSegment(text); m != nil && op.Effect == nil {
			name := fmt.Sprintf("segment%d", i)
			mixed[name], segments[i] = m, "{"+name+"}"
		}
	}
	path, err := route(strings.Join(segments, "/"))
	if err != nil || len(mixed) == 0 {
		return path, func(h echo.HandlerFunc) echo.HandlerFunc { return h }, err
	}
	for _, other := range s.contract.Operations() {
		if other != op && other.Method == op.Method && sameShape(other.Path, segments) {
			return "", nil, fmt.Errorf("a request for it could not be told from one for operation %s, path %q; change one of the two paths", other.ID, other.Path)
		}
	}
	return path, func(h echo.HandlerFunc) echo.HandlerFunc { return takeApart(mixed, h) }, nil
}

// sameShape tells whether Echo would take a path for the segments of another one: it compares literals, and takes
// all parameters at a place for the same.
func sameShape(path string, segments []string) bool {
	others := strings.Split(path, "/")
	if len(others) != len(segments) {
		return false
	}
	for i, text := range segments {
		if open := strings.HasPrefix(text, "{"); open != strings.Contains(others[i], "{") || !open && text != others[i] {
			return false
		}
	}
	return true
}

// parts takes a segment apart as it reads, whatever a client has escaped in it. They are given back escaped where
// Echo's own values are.
func parts(u *url.URL, m *contract.Segment, value string) ([]string, bool) {
	values, ok := m.Values(plainParam(u, value))
	if u.RawPath != "" {
		for i := range values {
			values[i] = url.PathEscape(values[i])
		}
	}
	return values, ok
}

// takeApart gives a handler the parameters that the template names. What does not fit the template is no path.
func takeApart(mixed map[string]*contract.Segment, h echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		var names, values []string
		for i, name := range ec.ParamNames() {
			value := ec.ParamValues()[i]
			m := mixed[name]
			if m == nil {
				names, values = append(names, name), append(values, value)
				continue
			}
			parts, ok := parts(ec.Request().URL, m, value)
			if !ok {
				return echo.ErrNotFound
			}
			names, values = append(names, m.Names...), append(values, parts...)
		}
		ec.SetParamNames(names...)
		ec.SetParamValues(values...)
		return h(ec)
	}
}
