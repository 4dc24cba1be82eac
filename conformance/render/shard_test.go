package render

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/conformance"
)

// Every format says that it is of a shard, and the JSON form keeps all that a merge needs.
func TestShard(t *testing.T) {
	r := sample()
	r.Counts.Planned = 30
	r.Shard = &conformance.Shard{Index: 2, Of: 3, Checks: 80, Plan: "p", Program: "v1",
		Conditions: conformance.Conditions{Project: "p1", Credentials: []string{"token"}, Include: []string{"a*"}, Timeout: 10, MaxInstances: 5,
			Baseline: []conformance.KnownFailure{{Check: "c", Reason: "r", Ticket: "t", Expires: "2027-01-31"}}},
		Seen: conformance.Seen{Operations: []string{"o"}, Statuses: []string{"o 200"}, States: []string{"RUNNING"}, Transitions: [][2]string{{"", "RUNNING"}}, Errors: []string{"E"}},
		Same: "200 {}"}
	says := map[string]string{"text": "shard 2/3, with 30 of 80 checks", "html": "shard 2/3, with 30 of 80 checks", "markdown": "shard 2/3, with 30 of 80 checks",
		"junit": `name="shard" value="2/3"`, "sarif": `"shard": "2/3"`, "json": `"plan": "p"`}
	for _, format := range Formats() {
		var out bytes.Buffer
		if err := Write(format, &out, r); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), says[format]) {
			t.Errorf("%s does not say %s", format, says[format])
		}
	}
	var out bytes.Buffer
	if err := JSON(&out, r); err != nil {
		t.Fatal(err)
	}
	again, err := ReadJSON(&out)
	if err != nil || !reflect.DeepEqual(again.Shard, r.Shard) {
		t.Errorf("%v: %+v", err, again)
	}
	for _, index := range []int{0, 4} {
		r.Shard.Index = index
		out.Reset()
		if err := JSON(&out, r); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadJSON(&out); err == nil || !strings.Contains(err.Error(), "there is no such part") {
			t.Errorf("shard %d/3: %v", index, err)
		}
	}
}
