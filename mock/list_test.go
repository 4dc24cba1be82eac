package mock_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/tallystick/tallystick/mock"
)

// TestListAgainstModel creates, moves and deletes at random, and holds every page to the simplest thing
// that could be right: sort it all, filter it all, cut.
func TestListAgainstModel(t *testing.T) {
	none := 0
	at := time.Date(2020, 7, 16, 8, 0, 0, 0, time.UTC)
	c := start(t, mock.WithNow(func() time.Time { return at }), mock.WithWorld(mock.World{Quota: &none}))
	r := rand.New(rand.NewPCG(1, 2))
	type row struct{ path, id, name, created, status, project string }
	var model []row
	status := func(i int, s string) { c.force(model[i].path, s); model[i].status = s }
	for n := range 120 {
		at = at.Add(time.Duration(r.IntN(2)) * time.Second) // some are created in the same instant
		ai := []string{"default-ai-project", "other"}[r.IntN(2)]
		name := fmt.Sprintf("%c%d", "abcXYZ_-"[r.IntN(8)], n)
		path := c.create(notebook(name, fmt.Sprintf(`"ai_project":{"id":%q}`, ai)))
		model = append(model, row{path, path[len(instances)+1:], name, strconv.FormatInt(at.UnixMilli(), 10), "", ai})
		status(len(model)-1, []string{"RUNNING", "STOPPED", "CREATE_FAILED"}[r.IntN(3)])
		if i := r.IntN(len(model)); n%5 == 0 {
			status(i, "STOPPED")
			c.must("DELETE", model[i].path, "")
			model = slices.Delete(model, i, i+1)
		}
	}
	for range 300 {
		q := url.Values{"de_type": {"Notebook"}}
		want := slices.Clone(model)
		key := func(x row) string { return x.name }
		if r.IntN(2) == 0 {
			q.Set("sortby", "creation_timestamp")
			key = func(x row) string { return x.created }
		}
		slices.SortFunc(want, func(a, b row) int { return cmp.Or(cmp.Compare(key(a), key(b)), cmp.Compare(a.id, b.id)) })
		if r.IntN(2) == 0 {
			q.Set("order", "desc")
			slices.Reverse(want)
		}
		if r.IntN(3) == 0 {
			s := []string{"RUNNING", "STOPPED", "CREATE_FAILED", "STOPPING"}[r.IntN(4)]
			q.Set("status", s)
			want = slices.DeleteFunc(want, func(x row) bool { return x.status != s })
		}
		if r.IntN(3) == 0 {
			p := []string{"other", "default-ai-project", "none"}[r.IntN(3)]
			q.Set([]string{"ai_project", "ai_project_id"}[r.IntN(2)], p)
			want = slices.DeleteFunc(want, func(x row) bool { return x.project != p })
		}
		total := len(want)
		if r.IntN(2) == 0 {
			offset := r.IntN(140)
			q.Set("offset", strconv.Itoa(offset))
			want = want[min(offset, len(want)):]
		}
		if r.IntN(2) == 0 {
			limit := r.IntN(20)
			q.Set("limit", strconv.Itoa(limit))
			if limit > 0 {
				want = want[:min(limit, len(want))]
			}
		}
		a := c.must("GET", instances+"?"+q.Encode(), "")
		got := []string{}
		for _, item := range a.at("/instances").([]any) {
			got = append(got, item.(map[string]any)["name"].(string))
		}
		names := []string{}
		for _, x := range want {
			names = append(names, x.name)
		}
		if !slices.Equal(got, names) || a.at("/total_count") != float64(total) {
			t.Fatalf("%s: got %v of %v, want %v of %d", q.Encode(), got, a.at("/total_count"), names, total)
		}
	}
}

func TestListFilters(t *testing.T) {
	c := start(t, fixed(), mock.WithProgress(mock.Progress{Instant: true}))
	c.create(notebook("mine", `"pool":{"id":"p1"}`))
	c.create(notebook("free"))
	count := func(query string, want float64) {
		t.Helper()
		if a := c.must("GET", instances+"?de_type=Notebook"+query, ""); a.at("/total_count") != want {
			t.Errorf("%s: %v, want %v", query, a.at("/total_count"), want)
		}
	}
	count("", 2)
	count("&pool_id=p1", 1)
	count("&workspace_id=0", 2)
	count("&workspace_id=7", 0)
	count("&provision_type=Docker", 2)
	count("&show_self=True", 2)
	count("&show_self=FALSE", 2)
	count("&nonsense=1", 2)
	count("&status=RUNNING&limit=99999999999999999999", 2)
	count("&offset=99999999999999999999", 2)
	c.refused("GET", instances, "", 400, "ModelArts.6335")
	c.refused("GET", instances+"?de_type=Notebook&sortby=flavor", "", 400, "ModelArts.6303")
	c.refused("GET", instances+"?de_type=Notebook&limit=-1", "", 400, "ModelArts.6336")
	c.refused("GET", instances+"?de_type=Notebook&limit=1e3", "", 400, "ModelArts.6332")

	c.token = "other-token"
	a := c.must("GET", "/v1/"+other+"/demanager/instances?de_type=Notebook&show_self=false", "")
	if a.raw != `{"instances":[],"total_count":0}` {
		t.Errorf("another project sees %s", a.raw)
	}
}
