package mock_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/mock"
)

// TestRequirements proves, one by one, what clients in use need of the mock.
func TestRequirements(t *testing.T) {
	t.Parallel()
	for _, r := range []struct {
		id, text string
		prove    func(*testing.T, *client)
	}{
		{"R1", "tokens: 201, X-Subject-Token, a full body, every form of a project scope", proveTokens},
		{"R2", "the catalogue has both service types, with region and project; nocatalog leaves it out", proveCatalog},
		{"R3", "X-Auth-Token or Bearer; a signature by an unknown key is refused", proveCredentials},
		{"R4", "401 for wrong, missing and expired tokens; a new one works at once, old ones stay valid", proveTokenLife},
		{"R5", "every answer is a JSON object and says so", proveJSON},
		{"R6", "errors carry error_code, error_msg and error_message", proveErrors},
		{"R7", "a success has no error_code", proveNoErrorCode},
		{"R8", "timestamps are strings of digits, counters integers", proveTypes},
		{"R9", "lists are arrays with an integer count and no hints of pages", proveLists},
		{"R10", "unknown members and query parameters are ignored, ai_project_id is ai_project", proveUnknown},
		{"R11", "show_self in any case", proveShowSelf},
		{"R12", "empty pool, workspace, duration and evs path", proveEmpty},
		{"R13", "an OBS path may begin with a slash", provePaths},
		{"R14", "not found is 400 with ModelArts.6309", proveNotFound},
		{"R15", "headers of a body on requests without one", proveHeaders},
		{"R16", "plain http and any Host", proveHosts},
		{"R17", "a token for a running instance, and its URL", proveInstanceToken},
		{"R18", "404 with APIGW.0101 for unknown paths and methods", proveRoutes},
	} {
		t.Run(r.id, func(t *testing.T) {
			t.Parallel()
			t.Log(r.text)
			r.prove(t, start(t, fixed()))
		})
	}
}

// listing is a list with its one required parameter.
const listing = instances + "?de_type=Notebook"

const owner = `"identity":{"methods":["password"],"password":{"user":{"name":"ops","password":"pw","domain":{"name":"D"}}}}`

// issue gets a token for a scope, "" for none.
func issue(t *testing.T, c *client, query, scope string) answer {
	t.Helper()
	if scope != "" {
		scope = `,"scope":` + scope
	}
	req := c.request("POST", "/v3/auth/tokens"+query, `{"auth":{`+owner+scope+`}}`)
	req.Header.Del("X-Auth-Token")
	a := c.send(req)
	if a.status != http.StatusCreated || a.header.Get("X-Subject-Token") == "" {
		t.Fatalf("token%s for %s: %d %v %s", query, scope, a.status, a.header, a.raw)
	}
	return a
}

// with sends a request with one header in place of the token.
func with(c *client, method, path, body, header, value string) answer {
	c.t.Helper()
	req := c.request(method, path, body)
	req.Header.Del("X-Auth-Token")
	if header != "" {
		req.Header.Set(header, value)
	}
	return c.send(req)
}

func want(t *testing.T, what string, a answer, status int, code string) {
	t.Helper()
	if a.status != status || a.code() != code {
		t.Errorf("%s: got %d %s, want %d %s", what, a.status, a.raw, status, code)
	}
}

func proveTokens(t *testing.T, c *client) {
	for _, scope := range []struct{ scope, id string }{
		{`{"project":{"name":"eu-de"}}`, mock.ProjectID("eu-de")},
		{`{"project":{"name":"eu-de","domain":{"name":"D"}}}`, mock.ProjectID("eu-de")},
		{`{"project":{"name":"eu-de","domain":{"id":"d1d1"}}}`, mock.ProjectID("eu-de")},
		{`{"project":{"id":"` + project + `"}}`, project},
		{`{"project":{"id":"` + project + `","domain":{"name":"D"}}}`, project},
	} {
		a := issue(t, c, "", scope.scope)
		for _, member := range []string{"/token/methods/0", "/token/expires_at", "/token/issued_at", "/token/user/id", "/token/user/name",
			"/token/user/domain/name", "/token/user/domain/id", "/token/project/name", "/token/project/domain/id", "/token/roles/0/name", "/token/catalog/0"} {
			if v := a.at(member); v == nil || v == "" {
				t.Errorf("scope %s: %s is missing in %s", scope.scope, member, a.raw)
			}
		}
		if got := a.at("/token/project/id"); got != scope.id {
			t.Errorf("scope %s: project id %v, want %s", scope.scope, got, scope.id)
		}
		path := "/v1/" + scope.id + "/demanager/instances?de_type=Notebook"
		want(t, "a list with the token for "+scope.scope, with(c, "GET", path, "", "X-Auth-Token", a.header.Get("X-Subject-Token")), 200, "")
	}
	if a := with(c, "GET", "/v3", "", "", ""); a.status != 200 || a.at("/version/status") != "stable" || !strings.HasPrefix(fmt.Sprint(a.at("/version/id")), "v3") {
		t.Errorf("version: %d %s", a.status, a.raw)
	}
}

