package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// A check that cannot begin says why, with the exit code of that.
func TestCheckCannotBegin(t *testing.T) {
	interrupted, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	t.Cleanup(hanging.Close)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<html>Unsupported method</html>", http.StatusNotImplemented)
	}))
	t.Cleanup(page.Close)
	for name, c := range map[string]struct {
		ctx  context.Context
		args []string
		code int
		says string
	}{
		"interrupted":    {interrupted, []string{"--target", hanging.URL, "--token", "secret-token"}, exitPartial, "interrupted before anything was checked"},
		"line break":     {t.Context(), []string{"--target", page.URL, "--token", "secret\ntoken"}, exitUsage, "a character that no header may have"},
		"no service":     {t.Context(), []string{"--target", page.URL, "--user", "me", "--password", "secret-word", "--domain", "d"}, exitNoTarget, "this is no token service"},
		"no such folder": {t.Context(), []string{"--target", page.URL, "--token", "secret-token", "--ledger", filepath.Join(t.TempDir(), "no", "run.ledger")}, exitUsage, "ledger: "},
	} {
		var stdout, stderr bytes.Buffer
		code := run(c.ctx, append([]string{"check", "--project", "p1"}, c.args...), nil, &stdout, &stderr, nil)
		if code != c.code || !strings.Contains(stderr.String(), c.says) || strings.Contains(stderr.String(), "panic") {
			t.Errorf("%s: it ends with %d, want %d: %s", name, code, c.code, stderr.String())
		}
	}
}
