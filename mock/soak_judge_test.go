package mock_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
)

// faultyHeader marks the requests that faults may hit: to all others the mock must be honest.
const faultyHeader = "X-Soak-Faulty"

// judge is an http.RoundTripper that holds every answer to what it may be. It is safe for concurrent use.
type judge struct {
	real     *http.Transport
	base     string
	editions []*contract.Contract

	mu       sync.Mutex
	wrong    []string
	all      int
	statuses map[string]int // by API and status
}

func newJudge(base string, editions []*contract.Contract) *judge {
	return &judge{real: &http.Transport{MaxIdleConnsPerHost: 2 * soakClients}, base: base, editions: editions, statuses: map[string]int{}}
}

// client has no timeout of its own: its requests have.
func (j *judge) client() *http.Client { return &http.Client{Transport: j} }

// maxWrong is how many findings are kept, and end the run.
const maxWrong = 20

func (j *judge) blame(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.wrong) < maxWrong {
		j.wrong = append(j.wrong, fmt.Sprintf(format, args...))
	}
}

func (j *judge) full() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.wrong) >= maxWrong
}

func (j *judge) count(what string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.all++
	j.statuses[what]++
}

// answers is how many there were so far.
func (j *judge) answers() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.all
}

// report tells what was wrong, and what there was.
func (j *judge) report(t *testing.T) {
	for _, text := range j.wrong {
		t.Error(text)
	}
	for _, what := range slices.Sorted(maps.Keys(j.statuses)) {
		t.Logf("%8d × %s", j.statuses[what], what)
	}
}

// RoundTrip sends a request, reads the answer whole and judges it.
func (j *judge) RoundTrip(r *http.Request) (*http.Response, error) {
	mayBreak := r.Header.Get(faultyHeader) != ""
	resp, err := j.real.RoundTrip(r)
	if err != nil {
		return nil, j.lost(r, err, mayBreak)
	}
	data, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, j.lost(r, err, mayBreak)
	}
	resp.Body = io.NopCloser(bytes.NewReader(data))
	a := contract.Answer{Status: resp.StatusCode, Header: resp.Header, Body: data}
	which := "the API, which answered "
	switch {
	case strings.HasPrefix(r.URL.Path, control.Prefix):
		which = "the control API, which answered "
		j.controlled(r, a)
	case mayBreak && j.flaw(r, a) != "":
		which = "the API, which a fault made answer "
		j.excused(r, a)
	case !mayBreak:
		if flaw := j.flaw(r, a); flaw != "" {
			j.blame("%s %s (Prefer %q): %d %s\n%s", r.Method, r.URL, r.Header.Get("Prefer"), a.Status, data, flaw)
		}
	}
	j.count(which + resp.Status)
	return resp, nil
}

// lost judges a request without a whole answer.
func (j *judge) lost(r *http.Request, err error, mayBreak bool) error {
	switch {
	case r.Context().Value(hangsUp{}) != nil:
		j.count("nothing, because the client hung up")
	case mayBreak:
		j.count("nothing, because a fault cut the connection")
	default:
		j.blame("%s %s: %v", r.Method, r.URL, err)
	}
	return err
}

// hangsUp is the key of contexts of requests whose clients do not wait for an answer.
type hangsUp struct{}

// controlled judges an answer of the control API.
func (j *judge) controlled(r *http.Request, a contract.Answer) {
	doc := controlContract()
	op := doc.Match(r.Method, r.URL.EscapedPath()).Operation
	noJSON := !strings.HasPrefix(http.Header(a.Header).Get("Content-Type"), "application/json")
	if a.Status >= 500 {
		j.blame("%s %s: %d %s", r.Method, r.URL, a.Status, a.Body)
	}
	if noJSON || a.Status == http.StatusTooManyRequests { // without a world no operation answers
		return
	}
	for _, v := range doc.Check(op, a) {
		j.blame("%s %s: the answer breaks the document of the control API: %s\n%d %.300s", r.Method, r.URL, v, a.Status, a.Body)
	}
}

