//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/cmd/internal/peers"
	"github.com/tallystick/tallystick/contract"
)

// ability is something that the mock does and a server may do too. It is asked on the server and on the mock.
type ability struct {
	name string
	ask  func(*asker) bool // whether the server of the asker does it
}

// asker asks one server, and remembers the first thing that could not be asked.
type asker struct {
	*contest
	play   *player
	ctx    context.Context
	addr   string
	create func() step
}

// abilities asks a server for everything that makes a mock more than a table of answers.
func (c *contest) abilities(ctx context.Context, e *entrant) []peers.Ability {
	create, err := c.plan.creator()
	if err != nil {
		return nil
	}
	var out []peers.Ability
	for _, one := range allAbilities {
		a := &asker{contest: c, ctx: ctx, addr: e.process.addr, create: create}
		out = append(out, peers.Ability{Name: one.name, Has: one.ask(a)})
		a.hangUp()
	}
	return out
}

var allAbilities = []ability{
	{"refuses a body of a wrong type", func(a *asker) bool { return a.refused(a.wrongBody()) != nil }},
	{"with the documented status, code and text", func(a *asker) bool {
		got, want := a.refused(a.wrongBody()), a.onMock((*asker).wrongBody)
		return got != nil && want != nil && got.Status == want.Status && bytes.Equal(a.coded(got), a.coded(want))
	}},
	{"refuses a request without a token", func(a *asker) bool { return a.refused(a.without(a.create().request)) != nil }},
	{"takes the token it gives, and no made-up one", (*asker).tokens},
	{"refuses an unknown value of a query parameter", func(a *asker) bool { return a.refused(a.badQuery()) != nil }},
	{"gives every new resource an id of its own", func(a *asker) bool { one, two := a.made(), a.made(); return one != "" && two != "" && one != two }},
	{"echoes the id of the path", func(a *asker) bool { id := a.made(); return id != "" && strings.Contains(a.read(id), id) }},
	{"keeps what was created", (*asker).keeps},
	{"refuses a name that is taken", func(a *asker) bool { s := clone(a.create().request); return a.send(s) != nil && a.refused(s) != nil }},
	{"knows no id that it has not given", func(a *asker) bool { return a.refused(a.get(a.plan.create.Effect.NewID("bench-unknown"))) != nil }},
	{"cuts a list to the page that is asked for", (*asker).pages},
	{"changes the state by an action", (*asker).acts},
	{"refuses what the state forbids", (*asker).forbids},
	{"forgets what is deleted", (*asker).forgets},
}

func clone(b []byte) []byte { return bytes.Clone(b) }

// send gives the answer; nil when there was none.
func (a *asker) send(request []byte) *contract.Answer {
	if request == nil {
		return nil
	}
	if a.play == nil {
		var err error
		if a.play, err = newPlayer(a.ctx, a.addr); err != nil {
			return nil
		}
	}
	got, _, _, err := a.play.send(request)
	if err != nil {
		a.hangUp()
		return nil
	}
	return &got
}

func (a *asker) hangUp() {
	if a.play != nil {
		_ = a.play.Close()
		a.play = nil
	}
}

// refused gives the answer to a request when it is a refusal.
func (a *asker) refused(request []byte) *contract.Answer {
	got := a.send(request)
	if got == nil || got.Status/100 != 4 {
		return nil
	}
	return got
}

// onMock asks the mock the same.
func (a *asker) onMock(request func(*asker) []byte) *contract.Answer {
	m := &asker{contest: a.contest, ctx: a.ctx, addr: a.contest.mock.addr, create: a.create}
	defer m.hangUp()
	return m.refused(request(m))
}

// coded is what a refusal says, without what differs from request to request.
func (a *asker) coded(got *contract.Answer) []byte {
	var body any
	if json.Unmarshal(got.Body, &body) != nil {
		return nil
	}
	code, messages := a.plan.contract.ErrorIn(body)
	out, _ := json.Marshal([]any{code, messages})
	return out
}

// wrongBody creates with a number where the unique member is text.
func (a *asker) wrongBody() []byte {
	t, err := a.plan.request(a.plan.create, patchAt(a.plan.create.Effect.Unique.By, 7), nil)
	if err != nil {
		return nil
	}
	return t.before
}

func (a *asker) badQuery() []byte {
	page := a.plan.list.Effect.Page
	t, err := a.plan.request(a.plan.list, nil, map[string]string{page.Limit: "many"})
	if err != nil {
		return nil
	}
	return t.before
}

