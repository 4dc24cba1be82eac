package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// Cleanup removes what the run of a ledger file has left on its target, in the legal order. It gives the
// ids that it removed, and what is still there: ids, or names whose create was never answered. A target
// without URL or project is the one of the ledger. The file is kept up to date, so that Cleanup can be
// repeated; it belongs to the caller.
func Cleanup(ctx context.Context, c *contract.Contract, target Target, file string, opts ...Option) (removed, left []string, err error) {
	was, err := readLedger(file)
	if err != nil || len(was.open)+len(was.planned) == 0 {
		return nil, nil, err
	}
	if target.URL == "" && target.Serve == nil {
		target.URL = was.target
	}
	if target.First.Project == "" {
		target.First.Project = was.project
	}
	if target.First.Project != was.project {
		return nil, nil, usage("the ledger is of project %s, not of %s", was.project, target.First.Project)
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
	maps.Copy(r.ledger.planned, was.planned)
	for id, project := range was.open {
		r.ledger.open[id] = &instance{id: id, project: project}
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
	t := &trial{runner: r, ctx: ctx, check: &Check{ID: "clean-up"}, cleaning: true}
	r.session.revive()
	for _, id := range sortedKeys(r.ledger.open) {
		t.discard(r.ledger.open[id])
	}
	if r.kind != nil && (r.ledger.asked || len(r.ledger.planned) > 0) {
		t.sweep()
	}
	r.putBack()
}

// discard retires an instance, whichever variant of the create it came from, and notes when that fails.
func (t *trial) discard(in *instance) {
	if t.tenantOf(in) == nil {
		t.notes = append(t.notes, fmt.Sprintf("clean-up: %s is in project %s; give credentials for that one, too", in.id, in.project))
		return
	}
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

// ours tells whether a name is one that runs give.
func ours(name string) bool { return strings.HasPrefix(name, namePrefix) }

// sweep looks in each project for what the run may have left there: by the names whose create has an outcome
// that is not known, and by what all names of this run begin with. A name that is not there was never created.
func (t *trial) sweep() {
	projects := map[string][]string{"": nil}
	if t.ledger.abroad != "" {
		projects[t.ledger.abroad] = nil
	}
	for _, name := range sortedKeys(t.ledger.planned) {
		project := t.ledger.planned[name]
		projects[project] = append(projects[project], name)
	}
	for _, project := range sortedKeys(projects) {
		if t.ctx.Err() == nil {
			t.sweepProject(project, projects[project])
		}
	}
}

func (t *trial) sweepProject(project string, names []string) {
	owner := t.tenant(project)
	if owner == nil {
		t.notes = append(t.notes, fmt.Sprintf("clean-up: whether creates in project %s have left something cannot be told; give credentials for that one, too", project))
		return
	}
	all, err := t.everythingIn(owner)
	if err != nil {
		if len(names) > 0 {
			t.notes = append(t.notes, fmt.Sprintf("clean-up: whether creates without an answer have left something cannot be told: %v", err))
		}
		return
	}
	unsure := map[string]bool{}
	for _, shown := range all {
		name, _ := contract.Value(shown, t.uniqueMember()).(string)
		id, _ := contract.Value(shown, t.kind.PointerOf("id")).(string)
		switch {
		case id == "" || t.ledger.open[id] != nil:
		case strings.HasPrefix(name, t.settings.prefix), ours(name) && slices.Contains(names, name):
			t.adopt(shown, id, project)
		case slices.Contains(names, name):
			unsure[name] = true // whoever has made that one
		}
	}
	for _, name := range names {
		if unsure[name] {
			t.notes = append(t.notes, fmt.Sprintf("clean-up: there is a %s named %s, and a create under that name got no answer; whether that made it cannot be told", t.kind.Name, name))
			continue
		}
		if err := t.ledger.refused(name); err != nil {
			t.notes = append(t.notes, fmt.Sprintf("clean-up: %v", err))
		}
	}
}

const pageSize = 100

// everything is everythingIn the project of the run.
func (t *trial) everything() ([]map[string]any, error) { return t.everythingIn(t.first) }

// maxListed bounds what is read of a list that does not end.
const maxListed = 100_000

// everything lists all that a tenant's project has, page by page where the contract has pages.
func (t *trial) everythingIn(owner *tenant) ([]map[string]any, error) {
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
		r, items := t.queryIn(owner, more)
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
		if len(out) == before || op.Effect.Page == nil || len(out) > maxListed {
			return out, nil
		}
	}
}
