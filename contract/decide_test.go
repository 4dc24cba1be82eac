package contract_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

const obs = `"spec": {"storage": {"type": "obs", "location": {"path": "bucket/dir/"}}}`

func TestDecideCreateRefuses(t *testing.T) {
	path := func(p string) string {
		return `{"spec": {"storage": {"type": "obs", "location": {"path": "` + p + `"}}}}`
	}
	for _, c := range []struct{ name, patch, given, entry, change, want string }{
		{name: "obs without location", patch: `{"spec": {"storage": {"type": "obs", "location": null}}}`, want: "ModelArts.6317"},
		{name: "obs without path", patch: `{"spec": {"storage": {"type": "obs"}}}`, want: "ModelArts.6317"},
		{name: "empty path", patch: path(""), want: "ModelArts.6317"},
		{name: "no final slash", patch: path("bucket/dir"), want: "ModelArts.6318"},
		{name: "bucket root", patch: path("bucket/"), want: "ModelArts.6358"},
		{name: "bucket root, leading slash", patch: path("/bucket/"), want: "ModelArts.6358"},
		{name: "obsfs without pool", patch: `{"spec": {"storage": {"type": "obsfs", "location": {"path": "b"}}}}`, want: "ModelArts.6324"},
		{name: "extend_storage of evs", patch: `{"spec": {"extend_storage": [{"type": "evs"}]}}`, want: "ModelArts.6324"},
		{name: "unknown flavor", patch: `{"flavor": "modelarts.vm.cpu.999u"}`, want: "ModelArts.6323"},
		{name: "flavor by permission", patch: `{"flavor": "modelarts.vm.gpu.4p100"}`, want: "ModelArts.6328"},
		{name: "permission taken away", patch: `{"flavor": "modelarts.vm.gpu.p100"}`, entry: "FlavorDetails/modelarts.vm.gpu.p100", change: `{"is_permitted": false}`, want: "ModelArts.6328"},
		{name: "unknown workspace", patch: `{"workspace": {"id": "nope"}}`, want: "ModelArts.7005 workspace:nope not existed"},
		{name: "unknown profile", patch: `{"profile_id": "nope"}`, want: "ModelArts.6336 'profile_id' property value is incorrect."},
		{name: "another hardware", patch: `{"flavor": "modelarts.vm.cpu.2u"}`, want: "ModelArts.6330"},
		{name: "sold out", entry: "FlavorDetails/modelarts.bm.gpu.v100NV32", change: `{"status": "soldOut"}`, want: "ModelArts.6329"},
		{name: "abnormal workspace", patch: `{"workspace": {"id": "0"}}`, given: "workspace-abnormal", want: "ModelArts.7004 the status of workspace: 0 is abnormal, can not execute [action: create]"},
		{name: "policy", given: "policy-denied", want: "ModelArts.0112 Policy doesn't allow modelarts:notebook:create action to be performed."},
		{name: "workspace quota", given: "workspace-quota-exhausted", want: "ModelArts.0113 Create Notebook failed. Quota: notebook is exhausted."},
		{name: "account suspended", given: "account-suspended", want: "ModelArts.6201"},
		{name: "account restricted", given: "account-restricted", want: "ModelArts.6203"},
		{name: "no access keys", patch: "{" + obs + "}", given: "access-keys-unset", want: "ModelArts.6319"},
		{name: "invalid access keys", patch: "{" + obs + "}", given: "access-keys-invalid", want: "ModelArts.6353"},
		{name: "foreign access keys", patch: "{" + obs + "}", given: "access-keys-foreign", want: "ModelArts.6354"},
		{name: "no agency", patch: "{" + obs + "}", given: "agency-unset", want: "ModelArts.6379"},
		{name: "agency gone", patch: "{" + obs + "}", given: "agency-missing", want: "ModelArts.6376"},
		{name: "obs denies", patch: "{" + obs + "}", given: "obs-denied", want: "ModelArts.6350"},
		{name: "obs fails", patch: "{" + obs + "}", given: "obs-unreachable", want: "ModelArts.6320 Access obs error. Reason is no such bucket."},
		{name: "obs class", patch: "{" + obs + "}", given: "obs-class-not-standard", want: "ModelArts.6371"},
		{name: "pool initialises", patch: `{"pool": {"id": "new"}}`, given: "pool-initializing", want: "ModelArts.6355"},
		{name: "evs sold out", given: "evs-sold-out", want: "ModelArts.6528"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := contract.Situation{Request: read(t, "createInstance", c.patch), Given: map[string]bool{c.given: true}, Entries: contract.Default().Entries()}
			if c.entry != "" {
				var err error
				if s.Entries, err = s.Entries.With(c.entry, patch(t, c.change)); err != nil {
					t.Fatal(err)
				}
			}
			d := decide(t, s)
			if d.Refusal == nil {
				t.Fatalf("accepted into %s, want %s", d.State, c.want)
			}
			got := d.Refusal.Error.Ref
			if strings.Contains(c.want, " ") {
				got += " " + d.Refusal.Message()
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if d.Refusal.Source.Basis == "" || d.Rule == nil {
				t.Error("the refusal names no source or no rule")
			}
		})
	}
}

