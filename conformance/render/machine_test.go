package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/internal/sarif"
	"github.com/tallystick/tallystick/internal/testtool"
)

func wellFormed(t *testing.T, data []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(data))
	for {
		_, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
	}
}

func TestJUnitCounts(t *testing.T) {
	r := sample()
	var got junitSuites
	if err := xml.Unmarshal(written(t, "junit", r), &got); err != nil {
		t.Fatal(err)
	}
	c := r.Counts
	skips := 0
	for _, s := range got.Suites {
		skips += s.Skipped
		failures, errs, skipped := 0, 0, 0
		for _, c := range s.Cases {
			if c.Failure != nil {
				failures++
			}
			if c.Error != nil {
				errs++
			}
			if c.Skipped != nil {
				skipped++
			}
			for _, reason := range []*junitReason{c.Failure, c.Error, c.Skipped} {
				if reason != nil && (reason.Message == "" || !strings.Contains(reason.Text, "Requirement: ")) {
					t.Errorf("%s: %+v", c.Name, reason)
				}
			}
		}
		if s.Tests != len(s.Cases) || s.Failures != failures || s.Errors != errs || s.Skipped != skipped {
			t.Errorf("suite %s: %d tests, %d failures, %d errors, %d skipped; it has %d, %d, %d, %d", s.Name, s.Tests, s.Failures, s.Errors, s.Skipped, len(s.Cases), failures, errs, skipped)
		}
	}
	if got.Tests != c.Checks || got.Failures != c.Failed || got.Errors != c.Errors || skips != c.Skipped+c.Warned+c.Known {
		t.Errorf("%d tests, %d failures, %d errors, %d skipped of %+v", got.Tests, got.Failures, got.Errors, skips, c)
	}
}

func TestJUnitCases(t *testing.T) {
	var got junitSuites
	if err := xml.Unmarshal(written(t, "junit", sample()), &got); err != nil {
		t.Fatal(err)
	}
	cases := map[string]junitCase{}
	for _, s := range got.Suites {
		for _, c := range s.Cases {
			cases[c.Name] = c
		}
	}
	c := cases["Instance/RUNNING/deleteInstance"]
	if c.ClassName != "lifecycle/deleteInstance" || c.Time != "4.200" || c.Failure == nil || c.Failure.Type != "MUST" || c.Failure.Message != "200, and the notebook is gone" {
		t.Errorf("%+v %+v", c, c.Failure)
	}
	want := `Requirement: MUST: A notebook that is RUNNING refuses to be deleted with ModelArts.6304 and keeps its state.
Source: 2021, 错误码, ModelArts.6304
Source: UG19, 删除Notebook, text
Contract: openapi.yaml:3403:13
Expected: 409 with error_code ModelArts.6304
Actual: 200, and the notebook is gone
Exchange: DELETE https://notebooks.example.test:8443/v1/0a1b2c3d/demanager/instances/6fa459ea-ee8a-3ca4-894e-db77e160355e → 200 in 8ms
Answer: {"instance_id":"6fa459ea-ee8a-3ca4-894e-db77e160355e"}
Curl: curl -X DELETE 'https://notebooks.example.test:8443/v1/0a1b2c3d/demanager/instances/6fa459ea-ee8a-3ca4-894e-db77e160355e' -H 'X-Auth-Token: '"$TOKEN"
Rerun: tally check --include 'Instance/RUNNING/deleteInstance' --seed 7 https://notebooks.example.test:8443
`
	if c.Failure.Text != want {
		t.Errorf("got %s", c.Failure.Text)
	}
	for id, message := range map[string]string{"Instance/STOPPED/restart": "SHOULD: 200 with current_status STARTING",
		"listInstances/limit/above-maximum": "known failure: TICKET-17, until 2027-01-31", "tenancy/getInstance": "not claimed: it takes credentials of a second project (--second-token)"} {
		if c := cases[id]; c.Skipped == nil || c.Skipped.Message != message {
			t.Errorf("%s: %+v", id, c.Skipped)
		}
	}
	if c := cases["response/latency"]; c.Error == nil || !strings.HasPrefix(c.Error.Message, "the recording could not be read") {
		t.Errorf("%+v", c.Error)
	}
}

