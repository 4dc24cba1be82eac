package changelog_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/changelog"
	"github.com/tallystick/tallystick/internal/race"
)

const shop = "testdata/shop/old"

// pages are the files of an edition.
func pages(t testing.TB, folder string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages in %s: %v", folder, err)
	}
	out := map[string]string{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = string(data)
	}
	return out
}

// edition writes pages to a folder of their own.
func edition(t testing.TB, name string, files map[string]string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for file, text := range files {
		if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func compare(t testing.TB, old, newer string) (*changelog.Changelog, error) {
	t.Helper()
	var sets []*derive.Set
	for _, path := range []string{old, newer} {
		s, err := derive.Read(t.Context(), nil, path)
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, s)
	}
	return changelog.Compare(filepath.Base(old), sets[0], filepath.Base(newer), sets[1])
}

func changes(t testing.TB, old, newer string) *changelog.Changelog {
	t.Helper()
	l, err := compare(t, old, newer)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// line is a change in one line: level, rule, and where it stands in both editions.
func line(c changelog.Change) string {
	return strings.Join([]string{string(c.Level), c.Rule, c.Old.String(), c.New.String()}, " | ")
}

// planted are single changes of a page, with all that has to be told of each.
var planted = []struct {
	name, file, from, to string
	want                 []string
}{
	{"parameter removed", "Bake.md", "| dry_run | No | Boolean | Nothing is baked. The default value is false. |\n", "", []string{
		"warning | request-parameter-removed | old Bake, table 2, row dry_run | not in new Bake, table 2",
	}},
	{"optional parameter added", "Bake.md", "| size | No |", "| lang | No | String | Words. |\n| size | No |", []string{
		"info | new-optional-request-parameter | not in old Bake, table 2 | new Bake, table 2, row lang",
	}},
	{"required parameter added", "Bake.md", "| size | No |", "| lang | Yes | String | Words. |\n| size | No |", []string{
		"error | new-required-request-parameter | not in old Bake, table 2 | new Bake, table 2, row lang",
	}},
	{"parameter required", "Bake.md", "| X-Client | No |", "| X-Client | Yes |", []string{
		"error | request-parameter-became-required | old Bake, table 3, row X-Client | new Bake, table 3, row X-Client",
	}},
	{"parameter enumeration shrinks", "Bake.md", ", **ounce**, **size**", ", **size**", []string{
		"error | request-parameter-enum-value-removed | old Bake, table 2, row unit | new Bake, table 2, row unit",
	}},
	{"value with the name of a parameter removed", "Bake.md", ", **size**", "", []string{
		"error | request-parameter-enum-value-removed | old Bake, table 2, row unit | new Bake, table 2, row unit",
	}},
	{"parameter enumeration grows", "Bake.md", "**gram**,", "**gram**, **pound**,", []string{
		"info | request-parameter-enum-value-added | old Bake, table 2, row unit | new Bake, table 2, row unit",
	}},
	{"parameter type", "Bake.md", "| size | No | Integer | The value ranges from 1 to 12. The default value is 2. |", "| size | No | String | Words. The default value is 2. |", []string{
		"info | request-parameter-default-value-changed | old Bake, table 2, row size | new Bake, table 2, row size",
		"info | request-parameter-max-unset | old Bake, table 2, row size | new Bake, table 2, row size",
		"info | request-parameter-min-unset | old Bake, table 2, row size | new Bake, table 2, row size",
		"info | request-parameter-type-generalized | old Bake, table 2, row size | new Bake, table 2, row size",
	}},
	{"parameter range", "Bake.md", "ranges from 1 to 12", "ranges from 1 to 10", []string{
		"error | request-parameter-max-decreased | old Bake, table 2, row size | new Bake, table 2, row size",
	}},
	{"parameter default", "Bake.md", "default value is 2", "default value is 3", []string{
		"info | request-parameter-default-value-changed | old Bake, table 2, row size | new Bake, table 2, row size",
	}},
	{"member removed", "Bake.md", "| note | No | String | A remark. |\n", "", []string{
		"warning | request-property-removed | old Bake, table 4, row note | not in new Bake, table 4",
	}},
	{"optional member added", "Bake.md", "| minutes |", "| shape | No | String | Form. |\n| minutes |", []string{
		"info | new-optional-request-property | not in old Bake, table 4 | new Bake, table 4, row shape",
	}},
	{"required member added", "Bake.md", "| minutes |", "| shape | Yes | String | Form. |\n| minutes |", []string{
		"error | new-required-request-property | not in old Bake, table 4 | new Bake, table 4, row shape",
	}},
	{"member required", "Bake.md", "| note | No |", "| note | Yes |", []string{
		"error | request-property-became-required | old Bake, table 4, row note | new Bake, table 4, row note",
	}},
	{"member optional", "Bake.md", "| name | Yes |", "| name | No |", []string{
		"info | request-property-became-optional | old Bake, table 4, row name | new Bake, table 4, row name",
	}},
	{"member type", "Bake.md", "| minutes | No | Integer |", "| minutes | No | String |", []string{
		"error | request-property-type-changed | old Bake, table 4, row minutes | new Bake, table 4, row minutes",
	}},
	{"length shrinks", "Bake.md", "maximum length is 20", "maximum length is 10", []string{
		"error | request-property-max-length-decreased | old Bake, table 4, row name | new Bake, table 4, row name",
	}},
	{"length grows", "Bake.md", "maximum length is 20", "maximum length is 30", []string{
		"info | request-property-max-length-increased | old Bake, table 4, row name | new Bake, table 4, row name",
	}},
	{"characters", "Bake.md", "| Name. The maximum", "| Name. The value can contain only letters and digits. The maximum", []string{
		"error | request-property-pattern-added | old Bake, table 4, row name | new Bake, table 4, row name",
	}},
	{"format", "Bake.md", "| A remark. |", "| A remark, in UUID format. |", []string{
		"error | request-property-type-changed | old Bake, table 4, row note | new Bake, table 4, row note",
	}},
	{"member enumeration shrinks", "Bake.md", ", **wheat**", "", []string{
		"error | request-property-enum-value-removed | old Bake, table 4, row flour | new Bake, table 4, row flour",
	}},
	{"nested range", "Bake.md", "from 100 to 300", "from 100 to 250", []string{
		"error | request-property-max-decreased | old Bake, table 5, row heat | new Bake, table 5, row heat",
	}},
	{"nested member removed", "Bake.md", "| steam | No | Boolean | With steam. |\n", "", []string{
		"warning | request-property-removed | old Bake, table 5, row steam | not in new Bake, table 5",
	}},
	{"enumeration below an array", "Bake.md", ", **spelt**", "", []string{
		"error | request-property-enum-value-removed | old Bake, table 6, row flour | new Bake, table 6, row flour",
	}},
	{"default below an array", "Bake.md", "| thick | No | Integer | Millimetres. |", "| thick | No | Integer | Millimetres. The default value is 4. |", []string{
		"info | request-property-default-value-added | old Bake, table 6, row thick | new Bake, table 6, row thick",
	}},
	{"count of items", "Bake.md", "At most 5 items", "At most 3 items", []string{
		"error | request-property-max-items-decreased | old Bake, table 4, row toppings | new Bake, table 4, row toppings",
	}},
	{"condition added", "Bake.md", "| How long. |", "| How long. This parameter is mandatory when flour is rye. |", []string{
		"warning | condition-added | old Bake, table 4, row minutes | new Bake, table 4, row minutes",
	}},
	{"wording", "Bake.md", "| A remark. |", "| Anything to say. |", []string{
		"info | row-text-changed | old Bake, table 4, row note | new Bake, table 4, row note",
	}},
	{"deprecated", "Bake.md", "| A remark. |", "| A remark. This parameter is deprecated. |", []string{
		"info | request-property-deprecated | old Bake, table 4, row note | new Bake, table 4, row note",
	}},
	{"answer's member removed", "Bake.md", "| weight | Integer | Grams. |\n", "", []string{
		"info | response-optional-property-removed | old Bake, table 7, row weight | not in new Bake, table 7",
	}},
	{"answer's member added", "Bake.md", "| weight |", "| price | Integer | Cents. |\n| weight |", []string{
		"info | response-optional-property-added | not in old Bake, table 7 | new Bake, table 7, row price",
	}},
	{"answer's type", "Bake.md", "| weight | Integer |", "| weight | String |", []string{
		"error | response-property-type-changed | old Bake, table 7, row weight | new Bake, table 7, row weight",
	}},
	{"answer's enumeration grows", "Bake.md", "**baking**,", "**baking**, **burnt**,", []string{
		"error | response-property-enum-value-added | old Bake, table 7, row state | new Bake, table 7, row state",
	}},
	{"answer's enumeration shrinks", "Bake.md", "**cooling**, ", "", []string{
		"info | response-property-enum-value-removed | old Bake, table 7, row state | new Bake, table 7, row state",
	}},
	{"answer's enumeration below an array", "Bake.md", "**white**, **brown**", "**white**, **brown**, **black**", []string{
		"error | response-property-enum-value-added | old Bake, table 8, row colour | new Bake, table 8, row colour",
	}},
	{"status added", "Bake.md", "| 400 | Bad request. |", "| 400 | Bad request. |\n| 409 | Full. |", []string{
		"info | response-non-success-status-added | not in old Bake, table 9 | new Bake, table 9, row 409",
	}},
	{"status removed", "Bake.md", "| 400 | Bad request. |\n", "", []string{
		"info | response-non-success-status-removed | old Bake, table 9, row 400 | not in new Bake, table 9",
	}},
	{"success status", "Bake.md", "| 200 | Done. |", "| 201 | Done. |", []string{
		"error | response-success-status-removed | old Bake, table 7 | not in new Bake, table 9",
		"info | response-success-status-added | not in old Bake, table 9 | new Bake, table 7",
	}},
	{"request example", "Bake.md", `{"heat": 200}`, `{"heat": 210, "steam": true}`, []string{
		"info | example-changed | old Bake, line 82 | new Bake, line 82",
	}},
	{"answer example gone", "Bake.md", "    {\"id\": \"1\", \"state\": \"baking\"}\n", "", []string{
		"info | example-removed | old Bake, line 88 | not in new Bake, line 9",
	}},
	{"table moved", "Bake.md", "**Table 5** OvenObject", "**Table 15** OvenObject", []string{
		"info | table-moved | old Bake, table 5 | new Bake, table 15",
	}},
	{"operation removed", "Eat.md", "DELETE /v1/{shop_id}/loaves/{loaf_id}", "", []string{
		"error | api-path-removed-without-deprecation | old Eat, line 5 | nothing of the kind",
	}},
	{"operation moved", "Eat.md", "DELETE /v1/{shop_id}/loaves/{loaf_id}", "DELETE /v2/{shop_id}/loaves/{loaf_id}", []string{
		"info | endpoint-added | nothing of the kind | new Eat, line 5",
		"error | api-path-removed-without-deprecation | old Eat, line 5 | nothing of the kind",
	}},
	{"code added", "Errors.md", "| 409 |", "| 410 | Shop.04 | Stale. | Old. |\n| 409 |", []string{
		"info | code-added | not in old Errors, table 1 | new Errors, table 1, row Shop.04",
	}},
	{"code removed", "Errors.md", "| 409 | Shop.02 | The oven is full. | Wait. |\n", "", []string{
		"info | code-removed | old Errors, table 1, row Shop.02 | not in new Errors, table 1",
	}},
	{"code status", "Errors.md", "| 409 |", "| 429 |", []string{
		"warning | code-status-changed | old Errors, table 1, row Shop.02 | new Errors, table 1, row Shop.02",
	}},
	{"code status stated", "Errors.md", "| - | Shop.03 |", "| 500 | Shop.03 |", []string{
		"info | code-status-stated | old Errors, table 1, row Shop.03 | new Errors, table 1, row Shop.03",
	}},
	{"code status unstated", "Errors.md", "| 409 | Shop.02 |", "| - | Shop.02 |", []string{
		"info | code-status-unstated | old Errors, table 1, row Shop.02 | new Errors, table 1, row Shop.02",
	}},
	{"code message", "Errors.md", "The oven is full.", "The oven has no room.", []string{
		"info | code-message-changed | old Errors, table 1, row Shop.02 | new Errors, table 1, row Shop.02",
	}},
	{"permission", "Permissions.md", "shop:loaf:bake", "shop:oven:use", []string{
		"warning | permission-added | not in old Permissions, table 1 | new Permissions, table 1, row Bake",
		"info | permission-removed | old Permissions, table 1, row Bake | not in new Permissions, table 1",
	}},
	{"common status", "Statuses.md", "| 404 | Not there. |", "| 418 | A teapot. |", []string{
		"info | status-added | not in old Statuses, table 1 | new Statuses, table 1, row 418",
		"info | status-removed | old Statuses, table 1, row 404 | not in new Statuses, table 1",
	}},
}

// Each planted change is found alone, where it stands, with the level that it has, and nothing else is.
func TestWholePlanted(t *testing.T) {
	if race.Enabled {
		t.Skip("nothing in it runs side by side; make whole runs it")
	}
	for _, c := range planted {
		t.Run(c.name, func(t *testing.T) {
			files := pages(t, shop)
			if strings.Count(files[c.file], c.from) != 1 {
				t.Fatalf("%s has %q %d times", c.file, c.from, strings.Count(files[c.file], c.from))
			}
			files[c.file] = strings.Replace(files[c.file], c.from, c.to, 1)
			var got []string
			l := changes(t, shop, edition(t, "new", files))
			for _, ch := range l.Changes {
				got = append(got, line(ch))
				if ch.Breaking != ch.Level.Breaking() || ch.Text == "" {
					t.Errorf("%+v", ch)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
				for _, ch := range l.Changes {
					t.Log(ch.Text)
				}
			}
		})
	}
}

// What is the same in both editions is no change: the same pages, in folders of other names or with other names of
// path parameters.
func TestNoChange(t *testing.T) {
	files := pages(t, shop)
	renamed := map[string]string{}
	for name, text := range files {
		renamed[name] = strings.ReplaceAll(text, "loaf_id", "id")
	}
	for name, files := range map[string]map[string]string{"the same pages": files, "another parameter name": renamed} {
		l := changes(t, shop, edition(t, "new", files))
		for _, c := range l.Changes {
			t.Errorf("%s: %s: %s", name, line(c), c.Text)
		}
		if want := (changelog.Compared{Operations: 2, Statements: l.Compared.Statements, Rows: l.Compared.Rows, Codes: 3, Examples: 2}); l.Compared != want || l.Breaking != 0 || want.Rows < 25 {
			t.Errorf("%s: compared %+v", name, l.Compared)
		}
	}
}

// An operation that another page describes is the same operation.
func TestPageChanged(t *testing.T) {
	files := pages(t, shop)
	files["Take.md"] = files["Eat.md"]
	delete(files, "Eat.md")
	l := changes(t, shop, edition(t, "new", files))
	if len(l.Changes) != 1 || line(l.Changes[0]) != "info | page-changed | old Eat, line 5 | new Take, line 5" {
		t.Errorf("%+v", l.Changes)
	}
}

// Drafts make structures that agree one, for all operations. A change on one page is still a change of its operation
// alone, and what one page no longer says is gone although another one says it.
func TestSharedStructure(t *testing.T) {
	files := pages(t, shop)
	files["Read.md"] = strings.NewReplacer("# Bake", "# Read", "POST /v1/{shop_id}/loaves", "POST /v1/{shop_id}/fresh").Replace(files["Bake.md"])
	old, first := edition(t, "first", files), files["Read.md"]
	for _, c := range []struct{ from, to, want string }{
		{"| colour |", "| gloss | Integer | Shine. |\n| colour |", "info | response-optional-property-added | not in first Read, table 8 | new Read, table 8, row gloss"},
		{"| thick | Integer | Millimetres. |\n", "", "info | response-optional-property-removed | first Read, table 8, row thick | not in new Read, table 8"},
		{"| steam | No | Boolean | With steam. |\n", "", "warning | request-property-removed | first Read, table 5, row steam | not in new Read, table 5"},
	} {
		files["Read.md"] = strings.Replace(first, c.from, c.to, 1)
		var got []string
		for _, ch := range changes(t, old, edition(t, "new", files)).Changes {
			got = append(got, ch.Path+" "+line(ch))
		}
		if want := []string{"/v1/{shop_id}/fresh " + c.want}; !slices.Equal(got, want) {
			t.Errorf("got %s, want %s", strings.Join(got, "\n"), want)
		}
	}
}

// Editions that share nothing cannot be compared, and say so.
func TestNothing(t *testing.T) {
	other := edition(t, "new", map[string]string{"Sell.md": "# Sell\n\n## URI\n\nPOST /v1/sales\n"})
	_, err := compare(t, shop, other)
	if !errors.Is(err, changelog.ErrNothing) {
		t.Errorf("%v", err)
	}
	codes := map[string]string{"Errors.md": pages(t, shop)["Errors.md"]}
	l := changes(t, shop, edition(t, "new", codes)) // no operation, but codes
	if l.Compared.Codes != 3 || l.Compared.Operations != 0 {
		t.Errorf("codes alone: %+v", l.Compared)
	}
}

// A structure that many ways lead to is compared once, one that leads back to itself ends, and one that unfolds to more
// than a computer should hold is refused.
func TestDeep(t *testing.T) {
	for _, c := range []struct {
		tables int
		wrong  string
	}{{4, ""}, {12, ""}, {30, "too many to compare"}} {
		l, err := compare(t, edition(t, "first", map[string]string{"Deep.md": deep(c.tables, "String")}), edition(t, "new", map[string]string{"Deep.md": deep(c.tables, "Integer")}))
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%d tables: %v", c.tables, err)
			}
			continue
		}
		if err != nil || len(l.Changes) != 1 || l.Changes[0].Rule != "request-property-type-changed" || !strings.Contains(l.Changes[0].New.String(), ", row leaf") {
			t.Errorf("%d tables: %v %+v", c.tables, err, l)
		}
	}
}

// deep is a page whose tables refer to the next one twice, and the last one to itself.
func deep(tables int, leaf string) string {
	var b strings.Builder
	b.WriteString("# Deep\n\n## URI\n\nPOST /v1/deep\n\n## Request\n")
	for i := range tables {
		next := i + 1
		fmt.Fprintf(&b, "\n<a name=\"t%d\"></a>\n**Table %d** T%d\n\n| Parameter | Mandatory | Type | Description |\n|---|---|---|---|\n", i, next, i)
		if next < tables {
			fmt.Fprintf(&b, "| a | No | [T%d](#t%d) object | One. |\n| b | No | [T%d](#t%d) object | Other. |\n", next, next, next, next)
			continue
		}
		fmt.Fprintf(&b, "| leaf | No | %s | End. |\n| back | No | [T%d](#t%d) object | Again. |\n", leaf, i, i)
	}
	return b.String()
}
