package derive_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/internal/golden"
	"github.com/tallystick/tallystick/mock"
)

func read(t testing.TB, paths ...string) *derive.Set {
	t.Helper()
	s, err := derive.Read(t.Context(), nil, paths...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func draft(t testing.TB, paths ...string) *derive.Draft {
	t.Helper()
	d, err := read(t, paths...).Draft("")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDraft(t *testing.T) {
	for _, name := range []string{"bakery", "english"} {
		d := draft(t, filepath.Join("testdata", name))
		golden.Compare(t, name+".yaml", d.Document)
		report, err := json.MarshalIndent(d.Coverage, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, name+".json", append(report, '\n'))
		var text bytes.Buffer
		if err := d.Coverage.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, name+".txt", text.Bytes())
		if _, err := mock.New(valid(t, d.Document)); err != nil {
			t.Errorf("the mock does not take the draft: %v", err)
		}
		if again := draft(t, filepath.Join("testdata", name)); !bytes.Equal(again.Document, d.Document) {
			t.Errorf("%s: two drafts of the same pages differ", name)
		}
	}
}

// valid lets the libraries judge a draft: kin-openapi as OpenAPI, and package contract as a contract.
func valid(t testing.TB, document []byte) *contract.Contract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		t.Errorf("not valid OpenAPI: %v", err)
	}
	c, err := contract.Load(fstest.MapFS{"draft.yaml": {Data: document}}, "draft.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The draft says what the pages say, as the contract understands it.
func TestDraftSays(t *testing.T) {
	c := valid(t, draft(t, "testdata/bakery").Document)
	bake := c.Operation("bakeLoaf")
	if bake == nil || bake.Method != "POST" || bake.Path != "/v1/{bakery_id}/loaves" || bake.Source.Basis != contract.Documented {
		t.Fatalf("%+v", bake)
	}
	for body, bad := range map[string]bool{
		`{"name": "a", "oven": {"heat": 220}}`:                               false,
		`{"name": "a b", "oven": {"heat": 220}}`:                             true, // characters
		`{"name": "` + strings.Repeat("a", 33) + `", "oven": {"heat": 220}}`: true, // length
		`{"name": "a"}`:                                                         true, // required
		`{"name": "a", "oven": {"heat": 99}}`:                                   true, // range, behind a link
		`{"name": "a", "oven": {"heat": 220}, "flour": "oat"}`:                  true, // enumeration
		`{"name": "a", "oven": {"heat": 220}, "toppings": [1]}`:                 true, // items
		`{"name": "a", "oven": {"heat": 220}, "toppings": ["","","","","",""]}`: true, // count
	} {
		var v any
		decoder := json.NewDecoder(strings.NewReader(body))
		decoder.UseNumber()
		if err := decoder.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if got := bake.Body.Schema.Check("body", v); (len(got) > 0) != bad {
			t.Errorf("%s: %v", body, got)
		}
	}
	if s := bake.Success(); s == nil || s.Status != 201 {
		t.Errorf("success %+v", s)
	}
	if e := c.Error("Bakery.0007"); e == nil || e.Status != 400 || e.Template != "The oven {} is cold." || !slices.Contains(e.Operations, "bakeLoaf") {
		t.Errorf("code %+v", e)
	}
	if v := c.Error("Bakery.0007/v2"); v == nil || v.Status != 404 {
		t.Errorf("the same code with another status: %+v", v)
	}
	refusal := &contract.Refusal{Error: c.Error("Bakery.0007"), Args: []string{"left"}}
	if body := c.Body(refusal, ""); body["what"] != "Bakery.0007" || body["why"] != "The oven left is cold." {
		t.Errorf("the body of a failure is %v", body)
	}
	example := bake.Example("edition-bakery", 201)
	if example == nil || len(example.Source.Contradicts) != 1 || example.Source.Contradicts[0].Pointer != "/oven/heat" {
		t.Errorf("the example that contradicts its table: %+v", example)
	}
}

// Rows keep where they stand and what was understood, for whoever holds a contract to them.
func TestRows(t *testing.T) {
	s := read(t, "testdata/bakery")
	var heat, loaves *derive.Row
	for _, p := range s.Pages {
		for _, r := range p.Rows {
			switch {
			case r.Name == "heat" && p.Name == "创建面包":
				heat = r
			case r.Name == "loaves":
				loaves = r
			}
		}
	}
	if heat == nil || heat.Place.Table != 3 || heat.Place.Row != "heat" || heat.Required != cell.Yes || heat.Type.Base != "integer" || heat.Facts.Range == nil {
		t.Errorf("heat: %+v", heat)
	}
	if loaves == nil || loaves.Type.Base != "string" || loaves.Object == nil || len(loaves.Object.Rows) != 2 {
		t.Errorf("loaves: %+v", loaves)
	}
	if ops := s.Operations(); len(ops) != 2 || len(ops[0].InPath) != 1 {
		t.Errorf("operations %+v", ops)
	}
	if len(s.Skipped) != 1 || filepath.Base(s.Skipped[0].File) != "历史.md" {
		t.Errorf("skipped %+v", s.Skipped)
	}
}

// Two editions of an operation are one: the later one wins, and both are sources.
func TestEditions(t *testing.T) {
	folder := t.TempDir()
	page := func(edition, rows string) string {
		text := "# Bake\n\n## URI\n\nPOST /v1/loaves\n\n## Request\n\n**Table 1** Request parameters\n\n| Parameter | Mandatory | Type | Description |\n|---|---|---|---|\n" + rows
		path := filepath.Join(folder, edition, "Bake.md")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return filepath.Dir(path)
	}
	old := page("2001", "| name | Yes | String | Name. |\n| salt | No | Integer | Grams. |\n")
	recent := page("2002", "| name | Yes | String | Name. The maximum length is 9 characters. |\n")
	document := string(draft(t, old, recent).Document)
	for _, want := range []string{"maxLength: 9", "{edition: 2001, page: Bake, table: 1, row: name}", "{edition: 2002, page: Bake, table: 1, row: name}", "salt:"} {
		if !strings.Contains(document, want) {
			t.Errorf("the draft lacks %s:\n%s", want, document)
		}
	}
}

// Operations that differ in their query alone cannot both stand in a document: that is told.
func TestTwice(t *testing.T) {
	folder := t.TempDir()
	for name, query := range map[string]string{"Owner": "owner", "Rules": "rules"} {
		text := "# " + name + "\n\n## Request Syntax\n\n```\nGET /?" + query + " HTTP/1.1\nHost: loaf.example.com\n```\n"
		if err := os.WriteFile(filepath.Join(folder, name+".md"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	k := draft(t, folder).Coverage
	if k.Operations != 1 || k.Lost() != 1 || !strings.Contains(k.Findings[0].Text, "GET / is on page Owner too") {
		t.Errorf("%d operations, %+v", k.Operations, k.Findings)
	}
}

func TestErrors(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	bad := write("bad.md", "\xff")
	for _, c := range []struct{ path, want string }{
		{filepath.Join(folder, "none"), "none: no such file"},
		{bad, "not UTF-8"},
		{t.TempDir(), "the folder has no page"},
	} {
		if _, err := derive.Read(t.Context(), nil, c.path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.path, err, c.want)
		}
	}
	if _, err := read(t, "testdata/bakery/历史.md").Draft(""); !errors.Is(err, derive.ErrNothing) {
		t.Errorf("a page without an operation: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := derive.Read(ctx, nil, "testdata/bakery"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// banned lists what package derive must not depend on, each with the reason. Its tests may.
var banned = map[string]string{
	"github.com/tallystick/tallystick/mock":        "a draft is made of pages, and the mock is made of contracts",
	"github.com/tallystick/tallystick/conformance": "pages are no server",
	"github.com/tallystick/tallystick/fixtures":    "examples of pages become fixtures only once a contract has them",
	"github.com/labstack/echo/":                    "nothing is served",
	"net/http/httptest":                            "it is for tests",
	"testing":                                      "it would put the flags of go test into every command",
}

func TestImports(t *testing.T) {
	const self = "github.com/tallystick/tallystick/derive"
	out, err := exec.Command("go", "list", "-deps", self+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, self) || !slices.Contains(packages, self+"/cell") || !slices.Contains(packages, self+"/page") {
		t.Fatalf("go list gives %d packages, without the three of derive", len(packages))
	}
	for _, p := range packages {
		for prefix, reason := range banned {
			if p == prefix || strings.HasPrefix(p, strings.TrimSuffix(prefix, "/")+"/") {
				t.Errorf("derive depends on %s: %s", p, reason)
			}
		}
	}
}

// The pages of the service, where they are: everything is read, and the draft is a contract.
func TestDocs(t *testing.T) {
	root := docs(t)
	for _, c := range []struct {
		folders    []string
		operations int
	}{{[]string{"2019"}, 7}, {[]string{"2021"}, 6}, {[]string{"2019", "2021"}, 7}, {[]string{"more"}, 52}} {
		var paths []string
		for _, f := range c.folders {
			paths = append(paths, filepath.Join(root, f))
		}
		d := draft(t, paths...)
		loaded := valid(t, d.Document)
		if n := len(loaded.Operations()); n != c.operations {
			t.Errorf("%v: %d operations, want %d", c.folders, n, c.operations)
		}
		k := d.Coverage
		if k.Cells.Failed > 0 || k.Examples["broken"] > 0 {
			t.Errorf("%v: %d cells and %d examples cannot be read", c.folders, k.Cells.Failed, k.Examples["broken"])
		}
		if 100*k.Stated.Understood < 80*(k.Stated.Understood+k.Stated.Kept) {
			t.Errorf("%v: of the cells with a constraint, %d are understood and %d are not", c.folders, k.Stated.Understood, k.Stated.Kept)
		}
		t.Logf("%v: %+v, with a constraint %+v, examples %v", c.folders, k.Cells, k.Stated, k.Examples)
	}
}

// FuzzDraft: a page of any bytes is an error, nothing, or a draft that is a contract.
func FuzzDraft(f *testing.F) {
	for _, pattern := range []string{"testdata/bakery/*.md", "testdata/english/*.md"} {
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
		path := filepath.Join(t.TempDir(), "page.md")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := derive.Read(t.Context(), nil, path)
		if err != nil {
			return
		}
		if _, err := s.Draft(""); err != nil && !errors.Is(err, derive.ErrNothing) {
			t.Error(err)
		}
	})
}
