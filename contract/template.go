package contract

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Template is a value with ${placeholders}, compiled. It is safe for concurrent use.
type Template struct {
	object  map[string]*Template
	members []templateMember // of object, in the order of their names
	array   []*Template
	fixed   any
	parts   []string // literal, name, literal, name, …, literal; nil without placeholders
	asText  bool     // the schema of the place wants a string
}

type templateMember struct {
	name string
	*Template
}

var hole = regexp.MustCompile(`\$\{([^}]*)\}`)

// placeholders is the closed set; names that begin with self/ stand for members of the resource.
var placeholders = []string{"id", "tenant", "uuid", "state", "previous", "created", "updated", "deadline", "left",
	"rank", "begin", "end", "wait", "token", "failure.code", "failure.message", "user.id", "user.name",
	"total", "items", "code", "message", "status", "title", "request_id"}

// compileTemplate reads a template. The schema, if there is one, tells which values are strings.
func compileTemplate(p, schema place) *Template {
	t := &Template{}
	switch data := p.data().(type) {
	case map[string]any:
		t.object = make(map[string]*Template, len(data))
		p.each(func(name string, member place) {
			inner := place{}
			if schema.exists() {
				inner = schema.schemaAt("/" + escapeToken(name))
				if !inner.exists() && schema.describesObject() {
					member.addf("member %q is not in the schema of this body", name)
				}
			}
			t.object[name] = compileTemplate(member, inner)
		})
		for _, name := range sortedKeys(t.object) {
			t.members = append(t.members, templateMember{name, t.object[name]})
		}
	case []any:
		for _, item := range p.items() {
			t.array = append(t.array, compileTemplate(item, place{}))
		}
	case string:
		t.compileText(p, data)
		if schema.exists() {
			kinds := schema.schemaKinds()
			t.asText = slices.Contains(kinds, "string")
		}
	default:
		t.fixed = data
	}
	return t
}

func (t *Template) compileText(p place, text string) {
	matches := hole.FindAllStringSubmatchIndex(text, -1)
	if matches == nil {
		t.fixed = text
		return
	}
	last := 0
	for _, m := range matches {
		name := text[m[2]:m[3]]
		if !slices.Contains(placeholders, name) && !strings.HasPrefix(name, "self/") {
			p.addf("placeholder ${%s} is unknown%s", name, suggest(name, placeholders))
		}
		t.parts = append(t.parts, text[last:m[0]], name)
		last = m[1]
	}
	t.parts = append(t.parts, text[last:])
}

// absent marks a member whose placeholder has no value.
var absent = &struct{}{}

// Render fills the placeholders. Values are strings, int64 (counts, milliseconds, seconds) or decoded
// JSON; a member without a value is left out, and an object that had members and lost them all with it.
func (t *Template) Render(value func(name string) (any, bool)) any {
	out := t.render(nil, value)
	if out == absent {
		return nil
	}
	return out
}

func (t *Template) render(o *objects, value func(name string) (any, bool)) any {
	switch {
	case t.object != nil:
		out := o.get(len(t.object))
		for _, member := range t.members {
			if v := member.render(o, value); v != absent {
				out[member.name] = v
			}
		}
		if len(out) == 0 && len(t.object) > 0 {
			return absent
		}
		return out
	case t.array != nil:
		out := make([]any, 0, len(t.array))
		for _, item := range t.array {
			if v := item.render(o, value); v != absent {
				out = append(out, v)
			}
		}
		return out
	case t.parts == nil:
		return t.fixed
	}
	if len(t.parts) == 3 && t.parts[0] == "" && t.parts[2] == "" {
		return t.whole(value)
	}
	return t.text(value)
}

// text is a text with its placeholders filled. A gap stays one.
func (t *Template) text(value func(name string) (any, bool)) any {
	if len(t.parts) == 3 { // most have one placeholder
		v, ok := value(t.parts[1])
		if !ok {
			return absent
		}
		if _, isGap := v.(gap); !isGap {
			return t.parts[0] + plain(v) + t.parts[2]
		}
	}
	var b strings.Builder
	var before gappedText
	for i, part := range t.parts {
		if i%2 == 0 {
			b.WriteString(part)
			continue
		}
		v, ok := value(part)
		if !ok {
			return absent
		}
		if _, isGap := v.(gap); isGap {
			before = append(before, b.String(), v)
			b.Reset()
			continue
		}
		b.WriteString(plain(v))
	}
	if before != nil {
		return append(before, b.String())
	}
	return b.String()
}

func (t *Template) whole(value func(name string) (any, bool)) any {
	v, ok := value(t.parts[1])
	if !ok {
		return absent
	}
	if t.asText {
		switch n := v.(type) {
		case int64:
			return strconv.FormatInt(n, 10)
		case gap:
			if n > gapTenant {
				return quoted(n)
			}
		}
	}
	return v
}

// PointerOf is where a placeholder stands by itself in the template, "" when it does not: the place where
// a reader of such a body finds that value.
func (t *Template) PointerOf(placeholder string) string {
	if len(t.parts) == 3 && t.parts[0] == "" && t.parts[2] == "" && t.parts[1] == placeholder {
		return "/"
	}
	for _, member := range t.members {
		if at := member.PointerOf(placeholder); at != "" {
			return strings.TrimSuffix("/"+escapeToken(member.name)+at, "/")
		}
	}
	return ""
}

// milliseconds is a time as this API's members hold it.
func milliseconds(at time.Time) (any, bool) {
	if at.IsZero() {
		return nil, false
	}
	return at.UnixMilli(), true
}

// secondsUntil rounds up, as the documented examples do.
func secondsUntil(end, now time.Time) (any, bool) {
	if end.IsZero() {
		return nil, false
	}
	return wholeSeconds(end, now), true
}

func wholeSeconds(end, now time.Time) int64 {
	left := end.Sub(now)
	if left < 0 {
		left = 0
	}
	return int64((left + time.Second - 1) / time.Second)
}

func (t *Template) String() string {
	return fmt.Sprint(t.Render(func(n string) (any, bool) { return "${" + n + "}", true }))
}
