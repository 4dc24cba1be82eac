package conformance_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// surroundings is what a user has set on a mock, as its control API tells it.
type surroundings struct {
	Given     []string
	Limits    control.Limits
	Frozen    bool
	Speed     float64
	Failures  []control.Failure
	Faults    []string
	Catalogue any
}

func around(t *testing.T, k *control.Client) surroundings {
	t.Helper()
	ctx := context.Background()
	given, err := k.Given(ctx)
	limits, err1 := k.Limits(ctx)
	clock, err2 := k.Clock(ctx)
	failures, err3 := k.Failures(ctx)
	faults, err4 := k.Faults(ctx)
	snapshot, err5 := k.Snapshot(ctx)
	if err = errors.Join(err, err1, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	out := surroundings{Given: given.Given, Limits: limits, Frozen: clock.Frozen, Speed: clock.Speed, Failures: failures}
	for _, f := range faults {
		out.Faults = append(out.Faults, f.Spec)
	}
	var world struct{ Catalogue any }
	if err := json.Unmarshal(snapshot, &world); err != nil {
		t.Fatal(err)
	}
	out.Catalogue = world.Catalogue
	return out
}

// disturbed is a mock with everything set that the control API can set.
func disturbed(t *testing.T, frozen bool) (http.Handler, *control.Client, conformance.Target) {
	t.Helper()
	h, err := mock.New(contract.Default(), mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}}}))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	k := &control.Client{Base: srv.URL}
	ctx, quota, calls := context.Background(), 17, 100_000
	_, err = k.Give(ctx, "evs-sold-out")
	err = errors.Join(err, k.SetLimits(ctx, control.Limits{Quota: &quota, Calls: &calls, Window: "day"}))
	_, err1 := k.AddFault(ctx, "getInstanceToken:first=1:latency=1ms")
	_, err2 := k.AddFailure(ctx, control.Failing{Event: "start", Times: 2, Tenant: "somebody-else"})
	_, err3 := k.AddFailure(ctx, control.Failing{Event: "start", Times: 3})
	if frozen {
		_, err4 := k.Freeze(ctx)
		err = errors.Join(err, err4)
	}
	if err = errors.Join(err, err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	return h, k, conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Token: "test-token"}}
}

// What the user has set on a mock is set after a run as before it.
func TestWholeRunPutsBackWhatItFound(t *testing.T) {
	whole(t)
	for _, frozen := range []bool{false, true} {
		_, k, target := disturbed(t, frozen)
		before := around(t, k)
		if _, err := conformance.Run(context.Background(), contract.Default(), target); err != nil {
			t.Fatal(err)
		}
		if after := around(t, k); !reflect.DeepEqual(before, after) {
			t.Errorf("before the run:\n%+v\nafter it:\n%+v", before, after)
		}
	}
}

// An interrupted run puts it back too, wherever it is broken off.
func TestWholeInterruptedRunPutsBackWhatItFound(t *testing.T) {
	whole(t)
	for _, at := range []string{"PUT /_tally/given/", "PUT /_tally/limits", "PATCH /_tally/catalogue/", "POST /_tally/failures", "POST /_tally/clock/freeze"} {
		t.Run(at, func(t *testing.T) {
			h, k, target := disturbed(t, false)
			before := around(t, k)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			stopped := false
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.ServeHTTP(w, r)
				if strings.HasPrefix(r.Method+" "+r.URL.Path, at) && !stopped {
					stopped = true
					cancel()
				}
			}))
			defer srv.Close()
			target.URL = srv.URL
			_, err := conformance.Run(ctx, contract.Default(), target)
			if after := around(t, k); !stopped || !reflect.DeepEqual(before, after) {
				t.Errorf("stopped %v, %v; before the run:\n%+v\nafter it:\n%+v", stopped, err, before, after)
			}
		})
	}
}

// What cannot be put back keeps nothing else from being put back.
func TestPutsBackTheRest(t *testing.T) {
	h, k, target := disturbed(t, false)
	before := around(t, k)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/_tally/failures") && ctx.Err() != nil {
			http.Error(w, "{}", http.StatusInternalServerError)
			return
		}
		h.ServeHTTP(w, r)
		if r.Method+" "+r.URL.Path == "PUT /_tally/limits" {
			cancel()
		}
	}))
	defer srv.Close()
	target.URL = srv.URL
	_, err := conformance.Run(ctx, contract.Default(), target)
	after := around(t, k)
	if before.Failures, after.Failures = nil, nil; ctx.Err() == nil || !reflect.DeepEqual(before, after) {
		t.Errorf("%v; before the run:\n%+v\nafter it:\n%+v", err, before, after)
	}
}

// A run judges the mock, and not what somebody has set on it: conditions, a quota that is used up, a rate limit.
func TestWholeRunSetsAsideWhatItFound(t *testing.T) {
	whole(t)
	_, k, target := disturbed(t, false)
	ctx, quota, calls := context.Background(), 1, 3
	err := k.SetLimits(ctx, control.Limits{Quota: &quota, Calls: &calls, Window: "day"})
	for _, condition := range []string{"token-revoked", "workspace-quota-exhausted", "obs-denied"} {
		_, wrong := k.Give(ctx, condition)
		err = errors.Join(err, wrong)
	}
	if err != nil {
		t.Fatal(err)
	}
	before := around(t, k)
	report, err := conformance.Run(ctx, contract.Default(), target)
	if err != nil {
		t.Fatal(err)
	}
	noFindings(t, report)
	if after := around(t, k); !reflect.DeepEqual(before, after) {
		t.Errorf("before the run:\n%+v\nafter it:\n%+v", before, after)
	}
}
