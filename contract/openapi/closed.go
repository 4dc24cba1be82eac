package openapi

// A schema that is composed of parts of which each forbids the members of the others accepts no member at all.
// That is a common slip: what is meant is that nothing is allowed beyond the members of all parts.

var compositions = []string{"allOf", "oneOf", "anyOf"}

// closesApart tells whether the parts of a schema do so. Branches of one choice do not hold at once.
func closesApart(p place) bool {
	var closed, described []int
	add := func(id int, part place) {
		part = part.resolve()
		if part.child("additionalProperties").value == false {
			closed = append(closed, id)
		}
		if describes(part) {
			described = append(described, id)
		}
	}
	for i, keyword := range compositions {
		for j, item := range p.child(keyword).items() {
			if keyword == "allOf" {
				add(j, item)
			} else {
				add(-i, item)
			}
		}
	}
	if p.child("additionalProperties").value == false {
		closed = append(closed, -3)
	}
	if p.child("properties").exists() {
		described = append(described, -3)
	}
	for _, c := range closed {
		for _, d := range described {
			if c != d {
				return true
			}
		}
	}
	return false
}

// describes tells whether a schema names members, itself or in its parts.
func describes(p place) bool {
	for _, keyword := range append([]string{"properties"}, compositions...) {
		if p.child(keyword).exists() {
			return true
		}
	}
	return false
}

// closeTogether opens the parts, and closes the whole.
func (n *normalizer) closeTogether(p place, out map[string]any) {
	p.warn("of the parts that it is composed of, one forbids the members of another; they are taken together")
	n.openParts(p, out)
	delete(out, "additionalProperties")
	out["unevaluatedProperties"] = false
}

func (n *normalizer) openParts(p place, out map[string]any) {
	for _, keyword := range compositions {
		if items := p.child(keyword).items(); len(items) > 0 {
			var parts []any
			for _, item := range items {
				part := n.opened(item)
				if keyword != "allOf" {
					part = n.guarded(item, part)
				}
				parts = append(parts, part)
			}
			out[keyword] = parts
		}
	}
}

// opened is the normal form of a schema that may have further members.
func (n *normalizer) opened(p place) any {
	schema, ok := n.schema(p).(map[string]any)
	if !ok {
		return true
	}
	if target := p.resolve(); schema["$ref"] != nil && target.exists() {
		schema["$ref"] = n.set.address(target, n.way, true)
	} else if !p.child("nullable").truth() {
		n.openParts(p, schema)
	}
	for _, keyword := range []string{"additionalProperties", "unevaluatedProperties"} {
		if schema[keyword] == false {
			delete(schema, keyword)
		}
	}
	return schema
}
