package conformance

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// listChecks judge order, pages and filters over a few instances of this run.
func (r *runner) listChecks() []Check {
	op := r.operation(contract.List)
	if op == nil {
		return nil
	}
	e := op.Effect
	var out []Check
	add := func(id, requirement string, run func(*trial) error) {
		out = append(out, r.kindCheck("list", "list/"+id, requirement, op, func(t *trial) error {
			if err := t.crowd(3); err != nil {
				return err
			}
			return run(t)
		}))
	}
	if e.Sort != nil {
		for _, key := range sortedKeys(e.Sort.Keys) {
			add("sort/"+key, "the list is in the order of "+key+", rising and falling", func(t *trial) error { return t.sorted(key) })
		}
	}
	if e.Page != nil {
		quiet := func(run func(*trial) error) func(*trial) error {
			return func(t *trial) error { return t.undisturbed(func() error { return run(t) }) }
		}
		add("limit", "a page has at most as many as its limit, and 0 is no limit", quiet((*trial).limit))
		add("offset", "pages neither overlap nor lose anything", quiet((*trial).pages))
		add("total", "the total counts all that match, whatever the page", quiet((*trial).total))
	}
	for _, f := range e.Filters {
		add("filter/"+f.Parameter, "the filter "+f.Parameter+" keeps what matches and nothing else", func(t *trial) error { return t.filter(f) })
	}
	for alias, parameter := range e.Alias {
		_ = parameter
		c := r.kindCheck("list", "list/unknown/"+alias, "query names that no page documents are tolerated", op, func(t *trial) error {
			r, _ := t.query(url.Values{alias: {"tally"}})
			t.expect(r.ok(), []string{"2xx"}, t.describe(r))
			return nil
		})
		c.Level, c.Source.Basis = Should, contract.Inferred
		out = append(out, c)
	}
	add("empty", "a list of nothing is an empty array", (*trial).empty)
	return out
}

