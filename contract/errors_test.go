package contract_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tallystick/tallystick/contract"
)

// threeFaults has an unknown member, an unknown code and a misspelt member of an expression's self.
const threeFaults = `openapi: 3.1.0
info: {title: Shop, version: '1'}
x-tally-error: {type: Shop.0009}
paths:
  /items:
    get:
      operationId: listItems
      responses: {'200': {description: Items.}}
      x-tally-rules:
        - {id: size-is-sane, when: request.query.sise > 5, error: Shop.0001, trigger: {query: {size: '6'}}, source: {basis: assumed}}
      x-tally-effect: {do: list, resource: Item, filter: {color: /color}, answer: {items: "${items}"}}
components:
  schemas:
    Item: {type: object}
  x-tally-errors:
    bodies: {flat: {code: "${code}"}}
    codes:
      Shop.0001: {status: 400, message: Bad., meaning: Bad., provoke: request, operations: [all], source: {basis: assumed}}
`

func TestProblemsComeAllAtOnce(t *testing.T) {
	want := []string{
		`shop.yaml:3:17: error "Shop.0009" is not in the catalogue (components.x-tally-errors); did you mean "Shop.0001"?`,
		`shop.yaml:10:30: "request.query.sise > 5": column 14: undefined field 'sise'`,
		`shop.yaml:11:59: /color leads to no member of the schema at /components/schemas/Item`,
		`shop.yaml:11:59: operation "listItems" has no query parameter "color"`,
	}
	fsys := fstest.MapFS{"shop.yaml": {Data: []byte(threeFaults)}}
	for range 50 {
		_, err := contract.Load(fsys, "shop.yaml")
		if err == nil || err.Error() != strings.Join(want, "\n") {
			t.Fatalf("got\n%v\nwant\n%s", err, strings.Join(want, "\n"))
		}
	}
}

func TestGoldensAreStable(t *testing.T) {
	for _, name := range testdata(t, ".bad.yaml") {
		var first string
		for i := range 5 {
			_, err := contract.Load(os.DirFS("testdata"), name+".bad.yaml")
			if err == nil {
				t.Fatalf("%s loads", name)
			}
			if i == 0 {
				first = err.Error()
			} else if err.Error() != first {
				t.Errorf("%s: two loads disagree\n%s\n%s", name, first, err)
			}
		}
	}
}

// TestProblemsSayWhere holds every problem to what the message promises: a line of the file and a column in
// it, one line of text, the order of the document.
func TestProblemsSayWhere(t *testing.T) {
	for _, name := range testdata(t, ".bad.yaml") {
		_, err := contract.Load(os.DirFS("testdata"), name+".bad.yaml")
		var problems contract.Problems
		if !errors.As(err, &problems) || len(problems) == 0 {
			t.Errorf("%s: the error is no list of problems: %v", name, err)
			continue
		}
		text, err := os.ReadFile("testdata/" + name + ".bad.yaml")
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		for _, p := range problems {
			if p.File != name+".bad.yaml" || p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1])+1 {
				t.Errorf("%s stands outside the file", p)
			}
			if p.Text == "" || strings.ContainsAny(p.Text, "\n") {
				t.Errorf("%s: the text is not one line", p)
			}
		}
		if !slices.IsSortedFunc(problems, func(a, b contract.Problem) int {
			if a.Line != b.Line {
				return a.Line - b.Line
			}
			return a.Column - b.Column
		}) {
			t.Errorf("%s: problems are not in the order of the document", name)
		}
	}
}

func TestPositionWithoutLine(t *testing.T) {
	for _, c := range []struct {
		position contract.Position
		want     string
	}{
		{contract.Position{File: "shop.yaml"}, "shop.yaml"},
		{contract.Position{File: "shop.yaml", Line: 3, Column: 1}, "shop.yaml:3:1"},
	} {
		if got := c.position.String(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
