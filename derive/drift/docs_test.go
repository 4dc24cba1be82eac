package drift_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/contradiction"
	"github.com/tallystick/tallystick/derive/drift"
)

const docs = "../../../shared/docs"

// published are the pages of the service, where they are.
func published(t *testing.T) *derive.Set {
	t.Helper()
	if _, err := os.Stat(docs); err != nil {
		t.Skipf("%s is not here; it is no part of the module", docs)
	}
	set, err := derive.Read(t.Context(), nil, filepath.Join(docs, "2019"), filepath.Join(docs, "2021"))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// The contract of this repository accounts for every row of its pages, and each deviation has a reason.
func TestContract(t *testing.T) {
	r, err := drift.Check("openapi.yaml", contract.Default(), published(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		t.Errorf("%s: %s %s: %s", f.Kind, f.Place, f.At, f.Text)
	}
	sums(t, r)
	if r.Rows.All < 1500 || r.Rows.Stated < 700 || r.Operations != 13 || r.Sources.Followed < 1100 {
		t.Errorf("only %+v, %d operations and %+v were looked at", r.Rows, r.Operations, r.Sources)
	}
	for _, e := range r.Explained {
		if len(e.Reason) < 20 {
			t.Errorf("%s: %s has no reason worth the name: %q", e.Pointer, e.Aspect, e.Reason)
		}
	}
	t.Logf("%d of %d rows accounted for: %+v; %d reasons to deviate; %d contradictions of the pages", r.Rows.Accounted(), r.Rows.All, r.Rows, len(r.Explained), len(r.Contradictions))
}

// known are the contradictions that people found in the two editions before this tool looked, by their number in the
// list of facts, with what tells that the tool found each: the kind, and words of the text.
var known = map[int]struct {
	kind  contradiction.Kind
	words string
}{
	1: {contradiction.Editions, "a failure has error_code, error_msg"}, 2: {contradiction.Spelling, "OBS and obs"}, 4: {contradiction.Value, "ML-1.0.0-python2.7"},
	7: {contradiction.Value, "modelarts.bm.gpu.v100NV32"}, 8: {contradiction.Editions, "/status STARTING"}, 9: {contradiction.Editions, "query status: the list"},
	11: {contradiction.Editions, "/id 6fa459ea"}, 12: {contradiction.Exchange, "the answer about DE-"}, 13: {contradiction.Exchange, "notebook-c6fd"},
	14: {contradiction.Exchange, "update notebook"}, 15: {contradiction.Repaired, "a comma of another form"}, 16: {contradiction.Editions, "/total_count: the type"},
	17: {contradiction.Value, "/instances: the row says string"}, 18: {contradiction.Own, "limit: the default 0"}, 20: {contradiction.Address, "show_self"},
	22: {contradiction.Editions, "/description: the flag"}, 30: {contradiction.Unlisted, "volume_unit"}, 31: {contradiction.Unlisted, "/profile/provision/annotations"},
	32: {contradiction.Value, "annotations: the row says object, the example shows null"}, 33: {contradiction.Value, "/spec/repository: the row says object, the example shows null"}, 34: {contradiction.Objects, "spec of an answer"},
	36: {contradiction.Spelling, "ASCEND and Ascend"},
	39: {contradiction.Number, "spec: the link prints table 13"}, 40: {contradiction.Number, "spec: the link prints table 9"}, 41: {contradiction.Number, "auto_stop: the link prints table 14"},
	42: {contradiction.Leads, "auto_stop"}, 43: {contradiction.Absent, "/workspace"}, 44: {contradiction.Failure, "ModelArts.6318"}, 45: {contradiction.Failure, "ModelArts.6309"},
	50: {contradiction.Catalog, "ModelArts.0204"}, 52: {contradiction.Editions, "/action: the list"}, 53: {contradiction.Named, "启停开发环境实例"}, 54: {contradiction.Named, "查询开发环境实例的鉴权信息"},
}

// unseen are those that the two editions show too, but only to who reads their sentences: names, guides, remarks.
var unseen = map[int]string{
	5: "a sentence names another profile than the payload below it", 10: "two members of one object have names of two styles",
	19: "the default of one page is capitalised", 23: "a title promises less than the table", 24: "a message forbids what a remark allows",
	29: "not needed in the request, always in the answer", 35: "one word for two things", 37: "a default in an answer that is a phrase, and no value", 38: "a flag of the request, a sentence of the answer",
	46: "the page of statuses describes others than the codes have", 56: "the description contradicts the name",
	58: "a heading says message, the table is of the query", 59: "times are texts here and numbers there", 66: "a default of none, and necessary",
}

// Of the contradictions that the two editions show, most are found without being told.
func TestKnownContradictions(t *testing.T) {
	found := contradiction.Find(published(t))
	missed := []int{}
	for n, k := range known {
		if !slices.ContainsFunc(found, func(c contradiction.Contradiction) bool { return c.Kind == k.kind && strings.Contains(c.Text, k.words) }) {
			missed = append(missed, n)
		}
	}
	slices.Sort(missed)
	if len(missed) > 0 {
		t.Errorf("not found any more: %v", missed)
	}
	t.Logf("%d of %d visible contradictions are found, %d in all", len(known)-len(missed), len(known)+len(unseen), len(found))
}
