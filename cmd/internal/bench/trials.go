//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	tallystick "github.com/tallystick/tallystick"
	"github.com/tallystick/tallystick/cmd/internal/peers"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
	"github.com/tallystick/tallystick/mock/defects"
)

// cleanRuns is how often a runner judges the mock without a defect: what it reports there it does not find elsewhere.
const cleanRuns = 3

// trialTime is what one run of a runner may take.
const trialTime = 3 * time.Minute

const keyID, keySecret = "BENCH", "bench-secret"

// examiner lets runners judge mocks.
type examiner struct {
	options  *peerOptions
	plan     *plan
	cores    cores
	document *peers.Document
	answers  []peers.Answer // of the mock without a defect, as examples
	progress io.Writer
}

// runnerParts tries the runners.
func (o *peerOptions) runnerParts(ctx context.Context, r *peers.Report, progress io.Writer) error {
	p, err := newPlan(contract.Default())
	if err != nil {
		return err
	}
	document, err := peers.ReadDocument(tallystick.Files, tallystick.Document)
	if err != nil {
		return err
	}
	cs, err := takeCores() // the runners inherit the load's
	if err != nil {
		return err
	}
	x := &examiner{options: o, plan: p, cores: cs, document: document, progress: progress}
	for _, one := range peers.Runners(o.folder, o.own.tally) {
		t, err := part(o, "runner-"+strings.ReplaceAll(strings.ToLower(one.Name), " ", "-"), func() (*peers.Trial, error) { return x.try(ctx, one) })
		if err != nil {
			return fmt.Errorf("%s: %w", one.Name, err)
		}
		t.Judge()
		r.Runners = append(r.Runners, t)
	}
	return nil
}

// try lets one runner judge the mock without a defect, and with one after the other.
func (x *examiner) try(ctx context.Context, runner *peers.Runner) (*peers.Trial, error) {
	if err := x.takeDown(ctx); err != nil {
		return nil, err
	}
	all := defects.All(x.plan.contract)
	t := &peers.Trial{Name: runner.Name, Settings: runner.Settings, Notes: runner.Notes, Time: time.Now().UTC().Truncate(time.Second), All: len(all)}
	var err error
	if t.Version, err = runner.Version(ctx); err != nil {
		t.Missing = err.Error()
		return t, nil
	}
	for range cleanRuns {
		run, err := x.run(ctx, runner, nil)
		if err != nil {
			return nil, err
		}
		if run.Fault != "" {
			t.Missing = "on the mock without a defect: " + run.Fault
			return t, nil
		}
		t.Clean = append(t.Clean, run)
	}
	chosen := drawn(all, x.options.defects)
	for i, d := range chosen {
		_, _ = fmt.Fprintf(x.progress, "%s: %d of %d: %s\n", runner.Name, i+1, len(chosen), d.Name)
		run, err := x.run(ctx, runner, &d)
		if err != nil {
			return nil, err
		}
		t.Runs = append(t.Runs, run)
	}
	return t, nil
}

// takeDown leads a resource of a mock through its life, and takes down the answers.
func (x *examiner) takeDown(ctx context.Context) error {
	if x.answers != nil {
		return nil
	}
	server, err := startMock(ctx, x.options.own.tally, x.cores.server)
	if err != nil {
		return err
	}
	c := &contest{stage: &stage{plan: x.plan, options: x.options.own, cores: x.cores, mock: server}}
	defer server.stop()
	play, err := newPlayer(ctx, server.addr)
	if err != nil {
		return err
	}
	defer func() { _ = play.Close() }()
	all, err := x.plan.workloads()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, w := range all {
		if !slices.Contains([]string{"lifecycle", "list", "token"}, w.name) {
			continue
		}
		next := w.script(nil, 0)
		var last []byte
		for range w.steps {
			op, a, err := c.once(play, next(last))
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			if last = a.Body; !known[op.ID] {
				known[op.ID] = true
				x.answers = append(x.answers, c.taken(op, a))
			}
		}
	}
	return nil
}

// drawn takes n defects, evenly from each family in the order of the list; 0 takes all. It takes the same every time.
func drawn(all []defects.Defect, n int) []defects.Defect {
	if n == 0 || n >= len(all) {
		return all
	}
	out := make([]defects.Defect, 0, n)
	for i := range n {
		out = append(out, all[i*len(all)/n])
	}
	return out
}

