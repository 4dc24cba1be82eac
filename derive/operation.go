package derive

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// opShape is an operation with the shapes of what it takes and gives, all pages joined.
type opShape struct {
	op        *Operation
	path      string
	all       []*Operation
	params    []*param
	body      *shape
	responses []*respShape
	examples  []*shown
}

type param struct {
	in, name string
	shape    *shape
	target   map[string]string // edition to the value that a request line shows
}

type respShape struct {
	status   string // "" when no page says
	shape    *shape // nil without members
	headers  []*param
	sources  []Place
	inferred bool
}

// shown is an example with the page it is of.
type shown struct {
	*page.Example
	name string
}

// shapes makes the shapes of all operations, once. Paths that differ only in the names of their parameters are
// written as the first of them.
func (d *drafter) shapes() []*opShape {
	paths := map[string]string{}
	var out []*opShape
	for _, m := range d.ops {
		o := &opShape{op: m.Operation, all: m.all, path: m.Path}
		if known := paths[pathKey(m.Path)]; known != "" {
			o.path = known
		}
		paths[pathKey(m.Path)] = o.path
		for i := len(m.all) - 1; i >= 0; i-- {
			d.add(o, m.all[i])
		}
		d.name(o)
		for _, e := range o.examples {
			if e.Part == page.FailurePart && e.Payload != nil {
				d.bodies.learn(o.op.ID, e.Payload)
			}
		}
		out = append(out, o)
	}
	return out
}

// add joins what one page says of an operation to what later ones do.
func (d *drafter) add(o *opShape, from *Operation) {
	for _, group := range []struct {
		in   string
		rows []*Row
	}{{"path", from.InPath}, {"query", from.Query}, {"header", from.Header}} {
		for i, r := range group.rows {
			d.param(o, from, group.in, r, i)
		}
	}
	if from.Body != nil {
		d.shaper.request = true
		body := d.shaper.object(from.Body)
		d.shaper.request = false
		body.name = componentName(o.op.ID + " request")
		if o.body == nil {
			o.body = body
		} else {
			newMerger().join(o.body, body, false)
		}
	}
	for _, r := range from.Responses {
		d.response(o, r)
	}
	names := map[page.Part]int{}
	for _, e := range from.Examples {
		if e.Part == "" {
			continue
		}
		names[e.Part]++
		name := "example"
		if from.Page.Edition != "" {
			name = "edition-" + from.Page.Edition
		}
		if names[e.Part] > 1 {
			name += "-" + strconv.Itoa(names[e.Part])
		}
		o.examples = append(o.examples, &shown{e, name})
	}
}

// ignored are the headers that OpenAPI describes elsewhere, and says not to list.
var ignored = []string{"accept", "content-type", "authorization"}

func (d *drafter) param(o *opShape, from *Operation, in string, r *Row, i int) {
	name := r.Name
	if in == "header" && slices.Contains(ignored, strings.ToLower(name)) {
		return
	}
	if in == "path" {
		own, shared := holes(from.Path), holes(o.path)
		at := slices.IndexFunc(own, func(h string) bool { return plainName(h) == plainName(name) })
		if at < 0 || at >= len(shared) {
			return
		}
		name = shared[at]
	}
	sh := d.shaper.of(r)
	for _, known := range o.params {
		if known.in == in && (known.name == name || in == "header" && strings.EqualFold(known.name, name)) {
			newMerger().join(known.shape, sh, false)
			return
		}
	}
	o.params = append(o.params, &param{in: in, name: name, shape: sh, target: map[string]string{}})
}

func (d *drafter) response(o *opShape, r *Response) {
	var sh *shape
	if r.Object != nil && len(r.Object.Rows) > 0 {
		sh = d.shaper.object(r.Object)
		sh.name = componentName(o.op.ID + " response")
	}
	var known *respShape
	for _, k := range o.responses {
		if k.status == r.Status {
			known = k
		}
	}
	if known == nil {
		known = &respShape{status: r.Status}
		o.responses = append(o.responses, known)
	}
	known.sources = append(known.sources, r.Place)
	switch {
	case known.shape == nil:
		known.shape = sh
	case sh != nil:
		newMerger().join(known.shape, sh, true)
	}
	for _, h := range r.Headers {
		known.headers = append(known.headers, &param{name: h.Name, shape: d.shaper.of(h)})
	}
}

