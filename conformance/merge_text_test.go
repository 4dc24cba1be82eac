package conformance_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/conformance/render"
	"github.com/tallystick/tallystick/contract"
)

var update = flag.Bool("update", false, "write the golden files from what the tests get")

// moving is what another edition of the contract changes.
var moving = regexp.MustCompile(`[0-9a-f]{12}\)|openapi\.yaml:[0-9:]+`)

// A person reads which part of the run a shard was, and of a merge that it is one.
func TestMergeText(t *testing.T) {
	parts := split(t, 3, mistaken(t, "member-missing/listInstances/instances.0.status"), few)
	for name, report := range map[string]*conformance.Report{"shard.txt": parts[1].Report, "merge.txt": merged(t, parts)} {
		report.Took = 0
		for i := range report.Results {
			report.Results[i].Exchanges, report.Results[i].Curl = nil, "" // with times that decide where a line ends
		}
		var out bytes.Buffer
		if err := render.Terminal(&out, report, false); err != nil {
			t.Fatal(err)
		}
		got := moving.ReplaceAll(changing.ReplaceAll(out.Bytes(), []byte("ID")), []byte("…"))
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: it reads\n%s\nwant\n%s\n(go test -run %s -update writes the file)", file, got, want, t.Name())
		}
	}
}

// An instance that only a special create makes can be removed from every state that it comes to, whatever
// checks came before.
func TestSpecialInstanceGoes(t *testing.T) {
	var include []string
	for _, cell := range []string{"CREATE_QUEUING/updateInstance", "CREATE_QUEUING/deleteInstance", "RUNNING/updateInstance", "STOPPING/updateInstance", "UNAVAILABLE/updateInstance"} {
		include = append(include, "Instance/"+cell)
	}
	report, err := conformance.Run(t.Context(), contract.Default(), tenants(t, nil), conformance.WithFilter(include, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range report.Results {
		if res.Verdict != conformance.Pass {
			t.Errorf("%s: %s %s%s", res.ID, res.Verdict, res.Reason, res.Actual)
		}
	}
}