// run judges one mock.
func (x *examiner) run(ctx context.Context, runner *peers.Runner, d *defects.Defect) (run peers.Run, err error) {
	more := []string{"--seed", "1", "--ak", keyID + "=" + tenantID, "--sk", keySecret}
	if d != nil {
		run.Defect, run.Family = d.Name, d.Family
		more = append(more, "--defect", d.Name)
	}
	server, err := startExamined(ctx, x.options.own.tally, x.cores.server, more...)
	if err != nil {
		return run, err
	}
	defer server.stop()
	dir, err := os.MkdirTemp("", "tally-runner-")
	if err != nil {
		return run, err
	}
	defer os.RemoveAll(dir)
	subject, err := x.subject(ctx, dir, server.addr)
	if err != nil {
		return run, err
	}
	before, err := answered(ctx, server.addr)
	if err != nil {
		return run, err
	}
	limited, cancel := context.WithTimeout(ctx, trialTime)
	defer cancel()
	begin := time.Now()
	run.Failures, err = runner.Judge(limited, dir, subject)
	run.Seconds = time.Since(begin).Seconds()
	if ctx.Err() != nil {
		return run, ctx.Err()
	}
	if err != nil {
		run.Fault = err.Error()
	}
	after, err := answered(ctx, server.addr)
	run.Requests = after - before
	return run, err
}

// subject writes the contract for runners, with a resource in it that the mock has.
func (x *examiner) subject(ctx context.Context, dir, addr string) (peers.Subject, error) {
	s := peers.Subject{URL: "http://" + addr, Tenant: tenantID, Token: benchToken, KeyID: keyID, Secret: keySecret,
		Contract: filepath.Join(dir, "contract.json"), Short: filepath.Join(dir, "successes.json")}
	for _, scheme := range x.plan.contract.Schemes() {
		if scheme.Header != "" {
			s.Header = scheme.Header
			break
		}
	}
	create, err := x.plan.creator()
	if err != nil {
		return s, err
	}
	play, err := newPlayer(ctx, addr)
	if err != nil {
		return s, err
	}
	defer func() { _ = play.Close() }()
	id := x.plan.create.Effect.NewID("bench")
	if a, _, _, err := play.send(create().request); err == nil && x.plan.idIn(a.Body) != "" {
		id = x.plan.idIn(a.Body) // a mock with a defect may give none
	}
	s.Path = map[string]string{x.plan.create.Effect.Tenant: tenantID, x.plan.get.Effect.Key: id}
	for path, short := range map[string]bool{s.Contract: false, s.Short: true} {
		data, err := x.document.JSON(x.plan.contract, peers.Examples{Path: s.Path, Answers: x.answers, Successes: short})
		if err != nil {
			return s, err
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return s, err
		}
	}
	return s, nil
}

// startExamined starts a mock as runners meet it: with its quota, on a clock that runs fast.
func startExamined(ctx context.Context, tally string, core int, more ...string) (*process, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	p := &process{addr: fmt.Sprintf("127.0.0.1:%d", port)}
	args := append([]string{"mock", "--addr", p.addr, "--token", benchToken + "=" + tenantID, "--speed", "60", "--log", "off"}, more...)
	p.cmd = exec.CommandContext(ctx, tally, args...)
	p.cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TALLY_") })
	if err := startOn(core, p.cmd); err != nil {
		return nil, err
	}
	last := errors.New("no answer")
	for begin := time.Now(); time.Since(begin) < startTime; time.Sleep(5 * time.Millisecond) {
		if _, last = (&control.Client{Base: "http://" + p.addr}).Health(ctx); last == nil {
			return p, nil
		}
	}
	p.stop()
	return nil, fmt.Errorf("the mock was not ready after %s: %w", startTime, last)
}

// answered is how many requests the API of a mock has answered.
func answered(ctx context.Context, addr string) (int, error) {
	text, err := (&control.Client{Base: "http://" + addr}).Metrics(ctx)
	if err != nil {
		return 0, err
	}
	return requestsIn(text)
}

// requestsIn adds up the counters of requests.
func requestsIn(text string) (sum int, err error) {
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "tally_requests_total{") {
			continue
		}
		var n int
		if _, err := fmt.Sscan(line[strings.LastIndex(line, " ")+1:], &n); err != nil {
			return 0, fmt.Errorf("no counter: %q", line)
		}
		sum += n
	}
	return sum, nil
}
