package otherserver

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLife(t *testing.T) {
	b := start(t)
	created := b.do("POST", "", with(evs, `{"description":"first","spec":{"auto_stop":{"enable":true,"duration":3600}}}`))
	b.want("status of create", created.gist(), "202")
	b.want("status", created.at("status"), starting)
	b.want("created", created.at("creation_timestamp"), "1594887749962")
	b.want("updated", created.at("latest_update_timestamp"), "1594887749962")
	b.want("url", created.at("spec.annotations.url"), "")
	b.want("prompt", created.at("spec.auto_stop.prompt"), "true")
	b.want("deadline", created.at("spec.auto_stop.stop_timestamp"), "<none>")
	b.want("profile", created.at("profile.name"), "Multi-Engine 1.0 (python3)-cpu")
	b.want("type", created.header.Get("Content-Type"), "application/json")
	if id := created.at("id"); !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("id %s", id)
	}
	path := "/" + created.at("id")

	b.pass(299 * time.Millisecond)
	b.want("status", b.do("GET", path, "").at("status"), starting)
	b.pass(time.Millisecond)
	up := b.do("GET", path+"?de_type=Notebook", "")
	b.want("status", up.at("status"), running)
	b.want("deadline", up.at("spec.auto_stop.stop_timestamp"), fmt.Sprint(1594887749962+300+3600_000))
	b.want("left", up.at("spec.auto_stop.remain_time"), "3600")
	if !strings.HasSuffix(up.at("spec.annotations.url"), "/notebook/user"+path) {
		t.Errorf("url %s", up.at("spec.annotations.url"))
	}
	first, second := b.do("GET", path+"/token", "").at("token"), b.do("GET", path+"/token", "").at("token")
	if first == second || !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(first) {
		t.Errorf("tokens %s and %s", first, second)
	}

	b.pass(1500 * time.Millisecond)
	changed := b.do("PUT", path, `{"description":"second","spec":{"auto_stop":{"enable":true,"duration":7200}}}`)
	b.want("status of update", changed.gist(), "200")
	b.want("description", changed.at("description"), "second")
	b.want("duration", changed.at("spec.auto_stop.duration"), "7200")
	b.want("deadline", changed.at("spec.auto_stop.stop_timestamp"), up.at("spec.auto_stop.stop_timestamp"))
	b.want("left, rounded up", changed.at("spec.auto_stop.remain_time"), "3599")
	b.want("updated", changed.at("latest_update_timestamp"), "1594887751762")

	b.want("delete", b.do("DELETE", path, "").gist(), "400 ModelArts.6304")
	stop := b.act(path, "stop")
	b.want("stop", fmt.Sprint(stop.gist(), stop.at("previous_state"), stop.at("current_status")), "202RUNNINGSTOPPING")
	b.pass(200 * time.Millisecond)
	off := b.do("GET", path, "")
	b.want("status", off.at("status"), stopped)
	b.want("left", off.at("spec.auto_stop.remain_time"), "<none>")
	b.want("updated", off.at("latest_update_timestamp"), "1594887751762")
	b.want("start", b.act(path, "start").at("current_status"), starting)
	b.pass(200 * time.Millisecond)
	b.want("new duration", b.do("GET", path, "").at("spec.auto_stop.remain_time"), "7200")
	b.pass(7200*time.Second + 199*time.Millisecond)
	b.want("status", b.do("GET", path, "").at("status"), stopping)
	b.pass(time.Millisecond)
	b.want("status", b.do("GET", path, "").at("status"), stopped)

	gone := b.do("DELETE", path, "")
	b.want("delete", gone.gist(), "200")
	b.want("deleted", "/"+gone.at("instance_id"), path)
	for _, method := range []string{"GET", "DELETE", "PUT"} {
		b.want(method, b.do(method, path, "").gist(), "400 ModelArts.6309")
	}
	b.want("list", b.do("GET", "?de_type=Notebook", "").at("instances"), "[]")
}

func TestDocumentedRequests(t *testing.T) {
	files, err := filepath.Glob("../../../fixtures/examples/createInstance/*.request.json")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b := start(t)
		b.want(filepath.Base(file), b.do("POST", "", string(body)).gist(), "202")
	}
	b := start(t)
	path := b.in(stopped)
	b.want("update", b.do("PUT", path, `{"description": "machine learning python2.7 notebook"}`).gist(), "200")
	b.want("start", b.act(path, "start").gist(), "202")
}

