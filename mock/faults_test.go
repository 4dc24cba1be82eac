package mock_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
	"github.com/tallystick/tallystick/mock/fault"
)

// counted gives ids in their order, so that two mocks that are asked the same give the same.
func counted() mock.Option {
	n := 0
	return mock.WithIDs(func() string { n++; return fmt.Sprintf("00000000-0000-1000-8000-%012d", n) })
}

// alike starts a mock that answers as every other that is started so and asked the same.
func alike(t testing.TB, opts ...mock.Option) *client {
	return start(t, append([]mock.Option{fixed(), counted()}, opts...)...)
}

// wire is what came over a connection.
type wire struct {
	status int
	header http.Header
	body   string
	err    error // of the connection, before or after the header
}

func (w wire) String() string { return fmt.Sprintf("%d %v %s %v", w.status, w.header, w.body, w.err) }

func (w wire) equals(other wire) bool { return w.String() == other.String() }

// once sends over a connection of its own, so that nothing is sent again.
func (c *client) once(method, path, body string) wire {
	c.t.Helper()
	return c.through(c.request(method, path, body))
}

func (c *client) through(req *http.Request) wire {
	c.t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return wire{err: err}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	resp.Header.Del("Date")
	return wire{resp.StatusCode, resp.Header, string(data), err}
}

func (c *client) driver() *control.Client { return &control.Client{Base: c.url} }

// plant plants a fault, which has to fit.
func (c *client) plant(spec string) control.Fault {
	c.t.Helper()
	f, err := c.driver().AddFault(c.t.Context(), spec)
	if err != nil {
		c.t.Fatal(err)
	}
	return f
}

// hits checks how often a fault has matched and hit.
func (c *client) hits(id string, matched, fired int) {
	c.t.Helper()
	f, err := c.driver().Fault(c.t.Context(), id)
	if err != nil || f.Matched != matched || f.Fired != fired {
		c.t.Errorf("%+v %v, want matched %d, fired %d", f, err, matched, fired)
	}
}

const firstID = "/DE-00000000-0000-1000-8000-000000000002"

// life is what is sent to both mocks; the second creation is hit.
var life = []struct{ method, path, body string }{
	{"POST", instances, notebook("a")},
	{"POST", instances, notebook("b")},
	{"GET", instances + "?de_type=Notebook", ""},
	{"PUT", instances + firstID, `{"description":"x"}`},
	{"POST", "/_tally/clock/advance", `{"by":"10s"}`},
	{"POST", instances + firstID + "/action", `{"action":"stop"}`},
	{"POST", instances, notebook("c")},
	{"GET", "/v1/nowhere", ""},
	{"GET", instances + "?de_type=Notebook", ""},
	{"GET", "/_tally/resources", ""},
}

// Every code that the contract allows for an operation can be forced, and its answer keeps the contract.
func TestForcedCodesKeepTheContract(t *testing.T) {
	c := alike(t)
	for _, op := range contract.Default().Operations() {
		allowed := contract.Default().Allowed(op)
		if len(allowed) == 0 {
			t.Errorf("%s may answer no error", op.ID)
		}
		path := strings.NewReplacer("{project_id}", project, "{instance_id}", "x").Replace(op.Path)
		for _, e := range allowed {
			f := c.plant(op.ID + ":first=1:code=" + e.Ref)
			if a := c.do(op.Method, path, ""); a.status != e.Status { // do holds it to the contract
				t.Errorf("%s with %s: %d %s", op.ID, e.Ref, a.status, a.raw)
			}
			if got, err := c.driver().DropFault(t.Context(), f.ID); err != nil || got.Fired != 1 {
				t.Errorf("%s with %s: %+v %v", op.ID, e.Ref, got, err)
			}
		}
	}
}

