package defects_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/internal/probing"
)

const (
	project = "a4a5d4098fb4474fa22cd05f897d6b99"
	other   = "e9993fc787d94b6c886cbaa340f9c0f4"
	limit   = 200 // calls of a tenant in an hour
)

// visit is a client on its way through one scenario. It notes what it sees; the control API is not seen.
type visit struct {
	*probing.Prober
	project string

	mu   sync.Mutex
	seen []string
}

// scenarios lead a client through a world of its own. Each is short: it shows one thing.
var scenarios = map[string]func(*visit){
	"life":    life,
	"keep":    keep,
	"time":    timers,
	"list":    lists,
	"quota":   quota,
	"login":   logins,
	"tenants": tenants,
	"odd":     odd,
	"race":    race,
}

var probes = sync.OnceValue(func() map[string]*contract.Probe {
	out := map[string]*contract.Probe{}
	for _, p := range contract.Default().Probes() {
		out["probe/"+p.ID] = &p
	}
	return out
})

// names lists all scenarios, probes last.
var names = sync.OnceValue(func() []string {
	var own, derived []string
	for name := range scenarios {
		own = append(own, name)
	}
	for name := range probes() {
		derived = append(derived, name)
	}
	slices.Sort(own)
	slices.Sort(derived)
	return append(own, derived...)
})

var cleanRuns sync.Map // name → func() []string

// clean is what an honest mock shows, found out once.
func clean(name string) []string {
	run, _ := cleanRuns.LoadOrStore(name, sync.OnceValue(func() []string { return record(name) }))
	return run.(func() []string)()
}

// record runs a scenario on a new mock.
func record(name string, opts ...mock.Option) []string {
	ids, at := 0, time.Date(2020, 7, 16, 8, 22, 29, 962_000_000, time.UTC)
	h, err := mock.New(contract.Default(), append([]mock.Option{
		mock.WithNow(func() time.Time { return at }),
		mock.WithIDs(func() string { ids++; return fmt.Sprintf("00000000-0000-1000-8000-%012d", ids) }),
		mock.WithWorld(mock.World{RateLimit: mock.RateLimit{Calls: limit, Window: "hour"}}),
		mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}, {Value: "other-token", Project: other}},
			Keys: []mock.Key{{Access: "TESTKEY", Secret: "test-secret"}}, Users: []mock.User{{Name: "user_name", Password: "user_password"}, {Name: "ops", Password: "pw"}}}),
	}, opts...)...)
	if err != nil {
		panic(err)
	}
	srv := httptest.NewServer(h)
	srv.Config.ErrorLog = nil
	defer srv.Close()
	client := srv.Client()
	client.Timeout = 10 * time.Second
	v := &visit{project: project}
	v.Prober = &probing.Prober{Contract: contract.Default(), URL: srv.URL, Tenant: project, Token: "test-token", Foreign: "other-token", Key: probing.Key{ID: "TESTKEY", Secret: "test-secret"},
		Limit: limit, Logins: map[string]string{"expired": login("ops", "pw", project), "unscoped": login("ops", "pw", ""), "credentials": login("ops", "wrong", "")},
		Send: func(req *http.Request) probing.Answer { return v.send(client, req) }}
	if scenario := scenarios[name]; scenario != nil {
		scenario(v)
	} else {
		_, key := v.Run(probes()[name])
		if key != "" {
			v.read(key)
		}
	}
	return normal(v.seen, srv.URL)
}

func login(user, password, scope string) string {
	if scope != "" {
		scope = fmt.Sprintf(`,"scope":{"project":{"name":%q}}`, scope)
	}
	return fmt.Sprintf(`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":%q,"password":%q,"domain":{"name":"D"}}}}%s}}`, user, password, scope)
}

func (v *visit) send(client *http.Client, req *http.Request) probing.Answer {
	resp, err := client.Do(req)
	if err != nil {
		v.note(req, "no answer")
		return probing.Answer{}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		body = append(body, " (cut)"...)
	}
	if !strings.HasPrefix(req.URL.Path, "/_tally/") {
		var headers []string
		for name := range resp.Header {
			if name != "Date" && name != "Content-Length" {
				headers = append(headers, name)
			}
		}
		slices.Sort(headers)
		v.note(req, fmt.Sprintf("%d %s %v %s", resp.StatusCode, resp.Header.Get("Content-Type"), headers, body))
	}
	return probing.Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}
}

