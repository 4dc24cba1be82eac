package otherserver

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

var states = []string{
	"CREATE_QUEUING", "CREATING", "CREATE_FAILED", "START_QUEUING", "READY_TO_START", "STARTING", "RESTARTING",
	"START_FAILED", "RUNNING", "STOPPING", "STOPPED", "UNAVAILABLE", "DELETED", "RESIZING", "RESIZE_FAILED",
}

// search is what a list request asks for.
type search struct {
	status, sortBy      string
	workspace, ai, pool string
	descending, all     bool
	offset, limit       int
	filterAI, anyPool   bool
}

func (s *server) list(c *call) (any, *refusal) {
	q, no := s.readSearch(c.request.URL.Query())
	if no != nil {
		return nil, no
	}
	var found []*instance
	for _, i := range s.visible(c.project) {
		s.settle(i, c.now)
		if s.wanted(&q, i, c.user) {
			found = append(found, i)
		}
	}
	slices.SortStableFunc(found, func(a, b *instance) int {
		order := cmp.Compare(a.name, b.name)
		if q.sortBy == "creation_timestamp" && !s.broken("sortby-ignored") {
			order = a.created.Compare(b.created)
		}
		if q.descending && !s.broken("desc-ignored") {
			order = -order
		}
		return order
	})
	total := len(found)
	if q.offset > 0 && s.broken("offset-off-by-one") {
		q.offset++
	}
	if !s.broken("offset-ignored") {
		found = found[min(q.offset, len(found)):]
	}
	if q.limit > 0 && !s.broken("limit-ignored") {
		found = found[:min(q.limit, len(found))]
	}
	items := make([]any, 0, len(found))
	for _, i := range found {
		items = append(items, s.view(i, c.now))
	}
	answer := map[string]any{"total_count": total, "instances": items}
	if s.broken("total-counts-page") {
		answer["total_count"] = len(items)
	}
	if s.broken("total-count-as-string") {
		answer["total_count"] = strconv.Itoa(total)
	}
	if len(items) == 0 && s.broken("list-null-when-empty") {
		answer["instances"] = nil
	}
	return answer, nil
}

func (s *server) wanted(q *search, i *instance, u user) bool {
	switch {
	case q.status != "" && i.state != q.status && !s.broken("status-filter-ignored"):
		return false
	case i.workspace != q.workspace && !s.broken("workspace-filter-ignored"):
		return false
	case !q.all && i.owner.id != u.id && !s.broken("instances-shared") && !s.broken("foreign-project-readable"):
		return false
	case q.filterAI && i.aiProject != q.ai:
		return false
	}
	return q.anyPool || i.pool != nil && i.pool["id"] == q.pool
}

// readSearch goes through the parameters in the order of the documentation; names it does not know are nothing.
func (s *server) readSearch(query url.Values) (search, *refusal) {
	var q search
	f := &form{broken: s.broken}
	if !query.Has("de_type") && !s.broken("de-type-optional") {
		f.note("ModelArts.6335", "de_type")
	}
	choose := func(name, code string, lenient bool, from ...string) string {
		value := query.Get(name)
		if query.Has(name) && !slices.Contains(from, value) && !lenient {
			f.note(code, name)
		}
		return value
	}
	choose("de_type", "ModelArts.6336", false, "Notebook")
	choose("provision_type", "ModelArts.6336", false, "Docker")
	q.status = choose("status", "ModelArts.6336", s.broken("status-unknown-accepted"), states...)
	q.sortBy = choose("sortby", "ModelArts.6303", s.broken("sortby-unknown-accepted"), "name", "creation_timestamp")
	q.descending = choose("order", "ModelArts.6336", s.broken("order-unknown-accepted"), "asc", "desc") == "desc"
	q.offset = f.count(query, "offset")
	q.limit = f.count(query, "limit")
	if q.workspace = query.Get("workspace_id"); q.workspace == "" {
		q.workspace = "0"
	}
	if query.Has("show_self") {
		switch strings.ToLower(query.Get("show_self")) {
		case "true":
		case "false":
			q.all = true
		default:
			f.note("ModelArts.6336", "show_self")
		}
	}
	q.ai, q.filterAI = query.Get("ai_project"), query.Has("ai_project")
	q.pool, q.anyPool = query.Get("pool_id"), !query.Has("pool_id")
	return q, f.verdict()
}

// count reads a number of things.
func (f *form) count(query url.Values, name string) int {
	if !query.Has(name) {
		return 0
	}
	text := query.Get(name)
	digits := strings.TrimPrefix(text, "-")
	switch {
	case digits == "" || strings.Trim(digits, "0123456789") != "":
		if name != "limit" || !f.broken("limit-text-accepted") {
			f.note("ModelArts.6332", name, "Integer")
		}
		return 0
	case digits != text && strings.Trim(digits, "0") != "":
		f.note("ModelArts.6336", name)
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil { // more than there can be
		return int(^uint(0) >> 1)
	}
	return n
}
