package derive_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/contract"
)

// How much of the contract of this repository, which people have finished, its pages alone give: what both state, by
// kind. What the contract says of operations and statuses that no page describes counts among the operations and
// statuses only. The bars are below the figures of the day they were written, so that no change loses much unseen.
var shares = []struct {
	kind string
	bar  float64
}{{"operations", 75}, {"statuses", 55}, {"schemas", 95}, {"members", 90}, {"parameters", 95}, {"constraints", 70}, {"examples", 80}, {"codes", 75}}

func TestShareOfTheContract(t *testing.T) {
	root := docs(t)
	drafted := draft(t, filepath.Join(root, "2019"), filepath.Join(root, "2021")).Document
	finished, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want, got := statementsOf(t, finished), statementsOf(t, drafted)
	addCatalogue(want, contract.Default())
	addCatalogue(got, valid(t, drafted))
	for _, s := range shares {
		both, lacking := 0, []string{}
		for key, v := range want[s.kind] {
			if !described(got, s.kind, key) {
				delete(want[s.kind], key)
				continue
			}
			if other, ok := got[s.kind][key]; ok && reflect.DeepEqual(v, other) {
				both++
			} else {
				lacking = append(lacking, fmt.Sprintf("%s: %v, drafted %v", key, v, other))
			}
		}
		figure := share(both, len(want[s.kind]))
		t.Logf("%-12s %4d of %4d, %5.1f %%; drafted %d", s.kind, both, len(want[s.kind]), figure, len(got[s.kind]))
		slices.Sort(lacking)
		t.Logf("not in the draft:\n  %s", strings.Join(lacking, "\n  "))
		if len(want[s.kind]) == 0 || figure < s.bar {
			t.Errorf("the draft holds %.1f %% of the %s; want at least %.0f %%", figure, s.kind, s.bar)
		}
	}
}

// described tells whether the pages describe the operation, and the status, that a statement is about.
func described(got statements, kind, key string) bool {
	switch kind {
	case "operations", "statuses", "codes":
		return true
	}
	words := strings.SplitN(key, " ", 4)
	if _, ok := got["operations"][words[0]+" "+words[1]]; !ok {
		return false
	}
	status, _, _ := strings.Cut(strings.TrimSuffix(words[2], "[]"), "/")
	if len(status) != 3 || status[0] != '2' {
		return true
	}
	_, ok := got["statuses"][words[0]+" "+words[1]+" "+status]
	return ok
}

// statements are what a document states, by kind and by place.
type statements map[string]map[string]any

// reader reads the statements of a document of OpenAPI.
type stated struct {
	root map[string]any
	out  statements
	seen []string // schemas that are being read, so that recursive ones end
}

func statementsOf(t *testing.T, document []byte) statements {
	t.Helper()
	s := &stated{out: statements{}}
	if err := yaml.Unmarshal(document, &s.root); err != nil {
		t.Fatal(err)
	}
	for path, item := range child(s.root, "paths") {
		shared, _ := item.(map[string]any)
		for method, op := range shared {
			if o, ok := op.(map[string]any); ok && slices.Contains([]string{"get", "put", "post", "delete", "patch"}, method) {
				s.operation(method+" "+path, o, shared["parameters"])
			}
		}
	}
	return s.out
}

func (s *stated) add(kind, key string, v any) { put2(s.out, kind, key, v) }

func (s *stated) operation(at string, op map[string]any, shared any) {
	s.add("operations", at, "")
	own, _ := op["parameters"].([]any)
	more, _ := shared.([]any)
	for _, one := range append(slices.Clone(own), more...) {
		p := s.resolve(one)
		key := fmt.Sprintf("%s %v %v", at, p["in"], p["name"])
		s.add("parameters", key, p["required"] == true)
		s.limits(key, s.resolve(p["schema"]))
	}
	s.payload(at+" request", s.resolve(op["requestBody"]))
	s.examples(at, "true true", s.resolve(op["requestBody"]))
	for status, r := range child(op, "responses") {
		s.examples(at, fmt.Sprintf("false %v", status < "400"), s.resolve(r))
		if strings.HasPrefix(status, "2") {
			s.add("statuses", at+" "+status, "")
			s.payload(at+" "+status, s.resolve(r))
		}
	}
}