func proveCatalog(t *testing.T, c *client) {
	a := issue(t, c, "", `{"project":{"name":"cn-north-4_team","domain":{"name":"D"}}}`)
	found := map[string]bool{}
	services, _ := a.at("/token/catalog").([]any)
	for _, s := range services {
		service, _ := s.(map[string]any)
		e := answer{body: service}
		kind, _ := e.at("/type").(string)
		if kind != "modelarts" && kind != "modelartsv1" {
			continue
		}
		found[kind] = true
		wantURL := c.url + "/v1/" + mock.ProjectID("cn-north-4_team")
		if e.at("/endpoints/0/interface") != "public" || e.at("/endpoints/0/region") != "cn-north-4" || e.at("/endpoints/0/region_id") != "cn-north-4" || e.at("/endpoints/0/url") != wantURL {
			t.Errorf("%s: endpoint %v, want public, cn-north-4, %s", kind, e.at("/endpoints/0"), wantURL)
		}
	}
	if !found["modelarts"] || !found["modelartsv1"] {
		t.Errorf("catalogue %v lacks a service type", services)
	}
	if a := issue(t, c, "?nocatalog=true", `{"project":{"name":"cn-north-4"}}`); a.at("/token/catalog/0") != nil {
		t.Errorf("nocatalog: %s", a.raw)
	}
}

func proveCredentials(t *testing.T, c *client) {
	want(t, "X-Auth-Token", with(c, "GET", listing, "", "X-Auth-Token", "test-token"), 200, "")
	want(t, "Bearer", with(c, "GET", listing, "", "Authorization", "Bearer test-token"), 200, "")
	want(t, "bearer", with(c, "GET", listing, "", "Authorization", "bearer test-token"), 200, "")
	req := c.request("GET", listing, "")
	req.Header.Del("X-Auth-Token")
	req.Header.Set("X-Sdk-Date", "20200716T082229Z")
	req.Header.Set("Authorization", "SDK-HMAC-SHA256 Access=AK, SignedHeaders=content-type;host;x-sdk-date, Signature=0123456789abcdef")
	want(t, "signature", c.send(req), 401, "APIGW.0301")
}

func proveTokenLife(t *testing.T, c *client) {
	for what, a := range map[string]answer{
		"wrong":         with(c, "GET", listing, "", "X-Auth-Token", "no-such-token"),
		"wrong bearer":  with(c, "GET", listing, "", "Authorization", "Bearer no-such-token"),
		"missing":       with(c, "GET", listing, "", "", ""),
		"empty bearer":  with(c, "GET", listing, "", "Authorization", "Bearer "),
		"wrong, create": with(c, "POST", instances, notebook("n"), "X-Auth-Token", "no-such-token"),
	} {
		if a.status != 401 || a.code() == "" {
			t.Errorf("%s token: %d %s, want 401 with a code", what, a.status, a.raw)
		}
	}
	scope := `{"project":{"id":"` + project + `"}}`
	old := issue(t, c, "", scope).header.Get("X-Subject-Token")
	c.advance("23h")
	young := issue(t, c, "", scope).header.Get("X-Subject-Token")
	want(t, "the new token", with(c, "GET", listing, "", "X-Auth-Token", young), 200, "")
	want(t, "the old token beside it", with(c, "GET", listing, "", "X-Auth-Token", old), 200, "")
	c.advance("2h")
	if a := with(c, "GET", listing, "", "X-Auth-Token", old); a.status != 401 || a.code() == "" {
		t.Errorf("expired token: %d %s, want 401 with a code", a.status, a.raw)
	}
	want(t, "the new token, when the old one has expired", with(c, "GET", listing, "", "X-Auth-Token", young), 200, "")
}

