// Package testbrowser looks at a page in a headless Chromium, for tests.
package testbrowser

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/tallystick/tallystick/internal/testtool"
)

// Options say what a tab shows, and what it may do.
type Options struct {
	Address string
	Own     func(*url.URL) bool       // whether the page may ask for an address, besides data: ones
	Time    time.Duration             // bound of a whole test
	Step    time.Duration             // bound of one step, and of waiting for a value
	Media   []*emulation.MediaFeature // such as prefers-color-scheme
}

// Tab is a page in a browser, and everything that went wrong with it.
type Tab struct {
	t    *testing.T
	step time.Duration
	ctx  context.Context
	mu   sync.Mutex
	bad  []string
}

// Open starts a browser with a page. At the end the test fails when the page has asked for what it must not, when a
// script has thrown, or when anything was written to the console. Without a Chromium the test is missing it.
func Open(t *testing.T, o Options) *Tab {
	t.Helper()
	settings := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(testtool.Chromium(t)), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := context.WithTimeout(t.Context(), o.Time)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, settings...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	p := &Tab{t: t, ctx: ctx, step: o.Step}
	if err := chromedp.Listen(ctx, func(event any) { p.watch(event, o.Own) }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.report)
	p.Do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err1 := chromedp.Call(ctx, network.Enable, network.EnableParams{})
		_, err2 := chromedp.Call(ctx, cdplog.Enable, cdp.Empty{})
		_, err3 := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: o.Media})
		return errors.Join(err1, err2, err3)
	}), chromedp.Navigate(o.Address))
	return p
}

// watch notes what must not happen.
func (p *Tab) watch(event any, own func(*url.URL) bool) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		p.note("exception: %s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
	case *runtime.EventConsoleAPICalled:
		p.note("console: %s", e.Type)
	case *cdplog.EventEntryAdded:
		p.note("log: %s", e.Entry.Text)
	case *cdppage.EventJavascriptDialogOpening:
		p.note("dialog: %s", e.Message)
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err != nil || (u.Scheme != "data" && !own(u)) {
			p.note("request: %s", e.Request.URL)
		}
	}
}

func (p *Tab) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bad = append(p.bad, fmt.Sprintf(format, args...))
}

// report fails the test with what went wrong.
func (p *Tab) report() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.bad {
		p.t.Error(b)
	}
}

// Expect takes the lines about resources that could not be loaded and have a text from what went wrong. There must be
// one at least.
func (p *Tab) Expect(text string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	var rest []string
	for _, b := range p.bad {
		if !strings.HasPrefix(b, "log: Failed to load resource") || !strings.Contains(b, text) {
			rest = append(rest, b)
		}
	}
	if len(rest) == len(p.bad) {
		p.t.Errorf("nothing in the log has %s", text)
	}
	p.bad = rest
}

// Do takes steps.
func (p *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, p.step)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// Click clicks on what a selector finds.
func (p *Tab) Click(selector string) {
	p.t.Helper()
	p.Do(chromedp.Click(chromedp.CSS(selector)))
}

// PDF prints the page.
func (p *Tab) PDF() []byte {
	p.t.Helper()
	pdf, err := chromedp.Run(p.ctx, chromedp.PrintToPDF())
	if err != nil {
		p.t.Fatal(err)
	}
	return pdf
}

// Eval gives the value of an expression as text.
func (p *Tab) Eval(expression string) string {
	p.t.Helper()
	got, err := p.value(expression)
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return got
}

func (p *Tab) value(expression string) (string, error) {
	return chromedp.Run(p.ctx, chromedp.Evaluate[string]("String("+expression+")"))
}

// Is evaluates an expression until it has a value.
func (p *Tab) Is(expression, want string) {
	p.t.Helper()
	got := ""
	for begun := time.Now(); time.Since(begun) < p.step; {
		value, err := p.value(expression)
		if got = value; err != nil {
			got = err.Error() // what it is about may come to be yet
		}
		if got == want {
			return
		}
		time.Sleep(20 * time.Millisecond) // a browser has its own clock
	}
	p.t.Fatalf("%s is %q, want %q", expression, got, want)
}

// Contrast fails the test when a text of the page stands out too little from what is behind it, by the rule of WCAG.
// What a selector finds is left out: it is not seen, or need not be read.
func (p *Tab) Contrast(leaveOut string) {
	p.t.Helper()
	p.Is(fmt.Sprintf(contrast, leaveOut), "")
}

const contrast = `(() => {
  document.querySelectorAll('details').forEach(d => { d.open = true; });
  const rgb = s => (s.match(/[\d.]+/g) || []).map(Number);
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const bad = new Set();
  for (const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walk.nextNode();) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || e.closest(%q) || !e.getClientRects().length) continue;
    let behind = e;
    while (behind && rgb(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const a = light(rgb(getComputedStyle(e).color).slice(0, 3)), b = light(rgb(getComputedStyle(behind || document.body).backgroundColor).slice(0, 3));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.add(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
  }
  return [...bad].join('\n');
})()`
