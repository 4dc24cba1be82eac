package mock_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// A failure that was asked for ends the one transient state that it is for, with the reason that was chosen; all
// else goes as it does without it.
func TestChosenFailures(t *testing.T) {
	for _, row := range []struct {
		name           string
		want           control.Failing
		state, code    string // of the second notebook once its creation has ended
		stateA, stateC string // of the others
	}{
		{"any", control.Failing{Event: "createInstance"}, "RUNNING", "", "CREATE_FAILED", "RUNNING"},
		{"twice", control.Failing{Event: "createInstance", Times: 2}, "CREATE_FAILED", "ModelArts.6361", "CREATE_FAILED", "RUNNING"},
		{"one by name", control.Failing{Event: "createInstance", Name: "b"}, "CREATE_FAILED", "ModelArts.6361", "RUNNING", "RUNNING"},
		{"with a code", control.Failing{Event: "createInstance", Name: "b", Code: "ModelArts.6200"}, "CREATE_FAILED", "ModelArts.6200", "RUNNING", "RUNNING"},
		{"of the tenant", control.Failing{Event: "createInstance", Tenant: project, Name: "b", Code: "ModelArts.6102"}, "CREATE_FAILED", "ModelArts.6102", "RUNNING", "RUNNING"},
		{"of another tenant", control.Failing{Event: "createInstance", Tenant: other}, "RUNNING", "", "RUNNING", "RUNNING"},
		{"of another event", control.Failing{Event: "start"}, "RUNNING", "", "RUNNING", "RUNNING"},
	} {
		t.Run(row.name, func(t *testing.T) {
			honest, c := alike(t), alike(t)
			if _, err := c.driver().AddFailure(t.Context(), row.want); err != nil {
				t.Fatal(err)
			}
			for i, name := range []string{"a", "b", "c"} {
				if got, want := c.once("POST", instances, notebook(name)), honest.once("POST", instances, notebook(name)); !got.equals(want) {
					t.Errorf("%v, want %v", got, want)
				}
				c.advance("10s")
				honest.advance("10s")
				id := fmt.Sprintf("/DE-00000000-0000-1000-8000-%012d", 3*i+2) // a request takes one, a creation another
				got, without := c.must("GET", instances+id, ""), honest.must("GET", instances+id, "")
				code, _ := got.at("/spec/failed_reasons/code").(string)
				want := []string{row.stateA, row.state, row.stateC}[i]
				if got.at("/status") != want || (i == 1 && code != row.code) {
					t.Errorf("%s: %s, want %s", name, got.raw, want)
				}
				if want == "RUNNING" && got.raw != without.raw {
					t.Errorf("%s: %s\nwant %s", name, got.raw, without.raw)
				}
			}
		})
	}
}

// A start fails with each reason that the contract has for it, and only with those.
func TestFailureReasons(t *testing.T) {
	c := alike(t)
	path := c.create(notebook("a"))
	kind := contract.Default().Resources()[0]
	reasons := contract.Default().Reasons(kind, "start")
	if len(reasons) < 3 || reasons[0].Ref != "ModelArts.6360" {
		t.Fatalf("reasons of start: %v", reasons)
	}
	for _, e := range reasons {
		c.force(path, "STOPPED")
		if _, err := c.driver().AddFailure(t.Context(), control.Failing{Event: "start", Code: e.Ref}); err != nil {
			t.Fatal(err)
		}
		c.action(path, "start")
		c.advance("10s")
		if got := c.must("GET", path, ""); got.at("/status") != "START_FAILED" || got.at("/spec/failed_reasons/code") != e.Code || got.at("/spec/failed_reasons/message") != e.Message() {
			t.Errorf("%s: %s", e.Ref, got.raw)
		}
	}
	for _, want := range []control.Failing{{Event: "start", Code: "ModelArts.6301"}, {Event: "start", Code: "none"}, {Event: "stop"}} {
		if f, err := c.driver().AddFailure(t.Context(), want); err == nil {
			t.Errorf("%+v is accepted: %+v", want, f)
		}
	}
}

