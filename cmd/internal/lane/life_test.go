package lane

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/internal/testconn"
)

// A handler that waits learns that its client has gone; a client that sends its next request has not.
func TestClientGoes(t *testing.T) {
	began, ended := make(chan context.Context, 1), make(chan error, 1)
	addr, _, plain := inLane(t, quiet(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/wait" {
			return
		}
		began <- r.Context()
		select {
		case <-r.Context().Done():
			ended <- r.Context().Err()
		case <-ended:
			_, _ = io.WriteString(w, "still there")
		}
	}))
	c := testconn.Open(t, addr, "")
	ask := "GET /wait" + hosted + "\r\n"
	testconn.Send(t, c, ask)
	first := <-began
	testconn.Send(t, c, "GET /next"+hosted+"\r\n")
	ended <- nil
	in := bufio.NewReader(c)
	for _, want := range []string{"still there", ""} {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(resp.Body); string(got) != want || err != nil {
			t.Errorf("%q %v, want %q", got, err, want)
		}
	}
	<-first.Done()
	testconn.Send(t, c, ask)
	<-began
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if plain.Load() < 1 {
		t.Error("nothing was plain")
	}
}

// Done after the end tells the end.
func TestLifeIsOver(t *testing.T) {
	kept := make(chan context.Context, 2)
	addr, _, _ := inLane(t, quiet(func(_ http.ResponseWriter, r *http.Request) { kept <- r.Context() }))
	talk(t, addr, "GET /"+hosted+"\r\n"+goodby)
	ctx := <-kept
	<-ctx.Done()
	if _, has := ctx.Deadline(); has || !errors.Is(ctx.Err(), context.Canceled) {
		t.Error(has, ctx.Err())
	}
	<-kept
}

// Requests of one connection share memory, and nothing that a handler has done to one of them. A context whose end somebody
// has asked for has ended for ever.
func TestRequestsAreApart(t *testing.T) {
	type seen struct {
		request *http.Request
		form    bool
		value   string
		pattern string
	}
	all, ended := make(chan seen, 10), make(chan struct{})
	addr, _, plain := inLane(t, quiet(func(w http.ResponseWriter, r *http.Request) {
		all <- seen{r, r.Form != nil, r.PathValue("of"), r.Pattern}
		r.Form, r.Pattern, r.Body, r.URL.Path = url.Values{"a": nil}, "/", nil, "/other"
		r.SetPathValue("of", "mine")
		if r.Method == http.MethodPut {
			within, cancel := context.WithCancel(r.Context())
			go func() {
				defer close(ended)
				<-within.Done()
				for range 1000 {
					if r.Context().Err() == nil {
						t.Error("a context lives again")
					}
					runtime.Gosched()
				}
			}()
			_ = cancel // the request's end does it
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	got := talk(t, addr, "GET /1"+hosted+"\r\n"+"POST /2"+hosted+"Content-Length: 1\r\n\r\na"+"PUT /3"+hosted+"\r\n"+
		strings.Repeat("GET /4"+hosted+"\r\n", 5)+goodby)
	if n := strings.Count(got, "HTTP/1.1 204 No Content\r\n"); n != 9 || plain.Load() != 8 {
		t.Fatalf("%d answers, %d of them plain: %s", n, plain.Load(), got)
	}
	<-ended
	var first *http.Request
	for i := range 8 {
		s := <-all
		if s.form || s.value != "" || s.pattern != "" {
			t.Errorf("request %d has what was done to another: %+v", i+1, s)
		}
		if i == 0 {
			first = s.request
		}
		if again := s.request == first; again != (i < 3) {
			t.Errorf("request %d has the memory of the first: %v", i+1, again)
		}
	}
}

// A context that is asked for its end when that has come does not end the next request's.
func TestAskedLate(t *testing.T) {
	kept := make(chan context.Context, 1)
	addr, _, _ := inLane(t, quiet(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case kept <- r.Context():
		default:
			if err := r.Context().Err(); err != nil {
				t.Errorf("a request begins with %v", err)
			}
			select {
			case <-r.Context().Done():
				t.Error("a request has ended when it begins")
			default:
			}
		}
	}))
	for range 50 {
		c := testconn.Open(t, addr, "GET /1"+hosted+"\r\n")
		in := bufio.NewReader(c)
		if _, err := http.ReadResponse(in, nil); err != nil {
			t.Fatal(err)
		}
		ctx := <-kept
		<-ctx.Done()
		kept <- ctx // so that the next handler finds no room
		testconn.Send(t, c, "GET /2"+hosted+"\r\n")
		if _, err := http.ReadResponse(in, nil); err != nil {
			t.Fatal(err)
		}
		if ctx.Err() == nil {
			t.Error("a context lives again")
		}
		<-kept
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Whoever still reads a body when the handler has returned gets an error, and nothing of another request.
func TestBodyOutlives(t *testing.T) {
	read := make(chan error, 1)
	addr, _, _ := inLane(t, quiet(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			return
		}
		go func() {
			one := make([]byte, 1)
			for {
				if _, err := r.Body.Read(one); err != nil {
					read <- err
					return
				}
			}
		}()
	}))
	ask := "POST /" + hosted + "Content-Length: 3000\r\n\r\n" + strings.Repeat("a", 3000)
	for range 30 {
		talk(t, addr, ask+goodby)
		if err := <-read; !errors.Is(err, http.ErrBodyReadAfterClose) && !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	}
}

// A handler that ends its goroutine ends the connection.
func TestGoexit(t *testing.T) {
	addr, lane, _ := inLane(t, quiet(func(http.ResponseWriter, *http.Request) { runtime.Goexit() }))
	if got := talk(t, addr, "GET /"+hosted+"\r\n"); got != "" {
		t.Errorf("%q", got)
	}
	if err := lane.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

// The context and the deadlines of a request may be used at the same time.
func TestDoneBesideDeadlines(t *testing.T) {
	addr, _, plain := inLane(t, quiet(func(w http.ResponseWriter, r *http.Request) {
		got := make(chan struct{})
		go func() { r.Context().Done(); close(got) }()
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Hour))
		<-got
	}))
	for range 20 {
		talk(t, addr, "GET /"+hosted+"\r\n"+goodby)
	}
	if plain.Load() < 20 {
		t.Error("nothing was plain")
	}
}

// A handler that asks for the context's error learns that its client has gone, too.
func TestErrIsToldToo(t *testing.T) {
	ended := make(chan struct{})
	addr, _, _ := inLane(t, quiet(func(_ http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			runtime.Gosched()
		}
		close(ended)
	}))
	c := testconn.Open(t, addr, "GET /"+hosted+"\r\n")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	<-ended
}
