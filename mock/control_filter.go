package mock

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
)

// methods are those of HTTP; a journal may have others, which match no operation.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	http.MethodConnect, http.MethodOptions, http.MethodTrace}

// check refuses a filter that nothing can ever pass, because it asks for what there is not: whoever mistypes a
// name would take the empty answer for one. What an entry has is known, too: another contract may have been played.
func (f filter) check(c *contract.Contract, entries []*entry) error {
	var operations, codes []string
	for _, op := range c.Operations() {
		operations = append(operations, op.ID)
	}
	for _, e := range c.Errors() {
		codes = append(codes, e.Code)
	}
	for _, p := range []struct {
		name, value string
		known       []string
		has         func(*entry) bool
	}{
		{"operation", f.operation, append(operations, control.Unmatched), func(e *entry) bool { return e.operationID() == f.operation }},
		{"method", f.method, methods, func(e *entry) bool { return e.method == f.method }},
		{"code", f.code, codes, func(e *entry) bool { return e.has(f.code) }},
	} {
		if p.value != "" && !slices.Contains(p.known, p.value) && !slices.ContainsFunc(entries, p.has) {
			return bad("%s %q is not known; %s", p.name, p.value, nearNames(p.value, p.known))
		}
	}
	return f.checkStatus(c)
}

// checkStatus wants a status that HTTP has, or a class of them.
func (f filter) checkStatus(c *contract.Contract) error {
	text, class := strings.CutSuffix(f.status, "xx")
	if class {
		text += "00"
	}
	n, err := strconv.Atoi(text)
	if f.status == "" || (err == nil && (f.status == "0" || (n >= 100 && n <= 599))) {
		return nil
	}
	var documented []string
	for _, op := range c.Operations() {
		for _, r := range op.Responses {
			if s := strconv.Itoa(r.Status); r.Status > 0 && !slices.Contains(documented, s) {
				documented = append(documented, s)
			}
		}
	}
	slices.Sort(documented)
	return bad("status %q is none of HTTP; want 100 to 599, a class such as 4xx, or 0 for no answer; documented are %s", f.status, strings.Join(documented, ", "))
}

// maxNear is how many names are offered.
const maxNear = 3

// nearNames offers the known names that come nearest to one.
func nearNames(name string, known []string) string {
	if len(known) == 0 {
		return "the contract has none"
	}
	name = name[:min(len(name), longPart)] // whoever sends more has not mistyped a name
	near := slices.Compact(slices.Sorted(slices.Values(known)))
	distance := func(k string) int { return contract.EditDistance(strings.ToLower(name), strings.ToLower(k)) }
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(distance(a), distance(b)) })
	near = near[:min(maxNear, len(near))]
	for i := range near {
		near[i] = fmt.Sprintf("%q", near[i])
	}
	return "the nearest are " + strings.Join(near, ", ")
}