func TestCreateRefuses(t *testing.T) {
	b := start(t)
	b.create(`{"name":"taken"}`)
	for _, c := range []struct{ body, code string }{
		{`{"name":`, "ModelArts.6400"},
		{`[]`, "ModelArts.6400"},
		{`null`, "ModelArts.6400"},
		{evs + evs, "ModelArts.6400"},
		{"", "ModelArts.6400"},
		{with(evs, `{"name":null}`), "ModelArts.6335"},
		{with(evs, `{"profile_id":null}`), "ModelArts.6335"},
		{with(evs, `{"flavor":null}`), "ModelArts.6335"},
		{with(evs, `{"spec":null}`), "ModelArts.6335"},
		{with(evs, `{"spec":{"storage":null}}`), "ModelArts.6316"},
		{with(evs, `{"spec":{"storage":{"type":null}}}`), "ModelArts.6335"},
		{with(evs, `{"name":123}`), "ModelArts.6332"},
		{`{"name":null}`, "ModelArts.6335"}, // spec, documented after the name
		{strings.Replace(evs, `"nb-1"`, "null", 1), "ModelArts.6332"},
		{with(evs, `{"spec":{"auto_stop":"x"}}`), "ModelArts.6332"},
		{with(evs, `{"spec":{"auto_stop":{"enable":true,"duration":3600.5}}}`), "ModelArts.6332"},
		{with(evs, `{"spec":{"storage":{"location":{"volume_size":"5"}}}}`), "ModelArts.6332"},
		{with(obs, `{"spec":{"storage":{"location":{"path":1}}}}`), "ModelArts.6332"},
		{with(evs, `{"spec":{"annotations":{"a":1}}}`), "ModelArts.6332"},
		{with(evs, `{"spec":{"extend_storage":{}}}`), "ModelArts.6332"},
		{with(evs, `{"spec":{"extend_storage":[1]}}`), "ModelArts.6332"},
		{with(evs, `{"spec":{"extend_storage":[{"type":"evs"}]}}`), "ModelArts.6324"},
		{with(evs, `{"pool":{"owner":1}}`), "ModelArts.6332"},
		{with(evs, `{"name":""}`), "ModelArts.6336"},
		{with(evs, `{"name":"`+strings.Repeat("a", 65)+`"}`), "ModelArts.6336"},
		{with(evs, `{"description":"`+strings.Repeat("é", 513)+`"}`), "ModelArts.6336"},
		{with(evs, `{"name":"a b"}`), "ModelArts.6334"},
		{with(evs, `{"description":"a<b"}`), "ModelArts.6334"},
		{with(evs, `{"profile_id":"nope"}`), "ModelArts.6336"},
		{with(evs, `{"spec":{"storage":{"type":"nfs"}}}`), "ModelArts.6324"},
		{with(evs, `{"spec":{"storage":{"type":"EVS"}}}`), "ModelArts.6324"},
		{with(evs, `{"spec":{"storage":{"type":"obsfs"}}}`), "ModelArts.6324"},
		{with(evs, `{"spec":{"storage":{"location":{"access_modes":"All"}}}}`), "ModelArts.6336"},
		{with(obs, `{"spec":{"storage":{"location":null}}}`), "ModelArts.6317"},
		{with(obs, `{"spec":{"storage":{"location":{"path":"obs-bucket/test"}}}}`), "ModelArts.6318"},
		{with(obs, `{"spec":{"storage":{"location":{"path":"obs-bucket/"}}}}`), "ModelArts.6358"},
		{with(obs, `{"spec":{"storage":{"location":{"path":"/obs-bucket/"}}}}`), "ModelArts.6358"},
		{with(evs, `{"spec":{"storage":{"location":{"volume_size":4}}}}`), "ModelArts.6331"},
		{with(evs, `{"spec":{"storage":{"location":{"volume_size":4097}}}}`), "ModelArts.6331"},
		{with(evs, `{"spec":{"auto_stop":{"enable":true}}}`), "ModelArts.6348"},
		{with(evs, `{"spec":{"auto_stop":{"enable":true,"duration":3599}}}`), "ModelArts.6349"},
		{with(evs, `{"spec":{"auto_stop":{"enable":true,"duration":86401}}}`), "ModelArts.6349"},
		{with(evs, `{"flavor":"modelarts.vm.cpu.999u"}`), "ModelArts.6323"},
		{with(evs, `{"profile_id":"Multi-Engine 1.0 (python3)-gpu"}`), "ModelArts.6330"},
		{with(evs, `{"profile_id":"Python3-gpu","flavor":"modelarts.vm.gpu.4p100"}`), "ModelArts.6328"},
		{with(evs, `{"workspace":{"id":"nope"}}`), "ModelArts.0102"},
		{with(evs, `{"name":"taken"}`), "ModelArts.6301"},
		{with(evs, `{"name":"taken","flavor":"nope"}`), "ModelArts.6301"},                                   // the name comes first
		{with(evs, `{"name":"a b","spec":{"auto_stop":{"enable":true,"duration":1}}}`), "ModelArts.6349"},   // the last mistake
		{with(evs, `{"name":1,"description":"a/b","profile_id":null}`), "ModelArts.6334"},                   // again
		{with(evs, `{"name":"taken","spec":{"storage":{"type":"obs","location":null}}}`), "ModelArts.6317"}, // before what exists
	} {
		a := b.do("POST", "", c.body)
		b.want(c.body, a.gist(), "400 "+c.code)
		if a.at("error_msg") == "<none>" || a.at("error_message") != "<none>" || strings.Contains(a.at("error_msg"), "{}") {
			t.Errorf("%s: %v", c.body, a.body)
		}
	}
	b.want("left behind", b.do("GET", "?de_type=Notebook", "").at("total_count"), "1")
}

