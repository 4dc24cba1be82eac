package mock_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// exchanges gives the names of the examples of an operation's success.
func exchanges(op *contract.Operation) []string {
	var names []string
	for _, e := range op.Examples {
		if op.Success() != nil && e.Status == op.Success().Status {
			names = append(names, e.Name)
		}
	}
	return names
}

// TestDocumentedExchanges sends each documented request and holds the answer to the documented success:
// every member is there, of the same type; what the request sent comes back; the state is the documented
// one unless the example is known to contradict the reading taken.
func TestDocumentedExchanges(t *testing.T) {
	c := contract.Default()
	ran := 0
	for _, op := range c.Operations() {
		if op.Effect == nil {
			continue
		}
		for _, name := range exchanges(op) {
			ran++
			t.Run(op.ID+"/"+name, func(t *testing.T) { runExchange(t, op, name) })
		}
	}
	if ran < 12 {
		t.Errorf("only %d documented exchanges ran", ran)
	}
}

func runExchange(t *testing.T, op *contract.Operation, name string) {
	success := op.Example(name, op.Success().Status)
	c := start(t, fixed(), mock.WithWorld(mock.World{}))
	request, body := op.Example(name, 0), ""
	var sent any
	if request != nil {
		sent = request.Payload
		data, err := json.Marshal(sent)
		if err != nil {
			t.Fatal(err)
		}
		body = string(data)
	}
	path := c.prepare(op, success)
	got := c.must(op.Method, path, body)
	contradicted := func(pointer string) bool {
		return slices.ContainsFunc(success.Source.Contradicts, func(x contract.Contradiction) bool { return x.Pointer == pointer })
	}
	compare(t, "", success.Payload, got.body, func(pointer string, want, have any) {
		if contradicted(pointer) {
			return
		}
		echo := valueAt(sent, pointer)
		switch {
		case echo != nil && plain(echo) != plain(have):
			t.Errorf("%s: sent %v, answered %v", pointer, echo, have)
		case fmt.Sprintf("%T", plain(want)) != fmt.Sprintf("%T", plain(have)):
			t.Errorf("%s: got %v, want something like %v", pointer, have, want)
		case op.Effect.Do == contract.Transition && want != have:
			t.Errorf("%s: got %v, want %v", pointer, have, want)
		}
	})
	if want, _ := contract.Value(asMap(success.Payload), "/status").(string); want != "" && !contradicted("/status") && got.at("/status") != want {
		t.Errorf("status %v, want %s", got.at("/status"), want)
	}
}

// prepare brings about the state that the example shows, and gives the path to ask.
func (c *client) prepare(op *contract.Operation, success *contract.Example) string {
	c.t.Helper()
	base := strings.ReplaceAll(op.Path, "{project_id}", project)
	body, err := contract.Default().Operation("createInstance").DocumentedInput()
	if err != nil {
		c.t.Fatal(err)
	}
	payload := asMap(success.Payload)
	switch op.Effect.Do {
	case contract.Create:
		return base
	case contract.List:
		listed, _ := payload["instances"].([]any)
		for i, item := range listed {
			patch := fmt.Sprintf(`"name":%q`, fmt.Sprint("nb-", i))
			nb := c.create(strings.Replace(string(body.Body), `"name":"notebook-instance"`, patch, 1))
			c.force(nb, contract.Value(asMap(item), "/status").(string))
		}
		return base + "?de_type=Notebook"
	}
	nb := c.create(string(body.Body))
	state, _ := payload["status"].(string)
	if previous, ok := payload["previous_state"].(string); ok {
		state = previous
	}
	switch {
	case op.Effect.Do == contract.Delete:
		state = "STOPPED"
	case state == "" || contract.Default().Resources()[0].Lifecycle.State(state) == nil:
		state = "RUNNING" // the older environment type's states are none of ours
	}
	c.force(nb, state)
	return strings.ReplaceAll(base, "{instance_id}", nb[len(instances)+1:])
}

