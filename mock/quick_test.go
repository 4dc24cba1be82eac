package mock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// TestReadyBytes: through a life, what is answered from bytes that were kept is what a mock without them answers.
func TestReadyBytes(t *testing.T) {
	var worlds [2]*world
	var handlers [2]http.Handler
	at := time.Date(2020, 7, 16, 8, 22, 29, 0, time.UTC)
	for i := range worlds {
		s := defaults()
		s.auth, s.now = Auth{Mode: Off}, func() time.Time { return at }
		n := 0
		s.ids = func() string { n++; return fmt.Sprintf("%08d", n) }
		h, w, err := assemble(contract.Default(), s)
		if err != nil {
			t.Fatal(err)
		}
		worlds[i], handlers[i] = w, h
	}
	if worlds[1].ready = nil; len(worlds[0].ready) == 0 {
		t.Fatal("no kind of the contract has forms")
	}
	root := "/v1/" + scaleProject + "/demanager/instances"
	ask := func(method, path, body string) {
		t.Helper()
		var answers [2]*httptest.ResponseRecorder
		for i, h := range handlers {
			answers[i] = httptest.NewRecorder()
			h.ServeHTTP(answers[i], httptest.NewRequest(method, path, bytes.NewReader([]byte(body))))
		}
		if a, b := answers[0].Body.String(), answers[1].Body.String(); a != b || answers[0].Code != http.StatusOK || !json.Valid([]byte(a)) {
			t.Errorf("%s %s: %d\n%s\nwant\n%s", method, path, answers[0].Code, a, b)
		}
	}
	for i := range 3 {
		ask("POST", root, fmt.Sprintf(`{"name":"n-%d","profile_id":"Multi-Engine 1.0 (python3)-gpu","flavor":"modelarts.bm.gpu.v100NV32",`+
			`"spec":{"storage":{"type":"evs"},"auto_stop":{"enable":true,"duration":3600}}}`, i))
	}
	var id string
	for key := range worlds[0].tenants[scaleProject].kinds[contract.Default().Resources()[0]].byID {
		id = key
	}
	for _, step := range []struct{ method, path, body string }{
		{"GET", "", ""}, {"PUT", "", `{"description":"another"}`}, {"POST", "/action", `{"action":"stop"}`}, {"GET", "", ""}, {"POST", "/action", `{"action":"start"}`}, {"GET", "", ""}} {
		at = at.Add(90 * time.Second)
		ask(step.method, root+"/"+id+step.path, step.body)
		ask("GET", root+"?de_type=Notebook", "")
		ask("GET", root+"?de_type=Notebook&sortby=creation_timestamp&order=desc&status=RUNNING", "")
	}
}
