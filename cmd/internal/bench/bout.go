//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/tallystick/tallystick/cmd/internal/peers"
)

// freePort is a port of loopback that nothing listens on.
func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// meet tells who takes part, what each can do, and how fast it starts.
func (c *contest) meet(ctx context.Context) (*peers.Lineup, error) {
	out := &peers.Lineup{Time: time.Now().UTC().Truncate(time.Second), Machine: peers.ThisMachine(), Connections: c.options.own.connections,
		Rounds: c.options.own.rounds, Seconds: c.options.own.each.Seconds(), Starts: c.options.starts}
	for _, e := range c.entrants {
		if e.Missing == "" && e.Name != bareName {
			_, _ = fmt.Fprintln(c.progress, "probe and start", e.Name)
			e.Abilities = c.abilities(ctx, e)
			for range c.options.starts {
				p, took, err := c.timed(ctx, e, c.workloads[0])
				if err != nil {
					return nil, fmt.Errorf("start %s again: %w", e.Name, err)
				}
				p.stop()
				e.StartMS = append(e.StartMS, float64(took.Microseconds())/1000)
			}
			slices.Sort(e.StartMS)
		}
		out.Entrants = append(out.Entrants, e.Entrant)
	}
	return out, ctx.Err()
}

// bout lets all servers take turns in one workload.
func (c *contest) bout(ctx context.Context, name string) (*peers.Bout, error) {
	at := slices.IndexFunc(c.workloads, func(w workload) bool { return w.name == name })
	w := c.workloads[at]
	b := &peers.Bout{Workload: name}
	samples := make([][]Load, len(c.entrants))
	for _, e := range c.entrants {
		line := peers.Line{Name: e.Name, Fault: e.Missing}
		if line.Fault == "" {
			_, _ = fmt.Fprintf(c.progress, "%s: rehearse and warm up %s\n", name, e.Name)
			err := c.rehearseEntrant(ctx, e, w, &c.scene.Answers[at])
			if err == nil {
				err = c.warmUp(ctx, e, w)
			}
			if err != nil {
				line.Fault = err.Error()
			}
		}
		b.Lines = append(b.Lines, line)
	}
	for round := range c.options.own.rounds {
		_, _ = fmt.Fprintf(c.progress, "%s: round %d\n", name, round+1)
		for j := range c.entrants {
			i := (j + round) % len(c.entrants)
			if b.Lines[i].Fault != "" {
				continue
			}
			load, err := c.load(ctx, c.entrants[i], w, limits{time: c.options.own.each})
			if err != nil {
				b.Lines[i].Fault = err.Error()
				continue
			}
			samples[i] = append(samples[i], load)
		}
	}
	for i := range b.Lines {
		if b.Lines[i].Fault == "" {
			sum(&b.Lines[i], samples[i])
			size, err := c.entrants[i].process.resident()
			if b.Lines[i].Resident = size; err != nil {
				b.Lines[i].Fault = err.Error()
			}
		}
	}
	return b, ctx.Err()
}

// Bounds of a warm-up: it goes on while a share of it still makes the server faster by so much, but not for ever.
const (
	stillFaster = 1.03
	mostWarmUps = 6
)

// warmUp loads a server until it has had its share of processor time, and gets no faster: on a busy machine the clock
// says little about how far a compiler has come.
func (c *contest) warmUp(ctx context.Context, e *entrant, w workload) error {
	want := time.Duration(float64(e.warm) * c.options.warm)
	before := 0.0
	for range mostWarmUps {
		speed, err := c.warmOnce(ctx, e, w, want)
		if err != nil || speed < before*stillFaster {
			return err
		}
		before = speed
	}
	return nil
}

// warmOnce loads a server until it has used some processor time, and tells how many requests a second it answered in
// the last third.
func (c *contest) warmOnce(ctx context.Context, e *entrant, w workload, want time.Duration) (perSecond float64, err error) {
	begin, err := busy(e.process.cmd.Process.Pid)
	if err != nil {
		return 0, err
	}
	var late []float64
	for used := begin; used-begin <= want; {
		load, err := c.load(ctx, e, w, limits{time: max(want/10, time.Millisecond)})
		if err != nil {
			return 0, err
		}
		if used-begin >= want*2/3 {
			late = append(late, load.PerSecond)
		}
		now, err := busy(e.process.cmd.Process.Pid)
		if err != nil || now <= used {
			return 0, err
		}
		used = now
	}
	if len(late) == 0 {
		return 0, nil
	}
	return median(late), nil
}

// sum fills a line with the medians of its rounds.
func sum(line *peers.Line, samples []Load) {
	l := medianLoad(samples)
	line.PerSecond, line.P50, line.P99, line.CPU, line.LoadBusy = l.PerSecond, l.P50, l.P99, l.CPU, l.Load
	for _, s := range samples {
		line.Rounds = append(line.Rounds, s.PerSecond)
	}
}

// load puts a load on one server over connections of its own: servers close those that wait for the others.
func (c *contest) load(ctx context.Context, e *entrant, w workload, l limits) (Load, error) {
	if err := ctx.Err(); err != nil {
		return Load{}, err
	}
	if e.Missing != "" {
		return Load{}, errors.New(e.Missing)
	}
	defer c.alone(e)()
	d, err := dial(e.process.addr, c.options.own.connections)
	if err != nil {
		return Load{}, err
	}
	if e.process == c.mock { // which may have to be filled again
		c.driver.close()
		c.driver = d
	} else {
		defer d.close()
	}
	return c.run(ctx, w, &side{driver: d, process: e.process, mock: e.process == c.mock}, l)
}

// alone stops all other servers until what it gives is called.
func (c *contest) alone(e *entrant) (resume func()) {
	var resumes []func()
	for _, other := range c.entrants {
		if other.process != nil && other != e {
			resumes = append(resumes, other.process.pause())
		}
	}
	return func() {
		for _, resume := range resumes {
			resume()
		}
	}
}

// rehearseEntrant sends a workload once, and holds the answer to the contract and to the mock's.
func (c *contest) rehearseEntrant(ctx context.Context, e *entrant, w workload, want *peers.Answer) error {
	play, err := newPlayer(ctx, e.process.addr)
	if err != nil {
		return err
	}
	defer func() { _ = play.Close() }()
	next := w.script(c.ids, 0)(nil)
	if e.Name == bareName { // which has no headers, so only its bytes are looked at
		a, _, _, err := play.send(next.request)
		if err == nil && (a.Status != next.status || string(a.Body) != want.Body) {
			err = fmt.Errorf("status %d, want %d with the body of the mock: %.300s", a.Status, next.status, a.Body)
		}
		return err
	}
	_, a, err := c.once(play, next)
	if err != nil {
		return err
	}
	return peers.SameShape([]byte(want.Body), a.Body)
}