// compare visits every member of the documented answer, and reports those that are missing. An object that
// a client may name members of itself, and a null, promise nothing.
func compare(t *testing.T, pointer string, want, have any, leaf func(pointer string, want, have any)) {
	t.Helper()
	switch w := want.(type) {
	case nil:
	case map[string]any:
		h, ok := have.(map[string]any)
		if !ok {
			t.Errorf("%s: got %v, want an object", pointer, have)
			return
		}
		for name, member := range w {
			value, present := h[name]
			if !present && member != nil && !volatile[pointer+"/"+name] {
				t.Errorf("%s/%s is missing", pointer, name)
				continue
			}
			if present {
				compare(t, pointer+"/"+name, member, value, leaf)
			}
		}
	case []any:
		h, ok := have.([]any)
		if !ok || len(h) != len(w) {
			t.Errorf("%s: got %v, want %d items", pointer, have, len(w))
			return
		}
		for i := range w {
			compare(t, fmt.Sprint(pointer, "/", i), w[i], h[i], leaf)
		}
	default:
		leaf(pointer, want, have)
	}
}

// volatile members of examples depend on the sample that the page shows, for the reason given.
var volatile = map[string]bool{
	"/profile/provision/annotations/flavor": true, // only in the update example, whose profile no other page shows
	"/spec/auto_stop/duration":              true, // checked by TestAutoStop
}

func asMap(v any) map[string]any { m, _ := v.(map[string]any); return m }

func valueAt(v any, pointer string) any { return contract.Value(asMap(v), pointer) }

// plain makes numbers of the two decoders comparable.
func plain(v any) any {
	if n, ok := v.(json.Number); ok {
		f, _ := n.Float64()
		return f
	}
	return v
}

// TestDocumentedFailures reproduces every documented failure by code, status and text.
func TestDocumentedFailures(t *testing.T) {
	ran := 0
	for _, op := range contract.Default().Operations() {
		for _, e := range op.Examples {
			if e.Status < 400 {
				continue
			}
			ran++
			t.Run(op.ID+"/"+e.Name, func(t *testing.T) {
				c := start(t, fixed())
				a := c.provoke(op, asMap(e.Payload))
				if a.status != e.Status {
					t.Errorf("status %d, want %d", a.status, e.Status)
				}
				compare(t, "", e.Payload, a.body, func(pointer string, want, have any) {
					same := plain(want) == plain(have)
					known := slices.ContainsFunc(e.Source.Contradicts, func(x contract.Contradiction) bool { return x.Pointer == pointer })
					if !same && !(known && strings.ReplaceAll(fmt.Sprint(have), "'", "") == want) {
						t.Errorf("%s: got %q, want %q", pointer, have, want)
					}
				})
			})
		}
	}
	if ran < 11 {
		t.Errorf("only %d documented failures ran", ran)
	}
}

// provoke sends the request that the contract itself gives for the documented code.
func (c *client) provoke(op *contract.Operation, failure map[string]any) answer {
	c.t.Helper()
	code, _ := failure["error_code"].(string)
	if op.Effect == nil {
		c.token = ""
		if contract.Value(failure, "/error/code") == json.Number("401") {
			c = start(c.t, mock.WithAuth(mock.Auth{Users: []mock.User{{Name: "x", Password: "y"}}}))
			return c.do(op.Method, op.Path, login("x", "wrong", ""))
		}
		return c.do(op.Method, op.Path, "{")
	}
	in, err := op.DocumentedInput()
	if err != nil {
		c.t.Fatal(err)
	}
	path := strings.NewReplacer("{project_id}", project, "{instance_id}", "6fa459ea-ee8a-3ca4-894e-db77e160355e").Replace(op.Path)
	for _, r := range op.Rules {
		if r.Error.Code == code && r.Trigger != nil {
			if in, err = in.Patched(r.Trigger.Body, r.Trigger.Query); err != nil {
				c.t.Fatal(err)
			}
		}
	}
	return c.do(op.Method, path, string(in.Body))
}
