package mock_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
	"github.com/tallystick/tallystick/mock"
)

var taken = time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)

// seeded is an instance of a snapshot, whose state it entered some seconds before.
func seeded(id, state string, age int) fixtures.Instance {
	text := fmt.Sprintf(`{"name":"name-of-%s","description":"","flavor":"modelarts.vm.cpu.2u","profile":{"id":"Python3","name":"Python3","de_type":"Notebook","provision":{"type":"Docker"}},
		"spec":{"storage":{"type":"evs","location":{"path":"/home/ma-user/work"}},"auto_stop":{"enable":true,"duration":60}},"workspace":{"id":"0"}}`, id)
	var body map[string]any
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		panic(err)
	}
	return fixtures.Instance{Tenant: project, ID: id, State: state, Since: taken.Add(-time.Duration(age) * time.Second), Body: body}
}

func startWith(t *testing.T, instances ...fixtures.Instance) *client {
	t.Helper()
	return start(t, fixed(), mock.WithInstances(fixtures.Snapshot{Taken: taken, Instances: instances}))
}

func TestInstancesGoOnFromTheSnapshot(t *testing.T) {
	timer := seeded("timer", "RUNNING", 5)
	timer.Deadline = taken.Add(7 * time.Second)
	c := startWith(t, seeded("transient", "CREATING", 2), seeded("still", "STOPPED", 1_000_000), timer, seeded("full-timer", "RUNNING", 50))
	at := func(id string) string { return instances + "/" + id }
	c.wantStatus(at("still"), "STOPPED")
	c.advance("3900ms")
	c.wantStatus(at("transient"), "CREATING")
	c.advance("100ms")
	c.wantStatus(at("transient"), "RUNNING")
	c.advance("2900ms")
	c.wantStatus(at("timer"), "RUNNING")
	c.advance("100ms")
	c.wantStatus(at("timer"), "STOPPING")
	c.wantStatus(at("full-timer"), "RUNNING")
	c.advance("3s")
	c.wantStatus(at("full-timer"), "STOPPING")
	c.wantStatus(at("timer"), "STOPPED")
	c.wantStatus(at("still"), "STOPPED")
}

func TestInstancesAreLikeOthers(t *testing.T) {
	queued, head := seeded("second", "CREATE_QUEUING", 1), seeded("first", "CREATE_QUEUING", 2)
	c := startWith(t, queued, head, seeded("still", "STOPPED", 9))
	list := c.must("GET", instances+"?de_type=Notebook", "")
	if got := list.at("/total_count"); got != 3.0 {
		t.Errorf("the list has %v", got)
	}
	if rank := c.must("GET", instances+"/second", "").at("/queuing_info/rank"); rank != 2.0 {
		t.Errorf("rank %v, want 2: who came first is served first", rank)
	}
	c.refused("POST", instances, notebook("name-of-still"), 400, "ModelArts.6301")
	c.must("POST", instances+"/still/action", `{"action":"start"}`)
	c.wantStatus(instances+"/still", "STARTING")
	c.must("DELETE", instances+"/second", "")
	c.control("POST", "reset", "")
	c.wantStatus(instances+"/still", "STOPPED")
	c.wantStatus(instances+"/second", "CREATE_QUEUING")
}

// What a recording shows is shown again by a mock that it was put into.
func TestInstancesOfARecording(t *testing.T) {
	c := start(t, fixed())
	path := c.create(notebook("recorded", `"description":"d"`, `"spec":{"storage":{"type":"evs"},"auto_stop":{"enable":true,"duration":3600}}`))
	c.advance("1m")
	before := c.must("GET", path, "")
	at := time.Date(2020, 7, 16, 8, 23, 29, 962_000_000, time.UTC)
	s, err := fixtures.Instances(contract.Default(), fixtures.NewRecording(
		fixtures.Exchange{Started: at, Method: "GET", URL: "http://h" + path, Status: 200, ResponseBody: before.raw}))
	if err != nil {
		t.Fatal(err)
	}
	again := start(t, mock.WithNow(func() time.Time { return at }), mock.WithInstances(s))
	after := again.must("GET", path, "")
	if !reflect.DeepEqual(before.body, after.body) {
		t.Errorf("before\n%s, after\n%s", before.raw, after.raw)
	}
}

func TestInstancesThatCannotBe(t *testing.T) {
	with := func(change func(*fixtures.Instance)) []fixtures.Instance {
		in := seeded("one", "STOPPED", 1)
		change(&in)
		return []fixtures.Instance{in}
	}
	same := seeded("two", "STOPPED", 1)
	same.Body["name"] = "name-of-one"
	same.Where = "life.har entries[7]"
	for _, row := range []struct {
		instances []fixtures.Instance
		want      string
	}{
		{with(func(in *fixtures.Instance) { in.ID = "" }), `snapshot: instance "": the id is missing`},
		{with(func(in *fixtures.Instance) { in.Tenant = "" }), `instance "one": the tenant is missing`},
		{with(func(in *fixtures.Instance) { in.Body = nil }), `the body is missing`},
		{with(func(in *fixtures.Instance) { in.Kind = "Thing" }), `kind "Thing" is not in the contract; it knows [Instance]`},
		{with(func(in *fixtures.Instance) { in.State = "" }), `state "" is none of kind Instance; want one of [CREATE_QUEUING`},
		{with(func(in *fixtures.Instance) { in.State = "DELETED" }), `state "DELETED" is none of kind Instance`},
		{with(func(in *fixtures.Instance) { in.Failure = "ModelArts.9" }), `failure "ModelArts.9" is not in the catalogue`},
		{with(func(in *fixtures.Instance) { delete(in.Body, "flavor") }), `the body breaks the schema of Instance: body /flavor: "flavor" is missing`},
		{with(func(in *fixtures.Instance) { in.Body["description"] = 1 }), `the body breaks the schema of Instance: body /description`},
		{with(func(in *fixtures.Instance) { in.Body["x"] = func() {} }), `the body is no JSON`},
		{[]fixtures.Instance{seeded("one", "STOPPED", 1), seeded("one", "RUNNING", 1)}, `instance "one": tenant "` + project + `" has this id twice`},
		{[]fixtures.Instance{seeded("one", "STOPPED", 1), same}, `life.har entries[7]: instance "two": /name is "name-of-one", as with instance "one"`},
	} {
		_, err := mock.New(contract.Default(), mock.WithInstances(fixtures.Snapshot{Instances: row.instances}))
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%v, want %q", err, row.want)
		}
	}
}
