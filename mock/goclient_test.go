package mock_test

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func goNotebook(name, flavor string) goCreate {
	return goCreate{Name: name, ProfileID: "Multi-Engine 1.0 (python3)-cpu", Flavor: flavor,
		Spec:      goSpec{goStorage{"obs", goLocation{"openi/notebooks/" + name + "/"}}, goAutoStop{true, 3600}},
		Workspace: goWorkspace{"0"}}
}

func TestGoClientLife(t *testing.T) {
	t.Parallel()
	r := record(t, fixed())
	g := newGoClient(t, r, "cn-south-222_test")
	made := g.create(goNotebook("life", "modelarts.vm.cpu.2u"))
	if made.Status != "CREATING" || made.Name != "life" || made.Profile.DeType != "Notebook" || made.Profile.FlavorType != "CPU" ||
		made.FlavorDetails.Name != "modelarts.vm.cpu.2u" || made.Profile.ID != "Multi-Engine 1.0 (python3)-cpu" {
		t.Errorf("created: %+v", made)
	}
	id := made.ID
	running := g.until(id, "RUNNING")
	if a := running.Spec.Annotations; a.URL == "" || a.TargetDomain == "" {
		t.Errorf("a running instance cannot be opened: %+v", a)
	}
	if running.Spec.AutoStop != (goAutoStop{true, 3600}) || running.Spec.Storage.Location.Path != "openi/notebooks/life/" || running.QueuingInfo != (goQueuing{}) {
		t.Errorf("running: %+v", running)
	}
	var token goToken
	if err := g.call("GET", "/"+id+"/token", nil, &token); err != nil || token.Token == "" {
		t.Errorf("token of a running instance: %+v, %v", token, err)
	}
	g.manage(id, "stop", "RUNNING", "STOPPING")
	if got := g.until(id, "STOPPED"); got.Spec.Annotations.URL != "" {
		t.Errorf("a stopped instance has the URL %q", got.Spec.Annotations.URL)
	}
	g.manage(id, "start", "STOPPED", "STARTING")
	g.until(id, "RUNNING")
	g.manage(id, "restart", "RUNNING", "RESTARTING")
	g.until(id, "RUNNING")
	g.manage(id, "stop", "RUNNING", "STOPPING")
	g.until(id, "STOPPED")
	g.refused(id, "queue", "ModelArts.6357") // its flavor is not free
	g.delete(id)
	if g.logins != 1 {
		t.Errorf("%d logins, want 1", g.logins)
	}
	checkGoWire(t, r.drain())
}

// checkGoWire makes sure that the client is the one that it plays.
func checkGoWire(t *testing.T, seen []exchanged) {
	t.Helper()
	if len(seen) < 10 {
		t.Fatalf("only %d requests", len(seen))
	}
	login, creation := seen[0], seen[1]
	wantLogin := `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"cloudbrain","password":"secret","domain":{"name":"openi"}}}},"scope":{"project":{"name":"cn-south-222_test"}}}}`
	if login.body != wantLogin {
		t.Errorf("token request %s\nwant %s", login.body, wantLogin)
	}
	wantCreation := `{"name":"life","description":"","profile_id":"Multi-Engine 1.0 (python3)-cpu","flavor":"modelarts.vm.cpu.2u","spec":{"storage":{"type":"obs","location":{"path":"openi/notebooks/life/"}},"auto_stop":{"enable":true,"duration":3600}},"workspace":{"id":"0"},"pool":{"id":"","name":"","type":""}}`
	if creation.body != wantCreation {
		t.Errorf("create request %s\nwant %s", creation.body, wantCreation)
	}
	for _, e := range seen {
		if e.header.Get("Content-Type") != "application/json" || e.header.Get("Accept") != "application/json" {
			t.Errorf("%s %s: headers %v, want JSON both ways", e.method, e.uri, e.header)
		}
	}
	for _, e := range seen[1:] {
		if h := e.header; !strings.HasPrefix(h.Get("Authorization"), "Bearer ") || h.Get("X-Auth-Token") != "" {
			t.Errorf("%s %s: headers %v, want a bearer token alone", e.method, e.uri, h)
		}
	}
}

// A client without omitempty sends an empty path for evs, and a duration of 0 where nothing shall stop.
func TestGoClientSendsEmptyMembers(t *testing.T) {
	t.Parallel()
	g := newGoClient(t, record(t, fixed()), "openi")
	body := goNotebook("empty", "modelarts.vm.cpu.2u")
	body.Spec = goSpec{Storage: goStorage{Type: "evs"}}
	id := g.create(body).ID
	got := g.until(id, "RUNNING")
	if got.Spec.AutoStop.Enable || got.Spec.Storage.Type != "evs" || got.Spec.Storage.Location.Path == "" {
		t.Errorf("evs without a path, nothing to stop: %+v", got.Spec)
	}
	g.mock.control(t, "POST", "clock/advance", `{"by":"48h"}`)
	if got := g.get(id).Status; got != "RUNNING" {
		t.Errorf("status after two days: %s, want RUNNING", got)
	}
}