// TestDecideGivensAreSilent: a condition that is not given refuses nothing, and one that does not concern
// the request neither.
func TestDecideGivensAreSilent(t *testing.T) {
	all := map[string]bool{}
	for _, name := range contract.Default().Conditions() {
		all[name] = strings.HasPrefix(name, "obs-") || strings.HasPrefix(name, "access-keys-") || strings.HasPrefix(name, "pool-")
	}
	if len(all) < 15 {
		t.Fatalf("only %d conditions", len(all))
	}
	if d := decide(t, contract.Situation{Request: read(t, "createInstance", ""), Given: all}); d.Refusal != nil {
		t.Errorf("a notebook with its own disk is refused: %s", d.Refusal.Message())
	}
}

func TestDecideUniqueAndQuota(t *testing.T) {
	request := read(t, "createInstance", "")
	for _, c := range []struct {
		name         string
		taken        bool
		count, quota int
		want         string
	}{
		{"free", false, 9, 10, "CREATING"},
		{"name taken", true, 0, 10, "ModelArts.6301"},
		{"quota reached", false, 10, 10, "ModelArts.6302"},
		{"both", true, 10, 10, "ModelArts.6301"},
		{"no limit", false, 1000, 0, "CREATING"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := decide(t, contract.Situation{Request: request, Taken: c.taken, Count: c.count, Quota: c.quota})
			if got := ref(d); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if q := contract.Default().Operation("createInstance").Effect.Quota; q == nil || q.Default != 10 {
		t.Errorf("the quota is %+v, want 10", q)
	}
}

func TestDecideQueues(t *testing.T) {
	entries := contract.Default().Entries()
	soldOut, err := entries.With("FlavorDetails/modelarts.vm.gpu.free", map[string]any{"status": "soldOut"})
	if err != nil {
		t.Fatal(err)
	}
	request := read(t, "createInstance", `{"flavor": "modelarts.vm.gpu.free"}`)
	if got := ref(decide(t, contract.Situation{Request: request, Entries: entries})); got != "CREATING" {
		t.Errorf("a free flavor on sale: %s", got)
	}
	if got := ref(decide(t, contract.Situation{Request: request, Entries: soldOut})); got != "CREATE_QUEUING" {
		t.Errorf("a free flavor that is sold out: %s", got)
	}
}

// TestDecideOrder: rules about the world come first, then existence, then the state, then the other rules.
func TestDecideOrder(t *testing.T) {
	start := read(t, "actOnInstance", `{"action": "start"}`)
	suspended := map[string]bool{"account-suspended": true, "instance-frozen": true, "access-keys-unset": true}
	frozen := map[string]bool{"instance-frozen": true}
	for _, c := range []struct {
		name  string
		state string // "" for no resource
		given map[string]bool
		want  string
	}{
		{"suspended before missing", "", suspended, "ModelArts.6201"},
		{"missing", "", nil, "ModelArts.6309"},
		{"frozen before state", "RUNNING", frozen, "ModelArts.6326"},
		{"state", "RUNNING", nil, "ModelArts.6305"},
		{"accepted", "STOPPED", nil, "STARTING"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := contract.Situation{Request: start, Given: c.given}
			if c.state != "" {
				s.Resource = notebook(t, c.state)
			}
			if got := ref(decide(t, s)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestDecideConcurrently shares one contract and one request between goroutines; run it with -race.
func TestDecideConcurrently(t *testing.T) {
	c := contract.Default()
	in := input(t, c.Operation("createInstance"), "")
	act, stopped := read(t, "actOnInstance", `{"action": "start"}`), notebook(t, "STOPPED")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				req, bad := c.Operation("createInstance").Read(in)
				if len(bad) > 0 {
					t.Error(bad)
					return
				}
				created, err := c.Decide(contract.Situation{Request: req, Caller: caller, Entries: c.Entries(), Now: now})
				if err != nil || created.State != "CREATING" {
					t.Errorf("%s, %v", created.State, err)
				}
				started, err := c.Decide(contract.Situation{Request: act, Resource: stopped, Entries: c.Entries(), Now: now})
				if err != nil || started.State != "STARTING" {
					t.Errorf("%s, %v", started.State, err)
				}
				if _, err := c.Operation("getInstance").Effect.Reply(stopped, now); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}
