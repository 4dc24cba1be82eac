package mock_test

import (
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/fixtures"
)

// What the command line has done with the mock, it does with a recording of that, under another name too.
func TestPythonReplay(t *testing.T) {
	t.Parallel()
	interpreter := python(t)
	path := filepath.Join(t.TempDir(), "life.har")
	tape, err := fixtures.Transport(path, fixtures.Record)
	if err != nil {
		t.Fatal(err)
	}
	c := newCLI(t, interpreter)
	target, err := url.Parse(c.mock.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Transport: tape, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // so that the catalog leads to the proxy
	}})
	defer proxy.Close()
	next := func() { c.mock.next(t) }
	want := commandLineLife(t, c, proxy.URL, "t1", next)
	if err := tape.Close(); err != nil {
		t.Fatal(err)
	}

	r, err := fixtures.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"t1", "another"} {
		h, err := fixtures.Handler(r)
		if err != nil {
			t.Fatal(err)
		}
		replayed := httptest.NewServer(h)
		if got := commandLineLife(t, c, replayed.URL, name, func() {}); got != want {
			t.Errorf("under the name %s the client sees\n%s, not\n%s", name, got, want)
		}
		replayed.Close()
	}
	c.mock.drain()
}

// commandLineLife runs commands against an address and gives what they print, with "NAME" for the name.
func commandLineLife(t *testing.T, c *cli, address, name string, next func()) string {
	t.Helper()
	mine := *c
	mine.env = append(mine.env[:len(mine.env):len(mine.env)], "OS_AUTH_URL="+address+"/v3")
	var out strings.Builder
	for _, command := range []string{
		"create NAME --flavor modelarts.vm.cpu.2u --profile-id 1 --storage-type obs --storage-path b/d/",
		"list --sort-by name -f json", "NEXT", "show NAME -f json", "stop NAME", "NEXT", "delete NAME",
	} {
		if command == "NEXT" {
			next()
			continue
		}
		stdout, stderr, err := mine.run(strings.Fields(strings.ReplaceAll(command, "NAME", name))...)
		if err != nil {
			t.Fatalf("%s at %s: %v\n%s", command, address, err, stderr)
		}
		out.WriteString(strings.Join(strings.Fields(strings.NewReplacer(name, "NAME", "-", "").Replace(stdout)), " ") + "\n")
	}
	return out.String()
}