func TestCreateAccepts(t *testing.T) {
	b := start(t)
	for _, patch := range []string{
		`{"name":"` + strings.Repeat("Aa0-_", 12) + `abcd"}`,
		`{"description":"` + strings.Repeat("é", 512) + `"}`,
		`{"spec":{"auto_stop":{"enable":false,"duration":0}},"workspace":{"id":""},"pool":{"id":"","name":""}}`,
		`{"spec":{"auto_stop":{"duration":1}},"ai_project":{}}`,
		`{"spec":{"storage":{"location":{"path":"","volume_size":4096}},"extended_storage":{}},"auto_stop":1}`,
		`{"spec":{"storage":{"type":"obsfs","location":{"path":"bucket","access_modes":"ReadOnlyMany"}}},"pool":{"id":"p","owner":{"project_id":"q"}}}`,
		`{"spec":{"extend_storage":[{"type":"obsfs"}],"annotations":{"a":"b"}}}`,
		`{"spec":{"storage":{"type":"obs","location":{"path":"/bucket/dir/","volume_size":1}}}}`,
	} {
		a := b.do("POST", "", with(evs, patch))
		b.want(patch, a.gist(), "202")
		b.pass(time.Second)
		b.act("/"+a.at("id"), "stop")
		b.pass(time.Second)
		b.want("delete", b.do("DELETE", "/"+a.at("id"), "").gist(), "200")
	}
	b.want("null", b.do("POST", "", strings.Replace(evs, `"spec":{`, `"spec":{"annotations":null,"extend_storage":null,`, 1)).gist(), "202")
}

func TestQuota(t *testing.T) {
	b := start(t)
	for i := range quota {
		b.create(fmt.Sprintf(`{"name":"nb-%d"}`, i))
	}
	b.want("one more", b.do("POST", "", with(evs, `{"name":"more"}`)).gist(), "400 ModelArts.6302")
}