// crowd sees to it that the project has a few instances of this run. The later ones have the names that come
// first, so that one order cannot pass for the other.
func (t *trial) crowd(n int) error {
	n = max(min(n, t.settings.maxInstances-1), 1)
	for len(t.crowded) < n {
		in, r, err := t.makeNamed(0, fmt.Sprintf("%s%c%d", t.settings.prefix, 'z'-rune(len(t.crowded)), t.serial))
		if err != nil {
			return err
		}
		if in == nil {
			return skip("set-up: %s is refused: %s", t.kind.Create.ID, t.describe(r))
		}
		t.crowded = append(t.crowded, in)
		if t.control != nil && len(t.crowded) > 1 {
			_ = t.control.advance(t.ctx, "1s") // the first two share their time, the others differ
		}
	}
	t.crowded = slices.DeleteFunc(t.crowded, func(in *instance) bool { return in.gone })
	if len(t.crowded) < n {
		return t.crowd(n)
	}
	for _, in := range t.crowded {
		if t.control == nil { // else time stands still: what is listed now is so a moment later too
			if err := t.settle(in, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// query asks for a list with more parameters, and gives the answer with its items.
func (t *trial) query(more url.Values) (*reply, []map[string]any) { return t.queryIn(t.first, more) }

// queryIn is query in a tenant's project.
func (t *trial) queryIn(owner *tenant, more url.Values) (*reply, []map[string]any) {
	op := t.operation(contract.List)
	in, err := op.DocumentedInput()
	if err != nil {
		return &reply{err: err}, nil
	}
	query := url.Values{}
	for _, values := range []url.Values{in.Query, more} {
		for name, v := range values {
			query[name] = v
		}
	}
	in.Query = query
	r := t.send(t.request(op, in, owner, ""))
	return r, t.items(op, r)
}

func (t *trial) totalOf(r *reply) int {
	n, err := strconv.Atoi(fmt.Sprint(contract.Value(object(r), t.operation(contract.List).Effect.Answer.PointerOf("total"))))
	if err != nil {
		return -1
	}
	return n
}

func (t *trial) sorted(key string) error {
	e := t.operation(contract.List).Effect
	member := e.Sort.Keys[key]
	for _, order := range t.orders() {
		r, items := t.query(url.Values{e.Sort.By: {key}, e.Sort.Order: {order}})
		if !t.expect(r.ok(), []string{"2xx"}, t.describe(r)) {
			return nil
		}
		falling, items := order == e.Sort.Descending, t.own(items)
		for i := 1; i < len(items); i++ {
			a, b := contract.Value(items[i-1], member), contract.Value(items[i], member)
			c := compareValues(a, b)
			t.expectf(c == 0 || (c < 0) != falling, fmt.Sprintf("%s is in the order %s of %s", member, order, key), "%v comes before %v", a, b)
		}
	}
	return nil
}

// orders are the values of the order parameter.
func (t *trial) orders() []string {
	e := t.operation(contract.List).Effect
	op := t.operation(contract.List)
	if p := op.Parameter("query", e.Sort.Order); p != nil {
		return p.Values()
	}
	return []string{e.Sort.Descending}
}

// compareValues orders numbers and digit strings by value, other strings by their bytes.
func compareValues(a, b any) int {
	x, err1 := strconv.ParseFloat(fmt.Sprint(a), 64)
	y, err2 := strconv.ParseFloat(fmt.Sprint(b), 64)
	if err1 == nil && err2 == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

func (t *trial) limit() error {
	e := t.operation(contract.List).Effect
	_, all := t.query(nil)
	for _, n := range []int{1, 2, 0, len(all) + 5} {
		r, items := t.query(url.Values{e.Page.Limit: {strconv.Itoa(n)}})
		want := min(n, len(all))
		if n == 0 {
			want = len(all)
		}
		t.expectf(r.ok() && len(items) == want, fmt.Sprintf("limit %d gives %d of %d", n, want, len(all)), "%s with %d", t.describe(r), len(items))
	}
	return nil
}

// pages walks through the list two by two, and puts it together again.
func (t *trial) pages() error {
	e := t.operation(contract.List).Effect
	_, all := t.query(nil)
	var walked []any
	for offset := 0; offset < len(all); offset += 2 {
		r, items := t.query(url.Values{e.Page.Offset: {strconv.Itoa(offset)}, e.Page.Limit: {"2"}})
		if !t.expect(r.ok(), []string{"2xx"}, t.describe(r)) {
			return nil
		}
		walked = append(walked, t.idsIn(items)...)
	}
	whole := t.idsIn(all)
	for range 3 {
		_, again := t.query(url.Values{e.Sort.By: {t.bySharedKey()}})
		t.stable(t.idsIn(t.own(again)))
	}
	t.expectf(slices.Equal(whole, walked), fmt.Sprintf("the pages together are %v", whole), "they are %v", walked)
	r, rest := t.query(url.Values{e.Page.Offset: {"1"}})
	t.expectf(r.ok() && len(rest) == max(len(all)-1, 0), "offset 1 leaves out one", "%d of %d are left", len(rest), len(all))
	r, none := t.query(url.Values{e.Page.Offset: {strconv.Itoa(len(all) + 10)}})
	t.expectf(r.ok() && none != nil && len(none) == 0, "an offset beyond the end gives an empty page", "%s with %d", t.describe(r), len(none))
	return nil
}

// bySharedKey is the sort key in which instances of this run are most likely to agree: not the unique one.
func (t *trial) bySharedKey() string {
	e := t.operation(contract.List).Effect
	for _, key := range sortedKeys(e.Sort.Keys) {
		if e.Sort.Keys[key] != t.uniqueMember() {
			return key
		}
	}
	return ""
}

// stable holds one order to the one before.
func (t *trial) stable(ids []any) {
	if t.order == nil {
		t.order = ids
	}
	t.expectf(slices.Equal(t.order, ids), fmt.Sprintf("the same question gets the same order: %v", t.order), "this time it is %v", ids)
}

func (t *trial) total() error {
	e := t.operation(contract.List).Effect
	r, all := t.query(nil)
	total := t.totalOf(r)
	t.expectf(total == len(all), fmt.Sprintf("the total is %d", len(all)), "it is %d", total)
	r, _ = t.query(url.Values{e.Page.Limit: {"1"}})
	t.expectf(t.totalOf(r) == total, fmt.Sprintf("the total is %d with limit 1 too", total), "it is %d", t.totalOf(r))
	r, _ = t.query(url.Values{e.Page.Offset: {"1"}})
	t.expectf(t.totalOf(r) == total, fmt.Sprintf("the total is %d with offset 1 too", total), "it is %d", t.totalOf(r))
	return nil
}

// filter asks for the value that an instance of this run has, and for another.
func (t *trial) filter(f contract.Filter) error {
	if f.Own {
		return t.ownFilter(f)
	}
	op := t.operation(contract.List)
	in := t.crowded[0]
	if _, err := t.look(in); err != nil {
		return err
	}
	value := contract.Value(in.shown, f.Member)
	if value != nil {
		r, items := t.query(url.Values{f.Parameter: {fmt.Sprint(value)}})
		if !t.expect(r.ok(), []string{"2xx"}, t.describe(r)) {
			return nil
		}
		mine := false
		for _, item := range items {
			mine = mine || contract.Value(item, t.kind.PointerOf("id")) == in.id
		}
		for _, item := range t.own(items) {
			got := contract.Value(item, f.Member)
			t.expectf(same(got, value), fmt.Sprintf("every %s is %v", f.Member, value), "one is %v", got)
		}
		t.expectf(mine, in.id+" is among them", "it is not")
	}
	for _, another := range t.otherValues(op.Parameter("query", f.Parameter), value) {
		r, items := t.query(url.Values{f.Parameter: {another}})
		if !t.expect(r.ok(), []string{"2xx"}, t.describe(r)) {
			return nil
		}
		for _, item := range t.own(items) {
			got := contract.Value(item, f.Member)
			t.expectf(fmt.Sprint(got) == another, fmt.Sprintf("every %s is %s", f.Member, another), "one is %v", got)
		}
		t.expect(true, nil, "")
	}
	return nil
}

// otherValues are values that the filter's schema allows and the instance does not have.
func (t *trial) otherValues(p *contract.Parameter, value any) []string {
	values := slices.DeleteFunc(p.Values(), func(v string) bool { return v == fmt.Sprint(value) })
	if len(values) > 2 {
		values = values[:2]
	}
	if len(p.Values()) == 0 {
		values = []string{"tally-none"}
	}
	return values
}

func (t *trial) ownFilter(f contract.Filter) error {
	for _, text := range []string{"true", "True", "false"} {
		r, items := t.query(url.Values{f.Parameter: {text}})
		if !t.expect(r.ok(), []string{"2xx"}, t.describe(r)) {
			return nil
		}
		mine := slices.ContainsFunc(items, func(m map[string]any) bool { return contract.Value(m, t.kind.PointerOf("id")) == t.crowded[0].id })
		t.expectf(mine, f.Parameter+"="+text+" shows what is one's own", "%s is not there", t.crowded[0].id)
	}
	return t.othersOwn(f)
}

// othersOwn lets another user of the project create something, where one can be had.
func (t *trial) othersOwn(f contract.Filter) error {
	if !t.mayLogIn() {
		return nil
	}
	somebody := t.whoever()
	somebody.User += "-other"
	token, err := t.issue(t.ctx, somebody, map[string]any{"project": map[string]any{"id": t.first.Project}})
	if err != nil {
		return nil // there is no such user: the rest has been judged
	}
	if err := t.makeRoom(1); err != nil {
		return err
	}
	mine := t.first.token
	t.first.token = token
	in, _, err := t.make(0, nil)
	t.first.token = mine
	if err != nil || in == nil {
		return err
	}
	defer t.dispose(in)
	for _, text := range []string{"true", "false"} {
		_, items := t.query(url.Values{f.Parameter: {text}})
		shown := slices.ContainsFunc(items, func(m map[string]any) bool { return contract.Value(m, t.kind.PointerOf("id")) == in.id })
		t.expectf(shown == (text == "false"), fmt.Sprintf("%s=%s shows another user's: %v", f.Parameter, text, text == "false"), "%v", shown)
	}
	return nil
}

// empty asks for what nothing matches.
func (t *trial) empty() error {
	op := t.operation(contract.List)
	for _, f := range op.Effect.Filters {
		p := op.Parameter("query", f.Parameter)
		if f.Own || len(p.Values()) > 0 {
			continue
		}
		r, items := t.query(url.Values{f.Parameter: {"tally-none"}})
		at := op.Effect.Answer.PointerOf("items")
		_, isArray := contract.Value(object(r), at).([]any)
		t.expectf(r.ok() && isArray && len(items) == 0, at+" is []", "%s: %s is %s", t.describe(r), at, kindOf(contract.Value(object(r), at)))
		if n := t.totalOf(r); n >= 0 {
			t.expectf(n == 0, "the total is 0", "it is %d", n)
		}
		return nil
	}
	return skip("no filter is free to match nothing")
}
