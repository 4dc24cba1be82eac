package conformance_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// played is a mock with one instance, and what a client and its control API say to it.
type played struct {
	t  *testing.T
	k  *control.Client
	at string // of the project's instances
	id string
}

func newPlayed(t *testing.T) *played {
	t.Helper()
	h, err := mock.New(contract.Default(), mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}}}))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	p := &played{t: t, k: &control.Client{Base: srv.URL}, at: srv.URL + "/v1/" + project + "/demanager/instances"}
	p.id, _ = p.ask("POST", "", `{"name":"one","profile_id":"Multi-Engine 1.0 (python3)-gpu","flavor":"modelarts.bm.gpu.v100NV32","spec":{"storage":{"type":"evs","location":{"volume_size":5}}}}`)["id"].(string)
	p.told(p.k.Finish(context.Background(), project, p.id))
	return p
}

func (p *played) told(_ any, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// ask sends a request; a dropped connection is an answer too.
func (p *played) ask(method, path, body string) map[string]any {
	p.t.Helper()
	r, err := http.NewRequest(method, p.at+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("X-Auth-Token", "test-token")
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	return bodyOf(resp)
}

func bodyOf(resp *http.Response) map[string]any {
	var out map[string]any
	_ = json.NewDecoder(resp.Body).Decode(&out)
	return out
}

// export is the journal as tally judge gets it.
func (p *played) export(f control.Filter) conformance.Recording {
	p.t.Helper()
	har, err := p.k.HAR(context.Background(), f)
	if err != nil {
		p.t.Fatal(err)
	}
	file := filepath.Join(p.t.TempDir(), "journal.har")
	if err := os.WriteFile(file, har, 0o600); err != nil {
		p.t.Fatal(err)
	}
	return conformance.ReadHAR(file)
}

// What the control API forces is no finding of the recording that the journal gives, and is counted.
func TestJudgeLeavesOutWhatWasForced(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name  string
		do    func(p *played)
		notes []string
	}{
		{"state for good", func(p *played) {
			p.told(p.k.SetState(ctx, project, p.id, "STOPPED"))
			p.ask("GET", "/"+p.id, "")
			p.ask("POST", "/"+p.id+"/action", `{"action":"start"}`)
		}, []string{"1 change of a resource not judged: forced"}},
		{"state, seen in the list", func(p *played) {
			p.told(p.k.SetState(ctx, project, p.id, "CREATE_FAILED"))
			p.ask("GET", "?de_type=Notebook", "")
		}, []string{"1 change of a resource not judged: forced"}},
		{"state for a while", func(p *played) {
			p.told(p.k.Freeze(ctx))
			p.told(p.k.SetStateFor(ctx, project, p.id, "STOPPED", time.Minute))
			p.ask("GET", "/"+p.id, "")
			p.told(p.k.Advance(ctx, time.Hour))
			p.ask("GET", "/"+p.id, "")
		}, []string{"2 changes of resources not judged: forced"}},
		{"taken away", func(p *played) {
			p.told(p.k.SetState(ctx, project, p.id, "DELETED"))
			p.ask("GET", "/"+p.id, "")
		}, []string{"1 change of a resource not judged: forced"}},
		{"restored", func(p *played) {
			p.told(p.k.SetState(ctx, project, p.id, "STOPPED"))
			p.ask("GET", "/"+p.id, "")
			before, err := p.k.Snapshot(ctx)
			p.told(nil, err)
			p.ask("DELETE", "/"+p.id, "")
			p.told(nil, p.k.Restore(ctx, before))
			p.ask("GET", "/"+p.id, "")
		}, []string{"2 changes of resources not judged: forced"}},
		{"fault before", func(p *played) {
			p.told(p.k.AddFault(ctx, "getInstance:first=1:status=418"))
			p.ask("GET", "/"+p.id, "")
		}, []string{"1 exchange not judged: forced"}},
		{"fault after the deed", func(p *played) {
			p.told(p.k.AddFault(ctx, "actOnInstance:first=1:after:status=418"))
			p.ask("POST", "/"+p.id+"/action", `{"action":"stop"}`)
			p.ask("GET", "/"+p.id, "")
		}, []string{"1 exchange not judged: forced"}},
		{"malformed", func(p *played) {
			p.told(p.k.AddFault(ctx, "listInstances:malformed"))
			p.ask("GET", "?de_type=Notebook", "")
			p.ask("GET", "?de_type=Notebook", "")
		}, []string{"2 exchanges not judged: forced"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlayed(t)
			p.ask("GET", "/"+p.id, "")
			c.do(p)
			p.ask("GET", "/"+p.id, "")
			report, err := conformance.Judge(ctx, contract.Default(), p.export(control.Filter{}))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range report.Findings {
				t.Errorf("%s: %s %v", f.Check, f.Title, f.Others)
			}
			notes := strings.Join(report.Notes, "\n")
			for _, want := range c.notes {
				if !strings.Contains(notes, want) {
					t.Errorf("the notes are %q, without %q", notes, want)
				}
			}
			if report.Verdict != conformance.Conforms {
				t.Errorf("the verdict is %s", report.Verdict)
			}
		})
	}
}

// An export of only some requests still says what was forced between them, and what was not forced is judged.
func TestJudgeStillJudgesTheRest(t *testing.T) {
	ctx := context.Background()
	p := newPlayed(t)
	p.ask("GET", "/"+p.id, "")
	p.told(p.k.SetState(ctx, project, p.id, "STOPPED"))
	p.ask("GET", "?de_type=Notebook", "")
	p.ask("GET", "/"+p.id, "")
	report, err := conformance.Judge(ctx, contract.Default(), p.export(control.Filter{Operation: "getInstance"}))
	if err != nil || report.Verdict != conformance.Conforms {
		t.Errorf("%v %+v", err, report)
	}
	p.told(p.k.AddFault(ctx, "listInstances:first=1:status=418"))
	p.ask("GET", "?de_type=Notebook", "")
	tampered := func(yield func(conformance.Recorded, error) bool) {
		for e, err := range p.export(control.Filter{}) {
			if e.Note != nil {
				e.Note.Forced, e.Note.Moved = "", nil // as if nobody had forced anything
			}
			if !yield(e, err) {
				return
			}
		}
	}
	report, err = conformance.Judge(ctx, contract.Default(), tampered)
	if err != nil || report.Verdict != conformance.Findings {
		t.Errorf("%v %+v", err, report)
	}
}
