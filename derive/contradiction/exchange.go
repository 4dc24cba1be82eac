package contradiction

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// exchange compares the examples of one exchange: what a request names, its answer should name too.
func (f *finder) exchange(op *derive.Operation) {
	var request *page.Example
	for _, e := range op.Examples {
		if e.Part == page.RequestPart && request == nil {
			request = e
		}
		answer, ok := decoded(e).(map[string]any)
		if e.Part != page.SuccessPart || !ok || request == nil {
			continue
		}
		sent, _ := decoded(request).(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(sent)) {
			back, there := answer[name]
			if there && simple(sent[name]) && simple(back) && sent[name] != back {
				f.add(Exchange, fmt.Sprintf("%s %s: the request has /%s %s, the answer %s", op.Method, op.Path, name, shown(sent[name]), shown(back)), request.Place, e.Place)
			}
		}
	}
	f.identity(op)
}

func simple(v any) bool {
	switch v.(type) {
	case map[string]any, []any, nil:
		return false
	}
	return true
}

var (
	identifier = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`)
	quoted     = regexp.MustCompile(`["“‘']([^"“”‘’'\s]{8,80})["“”’']`)
)

// identity compares the identifier that a page names in its request, or in the sentence above it, with that of the
// answer.
func (f *finder) identity(op *derive.Operation) {
	var asked []string
	for _, e := range op.Examples {
		text := e.Label
		if e.Part == page.RequestPart {
			text += " " + e.Target
			if last := lastSegment(e.Target); identifier.MatchString(last) {
				asked = append(asked, last)
			}
		}
		for _, m := range quoted.FindAllStringSubmatch(text, 4) {
			if identifier.MatchString(m[1]) {
				asked = append(asked, m[1])
			}
		}
	}
	for _, e := range op.Examples {
		answer, ok := decoded(e).(map[string]any)
		if e.Part != page.SuccessPart || !ok {
			continue
		}
		for _, name := range []string{"id", strings.Trim(lastSegment(op.Path), "{}")} {
			id, ok := answer[name].(string)
			if ok && identifier.MatchString(id) && len(asked) > 0 && !slices.Contains(asked, id) {
				f.add(Exchange, fmt.Sprintf("%s %s: the request is about %s, the answer about %s", op.Method, op.Path, asked[0], id), e.Place)
			}
		}
	}
}

func lastSegment(target string) string {
	target, _, _ = strings.Cut(target, "?")
	for {
		cut := strings.LastIndexByte(target, '/')
		if cut < 0 {
			return target
		}
		if last := target[cut+1:]; identifier.MatchString(last) || strings.HasPrefix(last, "{") {
			return last
		}
		target = target[:cut]
	}
}

// failures compares examples of failures with the tables of codes of their edition.
func (f *finder) failures() {
	codes := map[[2]string][]*derive.Row{}
	editions := map[string]bool{}
	f.codes(func(edition string, r *derive.Row, c *derive.Code) {
		editions[edition] = true
		codes[[2]string{edition, c.Code}] = append(codes[[2]string{edition, c.Code}], r)
	})
	for _, p := range f.set.Pages {
		for _, op := range p.Operations {
			for _, e := range op.Examples {
				members, ok := decoded(e).(map[string]any)
				if e.Part != page.FailurePart || !ok || !editions[p.Edition] {
					continue
				}
				f.failure(e, members, p.Edition, codes)
			}
		}
	}
}

var codeLike = regexp.MustCompile(`^[A-Za-z]+\.[0-9]+$`)

func (f *finder) failure(e *page.Example, members map[string]any, edition string, codes map[[2]string][]*derive.Row) {
	code, message := "", ""
	for _, name := range slices.Sorted(maps.Keys(members)) {
		text, ok := members[name].(string)
		switch {
		case ok && codeLike.MatchString(text):
			code = text
		case ok && strings.Contains(text, " "):
			message = text
		}
	}
	rows := codes[[2]string{edition, code}]
	if code == "" {
		return
	}
	if len(rows) == 0 {
		f.add(Failure, "the tables of codes do not have "+code, e.Place)
		return
	}
	said := ""
	for _, r := range rows {
		said = r.Code().Message
		if said == "" || message == "" || template(said).MatchString(message) {
			return
		}
	}
	f.add(Failure, fmt.Sprintf("%s: the table words it %q, the example %q", code, said, message), e.Place, rows[0].Place)
}

var hole = regexp.MustCompile(`\\\$?\\\{[^{}]*\\\}|%s`)

// template matches what a message with placeholders may become.
func template(message string) *regexp.Regexp {
	return regexp.MustCompile("^" + hole.ReplaceAllString(regexp.QuoteMeta(message), ".*") + "$")
}

func (f *finder) codes(visit func(edition string, r *derive.Row, c *derive.Code)) {
	for _, p := range f.set.Pages {
		for _, r := range p.Rows {
			if r.In == page.ErrorTable {
				if c := r.Code(); c != nil {
					visit(p.Edition, r, c)
				}
			}
		}
	}
}

// catalogue finds codes that several rows of an edition give different statuses or messages.
func (f *finder) catalogue() {
	type entry struct {
		says []string
		rows []derive.Place
	}
	all, order := map[[2]string]*entry{}, [][2]string{}
	f.codes(func(edition string, r *derive.Row, c *derive.Code) {
		key := [2]string{edition, c.Code}
		if all[key] == nil {
			all[key] = &entry{}
			order = append(order, key)
		}
		if says := strings.TrimSpace(fmt.Sprintf("%d %s", c.Status, cell.Normal(c.Message))); !slices.Contains(all[key].says, says) {
			all[key].says = append(all[key].says, says)
			all[key].rows = append(all[key].rows, r.Place)
		}
	})
	for _, key := range order {
		if e := all[key]; len(e.says) > 1 {
			f.add(Catalog, key[1]+" is "+strings.Join(e.says, ", and "), e.rows...)
		}
	}
}