// TestJUnitSchema holds the file to testdata/junit.xsd, and the schema to files that are wrong.
func TestJUnitSchema(t *testing.T) {
	tool, err := exec.LookPath("xmllint")
	if err != nil {
		testtool.Missing(t, "xmllint is not installed (Debian: libxml2-utils)")
	}
	check := func(data []byte) ([]byte, error) {
		cmd := exec.Command(tool, "--noout", "--nonet", "--schema", filepath.Join("testdata", "junit.xsd"), "-")
		cmd.Stdin = bytes.NewReader(data)
		return cmd.CombinedOutput()
	}
	good := written(t, "junit", sample())
	for name, data := range map[string][]byte{"sample": good, "empty": written(t, "junit", &conformance.Report{Version: 1, Verdict: conformance.Conforms})} {
		if out, err := check(data); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	for _, row := range [][2]string{{` time="`, ` when="`}, {`type="MUST"`, `kind="MUST"`}, {"</testsuite>", "<testcase/></testsuite>"}, {`hostname="localhost"`, `hostname=""`}} {
		if _, err := check(bytes.Replace(good, []byte(row[0]), []byte(row[1]), 1)); err == nil {
			t.Errorf("with %s instead of %s the schema still holds", row[1], row[0])
		}
	}
}

func TestSARIF(t *testing.T) {
	r := sample()
	var got sarif.Log
	dec := json.NewDecoder(bytes.NewReader(written(t, "sarif", r)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&got); err != nil {
		t.Fatal(err)
	}
	run := got.Runs[0]
	c := r.Counts
	if len(run.Results) != c.Failed+c.Warned+c.Known || len(run.Tool.Driver.Rules) != len(run.Results) || len(run.Invocations[0].Notifications) != c.Errors {
		t.Errorf("%d results, %d rules, %d notifications of %+v", len(run.Results), len(run.Tool.Driver.Rules), len(run.Invocations[0].Notifications), c)
	}
	byID := map[string]sarifResult{}
	for _, res := range run.Results {
		byID[res.RuleID] = res
		if rule := run.Tool.Driver.Rules[res.RuleIndex]; rule.ID != res.RuleID || rule.Short.Text == "" {
			t.Errorf("%s points at rule %s", res.RuleID, rule.ID)
		}
		if res.Fingerprints["tallyCheckId/v1"] != res.RuleID || len(res.Locations) != 1 {
			t.Errorf("%+v", res)
		}
	}
	first := byID["Instance/RUNNING/deleteInstance"]
	at := first.Locations[0].Physical
	if first.Level != "error" || at.Artifact.URI != "openapi.yaml" || *at.Region != (sarif.Region{Line: 3403, Column: 13}) || first.Response.Status != 200 || first.Suppressions != nil {
		t.Errorf("%+v", first)
	}
	if l := byID["Instance/STOPPED/restart"].Level; l != "warning" {
		t.Error(l)
	}
	if s := byID["listInstances/limit/above-maximum"].Suppressions; len(s) != 1 || s[0].Justification != "TICKET-17, until 2027-01-31" {
		t.Error(s)
	}
}

// sarifForm are what SARIF 2.1.0 requires of the parts that a report has.
const sarifForm = `{"$schema": "http://json-schema.org/draft-07/schema#",
"definitions": {
  "text": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
  "level": {"enum": ["none", "note", "warning", "error"]},
  "headers": {"type": "object", "additionalProperties": {"type": "string"}},
  "location": {"type": "object", "properties": {
    "physicalLocation": {"type": "object", "required": ["artifactLocation"], "properties": {
      "artifactLocation": {"type": "object", "properties": {"uri": {"type": "string", "format": "uri-reference"}}},
      "region": {"type": "object", "properties": {"startLine": {"type": "integer", "minimum": 1}, "startColumn": {"type": "integer", "minimum": 1}}}}},
    "logicalLocations": {"type": "array", "uniqueItems": true}}},
  "notification": {"type": "object", "required": ["message"], "properties": {"message": {"$ref": "#/definitions/text"}, "level": {"$ref": "#/definitions/level"}}},
  "rule": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "shortDescription": {"$ref": "#/definitions/text"},
    "fullDescription": {"$ref": "#/definitions/text"}, "help": {"$ref": "#/definitions/text"},
    "defaultConfiguration": {"properties": {"level": {"$ref": "#/definitions/level"}}}}},
  "result": {"type": "object", "required": ["message"], "properties": {"message": {"$ref": "#/definitions/text"}, "level": {"$ref": "#/definitions/level"},
    "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": -1},
    "locations": {"type": "array", "items": {"$ref": "#/definitions/location"}},
    "partialFingerprints": {"$ref": "#/definitions/headers"},
    "suppressions": {"type": "array", "uniqueItems": true, "items": {"required": ["kind"], "properties": {"kind": {"enum": ["inSource", "external"]}}}},
    "webRequest": {"properties": {"headers": {"$ref": "#/definitions/headers"}}},
    "webResponse": {"properties": {"headers": {"$ref": "#/definitions/headers"}, "statusCode": {"type": "integer"}, "noResponseReceived": {"type": "boolean"}}}}},
  "run": {"type": "object", "required": ["tool"], "properties": {
    "tool": {"type": "object", "required": ["driver"], "properties": {"driver": {"type": "object", "required": ["name"], "properties": {
      "name": {"type": "string"}, "rules": {"type": "array", "uniqueItems": true, "items": {"$ref": "#/definitions/rule"}}}}}},
    "invocations": {"type": "array", "items": {"required": ["executionSuccessful"], "properties": {
      "startTimeUtc": {"type": "string", "format": "date-time"}, "endTimeUtc": {"type": "string", "format": "date-time"},
      "toolExecutionNotifications": {"type": "array", "items": {"$ref": "#/definitions/notification"}}}}},
    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    "results": {"type": "array", "items": {"$ref": "#/definitions/result"}}}}},
"type": "object", "required": ["version", "runs"],
"properties": {"version": {"const": "2.1.0"}, "$schema": {"type": "string", "format": "uri"}, "runs": {"type": "array", "items": {"$ref": "#/definitions/run"}}}}`

// TestSARIFForm holds the file to what the standard requires.
func TestSARIFForm(t *testing.T) { holdToSchema(t, []byte(sarifForm)) }

// sarifSchema is the npm package that carries the official schema, and where.
const (
	sarifPackage = "@microsoft/jest-sarif@1.0.0-beta.0"
	sarifFile    = "package/lib/schemas/sarif-2.1.0-rtm.5.json"
)

// TestSARIFSchema holds the file to the official schema, which is fetched to a temporary folder.
func TestSARIFSchema(t *testing.T) {
	if os.Getenv("TALLY_CI") != "1" {
		t.Skip("it fetches a package; TALLY_CI=1 runs it")
	}
	folder := t.TempDir()
	pack := exec.Command("npm", "pack", "--silent", "--ignore-scripts", sarifPackage)
	pack.Dir = folder
	name, err := pack.Output()
	if err != nil {
		t.Fatalf("npm pack %s: %v", sarifPackage, err)
	}
	untar := exec.Command("tar", "-xzOf", strings.TrimSpace(string(name)), sarifFile)
	untar.Dir = folder
	schema, err := untar.Output()
	if err != nil {
		t.Fatalf("no %s in %s: %v", sarifFile, name, err)
	}
	holdToSchema(t, schema)
}

func holdToSchema(t *testing.T, text []byte) {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat = true
	compiler.LoadURL = func(url string) (io.ReadCloser, error) { return nil, fmt.Errorf("%s: nothing is fetched", url) }
	if err := compiler.AddResource("sarif.json", bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	none := &conformance.Report{Version: 1, Verdict: conformance.Conforms}
	for name, r := range map[string]*conformance.Report{"sample": sample(), "empty": none} {
		var v any
		if err := json.Unmarshal(written(t, "sarif", r), &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %#v", name, err)
		}
	}
	bad := strings.Replace(string(written(t, "sarif", sample())), `"driver"`, `"river"`, 1)
	var v any
	if err := json.Unmarshal([]byte(bad), &v); err != nil {
		t.Fatal(err)
	}
	if schema.Validate(v) == nil {
		t.Error("a run without a driver is let through")
	}
}
