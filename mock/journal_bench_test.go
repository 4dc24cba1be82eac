package mock

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/internal/race"
)

// exchangeFor is an exchange about to be answered, as that of a create.
func exchangeFor(tb testing.TB, j *journal) func() *exchange {
	tb.Helper()
	c := contract.Default()
	op := c.Operation("createInstance")
	in, err := op.DocumentedInput()
	if err != nil {
		tb.Fatal(err)
	}
	read, violations := op.Read(in)
	if len(violations) > 0 {
		tb.Fatal(violations)
	}
	r := httptest.NewRequest(http.MethodPost, "/v1/p/demanager/instances", strings.NewReader(string(in.Body)))
	for _, name := range []string{"User-Agent", "Accept", "Accept-Encoding", "Content-Type", "X-Auth-Token"} {
		r.Header.Set(name, "some value")
	}
	w := httptest.NewRecorder()
	for _, name := range []string{"Content-Type", "Content-Length", "X-Request-Id"} {
		w.Header().Set(name, "some value")
	}
	sent := []byte(strings.Repeat("x", 1000))
	m := newMetrics()
	return func() *exchange {
		e := &exchange{id: "an-id", request: r, writer: w, operation: op, body: in.Body, read: read, tampering: &Tampering{}, status: 200, sent: sent}
		e.arrival = arrival{started: time.Now(), contract: c, journal: j, metrics: m}
		return e
	}
}

// What the journal, and the figures, cost a request. The exchange itself is made in both.
func BenchmarkRecord(b *testing.B) {
	for _, test := range []struct {
		name string
		j    *journal
	}{{"off", nil}, {"on", newJournal(defaultJournal, nil)}} {
		b.Run(test.name, func(b *testing.B) {
			next := exchangeFor(b, test.j)
			b.ReportAllocs()
			for b.Loop() {
				next().record()
			}
		})
	}
}

// What a whole request costs without and with the journal, apart from the wire.
func BenchmarkJournaledGet(b *testing.B) {
	for name, size := range map[string]journalSize{"off": {}, "on": defaultJournal} {
		b.Run(name, func(b *testing.B) {
			s := defaults()
			s.auth, s.journal = Auth{Mode: Off}, size
			h, _, err := assemble(contract.Default(), s)
			if err != nil {
				b.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodGet, "/v1/p/demanager/instances/DE-none", nil)
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}

// 100,000 requests leave a journal within its bounds: the bytes it says are those it takes, and it never has more
// than it was given.
func TestJournalMemory(t *testing.T) {
	const budget = 8 << 20
	s := defaults()
	s.auth, s.journal = Auth{Mode: Off}, journalSize{100_000, budget}
	h, w, err := assemble(contract.Default(), s)
	if err != nil {
		t.Fatal(err)
	}
	body := `{"name":"` + strings.Repeat("n", 2000) + `"}`
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	requests := 100_000
	if race.Enabled {
		requests = 20_000
	}
	send := func(n int) {
		for range n {
			r := httptest.NewRequest(http.MethodPost, "/v1/p/demanager/instances/x/action", strings.NewReader(body))
			r.Header.Set("User-Agent", "test")
			h.ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	send(100)
	before := heap() - w.journal.state().bytes
	send(requests - 100)
	got := w.journal.state()
	if got.bytes > budget || got.bytes < budget*9/10 || int64(got.entries)+got.forgotten != int64(requests) {
		t.Errorf("%d bytes in %d entries, %d forgotten, of %d", got.bytes, got.entries, got.forgotten, requests)
	}
	grown := heap() - before
	t.Logf("%d requests: %d kept, counted with %d bytes; the heap has grown by %d", requests, got.entries, got.bytes, grown)
	if !race.Enabled && grown > budget*3/2 { // the race detector pads
		t.Errorf("the heap has grown by %d bytes, the journal may take %d", grown, budget)
	}
	runtime.KeepAlive(h)
}

// The oldest go first, an emptied journal has nothing, and what is too big for it takes nothing with it.
func TestJournalForgetsInOrder(t *testing.T) {
	j := newJournal(journalSize{100, minJournal}, nil)
	next := exchangeFor(t, j)
	for range 500 {
		next().record()
	}
	all, forgotten := j.all()
	if len(all) == 0 || len(all) > 100 || int64(len(all))+forgotten != 500 {
		t.Fatalf("%d kept, %d forgotten", len(all), forgotten)
	}
	for i, e := range all {
		if want := 500 - int64(len(all)) + int64(i) + 1; e.sequence != want {
			t.Errorf("entry %d is request %d, want %d", i, e.sequence, want)
		}
	}
	j.clear()
	if got := j.state(); got != (journalState{}) {
		t.Errorf("after a clear: %+v", got)
	}
	big := next()
	big.request = big.request.Clone(t.Context())
	big.request.Header.Set("Cookie", strings.Repeat("c", minJournal))
	big.record()
	if got := j.state(); got.entries != 0 || got.forgotten != 1 {
		t.Errorf("what is too big for the whole journal: %+v", got)
	}
}

// A scribe begins anew before it remembers more than a few times what the journal has.
func TestScribeForgets(t *testing.T) {
	s := defaults()
	s.auth, s.journal = Auth{Mode: Any}, journalSize{10, 1 << 20}
	h, w, err := assemble(contract.Default(), s)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		r := httptest.NewRequest(http.MethodGet, "/v1/p/demanager/instances/x", nil)
		r.Header.Set(contract.Default().SecretHeaders()[1], strings.Repeat(string(rune('a'+i%26)), 20+i))
		h.ServeHTTP(httptest.NewRecorder(), r)
		redactor, _, err := w.reader(w.journal)
		if err != nil {
			t.Fatal(err)
		}
		if text := redactor.Text(strings.Repeat(string(rune('a'+i%26)), 20+i)); !strings.HasPrefix(text, "REDACTED-") {
			t.Fatalf("request %d: %s", i, text)
		}
	}
	if since := w.journal.scribe.since; since > 31 {
		t.Errorf("it remembers %d requests, the journal has 10", since)
	}
}
