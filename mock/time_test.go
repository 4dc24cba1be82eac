package mock_test

import (
	"fmt"
	"testing"

	"github.com/tallystick/tallystick/mock"
)

func TestLifeByTime(t *testing.T) {
	c := start(t, fixed())
	nb := c.create(notebook("nb"))
	for _, step := range []struct{ action, during, takes, after string }{
		{"", "CREATING", "6s", "RUNNING"},
		{"stop", "STOPPING", "3s", "STOPPED"},
		{"start", "STARTING", "4s", "RUNNING"},
		{"restart", "RESTARTING", "5s", "RUNNING"},
	} {
		if step.action != "" {
			before := c.status(nb)
			a := c.action(nb, step.action)
			if a.at("/current_status") != step.during || a.at("/previous_state") != before {
				t.Errorf("%s: %s", step.action, a.raw)
			}
		}
		c.wantStatus(nb, step.during)
		c.control("POST", "clock/advance", fmt.Sprintf(`{"by":%q}`, step.takes))
		c.wantStatus(nb, step.after)
	}
}

// A late look sees what early ones would have seen: every step happens at the moment it was due.
func TestStepsHappenWhenTheyWereDue(t *testing.T) {
	c := start(t, fixed())
	nb := c.create(notebook("nb", `"spec":{"storage":{"type":"evs"},"auto_stop":{"enable":true,"duration":3600}}`))
	c.advance("1h6s") // 6 s of creation, one hour of running: STOPPING has begun this very moment
	c.wantStatus(nb, "STOPPING")
	c.advance("2999ms")
	c.wantStatus(nb, "STOPPING")
	c.advance("1ms")
	c.wantStatus(nb, "STOPPED")
}

// The arithmetic of the documented examples: the timer starts with RUNNING, a change of the description
// does not move it, remain_time is rounded up, and only an update moves latest_update_timestamp.
func TestAutoStop(t *testing.T) {
	c := start(t, fixed())
	nb := c.create(notebook("nb", `"spec":{"storage":{"type":"evs"},"auto_stop":{"enable":true,"duration":3600}}`))
	created := c.must("GET", nb, "")
	if created.at("/spec/auto_stop/stop_timestamp") != nil || created.at("/spec/annotations/url") != "" {
		t.Errorf("before it runs: %s", created.raw)
	}
	c.advance("6s")
	running := c.must("GET", nb, "")
	stop := float64(1594887749962 + 6000 + 3600_000)
	if running.at("/spec/auto_stop/stop_timestamp") != stop || running.at("/spec/auto_stop/remain_time") != 3600.0 {
		t.Errorf("running: %s", running.raw)
	}
	c.advance("334300ms")
	updated := c.must("PUT", nb, `{"description":"update notebook"}`)
	if updated.at("/spec/auto_stop/stop_timestamp") != stop || updated.at("/spec/auto_stop/remain_time") != 3266.0 {
		t.Errorf("updated: %s", updated.raw)
	}
	if updated.at("/creation_timestamp") != "1594887749962" || updated.at("/latest_update_timestamp") != "1594888090262" {
		t.Errorf("timestamps: %s", updated.raw)
	}
	c.must("PUT", nb, `{"spec":{"auto_stop":{"enable":true,"duration":7200}}}`)
	if got := c.must("GET", nb, "").at("/spec/auto_stop/stop_timestamp"); got != stop {
		t.Errorf("a new duration moved the running timer to %v", got)
	}
	c.must("PUT", nb, `{"spec":{"auto_stop":{"enable":false}}}`)
	if a := c.must("GET", nb, ""); a.at("/spec/auto_stop/stop_timestamp") != nil || a.at("/spec/auto_stop/prompt") != true {
		t.Errorf("switched off: %s", a.raw)
	}
	c.advance("48h")
	c.wantStatus(nb, "RUNNING")
	c.must("PUT", nb, `{"spec":{"auto_stop":{"enable":true,"duration":7200}}}`)
	c.action(nb, "restart")
	c.advance("5s")
	if got := c.must("GET", nb, "").at("/spec/auto_stop/remain_time"); got != 7200.0 {
		t.Errorf("after a restart the timer has %v seconds", got)
	}
}

