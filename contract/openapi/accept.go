package openapi

import (
	"mime"
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
// order, then JSON, then the order of the document. Where it likes none, it gets what one that does not care gets: that
// is better than nothing.
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
	if best == nil && len(list) > 0 {
		return preferred(all, "")
	}
	return best
}
