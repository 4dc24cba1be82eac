package drift_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/drift"
	"github.com/tallystick/tallystick/derive/drift/render"
	"github.com/tallystick/tallystick/internal/golden"
)

const (
	pagesFolder = "../testdata/bakery"
	document    = "testdata/bakery.yaml"
)

// change is a text of a file that is replaced by another, once.
type change struct{ file, old, new string }

// planted copies the pages and the contract, with changes planted, and gives the paths of both. A change whose text
// is not there, or there twice, is an error of the test.
func planted(t *testing.T, changes ...change) (file, pages string) {
	t.Helper()
	dir := t.TempDir()
	pages, file = filepath.Join(dir, "bakery"), filepath.Join(dir, "openapi.yaml")
	if err := os.Mkdir(pages, 0o755); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(pagesFolder)
	if err != nil {
		t.Fatal(err)
	}
	from := map[string]string{file: document}
	for _, e := range entries {
		from[filepath.Join(pages, e.Name())] = filepath.Join(pagesFolder, e.Name())
	}
	for to, path := range from {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for _, c := range changes {
			if c.file != filepath.Base(path) {
				continue
			}
			if n := strings.Count(text, c.old); n != 1 {
				t.Fatalf("%s has %q %d times, want once", path, c.old, n)
			}
			text = strings.Replace(text, c.old, c.new, 1)
		}
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file, pages
}

func check(t *testing.T, file string, pages ...string) (*drift.Report, error) {
	t.Helper()
	c, err := contract.Load(os.DirFS(filepath.Dir(file)), filepath.Base(file))
	if err != nil {
		t.Fatal(err)
	}
	set, err := derive.Read(t.Context(), nil, pages...)
	if err != nil {
		t.Fatal(err)
	}
	return drift.Check("", c, set)
}

// said are the findings in short: kind, aspect, what the page says.
func said(r *drift.Report) []string {
	out := []string{}
	for _, f := range r.Findings {
		out = append(out, strings.TrimSpace(strings.Join(strings.Fields(string(f.Kind)+" "+f.Aspect+" "+f.Says), " ")))
	}
	return out
}

// Every kind of drift, planted into pages or contract: each is found, and nothing else is.
func TestPlanted(t *testing.T) {
	const create, list, codes = "创建面包.md", "查询面包列表.md", "错误码.md"
	for _, c := range []struct {
		name    string
		changes []change
		want    []string
	}{
		{"nothing", nil, nil},
		{"a row is new", []change{{create, "<tr><td>steam</td>", "<tr><td>glaze</td><td>否</td><td>Boolean</td><td>釉。</td></tr>\n<tr><td>steam</td>"}}, []string{"row"}},
		{"a row is gone", []change{{list, "<tr><td>total</td><td>Integer</td><td>总数。</td></tr>\n", ""}}, []string{"citation"}},
		{"a row is renamed", []change{{create, "<tr><td>steam</td>", "<tr><td>vapour</td>"}}, []string{"row", "citation"}},
		{"a member is gone from the contract", []change{{"bakery.yaml", `        steam:
          type: boolean
          default: false
          x-tally-source:
            basis: documented
            at:
              - {edition: bakery, page: 创建面包, table: 3, row: steam}
`, ""}}, []string{"row"}},
		{"a query parameter is new", []change{{list, "| limit | 否", "| crust | 否 | String | 皮。 |\n| limit | 否"}}, []string{"row"}},
		{"another type", []change{{create, "<tr><td>steam</td><td>否</td><td>Boolean", "<tr><td>steam</td><td>否</td><td>String"}}, []string{"deviation type string"}},
		{"another type of items", []change{{create, "Array&lt;String&gt;", "Array&lt;Integer&gt;"}}, []string{"deviation items integer"}},
		{"required now", []change{{create, "<tr><td>flour</td><td>否", "<tr><td>flour</td><td>是"}}, []string{"deviation required required"}},
		{"optional now", []change{{create, "<tr><td>heat</td><td>是", "<tr><td>heat</td><td>否"}}, []string{"deviation required optional"}},
		{"required in the contract", []change{{"bakery.yaml", "      required: [heat]\n", "      required: [heat, steam]\n"}, {"bakery.yaml", "                    heat: 230\n", "                    heat: 230\n                    steam: true\n"}}, []string{"deviation required optional"}},
		{"required, and no row says so", []change{{"bakery.yaml", "    ListLoavesResponse:\n      type: object\n", "    ListLoavesResponse:\n      type: object\n      required: [total]\n"}}, []string{"deviation required nothing"}},
		{"a value more", []change{{create, "<li>wheat</li>", "<li>wheat</li><li>spelt</li>"}}, []string{"deviation enum rye, wheat, spelt"}},
		{"a value less in the contract", []change{{"bakery.yaml", "            enum: [rye, wheat]\n            default: rye", "            enum: [rye]\n            default: rye"}}, []string{"deviation enum rye, wheat"}},
		{"another maximum", []change{{list, "[1,50]", "[1,500]"}}, []string{"deviation maximum 500"}},
		{"an open minimum", []change{{list, "[1,50]", "(1,50]"}}, []string{"deviation minimum >1"}},
		{"another minimum", []change{{"bakery.yaml", "minimum: 100", "minimum: 90"}}, []string{"deviation minimum 100"}},
		{"a bound that no row has", []change{{"bakery.yaml", "        baked_at:\n          type: integer\n", "        baked_at:\n          type: integer\n          minimum: 0\n"}}, []string{"deviation minimum nothing"}},
		{"another length", []change{{create, "长度限制为32个字符", "长度限制为64个字符"}}, []string{"deviation maxLength 64"}},
		{"another count", []change{{create, "最多支持5个", "最多支持6个"}}, []string{"deviation maxItems 6"}},
		{"other characters", []change{{create, "支持大小写字母、数字、中划线和下划线", "支持大小写字母、数字和下划线"}}, []string{"deviation characters of A-Za-z0-9_"}},
		{"a pattern that no row has", []change{{"bakery.yaml", "        shape:\n          type: string\n", "        shape:\n          type: string\n          pattern: ^moon\n"}}, []string{"deviation characters nothing"}},
		{"another default", []change{{create, "默认为220", "默认为200"}}, []string{"deviation default 200"}},
		{"a default that no row has", []change{{"bakery.yaml", "        shape:\n          type: string\n", "        shape:\n          type: string\n          default: moon\n"}}, []string{"deviation default nothing"}},
		{"another format", []change{{"bakery.yaml", "          format: uuid\n", ""}}, []string{"deviation format uuid"}},
		{"a condition is new", []change{{create, "是否加蒸汽，默认为false。", "如果heat为300时，该参数是必须的。默认为false。"}}, []string{"deviation condition required if heat == 300"}},
		{"a reason for what is not so any more", []change{{create, "如果steam为true时，该参数是必须的。", "分钟。"}}, []string{"stale condition required if steam == true"}},
		{"a reason for something else", []change{{create, "如果steam为true时", "如果steam为false时"}}, []string{"deviation condition required if steam == false", "stale condition required if steam == true"}},
		{"another operation", []change{{list, "GET /v1/", "GET /v2/"}}, []string{"operation GET /v2/{bakery_id}/loaves", "citation"}},
		{"a code is new", []change{{codes, "<tr><td>404</td>", "<tr><td>404</td><td>Bakery.0009</td><td>Sold out.</td><td>卖完</td></tr>\n<tr><td>404</td>"}}, []string{"row"}},
		{"another message", []change{{codes, "No oven.", "No oven at all."}}, []string{"deviation status 404", "deviation message No oven at all."}},
		{"another status", []change{{codes, "<td>404</td>", "<td>409</td>"}}, []string{"deviation status 409", "deviation message No oven."}},
		{"a row more is left out than was said", []change{{codes, "<tr><td>404</td>", "<tr><td>404</td><td>Bakery.00081</td><td>Sold out.</td><td>卖完</td></tr>\n<tr><td>404</td>"}}, []string{"stale 2"}},
		{"a status is new", []change{{create, "<tr><td>400</td><td>Bad Request</td></tr>", "<tr><td>400</td><td>Bad Request</td></tr><tr><td>418</td><td>Teapot</td></tr>"}}, []string{"row"}},
		{"a permission is new", []change{{"权限.md", "| 烤面包 |", "| 看面包 | /v1/{bakery}/loaves | GET | bakery:loaf:list |\n| 烤面包 |"}}, []string{"row"}},
		{"the source is missing", []change{{"bakery.yaml", "              - {edition: bakery, page: 创建面包, table: 2, row: flour}", "              - {edition: bakery, page: 创建面包, part: text}"}}, []string{"source"}},
		{"the source is another table", []change{{"bakery.yaml", "page: 创建面包, table: 2, row: flour}", "page: 创建面包, table: 9, row: flour}"}}, []string{"source", "citation"}},
		{"the source is another row", []change{{"bakery.yaml", "page: 创建面包, table: 2, row: flour}", "page: 创建面包, table: 2, row: shape}"}}, []string{"source", "citation"}},
		{"the source is no page", []change{{"bakery.yaml", "page: 创建面包, table: 2, row: flour}", "page: 创建蛋糕, table: 2, row: flour}"}}, []string{"source", "citation"}},
		{"a type that cannot be read", []change{{create, "<tr><td>steam</td><td>否</td><td>Boolean", "<tr><td>steam</td><td>否</td><td>…"}}, []string{"unread"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, pages := planted(t, c.changes...)
			r, err := check(t, file, pages)
			if err != nil {
				t.Fatal(err)
			}
			if got := said(r); !slices.Equal(got, append([]string{}, c.want...)) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			sums(t, r)
		})
	}
}

// sums holds the counts of a report to one another: each row is in one of them.
func sums(t *testing.T, r *drift.Report) {
	t.Helper()
	var all drift.Rows
	for kind, n := range r.ByKind {
		if n.All != n.Stated+n.Deviating+n.Left+n.Headings+n.Findings {
			t.Errorf("%s: %+v does not add up", kind, n)
		}
		all.All += n.All
		all.Stated += n.Stated
		all.Deviating += n.Deviating
		all.Left += n.Left
		all.Headings += n.Headings
		all.Findings += n.Findings
	}
	if all != r.Rows || r.Rows.All == 0 {
		t.Errorf("the kinds have %+v, the report %+v", all, r.Rows)
	}
	s := r.Sources
	if astray := count(r, drift.Astray); s.Citations != s.Followed+s.Texts+s.Elsewhere+astray {
		t.Errorf("%+v and %d that lead nowhere do not add up", s, astray)
	}
}

func count(r *drift.Report, kind drift.Kind) (n int) {
	for _, f := range r.Findings {
		if f.Kind == kind {
			n++
		}
	}
	return n
}

// A contract of something else, or pages of another edition, are no green light.
func TestNothing(t *testing.T) {
	file, _ := planted(t)
	if r, err := check(t, file, "../testdata/english"); !errors.Is(err, drift.ErrNothing) {
		t.Errorf("got %v and %v, want %v", r, err, drift.ErrNothing)
	}
}

// The reports, with a finding of each form that they have.
func TestReports(t *testing.T) {
	file, pages := planted(t,
		change{"创建面包.md", "默认为220", "默认为200"},
		change{"创建面包.md", "面包名称，", "面包<b>名称</b>，"},
		change{"查询面包列表.md", "| limit | 否", "| [c|r](x) | 否 | String | 皮。 |\n| limit | 否"})
	r, err := check(t, file, pages)
	if err != nil {
		t.Fatal(err)
	}
	r.Coverage.Skipped[0].File = "历史.md" // without the folder of this run
	for _, format := range render.Formats() {
		var got bytes.Buffer
		if err := render.Write(format, &got, r); err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, "report."+format, got.Bytes())
	}
	if err := render.Write("html", &bytes.Buffer{}, r); err == nil {
		t.Error("a format that there is not is written")
	}
}

// A message whose placeholders the pages write as C does is the one of the contract, which has those of the
// vocabulary.
func TestPlaceholdersOfC(t *testing.T) {
	file, pages := planted(t, change{"错误码.md", "The oven {} is cold.", "The oven %s is cold."})
	r, err := check(t, file, pages)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		if f.Aspect == "message" {
			t.Errorf("%s: %s", f.Place, f.Text)
		}
	}
}
