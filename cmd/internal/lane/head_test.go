package lane

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// shown is all that is in a request.
func shown(r *http.Request) string {
	var b strings.Builder
	body, err := io.ReadAll(r.Body)
	_, again := r.Body.Read(make([]byte, 1))
	fmt.Fprintf(&b, "%s %q %q %s %d %d\n%q %q %v %q %d %q %v\n%q %v %v %v %v %v %v\n", r.Method, r.RequestURI, r.Host, r.Proto, r.ProtoMajor, r.ProtoMinor,
		r.URL.Path, r.URL.RawPath, r.URL.ForceQuery, r.URL.RawQuery, r.ContentLength, r.TransferEncoding, r.Close,
		body, err, again, r.Trailer, r.TLS, r.GetBody == nil, *r.URL)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(&b, "%s: %q\n", name, r.Header[name])
	}
	fmt.Fprintln(&b, r.Context().Err(), r.Context().Value(http.ServerContextKey) != nil, r.Context().Value(http.LocalAddrContextKey) != nil)
	return b.String()
}

// requests are such that are plain, or not.
var requests = []struct {
	text  string
	plain bool
}{
	{"GET /a" + hosted + "\r\n", true},
	{"DELETE /a/b.c_d-e~f" + hosted + "\r\n", true},
	{"GET /a?b=c&d=%20e&&f" + hosted + "\r\n", true},
	{"GET /a%2Fb/%C3%A4?x" + hosted + "\r\n", true},
	{"GET /a?" + hosted + "\r\n", true},
	{"GET /a?b?c" + hosted + "\r\n", true},
	{"GET /ä;b=1,2:@!$&'()*+=" + hosted + "\r\n", true},
	{"GET /a#b?c#d" + hosted + "\r\n", true},
	{"GET /" + hosted + "aCCept: a/b\r\naccept:\t c/d \r\nX-Empty:\r\nx-_odd!: ä\r\nX-A: b:c\r\n\r\n", true},
	{"GET /a" + hosted + "Connection: Keep-Alive\r\nReferer: x\r\nCookie: a=b\r\n\r\n", true},
	{"POST /a" + hosted + "Content-Length: 5\r\nContent-Type: a/b\r\n\r\nabcde", true},
	{"PUT /a" + hosted + "content-length: 005\r\n\r\nabcde", true},
	{"GET /a" + hosted + "Content-Length: 5\r\n\r\nabcde", true},
	{"PATCH /a" + hosted + "Content-Length: 0\r\n\r\n", true},
	{"POST /a" + hosted + "\r\n", true},
	{"GET /a HTTP/1.1\r\nhost: [::1]:80\r\n\r\n", true},
	{"POST /a" + hosted + "Content-Length: 1\r\n\r\nb\r\nGET /c" + hosted + "\r\n", true},
	{"POST /a" + hosted + "\r\n\r\n\r\nGET /c" + hosted + "\r\n", true},
	{"GET /a" + hosted + "\r\n\r\nGET /c" + hosted + "\r\n", false},

	{"GET //a" + hosted + "\r\n", false},
	{"GET /a%2" + hosted + "\r\n", false},
	{"GET /a b" + hosted + "\r\n", false},
	{"GET http://x.test/a" + hosted + "\r\n", false},
	{"HEAD /a" + hosted + "\r\n", false},
	{"OPTIONS *" + hosted + "\r\n", false},
	{"MKCOL /a" + hosted + "\r\n", false},
	{"G=T /a" + hosted + "\r\n", false},
	{"get /a" + hosted + "\r\n", false},
	{"GET /a HTTP/1.0\r\nHost: x\r\n\r\n", false},
	{"GET /a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n", false},
	{"GET /a HTTP/1.2\r\nHost: x\r\n\r\n", false},
	{"GET /a HTTP/2.0\r\nHost: x\r\n\r\n", false},
	{"GET /a\r\nHost: x\r\n\r\n", false},
	{"GET /a HTTP/1.1\r\n\r\n", false},
	{"GET /a HTTP/1.1\r\nHost:\r\n\r\n", false},
	{"GET /a HTTP/1.1\r\nHost:\r\nHost: x\r\n\r\n", false},
	{"GET /a HTTP/1.1\r\nHost: a b\r\n\r\n", false},
	{"GET /a" + hosted + "Host: y\r\n\r\n", false},
	{"GET /a" + hosted + "Connection: close\r\n\r\n", false},
	{"GET /a" + hosted + "Connection: upgrade\r\nUpgrade: x\r\n\r\n", false},
	{"GET /a" + hosted + "Pragma: no-cache\r\n\r\n", false},
	{"POST /a" + hosted + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n", false},
	{"POST /a" + hosted + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nabcde\r\n0\r\n\r\n", false},
	{"POST /a" + hosted + "Transfer-Encoding: x\r\n\r\n", false},
	{"POST /a" + hosted + "Trailer: X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n", false},
	{"POST /a" + hosted + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde", false},
	{"POST /a" + hosted + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", false},
	{"POST /a" + hosted + "Content-Length: +5\r\n\r\nabcde", false},
	{"POST /a" + hosted + "Content-Length: -5\r\n\r\nabcde", false},
	{"POST /a" + hosted + "Content-Length: 5, 5\r\n\r\nabcde", false},
	{"POST /a" + hosted + "Content-Length:\r\n\r\n", false},
	{"POST /a" + hosted + "Content-Length: 99999999999999999999\r\n\r\nabcde", false},
	{"POST /a" + hosted + "Content-Length: 5000\r\n\r\n" + strings.Repeat("a", 5000), false},
	{"GET /a" + hosted + "X-Long: " + strings.Repeat("a", bufferSize) + "\r\n\r\n", false},
	{"GET /a" + hosted + "X-A: b\r\n c\r\n\r\n", false},
	{"GET /a" + hosted + " X-A: b\r\n\r\n", false},
	{"GET /a" + hosted + "X-A : b\r\n\r\n", false},
	{"GET /a" + hosted + "X-A\r\n\r\n", false},
	{"GET /a" + hosted + ": b\r\n\r\n", false},
	{"GET /a" + hosted + "X-ä: b\r\n\r\n", false},
	{"GET /a" + hosted + "X-A: b\x00\r\n\r\n", false},
	{"GET /a" + hosted + "X-A: b\rc\r\n\r\n", false},
	{"GET /a" + hosted + "X-A: b\nX-B: c\r\n\r\n", false},
	{"GET /a HTTP/1.1\nHost: x\n\n", false},
	{"\r\nGET /a" + hosted + "\r\n", false},
	{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false},
	{"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", false},
}

// A request means the same with a lane as without, and one that is not plain meets the server behind it.
func TestRequests(t *testing.T) {
	inside, _, plain := inLane(t, quiet(serveTests))
	outside := without(t, quiet(serveTests))
	for _, r := range requests {
		for _, text := range []string{r.text + goodby, "GET /first" + hosted + "\r\n" + r.text + goodby} {
			before := plain.Load()
			got, want := talk(t, inside, text), talk(t, outside, text)
			if got != want {
				t.Errorf("%.200q:\n%s\nwant\n%s", text, got, want)
			}
			if is := plain.Load()-before == int64(strings.Count(text, "GET /first")+strings.Count(text, "GET /c "))+1; is != r.plain && len(text) <= bufferSize {
				t.Errorf("%.200q: plain %v, want %v", text, is, r.plain)
			}
		}
	}
}

// Who keeps the host of a request, its target or its method keeps nothing of its header.
func TestHeadIsLean(t *testing.T) {
	const many, long = 1000, 3000
	type kept struct{ host, target, method string }
	all := make([]kept, many)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range all {
		x := newExchange(&conn{last: texts{host: "other.test"}})
		if !x.head.parse(fmt.Appendf(nil, "GET /%d HTTP/1.1\r\nHost: h%d.test\r\nX-Auth-Token: %s\r\n\r\n", i, i, strings.Repeat("s", long))) {
			t.Fatal("this is plain")
		}
		all[i] = kept{x.head.host, x.head.target, x.head.method}
		x.release()
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if more := int64(after.HeapAlloc) - int64(before.HeapAlloc); more > many*long/4 {
		t.Errorf("%d of them keep %d bytes", many, more)
	}
	if all[7] != (kept{"h7.test", "/7", "GET"}) {
		t.Errorf("%+v", all[7])
	}
}

// A head that is that of the request before takes no memory. One that differs is read for what it is.
func TestHeadAgain(t *testing.T) {
	first := []byte("GET /1" + hosted + "A: 1\r\n\r\n")
	h := head{header: http.Header{}}
	if !h.parse(first) {
		t.Fatal("this is plain")
	}
	again := func(data []byte) head {
		clear(h.header)
		n := head{header: h.header, values: h.values, last: h.texts}
		if !n.parse(data) {
			t.Fatal("this is plain")
		}
		return n
	}
	if n := testing.AllocsPerRun(10, func() { again(first) }); n != 0 {
		t.Errorf("%v allocations for the same head", n)
	}
	other := again([]byte("GET /2" + hosted + "A: 2\r\n\r\n"))
	if other.target != "/2" || other.header.Get("A") != "2" || h.target != "/1" {
		t.Errorf("%q with %v after %q", other.target, other.header, h.target)
	}
}

// What the lane takes for a plain request, net/http takes for the same request.
func FuzzPlain(f *testing.F) {
	for _, r := range requests {
		f.Add([]byte(r.text))
	}
	conns, seen := make(oneByOne), make(chan string, 1)
	server := quiet(func(_ http.ResponseWriter, r *http.Request) { seen <- shown(r) })
	go func() { _ = server.Serve(conns) }()
	f.Cleanup(func() { _ = server.Close() })
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &conn{lane: New(server), rwc: &net.TCPConn{}, buffer: new([bufferSize + 1]byte)}
		c.to = copy(c.buffer[:bufferSize], data)
		x := newExchange(c)
		if !x.head.parse(c.buffer[:c.to]) {
			return
		}
		whole := data[:x.head.size+x.head.length]
		here, there := net.Pipe()
		if err := here.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		conns <- there
		go func() { _, _ = here.Write(whole) }()
		resp, err := http.ReadResponse(bufio.NewReader(here), nil)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%q: %v %v", whole, resp, err)
		}
		if err := here.Close(); err != nil {
			t.Fatal(err)
		}
		got := strings.Replace(shown(x.ask()), "<nil> true false", "<nil> true true", 1) // it has no connection
		if want := <-seen; got != want {
			t.Errorf("%q:\n%s\nwant\n%s", whole, got, want)
		}
		x.release() // the next has its memory
	})
}
