package contract

import (
	"encoding/json"
	"slices"
	"strings"
)

// Limits is what a schema says of a value, its parts joined: what it refers to, what it is composed of, and what
// holds under a condition. The zero Limits says nothing.
type Limits struct {
	Types       []string          // JSON types, without null
	Items       []string          // JSON types of what a list or map holds
	Enum        []string          // the values, as JSON without quotes
	Open        bool              // other values than those of Enum may come
	Bounds      map[string]string // keyword to number: minimum, maxLength and the like
	Patterns    []string
	Format      string
	Default     string // as JSON without quotes; "" also for the empty text
	HasDefault  bool
	Deprecated  bool
	ReadOnly    bool
	Conditional bool              // it depends on other members whether it must be there
	Others      map[string]string // further keywords that limit a value, with what they have; nil for none
}

// boundKeywords are the keywords that a number limits a value with.
var boundKeywords = []string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems"}

// otherKeywords limit a value in ways for which the other fields have no place.
var otherKeywords = []string{"not", "multipleOf", "uniqueItems", "contains", "minContains", "maxContains", "prefixItems", "minProperties",
	"maxProperties", "propertyNames", "patternProperties", "dependentSchemas", "contentEncoding", "contentMediaType", "writeOnly"}

// others reads those keywords, and whether a value is closed to what the schema does not name.
func (l *Limits) others(b place) {
	put := func(keyword, has string) {
		if l.Others == nil {
			l.Others = map[string]string{}
		}
		l.Others[keyword] = has
	}
	for _, k := range otherKeywords {
		if v, ok := b.child(k); ok && v.data() != false {
			put(k, bare(v.data()))
		}
	}
	for _, k := range []string{"additionalProperties", "unevaluatedProperties", "unevaluatedItems", "items"} {
		if v, ok := b.child(k); ok && v.data() == false {
			put(k, "false")
		}
	}
}

// limitsOf joins what several definitions of one value say.
func limitsOf(definitions []place) Limits {
	l := Limits{Bounds: map[string]string{}}
	for _, d := range definitions {
		for _, b := range d.branches() {
			l.add(b)
		}
	}
	l.Types = slices.DeleteFunc(l.Types, func(t string) bool { return t == "null" })
	l.Types, l.Items = sortedOnce(l.Types), sortedOnce(slices.DeleteFunc(l.Items, func(t string) bool { return t == "null" }))
	return l
}

func sortedOnce(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}

func (l *Limits) add(b place) {
	own := b.child
	if t, ok := own("type"); ok {
		l.Types = append(l.Types, namesIn(t)...)
	}
	for _, k := range []string{"items", "additionalProperties"} {
		if held, ok := own(k); ok {
			l.Items = append(l.Items, held.schemaKinds()...)
		}
	}
	l.values(b)
	l.others(b)
	for _, k := range boundKeywords {
		if v, ok := own(k); ok && l.Bounds[k] == "" {
			l.Bounds[k] = bare(v.data())
		}
	}
	if v, ok := own("pattern"); ok {
		l.Patterns = append(l.Patterns, v.text())
	}
	if v, ok := own("format"); ok && l.Format == "" {
		l.Format = v.text()
	}
	if v, ok := own("default"); ok && !l.HasDefault {
		l.HasDefault = v.data() != nil
		l.Default = bare(v.data())
	}
	l.Deprecated = l.Deprecated || b.get("deprecated").data() == true
	l.ReadOnly = l.ReadOnly || b.get("readOnly").data() == true
}

// values reads an enumeration. One that stands beside an alternative without values is open.
func (l *Limits) values(b place) {
	for _, k := range []string{"enum", "const"} {
		v, ok := b.child(k)
		if !ok || b.conditional() {
			continue
		}
		list := v.items()
		if k == "const" {
			list = []place{v}
		}
		for _, item := range list {
			if text := bare(item.data()); item.data() != nil && !slices.Contains(l.Enum, text) {
				l.Enum = append(l.Enum, text)
			}
		}
	}
	for _, k := range []string{"anyOf", "oneOf"} {
		all, ok := b.child(k)
		if !ok {
			continue
		}
		for _, item := range all.items() {
			_, hasEnum := item.child("enum")
			_, hasConst := item.child("const")
			if t := item.get("type"); !hasEnum && !hasConst && !(t.exists() && t.text() == "null") {
				l.Open = true
			}
		}
	}
}

// conditional tells whether a schema applies only under a condition.
func (p place) conditional() bool {
	return strings.Contains(p.pointer, "/then") || strings.Contains(p.pointer, "/else")
}

// definitions are all places where an object schema says something of one member.
func (p place) definitions(name string) []place {
	var out []place
	for _, b := range p.branches() {
		if d, ok := b.get("properties").child(name); ok {
			out = append(out, d)
		}
	}
	return out
}

// demands tells whether an object schema always demands a member, or under a condition.
func (p place) demands(name string) (always, sometimes bool) {
	for _, b := range p.branches() {
		for _, item := range b.get("required").items() {
			if item.text() != name {
				continue
			}
			if b.conditional() || strings.Contains(b.pointer, "/anyOf/") || strings.Contains(b.pointer, "/oneOf/") {
				sometimes = true
			} else {
				always = true
			}
		}
		b.get("dependentRequired").each(func(_ string, names place) {
			for _, item := range names.items() {
				sometimes = sometimes || item.text() == name
			}
		})
	}
	return always, sometimes
}

func namesIn(p place) []string {
	if one := p.text(); one != "" {
		return []string{one}
	}
	var out []string
	for _, item := range p.items() {
		out = append(out, item.text())
	}
	return out
}

// bare is a value as JSON, a text without its quotes.
func bare(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	data, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(data)
}
