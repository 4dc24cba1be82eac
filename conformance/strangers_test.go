package conformance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// crowd is a mock whose project has instances of somebody else. They lack some of what a create of the runner sends,
// and their names are those that sort otherwise elsewhere; one of them comes or goes before every nth list.
type crowd struct {
	http.Handler
	t      *testing.T
	mu     sync.Mutex
	every  int
	lists  int
	guests []string // ids of those that come and go
}

func newCrowd(t *testing.T, every int) (*crowd, conformance.Target) {
	t.Helper()
	auth := mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}}})
	quota := 20 // room for both
	h, err := mock.New(contract.Default(), auth, mock.WithWorld(mock.World{Quota: &quota}))
	if err != nil {
		t.Fatal(err)
	}
	k := &crowd{Handler: h, t: t, every: every}
	for _, name := range []string{"10", "9", "B", "b"} {
		if k.create(name) == "" {
			t.Fatalf("the stranger %q cannot be made", name)
		}
	}
	srv := httptest.NewServer(k)
	t.Cleanup(srv.Close)
	return k, conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Token: "test-token"}}
}

func (k *crowd) ask(method, path, body string) map[string]any {
	r := httptest.NewRequest(method, "http://localhost/v1/"+project+"/demanager/instances"+path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("X-Auth-Token", "test-token")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	k.Handler.ServeHTTP(w, r)
	var answer map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &answer)
	return answer
}

func (k *crowd) create(name string) string {
	id, _ := k.ask(http.MethodPost, "", fmt.Sprintf(`{"name":%q,"profile_id":"Multi-Engine 1.0 (python3)-gpu","flavor":"modelarts.bm.gpu.v100NV32","spec":{"storage":{"type":"evs","location":{"volume_size":5}}}}`, name))["id"].(string)
	return id
}

func (k *crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/demanager/instances") {
		k.mu.Lock()
		if k.lists++; k.lists%k.every == 0 {
			k.turn()
		}
		k.mu.Unlock()
	}
	k.Handler.ServeHTTP(w, r)
}

// turn lets guests come and go: there is one, then two, then another one. A full quota keeps them out.
func (k *crowd) turn() {
	if len(k.guests) > 1 {
		for _, id := range k.guests {
			r := httptest.NewRequest(http.MethodPut, "http://localhost/_tally/resources/"+project+"/"+id+"/state", strings.NewReader(`{"state":"STOPPED"}`))
			r.RemoteAddr = "127.0.0.1:1"
			k.Handler.ServeHTTP(httptest.NewRecorder(), r)
			k.ask(http.MethodDelete, "/"+id, "")
		}
		k.guests = nil
	}
	if id := k.create(fmt.Sprintf("guest%d", k.lists)); id != "" {
		k.guests = append(k.guests, id)
	}
}

// What others have in the project raises no false alarm, whether it stands there or comes and goes meanwhile.
func TestStrangersRaiseNoAlarm(t *testing.T) {
	for _, every := range []int{1 << 30, 23} {
		t.Run(fmt.Sprintf("every %d", every), func(t *testing.T) {
			t.Parallel()
			_, target := newCrowd(t, every)
			clean(t, target, conformance.WithSeed(1))
		})
	}
}

// A project whose list is another each time cannot be judged, and nobody is blamed for it.
func TestRestlessListIsNotJudged(t *testing.T) {
	_, target := newCrowd(t, 1)
	report := clean(t, target, conformance.WithFilter([]string{"Instance/list/total", "Instance/list/sort/*"}, nil))
	for _, res := range report.Results {
		if strings.HasSuffix(res.ID, "/total") && (res.Verdict != conformance.Skipped || !strings.Contains(res.Reason, "others create and remove")) {
			t.Errorf("%s: %s %s", res.ID, res.Verdict, res.Reason)
		}
	}
}

// A name that a check must have and that somebody has taken cannot be judged, and is no finding.
func TestTakenNameIsNotJudged(t *testing.T) {
	k, target := newCrowd(t, 1<<30)
	k.create("a")
	report, err := conformance.Run(context.Background(), contract.Default(), target, conformance.WithFilter([]string{"createInstance/accept/name/minLength", "Instance/list/total"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range report.Results {
		if strings.HasSuffix(res.ID, "/minLength") && (res.Verdict != conformance.Skipped || !strings.Contains(res.Reason, `somebody else in this project has "a"`)) {
			t.Errorf("%s: %s %s", res.ID, res.Verdict, res.Reason)
		}
	}
}