// tour visits every operation and every kind of refusal, and shows each answer.
func tour(t *testing.T, c *client, visit func(what string, a answer)) {
	t.Helper()
	show := func(method, path, body string) answer {
		t.Helper()
		a := c.do(method, path, body)
		visit(method+" "+path+" "+body, a)
		return a
	}
	id, _ := show("POST", instances, notebook("tour")).at("/id").(string)
	path := instances + "/" + id
	show("GET", path, "")
	show("GET", listing, "")
	show("GET", path+"/token", "") // refused: not running yet
	c.advance("10s")
	show("GET", path+"/token", "")
	show("PUT", path, `{"description":"changed"}`)
	show("DELETE", path, "") // refused: running
	show("POST", path+"/action", `{"action":"stop"}`)
	show("POST", path+"/action", `{"action":"stop"}`) // refused: stopping
	c.advance("10s")
	show("POST", path+"/action", `{"action":"start"}`)
	c.advance("10s")
	show("POST", path+"/action", `{"action":"restart"}`)
	c.force(path, "START_FAILED")
	show("GET", path, "")
	show("DELETE", path, "")
	show("GET", path, "")
	show("POST", instances, `{"name":`)
	show("POST", instances, ``)
	show("POST", instances, `{}`)
	show("GET", listing+"&limit=none", "")
	show("GET", "/v1/"+other+"/demanager/instances?de_type=Notebook", "")
	show("GET", "/nowhere", "")
	show("PATCH", instances, "{}")
	show("GET", "/v3", "")
	show("POST", "/v3/auth/tokens", `{"auth":{`+owner+`}}`)
	visit("without a token", with(c, "GET", listing, "", "", ""))
	visit("a long URI", with(c, "GET", "/"+strings.Repeat("x", 33<<10), "", "", ""))
}

func proveJSON(t *testing.T, c *client) {
	tour(t, c, func(what string, a answer) {
		if got := a.header.Get("Content-Type"); got != "application/json; charset=UTF-8" || a.body == nil {
			t.Errorf("%s: %d, Content-Type %q, body %.200q; want a JSON object", what, a.status, got, a.raw)
		}
	})
}

func proveErrors(t *testing.T, c *client) {
	errors := 0
	tour(t, c, func(what string, a answer) {
		if a.status < 400 {
			return
		}
		errors++
		msg, _ := a.at("/error_msg").(string)
		if a.code() == "" || msg == "" || a.at("/error_message") != msg {
			t.Errorf("%s: %d %s, want error_code, error_msg and error_message", what, a.status, a.raw)
		}
	})
	if errors < 10 {
		t.Errorf("only %d errors on the tour", errors)
	}
}

func proveNoErrorCode(t *testing.T, c *client) {
	successes := 0
	tour(t, c, func(what string, a answer) {
		if a.status >= 400 {
			return
		}
		successes++
		if v := a.at("/error_code"); v != nil && v != "" {
			t.Errorf("%s: %d %s, want no error_code", what, a.status, a.raw)
		}
	})
	if successes < 10 {
		t.Errorf("only %d successes on the tour", successes)
	}
}

