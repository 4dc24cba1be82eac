package render

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
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
)

// tab is a page in a browser, and everything that went wrong with it.
type tab struct {
	t   *testing.T
	ctx context.Context
	mu  sync.Mutex
	bad []string
}

// openTab starts a browser with the sample report.
func openTab(t *testing.T, media ...*emulation.MediaFeature) *tab {
	t.Helper()
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		missing(t, "no Chromium is installed (Debian: chromium)")
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, written(t, "html", sample()), 0o644); err != nil {
		t.Fatal(err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	p := &tab{t: t, ctx: ctx}
	own := (&url.URL{Scheme: "file", Path: file}).String()
	if err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			p.note("exception: %s", e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			p.note("console: %s", e.Type)
		case *cdplog.EventEntryAdded:
			p.note("log: %s", e.Entry.Text)
		case *cdppage.EventJavascriptDialogOpening:
			p.note("dialog: %s", e.Message)
		case *network.EventRequestWillBeSent:
			if u, _, _ := strings.Cut(e.Request.URL, "#"); u != own && !strings.HasPrefix(u, "data:") {
				p.note("request: %s", e.Request.URL)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, b := range p.bad {
			t.Error(b)
		}
	})
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err1 := chromedp.Call(ctx, network.Enable, network.EnableParams{})
		_, err2 := chromedp.Call(ctx, cdplog.Enable, cdp.Empty{})
		_, err3 := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: media})
		return errors.Join(err1, err2, err3)
	}), chromedp.Navigate(own))
	return p
}

func (p *tab) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bad = append(p.bad, fmt.Sprintf(format, args...))
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// eval gives the value of an expression as text.
func (p *tab) eval(expression string) string {
	p.t.Helper()
	got, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		p.t.Fatal(err)
	}
	return got
}

// is evaluates an expression until it has a value.
func (p *tab) is(expression, want string) {
	p.t.Helper()
	got := ""
	for range 50 {
		if got = p.eval(expression); got == want {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.t.Errorf("%s is %s, want %s", expression, got, want)
}

const visibleRows = `document.querySelectorAll('.checks tbody tr:not([hidden])').length`

func TestPageInBrowser(t *testing.T) {
	p := openTab(t)
	r := sample()
	p.is(`document.querySelector('h1').textContent`, "DOES NOT CONFORM")
	p.is(`document.querySelectorAll('.grid tbody tr').length`, fmt.Sprint(len(sampleStates)))
	p.is(`document.querySelectorAll('.grid td .cell').length`, fmt.Sprint(len(sampleStates)*len(sampleEvents)))
	p.is(`document.querySelectorAll('.grid .cell.fail').length`, "2")
	p.is(`document.querySelectorAll('.diagram .node').length`, "14")
	p.is(`document.querySelectorAll('script').length + ',' + document.images.length`, "1,0")

	p.is(visibleRows, fmt.Sprint(r.Counts.Checks))
	p.do(chromedp.SendKeys(chromedp.CSS("#text"), "RUNNING delete"))
	p.is(visibleRows, "1")
	p.is(`document.getElementById('shown').textContent`, fmt.Sprintf("1 of %d", r.Counts.Checks))
	p.do(chromedp.SendKeys(chromedp.CSS("#text"), " nothing has this"))
	p.is(visibleRows, "0")
	p.is(`document.getElementById('nothing').hidden`, "false")
	p.do(chromedp.Click(chromedp.CSS(".filters [type=reset]")))
	p.is(visibleRows, fmt.Sprint(r.Counts.Checks))
	for _, row := range [][3]string{{"outcome", "failed", fmt.Sprint(r.Counts.Failed)}, {"outcome", "skipped", fmt.Sprint(r.Counts.Skipped)}, {"suite", "race", "1"}, {"level", "SHOULD", fmt.Sprint(countLevel("SHOULD"))}} {
		p.eval(fmt.Sprintf(`(e => { e.value = %q; e.dispatchEvent(new Event('input')); })(document.getElementById(%q))`, row[1], row[0]))
		p.is(visibleRows, row[2])
		p.do(chromedp.Click(chromedp.CSS(".filters [type=reset]")))
	}
	p.do(chromedp.Click(chromedp.CSS("a.card.warning")))
	p.is(visibleRows, "1")

	// A cell leads to its check, though the filter hides it.
	p.do(chromedp.Focus(chromedp.CSS(".grid .cell.fail")))
	p.is(`document.getElementById('cell').textContent`, "RUNNING × deleteInstance: not as demanded (Instance/RUNNING/deleteInstance)")
	p.do(chromedp.KeyEvent("\r"))
	p.is(`location.hash`, "#check-3")
	p.is(`document.getElementById('check-3').hidden`, "false")
	p.is(`document.querySelector('#check-3 details').open`, "true")
}

func countLevel(level string) int {
	n := 0
	for _, res := range sample().Results {
		if string(res.Level) == level {
			n++
		}
	}
	return n
}

func TestPageCopies(t *testing.T) {
	p := openTab(t)
	p.eval(`Object.defineProperty(navigator, 'clipboard', {value: {writeText: s => { window.copied = s; return Promise.resolve(); }}})`)
	p.do(chromedp.Click(chromedp.CSS(".finding[open] .copy")))
	p.is("window.copied", sample().Results[2].Curl)
	p.is(`document.querySelector('.finding[open] .copy').textContent`, "Copied")
}

// contrast lists every text that stands out too little from what is behind it, by the rule of WCAG.
const contrast = `(() => {
  document.querySelectorAll('details').forEach(d => { d.open = true; });
  const rgb = s => (s.match(/[\d.]+/g) || []).map(Number);
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const bad = new Set();
  for (const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walk.nextNode();) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || e.closest('script, style, .hidden, .jump, svg') || !e.getClientRects().length) continue;
    let behind = e;
    while (behind && rgb(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const a = light(rgb(getComputedStyle(e).color).slice(0, 3)), b = light(rgb(getComputedStyle(behind || document.body).backgroundColor).slice(0, 3));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.add(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
  }
  return [...bad].join('\n');
})()`

func TestPageIsReadable(t *testing.T) {
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			p := openTab(t, &emulation.MediaFeature{Name: "prefers-color-scheme", Value: scheme})
			p.is(contrast, "")
			p.is(`[...document.querySelectorAll('button, input, select')].filter(e => !(e.textContent.trim() || e.labels.length || e.ariaLabel)).length`, "0")
			before := p.eval(`getComputedStyle(document.body).backgroundColor`)
			p.do(chromedp.Click(chromedp.CSS("#theme")))
			p.is(fmt.Sprintf(`getComputedStyle(document.body).backgroundColor === %q`, before), "false")
			p.is(contrast, "")
		})
	}
}

// TestPageOnPhone: nothing but what scrolls by itself is wider than a phone.
func TestPageOnPhone(t *testing.T) {
	p := openTab(t)
	p.do(chromedp.EmulateViewport(360, 740))
	p.eval(`document.querySelectorAll('details').forEach(d => { d.open = true; })`)
	p.is(`document.documentElement.scrollWidth`, "360")
}

func TestPagePrints(t *testing.T) {
	p := openTab(t)
	pdf, err := chromedp.Run(p.ctx, chromedp.PrintToPDF())
	if err != nil {
		t.Fatal(err)
	}
	if len(pdf) < 10000 {
		t.Errorf("%d bytes of PDF", len(pdf))
	}
}
