package conformance

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// runner is one run.
type runner struct {
	c        *contract.Contract
	kind     *contract.ResourceType // whose life is judged; nil when the contract has none
	target   Target
	settings settings
	session  *session
	control  *control
	first    *tenant
	second   *tenant // nil when it is not claimed
	model    *model
	ledger   *ledger
	oracle   *oracle
	seen     *seen
	lasted   map[string]time.Duration // by state: how long it is known to last at least
	stuck    map[string]int           // by state: how many instances did not leave it in time
	frozen   bool                     // a mock's clock stands still because of us
	rate     []*contract.Refusal      // of too many calls
	unheard  []unheard                // exchanges that got no answer since the last one that did
	fleet    map[int]*instance        // by variant: the instance that the lifecycle suite drives
	results  []Result
	choices  []Choice
	notes    []string
	started  time.Time
	random   *rand.Rand
	serial   int
	crowded  []*instance // that the list suite looks at
	grave    string      // id of an instance that has been deleted; "" as long as there is none
	whole    int         // of a shard: how many checks the whole run makes
	planSum  string      // of a shard: what tells the plan of the whole run from others
	same     string      // of a merge: the one answer to everything that the parts have seen; "" for none
}

func newRunner(c *contract.Contract, target Target, opts []Option) (*runner, error) {
	s := defaultSettings()
	for _, o := range opts {
		if err := o(&s); err != nil {
			return nil, err
		}
	}
	if s.workers > s.maxInstances {
		return nil, usage("--workers %d is more than --max-instances %d: each worker needs an instance of its own", s.workers, s.maxInstances)
	}
	if target.First.Project == "" {
		return nil, usage("no project: give the id of the one to work in")
	}
	r := &runner{c: c, target: target, settings: s, fleet: map[int]*instance{}, lasted: map[string]time.Duration{}, stuck: map[string]int{}, seen: newSeen(), started: time.Now()}
	r.random = rand.New(rand.NewPCG(s.seed, 0))
	r.oracle, r.rate = newOracle(c), rateRefusals(c)
	if err := r.address(); err != nil {
		return nil, err
	}
	if err := r.introduce(); err != nil {
		return nil, err
	}
	for _, rt := range c.Resources() {
		if rt.Create != nil && rt.Lifecycle != nil {
			r.kind = rt
			break
		}
	}
	r.settings.prefix = namePrefix + hex.EncodeToString(sum(fmt.Sprint(s.seed, r.started.UnixNano())))[:8] + "-"
	var err error
	r.ledger, _ = openLedger("", "", "") // in memory, until the run begins
	r.model, err = newModel(c, r.kind, target.Values)
	if err == nil {
		for _, entry := range r.model.learnt {
			r.notes = append(r.notes, "values: the contract does not list "+entry+"; it is taken to be like the documented one")
		}
	}
	return r, err
}

// namePrefix is how the names of all runs begin.
const namePrefix = "tally-"

// address makes the session for the target.
func (r *runner) address() error {
	s := r.settings
	r.session = &session{timeout: s.timeout, pace: newPacer(s.rate), record: oneAtATime(s.record), client: newClient(s.timeout, r.target.TLS), sealed: slices.Concat(secretHeaders, r.c.SecretHeaders())}
	if r.target.Serve != nil {
		r.session.base, r.session.serve = "http://localhost", r.target.Serve
		return nil
	}
	if r.target.URL == "" {
		return usage("no target: give its base URL")
	}
	u, err := url.Parse(r.target.URL)
	if err == nil && u.User != nil {
		return usage("target %s: credentials do not belong in a URL", u.Redacted())
	}
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return usage("target %q: want a URL such as http://127.0.0.1:8080", r.target.URL)
	}
	r.session.base = strings.TrimRight(r.target.URL, "/")
	return nil
}

// introduce makes the tenants, and keeps their secrets.
func (r *runner) introduce() error {
	for _, cred := range []*Credentials{&r.target.First, r.target.Second} {
		if cred == nil {
			continue
		}
		if !fitsHeader(cred.Token) {
			return usage("the token for project %s has a character that no header may have, such as a line break", cred.Project)
		}
		r.session.secret(cred.Token)
		if cred.Key == nil {
			continue
		}
		if !fitsHeader(cred.Key.ID) {
			return usage("the access key for project %s has a character that no header may have, such as a line break", cred.Project)
		}
		r.session.secret(cred.Key.Secret)
	}
	r.first = &tenant{Credentials: r.target.First, token: r.target.First.Token}
	if r.target.Second != nil {
		r.second = &tenant{Credentials: *r.target.Second, token: r.target.Second.Token}
	}
	return nil
}

// fitsHeader tells whether a text may be the value of a header.
func fitsHeader(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return (c < ' ' && c != '\t') || c == 0x7f })
}

func sum(text string) []byte {
	s := sha256.Sum256([]byte(text))
	return s[:]
}

func (r *runner) close() {
	r.putBack()
	r.session.close()
	r.ledger.close()
}

// putBack leaves the world of a mock as the run has found it, however the run has ended.
func (r *runner) putBack() {
	if !r.frozen {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.settings.timeout)
	defer cancel()
	r.session.revive()
	err := r.control.refail(ctx) // where that is refused, the rest goes back all the same
	r.control.payAll(ctx)
	if !r.control.foundClock.Frozen {
		err = errors.Join(err, r.control.resume(ctx))
	}
	r.frozen = err != nil // it is tried once more at the end
}

