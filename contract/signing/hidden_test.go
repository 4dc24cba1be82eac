package signing_test

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract/signing"
)

// No mistake with a query brings hidden values to light, whatever is in them.
func TestHiddenQuery(t *testing.T) {
	const sent = "http://h:8080/v1/p?z=1&a=x%20y&token=TOPSECRET%26TAIL%3DREST%3FEND&tok%65n=AGAIN+MORE"
	const right = "a=x%20y&token=AGAIN%20MORE&token=TOPSECRET%26TAIL%3DREST%3FEND&z=1"
	const raw = "z=1&a=x%20y&token=TOPSECRET%26TAIL%3DREST%3FEND&tok%65n=AGAIN+MORE"
	for name, spoil := range map[string]func(*clumsy){
		"nothing":            func(*clumsy) {},
		"unsorted":           func(c *clumsy) { c.query = "z=1&a=x%20y&token=TOPSECRET%26TAIL%3DREST%3FEND&token=AGAIN%20MORE" },
		"as it was sent":     func(c *clumsy) { c.query = raw },
		"without escapes":    func(c *clumsy) { c.query = "a=x y&token=AGAIN MORE&token=TOPSECRET&TAIL=REST?END&z=1" },
		"escaped twice":      func(c *clumsy) { c.query = escapedWhole(right) + "=" },
		"spaces as +":        func(c *clumsy) { c.query = strings.ReplaceAll(right, "%20", "+") },
		"in the path":        func(c *clumsy) { c.path, c.query = "/v1/p?"+raw, "" },
		"in the whole URL":   func(c *clumsy) { c.path = "http://h:8080/v1/p/" },
		"two, no slash":      func(c *clumsy) { c.path, c.query = "/v1/p", "a=x y&token=AGAIN MORE&token=TOPSECRET&TAIL=REST?END&z=1" },
		"two, escaped twice": func(c *clumsy) { c.method, c.query = "post", escapedWhole(right)+"=" },
		"not to be found":    func(c *clumsy) { c.query = "x" },
	} {
		t.Run(name, func(t *testing.T) {
			req := request(t, http.MethodPost, sent, signing.DateHeader, "20191115T033655Z")
			c := clumsy{method: "POST", path: "/v1/p/", query: right, host: "h:8080", hash: digest(body), secret: guideSecret,
				date: "20191115T033655Z", names: []string{"host", "x-sdk-date"}, encode: hex.EncodeToString}
			spoil(&c)
			m, a := signing.Of(req, []byte(body)), parse(t, c.authorization(req.Header))
			if m.Verify(a, guideSecret) != (name == "nothing") {
				t.Fatal("the canonical request of this test is not right")
			}
			f := signing.Explain(m, a, []string{guideSecret}, []string{"token"})
			if want := map[string]int{"nothing": 0, "not to be found": 0, "two, no slash": 2, "two, escaped twice": 2}; name != "nothing" {
				n, known := want[name]
				if !known {
					n = 1
				}
				if len(f.Mistakes) != n {
					t.Errorf("mistakes %q, want %d", f.Mistakes, n)
				}
			}
			data, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, kept := range []string{"TOPSECRET", "TAIL", "REST", "END", "AGAIN", "MORE"} {
				if strings.Contains(string(data), kept) {
					t.Errorf("the finding shows %s: %s", kept, data)
				}
			}
			if req.URL.RawQuery != raw {
				t.Errorf("the request has become %s", req.URL)
			}
		})
	}
}

// escapedWhole escapes a query that is canonical already.
func escapedWhole(query string) string {
	return strings.NewReplacer("%", "%25", "=", "%3D", "&", "%26").Replace(query)
}
