package mock

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tallystick/tallystick/mock/store"
)

// watchedShared counts turns. Those that begin while it is held wait, and fail when it says so.
type watchedShared struct {
	store.Shared
	mu     sync.Mutex // held by who holds turns up
	begins atomic.Int64
	fail   atomic.Bool
}

func (s *watchedShared) Begin(ctx context.Context, since int64) (store.Turn, error) {
	s.begins.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail.Load() {
		return nil, errors.New("the database is away")
	}
	return s.Shared.Begin(ctx, since)
}

// newWatched is several mocks on one store, and the turns of the last one.
func newWatched(t *testing.T, n int) (*watchedShared, []*oven) {
	t.Helper()
	none := 0
	var last *watchedShared
	_, all := newSharing(t, n, func(s *settings) {
		s.world.Quota = &none
		last = &watchedShared{Shared: s.keeping.shared}
		s.keeping.shared = last
	})
	return last, all
}

// A mock that is far behind catches up before its turn, and not in it: others need not wait for that.
func TestSharedCatchesUp(t *testing.T) {
	turns, all := newWatched(t, 2)
	for i := range fewRows + 10 {
		all[0].bake("corner", cake(fmt.Sprintf("%c%c%c%c", 'a'+i/1000, 'a'+i/100%10, 'a'+i/10%10, 'a'+i%10), "cheese"))
	}
	for _, want := range []int64{2, 1} { // one to read what has changed; then there is nothing to catch up with
		before := turns.begins.Load()
		all[1].must("GET", "/corner/cakes", "")
		if got := turns.begins.Load() - before; got != want {
			t.Errorf("%d turns for a request, want %d", got, want)
		}
	}
	everywhere(t, all, "/_tally/snapshot")
}

// What comes while a mock waits for its turn has the same turn; and where there is none, the same refusal.
func TestSharedWaiting(t *testing.T) {
	const waiting = 8
	for _, fail := range []bool{false, true} {
		watched, all := newWatched(t, 1)
		watched.fail.Store(fail)
		queue := all[0].Handler.(*Mock).world.gate.(*turns)
		before := watched.begins.Load()
		watched.mu.Lock()
		var wg sync.WaitGroup
		for range waiting {
			wg.Go(func() {
				if status, text := all[0].call("GET", "/corner/cakes", ""); (status == http.StatusInternalServerError) != fail {
					t.Errorf("failing %t: %d %s", fail, status, text)
				}
			})
		}
		for len(queue.waiting) < waiting-1 || watched.begins.Load() == before { // the first one waits at the store
			runtime.Gosched()
		}
		watched.mu.Unlock()
		wg.Wait()
		if got := watched.begins.Load() - before; got != 1 {
			t.Errorf("failing %t: %d turns for %d requests, want 1", fail, got, waiting)
		}
	}
}
