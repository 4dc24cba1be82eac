package wire

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// AnyOrigin allows the pages of every origin.
const AnyOrigin = "*"

// preflightAge is how many seconds a browser may keep the answer to a preflight.
const preflightAge = "600"

// CheckOrigin tells whether a text is * or an origin as browsers send it, such as https://app.example.com:3000.
func CheckOrigin(text string) error {
	if text == AnyOrigin {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || strings.Contains(text, "*") || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Scheme+"://"+u.Host != text || text != strings.ToLower(text) {
		return errors.New("want * or an origin, such as http://localhost:3000")
	}
	return nil
}

// CORS lets pages of the given origins call a handler from a browser and read its answers with their headers.
// Preflights are answered here, without credentials. Paths that begin with except, and pages of other origins,
// reach the handler as if there were no CORS. It is safe for concurrent use.
func CORS(origins []string, except string, next http.Handler) http.Handler {
	anyOrigin := slices.Contains(origins, AnyOrigin)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin, h := r.Header.Get("Origin"), w.Header()
		if strings.HasPrefix(r.URL.Path, except) {
			next.ServeHTTP(w, r)
			return
		}
		if !anyOrigin {
			h.Add("Vary", "Origin")
		}
		if origin == "" || (!anyOrigin && !slices.Contains(origins, origin)) {
			next.ServeHTTP(w, r)
			return
		}
		if anyOrigin {
			origin = AnyOrigin
		}
		h.Set("Access-Control-Allow-Origin", origin)
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			preflight(w, r)
			return
		}
		h.Set("Access-Control-Expose-Headers", "*")
		next.ServeHTTP(w, r)
	})
}

// preflight allows what the page asks for: the handler itself refuses what it does not know.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
	h.Set("Access-Control-Allow-Methods", r.Header.Get("Access-Control-Request-Method"))
	if asked := strings.Join(r.Header.Values("Access-Control-Request-Headers"), ","); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	h.Set("Access-Control-Max-Age", preflightAge)
	w.WriteHeader(http.StatusNoContent)
}
