package mock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
	"github.com/tallystick/tallystick/mock/fault"
)

// maxFaults bounds the faults that are planted at a time, spent ones among them.
const maxFaults = 1000

// faults are planted in a world, the oldest first. The world's lock guards them.
type faults struct {
	seed    uint64
	last    int // number of the youngest there has been
	planted []*planted
}

// planted is a fault with what has become of it.
type planted struct {
	fault.Fault
	id          string
	least, most time.Duration   // of the latency
	answers     map[string]bool // by operationId: it may answer the code; nil without a code, or with force
	matched     int
	fired       int
	source      *rand.PCG
	chance      *rand.Rand // on the source
}

// struck is what a fault does to one exchange.
type struck struct {
	*planted               // only what never changes may be read without the world's lock
	id, spec string        // of the fault
	wait     time.Duration // for which the answer is held back
	did      string        // what was done, for people
}

// WithFaults plants faults that are there from the start, and again after a reset; the default is none. Each
// is one line, as package fault reads it: createInstance:code=ModelArts.6101:first=2:after. New refuses what
// does not fit the contract.
func WithFaults(specs ...string) Option {
	return func(s *settings) error {
		for _, spec := range specs {
			f, err := fault.Parse(spec)
			if err != nil {
				return err
			}
			s.faults = append(s.faults, f)
		}
		return nil
	}
}

// newFaults plants those of the start.
func newFaults(c *contract.Contract, s settings) (*faults, error) {
	fs := &faults{seed: s.seed}
	for _, f := range s.faults {
		p, err := newPlanted(c, f)
		if err == nil {
			err = fs.plant(p)
		}
		if err != nil {
			return nil, fmt.Errorf("fault %q: %w", f, err)
		}
	}
	return fs, nil
}

// newPlanted makes a fault ready that fits the contract. It needs no lock.
func newPlanted(c *contract.Contract, f fault.Fault) (*planted, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	answers, err := fits(c, f)
	if err != nil {
		return nil, err
	}
	p := &planted{Fault: f, answers: answers}
	p.least, p.most, err = f.Wait()
	return p, err
}

// plant adds a fault to those that there are.
func (fs *faults) plant(p *planted) error {
	if len(fs.planted) >= maxFaults {
		return fmt.Errorf("%d faults are planted: want at most %d; remove some", len(fs.planted), maxFaults)
	}
	fs.last++
	p.id, p.source = "f"+strconv.Itoa(fs.last), rand.NewPCG(fs.seed, uint64(fs.last))
	p.chance = rand.New(p.source)
	fs.planted = append(fs.planted, p)
	return nil
}

// fits holds a fault to the contract. It gives the operations that may answer its code, nil for no matter.
func fits(c *contract.Contract, f fault.Fault) (map[string]bool, error) {
	operations, err := targets(c, f)
	if err != nil {
		return nil, err
	}
	if err := showsSecret(c, f); err != nil || f.Code == "" {
		return nil, err
	}
	e := c.Error(f.Code)
	switch {
	case e == nil:
		return nil, fmt.Errorf("code %q is not in the catalogue of the contract", f.Code)
	case len(f.Args) > e.Holes():
		return nil, fmt.Errorf("code %s: its message has %d placeholders, and %d args are given", f.Code, e.Holes(), len(f.Args))
	case f.Force:
		return nil, nil
	}
	answers := map[string]bool{}
	var allowed []string
	for _, op := range operations {
		for _, one := range c.Allowed(op) {
			if one == e {
				answers[op.ID] = true
			}
			if !slices.Contains(allowed, one.Ref) {
				allowed = append(allowed, one.Ref)
			}
		}
	}
	if len(answers) == 0 {
		return nil, fmt.Errorf("code %s is none that %s may answer; want one of %s, or force", f.Code, f.Operation, strings.Join(allowed, ", "))
	}
	return answers, nil
}

// targets are the operations whose requests a fault may match. A fault that can match none is an error.
func targets(c *contract.Contract, f fault.Fault) ([]*contract.Operation, error) {
	var out []*contract.Operation
	var known []string
	for _, op := range c.Operations() {
		known = append(known, op.ID)
		if aims(f, op) {
			out = append(out, op)
		}
	}
	switch {
	case f.Operation != fault.All && !slices.Contains(known, f.Operation):
		return nil, fmt.Errorf("operation %q is not in the contract; it has %v, and * is all", f.Operation, known)
	case len(out) == 0:
		return nil, fmt.Errorf("no request of operation %s has the method %q, the tenant %q and the resource %q; want those that its path and method have",
			f.Operation, f.Method, f.Tenant, f.Resource)
	}
	return out, nil
}

// aims tells whether requests of an operation may match a fault.
func aims(f fault.Fault, op *contract.Operation) bool {
	e := op.Effect
	return (f.Operation == fault.All || f.Operation == op.ID) && (f.Method == "" || f.Method == op.Method) &&
		(f.Tenant == "" || (e != nil && e.Tenant != "")) && (f.Resource == "" || (e != nil && e.Key != ""))
}

