package mock

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// TestImageIsSettled: in an image every record stands under its state, also one whose place had been put off. Worlds
// copy the trees of an image as they are.
func TestImageIsSettled(t *testing.T) {
	s := defaults()
	s.auth = Auth{Mode: Off}
	h, w, err := assemble(contract.Default(), s)
	if err != nil {
		t.Fatal(err)
	}
	root := "/v1/" + scaleProject + "/demanager/instances"
	post := func(path, body string) {
		t.Helper()
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, httptest.NewRequest("POST", path, strings.NewReader(body)))
		if answer.Code != 200 {
			t.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
		}
	}
	for i := range 3 {
		post(root, fmt.Sprintf(`{"name":"n-%d","profile_id":"Multi-Engine 1.0 (python3)-gpu","flavor":"modelarts.bm.gpu.v100NV32","spec":{"storage":{"type":"evs"}}}`, i))
	}
	kind := w.contract.Resources()[0]
	w.mu.Lock()
	defer w.mu.Unlock()
	shop := w.tenants[scaleProject].of(kind)
	for _, r := range shop.byID {
		if err := w.enter(r, kind.Lifecycle.States[len(kind.Lifecycle.States)-1].Name, "", w.clock.now()); err != nil {
			t.Fatal(err)
		}
	}
	if len(shop.index.moved) == 0 {
		t.Fatal("no place was put off, so that nothing is tested")
	}
	image := w.freeze()
	copied := image.tenants[scaleProject].clone().of(kind)
	seen := 0
	for key, tree := range copied.index.all.trees {
		tree.Scan(func(r *record) bool {
			if seen++; (key.state != "" && key.state != r.State) || r.placed != r.State || r.moved {
				t.Errorf("%s in state %s stands under %q, placed %q, moved %v", r.ID, r.State, key.state, r.placed, r.moved)
			}
			return true
		})
	}
	if seen == 0 {
		t.Error("the copy has no records in its trees")
	}
}
