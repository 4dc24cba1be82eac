package mock_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/signing"
	"github.com/tallystick/tallystick/mock/control"
)

// player makes one move in one world.
type player struct {
	*soak
	*rand.Rand
	ctx     context.Context
	sandbox string
	http    *http.Client
	k       *control.Client
}

// moves are all that clients do, each with how often.
var moves = []struct {
	name   string
	weight int
	make   func(*player)
}{
	{"create", 100, func(p *player) { p.call("POST", instances, p.notebook()) }},
	{"get", 150, func(p *player) { p.call("GET", p.path(), "") }},
	{"list", 100, func(p *player) { p.call("GET", instances+p.pick(listQueries), "") }},
	{"update", 80, func(p *player) { p.call("PUT", p.path(), p.pick(updates)) }},
	{"act", 100, func(p *player) { p.call("POST", p.path()+"/action", fmt.Sprintf(`{"action":%q}`, p.pick(actions))) }},
	{"delete", 50, func(p *player) { p.call("DELETE", p.path(), "") }},
	{"open", 30, func(p *player) { p.call("GET", p.path()+"/token", "") }},
	{"token", 40, (*player).token},
	{"bad request", 80, (*player).bad},
	{"garbage", 20, (*player).garbage},
	{"signed", 40, (*player).signed},
	{"prefer", 40, (*player).prefer},
	{"hang up", 30, (*player).hangUp},
	{"plant faults", 60, (*player).plant},
	{"drop faults", 3, func(p *player) { p.told(p.k.DropFaults(p.ctx)) }},
	{"fail states", 30, (*player).failStates},
	{"force", 40, (*player).force},
	{"clock", 40, (*player).clock},
	{"world", 30, (*player).world},
	{"reset", 6, func(p *player) { p.told(nil, p.k.Reset(p.ctx)) }},
	{"snapshot", 20, (*player).snapshot},
	{"sandboxes", 20, (*player).sandboxes},
	{"reload", 1, (*player).reload},
	{"journal", 20, (*player).journal},
	{"metrics", 10, (*player).metrics},
}

var (
	listQueries = []string{"?de_type=Notebook", "?de_type=Notebook&limit=2&offset=1", "?de_type=Notebook&status=RUNNING", "?de_type=Notebook&show_self=true&sortby=name&order=desc",
		"?de_type=Notebook&limit=-1", "", "?de_type=Notebook&status=NONE"}
	updates = []string{`{}`, `{"description":"größer"}`, `{"spec":{"auto_stop":{"enable":true,"duration":3600}}}`, `{"spec":{"auto_stop":{"enable":false}}}`, `{"description":"<"}`}
	actions = []string{"start", "stop", "restart", "queue", "dequeue", "dance"}
	bodies  = []string{``, `{`, `[]`, `null`, `{"name":1}`, `{"name":"a b"}`, `{"action":{}}`, "\xff\xfe", `{"name":"a","name":"b"}`, strings.Repeat("[", 2000), `{"name":"` + strings.Repeat("x", 100_000) + `"}`}
)

func (p *player) pick(from []string) string { return from[p.IntN(len(from))] }

// request is one of a client with a token, in the player's world. Some may be hit by faults.
func (p *player) request(ctx context.Context, method, path, body string) *http.Request {
	req, err := http.NewRequestWithContext(ctx, method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.judge.blame("%s %s: %v", method, path, err)
		return nil
	}
	req.Header.Set("X-Auth-Token", "test-token")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if p.sandbox != "" {
		req.Header.Set(control.SandboxHeader, p.sandbox)
	}
	if p.IntN(4) == 0 {
		req.Header.Set(faultyHeader, "yes")
	}
	return req
}

// send sends a request, whose answer is judged on its way.
func (p *player) send(req *http.Request) string {
	if req == nil {
		return ""
	}
	resp, err := p.http.Do(req)
	if err != nil {
		return "" // judged
	}
	data, _ := io.ReadAll(resp.Body)
	return string(data)
}

func (p *player) call(method, path, body string) { p.send(p.request(p.ctx, method, path, body)) }

// told judges a call of the control API: what it refuses is told below 500. Its form has been judged.
func (p *player) told(_ any, err error) {
	var refusal *control.Error
	if err != nil && !errors.As(err, &refusal) {
		p.judge.blame("%v", err)
	}
}

func (p *player) notebook() string {
	flavors := []string{"modelarts.vm.cpu.2u", "modelarts.vm.cpu.free", "none"}
	return strings.Replace(notebook(fmt.Sprint("soak-", p.IntN(200)), `"description":"soak"`), flavors[0], p.pick(flavors), 1)
}

// resource is one of the player's world; there may be none.
func (p *player) resource() control.Resource {
	all, err := p.k.Resources(p.ctx)
	p.told(nil, err)
	if len(all) == 0 {
		return control.Resource{Tenant: project, ID: "DE-none"}
	}
	return all[p.IntN(len(all))]
}

func (p *player) path() string { return instances + "/" + p.resource().ID }

