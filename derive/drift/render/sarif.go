package render

import (
	"cmp"
	"io"

	"github.com/tallystick/tallystick/derive/drift"
	"github.com/tallystick/tallystick/internal/safetext"
	"github.com/tallystick/tallystick/internal/sarif"
)

// rules say what each kind of finding is of, in the order of the report.
var rules = []struct {
	kind drift.Kind
	text string
}{
	{drift.MissingOperation, "every operation of the pages is in the contract"},
	{drift.MissingRow, "every row is in the contract, or left out for a reason"},
	{drift.Deviating, "a place says what its rows say, or records why not"},
	{drift.Unnamed, "a place names the rows that it states"},
	{drift.Astray, "every source leads to a row that says so"},
	{drift.Stale, "every reason is about a row that there is"},
	{drift.Unread, "every name, flag and type can be read"},
}

// SARIF writes the findings as SARIF 2.1.0, at the line of the contract where there is one. Deviations with a reason
// are suppressed results.
func SARIF(w io.Writer, r *drift.Report) error {
	run := sarif.Run{ColumnKind: "unicodeCodePoints", Results: []sarif.Result{},
		Properties: map[string]any{"rows": r.Rows, "sources": r.Sources, "aspects": r.Aspects, "cells": r.Coverage.Cells}}
	run.Tool.Driver = sarif.Driver{Name: "tallystick", Rules: []sarif.Rule{}}
	index := map[drift.Kind]int{}
	for i, rule := range rules {
		index[rule.kind] = i
		text := sarif.Text{Text: rule.text}
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarif.Rule{ID: "drift/" + string(rule.kind), Short: text, Full: text, Help: text,
			Default: map[string]any{"level": "error"}})
	}
	for _, f := range r.Findings {
		text := f.Text
		if f.Place != "" {
			text += "\nPage: " + f.Place
		}
		if f.Remedy != "" {
			text += "\nTo do: " + f.Remedy
		}
		run.Results = append(run.Results, result(f.Kind, index[f.Kind], text, cmp.Or(f.At, r.Contract), f.Pointer, f.Place+" "+f.Pointer+" "+f.Aspect+" "+f.Says))
	}
	for _, e := range r.Explained {
		one := result(drift.Deviating, index[drift.Deviating], e.Aspect+": the pages say "+e.Says+", the contract says "+e.Has, e.At, e.Pointer, e.Pointer+" "+e.Aspect+" "+e.Says)
		one.Suppressions = []sarif.Suppression{{Kind: "inSource", Justification: safetext.Text(e.Reason)}}
		run.Results = append(run.Results, one)
	}
	return sarif.Write(w, run)
}

func result(kind drift.Kind, rule int, text, at, pointer, print string) sarif.Result {
	id := "drift/" + string(kind)
	out := sarif.Result{RuleID: id, RuleIndex: rule, Level: "error", Message: sarif.Text{Text: safetext.Text(text)},
		Fingerprints: map[string]string{"tallyDrift/v1": safetext.Text(id + " " + print)}}
	if l := sarif.At(at); l != nil {
		if pointer != "" {
			l.Logical = []sarif.Logical{{Name: pointer, Kind: "member"}}
		}
		out.Locations = []sarif.Location{*l}
	}
	return out
}