func TestStates(t *testing.T) {
	const put, autoStop, del, tok = `{"description":"x"}`, `{"spec":{"auto_stop":{"enable":true,"duration":3600}}}`, "delete", "token"
	for state, wants := range map[string][]string{
		//          start, stop, restart, queue, dequeue, description, auto_stop, token, delete
		starting:   {"6306", "6306", "6306", "6357", "6357", "ok", "ok", "6306", "6306"},
		running:    {"6305", stopping, restarting, "6357", "6357", "ok", "ok", "ok", "6304"},
		stopping:   {"6308", "6308", "6308", "6357", "6357", "6347", "ok", "6308", "6304"},
		stopped:    {starting, "6357", "6327", "6336", "6357", "ok", "ok", "6327", "ok"},
		restarting: {"6357", "6357", "6357", "6357", "6357", "6347", "ok", "6327", "6304"},
		queuing:    {"6357", "6357", "6327", "6357", stopped, "ok", "ok", "6327", "6357"},
		ready:      {starting, "6357", "6327", "6357", stopped, "ok", "ok", "6327", "6357"},
	} {
		for i, action := range []string{"start", "stop", "restart", "queue", "dequeue", put, autoStop, tok, del} {
			b := start(t)
			path := b.in(state)
			var a reply
			switch action {
			case put, autoStop:
				a = b.do("PUT", path, action)
			case del:
				a = b.do("DELETE", path, "")
			case tok:
				a = b.do("GET", path+"/token", "")
			default:
				a = b.act(path, action)
			}
			want := "400 ModelArts." + wants[i]
			switch {
			case wants[i] == "ok":
				want = "200"
			case len(wants[i]) > 4:
				want = "202"
				b.want(state+" "+action, a.at("previous_state")+" "+a.at("current_status"), state+" "+wants[i])
			}
			b.want(state+" "+action, a.gist(), want)
		}
	}
}

func TestTransients(t *testing.T) {
	for state, after := range map[string]string{starting: running, stopping: stopped, restarting: running, queuing: ready} {
		b := start(t)
		path := b.in(state)
		b.pass(time.Second)
		b.want(state, b.do("GET", path, "").at("status"), after)
	}
}

func TestUpdateAndAction(t *testing.T) {
	b := start(t)
	path := b.in(running)
	for _, c := range []struct{ method, path, body, want string }{
		{"PUT", path, `{}`, "200"},
		{"PUT", path, `{"description":"a/b"}`, "400 ModelArts.6334"},
		{"PUT", path, `{"description":null}`, "400 ModelArts.6332"},
		{"PUT", path, `{"description":"` + strings.Repeat("a", 513) + `"}`, "400 ModelArts.6336"},
		{"PUT", path, `{"spec":{"auto_stop":{"enable":true}}}`, "400 ModelArts.6348"},
		{"PUT", path, `{"spec":{"auto_stop":{"enable":true,"duration":86401}}}`, "400 ModelArts.6349"},
		{"PUT", path, `{"spec":[]}`, "400 ModelArts.6332"},
		{"PUT", path, `x`, "400 ModelArts.6400"},
		{"PUT", "/nope", `x`, "400 ModelArts.6309"}, // before the body is read
		{"POST", path + "/action", `{}`, "400 ModelArts.6335"},
		{"POST", path + "/action", `{"action":1}`, "400 ModelArts.6332"},
		{"POST", path + "/action", `{"action":"pause"}`, "400 ModelArts.6336"},
		{"POST", path + "/action", `"start"`, "400 ModelArts.6400"},
		{"POST", "/nope/action", `{`, "400 ModelArts.6309"},
		{"GET", "/nope/token", "", "400 ModelArts.6309"},
	} {
		b.want(c.method+c.path+c.body, b.do(c.method, c.path, c.body).gist(), c.want)
	}
	on := b.do("PUT", path, `{"spec":{"auto_stop":{"enable":true,"duration":3600}}}`)
	b.want("enabled while running", on.at("spec.auto_stop.remain_time"), "3600")
	off := b.do("PUT", path, `{"spec":{"auto_stop":{"enable":false}}}`)
	b.want("replaced", off.at("spec.auto_stop"), `{"enable":false,"prompt":true}`)
}

func TestList(t *testing.T) {
	b := start(t)
	b.create(`{"name":"b","pool":{"id":"p"}}`)
	b.create(`{"name":"c","ai_project":{"id":"x"}}`) // at the same time
	b.pass(time.Second)
	b.create(`{"name":"a"}`)
	for query, want := range map[string]string{
		"":                                       "3 a b c",
		"&order=desc":                            "3 c b a",
		"&sortby=creation_timestamp":             "3 b c a",
		"&sortby=creation_timestamp&order=desc":  "3 a b c",
		"&limit=2":                               "3 a b",
		"&limit=0&offset=1":                      "3 b c",
		"&limit=1&offset=1":                      "3 b",
		"&offset=3":                              "3 ",
		"&limit=99999999999999999999":            "3 a b c",
		"&status=RUNNING":                        "2 b c",
		"&status=DELETED":                        "0 ",
		"&workspace_id=0&show_self=True":         "3 a b c",
		"&workspace_id=1":                        "0 ",
		"&show_self=fAlSe&provision_type=Docker": "3 a b c",
		"&ai_project=x&ai_project_id=y":          "1 c",
		"&pool_id=p":                             "1 b",
	} {
		a := b.do("GET", "?de_type=Notebook"+query, "")
		b.want(query, a.at("total_count")+" "+a.names(), want)
	}
	for query, code := range map[string]string{
		"": "6335", "?de_type=notebook": "6336", "?de_type=Notebook&status=FOO": "6336",
		"?de_type=Notebook&order=up": "6336", "?de_type=Notebook&sortby=flavor": "6303",
		"?de_type=Notebook&limit=abc": "6332", "?de_type=Notebook&limit=": "6332", "?de_type=Notebook&offset=1.5": "6332",
		"?de_type=Notebook&offset=-1": "6336", "?de_type=Notebook&provision_type=VM": "6336",
		"?de_type=Notebook&show_self=yes": "6336", "?sortby=flavor&limit=x": "6332",
	} {
		b.want(query, b.do("GET", query, "").gist(), "400 ModelArts."+code)
	}
}