// name settles the statuses of answers: those of the pages, else of the table of statuses, else of the examples, else
// 200. Examples of the request line give parameters their values.
func (d *drafter) name(o *opShape) {
	success := successStatus(o)
	found := false
	for _, r := range o.responses {
		if r.status == "" {
			r.status, r.inferred = cmp.Or(success, "200"), success == ""
		}
		found = found || r.status[0] == '2'
	}
	if !found {
		o.responses = append(o.responses, &respShape{status: cmp.Or(success, "200"), inferred: success == "", sources: []Place{o.op.Place}})
	}
	o.responses = joinSame(o.responses)
	for _, e := range o.examples {
		if e.Part == page.RequestPart && e.Target != "" {
			o.learn(e)
		}
	}
}

// joinSame keeps one response for each status.
func joinSame(all []*respShape) []*respShape {
	var out []*respShape
	for _, r := range all {
		i := slices.IndexFunc(out, func(k *respShape) bool { return k.status == r.status })
		if i < 0 {
			out = append(out, r)
			continue
		}
		out[i].sources = append(out[i].sources, r.sources...)
		out[i].headers = append(out[i].headers, r.headers...)
		if out[i].shape == nil {
			out[i].shape = r.shape
		} else if r.shape != nil {
			newMerger().join(out[i].shape, r.shape, true)
		}
	}
	return out
}

func successStatus(o *opShape) string {
	for i := len(o.all) - 1; i >= 0; i-- {
		for _, r := range o.all[i].Statuses {
			if s := statusOf(r); s != "" && s[0] == '2' {
				return s
			}
		}
	}
	for _, e := range o.examples {
		if e.Part == page.SuccessPart && len(e.Status) == 3 && e.Status[0] == '2' {
			return e.Status
		}
	}
	return ""
}

// statusOf is the status of a row of a table of statuses; "" for what is none.
func statusOf(r *Row) string {
	text := cell.Normal(r.Cells.Cell(r.Table, page.RoleStatus).Text.First())
	if len(text) < 3 {
		return ""
	}
	if n, err := strconv.Atoi(text[:3]); err != nil || n < 100 || n > 599 {
		return ""
	}
	return text[:3]
}

// learn takes the values of parameters from a request line. A placeholder is no value.
func (o *opShape) learn(e *shown) {
	_, rest, ok := strings.Cut(e.Target, "://")
	if ok {
		slash := strings.IndexByte(rest, '/')
		if slash < 0 {
			return
		}
		rest = rest[slash:]
	} else {
		rest = e.Target
	}
	path, query, _ := strings.Cut(rest, "?")
	set := func(in, name, value string) {
		if value == "" || strings.ContainsAny(value, "{}<>") {
			return
		}
		for _, p := range o.params {
			if p.in == in && p.name == name && p.target[e.name] == "" {
				p.target[e.name] = value
			}
		}
	}
	own, given := strings.Split(o.path, "/"), strings.Split(path, "/")
	if len(own) == len(given) {
		for i := range own {
			if h := holes(own[i]); len(h) == 1 && own[i] == "{"+h[0]+"}" {
				if value, err := url.PathUnescape(given[i]); err == nil {
					set("path", h[0], value)
				}
			}
		}
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return
	}
	for name := range values {
		set("query", name, values.Get(name))
	}
}

// parameter writes a parameter.
func (d *drafter) parameter(p *param) *yaml.Node {
	d.counts.parameters++
	n := object("name", p.name, "in", p.in)
	if p.in == "path" || p.shape.required == cell.Yes {
		put(n, "required", truth(true))
	}
	if p.shape.facts.Deprecated {
		put(n, "deprecated", truth(true))
	}
	bare := *p.shape
	bare.facts.Deprecated, bare.facts.ReadOnly = false, false
	schema := d.schemas.write(&bare, p.name)
	src := schema.Content[len(schema.Content)-2:]
	schema.Content = schema.Content[:len(schema.Content)-2]
	put(n, "schema", schema)
	if examples := p.examples(); examples != nil {
		put(n, "examples", examples)
	}
	n.Content = append(n.Content, src...)
	if p.shape.sources[0].Order == 0 {
		*src[1] = *source("documented", "uri", p.shape.sources, p.shape.notes)
	}
	return n
}

func (p *param) examples() *yaml.Node {
	kinds := jsonKinds(p.shape.typ)
	if len(p.target) == 0 || len(kinds) != 1 {
		return nil
	}
	n := object()
	names := make([]string, 0, len(p.target))
	for name := range p.target {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if value := scalar(p.target[name], kinds[0]); value != nil {
			put(n, name, object("value", value))
		}
	}
	if len(n.Content) == 0 {
		return nil
	}
	return n
}
