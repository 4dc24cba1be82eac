package contract_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// TestDecideStates is the table of states and operations: a code is a refusal, a word the state right after.
func TestDecideStates(t *testing.T) {
	const table = `
		state           start          stop      restart     queue          dequeue  deleteInstance  updateInstance  getInstanceToken
		RUNNING         6305           STOPPING  RESTARTING  6357           6357     6304            RUNNING         RUNNING
		STOPPED         STARTING       6307      6327        6357           6357     DELETED         STOPPED         6327
		STARTING        6306           6306      6306        6306           6306     6306            STARTING        6327
		CREATING        6306           6306      6306        6357           6357     6304            CREATING        6327
		STOPPING        6308           6308      6308        6308           6308     6308            STOPPING        6327
		RESTARTING      6357           6357      6357        6357           6357     6357            RESTARTING      6327
		CREATE_FAILED   6357           6357      6327        6357           6357     DELETED         CREATE_FAILED   6327
		START_FAILED    STARTING       6307      6327        6357           6357     DELETED         START_FAILED    6327
		CREATE_QUEUING  6357           6357      6327        6357           STOPPED  DELETED         CREATE_QUEUING  6327
		START_QUEUING   6357           6357      6327        6357           STOPPED  DELETED         START_QUEUING   6327
		READY_TO_START  STARTING       6357      6327        6357           STOPPED  DELETED         READY_TO_START  6327
		UNAVAILABLE     6333           6333      6333        6333           6333     DELETED         UNAVAILABLE     6333
		RESIZING        6357           6357      6357        6357           6357     6357            6347            6327
		RESIZE_FAILED   6357           6357      6357        6357           6357     DELETED         RESIZE_FAILED   6327
		DELETED         6309           6309      6309        6309           6309     6309            6309            6309`
	lines := strings.Split(strings.TrimSpace(table), "\n")
	events := strings.Fields(lines[0])[1:]
	if got := len(contract.Default().Resources()[0].Lifecycle.States); got != len(lines)-1 {
		t.Errorf("the table has %d states, the contract %d", len(lines)-1, got)
	}
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		for i, event := range events {
			operation, body := event, ""
			if contract.Default().Operation(event) == nil {
				operation, body = "actOnInstance", fmt.Sprintf(`{"action": %q}`, event)
			}
			d := decide(t, contract.Situation{Request: read(t, operation, body), Resource: notebook(t, cells[0])})
			if got := strings.TrimPrefix(ref(d), "ModelArts."); got != cells[i+1] {
				t.Errorf("%s in %s: got %s, want %s", event, cells[0], got, cells[i+1])
			}
		}
	}
}

