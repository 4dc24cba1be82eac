package mock_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/mock"
)

func TestBounds(t *testing.T) {
	c := start(t, fixed())
	path := instances + "/" + strings.Repeat("x", 33<<10)
	c.refused("GET", path, "", 414, "APIGW.0201")
	req := c.request("GET", instances+"?de_type=Notebook", "")
	req.Header.Set("X-Long", strings.Repeat("x", 33<<10))
	if a := c.send(req); a.status != 494 || a.code() != "APIGW.0201" {
		t.Errorf("long headers: %d %s", a.status, a.raw)
	}
	big := bytes.Repeat([]byte(" "), 12<<20+1)
	for _, body := range []io.Reader{bytes.NewReader(big), struct{ io.Reader }{bytes.NewReader(big)}} {
		req, _ := http.NewRequest("POST", c.url+instances, body) // with its length, and chunked
		req.Header.Set("X-Auth-Token", c.token)
		req.Header.Set("Content-Type", "application/json")
		if a := c.send(req); a.status != 413 || a.code() != "APIGW.0201" {
			t.Errorf("large body: %d %s", a.status, a.raw)
		}
	}
}

func TestRoutes(t *testing.T) {
	c := start(t, fixed())
	c.refused("GET", "/", "", 404, "APIGW.0101")
	c.refused("GET", "/v2/x", "", 404, "APIGW.0101")
	c.refused("PATCH", instances, "", 404, "APIGW.0101")
	c.refused("GET", instances+"/a%2Fb", "", 400, "ModelArts.6309")
	nb := c.create(notebook("nb"))
	escaped := strings.Replace(nb, "DE-", "DE%2D", 1)
	c.must("GET", escaped, "")
}

func TestRateLimit(t *testing.T) {
	c := start(t, fixed(), mock.WithWorld(mock.World{RateLimit: mock.RateLimit{Calls: 3, Window: "minute"}}))
	list := instances + "?de_type=Notebook"
	for _, used := range []string{"1", "2", "3"} {
		a := c.must("GET", list, "")
		if a.header.Get("X-ratelimit") != "3" || a.header.Get("X-ratelimit-used") != used || a.header.Get("X-ratelimit-window") != "minute" {
			t.Errorf("headers: %v", a.header)
		}
	}
	a := c.refused("GET", list, "", 429, "APIGW.0308")
	if a.header.Get("Retry-After") != "31" { // the clock stands at :29.962
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	c.advance("31s")
	c.must("GET", list, "")
}

func TestQuotaAndNames(t *testing.T) {
	two := 2
	c := start(t, fixed(), mock.WithWorld(mock.World{Quota: &two}))
	first := c.create(notebook("a"))
	c.refused("POST", instances, notebook("a"), 400, "ModelArts.6301")
	c.create(notebook("b"))
	c.refused("POST", instances, notebook("c"), 400, "ModelArts.6302")
	c.force(first, "STOPPED")
	c.must("DELETE", first, "")
	c.create(notebook("a"))
	c.token = "other-token"
	if a := c.do("POST", "/v1/"+other+"/demanager/instances", notebook("a")); a.status != 200 {
		t.Errorf("names are unique per project only: %s", a.raw)
	}
}

// Of many creates of one name at once, exactly one is accepted; of many starts, exactly one.
func TestRaces(t *testing.T) {
	c := start(t, fixed())
	at := func(n int, do func() int) int {
		var wg sync.WaitGroup
		accepted := make(chan int, n)
		for range n {
			wg.Go(func() { accepted <- do() })
		}
		wg.Wait()
		close(accepted)
		sum := 0
		for status := range accepted {
			if status == http.StatusOK {
				sum++
			}
		}
		return sum
	}
	if n := at(20, func() int { return c.do("POST", instances, notebook("same")).status }); n != 1 {
		t.Errorf("%d creates of one name were accepted", n)
	}
	list := c.must("GET", instances+"?de_type=Notebook", "")
	if list.at("/total_count") != 1.0 {
		t.Fatalf("%s", list.raw)
	}
	nb := instances + "/" + list.at("/instances/0/id").(string)
	c.force(nb, "STOPPED")
	if n := at(20, func() int { return c.action(nb, "start").status }); n != 1 {
		t.Errorf("%d starts were accepted", n)
	}
}