func TestFailuresAreListed(t *testing.T) {
	c := alike(t)
	for _, f := range []control.Failing{{Event: "start"}, {Event: "start", Times: 2}, {Event: "start", Tenant: project, Name: "a", Code: "ModelArts.6101"}} {
		if _, err := c.driver().AddFailure(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	want := []control.Failure{{Event: "start", Left: 3}, {Event: "start", Left: 1, Tenant: project, Name: "a", Code: "ModelArts.6101"}}
	got, err := c.driver().Failures(t.Context())
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v %v, want %v", got, err, want)
	}
	if got, err = c.driver().DropFailures(t.Context()); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v %v, want %v", got, err, want)
	}
	if got, err = c.driver().Failures(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("%v %v", got, err)
	}
}

// Every state of the lifecycle can be forced, and behaves by its rows. For a while, it holds for exactly that long,
// and then the state before is there again.
func TestForcedStates(t *testing.T) {
	lc := contract.Default().Resources()[0].Lifecycle
	for _, state := range lc.States {
		if state.Name == lc.Gone {
			continue
		}
		t.Run(state.Name, func(t *testing.T) {
			c := alike(t)
			path := c.create(notebook("a"))
			c.advance("10s")
			c.wantStatus(path, "RUNNING")
			forced := func() {
				t.Helper()
				c.wantStatus(path, state.Name)
				for _, action := range []string{"start", "stop", "restart"} {
					rows := lc.Cell(state.Name, action)
					if row := rows[len(rows)-1]; row.Error != nil {
						if a := c.action(path, action); a.code() != row.Error.Code {
							t.Errorf("%s in %s: %s, want %s", action, state.Name, a.raw, row.Error.Code)
						}
					}
				}
				if e := lc.FailureOf(state.Name); e != nil {
					if a := c.must("GET", path, ""); a.at("/spec/failed_reasons/code") != e.Code {
						t.Errorf("%s: %s, want the reason %s", state.Name, a.raw, e.Code)
					}
				}
			}
			c.force(path, state.Name)
			forced()
			if passage := lc.Passage(state.Name); passage != nil {
				c.advance(passage.Takes.String())
				c.wantStatus(path, passage.To)
			} else if !lc.InQueue(state.Name) {
				c.advance("1000h")
				forced()
			}
			c.force(path, "STOPPED")
			id := path[strings.LastIndexByte(path, '/')+1:]
			r, err := c.driver().SetStateFor(t.Context(), project, id, state.Name, 90*time.Second)
			if lc.InQueue(state.Name) {
				if err == nil || !strings.Contains(err.Error(), "its turn") && !strings.Contains(err.Error(), "the turn comes") {
					t.Errorf("%+v %v", r, err)
				}
				return
			}
			if err != nil || r.State != state.Name || r.Back != "STOPPED" || r.Due == nil || r.Due.Sub(r.Since) != 90*time.Second {
				t.Fatalf("%+v %v", r, err)
			}
			c.advance("89.999s")
			forced()
			c.advance("1ms")
			c.wantStatus(path, "STOPPED")
			if a := c.control("GET", "resources", ""); strings.Contains(a.raw, "back") || strings.Contains(a.raw, "due") {
				t.Error(a.raw)
			}
		})
	}
}

// What happens to a notebook in the meantime ends the while; so does its end.
func TestForcedForAWhile(t *testing.T) {
	c := alike(t, mock.WithProgress(mock.Progress{Default: mock.Policy{Kind: mock.ByHand}}))
	path := c.create(notebook("a"))
	id := path[strings.LastIndexByte(path, '/')+1:]
	ctx := t.Context()
	during := func(state string, d time.Duration) {
		t.Helper()
		if _, err := c.driver().SetStateFor(ctx, project, id, state, d); err != nil {
			t.Fatal(err)
		}
	}
	c.force(path, "STOPPED")
	during("RUNNING", time.Minute)
	during("UNAVAILABLE", time.Minute) // what was forced is none to go back to
	c.advance("1m")
	c.wantStatus(path, "STOPPED")

	during("RUNNING", time.Minute)
	c.action(path, "stop")
	c.wantStatus(path, "STOPPING")
	c.advance("1h")
	c.wantStatus(path, "STOPPING") // by hand

	c.force(path, "RUNNING")
	during("RESIZING", time.Hour)
	if r, err := c.driver().Finish(ctx, project, id); err != nil || r.State != "RUNNING" || r.Due != nil {
		t.Errorf("%+v %v", r, err)
	}

	during("STOPPED", time.Minute)
	c.must("DELETE", path, "")
	c.advance("1h")
	if a := c.control("GET", "resources", ""); a.raw != `{"resources":[]}`+"\n" {
		t.Error(a.raw)
	}
}

