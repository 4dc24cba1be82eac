package mock_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

func plainContract(t *testing.T) *contract.Contract {
	t.Helper()
	c, err := contract.Load(fstest.MapFS{"plain.yaml": {Data: []byte(`openapi: 3.1.0
info: {title: Plain, version: 1.0.0}
paths:
  /things:
    get: {operationId: look, responses: {'200': {description: Things.}}}
`)}}, "plain.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serve runs a mock of any contract for everybody.
func serve(t *testing.T, c *contract.Contract, opts ...mock.Option) string {
	t.Helper()
	h, err := mock.New(c, append([]mock.Option{fixed(), mock.WithAuth(mock.Auth{Mode: mock.Off})}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

const (
	rowsOf     = `document.querySelectorAll('#rows-%s tr').length`
	statesSeen = `[...document.querySelectorAll('#rows-instances .badge')].map(b => b.textContent).sort().join()`
	pickOption = `(e => { e.value = %q; e.dispatchEvent(new Event('input', {bubbles: true})); e.dispatchEvent(new Event('change', {bubbles: true})); })(document.querySelector(%q))`
)

func (p *tab) pick(selector, value string) {
	p.t.Helper()
	p.eval(fmt.Sprintf(pickOption, value, selector))
}

func (p *tab) says(selector, want string) {
	p.t.Helper()
	p.is(fmt.Sprintf(`document.querySelector(%q)?.textContent`, selector), want)
}

func (p *tab) rows(of string, want int) {
	p.t.Helper()
	p.is(fmt.Sprintf(rowsOf, of), fmt.Sprint(want))
}

// The page shows what there is, and the clock's buttons move it.
func TestDashboardShows(t *testing.T) {
	c := start(t, fixed())
	c.create(notebook("a"))
	stopped := c.create(notebook("b"))
	c.force(stopped, "STOPPED")
	p := openTab(t, c.url)
	p.rows("instances", 2)
	p.is(statesSeen, "CREATING,STOPPED")
	p.rows("journal", 2)
	p.says("#now", "2020-07-16 08:22:29")
	p.is(`document.querySelectorAll('.diagram .node').length`, fmt.Sprint(drawnStates(t, c)))
	p.says(".node[data-state=STOPPED] .count", "1")
	p.is(`[...document.querySelectorAll('#strip button')].map(b => b.textContent).join()`, "CREATING1,STOPPED1")

	p.click("#next") // the creation ends
	p.is(statesSeen, "RUNNING,STOPPED")
	p.click(`[data-by="1h"]`)
	p.is(`document.getElementById('now').textContent > '2020-07-16 09:22'`, "true")
	p.click("#freeze")
	p.says("#pace", "frozen")
	p.click("#freeze")
	p.says("#pace", "running")
	p.click(".more summary")
	p.eval(`(f => { f.elements.speed.value = '60'; f.requestSubmit(); })(document.getElementById('speed'))`)
	p.says("#pace", "running × 60")
	p.eval(`(f => { f.elements.now.value = '2019-01-01T00:00:00Z'; f.requestSubmit(); })(document.getElementById('settime'))`)
	p.is(`document.querySelector('.toast.wrong span')?.textContent.includes('cannot go back')`, "true")
	p.expect("400")
}

func drawnStates(t *testing.T, c *client) int {
	t.Helper()
	kinds, err := (&control.Client{Base: c.url}).Lifecycles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, node := range kinds[0].Drawing.Nodes {
		if node.Name != "" {
			n++
		}
	}
	return n
}

// pressEnter on a state. A key of the protocol comes in two events, and the second would press the button of the
// question that the first has opened; a keyboard's does not, when the first is taken.
const pressEnter = `(n => { n.focus(); n.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true})); })(document.querySelector('.node[data-state=STOPPED]'))`

// What may be done to an instance is done after a question, by mouse or keyboard.
func TestDashboardForces(t *testing.T) {
	c := start(t, fixed())
	path := c.create(notebook("a"))
	p := openTab(t, c.url)
	p.rows("instances", 1)
	p.is(`document.querySelectorAll('.node[role=button]').length`, "0")
	p.click("#rows-instances button")
	p.says(".node.here", "CREATING: "+meaningOf("CREATING")+"CREATING1")
	p.click("#chosen .finish")
	p.is(statesSeen, "RUNNING")

	p.eval(pressEnter)
	p.says("#ask-text", "Put a into STOPPED?")
	p.click("#ask [value=no]")
	p.is(`document.getElementById('ask').open`, "false")
	c.wantStatus(path, "RUNNING")
	p.eval(pressEnter)
	p.click("#ask-yes")
	p.is(statesSeen, "STOPPED")
	c.wantStatus(path, "STOPPED")

	// Who asks again at once is not answered by the question before.
	c.force(path, "RUNNING")
	p.is(statesSeen, "RUNNING")
	p.eval(`['no', 'yes'].forEach(answer => { ` + pressEnter + `; document.querySelector('#ask [value=' + answer + ']').click(); }) || ''`)
	p.is(statesSeen, "STOPPED")

	p.pick("#force [name=state]", "UNAVAILABLE")
	p.eval(`document.querySelector('#force [name=for]').value = '90s'`)
	p.click("#force button")
	p.says("#ask-text", "Put a into UNAVAILABLE for 90s?")
	p.click("#ask-yes")
	p.is(statesSeen, "UNAVAILABLE")
	p.says("#rows-instances .back", "then STOPPED")
	p.is(`document.querySelector('#rows-instances [data-due]').textContent.startsWith('1 min')`, "true") // it counts down by itself
}

func meaningOf(state string) string {
	return contract.Default().Resources()[0].Lifecycle.State(state).Meaning
}

func TestDashboardJournal(t *testing.T) {
	c := start(t, fixed())
	path := c.create(notebook("a"))
	c.do("POST", instances, `{"name":5}`)
	c.do("GET", path, "")
	p := openTab(t, c.url)
	p.rows("journal", 3)
	p.pick("#filter [name=verdict]", "invalid")
	p.rows("journal", 1)
	p.click("#rows-journal button")
	p.is(`[...document.querySelectorAll('#explain h3')].map(h => h.firstChild.data).join()`, "Operation,Refused,What the request breaks,Credential,Where the answer came from,Request,Answer")
	p.is(`/openapi\.yaml:\d+:\d+/.test(document.querySelector('#explain .violations').textContent)`, "true")
	p.is(`document.querySelector('#explain').textContent.includes('test-token')`, "false")
	p.do(chromedp.KeyEvent("\x1b"))
	p.is(`document.getElementById('explain').open`, "false")
	p.is(`document.activeElement.closest('#rows-journal') !== null`, "true")

	p.pick("#filter [name=verdict]", "")
	p.pick("#filter [name=status]", "4xx")
	p.rows("journal", 1)
	p.pick("#filter [name=status]", "")
	p.pick("#filter [name=operation]", "getInstance")
	p.rows("journal", 1)
	p.pick("#filter [name=operation]", "")
	p.rows("journal", 3)

	p.click("#follow")
	p.says("#follow", "Paused")
	c.create(notebook("b"))
	p.rows("instances", 2) // it has looked since
	p.rows("journal", 3)
	p.click("#follow")
	p.rows("journal", 4)
	p.click("#forget")
	p.click("#ask-yes")
	p.rows("journal", 0)
	p.is(`document.getElementById('none-journal').hidden`, "false")
}

func TestDashboardFaults(t *testing.T) {
	c := start(t, fixed())
	p := openTab(t, c.url)
	p.pick("#newfault [name=operation]", "listInstances")
	op := contract.Default().Operation("listInstances")
	p.is(`document.querySelector('#newfault [name=value]').options.length`, fmt.Sprint(len(contract.Default().Allowed(op))))
	p.pick("#newfault [name=value]", "ModelArts.6101")
	p.pick("#newfault [name=first]", "1")
	p.click("#newfault button")
	p.says("#list-faults li code", "listInstances:first=1:code=ModelArts.6101")
	if a := c.do("GET", instances+"?de_type=Notebook", ""); a.code() != "ModelArts.6101" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	p.says("#list-faults li .soft", "hit 1 of 1")
	p.is(`document.querySelector('#list-faults .badge').hidden`, "false")
	p.click("#list-faults button")
	p.is(`document.querySelectorAll('#list-faults li').length`, "0")
	for _, deed := range []string{"status", "latency", "drop", "truncate", "malformed", "rate"} {
		p.pick("#newfault [name=deed]", deed)
		if deed == "latency" {
			p.pick("#newfault [name=value]", "1ms-2ms")
		}
		p.click("#newfault button")
		p.is(fmt.Sprintf(`[...document.querySelectorAll('#list-faults li code')].some(c => c.textContent.includes(':%s'))`, deed), "true")
	}
	p.click("#dropfaults")
	p.click("#ask-yes")
	p.is(`document.querySelectorAll('#list-faults li').length`, "0")

	p.pick("#newfailure [name=event]", "start")
	p.pick("#newfailure [name=times]", "2")
	p.click("#newfailure button")
	p.says("#list-failures li", "start2 to come")
	p.click("#dropfailures")
	p.is(`document.querySelectorAll('#list-failures li').length`, "0")
}

// Sandboxes are looked at without being made; snapshots go out and in; a reset asks first.
func TestDashboardWorlds(t *testing.T) {
	c := start(t, fixed())
	c.create(notebook("a"))
	box := &control.Client{Base: c.url, Sandbox: "mine"}
	if _, err := box.Freeze(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := openTab(t, c.url)
	p.rows("instances", 1)
	p.pick("#world", "mine")
	p.rows("instances", 0)
	p.says("#pace", "frozen")
	p.click("#list-sandboxes button:last-child")
	p.click("#ask-yes")
	p.says("#link", "the sandbox mine is gone")
	p.pick("#world", "")
	p.rows("instances", 1)
	p.says("#link", "live")

	p.eval(`(make => { URL.createObjectURL = blob => { blob.text().then(t => { window.kept = t; }); return make.call(URL, blob); }; })(URL.createObjectURL)`)
	p.click("#download")
	p.is(`typeof window.kept`, "string")
	p.click("#reset")
	p.click("#ask-yes")
	p.rows("instances", 0)
	p.eval(`(() => { const d = new DataTransfer(); d.items.add(new File([window.kept], 'state.json')); const i = document.getElementById('restore'); i.files = d.files; i.dispatchEvent(new Event('change')); })()`)
	p.says("#ask-text", "Put state.json in place of all state of this world?")
	p.click("#ask-yes")
	p.rows("instances", 1)

	p.eval(`(f => { f.elements.name.value = 'three'; f.requestSubmit(); })(document.getElementById('keep'))`)
	p.says("#list-kept li code", "three")
	p.is(`[...document.getElementById('make').elements.from.options].some(o => o.value === 'three')`, "true")
	p.eval(`(f => { f.elements.name.value = 'copy'; f.elements.from.value = 'three'; f.requestSubmit(); })(document.getElementById('make'))`)
	p.says("#list-sandboxes li .soft", "1 instance")
}

// Whatever a client writes is shown as it is written.
func TestDashboardShowsNoHTML(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "contract", "testdata", "good.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	open := strings.Replace(string(data), "pattern: '^[a-z]+$'", "pattern: '^[^0-9]+$'", 1)
	if open == string(data) {
		t.Fatal("the bakery's names have another pattern now")
	}
	bakery, err := contract.Load(fstest.MapFS{"good.yaml": {Data: []byte(open)}}, "good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const evil = `<img src=x onerror=alert(document.domain)>`
	base := serve(t, bakery)
	shop := base + "/" + url.PathEscape(`<b id=evil>`) + "/cakes"
	for _, body := range []string{`{"name":"` + evil + `","kind":"apple"}`, `{"name":"<script>alert(document.domain)</script>","kind":"apple"}`, evil} {
		resp, err := http.Post(shop, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	if _, err := (&control.Client{Base: base}).AddFault(t.Context(), `createCake:body./name=`+evil+`:status=503`); err != nil {
		t.Fatal(err)
	}
	p := openTab(t, base)
	p.rows("instances", 2)
	p.is(`[...document.querySelectorAll('#rows-instances .name')].some(b => b.textContent === `+fmt.Sprintf("%q", evil)+`)`, "true")
	p.is(`document.querySelector('#list-faults code').textContent.includes('<img')`, "true")
	for i := range 2 {
		p.click(fmt.Sprintf("#rows-instances tr:nth-child(%d) button", i+1))
		p.click("#force button")
		p.click("#ask [value=no]")
	}
	p.rows("journal", 3)
	for i := range 3 {
		p.click(fmt.Sprintf("#rows-journal tr:nth-child(%d) button", i+1))
		p.is(`document.querySelectorAll('#explain section').length > 3`, "true")
		p.click("#explain .close")
	}
	p.is(`document.images.length + ',' + document.scripts.length + ',' + document.querySelectorAll('#evil').length`, "0,1,0")
}

// Any contract is looked at: one without resources, and a mock without a journal.
func TestDashboardInBrowserOfAnyContract(t *testing.T) {
	p := openTab(t, serve(t, plainContract(t), mock.WithJournal(0, 0)))
	p.says("#none-instances strong", "This contract keeps nothing.")
	p.says("#drawing strong", "No lifecycle.")
	p.says("#none-journal strong", "No journal.")
	p.says("#contract", "Plain 1.0.0")
	p.is(`document.querySelector('#newfault [name=deed]').value`, "status")
	p.expect("409")
}

// expect takes away what stands in the browser's log of refused calls with a status: it is as it should be.
func (p *tab) expect(text string) {
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

// A mock that is away is told of and tried again; a page that nobody sees is at rest.
func TestDashboardWaits(t *testing.T) {
	h, err := mock.New(contract.Default(), fixed())
	if err != nil {
		t.Fatal(err)
	}
	var away atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away.Load() {
			panic(http.ErrAbortHandler)
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	p := openTab(t, srv.URL)
	away.Store(true)
	p.is(`document.getElementById('link').textContent.startsWith('The mock does not answer; next try in ')`, "true")
	p.is(`document.body.classList.contains('away') && !document.getElementById('retry').hidden`, "true")
	away.Store(false)
	p.eval(`document.getElementById('retry').click()`)
	p.says("#link", "live")
	p.expect("ERR_EMPTY_RESPONSE")
	p.eval(`(() => { Object.defineProperty(document, 'hidden', {value: true, configurable: true}); document.dispatchEvent(new Event('visibilitychange')); })()`)
	p.says("#link", "paused while hidden")
	p.eval(`(() => { Object.defineProperty(document, 'hidden', {value: false, configurable: true}); document.dispatchEvent(new Event('visibilitychange')); })()`)
	p.says("#link", "live")
}

// contrast lists every text that stands out too little from what is behind it, by the rule of WCAG.
const contrast = `(() => {
  document.querySelectorAll('details').forEach(d => { d.open = true; });
  const rgb = s => (s.match(/[\d.]+/g) || []).map(Number);
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const bad = new Set();
  for (const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walk.nextNode();) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || e.closest('script, style, .hidden, .jump, svg, :disabled, noscript') || !e.getClientRects().length) continue;
    let behind = e;
    while (behind && rgb(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const a = light(rgb(getComputedStyle(e).color).slice(0, 3)), b = light(rgb(getComputedStyle(behind || document.body).backgroundColor).slice(0, 3));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.add(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
  }
  return [...bad].join('\n');
})()`

// The page is readable in light and dark, its controls have names, and nothing is wider than a phone.
func TestDashboardIsReadable(t *testing.T) {
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			c := start(t, fixed())
			for i, state := range []string{"RUNNING", "STOPPED", "UNAVAILABLE", "CREATE_FAILED"} {
				c.force(c.create(notebook(fmt.Sprintf("notebook-with-quite-a-long-name-%d", i))), state)
			}
			c.do("POST", instances, `{"name":5}`)
			c.do("GET", instances+"/none", "")
			p := openTab(t, c.url, &emulation.MediaFeature{Name: "prefers-color-scheme", Value: scheme})
			p.rows("journal", 6)
			p.click("#rows-instances button")
			p.is(`document.querySelector('#force') !== null`, "true")
			p.is(contrast, "")
			p.is(`[...document.querySelectorAll('button, input, select, textarea')].filter(e => !(e.textContent.trim() && e.tagName === 'BUTTON' || e.labels?.length || e.ariaLabel)).map(e => e.outerHTML).join()`, "")
			p.is(`[...document.querySelectorAll('.scroll')].filter(e => e.id && !e.hasAttribute('tabindex')).length`, "0")
			p.do(chromedp.EmulateViewport(360, 740))
			p.is(`document.documentElement.scrollWidth`, "360")
			p.click("#rows-journal tr:nth-child(1) button")
			p.is(`document.querySelectorAll('#explain section').length > 3`, "true")
			p.is(contrast, "")
		})
	}
}