func TestFaultMatches(t *testing.T) {
	c := alike(t)
	a, b := c.create(notebook("a")), c.create(notebook("b"))
	idOf := func(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
	list, get := instances+"?de_type=Notebook", a
	for _, row := range []struct {
		spec, method, path, body string
		hit                      bool
	}{
		{"getInstance", "GET", get, "", true},
		{"getInstance", "GET", list, "", false},
		{"*", "GET", list, "", true},
		{"*", "GET", "/v1/nowhere", "", false},
		{"*:method=POST", "GET", list, "", false},
		{"*:method=GET", "GET", list, "", true},
		{"*:path=/v1/*/demanager/instances", "GET", list, "", true},
		{"*:path=/v1/*/demanager/instances", "GET", get, "", false},
		{"*:tenant=" + project, "GET", get, "", true},
		{"*:tenant=" + other, "GET", get, "", false},
		{"*:resource=" + idOf(a), "GET", a, "", true},
		{"*:resource=" + idOf(a), "GET", b, "", false},
		{"listInstances:query.de_type=Notebook", "GET", list, "", true},
		{"listInstances:query.de_type=Other", "GET", list, "", false},
		{"*:header.accept-encoding=gzip", "GET", list, "", true},
		{"*:header.X-Unknown=", "GET", list, "", false},
		{"actOnInstance:body./action=restart", "POST", a + "/action", `{"action":"restart"}`, true},
		{"actOnInstance:body./action=start", "POST", a + "/action", `{"action":"restart"}`, false},
		{"createInstance:body./spec/storage/type=evs", "POST", instances, notebook("c"), true},
		{"createInstance:body./spec/storage=evs", "POST", instances, `not JSON`, false},
		{"*:code=ModelArts.6309", "GET", get, "", true}, // which no list may answer
		{"*:code=ModelArts.6309", "GET", list, "", false},
	} {
		spec := row.spec
		if !strings.Contains(spec, "code=") {
			spec += ":status=599"
		}
		f := c.plant(spec)
		c.once(row.method, row.path, row.body)
		want := 0
		if row.hit {
			want = 1
		}
		c.hits(f.ID, want, want)
		if _, err := c.driver().DropFaults(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFaultsAreRefused(t *testing.T) {
	c := alike(t)
	for spec, want := range map[string]string{
		"createInstanc:drop":                                                 `operation "createInstanc" is not in the contract; it has [createInstance`,
		"createInstance:code=ModelArts.6309":                                 "code ModelArts.6309 is none that createInstance may answer; want one of ModelArts.0104, ",
		"createInstance:code=ModelArts.1":                                    "is not in the catalogue",
		"createInstance:code=ModelArts.1:force":                              "is not in the catalogue",
		"createInstance:code=ModelArts.6320:arg=a:arg=b":                     "has 1 placeholders",
		"createInstance:method=GET:drop":                                     "no request of operation createInstance",
		"listInstances:resource=x:drop":                                      "no request of operation listInstances",
		"createToken:tenant=x:drop":                                          "no request of operation createToken",
		"*:header.x-auth-token=secret:drop":                                  "holds secrets",
		"createToken:body./auth/identity/password/user/password=secret:drop": "holds secrets",
		"createInstance":                                                     "nothing happens",
		"createInstance:latency=1h":                                          "up to 5m",
	} {
		f, err := c.driver().AddFault(t.Context(), spec)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v %v, want %q", spec, f, err, want)
		}
		if _, err := mock.New(contract.Default(), mock.WithFaults(spec)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s at the start: %v, want %q", spec, err, want)
		}
	}
	for body, want := range map[string]string{
		`{"operation":"*","spec":"*:drop"}`:         "want no other member",
		`{"operation":"*","drop":"tail"}`:           "must be",
		`{"operation":"*","dorp":"headers"}`:        "no such member",
		`{"operation":"*"}`:                         "nothing happens",
		`{"drop":"headers"}`:                        "operation: want",
		`{"operation":"*","first":-1,"status":500}`: "must be",
	} {
		a := c.do("POST", "/_tally/faults", body)
		if text, _ := a.body["error"].(string); a.status != 400 || !strings.Contains(text, want) {
			t.Errorf("%s: %s, want %q", body, a.raw, want)
		}
	}
	if list, err := c.driver().Faults(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
	for range 1000 {
		c.plant("getIdentityVersion:drop")
	}
	if _, err := c.driver().AddFault(t.Context(), "getIdentityVersion:drop"); err == nil || !strings.Contains(err.Error(), "at most 1000") {
		t.Error(err)
	}
	if all, err := c.driver().DropFaults(t.Context()); err != nil || len(all) != 1000 {
		t.Errorf("%d %v", len(all), err)
	}
	for _, method := range []string{"GET", "DELETE"} {
		if a := c.do(method, "/_tally/faults/f1", ""); a.status != 404 {
			t.Errorf("%s: %s", method, a.raw)
		}
	}
}

// A value says what a text says.
func TestPlantFault(t *testing.T) {
	c := alike(t)
	f, err := c.driver().PlantFault(t.Context(), fault.Fault{Operation: "createInstance", Code: "ModelArts.6101", First: 2, When: fault.After})
	if err != nil || f.Spec != "createInstance:first=2:after:code=ModelArts.6101" {
		t.Errorf("%+v %v", f, err)
	}
}

// Of faults that could hit, the oldest does, and those after it do not see the request.
func TestFaultOrder(t *testing.T) {
	c := alike(t)
	first := c.plant("getIdentityVersion:status=501:first=2")
	second := c.plant("getIdentityVersion:status=502:after:first=1")
	third := c.plant("*:status=503:every=2:first=2")
	var got []int
	for range 9 {
		got = append(got, c.once("GET", "/v3", "").status)
	}
	if want := []int{501, 501, 502, 503, 200, 503, 200, 200, 200}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	c.hits(first.ID, 2, 2)
	c.hits(second.ID, 1, 1)
	c.hits(third.ID, 4, 2)
}

// Chance is the seed's: the same seed gives the same hits, with other requests in between too.
func TestFaultSeed(t *testing.T) {
	hits := func(seed uint64) string {
		c := alike(t, mock.WithSeed(seed), mock.WithFaults("getIdentityVersion:status=503:probability=0.5"))
		var b strings.Builder
		for range 64 {
			fmt.Fprint(&b, c.once("GET", "/v3", "").status, " ")
		}
		return b.String()
	}
	one := hits(1)
	if again := hits(1); again != one {
		t.Errorf("with one seed\n%s\n%s", one, again)
	}
	if another := hits(2); another == one || !strings.Contains(one, "503") || !strings.Contains(one, "200") {
		t.Errorf("with two seeds\n%s\n%s", one, another)
	}
}

// Of many clients at once, exactly as many are hit as was said.
func TestFaultRace(t *testing.T) {
	for _, moment := range []string{"before", "after"} {
		zero := 0
		c := start(t, mock.WithWorld(mock.World{Quota: &zero}))
		f := c.plant("createInstance:code=ModelArts.6101:first=3:" + moment)
		var wg sync.WaitGroup
		answers := make(chan int, 64)
		for i := range 64 {
			wg.Go(func() { answers <- c.do("POST", instances, notebook(fmt.Sprint("n", i))).status })
		}
		wg.Wait()
		close(answers)
		count := map[int]int{}
		for status := range answers {
			count[status]++
		}
		if count[429] != 3 || count[200] != 61 {
			t.Errorf("%s: %v", moment, count)
		}
		stored := map[string]float64{"before": 61, "after": 64}[moment]
		if list := c.must("GET", instances+"?de_type=Notebook", ""); list.at("/total_count") != stored {
			t.Errorf("%s: %s", moment, list.raw)
		}
		if got, err := c.driver().Fault(t.Context(), f.ID); err != nil || got.Fired != 3 || !got.Spent {
			t.Errorf("%s: %+v %v", moment, got, err)
		}
	}
}

// The control API is never hit, and what the contract refuses is hit only before.
func TestFaultLeavesAlone(t *testing.T) {
	c := alike(t, mock.WithFaults("*:drop:after"))
	c.control("GET", "health", "")
	c.refused("GET", "/v1/nowhere", "", 404, "APIGW.0101")
	c.refused("GET", instances+"/none", "", 400, "ModelArts.6309")
	c.token = "wrong"
	c.refused("GET", instances+"/none", "", 401, "ModelArts.0203")
	c.hits("f1", 0, 0)
	c.plant("*:status=503:first=1")
	if got := c.once("GET", instances+"/none", ""); got.status != 503 {
		t.Error(got)
	}
}

// A reset plants again what was there at the start, and nothing else.
func TestFaultReset(t *testing.T) {
	c := alike(t, mock.WithFaults("getIdentityVersion:status=503:first=1"))
	c.once("GET", "/v3", "")
	c.plant("*:drop")
	c.control("POST", "failures", `{"event":"start"}`)
	c.control("POST", "reset", "")
	if a := c.control("GET", "faults", ""); a.raw != `{"faults":[{"id":"f1","spec":"getIdentityVersion:first=1:status=503","matched":0,"fired":0,"spent":false}]}`+"\n" {
		t.Error(a.raw)
	}
	if a := c.control("GET", "failures", ""); a.raw != `{"failures":[]}`+"\n" {
		t.Error(a.raw)
	}
}

// BenchmarkFaults shows what faults cost a request that none hits: without any, and with one for another
// operation, for this one before, and after.
func BenchmarkFaults(b *testing.B) {
	for _, spec := range []string{"", "createInstance:drop", "getIdentityVersion:drop:skip=1000000000", "getIdentityVersion:drop:after:skip=1000000000"} {
		b.Run("with "+spec, func(b *testing.B) {
			opts := []mock.Option{}
			if spec != "" {
				opts = append(opts, mock.WithFaults(spec))
			}
			h, err := mock.New(contract.Default(), opts...)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				if h.ServeHTTP(w, httptest.NewRequest("GET", "/v3", nil)); w.Code != 200 {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
