package mock

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
)

// Requests at once use each other's memory when they are over, and none has anything of another: neither its answer
// nor its entry in the journal, which somebody reads all the while.
func TestMemoryIsUsedAgain(t *testing.T) {
	s := defaults()
	quota := 0
	s.auth, s.journal, s.world.Quota = Auth{Mode: Off}, journalSize{40, 1 << 20}, &quota
	h, w, err := assemble(contract.Default(), s)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	root := server.URL + "/v1/p/demanager/instances"
	var clients sync.WaitGroup
	for n := range 4 {
		clients.Go(func() {
			for i := range 60 {
				own := fmt.Sprintf("own-%d-%d-%s", n, i, strings.Repeat("x", i%23))
				body := fmt.Sprintf(`{"name":%q,"profile_id":"Multi-Engine 1.0 (python3)-gpu","flavor":"modelarts.bm.gpu.v100NV32","spec":{"storage":{"type":"evs"}}}`, own)
				if i%3 == 1 {
					body = fmt.Sprintf(`{"nothing":%q}`, own) // is refused
				}
				check(t, w, root, own, body)
			}
		})
	}
	over := make(chan bool)
	go func() {
		defer close(over)
		clients.Wait()
	}()
	for running := true; running; {
		select {
		case <-over:
			running = false
		default:
		}
		all, _ := w.journal.all()
		before := textsOf(all)
		if after := textsOf(all); before != after {
			t.Errorf("an entry changes while it is read:\n%s\n%s", before, after)
		}
	}
}

// Parameters that an entry reads again are those that the request was read with.
func TestParametersAreReadAgain(t *testing.T) {
	var worlds [2]*world
	var handlers [2]http.Handler
	for i := range worlds {
		s := defaults()
		s.auth = Auth{Mode: Off}
		if i == 1 {
			s.tampering.Read = func(_ *contract.Operation, in contract.Input, honest func(contract.Input) (*contract.Request, []contract.Violation)) (*contract.Request, []contract.Violation) {
				return honest(in)
			}
		}
		h, w, err := assemble(contract.Default(), s)
		if err != nil {
			t.Fatal(err)
		}
		worlds[i], handlers[i] = w, h
	}
	for _, call := range []struct{ method, target, body string }{
		{"GET", "/v1/p/demanager/instances/DE-1", ""}, {"GET", "/v1/p%20x/demanager/instances/a%2Fb%25", ""}, {"GET", "/v1/p/demanager/instances?de_type=Notebook", ""},
		{"GET", "/v1/p/demanager/instances?de_type=Notebook&limit=5&offset=0&sortby=creation_timestamp&order=desc&status=RUNNING&unknown=1&limit=7", ""}, {"GET", "http://elsewhere/v1/p/demanager/instances/x", ""},
		{"POST", "/v1/p/demanager/instances/x/action", `{"action":"start"}`}, {"DELETE", "/v1/p/demanager/instances/%C3%A9", ""}, {"POST", "/v3/auth/tokens?nocatalog=true",
			`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"u","password":"p","domain":{"name":"d"}}}},"scope":{"project":{"name":"p"}}}}`}} {
		var got [2]map[string]any
		for i, h := range handlers {
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(call.method, call.target, strings.NewReader(call.body)))
			all, _ := worlds[i].journal.all()
			last := all[len(all)-1]
			if !last.read || (last.path == nil) != (i == 0) {
				t.Errorf("%s: read %v, kept %v", call.target, last.read, last.path)
			}
			got[i] = last.parameters()
		}
		if !reflect.DeepEqual(got[0], got[1]) {
			t.Errorf("%s: read again %v, kept %v", call.target, got[0], got[1])
		}
	}
}

// check sends one request, and holds its answer and its entry to what is its own.
func check(t *testing.T, w *world, root, own, body string) {
	resp, err := http.Post(root, "application/json", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || (resp.StatusCode == http.StatusOK) != bytes.Contains(answer, []byte(`"name":"`+own+`"`)) {
		t.Errorf("%s: %d %s %v", own, resp.StatusCode, answer, err)
	}
	all, _ := w.journal.all()
	for _, e := range all {
		if e.id == resp.Header.Get(control.RequestHeader) && (string(e.body.data) != body || !bytes.Equal(e.answerBody.data, answer) || e.status != resp.StatusCode) {
			t.Errorf("%s: the journal has %d %s and %s, answered was %s", own, e.status, e.body.data, e.answerBody.data, answer)
		}
	}
}

func textsOf(all []*entry) string {
	var b strings.Builder
	for _, e := range all {
		fmt.Fprintln(&b, e.sequence, e.id, e.target, string(e.body.data), string(e.answerBody.data), e.status, e.code)
	}
	return b.String()
}
