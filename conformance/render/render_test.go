package render

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/internal/safetext"
	"github.com/tallystick/tallystick/internal/sarif"
)

var update = flag.Bool("update", false, "write the golden files from what the tests get")

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		at := 0
		for at < min(len(got), len(want)) && got[at] == want[at] {
			at++
		}
		t.Errorf("%s: differs at byte %d; -update writes it anew\n got %q\nwant %q", file, at, around(got, at), around(want, at))
	}
}

func around(b []byte, at int) []byte { return b[max(0, at-60):min(len(b), at+60)] }

func written(t *testing.T, format string, r *conformance.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(format, &b, r); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	names := map[string]string{"json": "report.json", "junit": "report.xml", "sarif": "report.sarif", "markdown": "report.md", "html": "report.html", "text": "report.txt"}
	for _, format := range Formats() {
		if names[format] == "" {
			t.Errorf("format %s has no golden file", format)
			continue
		}
		got := written(t, format, sample())
		if !bytes.Equal(got, written(t, format, sample())) {
			t.Errorf("%s: two writings differ", format)
		}
		golden(t, names[format], got)
	}
	var b bytes.Buffer
	if err := Terminal(&b, sample(), true); err != nil {
		t.Fatal(err)
	}
	golden(t, "report-colour.txt", b.Bytes())
}