func TestGoClientRenewsToken(t *testing.T) {
	t.Parallel()
	r := record(t, fixed())
	g := newGoClient(t, r, "openi")
	body := goNotebook("renew", "modelarts.vm.cpu.2u")
	body.Spec.AutoStop = goAutoStop{}
	id := g.create(body).ID
	before := g.token
	r.control(t, "POST", "clock/advance", `{"by":"25h"}`)
	r.drain()
	if got := g.get(id); got.Status != "RUNNING" || g.token == before || g.logins != 2 {
		t.Errorf("after 25 h: status %s, %d logins, another token: %v", got.Status, g.logins, g.token != before)
	}
	var statuses []int
	for _, e := range r.drain() {
		statuses = append(statuses, e.status)
	}
	if !slices.Equal(statuses, []int{http.StatusUnauthorized, http.StatusCreated, http.StatusOK}) {
		t.Errorf("statuses %v, want 401, 201, 200", statuses)
	}
}

func TestGoClientQueues(t *testing.T) {
	t.Parallel()
	r := record(t, fixed())
	g := newGoClient(t, r, "openi")
	r.control(t, "PATCH", "catalogue/FlavorDetails/modelarts.vm.cpu.free", `{"status":"soldOut"}`)
	one := g.create(goNotebook("one", "modelarts.vm.cpu.free"))
	two := g.create(goNotebook("two", "modelarts.vm.cpu.free"))
	three := g.create(goNotebook("three", "modelarts.vm.cpu.free"))
	for i, id := range []string{one.ID, two.ID, three.ID} {
		got := g.get(id)
		q := got.QueuingInfo
		if got.Status != "CREATE_QUEUING" || got.FlavorDetails.Status != "soldOut" || q.Rank != i+1 || q.Status != got.Status ||
			q.RemainTime <= 0 || q.EndTimestamp <= q.BeginTimestamp || q.Flavor != "modelarts.vm.cpu.free" {
			t.Errorf("%s: %s %+v, want rank %d of the queue", got.Name, got.Status, q, i+1)
		}
	}
	g.manage(three.ID, "dequeue", "CREATE_QUEUING", "STOPPED")
	r.next(t)
	if got := g.get(one.ID); got.Status != "CREATING" || got.QueuingInfo != (goQueuing{}) {
		t.Errorf("the first, at its turn: %s %+v", got.Status, got.QueuingInfo)
	}
	if got := g.get(two.ID); got.Status != "CREATE_QUEUING" || got.QueuingInfo.Rank != 1 {
		t.Errorf("the second, at the turn of the first: %s %+v", got.Status, got.QueuingInfo)
	}
	g.until(one.ID, "RUNNING")
	g.until(two.ID, "RUNNING")
	g.delete(three.ID)

	// A start queues too, and may be called off.
	g.manage(one.ID, "stop", "RUNNING", "STOPPING")
	g.until(one.ID, "STOPPED")
	g.manage(one.ID, "start", "STOPPED", "START_QUEUING")
	if q := g.get(one.ID).QueuingInfo; q.Rank != 1 {
		t.Errorf("queue of starts: %+v, want rank 1", q)
	}
	g.manage(one.ID, "dequeue", "START_QUEUING", "STOPPED")
	g.manage(one.ID, "queue", "STOPPED", "START_QUEUING")
	g.until(one.ID, "READY_TO_START")
	g.manage(one.ID, "start", "READY_TO_START", "STARTING")
	g.until(one.ID, "RUNNING")
}

func TestGoClientSeesFailedCreation(t *testing.T) {
	t.Parallel()
	r := record(t, fixed())
	g := newGoClient(t, r, "openi")
	r.control(t, "POST", "failures", `{"event":"createInstance"}`)
	id := g.create(goNotebook("failing", "modelarts.vm.cpu.2u")).ID
	got := g.until(id, "CREATE_FAILED")
	if f := got.Spec.FailedReasons; f.Code == "" || f.Message == "" {
		t.Errorf("failed_reasons %+v, want code and message", f)
	}
	g.delete(id)
	again := g.create(goNotebook("failing", "modelarts.vm.cpu.2u")) // the name is free again, the failure used up
	if got := g.until(again.ID, "RUNNING"); cmp.Or(got.Spec.FailedReasons.Code, got.Spec.FailedReasons.Message) != "" {
		t.Errorf("failed_reasons of a running instance: %+v", got.Spec.FailedReasons)
	}
}
