package contract_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// answerOf is the code and the message that answer the first violation.
func answerOf(bad []contract.Violation) string {
	if len(bad) == 0 {
		return "no violation"
	}
	if bad[0].Refusal == nil {
		return "nothing answers " + bad[0].String()
	}
	return bad[0].Refusal.Error.Ref + " " + bad[0].Refusal.Message()
}

func TestReadOneDefect(t *testing.T) {
	wrong := func(name string) string {
		return fmt.Sprintf("ModelArts.6336 '%s' property value is incorrect.", name)
	}
	missing := func(name string) string { return fmt.Sprintf("ModelArts.6335 '%s' is a required property.", name) }
	mistyped := func(name, kind string) string {
		return fmt.Sprintf("ModelArts.6332 Incorrect parameter type. The '%s' parameter must be of the '%s' type.", name, kind)
	}
	character := func(c string) string {
		return "ModelArts.6334 Invalid value for name or description. The character `" + c + "` is not allowed."
	}
	const (
		size     = "ModelArts.6331 The evs volume size ranges from 5 GB to 4096 GB."
		duration = "ModelArts.6349 The 'duration' parameter is incorrect. The value ranges from 3600 to 86400."
		noTime   = "ModelArts.6348 The 'duration' parameter is mandatory for enabling auto stop."
	)
	for _, c := range []struct{ operation, patch, want string }{
		{"createInstance", `{"name": null}`, missing("name")},
		{"createInstance", `{"profile_id": null}`, missing("profile_id")},
		{"createInstance", `{"flavor": null}`, missing("flavor")},
		{"createInstance", `{"spec": null}`, missing("spec")},
		{"createInstance", `{"spec": {"storage": null}}`, "ModelArts.6316 The param 'storage' is needed for creating notebook instance."},
		{"createInstance", `{"spec": {"storage": {"type": null}}}`, missing("type")},
		{"createInstance", `{"name": 7}`, mistyped("name", "string")},
		{"createInstance", `{"spec": "small"}`, mistyped("spec", "object")},
		{"createInstance", `{"workspace": []}`, mistyped("workspace", "object")},
		{"createInstance", `{"spec": {"storage": {"location": {"volume_size": "5"}}}}`, mistyped("volume_size", "integer")},
		{"createInstance", `{"spec": {"storage": {"location": {"volume_size": 5.5}}}}`, mistyped("volume_size", "integer")},
		{"createInstance", `{"spec": {"auto_stop": {"enable": "yes"}}}`, mistyped("enable", "boolean")},
		{"createInstance", `{"name": ""}`, wrong("name")},
		{"createInstance", `{"name": "` + strings.Repeat("n", 65) + `"}`, wrong("name")},
		{"createInstance", `{"name": "two words"}`, character(" ")},
		{"createInstance", `{"name": "nb-é"}`, character("é")},
		{"createInstance", `{"description": "a<b>"}`, character("<")},
		{"createInstance", `{"description": "` + strings.Repeat("d", 513) + `"}`, wrong("description")},
		{"createInstance", `{"profile_id": ""}`, wrong("profile_id")},
		{"createInstance", `{"spec": {"storage": {"type": "nfs"}}}`, "ModelArts.6324 This location type is not supported. Please check it."},
		{"createInstance", `{"spec": {"storage": {"location": {"volume_size": 4}}}}`, size},
		{"createInstance", `{"spec": {"storage": {"location": {"volume_size": 4097}}}}`, size},
		{"createInstance", `{"spec": {"auto_stop": {"duration": 3599}}}`, duration},
		{"createInstance", `{"spec": {"auto_stop": {"duration": 86401}}}`, duration},
		{"createInstance", `{"spec": {"auto_stop": {"duration": null}}}`, noTime},
		{"createInstance", `{"spec": {"extend_storage": [{"type": "obsfs"}, {"type": "nfs"}]}}`, "ModelArts.6324 This location type is not supported. Please check it."},
		{"updateInstance", `{"description": "a/b"}`, character("/")},
		{"updateInstance", `{"description": 1}`, mistyped("description", "string")},
		{"updateInstance", `{"spec": {"auto_stop": {"enable": true}}}`, noTime},
		{"updateInstance", `{"spec": {"auto_stop": {"enable": true, "duration": 1}}}`, duration},
		{"actOnInstance", `{"action": null}`, missing("action")},
		{"actOnInstance", `{"action": "pause"}`, wrong("action")},
		{"actOnInstance", `{"action": 1}`, mistyped("action", "string")},
	} {
		t.Run(c.operation+" "+c.patch[:min(60, len(c.patch))], func(t *testing.T) {
			op := contract.Default().Operation(c.operation)
			_, bad := op.Read(input(t, op, c.patch))
			if got := answerOf(bad); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if len(bad) != 1 {
				t.Errorf("one defect gives %d violations: %v", len(bad), bad)
			}
		})
	}
}