func (v *visit) note(req *http.Request, what string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	uri := req.URL.RequestURI()
	v.seen = append(v.seen, fmt.Sprintf("%s %s → %s", req.Method, uri[:min(len(uri), 200)], what))
}

var unique = regexp.MustCompile(`00000000-0000-1000-8000-[0-9]{12}`)

// normal names ids by the order in which they are seen, so that only that order counts.
func normal(seen []string, url string) []string {
	labels := map[string]string{}
	out := make([]string, len(seen))
	for i, line := range seen {
		line = strings.ReplaceAll(line, url, "http://mock")
		out[i] = unique.ReplaceAllStringFunc(strings.ReplaceAll(line, strings.TrimPrefix(url, "http://"), "mock"), func(id string) string {
			if labels[id] == "" {
				labels[id] = fmt.Sprintf("<%d>", len(labels)+1)
			}
			return labels[id]
		})
	}
	return out
}

// difference is the first exchange in which two runs differ, and what the tampered one showed in it; "" when
// they are the same.
func difference(honest, tampered []string) (text, shown string) {
	for i, want := range honest {
		if i >= len(tampered) {
			return "missing: " + want, ""
		}
		if tampered[i] != want {
			return fmt.Sprintf("\n  honest:   %s\n  tampered: %s", short(want), short(tampered[i])), tampered[i]
		}
	}
	if len(tampered) > len(honest) {
		return "more: " + tampered[len(honest)], tampered[len(honest)]
	}
	return "", ""
}

func short(line string) string {
	if len(line) > 400 {
		return line[:400] + "…"
	}
	return line
}

// The steps of scenarios.

func kind() *contract.ResourceType { return contract.Default().Resources()[0] }