func (p *player) token() {
	scopes := []string{`{"project":{"name":"cn-north-4"}}`, `{"project":{"id":"` + project + `"}}`, `{"domain":{"name":"d"}}`, `{}`}
	req := p.request(p.ctx, "POST", "/v3/auth/tokens", `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"u","password":"p","domain":{"name":"d"}}}},"scope":`+p.pick(scopes)+`}}`)
	resp, err := p.http.Do(req)
	if err != nil {
		return
	}
	use := p.request(p.ctx, "GET", instances+listQueries[0], "")
	use.Header.Set("X-Auth-Token", resp.Header.Get("X-Subject-Token"))
	p.send(use)
	p.call("GET", "/v3", "")
}

// bad sends what the contract refuses, or what nothing matches.
func (p *player) bad() {
	req := p.request(p.ctx, p.pick([]string{"POST", "PUT", "GET", "DELETE", "PATCH"}),
		p.pick([]string{instances, instances + "/x", instances + "/x/action", "/v3/auth/tokens", "/", "/v1//demanager/instances", instances + "/%2e%2e", instances + "?limit=x&limit=y"}), p.pick(bodies))
	switch p.IntN(6) {
	case 0:
		req.Header.Del("X-Auth-Token")
	case 1:
		req.Header.Set("X-Auth-Token", p.pick([]string{"test-toke", "tally.x", "other-token", strings.Repeat("x", 9000)}))
	case 2:
		req.Header.Set("Content-Type", p.pick([]string{"text/plain", "application/xml", "a/b; c"}))
	case 3:
		req.Header.Set("X-Large", strings.Repeat("x", 40<<10))
	case 4:
		req.URL.RawQuery = "x=" + strings.Repeat("x", 40<<10)
	}
	p.send(req)
}

