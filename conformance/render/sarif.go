package render

import (
	"cmp"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tallystick/tallystick/conformance"
)

// The parts of SARIF 2.1.0 that a report needs.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
		ColumnKind  string            `json:"columnKind"`
		Properties  map[string]any    `json:"properties"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string         `json:"id"`
		Short   sarifText      `json:"shortDescription"`
		Full    sarifText      `json:"fullDescription"`
		Help    sarifText      `json:"help"`
		Default map[string]any `json:"defaultConfiguration"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Start         string              `json:"startTimeUtc"`
		End           string              `json:"endTimeUtc"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations,omitempty"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
		Request      *sarifRequest      `json:"webRequest,omitempty"`
		Response     *sarifResponse     `json:"webResponse,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	sarifRequest struct {
		Target  string            `json:"target"`
		Method  string            `json:"method"`
		Headers map[string]string `json:"headers,omitempty"`
		Body    *sarifText        `json:"body,omitempty"`
	}
	sarifResponse struct {
		Status  int               `json:"statusCode,omitempty"`
		None    bool              `json:"noResponseReceived,omitempty"`
		Headers map[string]string `json:"headers,omitempty"`
		Body    *sarifText        `json:"body,omitempty"`
	}
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
				Message:   sarifText{plain(res.ID + ": " + cmp.Or(res.Reason, "the check could not be run"))},
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
		rule := sarifRule{ID: "run/wrong", Short: sarifText{"the baseline is kept, and the coverage is as demanded"}, Default: map[string]any{"level": "error"}}
		rule.Full, rule.Help = rule.Short, rule.Short
		at := slices.IndexFunc(run.Tool.Driver.Rules, func(known sarifRule) bool { return known.ID == rule.ID })
		if at < 0 {
			at = len(run.Tool.Driver.Rules)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule)
		}
		run.Results = append(run.Results, sarifResult{RuleID: rule.ID, RuleIndex: at, Level: "error", Message: sarifText{plain(text)},
			Locations:    sarifLocations(&conformance.Result{Location: r.Contract.File}),
			Fingerprints: map[string]string{"tallyCheckId/v1": rule.ID + ": " + plain(text)}})
	}
	run.Invocations = []sarifInvocation{invocation}
	return writeJSON(w, sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
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
	return sarifRule{ID: res.ID, Short: sarifText{requirement}, Full: sarifText{full}, Help: sarifText{help},
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
	out := sarifResult{RuleID: res.ID, RuleIndex: rule, Level: sarifLevel(res), Message: sarifText{text},
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
	return &sarifText{plain(cut(s, 4000))}
}

// sarifLocations reads file:line:column; without a line the file alone is the place.
func sarifLocations(res *conformance.Result) []sarifLocation {
	file, line, column := place(res.Location)
	if file == "" {
		return nil
	}
	uri := url.URL{Path: filepath.ToSlash(file)}
	if strings.HasPrefix(uri.Path, "/") {
		uri.Scheme = "file"
	}
	l := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{uri.String()}}}
	if line > 0 {
		l.Physical.Region = &sarifRegion{line, column}
	}
	if res.Operation != "" {
		l.Logical = []sarifLogical{{res.Operation, "function"}}
	}
	return []sarifLocation{l}
}

// place takes a location apart; line and column are 0 when it has none.
func place(location string) (file string, line, column int) {
	var numbers []int
	for len(numbers) < 2 {
		i := strings.LastIndexByte(location, ':')
		if i < 0 {
			break
		}
		n, err := strconv.Atoi(location[i+1:])
		if err != nil || n < 1 {
			break
		}
		numbers, location = append(numbers, n), location[:i]
	}
	switch len(numbers) {
	case 1:
		return location, numbers[0], 0
	case 2:
		return location, numbers[1], numbers[0]
	}
	return location, 0, 0
}
