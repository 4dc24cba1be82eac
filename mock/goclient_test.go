package mock_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-resty/resty/v2"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// exchanged is a request as it came over the wire, with the status it got.
type exchanged struct {
	method, uri string
	header      http.Header
	length      int64
	body        string
	status      int
}

// recorder notes what clients really send; calls of the control API are not noted.
type recorder struct {
	url  string
	mu   sync.Mutex
	seen []exchanged
}

// record runs a mock that anybody can get tokens from, and notes what it is asked.
func record(t testing.TB, opts ...mock.Option) *recorder {
	t.Helper()
	h, err := mock.New(contract.Default(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Errorf("%s %s: %v", req.Method, req.RequestURI, err)
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		e := exchanged{req.Method, req.RequestURI, req.Header.Clone(), req.ContentLength, string(body), 0}
		status := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(status, req)
		if strings.HasPrefix(e.uri, "/_tally/") {
			return
		}
		e.status = status.status
		r.mu.Lock()
		defer r.mu.Unlock()
		r.seen = append(r.seen, e)
	}))
	t.Cleanup(srv.Close)
	r.url = srv.URL
	return r
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// drain gives what was seen since it was last asked.
func (r *recorder) drain() []exchanged {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := r.seen
	r.seen = nil
	return seen
}

// control makes a call of the control API that has to succeed.
func (r *recorder) control(t testing.TB, method, path, body string) {
	t.Helper()
	(&client{t: t, url: r.url}).control(method, path, body)
}

func (r *recorder) next(t testing.TB) {
	t.Helper()
	r.control(t, "POST", "clock/advance", `{"to":"next"}`)
}

// What follows is a client as a Go program with resty is written: typed bodies without omitempty, a
// cached token sent as a bearer token and renewed once on 401, and failure told by a second reading of
// every body, whatever its status.

type goCreate struct {
	Name        string      `json:"name"`
	Description string      `json:"description"`
	ProfileID   string      `json:"profile_id"`
	Flavor      string      `json:"flavor"`
	Spec        goSpec      `json:"spec"`
	Workspace   goWorkspace `json:"workspace"`
	Pool        goPool      `json:"pool"`
}

type goSpec struct {
	Storage  goStorage  `json:"storage"`
	AutoStop goAutoStop `json:"auto_stop"`
}

type goStorage struct {
	Type     string     `json:"type"`
	Location goLocation `json:"location"`
}

type goLocation struct {
	Path string `json:"path"`
}

type goAutoStop struct {
	Enable   bool `json:"enable"`
	Duration int  `json:"duration"`
}

type goWorkspace struct {
	ID string `json:"id"`
}

type goPool struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
}

type goFailure struct {
	ErrorCode string `json:"error_code"`
	ErrorMsg  string `json:"error_msg"`
}

type goProfile struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	DeType      string `json:"de_type"`
	FlavorType  string `json:"flavor_type"`
}

type goFlavor struct {
	Name          string `json:"name"`
	Status        string `json:"status"`
	QueuingNum    int    `json:"queuing_num"`
	QueueLeftTime int    `json:"queue_left_time"`
	Duration      int    `json:"duration"`
}

type goQueuing struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	Flavor         string `json:"flavor"`
	DeType         string `json:"de_type"`
	Status         string `json:"status"`
	BeginTimestamp int    `json:"begin_timestamp"`
	EndTimestamp   int    `json:"end_timestamp"`
	RemainTime     int    `json:"remain_time"`
	Rank           int    `json:"rank"`
}

