package mock

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/signing"
	"github.com/tallystick/tallystick/mock/control"
)

// into sends a request to a sandbox, "" for the world without one.
func into(h http.Handler, sandbox, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:1"
	if sandbox != "" {
		r.Header.Set(control.SandboxHeader, sandbox)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// All journals of a mock have one budget. Whatever goes gives its part back.
func TestJournalBudget(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := defaults()
	s.auth, s.journal, s.now = Auth{Mode: Off}, journalSize{1000, minJournal}, func() time.Time { return at }
	m, w, err := assemble(contract.Default(), s)
	if err != nil {
		t.Fatal(err)
	}
	b := w.journal.budget
	sum := func() int64 {
		n := w.journal.state().bytes
		for _, box := range m.sandboxes.byName {
			n += box.world.journal.state().bytes
		}
		if used := b.used.Load(); used != n || used > b.most || b.most != journalsAtOnce*minJournal {
			t.Fatalf("the budget has %d of %d, the journals have %d", used, b.most, n)
		}
		return n
	}
	body := `{"name":"` + strings.Repeat("n", 10_000) + `"}`
	for i := range 2 * journalsAtOnce {
		for range 20 {
			into(m, fmt.Sprint("s", i), "POST", "/v1/p/demanager/instances", body)
		}
		sum()
	}
	if n := sum(); n < b.most*8/10 {
		t.Errorf("%d of %d bytes are used", n, b.most)
	}
	first := m.sandboxes.byName["s0"].world.journal.state()
	if first.bytes < minJournal/2 {
		t.Errorf("others have taken the entries of the first: %+v", first)
	}
	late := m.sandboxes.byName[fmt.Sprint("s", 2*journalsAtOnce-1)].world.journal.state()
	if late.forgotten == 0 || int64(late.entries)+late.forgotten != 20 {
		t.Errorf("a journal for which nothing was left does not say so: %+v", late)
	}
	before := sum()
	into(m, "", http.MethodDelete, "/_tally/sandboxes/s0", "")
	if n := sum(); n != before-first.bytes {
		t.Errorf("a deleted sandbox: %d bytes, before %d, its own %d", n, before, first.bytes)
	}
	into(m, "s1", http.MethodPost, "/_tally/reset", "")
	into(m, "s2", http.MethodDelete, "/_tally/requests", "")
	if n := sum(); n >= before-2*first.bytes {
		t.Errorf("after a reset and a clear: %d bytes, before %d", n, before)
	}
	at = at.Add(time.Hour)
	into(m, "fresh", "GET", "/v1/p/demanager/instances", "")
	if n := sum(); len(m.sandboxes.byName) != 1 || n == 0 {
		t.Errorf("after an idle hour: %d sandboxes, %d bytes", len(m.sandboxes.byName), n)
	}
}

// A journal that a reset has left behind keeps nothing.
func TestJournalClosed(t *testing.T) {
	b := &budget{most: 1 << 20}
	j := newJournal(defaultJournal, b)
	next := exchangeFor(t, j)
	next().record()
	j.close()
	next().record()
	if got := j.state(); got.entries != 0 || b.used.Load() != 0 {
		t.Errorf("%+v, %d bytes", got, b.used.Load())
	}
}

// After a reload the journal has entries of the last two contracts alone.
func TestJournalForgetsOldContracts(t *testing.T) {
	load := func() *contract.Contract {
		c, err := contract.Load(os.DirFS(".."), "openapi.yaml")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	s := defaults()
	s.auth = Auth{Mode: Off}
	first, second, third := contract.Default(), load(), load()
	m, w, err := assemble(first, s)
	if err != nil {
		t.Fatal(err)
	}
	contracts := func() []*contract.Contract {
		all, _ := w.journal.all()
		var out []*contract.Contract
		for _, e := range all {
			out = append(out, e.contract)
		}
		return out
	}
	ask := func() { into(m, "", "GET", "/v1/p/demanager/instances", "") }
	ask()
	late, _ := w.journal.all()
	for _, c := range []*contract.Contract{second, second, third} {
		if err := m.Reload(c); err != nil {
			t.Fatal(err)
		}
		if c == second && len(contracts()) != 1 {
			t.Error("the entries of the contract before have gone")
		}
	}
	if got := contracts(); len(got) != 0 {
		t.Errorf("%d entries of the first contract after two reloads", len(got))
	}
	ask()
	again := *late[0]
	w.journal.add(&again) // a request that began long ago
	if got := contracts(); len(got) != 1 || got[0] != third {
		t.Errorf("%v", got)
	}
	if got := w.journal.state(); got.forgotten != 2 || w.journal.budget.used.Load() != got.bytes {
		t.Errorf("%+v, %d bytes", got, w.journal.budget.used.Load())
	}
	for _, c := range []*contract.Contract{second, third} {
		if err := m.Reload(c); err != nil {
			t.Fatal(err)
		}
	}
	if got := contracts(); len(got) != 1 {
		t.Error("going back and forth between two contracts forgets")
	}
}

// What an entry holds of a refused signature is counted.
func TestSignatureWeighs(t *testing.T) {
	e := &entry{}
	plain := e.weight()
	e.signature = &signing.Finding{Canonical: strings.Repeat("c", 30_000), StringToSign: "s", Mistakes: []string{strings.Repeat("m", 500)}}
	if n := e.weight() - plain; n < 30_501 || n > 31_500 {
		t.Errorf("counted with %d bytes", n)
	}
}

// JSON that was cut ends before the first token that is not whole.
func TestCutBody(t *testing.T) {
	for _, row := range []struct{ body, want string }{
		{`{"a":"b","password":"x\"Hunter2`, `{"a":"b","password"`},
		{`{"a":"b","password":"x\\\"Hunter2\\`, `{"a":"b","password"`},
		{`{"a":"b","pin":12`, `{"a":"b","pin"`},
		{`{"a":12,"b":[tr`, `{"a":12,"b":[`},
		{`["a","b`, `["a"`},
		{`"Hunter2`, ``},
		{`{'a':"b"`, `{`},
		{strings.Repeat(" ", 100) + `{"a":"Hun`, strings.Repeat(" ", 100) + `{"a"`},
		{`no JSON "Hunter2`, ``},
		{`plain text`, `plain text`},
		{``, ``},
	} {
		if got := (kept{[]byte(row.body), 70_000}).text(http.Header{}); got != row.want {
			t.Errorf("%s: %q, want %q", row.body, got, row.want)
		}
		if got := (kept{[]byte(row.body), int64(len(row.body))}).text(http.Header{}); got != row.body {
			t.Errorf("%s that is whole: %q", row.body, got)
		}
	}
}

// What is shown is what was read: an entry that is added in between has not taught its secrets yet.
func TestReaderGivesWhatItRead(t *testing.T) {
	s := defaults()
	s.auth = Auth{Mode: Off}
	m, w, err := assemble(contract.Default(), s)
	if err != nil {
		t.Fatal(err)
	}
	into(m, "", "GET", "/v1/p/demanager/instances", "")
	_, r, err := w.reader(w.journal)
	if err != nil {
		t.Fatal(err)
	}
	into(m, "", "GET", "/v1/p/demanager/instances", "")
	if all, _ := w.journal.all(); len(all) != 2 || len(r.entries) != 1 || r.entries[0] != all[0] {
		t.Errorf("%d read of %d", len(r.entries), len(all))
	}
}
