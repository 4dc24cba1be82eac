//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	tallystick "github.com/tallystick/tallystick"
	"github.com/tallystick/tallystick/cmd/internal/peers"
	"github.com/tallystick/tallystick/contract"
)

// contest is the mock, a bare server and the peers side by side, with one script of answers.
type contest struct {
	*stage
	options   *peerOptions
	scene     *peers.Scene
	workloads []workload
	entrants  []*entrant
	progress  io.Writer
}

// entrant is one server of the contest.
type entrant struct {
	peers.Entrant
	warm    time.Duration                               // of processor time
	begin   func(ctx context.Context) (*process, error) // starts another process of it
	process *process
}

const mockName, bareName = "Tallystick", "bare Echo handler"

// serverParts measures the servers.
func (o *peerOptions) serverParts(ctx context.Context, r *peers.Report, progress io.Writer) error {
	var c *contest // is made once a part is missing
	defer func() {
		if c != nil {
			c.close()
		}
	}()
	open := func() (err error) {
		if c == nil {
			c, err = o.openContest(ctx, progress)
		}
		return err
	}
	servers, err := part(o, "servers", func() (*peers.Lineup, error) {
		if err := open(); err != nil {
			return nil, err
		}
		return c.meet(ctx)
	})
	if err != nil {
		return err
	}
	r.Servers = servers
	for _, name := range peerWorkloads {
		bout, err := part(o, "load-"+name, func() (*peers.Bout, error) {
			if err := open(); err != nil {
				return nil, err
			}
			return c.bout(ctx, name)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r.Bouts = append(r.Bouts, bout)
	}
	return nil
}

// peerWorkloads are those that a server without state can be asked for too.
var peerWorkloads = []string{"get", "list", "create", "action", "token"}

func (o *peerOptions) openContest(ctx context.Context, progress io.Writer) (*contest, error) {
	p, err := newPlan(contract.Default())
	if err != nil {
		return nil, err
	}
	cs, err := takeCores()
	if err != nil {
		return nil, err
	}
	s, err := o.own.setStage(ctx, p, cs, middle)
	if err != nil {
		return nil, err
	}
	c := &contest{stage: s, options: o, progress: progress}
	if err := c.prepare(ctx); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// prepare fills the mock, takes down its answers and starts the others.
func (c *contest) prepare(ctx context.Context) error {
	if err := c.fill(); err != nil {
		return err
	}
	all, err := c.plan.workloads()
	if err != nil {
		return err
	}
	for _, w := range all {
		if slices.Contains(peerWorkloads, w.name) {
			c.workloads = append(c.workloads, w)
		}
	}
	if err := c.takeDown(ctx); err != nil {
		return err
	}
	c.entrants = []*entrant{c.mockEntrant(), c.bareEntrant()}
	for _, s := range peers.Servers(c.options.folder) {
		c.entrants = append(c.entrants, c.peerEntrant(s))
	}
	for _, e := range c.entrants {
		if e.process != nil || e.Missing != "" {
			continue
		}
		_, _ = fmt.Fprintln(c.progress, "start", e.Name)
		if e.process, err = c.started(ctx, e); err != nil {
			e.Missing = err.Error()
		}
	}
	return ctx.Err()
}

func (c *contest) close() {
	for _, e := range c.entrants {
		if e.process != nil && e.process != c.mock {
			e.process.stop()
		}
	}
	c.stage.close()
}

// takeDown asks the mock for every answer once.
func (c *contest) takeDown(ctx context.Context) error {
	document, err := peers.ReadDocument(tallystick.Files, tallystick.Document)
	if err != nil {
		return err
	}
	play, err := newPlayer(ctx, c.mock.addr)
	if err != nil {
		return err
	}
	defer func() { _ = play.Close() }()
	c.scene = &peers.Scene{Document: document, Tenant: tenantID, Token: benchToken}
	for _, s := range c.plan.contract.Schemes() {
		if s.Header != "" {
			c.scene.Header = s.Header
			break
		}
	}
	for _, w := range c.workloads {
		op, a, err := c.once(play, w.script(c.ids, 0)(nil))
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		c.scene.Answers = append(c.scene.Answers, c.taken(op, a))
	}
	return nil
}

// taken is an answer of the mock with what depends on the request.
func (c *contest) taken(op *contract.Operation, a contract.Answer) peers.Answer {
	out := peers.Answer{Operation: op, Status: a.Status, Header: map[string]string{}, Body: string(a.Body)}
	for _, h := range op.Success().Headers {
		if values := a.Header[h.Name]; len(values) == 1 {
			out.Header[h.Name] = values[0]
		}
	}
	if e := op.Effect; e != nil && e.Do != contract.List {
		out.ID, out.Prefix = c.plan.idIn(a.Body), strings.TrimPrefix(string(c.plan.idPrefix), `"`)
	}
	var body map[string]any
	if e := op.Effect; e != nil && e.Unique != nil && json.Unmarshal(a.Body, &body) == nil {
		out.Name, _ = contract.Value(body, e.Unique.By).(string)
	}
	return out
}

func (c *contest) mockEntrant() *entrant {
	return &entrant{Entrant: peers.Entrant{Name: mockName, Version: "this tree",
		Settings: "`tally mock --quota 0 --speed instant --log off` with one token; journal and validation on, " + thousands(middle) + " instances"},
		warm: 2 * time.Second, process: c.mock,
		begin: func(ctx context.Context) (*process, error) {
			port, err := freePort(ctx)
			if err != nil {
				return nil, err
			}
			p := &process{addr: fmt.Sprintf("127.0.0.1:%d", port)}
			p.cmd = mockCommand(ctx, c.options.own.tally, p.addr)
			return p, startOn(c.cores.server, p.cmd)
		}}
}

func (c *contest) bareEntrant() *entrant {
	return &entrant{Entrant: peers.Entrant{Name: bareName, Version: "Echo v4", Settings: "decodes the body with encoding/json, writes the mock's bytes"}, warm: 2 * time.Second,
		begin: func(ctx context.Context) (*process, error) {
			var answers []constant
			for _, a := range c.scene.Answers {
				answers = append(answers, constant{a.Operation.Method, a.Operation.Path, a.Operation.Body != nil, a.Status, []byte(a.Body)})
			}
			return startBare(ctx, answers, c.cores.server)
		}}
}

func (c *contest) peerEntrant(s *peers.Server) *entrant {
	e := &entrant{Entrant: peers.Entrant{Name: s.Name, Settings: s.Settings, Notes: s.Notes}, warm: s.Warm}
	var err error
	if e.Version, err = s.Version(); err != nil {
		e.Missing = err.Error()
	}
	e.begin = func(ctx context.Context) (*process, error) {
		port, err := freePort(ctx)
		if err != nil {
			return nil, err
		}
		dir, err := os.MkdirTemp("", "tally-peer-")
		if err != nil {
			return nil, err
		}
		p := &process{addr: fmt.Sprintf("127.0.0.1:%d", port), dir: dir}
		if p.cmd, err = s.Command(ctx, dir, port, c.scene); err == nil {
			err = c.startQuiet(p.cmd, filepath.Join(dir, "errors"))
		}
		if err != nil {
			_ = os.RemoveAll(dir)
			return nil, err
		}
		return p, nil
	}
	return e
}

// startQuiet starts a peer whose errors go to a file.
func (c *contest) startQuiet(cmd *exec.Cmd, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	cmd.Stderr = f
	return startOn(c.cores.server, cmd)
}

// started starts an entrant, and waits for its first right answer.
func (c *contest) started(ctx context.Context, e *entrant) (*process, error) {
	p, _, err := c.timed(ctx, e, c.workloads[0])
	return p, err
}

const peerStartTime = 90 * time.Second

// gone tells whether a server has ended by itself.
func (p *process) gone() bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

// timed starts an entrant, and tells how long its first right answer took.
func (c *contest) timed(ctx context.Context, e *entrant, w workload) (*process, time.Duration, error) {
	begin := time.Now()
	p, err := e.begin(ctx)
	if err != nil {
		return nil, 0, err
	}
	next := w.script(c.ids, 0)(nil)
	status := next.status
	right := func(got int) bool {
		none := e.Name == mockName && got >= http.StatusBadRequest && got < http.StatusInternalServerError
		return got == status || none // the mock has no instance yet, and says so
	}
	last := errors.New("no connection")
	for time.Since(begin) < peerStartTime && ctx.Err() == nil && !p.gone() {
		play, err := newPlayer(ctx, p.addr)
		if err == nil {
			a, _, _, sent := play.send(next.request)
			_ = play.Close()
			if sent == nil && right(a.Status) {
				return p, time.Since(begin), nil
			}
			err = errors.Join(sent, fmt.Errorf("status %d, want %d: %.300s", a.Status, status, a.Body))
		}
		last = err
		time.Sleep(time.Millisecond)
	}
	said := ""
	if p.dir != "" {
		data, _ := os.ReadFile(filepath.Join(p.dir, "errors")) // only helps to tell why
		said = strings.TrimSpace(string(data[:min(len(data), 500)]))
	}
	p.stop()
	return nil, 0, fmt.Errorf("no right answer after %s: %w %s", time.Since(begin).Round(time.Second), last, said)
}