// TestConforming looks at a report with nothing to say.
func TestConforming(t *testing.T) {
	r := &conformance.Report{Version: 1, Verdict: conformance.Conforms, Target: "in process", Counts: conformance.Counts{Checks: 1, Passed: 1},
		Contract: conformance.ContractInfo{Title: "T", Version: "1"}, Results: []conformance.Result{{ID: "a/b", Suite: "s", Level: conformance.Must, Source: []string{}}}}
	for _, format := range Formats() {
		got := written(t, format, r)
		if bytes.Contains(got, []byte("%!")) || len(got) == 0 {
			t.Errorf("%s: %s", format, got)
		}
	}
	got := string(written(t, "text", r))
	want := "CONFORMS: the check passed\n1 passed\nin process against T 1\n0 exchanges in 0s, seed 0\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUnknownFormat(t *testing.T) {
	err := Write("yaml", io.Discard, sample())
	if err == nil || err.Error() != `format "yaml" is none of json, junit, sarif, markdown, html, text` {
		t.Error(err)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWriterFails(t *testing.T) {
	for _, format := range Formats() {
		if err := Write(format, failingWriter{}, sample()); err == nil {
			t.Errorf("%s hides that it could not be written", format)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	want.Results[1].Actual = strings.ToValidUTF8(want.Results[1].Actual, "\uFFFD\uFFFD") // JSON has no other bytes
	got, err := ReadJSON(bytes.NewReader(written(t, "json", want)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestReadJSON(t *testing.T) {
	valid := string(written(t, "json", sample()))
	for name, row := range map[string]struct{ old, new, want string }{
		"not JSON":       {valid, "<html>", "report: not a JSON report: invalid character '<' looking for beginning of value"},
		"empty":          {valid, "", "report: not a JSON report: unexpected end of JSON input"},
		"no version":     {`"version": 1,`, ``, "report: it has no version, so it is not a report of this tool"},
		"later version":  {`"version": 1,`, `"version": 2,`, "report: its version is 2, this program reads 1"},
		"unknown member": {`"version": 1,`, `"version": 1, "colour": "red",`, `report: json: unknown field "colour"`},
		"rest":           {valid, valid + "{}", "report: not a JSON report: invalid character '{' after top-level value"},
		"verdict":        {`"verdict": "findings"`, `"verdict": "green"`, `report: verdict "green" is none of conforms, findings, partial`},
		"check verdict":  {`"verdict": "pass"`, `"verdict": "green"`, `report: usage: verdict "green" is none of [pass skipped fail error]`},
		"level":          {`"level": "MUST",` + "\n      \"verdict\": \"pass\"", `"level": "MAY", "verdict": "pass"`, `report: check "createInstance/example": level "MAY" is neither MUST nor SHOULD`},
		"id twice":       {`"id": "createInstance/hostile"`, `"id": "createInstance/example"`, `report: check "createInstance/example" is there twice`},
		"no id":          {`"id": "createInstance/example"`, `"id": ""`, `report: a check has no id`},
		"grid":           {`"states": [`, `"states": ["X", `, "report: the grid has 16 states and 15 rows"},
		"duration":       {`"took": "1m23.4s"`, `"took": "soon"`, `report: time: invalid duration "soon"`},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(valid, row.old) {
				t.Fatalf("the report has no %s", row.old)
			}
			_, err := ReadJSON(strings.NewReader(strings.Replace(valid, row.old, row.new, 1)))
			if err == nil || err.Error() != row.want {
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
}

func FuzzReadJSON(f *testing.F) {
	var b bytes.Buffer
	small := sample()
	small.Results = small.Results[:9]
	small.Results[1].Exchanges = small.Results[1].Exchanges[:1]
	if err := JSON(&b, small); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"version":1,"verdict":"partial","coverage":{"parts":[{"name":"x","covered":-9,"total":1}],"transitions":[{"from":"a","on":"x","to":"b"},{"from":"b","on":"x","to":"a"}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadJSON(bytes.NewReader(data))
		if err != nil {
			return
		}
		first := written(t, "json", r)
		again, err := ReadJSON(bytes.NewReader(first))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if !bytes.Equal(first, written(t, "json", again)) {
			t.Error("a second writing differs")
		}
		for _, format := range Formats() {
			got := written(t, format, r)
			if !utf8.Valid(got) {
				t.Errorf("%s is not UTF-8", format)
			}
		}
		wellFormed(t, written(t, "junit", r))
		harmless(t, "text", written(t, "text", r))
	})
}

// harmless looks for what acts on a terminal.
func harmless(t *testing.T, name string, text []byte) {
	t.Helper()
	for i, r := range string(text) {
		if r != '\n' && safetext.Hidden(r) {
			t.Fatalf("%s: %U at byte %d: %q", name, r, i, around(text, i))
		}
	}
}

func TestNothingActsOnATerminal(t *testing.T) {
	harmless(t, "text", written(t, "text", sample()))
	harmless(t, "markdown", bytes.ReplaceAll(written(t, "markdown", sample()), []byte("\t"), nil))
	var b bytes.Buffer
	if err := Terminal(&b, sample(), true); err != nil {
		t.Fatal(err)
	}
	rest := b.String()
	for _, style := range []string{"0", bold, dim, red, green, yellow, cyan} {
		rest = strings.ReplaceAll(rest, "\x1b["+style+"m", "")
	}
	harmless(t, "colour", []byte(rest))
	if rest != string(written(t, "text", sample())) {
		t.Error("with its colours removed the text differs from the plain one")
	}
}

func TestTerminalWraps(t *testing.T) {
	for _, line := range strings.Split(string(written(t, "text", sample())), "\n") {
		label := strings.TrimSpace(line)
		if columns(line) > screenWidth && !strings.HasPrefix(label, "curl") && !strings.HasPrefix(label, "rerun") {
			t.Errorf("%d columns: %s", columns(line), line)
		}
	}
}

// TestNoFindingIsLost: a failed check is shown even when no finding names it.
func TestNoFindingIsLost(t *testing.T) {
	r := sample()
	r.Findings = nil
	for _, format := range []string{"text", "markdown", "html"} {
		got := string(written(t, format, r))
		for _, text := range []string{"A refused deletion changes nothing.", "Of a start and a deletion at once"} {
			if !strings.Contains(got, text) {
				t.Errorf("%s does not have %q", format, text)
			}
		}
	}
}

func TestStrict(t *testing.T) {
	r := sample()
	r.Strict = true
	if n := len(causes(r, warned)); n != 0 {
		t.Errorf("%d warnings", n)
	}
	if got, want := len(with(r, failed)), len(with(sample(), failed))+1; got != want {
		t.Errorf("%d failed, want %d", got, want)
	}
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"a\x1b[0mb": `a\x1b[0mb`, "a\r\nb": "a\nb", "a\rb": `a\x0db`, "\u202Eabc": `\u202eabc`, "\xff": `\xff`, "\u009b": `\x9b`, "\uFFFD": "\uFFFD", "é笔": "é笔",
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
	if got := columns("笔a\u0301é"); got != 4 {
		t.Errorf("%d columns", got)
	}
	if got := wrap("one two three", 7); !reflect.DeepEqual(got, []string{"one two", "three"}) {
		t.Errorf("%q", got)
	}
	if got := wrap("笔记本电脑 abc", 6); !reflect.DeepEqual(got, []string{"笔记本", "电脑", "abc"}) {
		t.Errorf("%q", got)
	}
	if got := cut("笔记本", 2); got != "笔记… (3 more bytes)" {
		t.Errorf("%q", got)
	}
	for in, want := range map[string]string{"a.yaml:3:4": "a.yaml 3 4", "a.yaml:3": "a.yaml 3 0", "a.yaml": "a.yaml 0 0", `C:\a.yaml:3:4`: `C:\a.yaml 3 4`, "": " 0 0"} {
		file, line, column := sarif.Place(in)
		if got := fmt.Sprint(file, " ", line, " ", column); got != want {
			t.Errorf("place(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestProgressBar(t *testing.T) {
	var b bytes.Buffer
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	bar := NewProgressBar(&b, true, 60)
	bar.Now = func() time.Time { return now }
	for i := range 1000 {
		bar.Update(conformance.Progress{Check: "Instance/RUNNING/笔记本\x1b[2J", Done: i, Total: 1000, Failed: i / 500})
		now = now.Add(10 * time.Millisecond)
	}
	bar.Done()
	bar.Done()
	draws := strings.Split(strings.TrimPrefix(b.String(), "\r\x1b[2K"), "\r\x1b[2K")
	if len(draws) != 101 || draws[100] != "" { // 10 s at 10 a second, and the clearing
		t.Errorf("%d redraws, the last %q", len(draws), draws[len(draws)-1])
	}
	if want := `██████████░░░░░░░░░░ 500/1000 1 failed Instance/RUNNING/笔…`; draws[50] != want {
		t.Errorf("got %q, want %q", draws[50], want)
	}
	for _, d := range draws {
		if columns(d) > 59 || strings.Contains(d, "\x1b") {
			t.Errorf("%q", d)
		}
	}
}

func TestProgressWithoutTerminal(t *testing.T) {
	var b bytes.Buffer
	bar := NewProgressBar(&b, false, 0)
	bar.Update(conformance.Progress{Total: 0})
	for i := range 301 {
		p := conformance.Progress{Check: "a/b", Done: i, Total: 300, Passed: i}
		if i == 300 {
			p.Check = ""
		}
		bar.Update(p)
	}
	bar.Done()
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 10 || lines[0] != "30 of 300 checks, 30 passed, 0 failed, next a/b" || lines[9] != "300 of 300 checks, 300 passed, 0 failed" {
		t.Errorf("%q", lines)
	}
}

// TestManyArrows: a lifecycle that no drawing could show is a table only.
func TestManyArrows(t *testing.T) {
	r := sample()
	r.Coverage.Transitions = nil
	for i := range 3000 {
		r.Coverage.Transitions = append(r.Coverage.Transitions, conformance.Transition{From: fmt.Sprint("S", i), On: "go", To: fmt.Sprint("S", i*7%3000)})
	}
	got := string(written(t, "html", r))
	if strings.Contains(got, `class="diagram"`) || strings.Count(got, "<td>go</td>") != 3000 {
		t.Error("the arrows are not in a table only")
	}
}
