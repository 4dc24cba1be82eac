package mock

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// What another mock has changed is seen also where the copy has something in common with a kept snapshot, or with the
// snapshot that the mocks have begun as.
func TestSharedBase(t *testing.T) {
	seed := newOven(t, nil)
	paths := []string{seed.bake("corner", cake("one", "cheese")), seed.bake("market", cake("two", "apple"))}
	text := seed.text()
	for _, keep := range []bool{false, true} {
		_, all := newSharing(t, 2, func(s *settings) {
			if err := WithState(strings.NewReader(text))(s); err != nil {
				t.Fatal(err)
			}
		})
		if keep {
			all[0].must("POST", "/_tally/snapshots/one", "")
		}
		all[1].bake("market", cake("three", "apple"))
		if text := everywhere(t, all, "/_tally/snapshot"); !strings.Contains(text, `"name":"three"`) {
			t.Errorf("kept %t: what was made is not there: %s", keep, text)
		}
		if keep {
			all[0].must("POST", "/_tally/snapshots/two", "")
		}
		all[1].must("PUT", "/_tally/resources/"+strings.Replace(paths[0][1:], "cakes/", "", 1)+"/state", `{"state":"EATEN"}`)
		if text := everywhere(t, all, "/_tally/snapshot"); strings.Contains(text, `"name":"one"`) {
			t.Errorf("kept %t: what was deleted is there still: %s", keep, text)
		}
	}
}

// A snapshot is read before the turn in which it takes effect, so that the others do not wait for that. Its time goes
// on from the turn.
func TestSharedRestore(t *testing.T) {
	s, all := newSharing(t, 2, nil)
	all[0].bake("corner", cake("one", "cheese"))
	text := all[0].text()
	<-s.turn // somebody else has the turn
	if status, answer := all[0].call("PUT", "/_tally/snapshot", strings.Replace(text, `"state":"BAKING"`, `"state":"EATEN"`, 1)); status != http.StatusBadRequest {
		t.Errorf("one that cannot be: %d %s", status, answer)
	}
	s.turn <- struct{}{}
	s.pass(time.Hour)
	all[0].restore(text)
	if got := everywhere(t, all, "/_tally/snapshot"); got != text {
		t.Errorf("restored:\n%s\nwant\n%s", got, text)
	}
	s.pass(time.Second)
	if got := everywhere(t, all, "/_tally/clock"); !strings.Contains(got, `"now":"2024-01-01T00:00:01Z"`) {
		t.Errorf("a second later: %s", got)
	}
}

// A reload leaves tokens as they are, for everybody, whatever another mock does before its next turn.
func TestSharedReload(t *testing.T) {
	s, all := newSharing(t, 3, func(s *settings) { s.auth.Mode = Strict })
	issue := func(o *oven) {
		(&history{oven: o}).directly(func() {
			o.keys.issue(grant{project: "corner", expires: o.clock.now().Add(tokenLife)}, o.clock.now())
		})
	}
	for range 3 {
		issue(all[0])
	}
	s.pass(3 * tokenLife)
	issue(all[1]) // those before it go
	for i, o := range all {
		if err := o.Handler.(*Mock).Reload(edition(t)); err != nil {
			t.Fatal(err)
		}
		issue(all[(i+1)%len(all)])
		o.must("GET", "/_tally/clock", "")
	}
	for _, o := range all {
		if text := o.text(); strings.Count(text, `"expires"`) != 1+len(all) {
			t.Errorf("want %d tokens: %s", 1+len(all), text)
		}
	}
	everywhere(t, all, "/_tally/snapshot")
	if sameRows(t, "after the reloads", s.kept(), scratchRows(t, all[0].world)); t.Failed() {
		return
	}
	again := newOven(t, func(to *settings) { to.auth.Mode = Strict; to.keeping = keeping{shared: memoryShared{s.memoryStore}} })
	if text := again.text(); strings.Count(text, `"expires"`) != 1+len(all) {
		t.Errorf("a mock that comes later: %s", text)
	}
}