// A timer that runs out before ends the while; one that is switched off meanwhile does not.
func TestForcedForAWhileWithTimer(t *testing.T) {
	c := alike(t)
	path := c.create(notebook("a", `"spec":{"storage":{"type":"evs"},"auto_stop":{"enable":true,"duration":3600}}`))
	id := path[strings.LastIndexByte(path, '/')+1:]
	c.force(path, "STOPPED")
	for _, row := range []struct {
		during  time.Duration
		update  string
		advance string
		want    string
	}{
		{30 * time.Minute, `{"description":"x"}`, "30m", "STOPPED"},
		{2 * time.Hour, `{"description":"y"}`, "1h", "STOPPING"},
		{2 * time.Hour, `{"spec":{"auto_stop":{"enable":false}}}`, "2h", "STOPPED"},
	} {
		if _, err := c.driver().SetStateFor(t.Context(), project, id, "RUNNING", row.during); err != nil {
			t.Fatal(err)
		}
		c.must("PUT", path, row.update)
		c.advance(row.advance)
		c.wantStatus(path, row.want)
		c.force(path, "STOPPED")
	}
}

func TestForcedStatesAreRefused(t *testing.T) {
	c := alike(t)
	path := c.create(notebook("a"))
	id := path[strings.LastIndexByte(path, '/')+1:]
	for body, want := range map[string]string{
		`{"state":"UNAVAILABLE","for":"-1s"}`:                  "above 0",
		`{"state":"UNAVAILABLE","for":"soon"}`:                 "above 0",
		`{"state":"DELETED","for":"1s"}`:                       "nothing comes back",
		`{"state":"RUNNING","code":"ModelArts.6361"}`:          "no reason for state RUNNING; those that are: []",
		`{"state":"CREATE_FAILED","code":"ModelArts.6301"}`:    "no reason for state CREATE_FAILED; those that are: [ModelArts.6361",
		`{"state":"CREATE_FAILED","because":"ModelArts.6301"}`: "no such member",
	} {
		a := c.do("PUT", "/_tally/resources/"+project+"/"+id+"/state", body)
		if text, _ := a.body["error"].(string); a.status != 400 || !strings.Contains(text, want) {
			t.Errorf("%s: %s, want %q", body, a.raw, want)
		}
	}
	c.wantStatus(path, "CREATING")
	c.control("PUT", "resources/"+project+"/"+id+"/state", `{"state":"CREATE_FAILED","code":"ModelArts.6200"}`)
	if a := c.must("GET", path, ""); a.at("/spec/failed_reasons/code") != "ModelArts.6200" {
		t.Error(a.raw)
	}
}

// What can be forced and what can fail is listed, each once.
func TestControlListsWhatThereIs(t *testing.T) {
	x := start(t)
	id, _ := x.must("POST", instances, notebook("one")).body["id"].(string)
	a := x.do("PUT", "/_tally/resources/"+project+"/"+id+"/state", `{"state":"STOPED"}`)
	if a.status != 400 || !strings.Contains(a.raw, "want one of ") || !strings.Contains(a.raw, "STOPPED, ") || !strings.Contains(a.raw, "DELETED") {
		t.Errorf("%d %s", a.status, a.raw)
	}
	a = x.do("POST", "/_tally/failures", `{"event":"none"}`)
	if a.status != 400 || strings.Count(a.raw, " start") != 1 {
		t.Errorf("%d %s", a.status, a.raw)
	}
}
