package contract_test

import (
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// created is the body of a notebook made by the documented request with a patch.
func created(t *testing.T, body string) map[string]any {
	t.Helper()
	d := decide(t, contract.Situation{Request: read(t, "createInstance", body)})
	if d.Refusal != nil {
		t.Fatalf("refused: %s", d.Refusal.Message())
	}
	return d.Body
}

func TestCreateBody(t *testing.T) {
	const url = "https://modelarts-notebook-2.cn-north-4.myhuaweicloud.com"
	for _, c := range []struct{ name, patch, pointer, want string }{
		{"name kept", `{"name": "nb-7"}`, "/name", `"nb-7"`},
		{"description by default", `{"description": null}`, "/description", `""`},
		{"profile looked up", "", "/profile/flavor_type", `"GPU"`},
		{"profile by name", "", "/profile/name", `"Multi-Engine 1.0 (python3)-gpu"`},
		{"profile_id is no member", "", "/profile_id", `null`},
		{"flavor looked up", "", "/flavor_details/params", `{"CPU":8,"GPU":1,"gpu_type":"v100NV32","memory":"64GiB"}`},
		{"workspace by default", `{"workspace": null}`, "/workspace", `{"id":"0"}`},
		{"workspace without id", `{"workspace": {}}`, "/workspace", `{"id":"0"}`},
		{"workspace with empty id", `{"workspace": {"id": ""}}`, "/workspace", `{"id":"0"}`},
		{"project by default", "", "/ai_project", `{"id":"default-ai-project"}`},
		{"project kept", `{"ai_project": {"id": "x"}}`, "/ai_project", `{"id":"x"}`},
		{"pool with empty id", `{"pool": {"id": "", "name": "", "type": ""}}`, "/pool", `null`},
		{"pool without id", `{"pool": {"name": "pn"}}`, "/pool", `null`},
		{"pool kept", `{"pool": {"id": "p"}}`, "/pool", `{"id":"p"}`},
		{"owner", "", "/user", `{"id":"u-1","name":"ada"}`},
		{"annotations", "", "/spec/annotations", `{"target_domain":"` + url + `","url":""}`},
		{"automatic stop, prompt by default", "", "/spec/auto_stop", `{"duration":3600,"enable":true,"prompt":true}`},
		{"automatic stop by default", `{"spec": {"auto_stop": null}}`, "/spec/auto_stop", `{"enable":false,"prompt":true}`},
		{"automatic stop, nothing said", `{"spec": {"auto_stop": {"enable": null, "duration": null}}}`, "/spec/auto_stop", `{"enable":false,"prompt":true}`},
		{"no duration, not enabled", `{"spec": {"auto_stop": {"enable": false, "duration": 0}}}`, "/spec/auto_stop", `{"duration":0,"enable":false,"prompt":true}`},
		{"disk filled in", `{"spec": {"storage": {"location": null}}}`, "/spec/storage", `{"location":{"path":"/home/ma-user/work","volume_size":5,"volume_unit":"GB"},"type":"evs"}`},
		{"disk kept", `{"spec": {"storage": {"location": {"volume_size": 4096}}}}`, "/spec/storage/location", `{"path":"/home/ma-user/work","volume_size":4096,"volume_unit":"GB"}`},
		{"disk with empty path", `{"spec": {"storage": {"location": {"path": ""}}}}`, "/spec/storage/location/path", `"/home/ma-user/work"`},
		{"obs has no size", "{" + obs + "}", "/spec/storage", `{"location":{"path":"bucket/dir/"},"type":"obs"}`},
		{"null members", "", "/spec/failed_reasons", `null`},
		{"unknown member", `{"spec": {"extended_storage": {"type": "obsfs"}}}`, "/spec/extended_storage", `null`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := text(t, contract.Value(created(t, c.patch), c.pointer)); got != c.want {
				t.Errorf("%s is %s, want %s", c.pointer, got, c.want)
			}
		})
	}
}