func proveTypes(t *testing.T, c *client) {
	millis := regexp.MustCompile(`^[0-9]{13}$`)
	integers := func(a answer, members ...string) {
		t.Helper()
		for _, member := range members {
			if f, ok := a.at(member).(float64); !ok || f != float64(int64(f)) {
				t.Errorf("%s is %v in %s, want an integer", member, a.at(member), a.raw)
			}
		}
	}
	path := c.create(notebook("timed", `"spec":{"storage":{"type":"evs"},"auto_stop":{"enable":true,"duration":3600}}`))
	c.advance("10s")
	a := c.must("GET", path, "")
	for _, member := range []string{"/creation_timestamp", "/latest_update_timestamp"} {
		if s, ok := a.at(member).(string); !ok || !millis.MatchString(s) {
			t.Errorf("%s is %v, want a string of 13 digits", member, a.at(member))
		}
	}
	integers(a, "/spec/auto_stop/stop_timestamp", "/spec/auto_stop/remain_time", "/spec/auto_stop/duration")
	c.control("PATCH", "catalogue/FlavorDetails/modelarts.vm.cpu.free", `{"status":"soldOut"}`)
	queued := c.create(strings.Replace(notebook("queued"), "modelarts.vm.cpu.2u", "modelarts.vm.cpu.free", 1))
	integers(c.must("GET", queued, ""), "/queuing_info/begin_timestamp", "/queuing_info/end_timestamp", "/queuing_info/remain_time",
		"/queuing_info/rank", "/flavor_details/duration")
}

func proveLists(t *testing.T, c *client) {
	check := func(query string, total, length int) {
		t.Helper()
		a := c.must("GET", listing+query, "")
		items, isArray := a.at("/instances").([]any)
		if !isArray || len(items) != length || a.at("/total_count") != float64(total) || strings.Contains(a.raw, `"total_count":"`) {
			t.Errorf("list%s: %s, want %d of %d", query, a.raw, length, total)
		}
		for _, hint := range []string{"links", "instances_links", "next", "marker"} {
			if _, has := a.body[hint]; has {
				t.Errorf("list%s has %s: a client would follow it", query, hint)
			}
		}
		if a.header.Get("Link") != "" {
			t.Errorf("list%s has the header Link %q", query, a.header.Get("Link"))
		}
	}
	check("", 0, 0)
	c.create(notebook("a"))
	c.create(notebook("b"))
	c.create(notebook("c"))
	check("", 3, 3)
	check("&limit=2", 3, 2)
	check("&limit=2&offset=2", 3, 1)
	check("&offset=7", 3, 0)
	check("&status=STOPPED", 0, 0)
}

func proveUnknown(t *testing.T, c *client) {
	path := c.create(`{"name":"known","flavor":"modelarts.vm.cpu.2u","profile_id":"Multi-Engine 1.0 (python3)-cpu","color":"red","auto_stop":{"enable":true,"duration":1},
		"spec":{"storage":{"type":"obs","location":{"path":"/b/d/"}},"extended_storage":{"location":{"path":"bkt"},"type":"obsfs"}},"ai_project":{"id":"x"}}`)
	a := c.must("PUT", path, `{"description":"hello","auto_stop":{"enable":true,"prompt":false,"duration":7200}}`)
	if a.at("/description") != "hello" || a.at("/spec/auto_stop/enable") != false || a.at("/auto_stop") != nil || a.at("/color") != nil || a.at("/spec/extended_storage") != nil {
		t.Errorf("unknown members had an effect: %s", a.raw)
	}
	want(t, "de_type on get", c.do("GET", path+"?de_type=Notebook", ""), 200, "")
	for query, n := range map[string]int{"&color=red": 1, "&ai_project_id=x": 1, "&ai_project=x": 1, "&ai_project_id=y": 0} {
		if items, _ := c.must("GET", listing+query, "").at("/instances").([]any); len(items) != n {
			t.Errorf("list%s: %d instances, want %d", query, len(items), n)
		}
	}
}

func proveShowSelf(t *testing.T, c *client) {
	c.create(notebook("mine"))
	own := c.token
	c.token = issue(t, c, "", `{"project":{"id":"`+project+`"}}`).header.Get("X-Subject-Token") // of another user
	c.create(notebook("theirs"))
	c.token = own
	for value, n := range map[string]int{"True": 1, "true": 1, "TRUE": 1, "False": 2, "false": 2} {
		if items, _ := c.must("GET", listing+"&show_self="+value, "").at("/instances").([]any); len(items) != n {
			t.Errorf("show_self=%s: %d instances, want %d", value, len(items), n)
		}
	}
}

