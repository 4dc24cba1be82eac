package mock_test

import (
	"context"
	"errors"
	"fmt"
	"github.com/tallystick/tallystick/mock"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browserTime bounds a whole test in a browser, stepTime a step of it, on a machine that has other things to do.
const (
	browserTime = 4 * time.Minute
	stepTime    = time.Minute
)

// tab is a page in a browser, and everything that went wrong with it.
type tab struct {
	t   *testing.T
	ctx context.Context
	mu  sync.Mutex
	bad []string
}

// openTab starts a browser with the dashboard of a mock. Nothing but that mock may be asked for anything, no
// script may throw, and nothing may be written to the console.
func openTab(t *testing.T, mockURL string, media ...*emulation.MediaFeature) *tab {
	t.Helper()
	if mock.RaceEnabled {
		t.Skip("a browser is slow enough without the race detector; make whole goes without it")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := context.WithTimeout(t.Context(), browserTime)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	p := &tab{t: t, ctx: ctx}
	own, err := url.Parse(mockURL)
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			p.note("exception: %s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
		case *runtime.EventConsoleAPICalled:
			p.note("console: %s", e.Type)
		case *cdplog.EventEntryAdded:
			p.note("log: %s", e.Entry.Text)
		case *network.EventRequestWillBeSent:
			if u, err := url.Parse(e.Request.URL); err != nil || (u.Scheme != "data" && u.Scheme != "blob" && (u.Host != own.Host || !strings.HasPrefix(u.Path, "/_tally/"))) {
				p.note("request: %s", e.Request.URL)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.report)
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err1 := chromedp.Call(ctx, network.Enable, network.EnableParams{})
		_, err2 := chromedp.Call(ctx, cdplog.Enable, cdp.Empty{})
		_, err3 := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: media})
		return errors.Join(err1, err2, err3)
	}), chromedp.Navigate(mockURL+"/_tally/"))
	p.is(`document.getElementById('link').textContent`, "live")
	return p
}

func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, "no Chromium is installed (Debian: chromium)")
	return ""
}

func (p *tab) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bad = append(p.bad, fmt.Sprintf(format, args...))
}

// report fails the test with what went wrong until now.
func (p *tab) report() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.bad {
		p.t.Error(b)
	}
	p.bad = nil
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, stepTime)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// eval gives the value of an expression as text.
func (p *tab) eval(expression string) string {
	p.t.Helper()
	got, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return got
}

// is evaluates an expression until it has a value.
func (p *tab) is(expression, want string) {
	p.t.Helper()
	got := ""
	for begun := time.Now(); time.Since(begun) < stepTime; {
		value, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("String("+expression+")"))
		if got = value; err != nil {
			got = err.Error() // what it is about may come to be yet
		}
		if got == want {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.t.Fatalf("%s is %q, want %q", expression, got, want)
}

func (p *tab) click(selector string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.CSS(selector)))
}
