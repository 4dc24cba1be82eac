package mock

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/internal/race"
)

const scaleProject = "a4a5d4098fb4474fa22cd05f897d6b99"

// filled is a mock whose one project has n instances, made from one that was created over HTTP. With
// scattered, each has an ai_project of its own, apart from 20 that share one.
func filled(tb testing.TB, n int, scattered bool) http.Handler {
	tb.Helper()
	c := contract.Default()
	w, h := newFilled(tb, c)
	op := c.Operation("createInstance")
	in, err := op.DocumentedInput()
	if err != nil {
		tb.Fatal(err)
	}
	in.Path["project_id"] = scaleProject
	req, violations := op.Read(in)
	if len(violations) > 0 {
		tb.Fatal(violations)
	}
	if _, err := w.do(req, callerOf("tally")); err != nil {
		tb.Fatal(err)
	}
	t := w.tenants[scaleProject]
	shop := t.of(op.Effect.Resource)
	for _, first := range shop.byID {
		for i := range n - 1 {
			r := &record{kind: first.kind, Resource: first.Resource, policy: first.policy, due: first.due}
			r.ID = fmt.Sprintf("DE-%08d", i)
			r.Replace(contract.MergePatch(first.Body(), map[string]any{"name": fmt.Sprintf("nb-%d", (i*7919)%n)}).(map[string]any))
			if scattered {
				project := fmt.Sprintf("ai-%d", max(i-19, 0))
				r.Replace(contract.MergePatch(r.Body(), map[string]any{"ai_project": map[string]any{"id": project}}).(map[string]any))
			}
			r.Created = first.Created.Add(time.Duration(i%1000) * time.Second)
			t.insert(r)
			w.ready.form(r)
		}
		break
	}
	if got := len(shop.byID); got != n {
		tb.Fatalf("%d instances, want %d", got, n)
	}
	return h
}

func newFilled(tb testing.TB, c *contract.Contract) (*world, http.Handler) {
	tb.Helper()
	s := defaults()
	s.auth = Auth{Mode: Off}
	at := time.Now()
	s.now = func() time.Time { return at } // nobody leaves the state that a page asks for
	h, w, err := assemble(c, s)
	if err != nil {
		tb.Fatal(err)
	}
	return w, h
}

var listPages = map[string]string{
	"first":   "?de_type=Notebook&limit=20",
	"middle":  "?de_type=Notebook&limit=20&offset=40",
	"created": "?de_type=Notebook&limit=20&sortby=creation_timestamp&order=desc",
	"state":   "?de_type=Notebook&limit=20&status=CREATING",
}

// list asks for a page and gives how long it took.
func list(tb testing.TB, h http.Handler, query string) time.Duration {
	tb.Helper()
	r := httptest.NewRequest(http.MethodGet, "/v1/"+scaleProject+"/demanager/instances"+query, nil)
	w := httptest.NewRecorder()
	begin := time.Now()
	h.ServeHTTP(w, r)
	took := time.Since(begin)
	if n := strings.Count(w.Body.String(), `"creation_timestamp"`); w.Code != http.StatusOK || n != 20 {
		tb.Fatalf("%d with %d instances", w.Code, n)
	}
	return took
}

// TestPageCost: a page of 20 costs at 100,000 instances at most twice what it costs at 100, also when no two
// of them agree in what lists filter by.
func TestPageCost(t *testing.T) {
	many := 100_000
	if race.Enabled {
		many = 10_000 // the race detector makes filling, not paging, ten times slower; make whole goes without it
	}
	t.Run("alike", func(t *testing.T) { comparePages(t, many, false, listPages) })
	t.Run("scattered", func(t *testing.T) {
		comparePages(t, many, true, map[string]string{
			"first":  listPages["first"],
			"middle": listPages["middle"],
			"state":  listPages["state"],
			"one":    "?de_type=Notebook&limit=20&ai_project=ai-0",
		})
	})
}

func comparePages(t *testing.T, many int, scattered bool, pages map[string]string) {
	small, large := filled(t, 100, scattered), filled(t, many, scattered)
	for _, name := range sortedKeys(pages) {
		p := pair{small, large, pages[name], pages[name]}
		p.hold(t, name, 201)
	}
}

// pair is one page of two mocks that differ in how many instances they have.
type pair struct {
	small, large     http.Handler
	ofSmall, ofLarge string
}

// hold fails a test when the page of the large mock costs more than twice what that of the small one costs. Other work
// of the machine, and a processor that changes its speed in the middle, make a measurement wrong now and then, but hardly
// three in a row. Under the race detector the ratio is told only.
func (p pair) hold(t *testing.T, name string, rounds int) float64 {
	t.Helper()
	list(t, p.small, p.ofSmall)
	begin := time.Now()
	list(t, p.large, p.ofLarge) // both have done by now what time has done, and what is asked for stands together
	gathered := time.Since(begin)
	least := math.Inf(1)
	for range 3 {
		ratio, a, b := p.cost(t, rounds)
		t.Logf("%-40s %v and %v: %.2f ×; the first took %v", name, a, b, ratio, gathered)
		if least = min(least, ratio); least <= 2 || race.Enabled {
			return least
		}
	}
	t.Errorf("page %q costs %.2f × in the mock with more instances, want at most 2", name, least)
	return least
}

// cost gives the median of what the large mock takes of the time that the small one took just before, and the medians
// of both.
func (p pair) cost(t *testing.T, rounds int) (ratio float64, small, large time.Duration) {
	t.Helper()
	var ratios []float64
	var a, b []time.Duration
	for range rounds {
		a, b = append(a, list(t, p.small, p.ofSmall)), append(b, list(t, p.large, p.ofLarge))
		ratios = append(ratios, float64(b[len(b)-1])/float64(a[len(a)-1]))
	}
	slices.Sort(ratios)
	slices.Sort(a)
	slices.Sort(b)
	return ratios[rounds/2], a[rounds/2], b[rounds/2]
}

func BenchmarkPage(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		h := filled(b, n, false)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				list(b, h, listPages["first"])
			}
		})
	}
}