// flaw is why an honest mock would not have given an answer; "" when it may have.
func (j *judge) flaw(r *http.Request, a contract.Answer) string {
	prefer := r.Header.Get("Prefer")
	switch {
	case a.Status == http.StatusTooManyRequests && bytes.Contains(a.Body, []byte("--max-sandboxes")):
		return "" // no world, so that no contract counts
	case a.Status >= 500 && prefer != fmt.Sprint("code=", a.Status):
		return "it blames the server"
	case prefer != "" && http.Header(a.Header).Get("Content-Type") == "application/problem+json" && a.Status == http.StatusBadRequest:
		return "" // a wish that the contract does not know
	}
	var first []contract.Violation
	for i, edition := range j.editions {
		found := edition.Check(matching(r), a)
		if len(found) == 0 {
			return ""
		}
		if i == 0 {
			first = found
		}
	}
	return fmt.Sprintf("it breaks the contract: %v", first)
}

// excused asks the mock which fault has changed an answer. A reset may have made it forget.
func (j *judge) excused(r *http.Request, a contract.Answer) {
	k := control.Client{Base: j.base, Sandbox: r.Header.Get(control.SandboxHeader), HTTP: j.client()}
	x, err := k.Explain(context.WithoutCancel(r.Context()), http.Header(a.Header).Get(control.RequestHeader))
	var refusal *control.Error
	switch {
	case errors.As(err, &refusal) && (refusal.Status == http.StatusNotFound || refusal.Status == http.StatusTooManyRequests):
	case err != nil:
		j.blame("%s %s: %v", r.Method, r.URL, err)
	case x.Fault == "":
		j.blame("%s %s: %d %.300s is wrong without any fault", r.Method, r.URL, a.Status, a.Body)
	}
}

// sample is what the process takes at a moment, after garbage is collected.
type sample struct {
	at          time.Duration
	loaded      float64 // MiB of objects, with journals and the contracts of their entries
	live, inUse float64 // MiB of the heap: of objects, and of the spans that hold them
	goroutines  float64
	answers     int
}

func (s sample) String() string {
	return fmt.Sprintf("%6.0f s: %7.2f MiB loaded, %7.2f MiB live, %7.2f MiB in use, %4.0f goroutines, %8d answers", s.at.Seconds(), s.loaded, s.live, s.inUse, s.goroutines, s.answers)
}

// heap is a part of the heap in MiB, after garbage is collected.
func heap(part func(*runtime.MemStats) uint64) float64 {
	runtime.GC()
	runtime.GC() // what pools held on to
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(part(&m)) / (1 << 20)
}

// measure is called while nobody sends anything.
func (s *soak) measure(at time.Duration, loaded float64) sample {
	s.judge.real.CloseIdleConnections()
	return sample{at: at, loaded: loaded, live: heap(func(m *runtime.MemStats) uint64 { return m.HeapAlloc }),
		inUse: heap(func(m *runtime.MemStats) uint64 { return m.HeapInuse }), goroutines: float64(runtime.NumGoroutine()), answers: s.judge.answers()}
}

// flat compares the last third of the samples with the first, after a tenth to warm up.
func (s *soak) flat(lasts time.Duration) {
	for _, one := range s.samples {
		s.t.Log(one)
	}
	if lasts < 2*time.Minute {
		return // too few to tell
	}
	warm := s.samples[len(s.samples)/10:]
	third := len(warm) / 3
	mean := func(some []sample, of func(sample) float64) float64 {
		sum := 0.0
		for _, one := range some {
			sum += of(one)
		}
		return sum / float64(len(some))
	}
	for name, of := range map[string]func(sample) float64{
		"MiB live":   func(s sample) float64 { return s.live },
		"MiB in use": func(s sample) float64 { return s.inUse },
		"goroutines": func(s sample) float64 { return s.goroutines },
	} {
		first, last := mean(warm[:third], of), mean(warm[len(warm)-third:], of)
		s.t.Logf("%s: %.2f in the first third, %.2f in the last (%.3f of it)", name, first, last, last/first)
		if last > 1.1*first {
			s.t.Errorf("%s grow: %.2f in the first third, %.2f in the last; want at most 1.1 of it", name, first, last)
		}
	}
}