func TestProgressByReads(t *testing.T) {
	var p mock.Progress
	for _, set := range []string{"reads:2", "stop=manual", "start=time"} {
		if err := p.Set(set); err != nil {
			t.Fatal(err)
		}
	}
	c := start(t, fixed(), mock.WithProgress(p))
	nb := c.create(notebook("nb"))
	c.advance("1h") // time does nothing
	c.wantStatus(nb, "CREATING")
	if a := c.must("GET", instances+"?de_type=Notebook&status=CREATING", ""); a.at("/total_count") != 1.0 {
		t.Errorf("a list counts as a read: %s", a.raw)
	}
	if a := c.must("GET", instances+"?de_type=Notebook&status=RUNNING", ""); a.at("/total_count") != 1.0 {
		t.Errorf("read twice: %s", a.raw)
	}
	c.wantStatus(nb, "RUNNING")
	c.action(nb, "stop")
	c.advance("1h")
	for range 5 {
		c.wantStatus(nb, "STOPPING")
	}
	c.control("POST", "resources/"+project+"/"+nb[len(instances)+1:]+"/finish", "")
	c.wantStatus(nb, "STOPPED")
	c.action(nb, "start")
	c.wantStatus(nb, "STARTING")
	c.advance("4s")
	c.wantStatus(nb, "RUNNING")
}

func TestInstant(t *testing.T) {
	c := start(t, fixed(), mock.WithProgress(mock.Progress{Instant: true}))
	nb := c.create(notebook("nb"))
	c.wantStatus(nb, "RUNNING")
	for _, step := range []struct{ action, reported, after string }{
		{"stop", "STOPPING", "STOPPED"}, {"start", "STARTING", "RUNNING"}, {"restart", "RESTARTING", "RUNNING"},
	} {
		if a := c.action(nb, step.action); a.at("/current_status") != step.reported {
			t.Errorf("%s: %s", step.action, a.raw)
		}
		if a := c.must("GET", instances+"?de_type=Notebook&status="+step.after, ""); a.at("/total_count") != 1.0 {
			t.Errorf("after %s: %s", step.action, a.raw)
		}
	}
}

func TestFailures(t *testing.T) {
	c := start(t, fixed())
	c.control("POST", "failures", `{"event":"createInstance"}`)
	nb := c.create(notebook("nb"))
	c.wantStatus(nb, "CREATING")
	c.advance("6s")
	a := c.must("GET", nb, "")
	if a.at("/status") != "CREATE_FAILED" || a.at("/spec/failed_reasons/code") != "ModelArts.6361" {
		t.Errorf("failed creation: %s", a.raw)
	}
	c.must("DELETE", nb, "")
	nb = c.create(notebook("nb"))
	c.advance("6s")
	c.wantStatus(nb, "RUNNING")
	c.control("POST", "resources/"+project+"/"+nb[len(instances)+1:]+"/fault", "")
	c.refused("POST", nb+"/action", `{"action":"stop"}`, 400, "ModelArts.6333")
	c.advance("60s")
	c.wantStatus(nb, "RUNNING")
	c.must("POST", nb+"/action", `{"action":"stop"}`)
	c.advance("3s")
	c.control("POST", "failures", `{"event":"start","times":2}`)
	for range 2 {
		c.must("POST", nb+"/action", `{"action":"start"}`)
		c.advance("4s")
		c.wantStatus(nb, "START_FAILED")
	}
	c.must("POST", nb+"/action", `{"action":"start"}`)
	if a := c.must("GET", nb, ""); a.at("/spec/failed_reasons") != nil {
		t.Errorf("a new start still shows the old failure: %s", a.raw)
	}
	c.advance("4s")
	c.wantStatus(nb, "RUNNING")
}