func proveEmpty(t *testing.T, c *client) {
	for i, members := range []string{
		`"pool":{"id":"","name":"","type":""}`,
		`"pool":{"name":"pn"}`,
		`"workspace":{"id":""}`,
		`"workspace":{"id":"0"}`,
		`"description":"","spec":{"storage":{"type":"evs","location":{"path":""}},"auto_stop":{"enable":false,"duration":0}}`,
	} {
		a := c.do("POST", instances, notebook(fmt.Sprintf("empty-%d", i), members))
		want(t, members, a, 200, "")
		if a.at("/pool") != nil || a.at("/workspace/id") != "0" || a.at("/spec/storage/type") != "evs" || a.at("/spec/auto_stop/enable") != false {
			t.Errorf("%s: %s, want no pool, the default workspace, evs and no automatic stop", members, a.raw)
		}
	}
}

func provePaths(t *testing.T, c *client) {
	for i, path := range []string{"/test-bucket/notebooks/", "test-bucket/notebooks/"} {
		a := c.must("POST", instances, notebook(fmt.Sprintf("obs-%d", i), fmt.Sprintf(`"spec":{"storage":{"type":"obs","location":{"path":%q}}}`, path)))
		if got := a.at("/spec/storage/location/path"); got != path {
			t.Errorf("path %v, want %s", got, path)
		}
	}
}

func proveNotFound(t *testing.T, c *client) {
	for _, id := range []string{"DE-6fa459ea-ee8a-3ca4-894e-db77e160355e", "a-name", "a%20name"} {
		for _, r := range []struct{ method, path, body string }{
			{"GET", "", ""}, {"GET", "/token", ""}, {"PUT", "", `{"description":"x"}`}, {"DELETE", "", ""}, {"POST", "/action", `{"action":"start"}`},
		} {
			want(t, r.method+" "+id+r.path, c.do(r.method, instances+"/"+id+r.path, r.body), 400, "ModelArts.6309")
		}
	}
}

func proveHeaders(t *testing.T, c *client) {
	path := c.create(notebook("headers"))
	for _, r := range []struct{ method, path string }{{"GET", path}, {"GET", listing}, {"DELETE", path}} {
		c.force(path, "STOPPED")
		req := c.request(r.method, r.path, "")
		req.Body, req.TransferEncoding = nil, nil
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Content-Length", "0")
		want(t, r.method+" "+r.path, c.send(req), 200, "")
	}
}

func proveHosts(t *testing.T, c *client) {
	for _, host := range []string{"modelarts.cn-north-4.myhuaweicloud.com", "localhost:1", "[::1]:8080"} {
		req := c.request("GET", listing, "")
		req.Host = host
		want(t, host, c.send(req), 200, "")
		req = c.request("POST", "/v3/auth/tokens", `{"auth":{`+owner+`,"scope":{"project":{"name":"eu-de"}}}}`)
		req.Host = host
		a := c.send(req)
		u, err := url.Parse(fmt.Sprint(a.at("/token/catalog/0/endpoints/0/url")))
		if a.status != 201 || err != nil || u.Host != host || u.Scheme != "http" {
			t.Errorf("%s: token %d, the catalogue leads to %v", host, a.status, u)
		}
	}
}

func proveInstanceToken(t *testing.T, c *client) {
	path := c.create(notebook("open"))
	a := c.must("GET", path, "")
	if got := a.at("/spec/annotations/url"); got != "" {
		t.Errorf("URL while it is created: %v, want it empty", got)
	}
	c.advance("10s")
	a = c.must("GET", path, "")
	if u, err := url.Parse(fmt.Sprint(a.at("/spec/annotations/url"))); err != nil || u.Host == "" {
		t.Errorf("URL while it runs: %v", a.at("/spec/annotations/url"))
	}
	if token, _ := c.must("GET", path+"/token", "").at("/token").(string); token == "" {
		t.Error("no token while it runs")
	}
}

func proveRoutes(t *testing.T, c *client) {
	for _, r := range []struct{ method, path string }{
		{"GET", "/"}, {"GET", "/v1"}, {"GET", "/v2/" + project + "/demanager/instances"}, {"GET", "/v1/demanager/instances"},
		{"GET", instances + "/x/y"}, {"PATCH", instances + "/x"}, {"PUT", instances}, {"DELETE", instances}, {"GET", "/v3/auth/tokens"},
	} {
		want(t, r.method+" "+r.path, c.do(r.method, r.path, ""), 404, "APIGW.0101")
	}
}
