//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

const (
	tenantID   = "0123456789abcdef0123456789abcdef"
	benchToken = "bench-token"
	pageSize   = 20
	nameDigits = 12
	manyIDs    = 1000 // requests that are prepared for different instances
)

// plan is what can be asked of a server, worked out from the contract: nothing here knows the API by name.
type plan struct {
	contract *contract.Contract
	kind     *contract.ResourceType
	create   *contract.Operation
	list     *contract.Operation
	get      *contract.Operation
	login    *contract.Operation
	loop     contract.Event   // an action after which an instance is where it was
	ending   []contract.Event // what leads a new instance to its end
	idPrefix []byte           // of every id, with the quote before it
	named    int              // instances that have got a name
}

// workload is one thing to measure.
type workload struct {
	name   string
	steps  int // until it begins anew
	grows  bool
	script func(ids []string, seed uint64) script
}

func newPlan(c *contract.Contract) (*plan, error) {
	p := &plan{contract: c}
	for _, op := range c.Operations() {
		switch e := op.Effect; {
		case e == nil && op.TakesCredential():
			p.login = op
		case e != nil && e.Do == contract.List:
			p.list = op
		case e != nil && e.Do == contract.Read && e.Answer == nil:
			p.get = op
		case e != nil && e.Do == contract.Create && e.Unique != nil:
			p.create, p.kind = op, e.Resource
		}
	}
	if p.create == nil || p.list == nil || p.get == nil || p.login == nil || p.kind.Lifecycle == nil {
		return nil, errors.New("the contract lacks an operation to create with a unique member, to list, to read or to get a token, or a lifecycle")
	}
	p.idPrefix = []byte(`"` + p.create.Effect.NewID(""))
	settled := finalOf(p.accepted("", p.create.ID), "")
	for _, e := range p.kind.Events() {
		if row := p.accepted(settled, e.Name); e.Action && row != nil && finalOf(row, settled) == settled && p.loop.Name == "" {
			p.loop = e
		}
	}
	p.ending = p.wayOut(settled)
	if p.loop.Name == "" || p.ending == nil {
		return nil, fmt.Errorf("from state %s no action leads back, or nothing leads to the end", settled)
	}
	return p, nil
}

// accepted is the row that accepts an event in a state whatever the resource is like; nil when there is none.
func (p *plan) accepted(state, event string) *contract.Row {
	for _, row := range p.kind.Lifecycle.Cell(state, event) {
		if row.When == "" && row.Error == nil {
			return row
		}
	}
	return nil
}

// finalOf is the state in which a row ends.
func finalOf(row *contract.Row, state string) string {
	if row == nil || row.Stays {
		return state
	}
	return row.To
}

// wayOut is the shortest way from a state to the one in which resources are gone; nil when there is none.
func (p *plan) wayOut(from string) []contract.Event {
	ways := map[string][]contract.Event{from: {}}
	for open := []string{from}; len(open) > 0; open = open[1:] {
		for _, e := range p.kind.Events() {
			row := p.accepted(open[0], e.Name)
			if row == nil || (!e.Action && e.Operation.Effect.Do != contract.Delete) {
				continue
			}
			next := finalOf(row, open[0])
			if _, known := ways[next]; known {
				continue
			}
			way := slices.Concat(ways[open[0]], []contract.Event{e})
			if next == p.kind.Lifecycle.Gone {
				return way
			}
			ways[next] = way
			open = append(open, next)
		}
	}
	return nil
}

// template is a request with a place for an id.
type template struct {
	before, after []byte
	status        int
}

func (t template) with(buffer []byte, id string) step {
	return step{append(append(append(buffer[:0], t.before...), id...), t.after...), t.status}
}

const idMark = "\x00"

// request is an operation's documented request with a patch on its body.
func (p *plan) request(op *contract.Operation, patch map[string]any, query map[string]string) (template, error) {
	in, err := op.DocumentedInput()
	if err == nil && (patch != nil || query != nil) {
		in, err = in.Patched(patch, query)
	}
	if err != nil {
		return template{}, err
	}
	path := op.Path
	for name := range in.Path {
		value := url.PathEscape(in.Path[name])
		if e := op.Effect; e != nil && name == e.Tenant {
			value = tenantID
		} else if e != nil && name == e.Key {
			value = idMark
		}
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	if q := in.Query.Encode(); q != "" {
		path += "?" + q
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n", op.Method, path)
	for _, s := range p.contract.Schemes() {
		if op.Secured && s.Header != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", s.Header, benchToken)
			break
		}
	}
	if op.Body != nil {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(in.Body))
	}
	b.WriteString("\r\n")
	b.Write(in.Body)
	before, after, _ := bytes.Cut(b.Bytes(), []byte(idMark))
	return template{before, after, op.Success().Status}, nil
}

// patchAt is a merge patch that sets one member.
func patchAt(pointer string, value any) map[string]any {
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	patch := map[string]any{tokens[len(tokens)-1]: value}
	for i := len(tokens) - 2; i >= 0; i-- {
		patch = map[string]any{tokens[i]: patch}
	}
	return patch
}

// event is the request for an event of the lifecycle.
func (p *plan) event(e contract.Event) (template, error) {
	if !e.Action {
		return p.request(e.Operation, nil, nil)
	}
	return p.request(e.Operation, patchAt(e.Operation.Effect.Event, e.Name), nil)
}

// creator gives requests that create instances with names that have not been used.
func (p *plan) creator() (func() step, error) {
	const blank = "bench-000000000000"
	t, err := p.request(p.create, patchAt(p.create.Effect.Unique.By, blank), nil)
	if err != nil {
		return nil, err
	}
	at := bytes.Index(t.before, []byte(blank)) + len(blank)
	return func() step {
		p.named++
		text := strconv.AppendInt(make([]byte, 0, nameDigits), int64(p.named), 10)
		copy(t.before[at-nameDigits:at], "000000000000")
		copy(t.before[at-len(text):at], text)
		return step{t.before, t.status}
	}, nil
}

// idIn finds the id in the answer to a create.
func (p *plan) idIn(body []byte) string {
	at := bytes.Index(body, p.idPrefix)
	if at < 0 {
		return ""
	}
	id, _, _ := bytes.Cut(body[at+1:], []byte(`"`))
	return string(id)
}

// anyOf asks for one of many instances after the other, in no order.
func anyOf(t template, ids []string, seed uint64) script {
	random := rand.New(rand.NewPCG(seed, 1))
	var buffer []byte
	return func([]byte) step {
		s := t.with(buffer, ids[random.IntN(len(ids))])
		buffer = s.request
		return s
	}
}
