package mock_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/internal/testlog"
	"github.com/tallystick/tallystick/mock"
)

// records is a log that a test can wait for.
type records chan string

func (r records) Write(line []byte) (int, error) { r <- string(line); return len(line), nil }

// A client that goes away ends the wait: before, nothing has changed; after, it has. Meanwhile others are served.
func TestFaultLatencyEndsWithTheClient(t *testing.T) {
	for moment, stored := range map[string]float64{"before": 0, "after": 1} {
		lines := make(records, 1000)
		c := alike(t, mock.WithLog(slog.New(slog.NewJSONHandler(lines, nil))))
		f := c.plant("createInstance:latency=5m:" + moment)
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan wire)
		req := c.request("POST", instances, notebook("slow")).WithContext(ctx)
		go func() { gone <- c.through(req) }()
		for {
			if now, err := c.driver().Fault(t.Context(), f.ID); err != nil {
				t.Fatal(err)
			} else if now.Fired == 1 {
				break
			}
		}
		c.must("GET", instances+"?de_type=Notebook", "")
		cancel()
		if got := <-gone; got.err == nil {
			t.Errorf("%s: %v", moment, got)
		}
		for line := range lines {
			if strings.Contains(line, "createInstance") {
				if !strings.Contains(line, `"fault":"f1 waited `) || !strings.Contains(line, "until the client went away") || !strings.Contains(line, `"status":0,`) {
					t.Errorf("%s: %s", moment, line)
				}
				break
			}
		}
		if list := c.must("GET", instances+"?de_type=Notebook", ""); list.at("/total_count") != stored {
			t.Errorf("%s: %s", moment, list.raw)
		}
	}
}

// The log tells what was done, also when the connection was dropped, and is silent without a fault.
func TestFaultInTheLog(t *testing.T) {
	var log testlog.Log
	c := alike(t, mock.WithLog(slog.New(slog.NewJSONHandler(&log, nil))), mock.WithFaults("getIdentityVersion:drop:first=1", "getIdentityVersion:code=APIGW.0601:first=1"))
	for range 3 {
		c.once("GET", "/v3", "")
	}
	c.control("GET", "health", "") // after the connection has ended, its log is written
	lines := log.Lines(3)
	for i, want := range []string{`"fault":"f1 dropped the connection"`, `"fault":"f2 answered code APIGW.0601"`, `"status":200`} {
		if !strings.Contains(lines[i], want) || (i == 2 && strings.Contains(lines[i], "fault")) {
			t.Errorf("line %d: %s", i+1, lines[i])
		}
	}
}

// deadlines is a connection that knows its deadline.
type deadlines struct {
	*httptest.ResponseRecorder
	write time.Time
}

func (d *deadlines) SetWriteDeadline(at time.Time) error { d.write = at; return nil }

// An answer that is held back has the server's time for answers after it.
func TestFaultLatencyMovesDeadlines(t *testing.T) {
	h, err := mock.New(contract.Default(), mock.WithFaults("getIdentityVersion:latency=20ms"))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/v3", nil)
	r = r.WithContext(context.WithValue(r.Context(), http.ServerContextKey, &http.Server{WriteTimeout: time.Hour}))
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	begin := time.Now()
	h.ServeHTTP(w, r)
	if w.Code != 200 || w.write.Before(begin.Add(time.Hour)) || time.Since(begin) < 20*time.Millisecond {
		t.Errorf("%d, until %s", w.Code, w.write)
	}
}

// A slow answer takes the time that its rate says.
func TestFaultRate(t *testing.T) {
	c := alike(t, mock.WithFaults("getIdentityVersion:rate=2000"))
	begin := time.Now()
	got := c.once("GET", "/v3", "")
	if least := time.Duration(len(got.body)) * time.Second / 2000; got.err != nil || time.Since(begin) < least {
		t.Errorf("%v after %s, want at least %s", got, time.Since(begin), least)
	}
}