// preflight finds out whether there is anything to judge: the target answers and takes the credentials.
func (r *runner) preflight(ctx context.Context) error {
	err := r.greet(ctx)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w before anything was checked", ErrInterrupted)
	}
	return err
}

func (r *runner) greet(ctx context.Context) error {
	if r.settings.control {
		r.control = findControl(ctx, r.session)
	}
	if r.control != nil {
		if err := r.clear(ctx); err != nil { // before the first login, which a condition may forbid
			return fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
	}
	for _, t := range []*tenant{r.first, r.second} {
		if t == nil {
			continue
		}
		if err := r.login(ctx, t); err != nil {
			return err
		}
	}
	if r.control != nil {
		r.claimByControl(ctx)
	}
	list := r.operation(contract.List)
	if list == nil {
		return nil
	}
	in, err := list.DocumentedInput()
	if err != nil {
		return usage("the contract cannot be checked: %v", err)
	}
	for _, t := range []*tenant{r.first, r.second} {
		if t == nil {
			continue
		}
		if err := r.knock(ctx, list, in, t); err != nil {
			return err
		}
	}
	return nil
}

// clear takes out of the way what has been set on a mock, so that the run judges the mock and not that.
func (r *runner) clear(ctx context.Context) error {
	if err := r.control.look(ctx); err != nil {
		return err
	}
	r.frozen = true // perhaps: an answer may get lost
	if err := r.control.freeze(ctx); err != nil {
		return err
	}
	return r.control.setAside(ctx)
}

// operation finds the operation of the judged kind that does something; nil when there is none.
func (r *runner) operation(do contract.Deed) *contract.Operation {
	for _, op := range r.c.Operations() {
		if op.Effect != nil && op.Effect.Do == do && op.Effect.Resource == r.kind && op.Effect.Answer == nil == (do != contract.List && do != contract.Delete && do != contract.Transition) {
			return op
		}
	}
	return nil
}

// request makes the call for an input; tenant and key fill the path's empty parameters.
func (r *runner) request(op *contract.Operation, in contract.Input, t *tenant, key string) call {
	path := op.Path
	for _, p := range op.Parameters {
		if p.In != "path" {
			continue
		}
		value := in.Path[p.Name]
		switch {
		case op.Effect == nil:
		case p.Name == op.Effect.Tenant:
			value = t.Project
		case p.Name == op.Effect.Key && key != "":
			value = key
		}
		path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(value))
	}
	if q := in.Query.Encode(); q != "" {
		path += "?" + q
	}
	out := call{op: op, method: op.Method, path: path, contentType: in.ContentType}
	if op.Body != nil {
		out.body = in.Body
	}
	if op.Secured {
		out.token, out.scheme, out.key = t.token, r.scheme(), t.Key
	}
	return out
}

func (r *runner) scheme() *contract.Scheme {
	for _, s := range r.c.Schemes() {
		if s.Type == "apiKey" {
			return s
		}
	}
	return nil
}

// try runs one check and turns what became of it into a result.
func (r *runner) try(ctx context.Context, c *Check) Result {
	t := &trial{runner: r, ctx: ctx, check: c}
	begin := time.Now()
	err := t.guarded(c.run)
	for _, undo := range slices.Backward(t.undo) {
		err = cmp.Or(err, t.guarded(func(*trial) error { undo(); return nil }))
	}
	res := Result{ID: c.ID, Suite: c.Suite, Operation: c.Operation, Level: c.Level, Requirement: c.Requirement,
		Source: citations(c.Source), Location: c.Position.String(), Opportunities: t.opportunities, Codes: c.Codes,
		Expected: t.expected, Actual: t.actual, Took: Duration(time.Since(begin))}
	var (
		skip      skipped
		unclaimed notClaimed
		around    otherWay
		late      overtaken
	)
	switch {
	case t.cut && !t.failed, err != nil && !t.failed && t.cutShort():
		res.Verdict, res.Reason = Skipped, "the run ended in the middle of it"
	case t.failed:
		res.Verdict, res.unheard = Fail, t.unheard
		res.Exchanges, res.Curl = t.evidence()
		res.Rerun = t.rerun()
	case errors.As(err, &unclaimed):
		res.Verdict, res.Reason, res.Takes = Skipped, unclaimed.Error(), unclaimed.claim
	case errors.As(err, &around), errors.As(err, &late):
		res.Verdict, res.Reason, res.Excused = Skipped, err.Error(), true
	case errors.As(err, &skip):
		res.Verdict, res.Reason = Skipped, skip.reason
	case err != nil:
		res.Verdict, res.Reason = Errored, err.Error()
	case t.opportunities == 0:
		res.Verdict, res.Reason = Errored, "not run: the check had nothing to judge"
	}
	return res
}

// guarded runs a part of a check. A panic is an error of the runner, and ends nothing but the check: what the
// run has created must still be removed.
func (t *trial) guarded(run func(*trial) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the runner has a fault, please report it: panic: %v", p)
		}
	}()
	return run(t)
}

// name makes a name that no other run uses.
func (r *runner) name() string {
	r.serial++
	return fmt.Sprintf("%s%d", r.settings.prefix, r.serial)
}
