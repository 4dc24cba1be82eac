package conformance

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// Verify sends recorded requests again, in their order, and holds the answers to the recorded ones: status,
// error code, members. Ids, and whatever else the target gives out where the recorded server gave something
// else, are put into later requests in place of the recorded values; the project and the credentials are those
// of the target. Where the recording waited for a state, Verify waits too. What clients decide must come back
// as it was recorded; of what depends on the state, the time or the region only the type is compared. Every
// exchange with the target is judged as Judge does, too.
//
// What it creates is written to the ledger and removed at the end; requests about instances that the recording
// does not show the creation of are sent only where they change nothing. The errors are those of Run.
func Verify(ctx context.Context, c *contract.Contract, target Target, recording Recording, opts ...Option) (*Report, error) {
	v, err := newVerifier(c, target, opts)
	if err != nil {
		return nil, err
	}
	defer v.close()
	if err := v.read(ctx, recording); err != nil {
		return nil, err
	}
	checks := v.checks()
	selected, err := filtered(slices.Concat(checks, v.gathered()), v.settings)
	if err != nil {
		return nil, err
	}
	if v.settings.dryRun {
		return v.planned(selected), nil
	}
	if err := v.preflight(ctx); err != nil {
		return nil, err
	}
	if v.ledger, err = openLedger(v.settings.ledger, v.session.base, target.First.Project); err != nil {
		return nil, err
	}
	v.lookAround(ctx)
	v.execute(ctx, checks)
	v.cleanUp(ctx)
	return v.verified(ctx, checks, selected), nil
}

// verifier sends one recording to one target.
type verifier struct {
	*runner
	judge   *judge // of what the target answers
	steps   []*step
	known   *values
	twins   map[string]*twin // by the recorded id
	tenant  string           // the recorded project
	files   []string
	altered time.Time // when a control API first changed the world of the recorded server; zero for never
	company bool      // others have instances on the target
	skipped int       // exchanges that are about nothing in the contract, or only get a token
	unread  []string
	causes  map[string]string // by check: what its first difference is about
}

// step is one recorded exchange to be sent again.
type step struct {
	*Recorded
	op        *contract.Operation
	in        contract.Input // as recorded
	was       *reply         // as recorded
	code      string         // of the recorded refusal; "" for none
	conforms  bool           // the recorded answer is as the contract has it
	altered   bool           // the world of the recorded server had been changed by other means than requests
	overtaken string         // state that was over on the target before the request came; "" for none
	repeated  int            // how often the same was asked and answered right after it
}

// twin is an instance of this run that stands for a recorded one.
type twin struct {
	*instance
	recorded string         // its recorded id
	was      string         // its state as recorded last
	before   string         // its own state before the latest request
	sent     map[string]any // as recorded: what clients have said of it
	diverged bool           // the target has taken another way that conforms
}

func newVerifier(c *contract.Contract, target Target, opts []Option) (*verifier, error) {
	r, err := newRunner(c, target, opts)
	if err != nil {
		return nil, err
	}
	offline, err := newOffline(c, nil)
	if err != nil {
		return nil, err
	}
	v := &verifier{runner: r, known: newValues(), twins: map[string]*twin{}, judge: newJudge(offline), causes: map[string]string{}}
	if err := Checkable(c); err != nil {
		return nil, err
	}
	if r.kind == nil {
		return nil, usage("the contract has no resource with a lifecycle, so nothing can be created and removed again")
	}
	told := r.session.record
	r.session.record = func(e Exchange) { told(e); v.hear(e) }
	return v, nil
}

// lookAround sees whether the project has instances of others: then totals and pages cannot be compared.
func (v *verifier) lookAround(ctx context.Context) {
	all, err := (&trial{runner: v.runner, ctx: ctx, check: &Check{ID: "set-up"}}).everything()
	v.company = err != nil || len(all) > 0
}

// hear lets the judge judge what passes between the runner and the target.
func (v *verifier) hear(e Exchange) {
	v.judge.exchange(&Recorded{File: v.session.base, Index: v.judge.total, Exchange: exchangeOf(e)})
	v.judge.total++
}

// read takes in the recording and puts it in order.
func (v *verifier) read(ctx context.Context, recording Recording) error {
	total, last := 0, Recorded{}
	for e, err := range recording {
		if ctx.Err() != nil {
			return usage("interrupted before the recording was read")
		}
		total++
		if err != nil {
			v.unread = append(v.unread, err.Error())
			continue
		}
		if !slices.Contains(v.files, quote(e.File)) {
			v.files = append(v.files, quote(e.File))
		}
		if e.Started.IsZero() && e.File == last.File {
			e.Started = last.Started // it was sent after what stands before it
		}
		last = e
		op, in := routed(v.c, e.Method, e.URL)
		if op == nil || op.Effect == nil {
			v.skipped++
			if isWorldCall(&e) && (v.altered.IsZero() || e.Started.Before(v.altered)) {
				v.altered = e.Started
			}
			continue
		}
		v.steps = append(v.steps, v.newStep(&e, op, in))
	}
	if total == 0 {
		return errEmpty
	}
	if len(v.steps) == 0 {
		return usage("nothing can be sent again: of %s none belongs to an operation of the contract%s", plural(total, "recorded exchange"), because(v.unread))
	}
	slices.SortStableFunc(v.steps, func(a, b *step) int { return a.Started.Compare(b.Started) })
	for _, s := range v.steps {
		s.altered = !v.altered.IsZero() && !s.Started.Before(v.altered)
	}
	v.collapse()
	v.tenant = v.mainTenant()
	v.known.learn(v.tenant, v.target.First.Project)
	v.nameCreates()
	return nil
}

