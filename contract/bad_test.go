package contract_test

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

var update = flag.Bool("update", false, "write the golden files from what the tests get")

// golden compares a text with a file of testdata, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with -update and read what it says", err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if it should, run with -update\ngot:\n%swant:\n%s", path, got, want)
	}
}

// testdata lists the files of testdata that end in a suffix, without it. None at all is a failure.
func testdata(t *testing.T, suffix string) []string {
	t.Helper()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), suffix); ok {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		t.Fatalf("no file of testdata ends in %s", suffix)
	}
	return names
}

func TestLoadAccepts(t *testing.T) {
	for name, keys := range map[string]int{"good.yaml": 6, "plain.yaml": 0} {
		t.Run(name, func(t *testing.T) {
			c, err := contract.Load(os.DirFS("testdata"), name)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Operations()) == 0 {
				t.Error("no operation was read")
			}
			text, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			found := regexp.MustCompile(`x-tally-[a-z]+`).FindAllString(string(text), -1)
			slices.Sort(found)
			if got := len(slices.Compact(found)); got != keys {
				t.Errorf("the document uses %d keys of the vocabulary, want %d", got, keys)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, name := range testdata(t, ".bad.yaml") {
		t.Run(name, func(t *testing.T) {
			c, err := contract.Load(os.DirFS("testdata"), name+".bad.yaml")
			if err == nil {
				t.Fatal("the document loads, but should not")
			}
			if c != nil {
				t.Error("there is an error and a contract")
			}
			golden(t, name+".bad.txt", err.Error()+"\n")
		})
	}
}

func TestBadDocumentsHaveGoldens(t *testing.T) {
	documents, goldens := testdata(t, ".bad.yaml"), testdata(t, ".bad.txt")
	if !slices.Equal(documents, goldens) {
		t.Errorf("documents and goldens differ:\n%v\n%v", documents, goldens)
	}
}

func TestLoadWithoutFile(t *testing.T) {
	_, err := contract.Load(os.DirFS("testdata"), "nowhere.yaml")
	if want := "contract: open nowhere.yaml: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// impossible lists formats that no document can produce, each with the reason.
var impossible = map[string]string{
	"the document cannot be written as JSON: %v":      "what was read from YAML consists of strings, numbers that JSON knows, lists and objects",
	"the document is not readable as JSON Schema: %v": "the compiler is given the JSON that was just written",
	"expressions cannot be typed: %v":                 "the environments differ in types only, which are made here",
	"not checked against the vocabulary: %v":          "the vocabulary's schema has no endless reference",
	"%q: %v":                                          "an expression that compiles has a program",
}

// TestEveryMessageIsShown matches each format of a problem with the goldens, so that no refusal goes
// untested.
func TestEveryMessageIsShown(t *testing.T) {
	var shown []string
	for _, name := range testdata(t, ".bad.txt") {
		text, err := os.ReadFile(filepath.Join("testdata", name+".bad.txt"))
		if err != nil {
			t.Fatal(err)
		}
		shown = append(shown, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")...)
	}
	formats := formatsOf(t)
	if len(formats) < 40 {
		t.Fatalf("only %d formats were found in the source", len(formats))
	}
	verb := regexp.MustCompile(`%[a-z]`)
	for _, format := range formats {
		pattern := verb.ReplaceAllString(regexp.QuoteMeta(format), ".*")
		produced := slices.ContainsFunc(shown, regexp.MustCompile(`^[^ ]+: `+pattern+`$`).MatchString)
		_, excused := impossible[format]
		switch {
		case !produced && !excused:
			t.Errorf("no bad document produces %q", format)
		case produced && excused && strings.Trim(verb.ReplaceAllString(format, ""), ": ") != "":
			t.Errorf("%q is called impossible, but a bad document produces it", format)
		}
	}
	for format := range impossible {
		if !slices.Contains(formats, format) {
			t.Errorf("%q is called impossible, but the source does not have it", format)
		}
	}
}

// formatsOf finds the formats of all problems in the source of the package.
func formatsOf(t *testing.T) []string {
	t.Helper()
	sources, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	var formats []string
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || (method.Sel.Name != "addf" && method.Sel.Name != "addAt") {
				return true
			}
			for _, arg := range call.Args {
				if literal, ok := arg.(*ast.BasicLit); ok && literal.Kind == token.STRING && literal.Value != `""` {
					format, err := strconv.Unquote(literal.Value)
					if err != nil {
						t.Fatal(err)
					}
					formats = append(formats, format)
					return true
				}
			}
			t.Errorf("%s: a problem without a literal format", name)
			return true
		})
	}
	return formats
}