func (v *visit) call(method, path, body string) probing.Answer {
	req, err := http.NewRequest(method, v.URL+"/v1/"+v.project+"/demanager/instances"+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	req.Header.Set("X-Auth-Token", v.Token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return v.Send(req)
}

func (v *visit) read(key string) probing.Answer {
	return v.call("GET", "/"+url.PathEscape(key), "")
}

func (v *visit) list(query string) probing.Answer {
	return v.call("GET", "?de_type=Notebook"+query, "")
}

func (v *visit) action(key, action string) {
	v.call("POST", "/"+key+"/action", fmt.Sprintf(`{"action":%q}`, action))
}

func (v *visit) advance(by string) { v.Control("POST", "clock/advance", fmt.Sprintf(`{"by":%q}`, by)) }

func (v *visit) create(name string, members map[string]any) string {
	patch := map[string]any{"name": name}
	for member, value := range members {
		patch[member] = value
	}
	return v.Create(kind(), patch)
}

func life(v *visit) {
	nb := v.create("nb", nil)
	v.read(nb)
	v.advance("1h")
	for _, action := range []string{"restart", "stop", "start", "stop"} {
		v.action(nb, action)
		v.read(nb)
		v.action(nb, action)
		v.advance("10m")
		v.read(nb)
	}
	v.action(nb, "stop")
	v.call("GET", "/"+nb+"/token", "")
	v.call("DELETE", "/"+nb, "")
	v.read(nb)
	v.call("DELETE", "/"+nb, "")
}

func keep(v *visit) {
	nb := v.create("nb", map[string]any{"description": "first"})
	v.advance("1m")
	v.read(nb)
	v.call("PUT", "/"+nb, `{"description":"second"}`)
	v.read(nb)
	v.call("PUT", "/"+nb, `{"spec":{"auto_stop":{"enable":true,"duration":7200}}}`)
	v.read(nb)
	v.call("DELETE", "/"+nb, "")
	v.read(nb)
	v.create("nb", nil)
	v.list("")
	v.action(nb, "start")
	v.action(nb, "stop")
	v.advance("1m")
	v.read(nb)
	v.Force(nb, "RESIZING")
	v.call("PUT", "/"+nb, `{"description":"third"}`)
	v.read(nb)
	v.Force(nb, "STOPPED")
	v.call("DELETE", "/"+nb, "")
	v.list("")
	v.read(nb)
	v.read(v.create("nb", nil))
}

func timers(v *visit) {
	nb := v.create("nb", map[string]any{"spec": map[string]any{"auto_stop": map[string]any{"enable": true, "duration": 3600}}})
	v.advance("10s")
	for range 3 {
		v.read(nb)
		v.advance("10m")
		v.read(nb)
		v.call("PUT", "/"+nb, `{"description":"again"}`)
	}
	v.advance("31m")
	v.read(nb)
	v.list("")
}

func lists(v *visit) {
	v.list("")
	for i, name := range []string{"cc", "aa", "dd", "bb", "ee", "ff"} {
		members := map[string]any{"ai_project": map[string]any{"id": []string{"one", "two"}[i%2]}}
		if i == 4 {
			members["pool"] = map[string]any{"id": "pool-1"}
		}
		own := v.Token
		if i == 5 {
			v.Token = v.Login(login("ops", "pw", project))
		}
		nb := v.create(name, members)
		v.Token = own
		v.Force(nb, []string{"RUNNING", "STOPPED", "RUNNING"}[i%3])
		if i > 2 {
			v.advance("1s")
		}
	}
	for _, query := range []string{"", "&sortby=name", "&sortby=name&order=desc", "&sortby=creation_timestamp", "&sortby=creation_timestamp&order=desc",
		"&sortby=creation_timestamp", "&limit=2", "&limit=2&offset=2", "&limit=2&offset=4", "&offset=5", "&offset=50", "&status=STOPPED", "&status=STOPPED&limit=1",
		"&status=STARTING", "&ai_project=one", "&ai_project_id=two", "&pool_id=pool-1", "&workspace_id=none", "&show_self=true", "&show_self=false"} {
		v.list(query)
	}
}

func quota(v *visit) {
	for i := range kind().Create.Effect.Quota.Default + 2 {
		v.create(fmt.Sprint("nb-", i), nil)
	}
}

func logins(v *visit) {
	v.Token = v.Login(login("ops", "pw", project))
	v.list("")
}

func tenants(v *visit) {
	mine := v.create("nb", nil)
	stopped := v.create("stopped", nil)
	v.Force(stopped, "STOPPED")
	v.advance("1m")
	v.project, v.Prober.Tenant, v.Token = other, other, "other-token"
	v.list("")
	v.read(mine)
	v.call("GET", "/"+mine+"/token", "")
	v.call("PUT", "/"+mine, `{"description":"mine"}`)
	v.action(mine, "stop")
	v.call("DELETE", "/"+stopped, "")
	v.create("nb", nil)
	v.list("")
}

func odd(v *visit) {
	v.create("nb", map[string]any{"description": "机器学习"})
	in, err := kind().Create.DocumentedInput()
	if err != nil {
		panic(err)
	}
	in.ContentType = "application/json; charset=utf-8"
	v.Send(v.Request(kind().Create, in, ""))
}

// race sends pairs of requests at the same time. Of their answers only the statuses are noted, sorted, since
// which of two comes first is anybody's guess.
func race(v *visit) {
	effect := kind().Create.Effect
	at := func(path, method, a, b string) {
		before := len(v.seen)
		var wg sync.WaitGroup
		statuses := make([]int, 2)
		for i, body := range []string{a, b} {
			wg.Go(func() { statuses[i] = v.call(method, path, body).Status })
		}
		wg.Wait()
		slices.Sort(statuses)
		v.seen = append(v.seen[:before], fmt.Sprintf("%s twice → %v", method, statuses))
	}
	named := func(name string) string {
		in, err := kind().Create.DocumentedInput()
		if err == nil {
			in, err = in.Patched(map[string]any{"name": name}, nil)
		}
		if err != nil {
			panic(err)
		}
		return string(in.Body)
	}
	at("", "POST", named("nb"), named("nb"))
	var page struct {
		Instances []struct{ ID string }
	}
	if err := json.Unmarshal(v.list("&limit=1").Body, &page); err != nil || len(page.Instances) == 0 {
		return
	}
	nb := page.Instances[0].ID
	v.advance("1m")
	at("/"+nb, "PUT", `{"description":"both"}`, `{"spec":{"auto_stop":{"enable":true,"duration":7200}}}`)
	v.read(nb)
	at("/"+nb+"/action", "POST", `{"action":"stop"}`, `{"action":"stop"}`)
	for i := range effect.Quota.Default - 2 {
		v.create(fmt.Sprint("filler-", i), nil)
	}
	at("", "POST", named("a"), named("b"))
}