func TestReadQuery(t *testing.T) {
	wrong := func(name string) string {
		return fmt.Sprintf("ModelArts.6336 '%s' property value is incorrect.", name)
	}
	op := contract.Default().Operation("listInstances")
	for _, c := range []struct{ query, want string }{
		{"", "ModelArts.6335 'de_type' is a required property."},
		{"de_type=notebook", wrong("de_type")},
		{"de_type=Notebook&provision_type=docker", wrong("provision_type")},
		{"de_type=Notebook&status=FOO", wrong("status")},
		{"de_type=Notebook&order=up", wrong("order")},
		{"de_type=Notebook&sortby=flavor", "ModelArts.6303 The field does not support sorting."},
		{"de_type=Notebook&limit=abc", "ModelArts.6332 Incorrect parameter type. The 'limit' parameter must be of the 'integer' type."},
		{"de_type=Notebook&limit=", "ModelArts.6332 Incorrect parameter type. The 'limit' parameter must be of the 'integer' type."},
		{"de_type=Notebook&offset=1.5", "ModelArts.6332 Incorrect parameter type. The 'offset' parameter must be of the 'integer' type."},
		{"de_type=Notebook&limit=-1", wrong("limit")},
		{"de_type=Notebook&show_self=maybe", wrong("show_self")},
		{"de_type=Notebook", "no violation"},
		{"de_type=Notebook&de_type=nonsense", "no violation"},
		{"de_type=Notebook&show_self=True&colour=red", "no violation"},
	} {
		t.Run(c.query, func(t *testing.T) {
			query, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			_, bad := op.Read(contract.Input{Path: map[string]string{"project_id": "p"}, Query: query})
			if got := answerOf(bad); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestReadFillsDefaults(t *testing.T) {
	op := contract.Default().Operation("listInstances")
	req, bad := op.Read(contract.Input{Path: map[string]string{"project_id": "p"},
		Query: url.Values{"de_type": {"Notebook"}, "limit": {"7"}, "ai_project_id": {"x"}}})
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	for name, want := range map[string]string{"sortby": "name", "order": "asc", "offset": "0", "limit": "7", "show_self": "true", "workspace_id": "0", "ai_project": "x", "status": "<nil>"} {
		if got := fmt.Sprint(req.Query[name]); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestReadBody(t *testing.T) {
	op := contract.Default().Operation("createInstance")
	for _, c := range []struct{ name, contentType, body, want string }{
		{"empty", "application/json", " \n", "ModelArts.0104 Parameter error."},
		{"cut", "application/json", `{"name":`, "ModelArts.0104 Parameter error."},
		{"two values", "application/json", `{} {}`, "ModelArts.0104 Parameter error."},
		{"array", "application/json", `[]`, "ModelArts.0104 Parameter error."},
		{"null", "application/json", `null`, "ModelArts.0104 Parameter error."},
		{"another type", "text/plain", `{}`, "ModelArts.0104 Parameter error."},
		{"broken type", ";", `{}`, "ModelArts.0104 Parameter error."},
		{"no type", "", `{}`, "ModelArts.6335 'name' is a required property."},
		{"charset", "application/json; charset=utf-8", `{}`, "ModelArts.6335 'name' is a required property."},
		{"suffix", "application/merge-patch+json", `{}`, "ModelArts.6335 'name' is a required property."},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, bad := op.Read(contract.Input{Path: map[string]string{"project_id": "p"}, ContentType: c.contentType, Body: []byte(c.body)})
			if got := answerOf(bad); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestReadOrder: absent members before wrong types before wrong values, each in the order of the document.
func TestReadOrder(t *testing.T) {
	op := contract.Default().Operation("createInstance")
	body := `{"spec": {"storage": {"type": "nfs"}, "auto_stop": {"enable": 1}}, "description": "<", "name": 5, "workspace": {"id": 6}, "flavor": ""}`
	_, bad := op.Read(contract.Input{Path: map[string]string{"project_id": "p"}, Body: []byte(body)})
	var got []string
	for _, v := range bad {
		got = append(got, v.Pointer+" "+v.Keyword)
	}
	want := "/profile_id required, /name type, /spec/auto_stop/enable type, /workspace/id type, /description pattern, /flavor minLength, /spec/storage/type enum"
	if strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
}

// TestReadTolerates lists what real clients send; none of it is a violation.
func TestReadTolerates(t *testing.T) {
	for name, body := range map[string]string{
		"unknown members":          `{"auto_stop": {"enable": 5}, "spec": {"extended_storage": {"type": "nfs"}}}`,
		"pool without id":          `{"pool": {"name": "pn"}}`,
		"pool with empty id":       `{"pool": {"id": "", "name": "", "type": ""}}`,
		"empty workspace":          `{"workspace": {"id": ""}}`,
		"no time, not enabled":     `{"spec": {"auto_stop": {"enable": false, "duration": 0}}}`,
		"empty path of block disk": `{"spec": {"storage": {"location": {"path": ""}}}}`,
		"leading slash":            `{"spec": {"storage": {"type": "obs", "location": {"path": "/bucket/dir/"}}}}`,
		"no location of evs":       `{"spec": {"storage": {"location": null}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			d := decide(t, contract.Situation{Request: read(t, "createInstance", body)})
			if d.Refusal != nil {
				t.Errorf("refused: %s", d.Refusal.Message())
			}
		})
	}
}
