package derive_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/page"
)

// truth is what a person reads on a page; testdata/truth/README.md tells the form. Pages whose parameters are null
// have constraints only.
type truth struct {
	Page        string       `json:"page"`
	Method      string       `json:"method"`
	Path        string       `json:"path"`
	Parameters  []truthRow   `json:"parameters"`
	Request     []truthRow   `json:"request"`
	Response    []truthRow   `json:"response"`
	Examples    *exampleSum  `json:"examples"`
	Constraints []constraint `json:"constraints"`
}

type truthRow struct {
	In       string `json:"in"`
	Object   string `json:"object"`
	Name     string `json:"name"`
	Type     string `json:"type"`
	Required bool   `json:"required"`
	Status   int    `json:"status"`
}

type exampleSum struct{ Request, Response int }

type constraint struct {
	In     string `json:"in"`
	Object string `json:"object"`
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Value  any    `json:"value"`
}

// score counts what stands in the truth, what derive says, and what is in both.
type score struct{ wanted, said, right int }

func (s *score) add(o score) {
	s.wanted, s.said, s.right = s.wanted+o.wanted, s.said+o.said, s.right+o.right
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}

func (s score) recall() float64    { return share(s.right, s.wanted) }
func (s score) precision() float64 { return share(s.right, s.said) }

// compare counts the keys of two maps whose values agree, and tells what differs.
func compare[K comparable, V any](t *testing.T, what string, want, got map[K]V, same func(want, got V) bool) score {
	t.Helper()
	s := score{wanted: len(want), said: len(got)}
	var lines []string
	for k, w := range want {
		g, ok := got[k]
		switch {
		case !ok:
			lines = append(lines, fmt.Sprintf("%s: %v: missing, want %v", what, k, w))
		case same(w, g):
			s.right++
		default:
			lines = append(lines, fmt.Sprintf("%s: %v: got %v, want %v", what, k, g, w))
		}
	}
	for k, g := range got {
		if _, ok := want[k]; !ok {
			lines = append(lines, fmt.Sprintf("%s: %v: too much: %v", what, k, g))
		}
	}
	slices.Sort(lines)
	for _, l := range lines {
		t.Log(l)
	}
	return s
}

func truths(t *testing.T, folder string) []truth {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no truth: %v", err)
	}
	var out []truth
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(strings.NewReader(string(data)))
		d.DisallowUnknownFields()
		d.UseNumber()
		var one truth
		if err := d.Decode(&one); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, one)
	}
	return out
}

// The bars, in percent, for recall and precision alike.
var bars = map[string]float64{"method and path": 98, "parameters": 95, "request members": 95, "response members": 95, "rows": 95, "examples": 95, "constraints": 80}

// What derive reads is what a person reads.
func TestTruth(t *testing.T) {
	root := docs(t)
	table(t, measure(t, read(t, filepath.Join(root, "more")), root, truths(t, "truth")), bars)
}

// The layouts of other references, on pages of our own, are read without a mistake.
func TestLayouts(t *testing.T) {
	root := filepath.Join("testdata", "layouts")
	all := map[string]float64{}
	for name := range bars {
		all[name] = 100
	}
	set := read(t, root)
	table(t, measure(t, set, root, truths(t, "layouts")), all)
	d, err := set.Draft("")
	if err != nil {
		t.Fatal(err)
	}
	if n := d.Coverage.Lost(); n > 0 {
		t.Errorf("%d statements are lost: %+v", n, d.Coverage.Findings)
	}
	valid(t, d.Document)
}

// measure compares what was read of the pages with the truth.
func measure(t *testing.T, set *derive.Set, root string, all []truth) map[string]score {
	t.Helper()
	scores := map[string]score{}
	add := func(name string, s score) {
		sum := scores[name]
		sum.add(s)
		scores[name] = sum
	}
	same := func(a, b truthRow) bool { return a == b }
	for _, want := range all {
		p := pageAt(t, set, filepath.Join(root, filepath.FromSlash(want.Page)))
		got := reading(p)
		add("method and path", compare(t, want.Page, map[string]string{want.Method + " " + want.Path: ""}, got.calls, func(a, b string) bool { return a == b }))
		if want.Parameters != nil {
			add("parameters", compare(t, want.Page, byRow(want.Parameters), byRow(got.parameters), same))
			add("request members", compare(t, want.Page, byRow(want.Request), byRow(got.request), same))
			add("response members", compare(t, want.Page, byRow(want.Response), byRow(got.response), same))
			add("examples", examplesScore(t, want, p))
		}
		stated := map[string]map[constraintKey]any{}
		for _, c := range want.Constraints {
			put2(stated, c.Kind, c.key(), c.Value)
		}
		for kind, pair := range kindsOf(stated, got.constraints) {
			s := compare(t, want.Page, pair[0], pair[1], sameValue(kind))
			add("  "+kind, s)
			add("constraints", s)
		}
	}
	for _, name := range []string{"parameters", "request members", "response members"} {
		add("rows", scores[name])
	}
	return scores
}

// table prints the figures and holds them to the bars.
func table(t *testing.T, scores map[string]score, bars map[string]float64) {
	t.Helper()
	names := make([]string, 0, len(scores))
	for name := range scores {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(b[:1], a[:1]), cmp.Compare(a, b)) })
	var b strings.Builder
	fmt.Fprintf(&b, "%-20s %6s %6s %6s %8s %9s\n", "", "truth", "said", "right", "recall", "precision")
	for _, name := range names {
		s := scores[name]
		fmt.Fprintf(&b, "%-20s %6d %6d %6d %7.1f%% %8.1f%%\n", name, s.wanted, s.said, s.right, s.recall(), s.precision())
		if bar, ok := bars[name]; ok && (s.recall() < bar || s.precision() < bar) {
			t.Errorf("%s: recall %.1f %%, precision %.1f %%; want at least %.0f %%", name, s.recall(), s.precision(), bar)
		}
	}
	t.Log("\n" + b.String())
}

func pageAt(t *testing.T, s *derive.Set, path string) *derive.Page {
	t.Helper()
	for _, p := range s.Pages {
		if p.File == path {
			return p
		}
	}
	t.Fatalf("%s is not among the pages", path)
	return nil
}

type rowKey struct {
	in, object, name string
	status           int
}

func byRow(rows []truthRow) map[rowKey]truthRow {
	out := map[rowKey]truthRow{}
	for _, r := range rows {
		out[rowKey{r.In, r.Object, r.Name, r.Status}] = r
	}
	return out
}

// examplesScore counts examples of requests and answers. A request line and the body in the block behind it are one.
func examplesScore(t *testing.T, want truth, p *derive.Page) score {
	t.Helper()
	got, line := exampleSum{}, false
	for _, e := range p.Examples {
		switch {
		case e.Part == page.RequestPart:
			if !line || e.Method != "" || e.Payload == nil {
				got.Request++
			}
			line = e.Method != "" && e.Payload == nil
		case e.Part != "" && e.Payload != nil:
			got.Response++
		}
	}
	if got != *want.Examples {
		t.Logf("%s: examples: got %+v, want %+v", want.Page, got, *want.Examples)
	}
	w := want.Examples
	return score{w.Request + w.Response, got.Request + got.Response, min(w.Request, got.Request) + min(w.Response, got.Response)}
}
