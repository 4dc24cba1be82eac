package render

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/tallystick/tallystick/internal/testbrowser"
)

// openTab starts a browser with the sample report, which may ask for nothing.
func openTab(t *testing.T, media ...*emulation.MediaFeature) *testbrowser.Tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, written(t, "html", sample()), 0o644); err != nil {
		t.Fatal(err)
	}
	own := func(u *url.URL) bool { return u.Scheme == "file" && u.Path == file }
	return testbrowser.Open(t, testbrowser.Options{Address: (&url.URL{Scheme: "file", Path: file}).String(), Own: own,
		Time: 90 * time.Second, Step: 10 * time.Second, Media: media})
}

const visibleRows = `document.querySelectorAll('.checks tbody tr:not([hidden])').length`

func TestPageInBrowser(t *testing.T) {
	p := openTab(t)
	r := sample()
	p.Is(`document.querySelector('h1').textContent`, "DOES NOT CONFORM")
	p.Is(`document.querySelectorAll('.grid tbody tr').length`, fmt.Sprint(len(sampleStates)))
	p.Is(`document.querySelectorAll('.grid td .cell').length`, fmt.Sprint(len(sampleStates)*len(sampleEvents)))
	p.Is(`document.querySelectorAll('.grid .cell.fail').length`, "2")
	p.Is(`document.querySelectorAll('.diagram .node').length`, "14")
	p.Is(`document.querySelectorAll('script').length + ',' + document.images.length`, "1,0")

	p.Is(visibleRows, fmt.Sprint(r.Counts.Checks))
	p.Do(chromedp.SendKeys(chromedp.CSS("#text"), "RUNNING delete"))
	p.Is(visibleRows, "1")
	p.Is(`document.getElementById('shown').textContent`, fmt.Sprintf("1 of %d", r.Counts.Checks))
	p.Do(chromedp.SendKeys(chromedp.CSS("#text"), " nothing has this"))
	p.Is(visibleRows, "0")
	p.Is(`document.getElementById('nothing').hidden`, "false")
	p.Do(chromedp.Click(chromedp.CSS(".filters [type=reset]")))
	p.Is(visibleRows, fmt.Sprint(r.Counts.Checks))
	for _, row := range [][3]string{{"outcome", "failed", fmt.Sprint(r.Counts.Failed)}, {"outcome", "skipped", fmt.Sprint(r.Counts.Skipped)}, {"suite", "race", "1"}, {"level", "SHOULD", fmt.Sprint(countLevel("SHOULD"))}} {
		p.Eval(fmt.Sprintf(`(e => { e.value = %q; e.dispatchEvent(new Event('input')); })(document.getElementById(%q))`, row[1], row[0]))
		p.Is(visibleRows, row[2])
		p.Do(chromedp.Click(chromedp.CSS(".filters [type=reset]")))
	}
	p.Do(chromedp.Click(chromedp.CSS("a.card.warning")))
	p.Is(visibleRows, "1")

	// A cell leads to its check, though the filter hides it.
	p.Do(chromedp.Focus(chromedp.CSS(".grid .cell.fail")))
	p.Is(`document.getElementById('cell').textContent`, "RUNNING × deleteInstance: not as demanded (Instance/RUNNING/deleteInstance)")
	p.Do(chromedp.KeyEvent("\r"))
	p.Is(`location.hash`, "#check-3")
	p.Is(`document.getElementById('check-3').hidden`, "false")
	p.Is(`document.querySelector('#check-3 details').open`, "true")
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
	p.Eval(`Object.defineProperty(navigator, 'clipboard', {value: {writeText: s => { window.copied = s; return Promise.resolve(); }}})`)
	p.Do(chromedp.Click(chromedp.CSS(".finding[open] .copy")))
	p.Is("window.copied", sample().Results[2].Curl)
	p.Is(`document.querySelector('.finding[open] .copy').textContent`, "Copied")
}

func TestPageIsReadable(t *testing.T) {
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			p := openTab(t, &emulation.MediaFeature{Name: "prefers-color-scheme", Value: scheme})
			p.Contrast(`script, style, .hidden, .jump, svg`)
			p.Is(`[...document.querySelectorAll('button, input, select')].filter(e => !(e.textContent.trim() || e.labels.length || e.ariaLabel)).length`, "0")
			before := p.Eval(`getComputedStyle(document.body).backgroundColor`)
			p.Do(chromedp.Click(chromedp.CSS("#theme")))
			p.Is(fmt.Sprintf(`getComputedStyle(document.body).backgroundColor === %q`, before), "false")
			p.Contrast(`script, style, .hidden, .jump, svg`)
		})
	}
}

// TestPageOnPhone: nothing but what scrolls by itself is wider than a phone.
func TestPageOnPhone(t *testing.T) {
	p := openTab(t)
	p.Do(chromedp.EmulateViewport(360, 740))
	p.Eval(`document.querySelectorAll('details').forEach(d => { d.open = true; })`)
	p.Is(`document.documentElement.scrollWidth`, "360")
}

func TestPagePrints(t *testing.T) {
	p := openTab(t)
	pdf := p.PDF()
	if len(pdf) < 10000 {
		t.Errorf("%d bytes of PDF", len(pdf))
	}
}