type goInstance struct {
	goFailure
	ID                    string    `json:"id"`
	Name                  string    `json:"name"`
	Description           string    `json:"description"`
	Status                string    `json:"status"`
	CreationTimestamp     string    `json:"creation_timestamp"`
	LatestUpdateTimestamp string    `json:"latest_update_timestamp"`
	Profile               goProfile `json:"profile"`
	Flavor                string    `json:"flavor"`
	FlavorDetails         goFlavor  `json:"flavor_details"`
	QueuingInfo           goQueuing `json:"queuing_info"`
	Spec                  struct {
		Annotations struct {
			URL          string `json:"url"`
			TargetDomain string `json:"target_domain"`
		} `json:"annotations"`
		Storage       goStorage  `json:"storage"`
		AutoStop      goAutoStop `json:"auto_stop"`
		FailedReasons struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"failed_reasons"`
	} `json:"spec"`
}

type goAction struct {
	goFailure
	CurrentStatus string `json:"current_status"`
	PreviousState string `json:"previous_state"`
}

type goDeleted struct {
	goFailure
	InstanceID string `json:"instance_id"`
}

type goToken struct {
	goFailure
	Token string `json:"token"`
}

// goError is a failure that the service told of.
type goError struct{ code, msg string }

func (e goError) Error() string { return e.code + ": " + e.msg }

type goClient struct {
	t       testing.TB
	mock    *recorder
	resty   *resty.Client
	project string // the configured name; the id is made from it
	token   string
	logins  int
}

func newGoClient(t testing.TB, r *recorder, project string) *goClient {
	return &goClient{t: t, mock: r, resty: resty.New(), project: project}
}

func (g *goClient) login() {
	g.t.Helper()
	type domain struct {
		Name string `json:"name"`
	}
	type user struct {
		Name     string `json:"name"`
		Password string `json:"password"`
		Domain   domain `json:"domain"`
	}
	var body struct {
		Auth struct {
			Identity struct {
				Methods  []string `json:"methods"`
				Password struct {
					User user `json:"user"`
				} `json:"password"`
			} `json:"identity"`
			Scope struct {
				Project struct {
					Name string `json:"name"`
				} `json:"project"`
			} `json:"scope"`
		} `json:"auth"`
	}
	body.Auth.Identity.Methods = []string{"password"}
	body.Auth.Identity.Password.User = user{"cloudbrain", "secret", domain{"openi"}}
	body.Auth.Scope.Project.Name = g.project
	res, err := g.resty.R().SetHeader("Content-Type", "application/json").SetBody(body).Post(g.mock.url + "/v3/auth/tokens")
	if err != nil {
		g.t.Fatal(err)
	}
	if res.StatusCode() != http.StatusCreated {
		g.t.Fatalf("token: %s, want 201", res.Status())
	}
	g.token = res.Header().Get("X-Subject-Token")
	g.logins++
}

// call is one function of the client: result is filled by resty, then the body is read again for a failure.
func (g *goClient) call(method, path string, body, result any) error {
	g.t.Helper()
	if g.token == "" {
		g.login()
	}
	for retry := 0; ; retry++ {
		req := g.resty.R().SetHeader("Content-Type", "application/json").SetAuthToken(g.token).SetResult(result)
		if body != nil {
			req.SetBody(body)
		}
		res, err := req.Execute(method, g.mock.url+"/v1/"+mock.ProjectID(g.project)+"/demanager/instances"+path)
		if err != nil {
			return err
		}
		if res.StatusCode() == http.StatusUnauthorized && retry < 1 {
			g.login()
			continue
		}
		var failure goFailure
		if err := json.Unmarshal(res.Body(), &failure); err != nil {
			return fmt.Errorf("json.Unmarshal failed(%q): %w", res.Body(), err)
		}
		if failure.ErrorCode != "" {
			return goError{failure.ErrorCode, failure.ErrorMsg}
		}
		return nil
	}
}

func (g *goClient) create(body goCreate) goInstance {
	g.t.Helper()
	var result goInstance
	if err := g.call("POST", "", body, &result); err != nil {
		g.t.Fatalf("create %s: %v", body.Name, err)
	}
	if result.ID == "" || result.CreationTimestamp == "" || result.LatestUpdateTimestamp == "" {
		g.t.Fatalf("create %s: the answer has no id or no timestamps: %+v", body.Name, result)
	}
	return result
}

func (g *goClient) get(id string) goInstance {
	g.t.Helper()
	var result goInstance
	if err := g.call("GET", "/"+id, nil, &result); err != nil {
		g.t.Fatalf("get %s: %v", id, err)
	}
	return result
}

// until polls until a state is reached; time passes by the control API alone.
func (g *goClient) until(id, status string) goInstance {
	g.t.Helper()
	for range 10 {
		if got := g.get(id); got.Status == status {
			return got
		}
		g.mock.next(g.t)
	}
	g.t.Fatalf("%s never becomes %s; it is %s", id, status, g.get(id).Status)
	panic("unreachable")
}

// manage sends an action and wants the states that it answers. As the original does, it checks first that
// what shall be stopped is running.
func (g *goClient) manage(id, action, previous, current string) {
	g.t.Helper()
	if got := g.get(id).Status; action == "stop" && got != "RUNNING" {
		g.t.Fatalf("the job is not running: %s", got)
	}
	var result goAction
	err := g.call("POST", "/"+id+"/action", struct {
		Action string `json:"action"`
	}{action}, &result)
	if want := (goAction{CurrentStatus: current, PreviousState: previous}); err != nil || result != want {
		g.t.Fatalf("%s: %+v, %v; want %+v", action, result, err, want)
	}
}

func (g *goClient) refused(id, action, code string) {
	g.t.Helper()
	err := g.call("POST", "/"+id+"/action", map[string]string{"action": action}, &goAction{})
	if e, ok := err.(goError); !ok || e.code != code || e.msg == "" {
		g.t.Errorf("%s: %v, want %s with a message", action, err, code)
	}
}

// delete checks, as the original does, that the state lets it be deleted.
func (g *goClient) delete(id string) {
	g.t.Helper()
	deletable := []string{"CREATE_FAILED", "START_FAILED", "STOPPED", "DELETED"}
	if got := g.get(id).Status; !slices.Contains(deletable, got) {
		g.t.Fatalf("the job is not stopped: %s", got)
	}
	var result goDeleted
	if err := g.call("DELETE", "/"+id, nil, &result); err != nil || result.InstanceID != id {
		g.t.Fatalf("delete %s: %+v, %v", id, result, err)
	}
	err := g.call("GET", "/"+id, nil, &goInstance{})
	if e, ok := err.(goError); !ok || e.code != "ModelArts.6309" || e.msg == "" {
		g.t.Errorf("get after delete: %v, want ModelArts.6309 with a message", err)
	}
}

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