func TestWhoMayCall(t *testing.T) {
	b := start(t)
	path := b.create(`{}`)
	for who, want := range map[string]string{"": "401 APIGW.0301", "garbage": "401 APIGW.0301", secondToken: "403 APIGW.0310", token: "200"} {
		b.token = who
		a := b.do("GET", path, "")
		b.want(who, a.gist(), want)
		if a.status != 200 && a.at("request_id") != a.header.Get("X-Request-Id") {
			t.Errorf("%s: %v", who, a.body)
		}
	}
	b.token = secondToken
	b.want("own project", b.do("GET", "/v1/"+secondProject+"/demanager/instances"+path, "").gist(), "400 ModelArts.6309")
	for header, want := range map[string]string{
		"Bearer " + token: "200", "Bearer x": "401 APIGW.0301", "Basic eDp5": "401 APIGW.0305",
		"SDK-HMAC-SHA256 Access=x, SignedHeaders=host, Signature=0": "401 APIGW.0301",
	} {
		r, err := http.NewRequest("GET", b.url+"/v1/"+projectID+"/demanager/instances?de_type=Notebook", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", header)
		b.want(header, b.send(r).gist(), want)
	}
}

func TestGateway(t *testing.T) {
	b := start(t)
	b.want("path", b.do("GET", "/v1/"+projectID+"/nothing", "").gist(), "404 APIGW.0101")
	b.want("path", b.do("GET", "/nb/nothing", "").gist(), "404 APIGW.0101")
	b.want("empty id", b.do("GET", "/", "").gist(), "404 APIGW.0101")
	b.want("method", b.do("PATCH", "", "").at("error_msg"), "The API does not exist.")
	b.want("address", b.do("GET", "?de_type="+strings.Repeat("x", largestURI), "").gist(), "414 APIGW.0201")
	b.want("body", b.do("POST", "", strings.Repeat(" ", largestBody+1)).gist(), "413 APIGW.0201")
	r, err := http.NewRequest("POST", b.url+"/v1/"+projectID+"/demanager/instances", strings.NewReader(evs))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Auth-Token", token)
	r.Header.Set("Content-Type", "text/plain")
	b.want("type", b.send(r).gist(), "400 APIGW.0201")
	r.Body = http.NoBody
	r.Header.Set("X-Long", strings.Repeat("x", largestHeader))
	r.ContentLength = 0
	b.want("headers", b.send(r).gist(), "494 APIGW.0201")
}

func TestManyAtOnce(t *testing.T) {
	b := start(t)
	var all sync.WaitGroup
	for i := range quota {
		all.Go(func() {
			body := with(evs, fmt.Sprintf(`{"name":"nb-%d"}`, i))
			if a := b.do("POST", "", body); a.status != 202 {
				t.Errorf("create: %v", a.body)
			}
			b.pass(time.Millisecond)
			b.do("GET", "?de_type=Notebook", "")
		})
	}
	all.Wait()
	b.want("total", b.do("GET", "?de_type=Notebook", "").at("total_count"), fmt.Sprint(quota))
}

func TestOptions(t *testing.T) {
	if New(Options{Token: "t", Project: "p"}) == nil { // on the clock of the wall
		t.Error("no server")
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown fault was planted")
		}
	}()
	New(Options{Faults: map[string]bool{"nonsense": true}})
}
