package peers

import (
	"slices"
	"strings"
	"testing"
)

const (
	sampleTally = "progress\n" + `{"verdict":"findings","findings":[{"check":"a/b"},{"check":"c"}]}`
	sampleST    = `{"complete":true,"test_cases":{"generated":9},"failures":[{"code":"ST1","title":"T","operations":["GET /a","PUT /a"]}]}`
	sampleDredd = `pass: GET (200) /v3 duration: 4ms
fail: DELETE (200) /a duration: 12ms
fail: body: At '/id' Missing required property: id
statusCode: Expected status code '200', but got '400'.

request:
method: DELETE
uri: /a
headers:
    Content-Type: application/json

expected:
statusCode: 200

fail: GET (200) /b duration: 2ms
complete: 1 passing, 2 failing, 0 errors, 0 skipped, 3 total
`
)

func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		name, text, err string
		read            func([]byte) ([]string, error)
		want            []string
	}{
		{name: "tally", text: sampleTally, read: tallyFailures, want: []string{"a/b", "c"}},
		{name: "tally, clean", text: `{"verdict":"conforms"}`, read: tallyFailures},
		{name: "tally, no report", text: "tally: no such host", read: tallyFailures, err: "no JSON"},
		{name: "tally, no verdict", text: "{}", read: tallyFailures, err: "without a verdict"},
		{name: "tally, cut", text: `{"verdict":`, read: tallyFailures, err: "EOF"},
		{name: "schemathesis", text: sampleST, read: schemathesisFailures, want: []string{"ST1 T: GET /a", "ST1 T: PUT /a"}},
		{name: "schemathesis, nothing ran", text: `{"complete":true}`, read: schemathesisFailures, err: "no test case"},
		{name: "schemathesis, no JSON", text: "x", read: schemathesisFailures, err: "invalid character"},
		{name: "dredd", text: sampleDredd, read: dreddFailures, want: []string{"DELETE (200) /a", "DELETE (200) /a: body: At '/id' Missing required property: id",
			"DELETE (200) /a: statusCode: Expected status code '200', but got '400'.", "GET (200) /b"}},
		{name: "dredd, no total", text: "error: API description processing error", read: dreddFailures, err: "no line with a total"},
		{name: "dredd, nothing ran", text: "complete: 0 passing, 0 failing, 9 errors, 0 skipped, 9 total", read: dreddFailures, err: "no transaction"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.read([]byte(tt.text))
			if (err == nil) != (tt.err == "") || (err != nil && !strings.Contains(err.Error(), tt.err)) {
				t.Fatalf("error %v, want %q", err, tt.err)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzFailures(f *testing.F) {
	for _, text := range []string{sampleTally, sampleST, sampleDredd} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, read := range []func([]byte) ([]string, error){tallyFailures, schemathesisFailures, dreddFailures} {
			if found, err := read(data); err != nil && found != nil {
				t.Errorf("%q: failures %q beside the error %v", data, found, err)
			}
		}
	})
}

// TestJudge: what the clean runs report is not found; a runner that reports it always finds nothing by it.
func TestJudge(t *testing.T) {
	trial := &Trial{Clean: []Run{{Failures: []string{"a"}}, {Failures: []string{"a", "b"}}},
		Runs: []Run{{Failures: []string{"a", "b"}}, {Failures: []string{"a", "c"}}, {Fault: "no time"}}}
	trial.Judge()
	if trial.found() != 1 || !slices.Equal(trial.Runs[1].Found, []string{"c"}) || trial.alarms() != 2 || trial.faults() != 1 {
		t.Errorf("found %d, alarms %d, faults %d: %+v", trial.found(), trial.alarms(), trial.faults(), trial.Runs)
	}
}