// garbage writes bytes that are no HTTP, or hardly.
func (p *player) garbage() {
	text := []byte(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: test-token\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n%s", instances, p.notebook()))
	for range p.IntN(6) {
		text[p.IntN(len(text))] = byte(p.IntN(256))
	}
	conn, err := net.Dial("tcp", p.address)
	if err != nil {
		p.judge.blame("%v", err)
		return
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	_, _ = conn.Write(text[:p.IntN(len(text))+1]) // the mock may have hung up
	_ = conn.(*net.TCPConn).CloseWrite()
	for answers := bufio.NewReader(conn); ; {
		resp, err := http.ReadResponse(answers, nil)
		if err != nil {
			return // it hung up
		}
		data, _ := io.ReadAll(resp.Body)
		p.judge.count("garbage, which was answered " + resp.Status)
		if serverStatus(resp.StatusCode) {
			p.judge.blame("garbage %q: %d %s", text, resp.StatusCode, data)
		}
	}
}

// signed is signed by the time of the world, which another client may move.
func (p *player) signed() {
	clock, err := p.k.Clock(p.ctx)
	p.told(nil, err)
	body := p.notebook()
	req := p.request(p.ctx, "POST", instances, body)
	req.Header.Del("X-Auth-Token")
	signing.Sign(req, []byte(body), "KEY", p.pick([]string{keySecret, keySecret, "wrong"}), clock.Now)
	p.send(req)
}

func (p *player) prefer() {
	req := p.request(p.ctx, p.pick([]string{"GET", "POST", "DELETE"}), p.path(), "")
	if req.Method == "POST" {
		req = p.request(p.ctx, "POST", instances, p.notebook())
	}
	req.Header.Set("Prefer", p.pick([]string{"code=200", "code=404", "code=500", "code=299", "example=edition-2021", "respond-async", "=;=", "code=429, example=x"}))
	p.send(req)
}

// hangUp does not wait for its answer.
func (p *player) hangUp() {
	ctx, cancel := context.WithTimeout(context.WithValue(p.ctx, hangsUp{}, true), time.Duration(p.IntN(3000))*time.Microsecond)
	defer cancel()
	p.send(p.request(ctx, "POST", instances, p.notebook()))
}

func (p *player) plant() {
	deeds := []string{"latency=1ms-20ms", "status=503", "status=204:after", "code=APIGW.0308", "code=ModelArts.6309:force", "code=ModelArts.6101", "code=ModelArts.6102:after", "drop", "drop:after",
		"drop=headers", "truncate=10", "malformed", "rate=20000", "code=ModelArts.6101:malformed", "code=ModelArts.6101:truncate=5:latency=2ms", "code=none", "status=9"}
	when := []string{"first=3", "every=2:first=9", "probability=0.3", "skip=2:first=2", "method=POST:first=2", "body./name=soak-1", "tenant=" + project + ":first=5"}
	target := []string{"*", "*", "*", "createInstance", "listInstances", "getInstance", "actOnInstance", "deleteInstance", "createToken", "none"}
	p.told(p.k.AddFault(p.ctx, p.pick(target)+":header."+faultyHeader+"=yes:"+p.pick(when)+":"+p.pick(deeds)))
	p.told(p.k.Faults(p.ctx))
}

// failStates lets states fail. Forgotten now and then, so that not all end in failure.
func (p *player) failStates() {
	f := control.Failing{Event: p.pick([]string{"createInstance", "start", "stop"}), Times: 1 + p.IntN(3)}
	if p.IntN(2) == 0 {
		for _, e := range contract.Default().Reasons(contract.Default().Resources()[0], f.Event) {
			f.Code = e.Ref
		}
	}
	p.told(p.k.AddFailure(p.ctx, f))
	p.told(p.k.Failures(p.ctx))
	if p.IntN(4) == 0 {
		p.told(p.k.DropFailures(p.ctx))
	}
}

func (p *player) force() {
	r := p.resource()
	state := p.pick([]string{"RUNNING", "STOPPED", "UNAVAILABLE", "CREATE_FAILED", "RESIZING", "QUEUING", "NONE"})
	switch p.IntN(4) {
	case 0:
		p.told(p.k.SetState(p.ctx, r.Tenant, r.ID, state))
	case 1:
		p.told(p.k.SetStateFor(p.ctx, r.Tenant, r.ID, state, time.Minute))
	case 2:
		p.told(p.k.Finish(p.ctx, r.Tenant, r.ID))
	case 3:
		p.told(p.k.Fail(p.ctx, r.Tenant, r.ID))
	}
}

func (p *player) clock() {
	switch p.IntN(5) {
	case 0:
		p.told(p.k.Advance(p.ctx, time.Duration(p.IntN(3600))*time.Second))
	case 1:
		p.told(p.k.AdvanceToNext(p.ctx))
	case 2:
		p.told(p.k.Freeze(p.ctx))
	case 3:
		p.told(p.k.Resume(p.ctx))
	case 4:
		if clock, err := p.k.Clock(p.ctx); err == nil {
			p.told(p.k.SetClock(p.ctx, clock.Now.Add(time.Minute)))
		}
	}
}

// world changes what surrounds the API, and changes it back.
func (p *player) world() {
	switch p.IntN(3) {
	case 0:
		condition := p.pick(contract.Default().Conditions())
		p.told(p.k.Give(p.ctx, condition))
		p.call("POST", instances, p.notebook())
		p.told(p.k.Take(p.ctx, condition))
	case 1:
		calls, quota := 20, 3
		p.told(nil, p.k.SetLimits(p.ctx, control.Limits{Calls: &calls, Window: "minute", Quota: &quota}))
		p.call("POST", instances, p.notebook())
		p.told(nil, p.k.SetLimits(p.ctx, control.Limits{}))
	case 2:
		for _, status := range []string{"soldOut", "onSale"} {
			p.told(p.k.PatchCatalogue(p.ctx, "FlavorDetails", "modelarts.vm.cpu.2u", map[string]any{"status": status}))
			p.call("POST", instances, p.notebook())
		}
	}
}

// snapshot takes one and puts it back, in its own world or, where nobody else knows it, in another.
func (p *player) snapshot() {
	data, err := p.k.Snapshot(p.ctx)
	p.told(nil, err)
	if err != nil {
		return
	}
	p.call("POST", instances, p.notebook())
	if p.IntN(2) == 0 {
		p.k.Sandbox = fmt.Sprint("soak-", p.IntN(soakNames))
	}
	p.told(nil, p.k.Restore(p.ctx, data))
}

func (p *player) sandboxes() {
	kept, box := fmt.Sprint("kept-", p.IntN(5)), fmt.Sprint("soak-", p.IntN(soakNames))
	p.told(p.k.Keep(p.ctx, kept))
	p.told(p.k.MakeSandbox(p.ctx, box, p.pick([]string{"", kept, "none"})))
	p.told(p.k.Sandboxes(p.ctx))
	p.told(p.k.Kept(p.ctx))
	if p.IntN(2) == 0 {
		p.told(nil, p.k.DeleteSandbox(p.ctx, box))
		p.told(nil, p.k.Forget(p.ctx, kept))
	}
}

// reload is left out now and then: it takes seconds to read a contract under the race detector.
func (p *player) reload() { p.told(p.k.Reload(p.ctx)) }

func (p *player) journal() {
	f := control.Filter{Limit: 1 + p.IntN(50), Newest: p.IntN(2) == 0, Verdict: p.pick([]string{"", control.Valid, control.Invalid, control.Refused}), Status: p.pick([]string{"", "4xx", "200"})}
	some, err := p.k.Requests(p.ctx, f)
	p.told(nil, err)
	for _, one := range some.Requests[:min(len(some.Requests), 2)] {
		p.told(p.k.Request(p.ctx, one.ID))
		p.told(p.k.Explain(p.ctx, one.ID))
	}
	p.told(p.k.CountRequests(p.ctx, f))
	switch p.IntN(20) {
	case 0:
		p.told(p.k.HAR(p.ctx, f))
	case 1:
		p.told(nil, p.k.ForgetRequests(p.ctx))
	}
}

func (p *player) metrics() {
	for _, path := range []string{"metrics", "health", "ready", "openapi.yaml", "nothing"} {
		p.send(p.request(p.ctx, "GET", control.Prefix+path, ""))
	}
}
