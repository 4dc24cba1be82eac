package mock

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// histories is how many histories the property tests live through; each is made from its number.
const histories = 40

// lived is an oven in which a number of things have happened, drawn from a seed: cakes that bake, wait, burn
// and fail, timers, forced states, tokens, and everything that the control API changes.
func lived(t testing.TB, seed uint64) *oven { t.Helper(); return livedFor(t, seed, 60) }

// livedFor is lived with so many steps.
func livedFor(t testing.TB, seed uint64, steps int) *oven {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	o := newOven(t, func(s *settings) { livelySettings(s, seed, rng) })
	h := &history{oven: o, rng: rng}
	for range steps {
		h.step()
	}
	return o
}

// livelySettings are those of an oven in which all kinds of things happen.
func livelySettings(s *settings, seed uint64, rng *rand.Rand) {
	s.seed, s.seeded = seed, true
	s.auth.Keys = []Key{{Access: "KEY1", Secret: "one", Project: "corner"}, {Access: "KEY2", Secret: "two", Project: "corner"}}
	policies := []Policy{{}, {Kind: ByReads, Reads: 2}, {Kind: ByHand}}
	s.progress.ByEvent = map[string]Policy{"createCake": policies[rng.IntN(3)], "turn": policies[rng.IntN(3)]}
	s.progress.Speed = float64(1 + rng.IntN(3))
}

// history goes on at random.
type history struct {
	*oven
	rng   *rand.Rand
	cakes []string
}

func (h *history) pick(values ...string) string { return values[h.rng.IntN(len(values))] }

// any is the path of a cake that there is or was.
func (h *history) any() string {
	if len(h.cakes) == 0 {
		return "/corner/cakes/none"
	}
	return h.cakes[h.rng.IntN(len(h.cakes))]
}

// resource is the same for the control API.
func (h *history) resource() string {
	parts := strings.Split(h.any(), "/")
	return "/_tally/resources/" + parts[1] + "/" + parts[3]
}

// step does one thing. What it does may be refused; a failure of the mock it must not be.
func (h *history) step() {
	h.t.Helper()
	steps := []func(){
		h.bake, h.bake, h.bake,
		func() { h.do("GET", h.any(), "") },
		func() { h.do("GET", "/"+h.pick("corner", "square")+"/cakes?sort=age", "") },
		func() { h.do("PUT", h.any(), h.pick(`{"box":{"color":"red"}}`, `{"box":{"color":"blue"}}`)) },
		func() { h.do("POST", h.any()+"/do", h.pick(`{"action":"cool"}`, `{"action":"warm"}`)) },
		func() { h.do("DELETE", h.any(), "") },
		func() { h.control("POST", "clock/advance", fmt.Sprintf(`{"by":"%dms"}`, h.rng.IntN(4000))) },
		func() { h.control("POST", "clock/"+h.pick("freeze", "resume"), "") },
		func() {
			h.do("PUT", h.resource()+"/state", `{"state":"`+h.pick("WAITING", "BAKING", "READY", "BURNT", "EATEN", "LOST")+`"}`)
		},
		func() { h.do("POST", h.resource()+"/"+h.pick("finish", "fault"), "") },
		func() { h.control("POST", "failures", `{"event":"`+h.pick("createCake", "turn")+`","times":2}`) },
		func() { h.control(h.pick("PUT", "DELETE"), "given/"+h.pick("shop-closed", "flour-gone"), "") },
		func() { h.control("PATCH", "catalogue/Recipe/"+h.pick("apple", "cheese"), `{"season":"always"}`) },
		func() { h.control("PATCH", "catalogue/Recipe/pear", `{"name":"pear","season":"always"}`) },
		func() {
			h.control("PUT", "limits", h.pick(`{}`, `{"quota":30}`, `{"calls":1000,"window":"hour"}`, `{"quota":0,"calls":9,"window":"day"}`))
		},
		h.issue,
		h.plant, h.planFailure, h.forceForAWhile, h.refuseSignature,
	}
	steps[h.rng.IntN(len(steps))]()
}

func (h *history) plant() {
	h.control("POST", "faults", `{"spec":"`+h.pick("createCake:status=418:probability=0.5", "*:skip=1:every=3:status=418", "listCakes:first=1:status=418:after")+`"}`)
	if h.rng.IntN(3) == 0 {
		h.do("DELETE", "/_tally/faults/f1", "")
	}
}

func (h *history) planFailure() {
	reasons := h.contract.Reasons(h.contract.Resources()[0], "createCake")
	h.control("POST", "failures", h.pick(`{"event":"createCake","tenant":"corner"}`, `{"event":"createCake","name":"nobody"}`,
		`{"event":"createCake","code":"`+reasons[h.rng.IntN(len(reasons))].Ref+`"}`))
}

func (h *history) forceForAWhile() {
	h.do("PUT", h.resource()+"/state", `{"state":"`+h.pick("BAKING", "READY", "BURNT")+`","for":"`+h.pick("1s", "1h")+`"}`)
}

func (h *history) refuseSignature() {
	access := h.pick("KEY1", "KEY2")
	h.directly(func() {
		h.keys.keys[access].fail(contract.SignatureLimits{Failures: 5, Lock: 5 * time.Minute}, h.clock.now())
	})
}

// directly changes the world without a request.
func (h *history) directly(do func()) {
	h.t.Helper()
	part := func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		do()
	}
	if h.gate == nil {
		part()
	} else if err := h.gate.pass(part); err != nil {
		h.t.Fatal(err)
	}
}

func (h *history) do(method, path, body string) {
	h.t.Helper()
	if status, text := h.call(method, path, body); status >= 500 {
		h.t.Fatalf("%s %s %s: %d %s", method, path, body, status, text)
	}
}

func (h *history) control(method, path, body string) {
	h.t.Helper()
	h.do(method, "/_tally/"+path, body)
}

func (h *history) bake() {
	name := strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprint(h.rng.IntN(1_000_000)))
	body := fmt.Sprintf(`{"name":%q,"kind":%q,"weight":%s,"timer":{"on":%t,"seconds":%s}}`, name, h.pick("apple", "cheese", "pear"),
		h.pick("500", "2000", "1e2", "12345678901234567890"), h.rng.IntN(2) == 0, h.pick("1", "90", "400000000000"))
	_, text := h.call("POST", "/"+h.pick("corner", "square")+"/cakes", body)
	var made struct{ ID, Shop string }
	if json.Unmarshal([]byte(text), &made) == nil && made.ID != "" {
		for _, shop := range []string{"corner", "square"} {
			if h.resourceOf(shop, made.ID) {
				h.cakes = append(h.cakes, "/"+shop+"/cakes/"+made.ID)
			}
		}
	}
}

func (h *history) resourceOf(shop, id string) bool { return h.world.resource("Cake", shop, id) != nil }

func (h *history) issue() {
	h.directly(func() {
		now := h.clock.now()
		h.keys.issue(grant{caller: callerOf("ann"), project: h.pick("corner", ""), expires: now.Add(tokenLife)}, now)
	})
}

// text is the snapshot of a world as the control API gives it.
func (o *oven) text() string { o.t.Helper(); return o.must("GET", "/_tally/snapshot", "") }

// restore puts a snapshot in place.
func (o *oven) restore(text string) { o.t.Helper(); o.must("PUT", "/_tally/snapshot", text) }

// another is an oven without a past, made with the settings of an oven but for the time.
func (o *oven) another() *oven {
	o.t.Helper()
	return newOven(o.t, func(s *settings) {
		at := s.now().Add(time.Hour)
		*s = o.settings
		s.now = func() time.Time { return at }
	})
}
