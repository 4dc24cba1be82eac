//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tallystick/tallystick/internal/race"
	"github.com/tallystick/tallystick/mock/control"
)

// instance is what these tests look at.
type instance struct {
	ID          string `json:"id"`
	Status      string `json:"status"`
	QueuingInfo struct {
		Rank int `json:"rank"`
	} `json:"queuing_info"`
}

// Three processes on one database, behind nginx, are one mock.
func TestWholeShared(t *testing.T) {
	if race.Enabled {
		t.Skip("it measures whole processes")
	}
	c := newCluster(t, 3)
	for _, part := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"check", c.testCheck},
		{"names", c.testNames},
		{"quota", c.testQuota},
		{"queue", c.testQueue},
		{"clock", c.testClock},
		{"control", c.testControl},
		{"killed", c.testKilled},
		{"rolling", c.testRolling},
		{"throughput", c.testThroughput},
	} {
		if !t.Run(part.name, part.run) {
			return // what follows would only tell of the same
		}
		if err := c.members[0].Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// ofEnv is a number of a variable of the environment.
func ofEnv(t *testing.T, variable string, initial int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return initial
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s: want a number above 0", variable, text)
	}
	return n
}

func (c *cluster) testCheck(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), c.program, "check", "--target", c.proxy, "--project", "p1", "--token", "secret-token", "--ak", "KEY", "--sk", "secret-key")
	cmd.Dir = c.dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tally check: %v\n%s", err, out)
	}
	verdict, _, _ := strings.Cut(string(out), "\n")
	t.Log(verdict)
}

