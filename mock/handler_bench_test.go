package mock

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// BenchmarkHandler serves requests without a network: what it takes is the mock's own.
func BenchmarkHandler(b *testing.B) {
	quota := 0
	s := defaults()
	s.auth = Auth{Tokens: []Token{{Value: "bench", Project: scaleProject}}}
	s.world.Quota = &quota
	s.progress.Instant = true
	h, _, err := assemble(contract.Default(), s)
	if err != nil {
		b.Fatal(err)
	}
	root := "/v1/" + scaleProject + "/demanager/instances"
	names := 0
	create := func() (string, string) {
		names++
		return root, fmt.Sprintf(`{"name":"bench-%09d","description":"","profile_id":"Multi-Engine 1.0 (python3)-gpu","flavor":"modelarts.bm.gpu.v100NV32",`+
			`"spec":{"storage":{"location":{"volume_size":5},"type":"evs"},"auto_stop":{"enable":true,"duration":3600}},"workspace":{"id":"0"}}`, names)
	}
	answer := &sink{header: http.Header{}}
	for range 100 {
		path, body := create()
		serveBench(b, h, answer, "POST", path, body)
	}
	one := root + "/" + idIn(b, answer.body.Bytes())
	for _, bm := range []struct {
		name, method string
		request      func() (string, string)
	}{
		{"get", "GET", func() (string, string) { return one, "" }},
		{"list", "GET", func() (string, string) { return root + "?de_type=Notebook&limit=20", "" }},
		{"create", "POST", create},
		{"action", "POST", func() (string, string) { return one + "/action", `{"action":"restart"}` }},
		{"token", "POST", func() (string, string) {
			return "/v3/auth/tokens", `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"u","password":"p","domain":{"name":"d"}}}},"scope":{"project":{"name":"p"}}}}`
		}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				path, body := bm.request()
				serveBench(b, h, answer, bm.method, path, body)
			}
		})
	}
}

func idIn(b *testing.B, body []byte) string {
	at := bytes.Index(body, []byte(`"DE-`))
	if at < 0 {
		b.Fatalf("no id in %s", body)
	}
	id, _, _ := bytes.Cut(body[at+1:], []byte(`"`))
	return string(id)
}

func serveBench(b *testing.B, h http.Handler, answer *sink, method, path, body string) {
	clear(answer.header)
	answer.body.Reset()
	u, err := url.ParseRequestURI(path)
	if err != nil {
		b.Fatal(err)
	}
	r := &http.Request{Method: method, URL: u, RequestURI: path, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Host: "127.0.0.1",
		Header: http.Header{"X-Auth-Token": {"bench"}, "Content-Type": {"application/json"}}, Body: http.NoBody, ContentLength: int64(len(body))}
	if body != "" {
		r.Body = io.NopCloser(bytes.NewReader([]byte(body)))
	}
	if h.ServeHTTP(answer, r); answer.status >= 300 {
		b.Fatalf("%s %s: %d %s", method, path, answer.status, &answer.body)
	}
}

// sink is a response that is kept.
type sink struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(p []byte) (int, error) { return s.body.Write(p) }
