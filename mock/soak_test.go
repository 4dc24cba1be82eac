package mock_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// Bounds of the mock under load, small enough that they are reached.
const (
	soakClients   = 16
	soakSandboxes = 24
	soakNames     = 30 // more than there may be sandboxes
	soakEntries   = 200
	soakJournal   = 1 << 20
)

// soak is a mock under mixed load for a while.
type soak struct {
	*target
	t       *testing.T
	judge   *judge
	mock    *mock.Mock
	ends    time.Time
	calm    sync.RWMutex // held for reading by whoever makes a move, for writing while the mock is measured
	made    []atomic.Int64
	reloads atomic.Int64
	samples []sample
}

// TestSoak puts a mock under everything at once, from 16 clients: no answer blames the server or breaks the
// contract unless a fault made it, what is bounded stays in its bounds, and memory is flat. TALLY_SOAK=30m makes
// it longer than the usual five seconds; only then memory is judged.
func TestSoak(t *testing.T) {
	lasts := 5 * time.Second
	if text := os.Getenv("TALLY_SOAK"); text != "" {
		var err error
		if lasts, err = time.ParseDuration(text); err != nil || lasts <= 0 {
			t.Fatalf("TALLY_SOAK=%s: want a duration above 0, such as 30m", text)
		}
	}
	s := newSoak(t, lasts)
	var group sync.WaitGroup
	for i := range soakClients {
		group.Go(func() { s.live(i) })
	}
	done := make(chan struct{})
	go func() { group.Wait(); close(done) }()
	s.watch(done, max(min(10*time.Second, lasts/5), time.Second))
	for i := range s.made {
		if n := s.made[i].Load(); n < soakClients {
			s.judge.blame("move %s was made %d times, want %d or more", moves[i].name, n, soakClients)
		}
	}
	s.judge.report(t)
	if s.flat(lasts); s.reloads.Load() == 0 {
		t.Error("the contract was never reloaded")
	}
}

// newSoak starts a mock that bounds everything tightly.
func newSoak(t *testing.T, lasts time.Duration) *soak {
	s := &soak{target: &target{}, t: t, ends: time.Now().Add(lasts), made: make([]atomic.Int64, len(moves))}
	editions := soakEditions(t)
	h, err := mock.New(editions[0], mock.WithSource(s.source(editions)),
		mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}, {Value: "other-token", Project: other}},
			Keys: []mock.Key{{Access: "KEY", Secret: keySecret}}}),
		mock.WithSandboxes(mock.Sandboxes{Max: soakSandboxes, Idle: 2 * time.Second}), mock.WithJournal(soakEntries, soakJournal))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = log.New(s.target, "", 0)
	srv.Config.ReadHeaderTimeout, srv.Config.ReadTimeout = 10*time.Second, 10*time.Second
	srv.Start()
	t.Cleanup(srv.Close)
	s.mock, s.url, s.address = h, srv.URL, srv.Listener.Addr().String()
	s.judge = newJudge(s.url, editions)
	t.Cleanup(s.judge.real.CloseIdleConnections)
	return s
}

// soakEditions are the contract as it is, and one with another wording.
func soakEditions(t *testing.T) []*contract.Contract {
	other, err := rewordedContract()
	if err != nil {
		t.Fatal(err)
	}
	return []*contract.Contract{contract.Default(), other}
}

// source gives the editions in turn; now and then one that has just been read, and one that cannot be.
func (s *soak) source(editions []*contract.Contract) func() (*contract.Contract, error) {
	return func() (*contract.Contract, error) {
		switch n := s.reloads.Add(1); {
		case n%5 == 3:
			return nil, errors.New("openapi.yaml: a bad edit")
		case n%5 == 4:
			return rewordedContract()
		default:
			return editions[n%2], nil
		}
	}
}

// live makes every move once, so that none is missed on a slow machine, then any, until the time is over.
func (s *soak) live(seed int) {
	dice := rand.New(rand.NewPCG(uint64(seed), 1))
	var any []int
	for i, m := range moves {
		for range m.weight {
			any = append(any, i)
		}
	}
	for _, i := range dice.Perm(len(moves)) {
		s.move(i, dice)
	}
	for time.Now().Before(s.ends) && !s.judge.full() {
		s.move(any[dice.IntN(len(any))], dice)
	}
}

