package mock

import (
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/internal/race"
)

// varied is a mock whose one project has n instances that differ in all that lists sort and filter by: every other
// is in a pool, every third is stopped, and no two share an ai_project.
func varied(tb testing.TB, n int) http.Handler {
	tb.Helper()
	h := filled(tb, 1, false)
	w := h.(*Mock).world
	t := w.tenants[scaleProject]
	for _, first := range t.of(w.contract.Resources()[0]).byID {
		for i := range n {
			r := &record{kind: first.kind, Resource: first.Resource}
			r.ID, r.State = fmt.Sprintf("DE-%08d", (i*7919)%n), "RUNNING"
			if i%3 == 0 {
				r.State = "STOPPED"
			}
			r.Created = first.Created.Add(time.Duration(i%1000) * time.Second)
			patch := map[string]any{"name": fmt.Sprintf("nb-%d", (i*104729)%n), "ai_project": map[string]any{"id": fmt.Sprint("ai-", i)}}
			if i%2 == 0 {
				patch["pool"] = map[string]any{"id": "half"}
			}
			body, _ := contract.MergePatch(first.Body(), patch).(map[string]any)
			r.Replace(body)
			t.insert(r)
		}
		t.remove(first)
		break
	}
	return h
}

// pagesOf are queries of pages of 20 among n: every sort key in both orders, with filters that leave out nothing, a
// state, and half of all shelves, at the beginning, in the middle and near the end of what they match.
func pagesOf(n int) map[string]string {
	pages := map[string]string{}
	for _, sort := range []string{"name", "creation_timestamp"} {
		for _, order := range []string{"asc", "desc"} {
			for name, filter := range map[string]struct {
				query   string
				matches int
			}{"all": {"", n}, "stopped": {"&status=STOPPED", n / 3}, "half": {"&pool_id=half", n / 2},
				"stopped half": {"&pool_id=half&status=STOPPED", n / 6}} {
				for at, offset := range map[string]int{"first": 0, "middle": filter.matches / 2, "last": filter.matches - 20} {
					pages[sort+" "+order+" "+name+" "+at] = fmt.Sprintf("?de_type=Notebook&limit=20&sortby=%s&order=%s%s&offset=%d", sort, order, filter.query, offset)
				}
			}
		}
	}
	return pages
}

// TestWholeLargeList: a page of 20 costs at 200,000 instances (a million with TALLY_LARGE=1) at most twice what it costs
// at 1,000, whatever it sorts and filters by and wherever it begins.
func TestWholeLargeList(t *testing.T) {
	many, rounds := 200_000, 51
	switch {
	case os.Getenv("TALLY_LARGE") != "":
		many = 1_000_000
	case race.Enabled:
		many, rounds = 5_000, 11 // the race detector makes filling slow; make whole goes without it
	}
	small, large := varied(t, 1_000), varied(t, many)
	before, after := pagesOf(1_000), pagesOf(many)
	worst := 0.0
	for _, name := range sortedKeys(before) {
		worst = max(worst, pair{small, large, before[name], after[name]}.hold(t, name, rounds))
	}
	t.Logf("the worst is %.2f ×", worst)
}
