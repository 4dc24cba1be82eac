package conformance_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// The journal of the mock is judged without a false alarm, also where it has bodies in part, and targets that have what
// would be a fragment elsewhere.
func TestJudgeJournal(t *testing.T) {
	target := serve(t, mock.WithJournal(1000, 4<<20), mock.WithAuth(mock.Auth{Mode: mock.Off}), mock.WithWorld(mock.World{Quota: new(int)}))
	base := target.URL + "/v1/" + project + "/demanager/instances"
	send := func(method, url, body string, want int) {
		t.Helper()
		req, err := http.NewRequest(method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.URL.RawQuery = strings.ReplaceAll(req.URL.RawQuery, "%23", "#") // as it may be on the wire
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode != want {
			t.Fatalf("%s %s: %s, want %d", method, url, resp.Status, want)
		}
	}
	for i := range 250 {
		send("POST", base, fmt.Sprintf(`{"name":"n%d","profile_id":"Multi-Engine 1.0 (python3)-cpu","flavor":"modelarts.vm.cpu.2u",
			"spec":{"storage":{"type":"obs","location":{"path":"bucket/work/"}}}}`, i), 200)
	}
	send("GET", base+"?de_type=Notebook&limit=0", "", 200)
	send("POST", base, `{"name":"x","description":"`+strings.Repeat("y", 300_000)+`"}`, 400)
	send("GET", base+"?de_type=Notebook%23x", "", 400)
	har, err := (&control.Client{Base: target.URL}).HAR(t.Context(), control.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "journal.har")
	if err := os.WriteFile(path, har, 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := conformance.Judge(t.Context(), contract.Default(), conformance.ReadHAR(path))
	if err != nil {
		t.Fatal(err)
	}
	if report.Verdict != conformance.Partial || len(report.Findings) > 0 || report.Counts.Warned > 0 {
		t.Errorf("%s, findings %+v, counts %+v", report.Verdict, report.Findings, report.Counts)
	}
	if notes := strings.Join(report.Notes, "\n"); strings.Count(notes, "not judged as a whole") != 1 || !strings.Contains(notes, "1 exchange has only a part of its request") {
		t.Errorf("one answer and one request are there in part, and the notes are %q", notes)
	}
	recording, err := fixtures.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(recording.Exchanges) != 251 || len(recording.Unusable) != 2 || !strings.HasPrefix(recording.Unusable[0].Reason, "the answer is not there as a whole: the first ") ||
		!strings.HasPrefix(recording.Unusable[1].Reason, "the request is not there as a whole: the first ") {
		t.Errorf("%d exchanges are used, %v are not", len(recording.Exchanges), recording.Unusable)
	}
}

// A request of which the recording has a part is not sent again, and nobody is told to.
func TestVerifyPartOfRequest(t *testing.T) {
	tp := recordLife(t, serve(t), true)
	n := slices.IndexFunc(tp, func(e conformance.Recorded) bool { return e.Method == "PUT" })
	if n < 0 {
		t.Fatal("nothing is updated")
	}
	tp[n].Lack(fixtures.Sent, "the first 10 of 20 bytes are kept")
	report := replayed(t, serve(t), tp)
	if !slices.ContainsFunc(report.NotClaimed, func(c conformance.Claim) bool {
		return c.Takes == "requests that the recording holds as they were sent"
	}) {
		t.Errorf("%+v", report.NotClaimed)
	}
}