func because(reasons []string) string {
	if len(reasons) == 0 {
		return ""
	}
	return "; " + strings.Join(reasons[:min(3, len(reasons))], "; ")
}

func (v *verifier) newStep(e *Recorded, op *contract.Operation, in contract.Input) *step {
	s := &step{Recorded: e, op: op, in: in, was: e.reply()}
	s.in.Body, s.in.ContentType = []byte(e.RequestBody), http.Header(s.was.RequestHeaders).Get("Content-Type")
	if s.was.err == nil && !e.isWithheld() {
		s.code, _ = v.c.ErrorIn(decoded(s.was))
		found := v.c.Check(op, contract.Answer{Status: e.Status, Header: s.was.ResponseHeaders, Body: s.was.body})
		s.conforms = e.Status < http.StatusInternalServerError &&
			!slices.ContainsFunc(found, func(b contract.Violation) bool { return !forgiven(s.was, b) })
	}
	return s
}

// collapse takes out reads that repeat the one before them while a state passes: it is waited for anyway.
func (v *verifier) collapse() {
	var out []*step
	for _, s := range v.steps {
		if i := len(out) - 1; i >= 0 && v.repeats(out[i], s) {
			out[i].repeated++
			continue
		}
		out = append(out, s)
	}
	v.steps = out
}

func (v *verifier) repeats(a, b *step) bool {
	if b.op.Effect.Do != contract.Read || b.op.Effect.Answer != nil || a.op != b.op || a.URL != b.URL || !a.was.ok() || !b.was.ok() {
		return false
	}
	x, y := v.stateIn(a.was), v.stateIn(b.was)
	return x == y && (v.kind.Lifecycle.Passage(x) != nil || v.kind.Lifecycle.InQueue(x))
}

// stateIn is the state of the resource that an answer shows.
func (v *verifier) stateIn(r *reply) string {
	state, _ := contract.Value(object(r), v.kind.PointerOf("state")).(string)
	return state
}

// mainTenant is the project that most of the recording is about.
func (v *verifier) mainTenant() string {
	counts := map[string]int{}
	for _, s := range v.steps {
		counts[s.in.Path[s.op.Effect.Tenant]]++
	}
	names := sortedKeys(counts)
	return slices.MaxFunc(names, func(a, b string) int { return cmp.Compare(counts[a], counts[b]) })
}

// nameCreates finds names of this run for what the recording creates, and keeps what the names look like.
func (v *verifier) nameCreates() {
	unique := v.uniqueMember()
	for _, s := range v.steps {
		body := object(&reply{body: s.in.Body})
		name, _ := contract.Value(body, unique).(string)
		if s.op != v.kind.Create || !s.was.ok() || unique == "" || name == "" || v.known.has(name) {
			continue
		}
		in, err := s.in.Patched(nest(unique, v.settings.prefix+name), nil)
		if err != nil {
			continue
		}
		if _, bad := s.op.Read(in); len(bad) == 0 {
			v.known.learn(name, v.settings.prefix+name)
		}
	}
}

// checks are one for each exchange that is sent again.
func (v *verifier) checks() []Check {
	var out []Check
	ordinal := map[string]int{}
	for _, s := range v.steps {
		ordinal[s.op.ID]++
		c := Check{ID: fmt.Sprintf("%s/verify/%d", s.op.ID, ordinal[s.op.ID]), Suite: "verify", Operation: s.op.ID, Level: Must,
			Source: s.op.Source, Position: s.op.Position, changes: changes(s.op),
			Requirement: fmt.Sprintf("%s %s (%s) is answered as recorded", s.Method, pathOf(s.URL), s.Where())}
		if !s.conforms {
			c.Level = Should
		}
		if s.code != "" {
			c.Codes = []string{s.code}
		}
		c.run = func(t *trial) error { return v.again(t, s) }
		out = append(out, c)
	}
	return out
}

// gathered are the checks whose verdicts come together while the steps are taken.
func (v *verifier) gathered() []Check {
	members := Check{ID: v.kind.Name + "/verify/members", Level: Should, Position: contract.Position{File: v.c.Name},
		Requirement: "the target shows every member that the recorded server shows", Source: contract.Source{Basis: contract.Inferred}}
	return append(v.judge.checks(), recordedCheck(members, "verify", "members"))
}

// pathOf is a URL without its host.
func pathOf(address string) string {
	_, rest, found := strings.Cut(address, "://")
	if i := strings.IndexByte(rest, '/'); found && i >= 0 {
		return rest[i:]
	}
	return address
}
