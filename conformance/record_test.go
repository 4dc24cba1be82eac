package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
)

// recorder is a client's transport that writes down what passes.
type recorder struct {
	mu   sync.Mutex
	tape tape
}

func (rec *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		sent, _ = io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	started := time.Now()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if strings.Contains(req.URL.Path, "/_tally/") {
		return resp, nil
	}
	headers := req.Header.Clone()
	headers.Set("X-Auth-Token", "REDACTED-1")
	e := fixtures.Exchange{Started: started, Took: time.Since(started), Method: req.Method, URL: req.URL.String(), RequestHeaders: headers,
		RequestBody: string(sent), Status: resp.StatusCode, ResponseHeaders: resp.Header, ResponseBody: string(body)}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.tape = append(rec.tape, conformance.Recorded{Exchange: e, File: "life.har", Index: len(rec.tape)})
	return resp, nil
}

// client lives a life on a target, and records it.
type client struct {
	t       *testing.T
	target  conformance.Target
	control bool
	rec     recorder
}

func (c *client) do(method, path string, body any) map[string]any {
	c.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	if body == nil {
		data = nil
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.target.URL+path, bytes.NewReader(data))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("X-Auth-Token", c.target.First.Token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := (&http.Client{Transport: &c.rec}).Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	var out map[string]any
	_ = json.NewDecoder(resp.Body).Decode(&out)
	return out
}

func (c *client) instances() string { return "/v1/" + c.target.First.Project + "/demanager/instances" }

func (c *client) create(name string) string {
	in, err := contract.Default().Operation("createInstance").DocumentedInput()
	if err != nil {
		c.t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(in.Body, &body); err != nil {
		c.t.Fatal(err)
	}
	body["name"] = name
	body["spec"].(map[string]any)["auto_stop"] = map[string]any{"enable": false} // else it may stop at any time
	id, _ := c.do("POST", c.instances(), body)["id"].(string)
	if id == "" {
		c.t.Fatal("no id came back")
	}
	return id
}

// until polls an instance, moving the clock where there is one to move.
func (c *client) until(id, state string) {
	c.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 2000 {
		if c.do("GET", c.instances()+"/"+id, nil)["status"] == state {
			return
		}
		if c.control {
			c.do("POST", "/_tally/clock/advance", map[string]any{"to": "next"})
		} else {
			<-tick.C
		}
	}
	c.t.Fatalf("never %s", state)
}

func (c *client) act(id, action string) {
	c.do("POST", c.instances()+"/"+id+"/action", map[string]any{"action": action})
}

// live goes through most of what a client does in a day.
func (c *client) live() tape {
	if c.control {
		c.do("POST", "/_tally/clock/freeze", nil)
	}
	id := c.create("first-notebook")
	one := c.instances() + "/" + id
	c.act(id, "stop") // refused: it is not there yet
	c.until(id, "RUNNING")
	second := c.create("second-notebook")
	c.do("GET", c.instances()+"?de_type=Notebook&provision_type=Docker&sortby=name&order=asc", nil)
	c.do("PUT", one, map[string]any{"description": "what it is for"})
	c.do("GET", one, nil)
	c.do("DELETE", one, nil) // refused: it runs
	c.do("GET", one+"/token", nil)
	c.until(second, "RUNNING")
	c.do("GET", c.instances()+"?de_type=Notebook&provision_type=Docker&limit=1&sortby=name&order=desc", nil)
	c.act(id, "stop")
	c.until(id, "STOPPED")
	c.act(id, "stop") // refused: it is stopped
	c.act(id, "start")
	c.until(id, "RUNNING")
	c.act(id, "restart")
	c.until(id, "RUNNING")
	c.act(id, "stop")
	c.until(id, "STOPPED")
	c.do("GET", c.instances()+"?de_type=Notebook&provision_type=Docker&status=STOPPED", nil)
	c.do("GET", c.instances()+"?de_type=Notebook&provision_type=Docker", nil)
	c.act(second, "stop")
	c.until(second, "STOPPED")
	c.do("DELETE", one, nil)
	c.do("GET", one, nil) // gone: missing
	c.do("DELETE", c.instances()+"/"+second, nil)
	c.do("GET", c.instances()+"?de_type=Notebook&provision_type=Docker", nil)
	c.do("POST", c.instances(), map[string]any{"name": "no flavor"}) // refused: members are missing
	if c.control {
		c.do("POST", "/_tally/clock/resume", nil)
	}
	return c.rec.tape
}

func recordLife(t *testing.T, target conformance.Target, control bool) tape {
	t.Helper()
	return (&client{t: t, target: target, control: control}).live()
}

// file writes a tape as HAR.
func (tp tape) file(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "life.har")
	w, err := fixtures.Create(path, fixtures.Creator{Name: "test", Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range tp {
		if err := w.Add(e.Exchange); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Fatal(fmt.Errorf("nothing was written: %w", err))
	}
	return path
}