func (s *soak) move(i int, dice *rand.Rand) {
	s.calm.RLock()
	defer s.calm.RUnlock()
	name := "" // the world without a name
	if n := dice.IntN(2 * soakNames); n < soakNames {
		name = fmt.Sprint("soak-", n)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	p := &player{soak: s, Rand: dice, ctx: ctx, sandbox: name, http: s.judge.client(),
		k: &control.Client{Base: s.url, Sandbox: name, HTTP: s.judge.client()}}
	moves[i].make(p)
	s.made[i].Add(1)
}

// watch measures the mock now and then, while nobody moves, until all are done and once more.
func (s *soak) watch(done <-chan struct{}, every time.Duration) {
	began := time.Now()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for over := false; !over; {
		select {
		case <-ticker.C:
		case <-done:
			over = true
		}
		s.calm.Lock()
		loaded := heap(func(m *runtime.MemStats) uint64 { return m.HeapAlloc })
		s.bounds()
		one := s.measure(time.Since(began), loaded)
		s.calm.Unlock()
		s.samples = append(s.samples, one)
		if text := s.broken.Load(); text != nil {
			s.judge.blame("%s", *text)
		}
		if os.Getenv("TALLY_SOAK") != "" {
			fmt.Println(one) // a long run is followed as it goes
		}
	}
}

// bounds holds the mock to what it was started with, and lets it forget its journals: they hold on to the contract
// of their time and the one before, so that how much they take tells how fast the machine is.
func (s *soak) bounds() {
	if tokens, bytes := s.mock.Holds(); tokens > mock.MaxTokens || bytes > soakJournal {
		s.judge.blame("the fullest world has %d tokens and a journal of %d bytes, want at most %d and %d", tokens, bytes, mock.MaxTokens, soakJournal)
	}
	ctx := s.t.Context()
	k := control.Client{Base: s.url, HTTP: s.judge.client()}
	all, err := k.Sandboxes(ctx)
	if err != nil || len(all) > soakSandboxes {
		s.judge.blame("%d sandboxes, want at most %d: %v", len(all), soakSandboxes, err)
	}
	for _, box := range append(all, control.Sandbox{}) {
		k.Sandbox = box.Name
		count, err := k.CountRequests(ctx, control.Filter{})
		if err != nil || count.Count > soakEntries {
			s.judge.blame("sandbox %q: %d requests in the journal, want at most %d: %v", box.Name, count.Count, soakEntries, err)
		}
		faults, err := k.Faults(ctx)
		if err != nil || len(faults) > mock.MaxFaults {
			s.judge.blame("sandbox %q: %d faults, want at most %d: %v", box.Name, len(faults), mock.MaxFaults, err)
		}
		if err := k.ForgetRequests(ctx); err != nil {
			s.judge.blame("sandbox %q: %v", box.Name, err)
		}
	}
	for _, c := range []*contract.Contract{s.judge.editions[1], s.judge.editions[0]} {
		if err := s.mock.Reload(c); err != nil {
			s.judge.blame("back to the built-in contract: %v", err)
		}
	}
}

// reworded is a folder in which the contract says one thing otherwise.
type reworded struct {
	fs.FS
	contract fstest.MapFS
}

func (r reworded) Open(name string) (fs.File, error) {
	if r.contract[name] != nil {
		return r.contract.Open(name)
	}
	return r.FS.Open(name)
}

// rewordedContract is read anew.
func rewordedContract() (*contract.Contract, error) {
	text, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		return nil, err
	}
	const before, after = "Quota: {} is exhausted.", "Quota: {} is used up."
	if !strings.Contains(string(text), before) {
		return nil, fmt.Errorf("openapi.yaml has no %q", before)
	}
	changed := []byte(strings.ReplaceAll(string(text), before, after))
	return contract.Load(reworded{os.DirFS(".."), fstest.MapFS{"openapi.yaml": {Data: changed}}}, "openapi.yaml")
}