// parallel runs something n times, for 128 clients at once, until something is wrong.
func (c *cluster) parallel(n int, do func(c *cluster, i int) error) error {
	var next atomic.Int64
	var wait sync.WaitGroup
	var wrong atomic.Pointer[error]
	for range 128 {
		wait.Go(func() {
			one := c.alone()
			defer one.http.CloseIdleConnections()
			for i := int(next.Add(1)); i <= n && wrong.Load() == nil; i = int(next.Add(1)) {
				if err := do(one, i-1); err != nil {
					wrong.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	wait.Wait()
	if first := wrong.Load(); first != nil {
		return *first
	}
	return nil
}

// Of two creates with one name, whichever processes they reach, one goes well.
func (c *cluster) testNames(t *testing.T) {
	n := ofEnv(t, "TALLY_CREATES", 10_000) / 2 * 2
	var made, refused atomic.Int64
	begin := time.Now()
	err := c.parallel(n, func(c *cluster, i int) error {
		status, body, err := c.create(c.proxy, "p1", fmt.Sprintf("name-%d", i/2), "modelarts.vm.cpu.2u")
		switch {
		case err != nil:
			return err
		case status == http.StatusOK:
			made.Add(1)
		case strings.Contains(body, "ModelArts.6301"): // the name is taken
			refused.Add(1)
		default:
			return fmt.Errorf("%d %s", status, body)
		}
		return nil
	})
	took := time.Since(begin)
	if err != nil {
		t.Fatal(err)
	}
	if made.Load() != int64(n/2) || refused.Load() != int64(n/2) {
		t.Errorf("%d creates of %d names: %d made, %d refused", n, n/2, made.Load(), refused.Load())
	}
	for i, m := range c.members {
		if got := c.total(t, m.Base, "p1"); got != n/2 {
			t.Errorf("process %d has %d instances, want %d", i, got, n/2)
		}
	}
	t.Logf("%d creates of %d names: %d instances, in %v", n, n/2, made.Load(), took.Round(time.Millisecond))
}

// total is how many instances of a project a process lists.
func (c *cluster) total(t *testing.T, base, project string) int {
	t.Helper()
	var page struct {
		Total *int `json:"total_count"`
	}
	c.read(t, base, project, "?de_type=Notebook&limit=1", &page)
	if page.Total == nil {
		t.Fatal("the list has no total")
	}
	return *page.Total
}

func (c *cluster) read(t *testing.T, base, project, path string, into any) {
	t.Helper()
	status, body, err := c.call(http.MethodGet, base, project, path, "")
	if err != nil || status != http.StatusOK {
		t.Fatalf("GET %s: %d %s %v", path, status, body, err)
	}
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatalf("GET %s: %v in %s", path, err, body)
	}
}

// A limit that was set on one process holds for what all of them create together.
func (c *cluster) testQuota(t *testing.T) {
	const quota = 25
	limit := quota
	if err := c.members[0].SetLimits(t.Context(), control.Limits{Quota: &limit}); err != nil {
		t.Fatal(err)
	}
	var made atomic.Int64
	err := c.parallel(6*quota, func(c *cluster, i int) error {
		status, _, err := c.create(c.members[i%len(c.members)].Base, "p2", fmt.Sprintf("limited-%d", i), "modelarts.vm.cpu.2u")
		if status == http.StatusOK {
			made.Add(1)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range c.members {
		if got := c.total(t, m.Base, "p2"); got != quota || made.Load() != quota {
			t.Errorf("process %d has %d instances, %d were made; want %d", i, got, made.Load(), quota)
		}
	}
}

// Those who queue at different processes stand in one line, and are served in its order.
func (c *cluster) testQueue(t *testing.T) {
	const waiting = 9
	if _, err := c.members[0].PatchCatalogue(t.Context(), "FlavorDetails", "modelarts.vm.cpu.free", map[string]any{"status": "soldOut"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.members[1].Freeze(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := c.parallel(waiting, func(c *cluster, i int) error {
		status, body, err := c.create(c.members[i%len(c.members)].Base, "p1", fmt.Sprintf("queues-%d", i), "modelarts.vm.cpu.free")
		if status != http.StatusOK {
			return fmt.Errorf("%d %s %w", status, body, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	line := c.line(t, c.members[0])
	if len(line) != waiting {
		t.Fatalf("%d wait: %v", len(line), line)
	}
	for turn := 1; turn <= waiting; turn++ {
		if _, err := c.members[turn%len(c.members)].AdvanceToNext(t.Context()); err != nil {
			t.Fatal(err)
		}
		for len(c.line(t, c.members[0])) > waiting-turn { // the end of another's state came first
			if _, err := c.members[1].AdvanceToNext(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for i, m := range c.members {
			if got := c.line(t, m); !slices.Equal(got, line[turn:]) {
				t.Fatalf("after turn %d, %v wait at process %d; want %v", turn, got, i, line[turn:])
			}
		}
	}
}

// line are the ids of those that wait, by rank.
func (c *cluster) line(t *testing.T, m *member) []string {
	t.Helper()
	var page struct{ Instances []instance }
	c.read(t, m.Base, "p1", "?de_type=Notebook&limit=100", &page)
	ranked := map[int]string{}
	for _, in := range page.Instances {
		if in.Status == "CREATE_QUEUING" {
			ranked[in.QueuingInfo.Rank] = in.ID
		}
	}
	var ids []string
	for rank := 1; ranked[rank] != ""; rank++ {
		ids = append(ids, ranked[rank])
	}
	return ids
}

// The clock is one for all: set by one, it stands so for the others, and does not jump between them.
func (c *cluster) testClock(t *testing.T) {
	before, err := c.members[0].Freeze(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := before.Now.Add(90 * time.Minute)
	if _, err := c.members[1].Advance(t.Context(), 90*time.Minute); err != nil {
		t.Fatal(err)
	}
	for i, m := range c.members {
		if got, err := m.Clock(t.Context()); err != nil || !got.Frozen || !got.Now.Equal(want) {
			t.Errorf("process %d: %+v %v, want %v, frozen", i, got, err, want)
		}
	}
	if _, err := c.members[2].Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	last := want
	for n := range 30 {
		got, err := c.members[n%len(c.members)].Clock(t.Context())
		if err != nil || got.Frozen || got.Now.Before(last) {
			t.Fatalf("process %d: %+v %v after %v", n%len(c.members), got, err, last)
		}
		last = got.Now
	}
	_, body, err := c.create(c.members[0].Base, "p1", "lives", "modelarts.vm.cpu.2u")
	if err != nil {
		t.Fatal(err)
	}
	var made instance
	if err := json.Unmarshal([]byte(body), &made); err != nil {
		t.Fatal(err)
	}
	if _, err := c.members[1].Advance(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	c.read(t, c.members[2].Base, "p1", "/"+made.ID, &made)
	if made.Status != "RUNNING" {
		t.Errorf("a minute later it is %s", made.Status)
	}
}

// What the control API does on one process, it does on all.
func (c *cluster) testControl(t *testing.T) {
	ctx, one, two, three := t.Context(), c.members[0], c.members[1], c.members[2]
	if _, err := one.AddFault(ctx, "createInstance:code=ModelArts.6101:first=3"); err != nil {
		t.Fatal(err)
	}
	var got []bool
	for n := range 6 {
		status, _, err := c.create(c.members[n%3].Base, "p1", fmt.Sprintf("faulty-%d", n), "modelarts.vm.cpu.2u")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, status == http.StatusOK)
	}
	if want := []bool{false, false, false, true, true, true}; !slices.Equal(got, want) {
		t.Errorf("a fault for the first three: %v", got)
	}
	resources, err := two.Resources(ctx)
	if err != nil || len(resources) != 3 {
		t.Fatalf("%v %v, want 3 resources", resources, err)
	}
	if _, err := three.SetState(ctx, "p1", resources[0].ID, "STOPPED"); err != nil {
		t.Fatal(err)
	}
	var in instance
	if c.read(t, one.Base, "p1", "/"+resources[0].ID, &in); in.Status != "STOPPED" {
		t.Errorf("set to STOPPED by another, it is %s", in.Status)
	}
	if err := two.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	for i, m := range c.members {
		if n := c.total(t, m.Base, "p1"); n != 0 {
			t.Errorf("after a reset by another, process %d has %d instances", i, n)
		}
	}
}

// A process that is killed takes nothing with it that was acknowledged, and finds all when it comes back.
func (c *cluster) testKilled(t *testing.T) {
	n := ofEnv(t, "TALLY_CREATES", 10_000) / 5
	var mu sync.Mutex
	made, failed := map[string]bool{}, 0
	victim := c.members[1]
	var kill sync.Once
	err := c.parallel(n, func(c *cluster, i int) error {
		if i == n/2 {
			kill.Do(func() { c.stop(t, victim, syscall.SIGKILL) })
		}
		status, body, err := c.create(c.proxy, "p1", fmt.Sprintf("lost-%d", i), "modelarts.vm.cpu.2u")
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err != nil || status >= 500: // nobody knows
			failed++
		case status != http.StatusOK:
			return fmt.Errorf("%d %s", status, body)
		default:
			var in instance
			err = json.Unmarshal([]byte(body), &in)
			made[in.ID] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(made) == 0 || failed > n/4+128 { // those on their way to the victim, and a few more
		t.Fatalf("of %d creates %d were acknowledged, %d failed", n, len(made), failed)
	}
	c.start(t, 1)
	c.reroute(t)
	for i, m := range c.members {
		resources, err := m.Resources(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		lost := len(made)
		for _, r := range resources {
			if made[r.ID] {
				lost--
			}
		}
		if lost != 0 || len(resources) > len(made)+failed {
			t.Errorf("process %d has %d instances, without %d of the %d that were acknowledged", i, len(resources), lost, len(made))
		}
	}
	t.Logf("%d creates, one process killed: %d acknowledged, none lost; %d without an answer", n, len(made), failed)
}

// Processes that are taken out, restarted and put back one after the other are not missed.
func (c *cluster) testRolling(t *testing.T) {
	done := make(chan struct{})
	var made atomic.Int64
	var wait sync.WaitGroup
	for line := range 8 {
		wait.Go(func() {
			c := c.alone()
			c.http.Transport.(*http.Transport).DisableKeepAlives = true // nginx closes idle connections when it is told to route anew, asked or not
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				status, body, err := c.create(c.proxy, "p1", fmt.Sprintf("rolls-%d-%d", line, n), "modelarts.vm.cpu.2u")
				if err != nil || status != http.StatusOK {
					t.Errorf("%d %s %v", status, body, err)
					return
				}
				made.Add(1)
			}
		})
	}
	for i, m := range c.members {
		m.out = true
		c.reroute(t)
		c.stop(t, m, syscall.SIGTERM)
		c.start(t, i)
		c.reroute(t)
	}
	close(done)
	wait.Wait()
	for i, m := range c.members {
		if got := c.total(t, m.Base, "p1"); int64(got) != made.Load() {
			t.Errorf("process %d has %d instances, want %d", i, got, made.Load())
		}
	}
	t.Logf("each process restarted in turn beside %d creates", made.Load())
}

// testThroughput reports how much 1, 2 and 3 processes do, without nginx between. It judges only that they
// do it.
func (c *cluster) testThroughput(t *testing.T) {
	span := time.Duration(ofEnv(t, "TALLY_MEASURE_MS", 2000)) * time.Millisecond
	_, body, err := c.create(c.proxy, "p1", "measured", "modelarts.vm.cpu.2u")
	var in instance
	if err := errors.Join(err, json.Unmarshal([]byte(body), &in)); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= len(c.members); n++ {
		gets := c.rate(t, span, n, func(c *cluster, base string, _ int64) (int, string, error) {
			return c.call(http.MethodGet, base, "p1", "/"+in.ID, "")
		})
		creates := c.rate(t, span, n, func(c *cluster, base string, i int64) (int, string, error) {
			return c.create(base, "p2", fmt.Sprintf("measured-%d-%d", n, i), "modelarts.vm.cpu.2u")
		})
		t.Logf("%d processes: %.0f gets/s, %.0f creates/s", n, gets, creates)
	}
}

// rate is what n processes do in a second, for 64 clients.
func (c *cluster) rate(t *testing.T, span time.Duration, n int, do func(c *cluster, base string, i int64) (int, string, error)) float64 {
	t.Helper()
	var served, numbers atomic.Int64
	var wait sync.WaitGroup
	begin := time.Now()
	for line := range 64 {
		wait.Go(func() {
			c := c.alone()
			defer c.http.CloseIdleConnections()
			for time.Since(begin) < span {
				status, body, err := do(c, c.members[line%n].Base, numbers.Add(1))
				if err != nil || status != http.StatusOK {
					t.Errorf("%d %s %v", status, body, err)
					return
				}
				served.Add(1)
			}
		})
	}
	wait.Wait()
	return float64(served.Load()) / time.Since(begin).Seconds()
}
