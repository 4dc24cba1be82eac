package page_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/derive/page"
)

const bakery = "../testdata/bakery"

func read(t testing.TB, path string) *page.Page {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := page.Read("one", strings.TrimSuffix(filepath.Base(path), ".md"), data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPage(t *testing.T) {
	p := read(t, bakery+"/创建面包.md")
	if p.Title != "创建面包" || p.Purpose != "烤一个新的面包。" || p.Labels["api"] != "BakeLoaf" {
		t.Errorf("title %q, purpose %q, labels %v", p.Title, p.Purpose, p.Labels)
	}
	if len(p.Operations) != 1 || p.Operations[0].Method != "POST" || p.Operations[0].Path != "/v1/{bakery_id}/loaves" {
		t.Fatalf("operations %+v", p.Operations)
	}
	kinds := []page.Kind{page.PathTable, page.BodyTable, page.ObjectTable, page.ResponseTable, page.StatusTable}
	if len(p.Tables) != len(kinds) {
		t.Fatalf("%d tables", len(p.Tables))
	}
	for i, k := range kinds {
		if p.Tables[i].Kind != k {
			t.Errorf("table %d is %s, want %s", i+1, p.Tables[i].Kind, k)
		}
	}
	if oven := p.Tables[2]; oven.Place.Table != 3 || p.Anchored("table3") != oven || oven.Caption != "oven定义数据结构说明" {
		t.Errorf("table %+v", oven.Place)
	}
	flour := p.Tables[1].Rows[1].Cell(p.Tables[1], page.RoleDescription)
	if len(flour.Text) != 3 || flour.Text[2].Text != "wheat" || flour.Text[2].Bullet != 1 {
		t.Errorf("cell %+v", flour.Text)
	}
	link := p.Tables[1].Rows[2].Cell(p.Tables[1], page.RoleDescription).Links
	if len(link) != 1 || p.Linked(link[0]) != p.Tables[2] {
		t.Errorf("the anchor does not win over the number: %+v", link)
	}
	parts := []page.Part{page.RequestPart, page.SuccessPart, page.FailurePart}
	for i, e := range p.Examples {
		if e.Part != parts[i] || e.Payload == nil {
			t.Errorf("example %d is %s, %s", i+1, e.Part, e.Outcome)
		}
	}
	if e := p.Examples[0]; e.Outcome != page.Repaired || len(e.Repairs) != 2 || e.Repairs[0].Line != 5 || len(p.Problems) != 2 {
		t.Errorf("repairs %+v, problems %+v", e.Repairs, p.Problems)
	}
}

func TestMergedCells(t *testing.T) {
	p := read(t, bakery+"/查询面包列表.md")
	oven := p.Tables[2]
	if got := oven.Rows[1].Cell(oven, page.RoleType).Text.String(); got != "Integer" || oven.Rows[1].Place.Row != "minutes" {
		t.Errorf("the second row is %q with type %q", oven.Rows[1].Place.Row, got)
	}
	if loaf := p.Tables[3]; len(loaf.Rows) != 2 || loaf.Rows[1].Place.Row != "oven" {
		t.Errorf("an empty line within a table ends it: %d rows", len(loaf.Rows))
	}
	if q := p.Operations[0].Query; len(q) != 2 || q[0] != "flour" || q[1] != "limit" {
		t.Errorf("query %v", q)
	}
	if p.Tables[0].Kind != page.QueryTable || p.Tables[0].Rows[0].Place.Row != "flour" {
		t.Errorf("table of pipes: %+v", p.Tables[0])
	}
}

func TestTwoOperations(t *testing.T) {
	p := read(t, "../testdata/english/Orders.md")
	if len(p.Operations) != 2 {
		t.Fatalf("%d operations", len(p.Operations))
	}
	place, get := p.Operations[0], p.Operations[1]
	if place.Path != "/v2/orders" || get.Method != "GET" || get.Path != "/v2/orders/{order_id}" {
		t.Errorf("%s %s, %s %s", place.Method, place.Path, get.Method, get.Path)
	}
	if len(place.Tables) != 1 || place.Tables[0].Kind != page.BodyTable || len(get.Tables) != 1 || get.Tables[0].Kind != page.ResponseTable {
		t.Errorf("tables %d and %d", len(place.Tables), len(get.Tables))
	}
	if e := place.Examples[0]; e.Status != "202" || e.Outcome != page.Repaired || string(e.Payload) != `{"id":7,"state":"taken"}` {
		t.Errorf("example %s %s %s", e.Status, e.Outcome, e.Payload)
	}
}

func TestRepairJSON(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		repairs          int
	}{
		{"in order", `{"a": [1, 2.5, true, null, "x"]}`, `{"a": [1, 2.5, true, null, "x"]}`, 0},
		{"commas", "{\"a\": 1，\n\"b\": 2,}", `{"a":1,"b":2}`, 2},
		{"a missing comma", "{\"a\": 1\n\"b\": 2}", `{"a":1,"b":2}`, 1},
		{"comments", "{\"a\": 1 // one\n, /* two */ \"b\": 2}", `{"a":1,"b":2}`, 2},
		{"an ellipsis", `{"a": [1, ...]}`, `{"a":[1]}`, 2},
		{"brackets", `{"a": [{"b": 1`, `{"a":[{"b":1}]}`, 3},
		{"the wrong bracket", `{"a": [1}`, `{"a":[1]}`, 1},
		{"quotes", `{“a”： ‘x’, b: 1}`, `{"a":"x","b":1}`, 4},
		{"a missing quote", "{\"a\": \"x,\n\"b\": 1}", `{"a":"x","b":1}`, 2},
		{"a quote within", `{"a": "say "x" twice", "b": 1}`, `{"a":"say \"x\" twice","b":1}`, 2},
		{"words", `{"a": True, "b": None, "c": xx, "d": 2020-01-01, "e": {id}}`, `{"a":true,"b":null,"c":"xx","d":"2020-01-01","e":"{id}"}`, 5},
		{"no braces", `"a": 1, "b": 2`, `{"a":1,"b":2}`, 1},
		{"a tail", `{"a": 1} and more`, `{"a":1}`, 2},
		{"a missing value", `{"a": , "b": 1}`, `{"a":null,"b":1}`, 1},
		{"an escape", `{"a": "\d"}`, `{"a":"\\d"}`, 1},
	} {
		got, repairs, err := page.RepairJSON(c.text)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v, want %s", c.name, got, err, c.want)
		}
		if (len(repairs) > 0) != (c.repairs > 0) {
			t.Errorf("%s: repairs %v", c.name, repairs)
		}
	}
	for _, text := range []string{"", "]", strings.Repeat("[", 5000), "{" + strings.Repeat("\"a\":{", 500), "<html>"} {
		if got, _, err := page.RepairJSON(text); err == nil {
			t.Errorf("%.20q is repaired to %.60s", text, got)
		}
	}
}

