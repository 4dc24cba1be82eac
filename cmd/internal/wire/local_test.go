package wire

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestLocal(t *testing.T) {
	var seen string
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "@"
	Local(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.RemoteAddr })).ServeHTTP(httptest.NewRecorder(), r)
	if seen != "127.0.0.1:0" || r.RemoteAddr != "@" {
		t.Errorf("the handler sees %s; the request has %s", seen, r.RemoteAddr)
	}
}
