package contradiction

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// editions compares what two editions say of one operation.
func (f *finder) editions() {
	all := f.operations()
	for i, a := range all {
		for _, b := range all[i+1:] {
			if a.Page.Edition != b.Page.Edition && a.Method == b.Method && derive.SamePath(a.Path, b.Path) {
				f.between(a, b)
				f.shown(a, b)
			}
		}
	}
}

func (f *finder) operations() []*derive.Operation {
	var all []*derive.Operation
	for _, p := range f.set.Pages {
		all = append(all, p.Operations...)
	}
	return all
}

// between compares the rows of two descriptions of an operation, place by place.
func (f *finder) between(a, b *derive.Operation) {
	ours, theirs := places(a), places(b)
	for _, at := range slices.Sorted(maps.Keys(ours)) {
		r, s := ours[at], theirs[at]
		if s == nil {
			continue
		}
		what := a.Method + " " + a.Path + ": " + at
		differ := func(aspect, one, two string) {
			f.add(Editions, fmt.Sprintf("%s: %s is %s in %s and %s in %s", what, aspect, one, r.Place.Edition, two, s.Place.Edition), r.Place, s.Place)
		}
		if one, two := strings.Join(derive.Kinds(r.Type), " or "), strings.Join(derive.Kinds(s.Type), " or "); one != two && one != "" && two != "" {
			differ("the type", one, two)
		} else if r.Type.Base != s.Type.Base && one == two && one != "" {
			differ("the type", r.Type.Stated, s.Type.Stated)
		}
		if r.Required != s.Required && r.Required != "" && s.Required != "" {
			differ("the flag", string(r.Required), string(s.Required))
		}
		if one, two := listed(r), listed(s); one != two && one != "" && two != "" {
			differ("the list", one, two)
		}
		if r.Facts.Default != nil && s.Facts.Default != nil && *r.Facts.Default != *s.Facts.Default {
			differ("the default", r.Facts.Default.Text, s.Facts.Default.Text)
		}
		if r.Facts.Range != nil && s.Facts.Range != nil && *r.Facts.Range != *s.Facts.Range {
			differ("the range", interval(*r.Facts.Range), interval(*s.Facts.Range))
		}
	}
}

// interval is a range in the usual form: [1,50) without 50.
func interval(b cell.Bounds) string {
	open, end := "[", "]"
	if b.MinExclusive || b.Min == "" {
		open = "("
	}
	if b.MaxExclusive || b.Max == "" {
		end = ")"
	}
	return open + cmp.Or(b.Min, "-∞") + "," + cmp.Or(b.Max, "∞") + end
}

func listed(r *derive.Row) string {
	values := slices.Concat(r.Facts.Enum, r.Facts.Only)
	slices.Sort(values)
	return strings.Join(values, ", ")
}

// places are the rows of an operation by where they stand in a request or answer.
func places(op *derive.Operation) map[string]*derive.Row {
	out := map[string]*derive.Row{}
	for _, group := range []struct {
		in   string
		rows []*derive.Row
	}{{"path ", op.InPath}, {"query ", op.Query}, {"header ", op.Header}} {
		for _, r := range group.rows {
			out[group.in+r.Name] = r
		}
	}
	if op.Body != nil {
		below(out, op.Body, "request ", map[*derive.Object]bool{})
	}
	if o := answerOf(op); o != nil {
		below(out, o, "answer ", map[*derive.Object]bool{})
	}
	return out
}

// maxPlacesBelow bounds tables that refer to one another in many ways.
const maxPlacesBelow = 5000

func below(out map[string]*derive.Row, o *derive.Object, path string, on map[*derive.Object]bool) {
	if on[o] || len(out) > maxPlacesBelow {
		return
	}
	on[o] = true
	for _, r := range o.Rows {
		at := path + "/" + r.Name
		if out[at] == nil {
			out[at] = r
		}
		if r.Object != nil {
			below(out, r.Object, at, on)
		}
	}
	delete(on, o)
}

// shown compares the examples of two editions: the members of their failures, and what identifiers and states of
// their answers look like.
func (f *finder) shown(a, b *derive.Operation) {
	states := f.enumerated()
	for _, part := range []page.Part{page.FailurePart, page.SuccessPart} {
		e, d := first(a, part), first(b, part)
		if e == nil || d == nil {
			continue
		}
		ours, ok := decoded(e).(map[string]any)
		theirs, ok2 := decoded(d).(map[string]any)
		if !ok || !ok2 {
			continue
		}
		what := a.Method + " " + a.Path
		if part == page.FailurePart {
			if one, two := strings.Join(slices.Sorted(maps.Keys(ours)), ", "), strings.Join(slices.Sorted(maps.Keys(theirs)), ", "); one != two {
				f.add(Editions, what+": a failure has "+one+" in "+e.Place.Edition+" and "+two+" in "+d.Place.Edition, e.Place, d.Place)
			}
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(ours)) {
			one, _ := ours[name].(string)
			two, _ := theirs[name].(string)
			unlike := identifier.MatchString(one) && identifier.MatchString(two) && identifier.ReplaceAllString(one, "") != identifier.ReplaceAllString(two, "")
			if unlike || one != two && slices.Contains(states[name], one) && slices.Contains(states[name], two) {
				f.add(Editions, fmt.Sprintf("%s: the answer shows /%s %s in %s and %s in %s", what, name, one, e.Place.Edition, two, d.Place.Edition), e.Place, d.Place)
			}
		}
	}
}

func first(op *derive.Operation, part page.Part) *page.Example {
	for _, e := range op.Examples {
		if e.Part == part && e.Payload != nil {
			return e
		}
	}
	return nil
}

// enumerated are the values that any row lists for a name.
func (f *finder) enumerated() map[string][]string {
	out := map[string][]string{}
	for _, p := range f.set.Pages {
		for _, r := range p.Rows {
			if r.Name != "" {
				out[r.Name] = append(out[r.Name], r.Facts.Enum...)
			}
		}
	}
	return out
}

// objects compares the tables of one edition that describe the same object of an answer, by the names of the member
// that holds it and of the one above.
func (f *finder) objects() {
	type described struct {
		names  string
		places []derive.Place
	}
	all, order := map[[3]string][]described{}, [][3]string{}
	for _, op := range f.operations() {
		o := answerOf(op)
		if o == nil {
			continue
		}
		seen := map[*derive.Object]bool{}
		var walk func(o *derive.Object, above string)
		walk = func(o *derive.Object, above string) {
			for _, r := range o.Rows {
				if r.Object == nil || seen[r.Object] {
					continue
				}
				seen[r.Object] = true
				key := [3]string{op.Page.Edition, above, r.Name}
				if all[key] == nil {
					order = append(order, key)
				}
				all[key] = append(all[key], described{names(r.Object), []derive.Place{r.Object.Place}})
				if next := r.Name; above == "" && r.Type.Base == "array" {
					walk(r.Object, "") // a page of the objects that other pages answer alone
				} else {
					walk(r.Object, next)
				}
			}
		}
		walk(o, "")
	}
	for _, key := range order {
		for _, d := range all[key][1:] {
			if one := all[key][0]; one.names != d.names {
				f.add(Objects, fmt.Sprintf("%s of an answer has the members %s in one table and %s in another", strings.TrimPrefix(key[1]+"/"+key[2], "/"), one.names, d.names),
					append(slices.Clone(one.places), d.places...)...)
			}
		}
	}
}

func names(o *derive.Object) string {
	var out []string
	for _, r := range o.Rows {
		out = append(out, r.Name)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ", ")
}
