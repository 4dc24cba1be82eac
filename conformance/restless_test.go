package conformance_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// restless answers every list in another order than the one before, or without one of its items.
func restless(t *testing.T, change func(n int, items []any) []any) conformance.Target {
	t.Helper()
	h, err := mock.New(contract.Default(), mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}}}))
	if err != nil {
		t.Fatal(err)
	}
	lists := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/demanager/instances") {
			h.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		var body map[string]any
		if json.Unmarshal(rec.Body.Bytes(), &body) == nil {
			for name, v := range body {
				if items, ok := v.([]any); ok {
					lists++
					body[name] = change(lists, items)
				}
			}
			out, _ := json.Marshal(body)
			rec.Body = bytes.NewBuffer(out)
		}
		rec.Header().Del("Content-Length")
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		_, _ = io.Copy(w, rec.Body)
	}))
	t.Cleanup(srv.Close)
	return conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Token: "test-token"}}
}

// A list that is wrong each time in another way is the server's own fault, not that of strangers: there are none.
func TestRestlessServerIsFound(t *testing.T) {
	for _, c := range []struct {
		name, check string
		change      func(n int, items []any) []any
	}{
		{"another order each time", "Instance/list/offset", func(n int, items []any) []any {
			if n%2 == 0 {
				slices.Reverse(items)
			}
			return items
		}},
		{"loses one now and then", "Instance/list/offset", func(n int, items []any) []any {
			if n%3 == 0 && len(items) > 1 {
				return items[1:]
			}
			return items
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			report, err := conformance.Run(t.Context(), contract.Default(), restless(t, c.change), conformance.WithSeed(1), conformance.WithFilter([]string{c.check}, nil))
			if err != nil {
				t.Fatal(err)
			}
			for _, res := range report.Results {
				if res.ID == c.check && res.Verdict != conformance.Fail {
					t.Errorf("%s: %s %s", res.ID, res.Verdict, res.Reason)
				}
			}
		})
	}
}
