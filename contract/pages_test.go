package contract_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"golang.org/x/net/html"

	"github.com/tallystick/tallystick/contract"
)

const pagesFolder = "../../shared/docs"

// page is a published page: the first column of each table by its printed number, and every cell.
type page struct {
	text    string
	columns map[int][][]string // a number may be printed above several tables
	cells   []string
}

var caption = regexp.MustCompile(`\*\*表\s*([0-9]+)\*\*`)

func readPage(t *testing.T, path string) *page {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{text: string(data), columns: map[int][][]string{}}
	captions := caption.FindAllStringSubmatchIndex(p.text, -1)
	for i, c := range captions {
		end := len(p.text)
		if i+1 < len(captions) {
			end = captions[i+1][0]
		}
		n := atoi(t, p.text[c[2]:c[3]])
		tables := parseTables(t, p.text[c[0]:end])
		if len(tables) > 0 {
			p.columns[n] = append(p.columns[n], firstColumn(tables[0]))
		}
	}
	for _, table := range parseTables(t, p.text) {
		for _, row := range table {
			p.cells = append(p.cells, row...)
		}
	}
	return p
}

func firstColumn(table [][]string) []string {
	var out []string
	for _, row := range table {
		if len(row) > 0 {
			out = append(out, row[0])
		}
	}
	return out
}

// parseTables gives the texts of all cells of the HTML tables in a text.
func parseTables(t *testing.T, text string) [][][]string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var tables [][][]string
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		switch n.Data {
		case "table":
			tables = append(tables, nil)
		case "tr":
			if i := len(tables) - 1; i >= 0 {
				tables[i] = append(tables[i], nil)
			}
		case "td":
			if i := len(tables) - 1; i >= 0 && len(tables[i]) > 0 {
				j := len(tables[i]) - 1
				tables[i][j] = append(tables[i][j], strings.Join(strings.Fields(textOf(n)), " "))
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	return tables
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(textOf(c))
	}
	return b.String()
}

// notOnThePage lists citations that the check cannot follow, with the reason.
var notOnThePage = map[string]string{}

// TestPagesHaveWhatIsCited follows every citation of the two editions to its page, table and row.
func TestPagesHaveWhatIsCited(t *testing.T) {
	if _, err := os.Stat(pagesFolder); os.IsNotExist(err) {
		t.Skipf("%s is not here; it is no part of the module", pagesFolder)
	}
	pages, missing, used := map[string]*page{}, map[string]bool{}, map[string]bool{}
	checked := 0
	eachCitation(t, document(t), func(line int, c citation) {
		if c.Edition != "2019" && c.Edition != "2021" {
			return
		}
		checked++
		path := filepath.Join(pagesFolder, c.Edition, c.Page+".md")
		if pages[path] == nil && !missing[path] {
			if _, err := os.Stat(path); err != nil {
				missing[path] = true
			} else {
				pages[path] = readPage(t, path)
			}
		}
		problem := "the edition has no such page"
		if pages[path] != nil {
			problem = pages[path].lacks(c)
		}
		key := c.String()
		switch reason := notOnThePage[key]; {
		case reason != "":
			used[key] = true
			if problem == "" {
				t.Errorf("%q is on the list of exceptions, but is there", key)
			}
		case problem != "":
			t.Errorf("openapi.yaml:%d: %s: %s", line, key, problem)
		}
	})
	if checked < 1000 {
		t.Errorf("only %d citations were followed", checked)
	}
	for key := range notOnThePage {
		if !used[key] {
			t.Errorf("%q is on the list of exceptions, but nothing cites it", key)
		}
	}
}

// TestPagesCheckFinds plants mistakes, so that a check which finds nothing is known to look.
func TestPagesCheckFinds(t *testing.T) {
	p := &page{text: "**表 2**\n<table><tbody><tr><td><p>name</p></td><td>String</td></tr></tbody></table>", columns: map[int][][]string{2: {{"name"}}}, cells: []string{"name", "String"}}
	for _, c := range []struct {
		citation
		want string
	}{
		{citation{Table: 2, Row: "name"}, ""},
		{citation{Row: "String"}, ""},
		{citation{Table: 3}, "the page has no table of this number"},
		{citation{Table: 2, Row: "String"}, "the table has no such row; it has name"},
		{citation{Row: "Integer"}, "no cell of the page says so"},
		{citation{Part: "example"}, "the page has no sample"},
		{citation{Part: "uri"}, "the page has no line with an address"},
	} {
		if got := p.lacks(c.citation); got != c.want {
			t.Errorf("%v: got %q, want %q", c.citation, got, c.want)
		}
	}
}

// TestPagesWordTheCodes holds statuses and messages of the catalogue to the error table of 2021.
func TestPagesWordTheCodes(t *testing.T) {
	path := filepath.Join(pagesFolder, "2021", "错误码.md")
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		t.Skipf("%s is not here; it is no part of the module", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	printed := map[string][]string{}
	for _, table := range parseTables(t, string(data)) {
		for _, row := range table {
			if len(row) > 2 {
				printed[row[1]] = append(printed[row[1]], row[0]+" "+row[2])
			}
		}
	}
	checked := 0
	for _, e := range contract.Default().Errors() {
		if e.Ref != e.Code || !slices.ContainsFunc(e.Source.At, func(c contract.Citation) bool { return c.Edition == "2021" && c.Page == "错误码" }) {
			continue
		}
		checked++
		if got := strconv.Itoa(e.Status) + " " + e.Template; !slices.Contains(printed[e.Code], got) {
			t.Errorf("%s: the catalogue says\n%s\nthe page\n%s", e.Position, got, strings.Join(printed[e.Code], "\n"))
		}
	}
	if checked < 60 {
		t.Errorf("only %d codes were compared", checked)
	}
}

// lacks tells what of a citation the page does not have.
func (p *page) lacks(c citation) string {
	switch {
	case c.Table != 0 && len(p.columns[c.Table]) == 0:
		return "the page has no table of this number"
	case c.Table != 0 && c.Row != "" && !slices.ContainsFunc(p.columns[c.Table], func(column []string) bool { return slices.Contains(column, c.Row) }):
		return "the table has no such row; it has " + strings.Join(slices.Concat(p.columns[c.Table]...), ", ")
	case c.Table == 0 && c.Row != "" && !slices.Contains(p.cells, c.Row):
		return "no cell of the page says so"
	case c.Part == "example" && !strings.Contains(p.text, "```"):
		return "the page has no sample"
	case c.Part == "uri" && !regexp.MustCompile(`(?m)^(GET|POST|PUT|DELETE) +/`).MatchString(p.text):
		return "the page has no line with an address"
	}
	return ""
}

// eachCitation visits every citation of the document with its line.
func eachCitation(t *testing.T, n *yaml.Node, visit func(line int, c citation)) {
	t.Helper()
	if at, _ := member(n, "at"); at != nil && at.Kind == yaml.SequenceNode {
		if basis, _ := member(n, "basis"); basis != nil {
			for _, item := range at.Content {
				var c citation
				if err := item.Decode(&c); err != nil {
					t.Fatal(err)
				}
				visit(item.Line, c)
			}
			return
		}
	}
	for _, c := range n.Content {
		eachCitation(t, c, visit)
	}
}
