package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// Cleanup removes what the run of a ledger file has left on its target, in the legal order. It gives the
// ids that it removed, and what is still there: ids, or names whose create was never answered. A target
// without URL or project is the one of the ledger. The file is kept up to date, so that Cleanup can be
// repeated; it belongs to the caller.
func Cleanup(ctx context.Context, c *contract.Contract, target Target, file string, opts ...Option) (removed, left []string, err error) {
	base, project, ids, names, err := ReadLedger(file)
	if err != nil || len(ids)+len(names) == 0 {
		return nil, nil, err
	}
	if target.URL == "" && target.Serve == nil {
		target.URL = base
	}
	if target.First.Project == "" {
		target.First.Project = project
	}
	if target.First.Project != project {
		return nil, nil, usage("the ledger is of project %s, not of %s", project, target.First.Project)
	}
	r, err := newRunner(c, target, opts)
	if err != nil {
		return nil, nil, err
	}
	defer r.close()
	if r.kind == nil {
		return nil, nil, usage("the contract has no resource with a lifecycle")
	}
	if err := r.preflight(ctx); err != nil {
		return nil, nil, err
	}
	if err := r.ledger.reopen(file); err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		r.ledger.planned[name] = true
	}
	for _, id := range ids {
		r.ledger.open[id] = &instance{id: id}
	}
	r.cleanUp(ctx)
	left = r.leftovers()
	for _, note := range r.notes {
		err = errors.Join(err, errors.New(note))
	}
	if !r.session.allows() {
		err = fmt.Errorf("%w: %s: %w", ErrUnreachable, r.session.base, r.session.breaker.last)
	}
	return r.ledger.gone, left, err
}

// reopen goes on with the file of an earlier run. A line that a crash has cut off goes away.
func (l *ledger) reopen(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return usage("ledger: %v", err)
	}
	whole := int64(bytes.LastIndexByte(data, '\n') + 1)
	f, err := os.OpenFile(file, os.O_WRONLY, 0o600)
	if err == nil {
		err = f.Truncate(whole)
	}
	if err == nil {
		_, err = f.Seek(whole, 0)
	}
	if err != nil {
		return usage("ledger: %v", err)
	}
	l.file = f
	return nil
}

// leftovers are the ids that could not be removed, and the names of creates whose outcome is not known.
func (r *runner) leftovers() []string {
	return append(sortedKeys(r.ledger.open), sortedKeys(r.ledger.planned)...)
}

// cleanUp removes everything that the ledger still has, also when the run was interrupted.
func (r *runner) cleanUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.settings.waitMax+time.Minute)
	defer cancel()
	t := &trial{runner: r, ctx: ctx, check: &Check{ID: "clean-up"}}
	r.session.revive()
	for _, id := range sortedKeys(r.ledger.open) {
		t.discard(r.ledger.open[id])
	}
	t.adoptPlanned()
	if r.control != nil {
		_ = r.control.resume(ctx)
	}
}

// discard retires an instance, whichever variant of the create it came from, and notes when that fails.
func (t *trial) discard(in *instance) {
	err := t.retire(in)
	for v := range t.model.variants {
		if err == nil || t.cutShort() || errors.As(err, new(skipped)) {
			break
		}
		in.variant = v // which one it was is not known after a crash
		err = t.retire(in)
	}
	if err != nil {
		t.notes = append(t.notes, fmt.Sprintf("clean-up: %s: %v", in.id, err))
	}
}

// adoptPlanned finds instances whose create was never answered by the names that they asked for. A name
// that is not there was never created.
func (t *trial) adoptPlanned() {
	if len(t.ledger.planned) == 0 || t.ctx.Err() != nil {
		return
	}
	all, err := t.everything()
	if err != nil {
		t.notes = append(t.notes, fmt.Sprintf("clean-up: whether creates without an answer have left something cannot be told: %v", err))
		return
	}
	for _, shown := range all {
		name, _ := contract.Value(shown, t.uniqueMember()).(string)
		id, _ := contract.Value(shown, t.kind.PointerOf("id")).(string)
		if t.ledger.planned[name] && id != "" && t.ledger.open[id] == nil {
			in := &instance{id: id}
			t.sees(in, shown, "", nil)
			if err := t.ledger.created(in); err != nil {
				t.notes = append(t.notes, fmt.Sprintf("clean-up: %v", err))
			}
			t.discard(in)
		}
	}
	for _, name := range sortedKeys(t.ledger.planned) {
		if err := t.ledger.refused(name); err != nil {
			t.notes = append(t.notes, fmt.Sprintf("clean-up: %v", err))
		}
	}
}

const pageSize = 100

// everything lists all that the project has, page by page where the contract has pages.
func (t *trial) everything() ([]map[string]any, error) {
	op := t.operation(contract.List)
	if op == nil {
		return nil, errors.New("the contract has no operation that lists")
	}
	var out []map[string]any
	known := map[string]bool{}
	for {
		more := url.Values{}
		if p := op.Effect.Page; p != nil {
			more = url.Values{p.Offset: {strconv.Itoa(len(out))}, p.Limit: {strconv.Itoa(pageSize)}}
		}
		r, items := t.query(more)
		if items == nil {
			return nil, fmt.Errorf("%s answers %s", op.ID, t.describe(r))
		}
		before := len(out)
		for _, item := range items {
			if id := fmt.Sprint(contract.Value(item, t.kind.PointerOf("id"))); !known[id] {
				known[id] = true
				out = append(out, item)
			}
		}
		if len(out) == before || op.Effect.Page == nil {
			return out, nil
		}
	}
}
