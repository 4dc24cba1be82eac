package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
)

type handler func(http.ResponseWriter, *http.Request)

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h(w, r) }

// runnerFor is a runner for a target in process that does as it is told.
func runnerFor(t *testing.T, h handler, opts ...Option) *runner {
	t.Helper()
	r, err := newRunner(contract.Default(), Target{Serve: h, First: Credentials{Project: "project", Token: "test-token"}}, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	return r
}

// passing is a transient state of the contract, and one in which an instance rests.
func passing(t *testing.T, r *runner) (transient, resting string) {
	t.Helper()
	for _, s := range r.kind.Lifecycle.States {
		if r.kind.Lifecycle.Passage(s.Name) != nil {
			transient = s.Name
		} else if !r.kind.Lifecycle.InQueue(s.Name) && s.Name != r.kind.Lifecycle.Gone {
			resting = s.Name
		}
	}
	return transient, resting
}

// A check in which the runner itself fails is an error, and the run goes on.
func TestPanicInCheck(t *testing.T) {
	r := runnerFor(t, func(http.ResponseWriter, *http.Request) {})
	undone := false
	res := r.try(t.Context(), &Check{ID: "x", run: func(t *trial) error {
		t.undo = append(t.undo, func() { undone = true }, func() { panic("in undo") })
		panic("out of order")
	}})
	if res.Verdict != Errored || !strings.Contains(res.Reason, "out of order") || !undone {
		t.Errorf("%s %q, undone %v", res.Verdict, res.Reason, undone)
	}
}

// One slow instance does not speak for the others: a state is given up for good after a few, and never at the end
// of the run.
func TestSlowTransition(t *testing.T) {
	var transient, resting string
	var looks atomic.Int32
	r := runnerFor(t, func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		state := transient
		if strings.Contains(req.URL.Path, "quick") && looks.Add(1)%2 == 0 {
			state = resting
		}
		fmt.Fprintf(w, `{"id":"i","status":%q}`, state)
	}, WithBudget(Budget{WaitMax: time.Millisecond}))
	transient, resting = passing(t, r)
	trial := &trial{runner: r, ctx: t.Context(), check: &Check{ID: "x"}}
	for i := range maxStuck - 1 {
		if err := trial.settle(&instance{id: fmt.Sprint("slow", i)}, ""); err == nil {
			t.Fatal("it has come to rest")
		}
	}
	r.settings.waitMax = time.Hour
	if err := trial.settle(&instance{id: "quick"}, ""); err != nil {
		t.Errorf("another instance is not waited for: %v", err)
	}
	same := &instance{id: "slow", stuck: transient}
	if err := trial.settle(same, ""); err == nil || !strings.Contains(err.Error(), "not waited for again") {
		t.Errorf("the same instance: %v", err)
	}
	r.stuck[transient] = maxStuck
	if err := trial.settle(&instance{id: "quick"}, ""); err == nil || !strings.Contains(err.Error(), "not waited for again") {
		t.Errorf("after %d: %v", maxStuck, err)
	}
	trial.cleaning = true
	if err := trial.settle(&instance{id: "quick"}, ""); err != nil {
		t.Errorf("at the end of the run: %v", err)
	}
}

// A target cannot ask for more patience than the user has.
func TestRetryAfterIsBounded(t *testing.T) {
	var transient string
	r := runnerFor(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		fmt.Fprintf(w, `{"id":"i","status":%q}`, transient)
	}, WithBudget(Budget{WaitMax: 10 * time.Millisecond}))
	transient, _ = passing(t, r)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	trial := &trial{runner: r, ctx: ctx, check: &Check{ID: "x"}}
	if err := trial.settle(&instance{id: "slow"}, ""); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it ends with %v", err)
	}
}

// What is asked of another address counts like the rest, and a dead token service is given up like a dead target.
func TestSessionElsewhere(t *testing.T) {
	r := runnerFor(t, func(http.ResponseWriter, *http.Request) {}, WithBudget(Budget{Timeout: time.Second}))
	for range maxUnansweredRow {
		if answer := r.session.at("http://127.0.0.1:1/").send(t.Context(), call{method: http.MethodGet, path: "/"}); answer.err == nil {
			t.Fatal("somebody answers")
		}
	}
	r.session.at("http://127.0.0.1:1").secret("the-secret")
	if r.session.count != maxUnansweredRow || r.session.allows() || len(r.session.known()) != 2 {
		t.Errorf("%d exchanges, allows %v, %d secrets", r.session.count, r.session.allows(), len(r.session.known()))
	}
}

// A lane's own variants move when it joins, and the instances that stand in them move along.
func TestJoinKeepsFleet(t *testing.T) {
	r := runnerFor(t, func(http.ResponseWriter, *http.Request) {})
	n := len(r.model.variants)
	lanes := []*runner{r.lane(0, 2), r.lane(1, 2)}
	for i, l := range lanes {
		l.model.variants = append(l.model.variants, l.model.variants[0])
		in := &instance{id: fmt.Sprint("own", i), variant: n}
		l.fleet[n] = in
		if err := l.ledger.created(in); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range lanes {
		r.join(l, n)
	}
	for i := range lanes {
		if in := r.fleet[n+i]; in == nil || in.id != fmt.Sprint("own", i) || in.variant != n+i {
			t.Errorf("variant %d: %+v", n+i, in)
		}
	}
}