// hostile are pages that would take time or memory out of proportion, if nothing bounded them.
func hostile() map[string]string {
	wide := "<table><tr><th>参数</th></tr>" + strings.Repeat(`<tr><td rowspan="65000" colspan="1000">x</td></tr>`, 3000) + "</table>"
	return map[string]string{
		"large":          strings.Repeat("a", 100<<20),
		"quotations":     strings.Repeat(">", 100_000) + "x",
		"lists":          strings.Repeat("- ", 100_000) + "x",
		"elements":       strings.Repeat("<div>", 200_000),
		"tables":         strings.Repeat("<table><tr><td>", 100_000),
		"spans":          wide,
		"brackets":       strings.Repeat("[", 500_000),
		"short brackets": strings.Repeat(strings.Repeat("[", 1000)+"\n", 100),
		"stars":          strings.Repeat("*a ", 500_000),
		"ticks":          strings.Repeat("`a``b", 300_000),
		"tags":           strings.Repeat("<a href=", 40_000),
		"open table":     "<table>" + strings.Repeat("\n\n<tr><td>x", 50_000),
		"no UTF-8":       "# a\xff\xfe",
		"headings":       strings.Repeat("# a\n\n", 40_000),
		"pipes":          "|a|b|\n|---|---|\n" + strings.Repeat("|x|y|\n", 150_000),
		"quotes":         "# a\n```\n{\"a\": \"" + strings.Repeat("“", 200_000) + "\n```\n",
		"code":           "# a\n```\n" + strings.Repeat("{\"a\":", 200_000) + "\n```\n",
	}
}

// slow is far above what any of them takes, even on a busy machine.
const slow = 60 * time.Second

func TestHostile(t *testing.T) {
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			p, err := page.Read("", "hostile", []byte(text))
			if (p == nil) == (err == nil) {
				t.Errorf("neither a page nor an error: %v", err)
			}
			if took := time.Since(start); took > slow {
				t.Errorf("takes %v", took)
			} else {
				t.Logf("%v, %v", took, err)
			}
		})
	}
	for _, name := range []string{"large", "quotations", "lists", "elements", "no UTF-8", "headings", "pipes"} {
		if _, err := page.Read("", "hostile", []byte(hostile()[name])); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}

// FuzzRead: any bytes are a page or an error, the same each time.
func FuzzRead(f *testing.F) {
	for _, pattern := range []string{bakery + "/*.md", "../testdata/english/*.md"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			f.Fatalf("no seeds at %s: %v", pattern, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := page.Read("e", "fuzz", data)
		again, errAgain := page.Read("e", "fuzz", data)
		if (p == nil) == (err == nil) || (err == nil) != (errAgain == nil) {
			t.Fatalf("%v, then %v", err, errAgain)
		}
		if err != nil {
			return
		}
		if len(p.Tables) != len(again.Tables) || len(p.Examples) != len(again.Examples) {
			t.Error("two readings disagree")
		}
		for _, table := range p.Tables {
			if table.Kind == "" {
				t.Errorf("%s has no kind", table.Place)
			}
			for _, r := range table.Rows {
				if len(r.Cells) != len(table.Columns) {
					t.Errorf("%s has %d cells in %d columns", r.Place, len(r.Cells), len(table.Columns))
				}
			}
		}
	})
}
