package contract

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// defect is one way to break one schema keyword.
type defect struct {
	keyword string
	variant string // tells defects of one keyword apart; "" when there is only one
	pointer string // where the violation is expected
	value   any    // what to put there, removed for nothing
}

// characters are tried on patterns that say which characters may occur.
var characters = []rune{'&', '<', '>', '"', '\'', '/', ' ', '.', ',', 'é', '中', '😀'}

// schemaProbes derives the requests that break a schema in one place.
func (g *prober) schemaProbes(s *stage) {
	for _, p := range s.op.Parameters {
		if p.In == "query" && p.Schema != nil {
			g.queryProbes(s, p)
		}
	}
	for _, n := range s.nodes {
		if len(n.bases) == 0 {
			g.drop(s.op.ID+"/*/"+n.name(), "no value of it is accepted beside the documented request")
			continue
		}
		for _, d := range n.defects(valueAt(n.bases[0], n.pointer)) {
			var inputs []Input
			for _, base := range n.bases {
				inputs = append(inputs, s.withBody(put(base, pointerTokens(n.pointer), d.value)))
			}
			id := s.op.ID + "/" + d.keyword + "/" + n.name()
			g.schemaProbe(s, id, d, n.source, inputs)
		}
	}
	if s.op.Body != nil {
		g.bodyProbes(s)
	}
}

// schemaProbe keeps the first input that has the intended violation and no earlier one. Other violations of
// the same member conform too: the order of such checks is nobody's promise.
func (g *prober) schemaProbe(s *stage, id string, d defect, source Source, inputs []Input) {
	if d.variant != "" {
		id += "/" + d.variant
	}
	reason := ""
	for _, in := range inputs {
		_, bad := s.op.Read(in)
		switch {
		case len(bad) == 0:
			reason = cmp.Or(reason, "no schema is broken")
		case bad[0].Pointer != d.pointer || bad[0].Keyword != d.keyword:
			reason = cmp.Or(reason, fmt.Sprintf("breaks %s of %q first", bad[0].Keyword, bad[0].Pointer))
		case bad[0].Refusal == nil:
			reason = cmp.Or(reason, "no x-tally-error names a code")
		default:
			var refusals []*Refusal
			for _, v := range bad {
				if v.In == bad[0].In && v.Pointer == d.pointer {
					refusals = append(refusals, v.Refusal)
				}
			}
			g.add(Probe{ID: id, Operation: s.op, Kind: ProbeSchema, Input: in, Setup: s.setup, Refusals: conforming(refusals...),
				Source: source, Pointer: d.pointer, Keyword: d.keyword, refuses: true})
			return
		}
	}
	g.drop(id, reason)
}

// bodyProbes are bodies that are not the JSON that is asked for at all. Pages describe the right body; that
// another is refused is at best inferred.
func (g *prober) bodyProbes(s *stage) {
	source := s.op.Source
	if s.op.Body.Schema != nil {
		source = (spot{places: []place{s.op.Body.Schema.place}}).ownSource(source)
	}
	if source.Basis == Documented {
		source.Basis = Inferred
	}
	for _, b := range []struct{ variant, contentType, body string }{
		{"empty", "application/json", ""},
		{"cut", "application/json", "{"},
		{"array", "application/json", "[]"},
		{"string", "application/json", `"x"`},
		{"null", "application/json", "null"},
		{"content-type", "text/plain", string(s.in.Body)},
	} {
		in := s.in
		in.ContentType, in.Body = b.contentType, []byte(b.body)
		g.schemaProbe(s, s.op.ID+"/body", defect{keyword: "body", variant: b.variant}, source, []Input{in})
	}
}

// defects are the ways to break a member of a body, given a valid value of it.
func (s spot) defects(valid any) []defect {
	var out []defect
	add := func(keyword, variant string, value any) {
		out = append(out, defect{keyword, variant, s.pointer, value})
	}
	if s.required {
		add("required", "", removed)
	} else if s.choice != "" {
		parent := s.pointer[:strings.LastIndexByte(s.pointer, '/')]
		out = append(out, defect{s.choice, "without", parent, removed})
	}
	kinds := s.kinds()
	has := func(kind string) bool { return slices.Contains(kinds, kind) }
	text := "x"
	switch {
	case has("integer") || has("number"):
		text = "1"
	case has("boolean"):
		text = "true"
	}
	for _, wrong := range []struct {
		kind  string
		value any
	}{{"string", text}, {"number", integer(1)}, {"boolean", true}, {"array", []any{}}, {"object", map[string]any{}}, {"null", nil}} {
		if len(kinds) > 0 && !has(wrong.kind) && !(wrong.kind == "number" && has("integer")) {
			add("type", wrong.kind, wrong.value)
		}
	}
	out = append(out, s.valueDefects(valid)...)
	if list, ok := valid.([]any); ok {
		for _, n := range s.numbers("minItems") {
			if n > 0 && int64(len(list)) >= n {
				add("minItems", "", list[:n-1])
			}
		}
	}
	return out
}

// valueDefects keep the type and break another keyword.
func (s spot) valueDefects(valid any) []defect {
	var out []defect
	add := func(keyword, variant string, value any) {
		out = append(out, defect{keyword, variant, s.pointer, value})
	}
	for _, keyword := range []string{"enum", "const"} {
		if texts := s.texts(keyword); len(texts) > 0 {
			add(keyword, "case", otherCase(texts[0]))
			add(keyword, "suffix", texts[0]+"x")
			add(keyword, "empty", "")
		}
	}
	for _, n := range s.numbers("minimum") {
		add("minimum", among(s.numbers("minimum"), n), integer(n-1))
	}
	for _, n := range s.numbers("maximum") {
		add("maximum", among(s.numbers("maximum"), n), integer(n+1))
	}
	if slices.Contains(s.kinds(), "integer") {
		add("type", "fraction", json.Number("1.5"))
	}
	for _, n := range s.numbers("maxLength") {
		if text, ok := s.text(int(n) + 1); ok {
			add("maxLength", among(s.numbers("maxLength"), n), text)
		}
	}
	for _, n := range s.numbers("minLength") {
		if text, ok := s.text(max(0, int(n)-1)); ok && n > 0 {
			add("minLength", among(s.numbers("minLength"), n), text)
		}
	}
	text, _ := valid.(string)
	for _, pattern := range s.texts("pattern") {
		if !ofCharacters(pattern) {
			add("pattern", "suffix", text+"x")
			continue
		}
		for _, c := range characters {
			if value := inside(text, string(c)); !s.matches(value) {
				add("pattern", fmt.Sprintf("%U", c), value)
			}
		}
	}
	return out
}

// among names one of several bounds by its value.
func among(all []int64, n int64) string {
	if len(all) == 1 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// inside puts a text into the middle of another, where nobody trims it.
func inside(text, part string) string {
	if len(text) < 2 || text[0] >= 0x80 {
		return "a" + part + "b"
	}
	return text[:1] + part + text[1:]
}

func otherCase(text string) string {
	if upper := strings.ToUpper(text); upper != text {
		return upper
	}
	return strings.ToLower(text)
}
