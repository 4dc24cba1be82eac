package conformance_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/conformance"
)

// Two recordings that begin from the same state are two worlds: what one deleted, the other may still have.
func TestJudgeTwoWorlds(t *testing.T) {
	life := recordLife(t, serve(t), true).numbered()
	id := life.firstID(t)
	var reads tape
	for _, e := range life.readsOf(id) {
		if e.Status == 200 {
			other := *e
			other.File = "second.har"
			other.Started = life[len(life)-1].Started.Add(time.Hour)
			other.ResponseBody = strings.Replace(other.ResponseBody, `"creation_timestamp":"`, `"creation_timestamp":"9`, 1)
			reads = append(reads, other)
			break
		}
	}
	if len(reads) != 1 {
		t.Fatal("the recorded life never reads its first instance")
	}
	report := judged(t, append(life.clone(), reads...))
	for _, check := range []string{"Instance/deleted", "Instance/created-never-moves"} {
		if res := resultOf(t, report, check); res.Verdict == conformance.Fail {
			t.Errorf("%s: %s", check, res.Actual)
		}
	}
	// In one world both are wrong.
	reads[0].File = life[0].File
	report = judged(t, append(life.clone(), reads...))
	for _, check := range []string{"Instance/deleted", "Instance/created-never-moves"} {
		if res := resultOf(t, report, check); res.Verdict != conformance.Fail {
			t.Errorf("%s is %s in one world", check, res.Verdict)
		}
	}
}
