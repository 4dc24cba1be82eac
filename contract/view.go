package contract

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Forms keeps resources as bytes that are ready to be sent. Resources whose bodies differ only in the member that
// no two of a tenant share have the same form; what is each one's own, and what depends on the time, are gaps in
// it. A Forms is not safe for concurrent use. The nil Forms knows none.
type Forms struct {
	kind   *ResourceType
	unique []string // tokens of the member that is each one's own
	byKey  map[string]*Form
	key    []byte
	last   *Form // that Share found; nil before
}

// maxForms bounds the forms that are known. When there are more, all are forgotten; those in use stay with their
// users.
const maxForms = 10_000

// maxViews bounds the views of a form: who owns resources is for clients to choose. When there are more, all are forgotten.
const maxViews = 1_000

// Form is what resources with like bodies have in common.
type Form struct {
	forms *Forms
	body  map[string]any // with a gap for the unique member
	views map[viewKey]*view
	key   viewKey // of the view that was used last
	view  *view
}

// viewKey is all that a resource is shown by, apart from its body and the gaps.
type viewKey struct {
	state, previous string
	owner           Caller
	failure         *Error
	timed           bool
}

// NewForms is for the resources of a kind; nil where they cannot be kept: what is shown of them depends on
// conditions, or nothing makes them unique.
func (rt *ResourceType) NewForms() *Forms {
	if rt.Lifecycle == nil || rt.Create == nil || rt.Create.Effect.Unique == nil {
		return nil
	}
	for _, s := range rt.Lifecycle.shows {
		if s.when != nil {
			return nil
		}
	}
	return &Forms{kind: rt, unique: pointerTokens(rt.Create.Effect.Unique.By), byKey: map[string]*Form{}}
}

// Of finds the form of a body, which must not be changed any more; nil when it has none.
func (f *Forms) Of(body map[string]any) *Form {
	form, _ := f.find(body)
	return form
}

// find is Of, and whether the form was there before.
func (f *Forms) find(body map[string]any) (form *Form, known bool) {
	if f == nil || textAt(body, f.unique) == "" {
		return nil, false
	}
	var err error
	if f.key, err = appendObject(f.key[:0], body, f.unique); err != nil {
		return nil, false
	}
	if known := f.byKey[string(f.key)]; known != nil {
		return known, true
	}
	if len(f.byKey) >= maxForms {
		f.byKey = map[string]*Form{}
	}
	form = &Form{forms: f, body: with(body, f.unique, gapUnique), views: map[viewKey]*view{}}
	f.byKey[string(f.key)] = form
	return form, false
}

// Own is the member of a body that no other of the tenant shares.
func (f *Forms) Own(body map[string]any) string {
	if f == nil {
		return ""
	}
	return textAt(body, f.unique)
}

// Share finds the form of a new body, what is the body's own, and whether the form was there before: then all of the
// body is in those two. Otherwise it makes the body take from the form what it has in common with others, so that all
// of them keep that once. The body must not have been seen by anybody else.
func (f *Forms) Share(body map[string]any) (form *Form, own string, known bool) {
	form, known = f.like(body)
	own = strings.Clone(f.Own(body)) // not a part of the request that it came in
	if known || form == nil || len(f.unique) > 1 {
		return form, own, known
	}
	for name, v := range form.body {
		body[name] = v
	}
	body[f.unique[0]] = own
	return form, own, false
}

// like is Of for a new body, which often is like the one before.
func (f *Forms) like(body map[string]any) (form *Form, known bool) {
	if f != nil && f.last != nil && len(f.unique) == 1 && f.Own(body) != "" && sameButFor(f.unique, body, f.last.body) {
		return f.last, true
	}
	if form, known = f.find(body); form != nil {
		f.last = form
	}
	return form, known
}

// textAt is a member that is a string, "" when it is none.
func textAt(body map[string]any, tokens []string) string {
	for _, token := range tokens[:len(tokens)-1] {
		body, _ = body[token].(map[string]any)
	}
	text, _ := body[tokens[len(tokens)-1]].(string)
	return text
}

// Append appends what Show shows of a resource of this form, as AppendJSON writes it; own is its Own. It is false, and has appended
// nothing, where that must be worked out by Show.
func (m *Form) Append(dst []byte, r *Resource, own string, now time.Time) ([]byte, bool) {
	if m == nil || r.Turn != nil || r.Created.IsZero() || r.Updated.IsZero() {
		return dst, false
	}
	key := viewKey{r.State, r.Previous, r.Owner, r.Failure, !r.Deadline.IsZero()}
	v := m.view
	if key != m.key || v == nil {
		v = m.viewFor(key, r, now)
	}
	if v == nil {
		return dst, false
	}
	begin := 0
	for _, c := range v.cuts {
		dst = append(dst, v.text[begin:c.at]...)
		dst = m.fill(dst, c.gap, r, own, now)
		begin = c.at
	}
	return append(dst, v.text[begin:]...), true
}

