package defects

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// robustnessDefects are servers that break under requests which are odd, but in order.
func robustnessDefects(k *catalog) {
	for _, rt := range k.kinds() {
		op := rt.Create
		if op == nil {
			continue
		}
		k.add("fails-on-unicode", "A create with anything but ASCII in its texts makes the server fail.",
			deciding(op, func(s contract.Situation, honest decider) (contract.Decision, error) {
				if hasText(s.Request.Body, func(t string) bool { return !isASCII(t) }) {
					return contract.Decision{}, errors.New("character out of range")
				}
				return honest(s)
			}))
		if unique := uniqueOf(rt); unique != "" {
			if p := k.named(op.ID + "/accept" + unique + "/maxLength"); p != nil {
				longest := len(fmt.Sprint(at(decode(p.Input.Body), unique)))
				k.add("drops-connection-on-long-name", fmt.Sprintf("A create with the longest %s that is allowed gets no answer: the connection is closed.", slug(unique)),
					onSuccess(op, func(a *mock.Answer) {
						a.Drop = a.Request != nil && len(fmt.Sprint(at(a.Request.Body, unique))) >= longest
					})).seen(p)
			}
		}
	}
	if read := k.probe(func(p *contract.Probe) bool { return p.Kind == contract.ProbeMissing }); read != nil {
		k.add("fails-on-unknown-key", "A key that names nothing makes the server fail.",
			deciding(read.Operation, func(s contract.Situation, honest decider) (contract.Decision, error) {
				if s.Resource == nil {
					return contract.Decision{}, errors.New("no such record")
				}
				return honest(s)
			})).seen(read)
	}
	k.add("error-as-page", "Errors are pages for people, not JSON.", onRefusal(func(a *mock.Answer) {
		a.Header.Set("Content-Type", "text/html; charset=utf-8")
		a.Raw = fmt.Appendf(nil, "<html><body><h1>%d</h1></body></html>", a.Status)
	}))
	k.add("refuses-charset", "A request whose Content-Type names a charset is refused.",
		mock.Tampering{Read: func(op *contract.Operation, in contract.Input, honest reader) (*contract.Request, []contract.Violation) {
			if in.ContentType != "" && in.ContentType != "application/json" {
				in.ContentType = "text/plain"
			}
			return honest(in)
		}})
}

func isASCII(s string) bool {
	for _, r := range s {
		if r > 127 {
			return false
		}
	}
	return true
}

// hasText tells whether a text somewhere in a body fits.
func hasText(body any, fits func(string) bool) bool {
	switch v := body.(type) {
	case string:
		return fits(v)
	case map[string]any:
		for _, member := range v {
			if hasText(member, fits) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if hasText(item, fits) {
				return true
			}
		}
	}
	return false
}

// raceDefects are servers that look, and change only later what they have seen: two requests that arrive
// together decide on the same situation. One that comes alone is served honestly.
func raceDefects(k *catalog) {
	for _, rt := range k.kinds() {
		if op := rt.Create; op != nil && op.Effect.Unique != nil {
			k.race(op, "race/names", fmt.Sprintf("Two creates of one %s at the same time both succeed.", slug(op.Effect.Unique.By)),
				func(now, then *contract.Situation) { now.Taken = then.Taken })
		}
		if op := rt.Create; op != nil && op.Effect.Quota != nil {
			k.race(op, "race/quota", "Two creates at the same time both succeed where the quota has room for one.",
				func(now, then *contract.Situation) { now.Count = then.Count })
		}
		if op := k.operation(rt, contract.Update); op != nil {
			k.race(op, "race/updates", "Of two updates at the same time one is lost, though they speak of different members.", stale)
		}
		if op := k.operation(rt, contract.Transition); op != nil {
			k.race(op, "race/actions", "Two actions at the same time both succeed where the first one forbids the second.", stale)
		}
	}
}

// stale decides on the resource as it was.
func stale(now, then *contract.Situation) {
	if now.Resource != nil && then.Resource != nil {
		now.Resource = then.Resource
	}
}

// together is how long a request waits for another one that arrives at the same time.
const together = 50 * time.Millisecond

// pair is two requests that arrived together.
type pair struct {
	met  chan struct{}
	then *contract.Situation // what the first of them decided on; the mock's lock guards it
}

func (k *catalog) race(op *contract.Operation, name, breaks string, look func(now, then *contract.Situation)) {
	k.remembering(name, breaks, func() mock.Tampering {
		var mu sync.Mutex
		waiting := map[string]*pair{} // by the path's parameters
		pairs := memory[*contract.Request, *pair]{}
		t := deciding(op, func(s contract.Situation, honest decider) (contract.Decision, error) {
			p, ok := pairs.take(s.Request)
			switch {
			case !ok:
			case p.then == nil:
				first := s
				if s.Resource != nil {
					r := *s.Resource
					first.Resource = &r
				}
				p.then = &first
			default:
				look(&s, p.then)
			}
			return honest(s)
		})
		t.Arrive = func(req *contract.Request) {
			if req.Operation.ID != op.ID {
				return
			}
			key := fmt.Sprint(req.Path)
			mu.Lock()
			if p := waiting[key]; p != nil {
				delete(waiting, key)
				pairs.put(req, p)
				mu.Unlock()
				close(p.met)
				return
			}
			p := &pair{met: make(chan struct{})}
			waiting[key] = p
			mu.Unlock()
			select {
			case <-p.met:
				pairs.put(req, p)
			case <-time.After(together):
				mu.Lock()
				if waiting[key] == p {
					delete(waiting, key)
				}
				mu.Unlock()
			}
		}
		return t
	})
}