func TestQueue(t *testing.T) {
	c := start(t, fixed(), mock.WithWorld(mock.World{Catalogue: map[string]map[string]any{
		"FlavorDetails/modelarts.vm.cpu.free": {"status": "soldOut"}}}))
	var all []string
	for _, name := range []string{"a", "b", "c"} {
		body := `{"name":"` + name + `","profile_id":"Multi-Engine 1.0 (python3)-cpu","flavor":"modelarts.vm.cpu.free","spec":{"storage":{"type":"evs"}}}`
		all = append(all, c.create(body))
	}
	rank := func(nb string, want, wait float64) {
		t.Helper()
		a := c.must("GET", nb, "")
		if a.at("/queuing_info/rank") != want || a.at("/queuing_info/remain_time") != wait || a.at("/queuing_info/status") != a.at("/status") {
			t.Errorf("rank %v after %v s wanted: %s", want, wait, a.raw)
		}
	}
	c.wantStatus(all[0], "CREATE_QUEUING")
	rank(all[0], 1, 20)
	rank(all[1], 2, 40)
	rank(all[2], 3, 60)
	c.must("POST", all[1]+"/action", `{"action":"dequeue"}`)
	c.wantStatus(all[1], "STOPPED")
	rank(all[2], 2, 40)
	c.advance("20s")
	c.wantStatus(all[0], "CREATING")
	rank(all[2], 1, 20)
	c.advance("6s")
	c.wantStatus(all[0], "RUNNING")
	c.must("POST", all[1]+"/action", `{"action":"queue"}`)
	c.wantStatus(all[1], "START_QUEUING")
	rank(all[1], 2, 34)
	c.advance("34s")
	c.wantStatus(all[1], "READY_TO_START")
	c.must("POST", all[1]+"/action", `{"action":"start"}`)
	c.wantStatus(all[1], "STARTING")
	if a := c.must("GET", all[1], ""); a.at("/queuing_info") != nil {
		t.Errorf("it has left the queue: %s", a.raw)
	}
	c.refused("DELETE", all[1], "", 400, "ModelArts.6306")
}

func TestQueueAdvancesToNext(t *testing.T) {
	c := start(t, fixed(), mock.WithWorld(mock.World{Catalogue: map[string]map[string]any{
		"FlavorDetails/modelarts.vm.cpu.free": {"status": "soldOut"}}}))
	nb := c.create(`{"name":"q","profile_id":"Multi-Engine 1.0 (python3)-cpu","flavor":"modelarts.vm.cpu.free","spec":{"storage":{"type":"evs"}}}`)
	for _, want := range []string{"CREATING", "RUNNING"} {
		c.control("POST", "clock/advance", `{"to":"next"}`)
		c.wantStatus(nb, want)
	}
	if a := c.do("POST", "/_tally/clock/advance", `{"to":"next"}`); a.status != 400 {
		t.Errorf("nothing is left to happen: %d %s", a.status, a.raw)
	}
}

// From one queue to another the turn comes as it would have come.
func TestTurnPolicyStays(t *testing.T) {
	var p mock.Progress
	if err := p.Set("turn=manual"); err != nil {
		t.Fatal(err)
	}
	c := start(t, fixed(), mock.WithProgress(p), mock.WithWorld(mock.World{Catalogue: map[string]map[string]any{
		"FlavorDetails/modelarts.vm.cpu.free": {"status": "soldOut"}}}))
	nb := c.create(`{"name":"q","profile_id":"Multi-Engine 1.0 (python3)-cpu","flavor":"modelarts.vm.cpu.free","spec":{"storage":{"type":"evs"}}}`)
	c.force(nb, "START_QUEUING")
	c.advance("1h")
	c.wantStatus(nb, "START_QUEUING")
	c.control("POST", "resources/"+project+"/"+nb[len(instances)+1:]+"/finish", "")
	c.wantStatus(nb, "READY_TO_START")
}