func TestUpdateMerges(t *testing.T) {
	for _, c := range []struct{ name, patch, want string }{
		{"description", `{"description": "new"}`, `{"description": "new"}`},
		{"switched off", `{"description": null, "spec": {"auto_stop": {"enable": false}}}`, `{"spec": {"auto_stop": {"enable": false}}}`},
		{"another time", `{"description": null, "spec": {"auto_stop": {"enable": true, "duration": 7200}}}`, `{"spec": {"auto_stop": {"duration": 7200}}}`},
		{"unknown members", `{"description": null, "name": "other", "auto_stop": {"enable": false}, "spec": {"storage": {"type": "obs"}}}`, `{}`},
		{"nothing", `{"description": null}`, `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			nb := notebook(t, "RUNNING")
			before := text(t, nb.Body)
			d := decide(t, contract.Situation{Request: read(t, "updateInstance", c.patch), Resource: nb})
			want := text(t, contract.MergePatch(decoded(t, before), patch(t, c.want)))
			if got := text(t, d.Body); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if text(t, nb.Body) != before {
				t.Error("the update changed the resource it was given")
			}
		})
	}
}

// TestUpdateInTransit: the automatic stop may not be changed on the way, the description may.
func TestUpdateInTransit(t *testing.T) {
	stop := read(t, "updateInstance", `{"spec": {"auto_stop": {"enable": true, "duration": 7200}}}`)
	d := decide(t, contract.Situation{Request: stop, Resource: notebook(t, "STARTING")})
	if got, want := ref(d), "ModelArts.6347"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	if got, want := d.Refusal.Message(), "When the instance is in the 'STARTING' status, the 'auto_stop' parameter cannot be modified."; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// show is the notebook as a client sees it at a moment.
func show(t *testing.T, r *contract.Resource, at time.Time) map[string]any {
	t.Helper()
	body, err := contract.Default().Resources()[0].Show(r, at)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestShowByState(t *testing.T) {
	for _, s := range contract.Default().Resources()[0].Lifecycle.States {
		nb := notebook(t, s.Name)
		nb.Deadline = now.Add(time.Hour)
		nb.Turn = &contract.Turn{Rank: 2, Begin: now, End: now.Add(40 * time.Second)}
		nb.Failure = contract.Default().Error("ModelArts.6361")
		body := show(t, nb, now)
		if body["status"] != s.Name || body["id"] != "DE-1" {
			t.Errorf("%s is shown as %v, %v", s.Name, body["status"], body["id"])
		}
		url := contract.Value(body, "/spec/annotations/url")
		if running := s.Name == "RUNNING"; running != (url != "") || running != (contract.Value(body, "/spec/auto_stop/remain_time") != nil) {
			t.Errorf("%s: the url is %v, auto_stop %v", s.Name, url, contract.Value(body, "/spec/auto_stop"))
		}
		if queued := strings.HasSuffix(s.Name, "QUEUING"); queued != (body["queuing_info"] != nil) {
			t.Errorf("%s: queuing_info is %v", s.Name, body["queuing_info"])
		}
		if failed := s.Name == "CREATE_FAILED" || s.Name == "START_FAILED"; failed != (contract.Value(body, "/spec/failed_reasons/code") == "ModelArts.6361") {
			t.Errorf("%s: failed_reasons is %v", s.Name, contract.Value(body, "/spec/failed_reasons"))
		}
	}
}

// TestShowTimes uses the figures of the documented examples: created 1594887749962, stopping 1594891408723,
// read at 1594888143062, when 3266 seconds are left.
func TestShowTimes(t *testing.T) {
	at := func(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
	nb := notebook(t, "RUNNING")
	nb.Created, nb.Updated, nb.Deadline = at(1594887749962), at(1594888143062), at(1594891408723)
	body := show(t, nb, at(1594888143062))
	for pointer, want := range map[string]any{
		"/creation_timestamp":            "1594887749962",
		"/latest_update_timestamp":       "1594888143062",
		"/spec/auto_stop/stop_timestamp": int64(1594891408723),
		"/spec/auto_stop/remain_time":    int64(3266),
	} {
		if got := contract.Value(body, pointer); got != want {
			t.Errorf("%s is %v (%T), want %v (%T)", pointer, got, got, want, want)
		}
	}
	for _, c := range []struct {
		left time.Duration
		want int64
	}{{0, 0}, {time.Millisecond, 1}, {time.Second, 1}, {1001 * time.Millisecond, 2}, {-time.Minute, 0}} {
		if got := contract.Value(show(t, nb, nb.Deadline.Add(-c.left)), "/spec/auto_stop/remain_time"); got != c.want {
			t.Errorf("with %v left remain_time is %v, want %d", c.left, got, c.want)
		}
	}
	nb.Deadline = time.Time{}
	if stop := contract.Value(show(t, nb, now), "/spec/auto_stop"); contract.Value(stop.(map[string]any), "/remain_time") != nil {
		t.Errorf("nothing runs out, yet auto_stop is %v", stop)
	}
}

func TestShowQueue(t *testing.T) {
	nb := notebook(t, "START_QUEUING")
	nb.Turn = &contract.Turn{Rank: 3, Begin: now, End: now.Add(59_500 * time.Millisecond)}
	info, _ := show(t, nb, now)["queuing_info"].(map[string]any)
	for name, want := range map[string]any{"id": "DE-1", "name": "notebook-instance", "de_type": "Notebook", "flavor": "modelarts.bm.gpu.v100NV32",
		"status": "START_QUEUING", "begin_timestamp": now.UnixMilli(), "end_timestamp": now.UnixMilli() + 59_500, "remain_time": int64(60), "rank": int64(3)} {
		if info[name] != want {
			t.Errorf("%s is %v (%T), want %v (%T)", name, info[name], info[name], want, want)
		}
	}
	if contract.Value(info, "/flavor_details/name") != info["flavor"] {
		t.Errorf("flavor_details is %v", info["flavor_details"])
	}
}

func TestDeadline(t *testing.T) {
	rt := contract.Default().Resources()[0]
	for _, c := range []struct {
		name, state, patch string
		want               time.Duration // 0 for never
	}{
		{"running", "RUNNING", "", time.Hour},
		{"stopped", "STOPPED", "", 0},
		{"switched off", "RUNNING", `{"spec": {"auto_stop": {"enable": false}}}`, 0},
		{"two hours", "RUNNING", `{"spec": {"auto_stop": {"duration": 7200}}}`, 2 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := decide(t, contract.Situation{Request: read(t, "createInstance", c.patch)})
			got, err := rt.Deadline(c.state, d.Body, now)
			if err != nil {
				t.Fatal(err)
			}
			if c.want == 0 != got.IsZero() || (c.want > 0 && got.Sub(now) != c.want) {
				t.Errorf("got %v, want %v after now", got, c.want)
			}
		})
	}
}

func TestReplies(t *testing.T) {
	c := contract.Default()
	if id := c.Operation("createInstance").Effect.NewID("7d558ef8-c73d-11ea-964c-0255ac100033"); id != "DE-7d558ef8-c73d-11ea-964c-0255ac100033" {
		t.Errorf("the id is %s", id)
	}
	nb := notebook(t, "STARTING")
	nb.Previous = "STOPPED"
	for operation, want := range map[string]string{
		"deleteInstance": `{"instance_id":"DE-1"}`,
		"actOnInstance":  `{"current_status":"STARTING","previous_state":"STOPPED"}`,
	} {
		body, err := c.Operation(operation).Effect.Reply(nb, now)
		if err != nil || text(t, body) != want {
			t.Errorf("%s answers %s, %v; want %s", operation, text(t, body), err, want)
		}
	}
	token, err := c.Operation("getInstanceToken").Effect.Reply(nb, now)
	if err != nil || !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(fmt.Sprint(token["token"])) {
		t.Errorf("the token is %v, %v", token, err)
	}
	list := c.Operation("listInstances").Effect.ReplyList(7, []any{})
	if got, want := text(t, list), `{"instances":[],"total_count":7}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func text(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func decoded(t testing.TB, text string) any {
	t.Helper()
	return patch(t, text)
}