// gap is what is not the same for all resources of a form. As a value in a body it stands for the member.
type gap int8

const (
	gapUnique gap = iota
	gapID
	gapTenant
	gapCreated
	gapUpdated
	gapDeadline
	gapLeft
)

var gaps = map[string]gap{"id": gapID, "tenant": gapTenant, "created": gapCreated, "updated": gapUpdated, "deadline": gapDeadline, "left": gapLeft}

func (m *Form) fill(dst []byte, g gap, r *Resource, own string, now time.Time) []byte {
	switch g {
	case gapUnique:
		return appendInner(dst, own)
	case gapID:
		return appendInner(dst, r.ID)
	case gapTenant:
		return appendInner(dst, r.Tenant)
	case gapCreated:
		return strconv.AppendInt(dst, r.Created.UnixMilli(), 10)
	case gapUpdated:
		return strconv.AppendInt(dst, r.Updated.UnixMilli(), 10)
	case gapDeadline:
		return strconv.AppendInt(dst, r.Deadline.UnixMilli(), 10)
	}
	return strconv.AppendInt(dst, wholeSeconds(r.Deadline, now), 10)
}

// appendInner appends a string without its quotes.
func appendInner(dst []byte, text string) []byte {
	if isPlain(text) {
		return append(dst, text...)
	}
	begin := len(dst)
	dst, _ = appendText(dst, text) // a string has JSON
	return slices.Delete(dst[:len(dst)-1], begin, begin+1)
}

// view is a shown resource as text with gaps.
type view struct {
	text []byte
	cuts []cut
}

type cut struct {
	at  int
	gap gap
}

func (m *Form) viewFor(key viewKey, r *Resource, now time.Time) *view {
	v, known := m.views[key]
	if !known {
		v = m.read(r, now)
		if len(m.views) >= maxViews {
			clear(m.views)
		}
		m.views[key] = v
	}
	m.key, m.view = key, v
	return v
}

// read shows a resource with gaps for what is its own; nil where something is shown that no gap is made for.
func (m *Form) read(r *Resource, now time.Time) *view {
	like := *r
	like.Body = m.body
	value, possible := like.value(now), true
	gapped := func(name string) (any, bool) {
		v, ok := value(name)
		if g, known := gaps[name]; known && ok {
			return g, true
		}
		if name == "token" {
			possible = false
		}
		return v, ok
	}
	var body any = m.body
	for _, s := range m.forms.kind.Lifecycle.shows {
		if s.in == nil || slices.Contains(s.in, r.State) {
			if set := s.set.Render(gapped); set != nil {
				body = merge(body, set)
			}
		}
	}
	v := &view{}
	if !v.append(body) || !possible {
		return nil
	}
	return v
}

// append adds a value to the text; false when it has no JSON.
func (v *view) append(value any) bool {
	var err error
	switch value := value.(type) {
	case gap:
		v.gap(value, value <= gapTenant)
	case gappedText:
		v.text = append(v.text, '"')
		for _, part := range value {
			if g, ok := part.(gap); ok {
				v.gap(g, false)
			} else {
				v.text = appendInner(v.text, plain(part))
			}
		}
		v.text = append(v.text, '"')
	case quoted:
		v.gap(gap(value), true)
	case map[string]any:
		return v.object(value)
	case []any:
		v.text = append(v.text, '[')
		for i, item := range value {
			if i > 0 {
				v.text = append(v.text, ',')
			}
			if !v.append(item) {
				return false
			}
		}
		v.text = append(v.text, ']')
	default:
		v.text, err = AppendJSON(v.text, value)
	}
	return err == nil
}

func (v *view) object(object map[string]any) bool {
	v.text = append(v.text, '{')
	for i, name := range slices.Sorted(maps.Keys(object)) {
		if i > 0 {
			v.text = append(v.text, ',')
		}
		v.text, _ = appendText(v.text, name) // a string has JSON
		v.text = append(v.text, ':')
		if !v.append(object[name]) {
			return false
		}
	}
	v.text = append(v.text, '}')
	return true
}

func (v *view) gap(g gap, inQuotes bool) {
	if inQuotes {
		v.text = append(v.text, '"')
	}
	v.cuts = append(v.cuts, cut{len(v.text), g})
	if inQuotes {
		v.text = append(v.text, '"')
	}
}

// quoted is a number that the schema wants as a string.
type quoted gap

// gappedText is a text with gaps: strings, gaps and other values.
type gappedText []any

// Has tells whether a form is one of these.
func (f *Forms) Has(m *Form) bool { return m != nil && m.forms == f }
