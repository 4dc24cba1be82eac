//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
)

// stage is a mock with a number of instances, and bare servers that answer what it answers.
type stage struct {
	plan      *plan
	options   *options
	cores     cores
	instances int
	mock      *process
	driver    *driver // to the mock
	ids       []string
	grown     int // instances and tokens made since the state was made anew, at most
}

func (o *options) setStage(ctx context.Context, p *plan, c cores, instances int) (*stage, error) {
	s := &stage{plan: p, options: o, cores: c, instances: instances}
	var err error
	if s.mock, err = startMock(ctx, o.tally, c.server); err != nil {
		return nil, err
	}
	if s.driver, err = dial(s.mock.addr, o.connections); err != nil {
		s.mock.stop()
		return nil, err
	}
	return s, nil
}

func (s *stage) close() {
	s.driver.close()
	s.mock.stop()
}

// fill makes the instances, and remembers some of their ids.
func (s *stage) fill() error {
	create, err := s.plan.creator()
	if err != nil {
		return err
	}
	s.ids = s.ids[:0]
	every, seen := max(s.instances/manyIDs, 1), 0
	scripts := make([]script, len(s.driver.conns))
	for i := range scripts {
		scripts[i] = func(last []byte) step {
			if last != nil {
				if seen++; seen%every == 0 {
					s.ids = append(s.ids, s.plan.idIn(last))
				}
			}
			return create()
		}
	}
	if _, err = s.driver.run(scripts, limits{requests: s.instances}); err != nil {
		return fmt.Errorf("fill the mock with %d instances: %w", s.instances, err)
	}
	for _, c := range s.driver.conns { // whose last answers no script has seen
		if id := s.plan.idIn(c.last); id != "" {
			s.ids = append(s.ids, id)
		}
	}
	s.grown = 0
	return nil
}

// restore makes the state anew when it has more than doubled.
func (s *stage) restore(ctx context.Context) error {
	if s.grown <= s.instances {
		return nil
	}
	if err := (&control.Client{Base: "http://" + s.mock.addr}).Reset(ctx); err != nil {
		return err
	}
	return s.fill()
}

// rehearse goes once through a workload on the mock, holds every answer to the contract, and starts a bare
// server that answers the same bytes.
func (s *stage) rehearse(ctx context.Context, w workload) (*process, error) {
	var answers []constant
	play, err := newPlayer(ctx, s.mock.addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = play.Close() }()
	run := w.script(s.ids, 0)
	var last []byte
	known := map[string]bool{}
	for range w.steps {
		op, a, err := s.once(play, run(last))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
		if last = a.Body; !known[op.ID] {
			known[op.ID] = true
			answers = append(answers, constant{op.Method, op.Path, op.Body != nil, a.Status, a.Body})
		}
	}
	s.grown += w.steps
	bare, err := startBare(ctx, answers, s.cores.server)
	if err != nil {
		return nil, err
	}
	if err = s.compare(ctx, w, bare, answers); err != nil {
		bare.stop()
		return nil, fmt.Errorf("%s: the bare server: %w", w.name, err)
	}
	return bare, nil
}

// once sends one step to the mock, and holds the answer to the contract.
func (s *stage) once(play *player, next step) (*contract.Operation, contract.Answer, error) {
	a, method, path, err := play.send(next.request)
	if err != nil {
		return nil, a, err
	}
	op := s.plan.contract.Match(method, path).Operation
	if op == nil {
		return nil, a, fmt.Errorf("%s %s is no operation", method, path)
	}
	if a.Status != next.status {
		return nil, a, fmt.Errorf("%s: status %d, want %d: %s", op.ID, a.Status, next.status, a.Body)
	}
	if found := s.plan.contract.Check(op, a); len(found) > 0 {
		return nil, a, fmt.Errorf("%s: the answer breaks the contract: %s", op.ID, found[0])
	}
	return op, a, nil
}

// compare goes once through a workload on the bare server, which must answer the bytes that it was given.
func (s *stage) compare(ctx context.Context, w workload, bare *process, answers []constant) error {
	play, err := newPlayer(ctx, bare.addr)
	if err != nil {
		return err
	}
	defer func() { _ = play.Close() }()
	run := w.script(s.ids, 0)
	var last []byte
	for range w.steps {
		a, method, path, err := play.send(run(last).request)
		if err != nil {
			return err
		}
		op := s.plan.contract.Match(method, path).Operation
		for _, want := range answers {
			if op != nil && want.Method == op.Method && want.Path == op.Path && (a.Status != want.Status || !bytes.Equal(a.Body, want.Body)) {
				return fmt.Errorf("%s %s: status %d, want %d with the body of the mock: %s", method, path, a.Status, want.Status, a.Body)
			}
		}
		last = a.Body
	}
	return nil
}

// player sends single requests and reads their answers whole.
type player struct {
	net.Conn
	reader *bufio.Reader
}

func newPlayer(ctx context.Context, addr string) (*player, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &player{c, bufio.NewReader(c)}, nil
}

func (p *player) send(request []byte) (a contract.Answer, method, path string, err error) {
	head, _, _ := strings.Cut(string(request), "\r\n")
	words := strings.Fields(head)
	if len(words) != 3 {
		return a, "", "", fmt.Errorf("no request line: %q", head)
	}
	method = words[0]
	path, _, _ = strings.Cut(words[1], "?")
	if err = p.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return a, method, path, err
	}
	if _, err = p.Write(request); err != nil {
		return a, method, path, err
	}
	resp, err := http.ReadResponse(p.reader, &http.Request{Method: method})
	if err != nil {
		return a, method, path, err
	}
	body, err := io.ReadAll(resp.Body)
	err = errors.Join(err, resp.Body.Close())
	return contract.Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}, method, path, err
}
