package wire

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const page = "http://localhost:3000"

// called is what a handler behind CORS answers, and whether it was asked.
func called(origins []string, method, path string, header ...string) (answer *http.Response, reached bool) {
	h := CORS(origins, "/own/", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached = true
		w.Header().Set("X-Subject-Token", "t")
		w.WriteHeader(http.StatusUnauthorized)
	}))
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), reached
}

func TestCORS(t *testing.T) {
	ask := []string{"Origin", page, "Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "authorization,x-auth-token"}
	for _, c := range []struct {
		name         string
		origins      []string
		method, path string
		header       []string
		status       int
		allowed      string
		vary         bool
	}{
		{"a call of the page", []string{page}, "GET", "/v1", []string{"Origin", page}, 401, page, true},
		{"a call of any page", []string{"*"}, "GET", "/v1", []string{"Origin", page}, 401, "*", false},
		{"one of several", []string{"http://a", page}, "GET", "/v1", []string{"Origin", page}, 401, page, true},
		{"a preflight", []string{page}, "OPTIONS", "/v1", ask, 204, page, true},
		{"a preflight of any page", []string{"*"}, "OPTIONS", "/v1", ask, 204, "*", true},
		{"another page", []string{page}, "GET", "/v1", []string{"Origin", page + "0"}, 401, "", true},
		{"a preflight of another page", []string{"http://a"}, "OPTIONS", "/v1", ask, 401, "", true},
		{"a page without an origin", []string{page}, "GET", "/v1", []string{"Origin", "null"}, 401, "", true},
		{"no page", []string{page}, "GET", "/v1", nil, 401, "", true},
		{"OPTIONS that is no preflight", []string{page}, "OPTIONS", "/v1", []string{"Origin", page}, 401, page, true},
		{"the excepted path", []string{"*"}, "GET", "/own/x", []string{"Origin", page}, 401, "", false},
		{"a preflight of the excepted path", []string{"*"}, "OPTIONS", "/own/x", ask, 401, "", false},
		{"the excepted path in disguise", []string{"*"}, "OPTIONS", "/%6fwn/x", ask, 401, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer, reached := called(c.origins, c.method, c.path, c.header...)
			h := answer.Header
			if answer.StatusCode != c.status || reached == (c.status == http.StatusNoContent) || h.Get("Access-Control-Allow-Origin") != c.allowed || (h.Get("Vary") != "") != c.vary {
				t.Errorf("answers %d with %v; the handler was asked: %v", answer.StatusCode, h, reached)
			}
			if h.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("cookies are allowed")
			}
			if c.status == http.StatusNoContent && (h.Get("Access-Control-Allow-Methods") != "PUT" || h.Get("Access-Control-Allow-Headers") != "authorization,x-auth-token") {
				t.Errorf("the preflight allows %v", h)
			}
			if exposed := h.Get("Access-Control-Expose-Headers") == "*"; exposed != (c.allowed != "" && reached) {
				t.Errorf("exposed: %v", h)
			}
		})
	}
}

func TestCheckOrigin(t *testing.T) {
	for text, ok := range map[string]bool{
		"*": true, page: true, "https://app.example.com": true, "http://[::1]:3000": true,
		"": false, "null": false, "localhost:3000": false, "http://": false, "http://a/": false, "http://a?x": false, "http://a#x": false,
		"http://u@a": false, "HTTP://a": false, "http://A": false, "ftp://a": false, "http://a b": false, "**": false, "http://*.example.com": false,
	} {
		if err := CheckOrigin(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzCheckOrigin(f *testing.F) {
	for _, text := range []string{"*", page, "http://a/", "http://%zz", "http://[::1]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rest := strings.TrimPrefix(strings.TrimPrefix(text, "http://"), "https://")
		if CheckOrigin(text) == nil && strings.ContainsAny(rest, " \r\n\t/?#@") {
			t.Errorf("%q is taken for an origin", text)
		}
	})
}
