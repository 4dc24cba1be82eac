package render

import (
	"cmp"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/internal/sarif"
)

// The parts of SARIF 2.1.0 that a report needs.
type (
	sarifRun          = sarif.Run
	sarifDriver       = sarif.Driver
	sarifRule         = sarif.Rule
	sarifText         = sarif.Text
	sarifInvocation   = sarif.Invocation
	sarifNotification = sarif.Notification
	sarifResult       = sarif.Result
	sarifLocation     = sarif.Location
	sarifLogical      = sarif.Logical
	sarifSuppression  = sarif.Suppression
	sarifRequest      = sarif.Request
	sarifResponse     = sarif.Response
)

// SARIF writes what failed as SARIF 2.1.0, at the line of the contract that demands it. A known failure is
// a suppressed result; a check that the runner could not do is a notification.
func SARIF(w io.Writer, r *conformance.Report) error {
	end := r.Started.Add(max(0, time.Duration(r.Took)))
	invocation := sarifInvocation{Successful: r.Counts.Errors == 0, Start: r.Started.UTC().Format(time.RFC3339), End: end.UTC().Format(time.RFC3339)}
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{},
		Properties: map[string]any{"verdict": r.Verdict, "target": r.Target, "seed": r.Seed, "counts": r.Counts}}
	if r.Shard != nil {
		run.Properties["shard"] = shardOf(r.Shard)
	}
	run.Tool.Driver = sarifDriver{Name: "tallystick", Rules: []sarifRule{}}
	for i := range r.Results {
		res := &r.Results[i]
		o := outcomeOf(r, res)
		switch o {
		case errored:
			invocation.Notifications = append(invocation.Notifications, sarifNotification{Level: "error",
				Message:   sarifText{Text: plain(res.ID + ": " + cmp.Or(res.Reason, "the check could not be run"))},
				Locations: sarifLocations(res)})
		case failed, warned, known:
			result := sarifResultOf(res, len(run.Tool.Driver.Rules))
			if o == known {
				result.Suppressions = []sarifSuppression{{Kind: "external", Justification: plain(res.Known)}}
			}
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(res))
			run.Results = append(run.Results, result)
		}
	}
	for _, text := range r.Wrong {
		rule := sarifRule{ID: "run/wrong", Short: sarifText{Text: "the baseline is kept, and the coverage is as demanded"}, Default: map[string]any{"level": "error"}}
		rule.Full, rule.Help = rule.Short, rule.Short
		at := slices.IndexFunc(run.Tool.Driver.Rules, func(known sarifRule) bool { return known.ID == rule.ID })
		if at < 0 {
			at = len(run.Tool.Driver.Rules)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule)
		}
		run.Results = append(run.Results, sarifResult{RuleID: rule.ID, RuleIndex: at, Level: "error", Message: sarifText{Text: plain(text)},
			Locations:    sarifLocations(&conformance.Result{Location: r.Contract.File}),
			Fingerprints: map[string]string{"tallyCheckId/v1": rule.ID + ": " + plain(text)}})
	}
	run.Invocations = []sarifInvocation{invocation}
	return sarif.Write(w, run)
}

func sarifLevel(res *conformance.Result) string {
	if res.Level == conformance.Should {
		return "warning"
	}
	return "error"
}

func sarifRuleOf(res *conformance.Result) sarifRule {
	requirement := plain(cmp.Or(res.Requirement, res.ID))
	full := requirement
	if len(res.Source) > 0 {
		full += "\nSource: " + plain(strings.Join(res.Source, "; "))
	}
	help := full
	if res.Rerun != "" {
		help += "\nRun it again: " + plain(res.Rerun)
	}
	return sarifRule{ID: res.ID, Short: sarifText{Text: requirement}, Full: sarifText{Text: full}, Help: sarifText{Text: help},
		Default: map[string]any{"level": sarifLevel(res)}}
}

func sarifResultOf(res *conformance.Result, rule int) sarifResult {
	text := plain(cmp.Or(res.Requirement, res.ID))
	if len(res.Expected) > 0 {
		text += "\nExpected: " + plain(strings.Join(res.Expected, ", or "))
	}
	if res.Actual != "" {
		text += "\nActual: " + plain(cut(res.Actual, 4000))
	}
	out := sarifResult{RuleID: res.ID, RuleIndex: rule, Level: sarifLevel(res), Message: sarifText{Text: text},
		Locations: sarifLocations(res), Fingerprints: map[string]string{"tallyCheckId/v1": res.ID}}
	if e := telling(res); e != nil {
		out.Request = &sarifRequest{Target: e.URL, Method: e.Method, Headers: sarifHeaders(e.RequestHeaders), Body: sarifBody(e.RequestBody)}
		out.Response = &sarifResponse{Status: e.Status, None: e.Status == 0, Headers: sarifHeaders(e.ResponseHeaders), Body: sarifBody(e.ResponseBody)}
	}
	return out
}

func sarifHeaders(h map[string][]string) map[string]string {
	out := map[string]string{}
	for name, values := range h {
		out[http.CanonicalHeaderKey(name)] = strings.Join(values, ", ")
	}
	return out
}

func sarifBody(s string) *sarifText {
	if s == "" {
		return nil
	}
	return &sarifText{Text: plain(cut(s, 4000))}
}

// sarifLocations is the place of a result in the contract.
func sarifLocations(res *conformance.Result) []sarifLocation {
	l := sarif.At(res.Location)
	if l == nil {
		return nil
	}
	if res.Operation != "" {
		l.Logical = []sarifLogical{{Name: res.Operation, Kind: "function"}}
	}
	return []sarifLocation{*l}
}
