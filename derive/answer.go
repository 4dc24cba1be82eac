package derive

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/derive/page"
)

// operation writes an operation.
func (d *drafter) operation(o *opShape) *yaml.Node {
	n := object("operationId", o.op.ID, "summary", o.op.Title)
	if actions := d.set.actions(o.op); len(actions) > 0 {
		put(n, "description", text("Action items: "+strings.Join(actions, ", ")+"."))
	}
	if len(o.params) > 0 {
		params := list()
		for _, p := range o.params {
			params.Content = append(params.Content, d.parameter(p))
		}
		put(n, "parameters", params)
	}
	if body := d.requestBody(o); body != nil {
		put(n, "requestBody", body)
	}
	put(n, "responses", d.answers(o))
	var places []Place
	for i := len(o.all) - 1; i >= 0; i-- {
		places = append(places, o.all[i].Place)
	}
	put(n, "x-tally-source", source("documented", "uri", places, nil))
	return n
}

func (d *drafter) requestBody(o *opShape) *yaml.Node {
	examples := d.examples(o, page.RequestPart, "", "requestBody")
	if o.body == nil && examples == nil {
		return nil
	}
	media, required := object(), false
	switch {
	case o.body != nil && o.body.structure():
		required = o.body.strict
		put(media, "schema", d.schemas.ref(o.body, o.body.name))
	default:
		put(media, "schema", object())
	}
	if examples != nil {
		put(media, "examples", examples)
	}
	n := object("required", truth(required), "content", object("application/json", media))
	if o.body != nil {
		put(n, "x-tally-source", sourceNode(tablesOf(o.body.sources), nil))
	}
	return n
}

// answers writes the responses: those with members, those that a table of statuses adds, and one for failures.
func (d *drafter) answers(o *opShape) *yaml.Node {
	n := object()
	for _, r := range o.responses {
		put(n, r.status, d.answer(o, r))
	}
	for i := len(o.all) - 1; i >= 0; i-- {
		for _, r := range o.all[i].Statuses {
			if s := statusOf(r); s != "" && s >= "200" && entry(n, s) == nil {
				put(n, s, d.answer(o, &respShape{status: s, sources: []Place{r.Place}}))
			}
		}
	}
	for _, s := range d.shownStatuses(o) {
		if entry(n, s) == nil {
			put(n, s, d.answer(o, &respShape{status: s, sources: []Place{o.op.Place}}))
		}
	}
	if d.examples(o, page.FailurePart, "", "default") != nil && entry(n, "default") == nil {
		put(n, "default", d.answer(o, &respShape{status: "default", sources: []Place{o.op.Place}}))
	}
	return n
}

// shownStatuses are the statuses that examples give themselves.
func (d *drafter) shownStatuses(o *opShape) []string {
	var out []string
	for _, e := range o.examples {
		if len(e.Status) == 3 && e.Part != page.RequestPart && !slices.Contains(out, e.Status) {
			out = append(out, e.Status)
		}
	}
	slices.Sort(out)
	return out
}

func (d *drafter) answer(o *opShape, r *respShape) *yaml.Node {
	n := object("description", reference(r.sources[0]))
	part, own := page.SuccessPart, r.status
	if r.status == "default" {
		part, own = page.FailurePart, ""
	} else if r.status >= "400" {
		part = page.FailurePart
	}
	if len(r.headers) > 0 {
		headers := object()
		for _, h := range r.headers {
			if entry(headers, h.name) == nil && !slices.Contains(ignored, strings.ToLower(h.name)) {
				put(headers, h.name, d.header(h))
			}
		}
		if len(headers.Content) > 0 {
			put(n, "headers", headers)
		}
	}
	media := object()
	switch {
	case r.shape != nil && r.shape.structure():
		put(media, "schema", d.schemas.ref(r.shape, r.shape.name))
	case part == page.FailurePart && len(d.bodies.names) > 0:
		d.failed = true
		put(media, "schema", object("$ref", "#/components/schemas/"+d.failureName()))
	}
	if own != "204" && own != "304" {
		first := part == page.SuccessPart && r == firstSuccess(o)
		if examples := d.examplesFor(o, part, own, r.status, first); examples != nil {
			if len(media.Content) == 0 {
				put(media, "schema", object())
			}
			put(media, "examples", examples)
		}
		if len(media.Content) > 0 {
			put(n, "content", object("application/json", media))
		}
	}
	basis, note := "documented", []string(nil)
	if r.inferred {
		basis, note = "inferred", []string{"No page gives the status."}
	}
	put(n, "x-tally-source", source(basis, "text", r.sources, note))
	return n
}

func firstSuccess(o *opShape) *respShape {
	for _, r := range o.responses {
		if r.status[0] == '2' {
			return r
		}
	}
	return nil
}

func (d *drafter) header(h *param) *yaml.Node {
	schema := d.schemas.write(h.shape, h.name)
	src := schema.Content[len(schema.Content)-2:]
	schema.Content = schema.Content[:len(schema.Content)-2]
	n := object("schema", schema)
	n.Content = append(n.Content, src...)
	return n
}

// failureName is the component that describes the bodies of failures.
func (d *drafter) failureName() string {
	name := "Failure"
	for d.schemas.names[name] != nil {
		name += "Body"
	}
	return name
}

// failure writes what all shapes of failure bodies have in common: an object with members of theirs.
func (d *drafter) failure() *yaml.Node {
	properties := object()
	for _, name := range d.bodies.names {
		shape, _ := d.bodies.shapes[name].(map[string]any)
		for _, member := range sortedKeys(shape) {
			kind := "string"
			if _, nested := shape[member].(map[string]any); nested {
				kind = "object"
			}
			if entry(properties, member) == nil {
				schema := object("type", kind)
				if shape[member] == "${status}" {
					schema = object()
				}
				put(properties, member, schema)
			}
		}
	}
	var places []Place
	for _, o := range d.ops {
		for _, op := range o.all {
			for _, e := range op.Examples {
				if e.Part == page.FailurePart && e.Payload != nil {
					places = append(places, e.Place)
				}
			}
		}
	}
	return object("type", "object", "properties", properties,
		"x-tally-source", source("inferred", "example", places, []string{"As the examples of failures show it."}))
}
