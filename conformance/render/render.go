// Package render writes a report in the formats that people and machines read.
//
// Every format tells the same story from the same [conformance.Report]: nothing is judged here. What came
// from a target is text to show, never markup, script or terminal control.
//
//	err := render.Write("junit", os.Stdout, report)
package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/internal/format"
)

var formats = format.Table[*conformance.Report]{
	{Name: "json", Write: JSON},
	{Name: "junit", Write: JUnit},
	{Name: "sarif", Write: SARIF},
	{Name: "markdown", Write: Markdown},
	{Name: "html", Write: HTML},
	{Name: "text", Write: func(w io.Writer, r *conformance.Report) error { return Terminal(w, r, false) }},
}

// Formats names what Write can write.
func Formats() []string { return formats.Names() }

// Write writes the report in a format that Formats names.
func Write(name string, w io.Writer, r *conformance.Report) error { return formats.Write(name, w, r) }

// JSON writes the whole report; ReadJSON reads it again.
func JSON(w io.Writer, r *conformance.Report) error { return format.JSON(w, r) }

// ReadJSON reads a report that JSON wrote. An unknown member, another version or a value that no run
// writes is an error.
func ReadJSON(in io.Reader) (*conformance.Report, error) {
	data, err := io.ReadAll(in)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	var head struct{ Version *int }
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("report: not a JSON report: %w", err)
	}
	if head.Version == nil {
		return nil, errors.New("report: it has no version, so it is not a report of this tool")
	}
	if *head.Version != conformance.ReportVersion {
		return nil, fmt.Errorf("report: its version is %d, this program reads %d", *head.Version, conformance.ReportVersion)
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	r := &conformance.Report{}
	if err := dec.Decode(r); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if err := sound(r); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return r, nil
}

// sound checks what the types leave open.
func sound(r *conformance.Report) error {
	verdicts := []string{conformance.Conforms, conformance.Findings, conformance.Partial}
	if !slices.Contains(verdicts, r.Verdict) {
		return fmt.Errorf("verdict %q is none of %s", r.Verdict, strings.Join(verdicts, ", "))
	}
	ids := map[string]bool{}
	for _, res := range r.Results {
		if res.ID == "" {
			return errors.New("a check has no id")
		}
		if ids[res.ID] {
			return fmt.Errorf("check %q is there twice", res.ID)
		}
		ids[res.ID] = true
		if res.Level != conformance.Must && res.Level != conformance.Should {
			return fmt.Errorf("check %q: level %q is neither MUST nor SHOULD", res.ID, res.Level)
		}
	}
	if s := r.Shard; s != nil && (s.Index < 1 || s.Index > s.Of) {
		return fmt.Errorf("shard %s: there is no such part", shardOf(s))
	}
	g := r.Coverage.Grid
	if len(g.Cells) != len(g.States) {
		return fmt.Errorf("the grid has %d states and %d rows", len(g.States), len(g.Cells))
	}
	for i, row := range g.Cells {
		if len(row) != len(g.Events) {
			return fmt.Errorf("the grid has %d events and %d cells for %s", len(g.Events), len(row), g.States[i])
		}
	}
	return nil
}
