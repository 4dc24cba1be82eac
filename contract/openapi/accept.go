package openapi

import (
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// accepted is one media range of the header Accept (RFC 9110, 12.5.1).
type accepted struct {
	kind   string // type/subtype, type/* or */*
	params map[string]string
	weight float64 // q
}

// parseAccept reads the header. What is no media range is left out.
func parseAccept(accept string) []accepted {
	var out []accepted
	for _, part := range splitQuoted(accept, ',') {
		kind, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil || !strings.Contains(kind, "/") {
			continue
		}
		a := accepted{kind: kind, params: params, weight: 1}
		if q, ok := params["q"]; ok {
			if a.weight, err = strconv.ParseFloat(q, 64); err != nil || !(a.weight >= 0 && a.weight <= 1) {
				continue
			}
			delete(params, "q")
		}
		out = append(out, a)
	}
	return out
}

// fits tells how exactly a range names a type: 0 for not at all.
func (a accepted) fits(kind string, params map[string]string) int {
	major, some := strings.CutSuffix(a.kind, "/*")
	switch {
	case a.kind == "*/*":
		return 1
	case some && strings.HasPrefix(kind, major+"/"):
		return 2
	case a.kind != kind:
		return 0
	}
	for name, value := range a.params {
		if got, ok := params[name]; !ok || !strings.EqualFold(got, value) {
			return 0
		}
	}
	return 3 + len(a.params)
}

// weighs is how much a client likes a form, and the place of the range that says so: the most exact one counts.
func weighs(list []accepted, m *Media) (weight float64, place int) {
	most := 0
	for _, name := range []string{m.Type, m.concrete()} {
		kind, params, err := mime.ParseMediaType(name)
		if err != nil {
			kind, params = strings.ToLower(name), nil
		}
		for i, a := range list {
			if exact := a.fits(kind, params); exact > most {
				most, weight, place = exact, a.weight, i
				if exact < 3 {
					place = len(list) // a range prefers none of its types
				}
			}
		}
	}
	return weight, place
}

// preferred is the form that a client likes best. Of several that it likes equally, what it names goes first, in its
// order, then JSON, then the order of the document. nil when it takes none of them.
func preferred(all []*Media, accept string) *Media {
	list := parseAccept(accept)
	var best *Media
	bestWeight, bestPlace := 0.0, 0
	better := func(m *Media, weight float64, place int) bool {
		switch {
		case best == nil || weight != bestWeight:
			return weight > bestWeight || best == nil
		case place != bestPlace:
			return place < bestPlace
		}
		return isJSON(m.Type) && !isJSON(best.Type)
	}
	for _, m := range all {
		weight, place := weighs(list, m)
		if better(m, weight, place) && (weight > 0 || len(list) == 0) {
			best, bestWeight, bestPlace = m, weight, place
		}
	}
	return best
}

// Unacceptable is the error of an answer that the document has in no form that the client takes.
type Unacceptable struct {
	Accept string
	Known  []string // forms that are documented
}

func (u *Unacceptable) Error() string {
	return fmt.Sprintf("Accept %q takes no form that is documented here; documented: %s", u.Accept, strings.Join(u.Known, ", "))
}

// negotiate is the form of an answer; nil for one without a body. A client that takes JSON of some kind gets what
// JSON there is, and an error comes in the form that it has: that is better than another error.
func negotiate(all []*Media, accept string, status int) (*Media, error) {
	best := preferred(all, accept)
	if best != nil || len(all) == 0 || status == http.StatusNoContent || status == http.StatusNotModified {
		return best, nil
	}
	if status >= http.StatusBadRequest {
		return preferred(all, ""), nil
	}
	takesJSON := slices.ContainsFunc(parseAccept(accept), func(a accepted) bool { return a.weight > 0 && isJSON(a.kind) })
	for _, m := range all {
		if takesJSON && isJSON(m.Type) {
			return m, nil
		}
	}
	return nil, unacceptable(accept, all)
}

func unacceptable(accept string, all []*Media) *Unacceptable {
	u := &Unacceptable{Accept: accept}
	for _, m := range all {
		u.Known = append(u.Known, m.Type)
	}
	return u
}
