package mock_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/openapi"
	"github.com/tallystick/tallystick/internal/race"
	"github.com/tallystick/tallystick/internal/testtool"
	"github.com/tallystick/tallystick/mock"
)

// documents gives the public documents of testdata/documents.tsv. They are fetched once and kept in the user's
// cache.
func documents(t *testing.T) []string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		testtool.Missing(t, "npm is not installed: %v", err)
	}
	list, err := os.ReadFile(filepath.Join("testdata", "documents.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), installTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join("..", ".ci", "documents")).Output()
	if err != nil {
		testtool.Missing(t, "the public documents cannot be fetched: %v", err)
	}
	var files []string
	for line := range strings.Lines(string(list)) {
		if name, rest, ok := strings.Cut(line, "\t"); ok {
			fields := strings.Split(rest, "\t")
			files = append(files, filepath.Join(strings.TrimSpace(string(out)), name+filepath.Ext(fields[2])))
		}
	}
	return files
}

// Documents that other people wrote, large ones among them, are served whole: to a request that the document
// allows comes an answer that it documents, to one that it does not a refusal, and never a failure.
func TestWholePublicDocuments(t *testing.T) {
	if race.Enabled {
		t.Skip("more than a thousand operations; make whole goes without the race detector")
	}
	files := documents(t)
	if len(files) < 10 {
		t.Fatalf("%d documents, want 10 at least", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), func(t *testing.T) {
			start := time.Now()
			c, err := contract.Open(os.DirFS(filepath.Dir(file)), filepath.Base(file))
			if err != nil {
				t.Fatal(err)
			}
			loaded := time.Since(start)
			h, err := mock.New(c)
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(h)
			defer server.Close()
			p := &publicDocument{T: t, base: server.URL}
			for _, op := range c.Operations() {
				p.try(c, op)
			}
			if p.answered < len(c.Operations()) || p.refused == 0 {
				t.Errorf("%d of %d operations answered, %d refused", p.answered, len(c.Operations()), p.refused)
			}
			t.Logf("OpenAPI %s, %d operations: loaded in %v, %d answered, %d of them with a body; %d refused what they do not allow, %d allow everything",
				c.Foreign().OpenAPI, len(c.Operations()), loaded.Round(time.Millisecond), p.answered, p.bodies, p.refused, p.lax)
		})
	}
}

type publicDocument struct {
	*testing.T
	base                           string
	answered, bodies, refused, lax int
}

// send gives the answer to a request. A failure of the server is a failure of the test.
func (p *publicDocument) send(op *openapi.Operation, r openapi.Request) (*http.Response, []byte) {
	p.Helper()
	req, err := http.NewRequest(op.Method, p.base+op.URL(r), bytes.NewReader(r.Body))
	if err != nil {
		p.Fatalf("%s: %v", op.ID, err)
	}
	for name, values := range r.Header {
		req.Header[name] = slices.Clone(values)
	}
	if r.ContentType != "" {
		req.Header.Set("Content-Type", r.ContentType)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		p.Fatalf("%s: %v", op.ID, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 500 {
		p.Errorf("%s %s: %v, %d %s", op.Method, req.URL, err, resp.StatusCode, data)
	}
	return resp, data
}

// try sends an operation what it takes, and then what it does not.
func (p *publicDocument) try(c *contract.Contract, own *contract.Operation) {
	p.Helper()
	op := own.Foreign()
	r, err := op.Sample()
	if err != nil {
		p.Errorf("%s: %v", op.ID, err)
		return
	}
	resp, data := p.send(op, r)
	broken := append(op.CheckHead(resp.StatusCode, resp.Header), op.CheckBody(resp.StatusCode, resp.Header.Get("Content-Type"), data)...)
	if resp.StatusCode >= 400 && slices.ContainsFunc(op.Responses(), func(r *openapi.Response) bool { return r.Code < "4" }) || len(broken) > 0 {
		p.Errorf("%s %s: %d %s: %v", op.Method, op.URL(r), resp.StatusCode, data, broken)
		return
	}
	p.answered++
	if len(data) > 0 {
		p.bodies++
	}
	wrong, ok := spoilt(op, r)
	if !ok {
		p.lax++
		return
	}
	if resp, data := p.send(op, wrong); resp.StatusCode < 400 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") {
		p.Errorf("%s %s: %d %s, want a refusal", op.Method, op.URL(wrong), resp.StatusCode, data)
		return
	}
	p.refused++
}

// spoilt is a request that the document does not allow: with a parameter that is none of its values, with a
// body that cannot be read, or without what must be there. False when there is no such request.
func spoilt(op *openapi.Operation, r openapi.Request) (openapi.Request, bool) {
	for _, param := range op.Parameters() {
		wrong := r
		wrong.Path, wrong.Query = maps.Clone(r.Path), maps.Clone(r.Query)
		switch param.In {
		case "path":
			wrong.Path[param.Name] = "no such value"
		case "query":
			wrong.Query.Set(param.Name, "no such value")
		}
		if len(op.Read(wrong)) > 0 {
			return wrong, true
		}
	}
	for _, param := range op.Parameters() {
		if param.In == "query" && param.Required {
			wrong := r
			wrong.Query = nil
			return wrong, true
		}
	}
	if body := op.Body(); body != nil && (body.Required || strings.HasSuffix(r.ContentType, "json")) && len(body.Media) > 0 {
		wrong := r
		wrong.Body = nil
		if strings.HasSuffix(r.ContentType, "json") {
			wrong.Body = []byte("{")
		}
		return wrong, true
	}
	if op.Secured() {
		wrong := r
		wrong.Header, wrong.Query = http.Header{}, nil
		return wrong, true
	}
	return r, false
}
