package page_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/derive/page"
)

// A page that writes little and means much is refused, and soon.
func TestTooMuch(t *testing.T) {
	rows := func(n int) string { return strings.Repeat("<tr><td>b</td></tr>\n", n) }
	for name, c := range map[string]struct{ text, want string }{
		"pipes":     {strings.Repeat("|a", 3000) + "\n" + strings.Repeat("|-", 3000) + "\n" + strings.Repeat("|a\n", 3000), "line 69: a table of more than 200000 cells"},
		"quoted":    {"> " + strings.Repeat("|a", 3000) + "\n> " + strings.Repeat("|-", 3000) + "\n" + strings.Repeat("> |a\n", 3000), "line 69: "},
		"many":      {strings.Repeat(strings.Repeat("|a", 1000)+"\n"+strings.Repeat("|-", 1000)+"\n"+strings.Repeat("|a\n", 150)+"\n", 9), "tables of pipes with more than"},
		"text":      {"<table><tr><td rowspan=5000>" + strings.Repeat("text ", 40_000) + "</td><td>b</td></tr>\n" + rows(3000) + "</table>", "line 1: cells that reach into so many rows"},
		"nested":    {"<table><tr><td rowspan=2000><table>" + rows(2000) + "</table></td><td>b</td></tr>\n" + rows(2000) + "</table>", "line 1: cells that reach into so many rows"},
		"rows":      {"<table>" + rows(20_001) + "</table>", "more than 20000 rows"},
		"pipe rows": {"|a|b|\n|-|-|\n" + strings.Repeat("|a|b|\n", 20_001), "more than 20000 rows"},
	} {
		started := time.Now()
		_, err := page.Read("", "much", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if took := time.Since(started); took > 30*time.Second {
			t.Errorf("%s took %s", name, took)
		}
	}
}

// A table in a cell that reaches into more rows is one table, and belongs to each of them.
func TestSharedNested(t *testing.T) {
	p, err := page.Read("", "shared", []byte(`<table><tr><th>Parameter</th><th>Type</th></tr><tr><td>a</td><td rowspan=2><table><tr><th>Parameter</th><th>Type</th></tr><tr><td>x</td><td>String</td></tr></table></td></tr><tr><td>b</td></tr></table>`))
	if err != nil || len(p.Tables) != 2 {
		t.Fatalf("%v, %d tables", err, len(p.Tables))
	}
	rows := p.Tables[0].Rows
	if rows[0].Cells[1].Nested == nil || rows[0].Cells[1].Nested != rows[1].Cells[1].Nested {
		t.Error("the rows do not share the table")
	}
}

// What stands in the way of a table does not hide it, and what is not read of one is told.
func TestTablesFound(t *testing.T) {
	html := "<table><tr><th>Parameter</th><th>Type</th></tr><tr><td>a</td><td>String</td></tr></table>"
	pipes := "|Parameter|Type|\n|-|-|\n|a|String|\n"
	deep := strings.Repeat("<table><tr><td>a</td><td>", 10) + "x" + strings.Repeat("</td></tr></table>", 10)
	for name, c := range map[string]struct {
		text, lost string
		tables     int
	}{
		"comment":         {"<!-- old form: <table> was here -->\n\n" + pipes + "\n" + pipes, "", 2},
		"comment in html": {"<table><tr><td>a</td></tr>\n\n<!-- <table>\n\n <table> -->\n<tr><td>b</td></tr></table>\n\n" + pipes, "", 2},
		"same line":       {"The **loaf**: " + html + "\n\n" + pipes, "", 2},
		"next line":       {"Table 1 `loaf`\nas <a name=x></a>" + strings.ReplaceAll(html, "</tr>", "</tr>\n\n") + "\n\n" + pipes, "", 2},
		"second in cell":  {"<table><tr><td>a</td><td>" + html + html + "</td></tr></table>", "a second table within a cell", 2},
		"in pipes":        {"|Parameter|Type|\n|-|-|\n|a|" + html + "|\n", "a table within a cell of pipes", 1},
		"columns":         {"<table><tr>" + strings.Repeat("<td>a</td>", 70) + "</tr></table>", "more than 64 columns", 1},
		"depth":           {deep, "within more than 8 tables", 9},
	} {
		p, err := page.Read("", "found", []byte(c.text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		lost := ""
		for _, problem := range p.Problems {
			if problem.Lost {
				lost += problem.Text + "\n"
			}
		}
		if len(p.Tables) != c.tables || !strings.Contains(lost, c.lost) || (lost == "") != (c.lost == "") {
			t.Errorf("%s: %d tables, lost %q, problems %s", name, len(p.Tables), lost, fmt.Sprint(p.Problems))
		}
	}
}
