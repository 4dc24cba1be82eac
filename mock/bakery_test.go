package mock

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// bakery is a small contract with all of the vocabulary in it.
func bakery(t testing.TB) *contract.Contract {
	t.Helper()
	c, err := contract.Load(os.DirFS("../contract/testdata"), "good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// plain is a contract without any key of the vocabulary, with these paths.
func plain(t testing.TB, paths ...string) *contract.Contract {
	t.Helper()
	var doc strings.Builder
	doc.WriteString("openapi: 3.1.0\ninfo: {title: Plain, version: 1.0.0}\npaths:\n")
	for i, path := range paths {
		doc.WriteString("  '" + path + "':\n")
		var parameters []string
		for part := range strings.SplitSeq(path, "{") {
			if name, _, ok := strings.Cut(part, "}"); ok {
				parameters = append(parameters, "{name: "+name+", in: path, required: true, schema: {type: string}}")
			}
		}
		doc.WriteString("    get: {operationId: op" + string(rune('a'+i)) + ", parameters: [" + strings.Join(parameters, ", ") + "], responses: {'200': {description: '" + path + "'}}}\n")
	}
	c, err := contract.Load(fstest.MapFS{"plain.yaml": {Data: []byte(doc.String())}}, "plain.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// oven is a mock of the bakery, with no auth and a clock that stands still.
type oven struct {
	t testing.TB
	http.Handler
	*world
}

func newOven(t testing.TB, change func(*settings)) *oven {
	t.Helper()
	s := defaults()
	s.auth = Auth{Mode: Off}
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	s.now = func() time.Time { return at }
	if change != nil {
		change(&s)
	}
	h, w, err := assemble(bakery(t), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() }) // its store may fail on purpose
	return &oven{t, h, w}
}

// call sends a request from this machine and gives status and body.
func (o *oven) call(method, path, body string) (int, string) {
	o.t.Helper()
	return callOn(o.Handler, method, path, body)
}

func callOn(h http.Handler, method, path, body string) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr, r.Host = "127.0.0.1:1000", "localhost"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// must is call for what has to succeed.
func (o *oven) must(method, path, body string) string {
	o.t.Helper()
	status, text := o.call(method, path, body)
	if status >= 300 {
		o.t.Fatalf("%s %s %s: %d %s", method, path, body, status, text)
	}
	return text
}

// bake makes a cake and gives its path.
func (o *oven) bake(shop, body string) string {
	o.t.Helper()
	_, rest, _ := strings.Cut(o.must("POST", "/"+shop+"/cakes", body), `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return "/" + shop + "/cakes/" + id
}
