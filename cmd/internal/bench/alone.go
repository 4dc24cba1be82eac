//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/tallystick/tallystick/mock"
)

// counted is how many requests allocations are counted over.
const counted = 200

// allocations counts what one request allocates in either handler, without a network.
func allocations(p *plan) ([]Allocations, error) {
	quota := 0
	h, err := mock.New(p.contract, mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: benchToken, Project: tenantID}}}),
		mock.WithWorld(mock.World{Quota: &quota}), mock.WithProgress(mock.Progress{Instant: true}))
	if err != nil {
		return nil, err
	}
	create, err := p.creator()
	if err != nil {
		return nil, err
	}
	var ids []string
	for range pageSize {
		w := &discard{keep: true}
		if err := serve(h, create(), w); err != nil {
			return nil, err
		}
		ids = append(ids, p.idIn(w.body))
	}
	all, err := p.workloads()
	if err != nil {
		return nil, err
	}
	var out []Allocations
	for _, w := range all {
		if w.steps > 1 {
			continue
		}
		one := &discard{keep: true}
		s := w.script(ids, 0)(nil)
		if err := serve(h, s, one); err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
		r, err := parsed(s.request)
		if err != nil {
			return nil, err
		}
		op := p.contract.Match(r.Method, r.URL.EscapedPath()).Operation
		bare := bareHandler([]constant{{op.Method, op.Path, op.Body != nil, s.status, one.body}})
		a := Allocations{Workload: w.name}
		if a.Bare, a.BareBytes, err = count(bare, w.script(ids, 0)); err != nil {
			return nil, fmt.Errorf("%s: the bare server: %w", w.name, err)
		}
		if a.Mock, a.MockBytes, err = count(h, w.script(ids, 0)); err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
		out = append(out, a)
	}
	return out, nil
}

// count gives allocations and bytes of one request.
func count(h http.Handler, next script) (allocs, size float64, err error) {
	requests := make([]*http.Request, counted)
	status := 0
	for i := range requests {
		s := next(nil)
		status = s.status
		if requests[i], err = parsed(bytes.Clone(s.request)); err != nil {
			return 0, 0, err
		}
	}
	w := &discard{header: http.Header{}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, r := range requests {
		clear(w.header)
		if h.ServeHTTP(w, r); w.status != status {
			return 0, 0, fmt.Errorf("status %d, want %d", w.status, status)
		}
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / counted, float64(after.TotalAlloc-before.TotalAlloc) / counted, nil
}

func serve(h http.Handler, s step, w *discard) error {
	r, err := parsed(s.request)
	if err != nil {
		return err
	}
	w.header = http.Header{}
	if h.ServeHTTP(w, r); w.status != s.status {
		return fmt.Errorf("status %d, want %d: %s", w.status, s.status, w.body)
	}
	return nil
}

func parsed(request []byte) (*http.Request, error) {
	return http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
}

// discard is a response that goes nowhere.
type discard struct {
	header http.Header
	status int
	keep   bool
	body   []byte
}

func (d *discard) Header() http.Header    { return d.header }
func (d *discard) WriteHeader(status int) { d.status = status }

func (d *discard) Write(p []byte) (int, error) {
	if d.keep {
		d.body = append(d.body, p...)
	}
	return len(p), nil
}

// starts is how often a cold start is timed.
const starts = 15

// coldStart times the mock from exec to the end of its first answer.
func (o *options) coldStart(ctx context.Context, p *plan, c cores) (*Start, error) {
	t, err := p.request(p.list, nil, nil)
	if err != nil {
		return nil, err
	}
	var times []float64
	for range starts {
		took, err := o.startOnce(ctx, t, c.server)
		if err != nil {
			return nil, fmt.Errorf("cold start: %w", err)
		}
		times = append(times, took)
	}
	s := &Start{Times: len(times), Median: median(times), Least: times[0], Most: times[0]}
	for _, t := range times {
		s.Least, s.Most = min(s.Least, t), max(s.Most, t)
	}
	return s, nil
}

// startOnce gives milliseconds.
func (o *options) startOnce(ctx context.Context, t template, core int) (float64, error) {
	free, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	addr := free.Addr().String()
	if err := free.Close(); err != nil {
		return 0, err
	}
	server := &process{cmd: mockCommand(ctx, o.tally, addr), addr: addr}
	begin := time.Now()
	if err := startOn(core, server.cmd); err != nil {
		return 0, err
	}
	defer server.stop()
	for time.Since(begin) < startTime {
		play, err := newPlayer(ctx, addr)
		if err != nil {
			time.Sleep(200 * time.Microsecond)
			continue
		}
		a, _, _, err := play.send(t.before)
		took := time.Since(begin)
		if _ = play.Close(); err == nil && a.Status != t.status {
			err = fmt.Errorf("status %d, want %d: %s", a.Status, t.status, a.Body)
		}
		return float64(took.Microseconds()) / 1000, err
	}
	return 0, fmt.Errorf("no answer after %s", startTime)
}
