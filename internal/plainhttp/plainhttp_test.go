package plainhttp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/internal/plainhttp"
)

// The server of the standard library is known by what it says.
func TestRefused(t *testing.T) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	resp, err := http.Get(strings.Replace(srv.URL, "https:", "http:", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !plainhttp.Refused(resp.StatusCode, body) {
		t.Errorf("%d %s %v", resp.StatusCode, body, err)
	}
}

func TestRefusedTexts(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   bool
	}{
		{400, "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head>", true},
		{400, "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />", true},
		{400, `{"error_code":"ModelArts.6335"}`, false},
		{200, "Client sent an HTTP request to an HTTPS server.", false},
		{400, "", false},
	} {
		if got := plainhttp.Refused(c.status, []byte(c.body)); got != c.want {
			t.Errorf("%d %q: %v", c.status, c.body, got)
		}
	}
}