// showsSecret refuses a fault that would show a secret to whoever lists it.
func showsSecret(c *contract.Contract, f fault.Fault) error {
	if len(f.Header)+len(f.Query)+len(f.Body) == 0 {
		return nil
	}
	places, err := fixtures.NewPlaces(c)
	if err != nil {
		return err
	}
	for _, matched := range []struct {
		what   string
		values map[string]string
		secret func(string) bool
	}{{"header", f.Header, places.Header}, {"query", f.Query, places.Query}, {"body", f.Body, places.Body}} {
		for name := range matched.values {
			if matched.secret(name) {
				return fmt.Errorf("%s.%s holds secrets, and faults can be listed: want something else to match", matched.what, name)
			}
		}
	}
	return nil
}

// remove takes a fault away; nil when there is none such.
func (fs *faults) remove(id string) *planted {
	for i, p := range fs.planted {
		if p.id == id {
			fs.planted = slices.Delete(fs.planted, i, i+1)
			return p
		}
	}
	return nil
}

// spent tells whether a fault has hit as often as it shall.
func (p *planted) spent() bool { return p.First > 0 && p.fired >= p.First }

// mayHit tells whether the fault is for requests of an operation: those of the others never match.
func (p *planted) mayHit(op *contract.Operation) bool {
	return aims(p.Fault, op) && (p.answers == nil || p.answers[op.ID])
}

// mayHit tells whether requests of an operation need a look, and whether that takes their bodies.
func (fs *faults) mayHit(op *contract.Operation) (before, after, body bool) {
	for _, p := range fs.planted {
		if p.spent() || !p.mayHit(op) {
			continue
		}
		if p.Moment() == fault.After {
			after = true
		} else {
			before = true
		}
		body = body || len(p.Body) > 0
	}
	return before, after, body
}

// look is what faults see of a request.
type look struct {
	op               *contract.Operation
	path             string
	tenant, resource string
	query            url.Values
	header           http.Header
	host             string
	body             any // decoded; nil when no fault asks for it, and for what is no JSON
}

// look is what faults see of an exchange. It reads the body if they ask for it.
func (c *exchange) look(op *contract.Operation, body bool) *look {
	l := &look{op: op, path: c.request.URL.Path, query: c.request.URL.Query(), header: c.request.Header, host: c.request.Host}
	if e := op.Effect; e != nil {
		l.tenant, l.resource = c.param(e.Tenant), c.param(e.Key)
	}
	if body {
		decoder := json.NewDecoder(bytes.NewReader(c.keepBody()))
		decoder.UseNumber()
		if decoder.Decode(&l.body) != nil {
			l.body = nil
		}
	}
	return l
}

// values are those of a header. The server keeps Host beside the others.
func (l *look) values(name string) []string {
	if strings.EqualFold(name, "Host") {
		return []string{l.host}
	}
	return l.header.Values(name)
}

// keepBody reads the body, and leaves it to be read again: what cannot be read fails the next reader.
func (c *exchange) keepBody() []byte {
	data, err := io.ReadAll(c.request.Body)
	again := io.Reader(bytes.NewReader(data))
	if err != nil {
		again = io.MultiReader(again, unreadable{err})
	}
	c.request.Body = io.NopCloser(again)
	return data
}

// unreadable is a reader with nothing but its error.
type unreadable struct{ err error }

func (u unreadable) Read([]byte) (int, error) { return 0, u.err }

// matches tells whether a request is one that the fault is for.
func (p *planted) matches(l *look) bool {
	if !p.mayHit(l.op) || (p.Tenant != "" && p.Tenant != l.tenant) || (p.Resource != "" && p.Resource != l.resource) {
		return false
	}
	if p.Path != "" {
		if ok, err := path.Match(p.Path, l.path); err != nil || !ok {
			return false
		}
	}
	for name, value := range p.Query {
		if !slices.Contains(l.query[name], value) {
			return false
		}
	}
	for name, value := range p.Header {
		if !slices.Contains(l.values(name), value) {
			return false
		}
	}
	object, _ := l.body.(map[string]any)
	for pointer, value := range p.Body {
		switch v := contract.Value(object, pointer).(type) {
		case nil, map[string]any, []any: // only a plain value has a text that people would write
			return false
		default:
			if text(v) != value {
				return false
			}
		}
	}
	return true
}

// due counts a request that matches, and tells whether it is hit.
func (p *planted) due() bool {
	p.matched++
	n := p.matched - p.Skip
	if n <= 0 || n%max(p.Every, 1) != 0 {
		return false
	}
	if p.Probability > 0 && p.chance.Float64() >= p.Probability {
		return false
	}
	p.fired++
	return true
}

// strike finds the fault that hits a request at a moment: the oldest that matches and is due. Those after it
// do not see the request. nil when none hits.
func (w *world) strike(l *look, moment string) *struck {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.faults.planted {
		if p.Moment() != moment || p.spent() || !p.matches(l) {
			continue
		}
		if w.touchHead(headFaults); !p.due() {
			continue
		}
		s := &struck{planted: p, id: p.id, spec: p.String(), wait: p.least}
		if p.most > p.least {
			s.wait += time.Duration(p.chance.Int64N(int64(p.most-p.least) + 1))
		}
		return s
	}
	return nil
}

// attr is the fault in the access log; nothing without one.
func (s *struck) attr() slog.Attr {
	if s == nil {
		return slog.Attr{}
	}
	return slog.String("fault", s.id+" "+s.did)
}
