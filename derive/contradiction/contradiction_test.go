package contradiction_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/contradiction"
)

const pagesFolder = "../testdata/bakery"

// change is a text of a page that is replaced by another, once.
type change struct{ file, old, new string }

// edition writes the pages of an edition of the bakery, with changes planted.
func edition(t *testing.T, dir string, changes ...change) string {
	t.Helper()
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(pagesFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(pagesFolder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for _, c := range changes {
			if c.file == e.Name() {
				if n := strings.Count(text, c.old); n != 1 {
					t.Fatalf("%s has %q %d times, want once", c.file, c.old, n)
				}
				text = strings.Replace(text, c.old, c.new, 1)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, e.Name()), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func found(t *testing.T, folders ...string) []string {
	t.Helper()
	set, err := derive.Read(t.Context(), nil, folders...)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, c := range contradiction.Find(set) {
		if len(c.Places) == 0 {
			t.Errorf("%s: %s has no place", c.Kind, c.Text)
		}
		out = append(out, string(c.Kind)+": "+c.Text)
	}
	return out
}

// What the pages of the bakery, which are made to be bad, say twice.
func TestBakery(t *testing.T) {
	want := []string{
		"broken example: the example of POST /v1/{bakery_id}/loaves is no JSON: a comma of another form",
		"broken example: the example of GET /v1/{bakery_id}/loaves is no JSON: a comment or ellipsis is left out",
		`example and table: /oven/heat: the row says integer, the example shows "230"`,
		"example and table: /loaves: the row says string, the example shows an array",
		`example and catalogue: Bakery.0007: the table words it "No oven.", the example "The oven is cold."`,
		"rows of one code: Bakery.0007 is 400 The oven {} is cold., and 404 No oven.",
		"number of a table: oven: the link prints table 9 and leads to table 3",
		"permission and page: 烤面包: the page of the operation has another title",
	}
	if got := found(t, pagesFolder); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A contradiction planted into one edition, or between two, is found, and no other comes with it.
func TestPlanted(t *testing.T) {
	const create, list, codes = "创建面包.md", "查询面包列表.md", "错误码.md"
	for _, c := range []struct {
		name     string
		changes  []change
		editions bool // compare with the unchanged pages too
		want     []string
	}{
		{"nothing", nil, true, nil},
		{"a value out of the range", []change{{create, `"heat": 230`, `"heat": 500`}}, false, []string{"example and table: /oven/heat: the example shows 500, which is out of the range of the row"}},
		{"a value that is not listed", []change{{create, `"name": "sunday",
        "oven": {
`, `"name": "sunday", "flour": "spelt",
        "oven": {
`}}, false, []string{"example and table: /flour: the row lists rye, wheat, the example shows spelt"}},
		{"a character that is forbidden", []change{{create, `"name": "sunday",
        "oven": {
`, `"name": "sun day",
        "oven": {
`}}, false, []string{"example and table: /name: the example shows sun day, with characters that the row does not allow", `request and answer: POST /v1/{bakery_id}/loaves: the request has /name "sun day", the answer "sunday"`}},
		{"a member in no table", []change{{list, `"total": 2`, `"sum": 1, "total": 2`}}, false, []string{"member in no table: /sum is in no table of its page"}},
		{"an answer about something else", []change{{create, `"name": "sunday",
        "oven": {"heat"`, `"name": "monday",
        "oven": {"heat"`}}, false, []string{`request and answer: POST /v1/{bakery_id}/loaves: the request has /name "sunday", the answer "monday"`}},
		{"a code that is not listed", []change{{create, `"what": "Bakery.0007"`, `"what": "Bakery.0009"`}}, false, []string{"example and catalogue: the tables of codes do not have Bakery.0009"}},
		{"a default out of the range", []change{{create, "默认为220", "默认为20"}}, false, []string{"row and itself: heat: the default 20 is out of the range"}},
		{"a default that is not listed", []change{{list, "默认为“rye”", "默认为“oat”"}}, false, []string{"row and itself: flour: the default oat is none of rye, wheat"}},
		{"two spellings", []change{{list, "支持“rye”、“wheat”，默认为“rye”", "支持“Rye”、“wheat”，默认为“Rye”"}}, false, []string{"spelling of a value: a value is written Rye and rye"}},
		{"a parameter without address", []change{{list, "&limit=\\{limit\\}", ""}}, false, []string{"address and table: GET /v1/{bakery_id}/loaves: the address does not have the parameters limit of the table"}},
		{"another type than before", []change{{create, "<tr><td>steam</td><td>否</td><td>Boolean", "<tr><td>steam</td><td>否</td><td>String"}}, true, []string{"editions: POST /v1/{bakery_id}/loaves: request /oven/steam: the type is string in new and boolean in old"}},
		{"another flag than before", []change{{create, "<tr><td>flour</td><td>否", "<tr><td>flour</td><td>是"}}, true, []string{"editions: POST /v1/{bakery_id}/loaves: request /flour: the flag is required in new and optional in old"}},
		{"another list than before", []change{{create, "<li>wheat</li>", "<li>oat</li>"}}, true, []string{"editions: POST /v1/{bakery_id}/loaves: request /flour: the list is oat, rye in new and rye, wheat in old"}},
		{"another range than before", []change{{list, "[1,50]", "[1,60]"}}, true, []string{"editions: GET /v1/{bakery_id}/loaves: query limit: the range is [1,60] in new and [1,50] in old"}},
		{"other members of a failure", []change{{create, `"why": "The`, `"reason": "The`}}, true, []string{"editions: POST /v1/{bakery_id}/loaves: a failure has reason, what in new and what, why in old"}},
		{"other identifiers", []change{{create, `"id": "6fa459ea`, `"id": "LOAF-6fa459ea`}}, true, []string{"editions: POST /v1/{bakery_id}/loaves: the answer shows /id LOAF-6fa459ea-ee8a-3ca4-894e-db77e160355e in new and 6fa459ea-ee8a-3ca4-894e-db77e160355e in old"}},
		{"a code is gone", []change{{codes, "Bakery.0008", "Bakery.0010"}}, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			before := []string{edition(t, filepath.Join(dir, "new"))}
			after := []string{edition(t, filepath.Join(t.TempDir(), "new"), c.changes...)}
			if c.editions {
				old := edition(t, filepath.Join(dir, "old"))
				before, after = append(before, old), append(after, old)
			}
			known := found(t, before...)
			got := slices.DeleteFunc(found(t, after...), func(text string) bool { return slices.Contains(known, text) })
			if !slices.Equal(got, append([]string{}, c.want...)) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}