// without is a request without its credential.
func (a *asker) without(request []byte) []byte {
	return a.withToken(request, "")
}

func (a *asker) withToken(request []byte, token string) []byte {
	line := []byte(a.scene.Header + ": " + benchToken + "\r\n")
	if token == "" {
		return bytes.Replace(request, line, nil, 1)
	}
	return bytes.Replace(request, line, []byte(a.scene.Header+": "+token+"\r\n"), 1)
}

// tokens gets a token, which must be good, and makes one up, which must not be.
func (a *asker) tokens() bool {
	t, err := a.plan.request(a.plan.login, nil, nil)
	if err != nil {
		return false
	}
	got := a.send(t.before)
	if got == nil || got.Status != t.status {
		return false
	}
	token := ""
	for _, h := range a.plan.login.Success().Headers {
		if v := got.Header[h.Name]; h.Required && len(v) == 1 && slices.Contains(a.plan.contract.SecretHeaders(), h.Name) {
			token = v[0]
		}
	}
	list, err := a.plan.request(a.plan.list, nil, nil)
	if err != nil || token == "" {
		return false
	}
	// The documented login is for a project of its own, so another than refused for the credential will do.
	good, bad := a.send(a.withToken(list.before, token)), a.refused(a.withToken(list.before, "made-up"))
	return good != nil && bad != nil && !bytes.Equal(a.coded(good), a.coded(bad))
}

// made creates a resource, and gives its id; "" when that does not go.
func (a *asker) made() string {
	next := a.create()
	if got := a.send(next.request); got != nil && got.Status == next.status {
		return a.plan.idIn(got.Body)
	}
	return ""
}

func (a *asker) get(id string) []byte {
	t, err := a.plan.request(a.plan.get, nil, nil)
	if err != nil {
		return nil
	}
	return clone(t.with(nil, id).request)
}

func (a *asker) event(e contract.Event, id string) []byte {
	t, err := a.plan.event(e)
	if err != nil {
		return nil
	}
	return clone(t.with(nil, id).request)
}

// read gives the body of a resource; "" when the server does not know it.
func (a *asker) read(id string) string { return string(a.last(a.get(id))) }

func (a *asker) last(request []byte) []byte {
	got := a.send(request)
	if got == nil || got.Status != a.plan.get.Success().Status {
		return nil
	}
	return got.Body
}

// member is what a resource has at a pointer.
func (a *asker) member(id, pointer string) any {
	var body map[string]any
	if json.Unmarshal([]byte(a.read(id)), &body) != nil {
		return nil
	}
	return contract.Value(body, pointer)
}

func (a *asker) keeps() bool {
	by := a.plan.create.Effect.Unique.By
	id := a.made()
	one := a.member(id, by)
	other := a.member(a.made(), by)
	return id != "" && one != nil && other != nil && one != other
}

func (a *asker) pages() bool {
	size := func(limit int) int {
		t, err := a.plan.request(a.plan.list, nil, map[string]string{a.plan.list.Effect.Page.Limit: strconv.Itoa(limit)})
		if err != nil {
			return 0
		}
		return bytes.Count(a.last(t.before), a.plan.idPrefix)
	}
	return size(1) == 1 && size(2) == 2
}

// acts leads a resource away from its state, and looks at the whole of it.
func (a *asker) acts() bool {
	id := a.made()
	before := a.read(id)
	if id == "" || before == "" || len(a.plan.ending) < 2 || !a.done(a.plan.ending[0], id) {
		return false
	}
	after := a.read(id)
	return after != "" && after != before
}

func (a *asker) forgets() bool {
	id := a.made()
	if id == "" || a.read(id) == "" {
		return false
	}
	return a.ended(id) && a.refused(a.get(id)) != nil
}

// ended leads a resource to its end.
func (a *asker) ended(id string) bool {
	for _, e := range a.plan.ending {
		if !a.done(e, id) {
			return false
		}
	}
	return true
}

// forbids tries the last step to the end before the others, and then as it has to be.
func (a *asker) forbids() bool {
	id := a.made()
	last := a.plan.ending[len(a.plan.ending)-1]
	return id != "" && a.refused(a.event(last, id)) != nil && a.ended(id)
}

// done tells whether the server accepts an event.
func (a *asker) done(e contract.Event, id string) bool {
	got := a.send(a.event(e, id))
	return got != nil && got.Status == e.Operation.Success().Status
}