// TestCreateNullsArePresent: four members of spec are there with the value null, as in the examples of 2021.
func TestCreateNullsArePresent(t *testing.T) {
	spec, _ := created(t, "")["spec"].(map[string]any)
	for _, name := range []string{"extend_params", "failed_reasons", "repository", "extend_storage"} {
		if v, present := spec[name]; !present || v != nil {
			t.Errorf("%s is %v, present: %v", name, v, present)
		}
	}
}

// TestCreateIsWhatTheSchemaSays holds what a create makes, shown in each state, to the schema of its answer.
func TestCreateIsWhatTheSchemaSays(t *testing.T) {
	schema := contract.Default().Operation("createInstance").Success().Schema
	for _, state := range contract.Default().Resources()[0].Lifecycle.States {
		nb := notebook(t, state.Name)
		nb.Deadline, nb.Turn = now, &contract.Turn{Rank: 1, Begin: now, End: now}
		// The answer goes through JSON, as it does over the wire.
		for _, v := range schema.Check("response", decoded(t, text(t, show(t, nb, now)))) {
			t.Errorf("%s: %s", state.Name, v)
		}
	}
}

func TestErrorBodies(t *testing.T) {
	c := contract.Default()
	for ref, want := range map[string]string{
		"ModelArts.6309": `{"error_code":"ModelArts.6309","error_message":"The instance does not exist.","error_msg":"The instance does not exist."}`,
		"APIGW.0101":     `{"error_code":"APIGW.0101","error_message":"The API does not exist or has not been published in the environment.","error_msg":"The API does not exist or has not been published in the environment.","request_id":"r-1"}`,
		"Identity.401":   `{"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}}`,
	} {
		e := c.Error(ref)
		if e == nil {
			t.Errorf("no error %s", ref)
			continue
		}
		if got := text(t, c.Body(&contract.Refusal{Error: e}, "r-1")); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	variant := c.Error("APIGW.0101/method")
	if variant == nil || variant.Code != "APIGW.0101" || variant.Message() != "The API does not exist." {
		t.Errorf("the variant is %+v", variant)
	}
	if body := c.Body(&contract.Refusal{Error: c.Error("APIGW.0101")}, ""); body["request_id"] != nil {
		t.Errorf("there is no request id, yet the body has %v", body["request_id"])
	}
}

func TestErrorMessages(t *testing.T) {
	c := contract.Default()
	for _, e := range c.Errors() {
		args := []string{"first", "second", "third", "fourth"}[:e.Holes()]
		if got := e.Message(args...); !e.Matches(got) {
			t.Errorf("%s does not match its own message %q", e.Ref, got)
		}
		if e.Matches("x" + e.Message(args...)) {
			t.Errorf("%s matches any beginning", e.Ref)
		}
		if e.Status < 100 || e.Meaning == "" || e.Source.Basis == "" || e.Position.Line == 0 {
			t.Errorf("%s is incomplete: %+v", e.Ref, e)
		}
	}
	if got, want := c.Error("ModelArts.6332").Message("limit"), "Incorrect parameter type. The 'limit' parameter must be of the '{}' type."; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEntriesWith(t *testing.T) {
	entries := contract.Default().Entries()
	changed, err := entries.With("Profile/mine", map[string]any{"id": "mine", "flavor_type": "GPU"})
	if err != nil {
		t.Fatal(err)
	}
	request := read(t, "createInstance", `{"profile_id": "mine"}`)
	if got := ref(decide(t, contract.Situation{Request: request, Entries: changed})); got != "CREATING" {
		t.Errorf("with the entry: %s", got)
	}
	if got := ref(decide(t, contract.Situation{Request: request, Entries: entries})); got != "ModelArts.6336" {
		t.Errorf("without it: %s; the first entries were changed", got)
	}
	for name, change := range map[string]string{"mine": `{}`, "Profiles/mine": `{}`, "FlavorDetails/modelarts.vm.cpu.2u": `{"status": "gone"}`} {
		if _, err := entries.With(name, patch(t, change)); err == nil {
			t.Errorf("%s accepts %s", name, change)
		}
	}
}