func (s *stated) payload(at string, body map[string]any) {
	for _, media := range child(body, "content") {
		if m, ok := media.(map[string]any); ok && m["schema"] != nil {
			s.add("schemas", at, "")
			s.schema(at, m["schema"])
		}
	}
}

// examples notes the payloads that stand in the document itself.
func (s *stated) examples(at, part string, body map[string]any) {
	for _, media := range child(body, "content") {
		m, _ := media.(map[string]any)
		for _, one := range child(m, "examples") {
			e, _ := one.(map[string]any)
			if data, err := json.Marshal(e["value"]); err == nil && e["value"] != nil {
				s.add("examples", at+" "+part+" "+string(data), "")
			}
		}
	}
}

// schema notes the members of a schema and what limits them.
func (s *stated) schema(at string, v any) {
	node, _ := v.(map[string]any)
	if ref, ok := node["$ref"].(string); ok {
		if slices.Contains(s.seen, ref) {
			return
		}
		s.seen = append(s.seen, ref)
		defer func() { s.seen = s.seen[:len(s.seen)-1] }()
	}
	n := s.resolve(v)
	s.limits(at, n)
	required, _ := n["required"].([]any)
	for name, member := range child(n, "properties") {
		key := at + "/" + name
		s.add("members", key, "")
		if slices.Contains(required, any(name)) {
			s.add("constraints", key+" required", true)
		}
		s.schema(key, member)
	}
	if n["items"] != nil {
		s.schema(at+"[]", n["items"])
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		parts, _ := n[key].([]any)
		for _, part := range parts {
			s.schema(at, part)
		}
	}
}

// limits notes the keywords of a schema that limit its value. Patterns count by their presence.
func (s *stated) limits(at string, n map[string]any) {
	for _, key := range []string{"type", "enum", "default", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "format"} {
		v, ok := n[key]
		switch {
		case !ok:
			continue
		case key == "pattern":
			v = true
		case key == "enum":
			all, _ := v.([]any)
			sorted := make([]string, len(all))
			for i, one := range all {
				sorted[i] = fmt.Sprint(one)
			}
			slices.Sort(sorted)
			v = sorted
		default:
			v = fmt.Sprint(v)
		}
		s.add("constraints", at+" "+key, v)
	}
}

// resolve follows references within the document; what stands beside one is kept.
func (s *stated) resolve(v any) map[string]any {
	n, _ := v.(map[string]any)
	for range 20 {
		ref, ok := n["$ref"].(string)
		if !ok {
			break
		}
		target := s.root
		for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			target = child(target, strings.NewReplacer("~1", "/", "~0", "~").Replace(name))
		}
		beside := maps.Clone(n)
		delete(beside, "$ref")
		n = maps.Clone(target)
		maps.Copy(n, beside)
	}
	return n
}

func child(n map[string]any, name string) map[string]any {
	m, _ := n[name].(map[string]any)
	return m
}

// addCatalogue adds what package contract reads: documented examples by their payload, and codes by what they say.
func addCatalogue(s statements, c *contract.Contract) {
	for _, op := range c.Operations() {
		for _, e := range op.Examples {
			data, err := json.Marshal(e.Payload)
			if e.Source.Basis != "" && e.Source.Basis != contract.Documented || err != nil {
				continue
			}
			put2(s, "examples", fmt.Sprintf("%s %s %v %v %s", strings.ToLower(op.Method), op.Path, e.Status == 0, e.Status < 400, data), any(""))
		}
	}
	for _, e := range c.Errors() {
		put2(s, "codes", e.Code, any(""))
	}
}
