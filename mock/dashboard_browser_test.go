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
	p.Eval(fmt.Sprintf(pickOption, value, selector))
}

func (p *tab) says(selector, want string) {
	p.t.Helper()
	p.Is(fmt.Sprintf(`document.querySelector(%q)?.textContent`, selector), want)
}

func (p *tab) rows(of string, want int) {
	p.t.Helper()
	p.Is(fmt.Sprintf(rowsOf, of), fmt.Sprint(want))
}

// The page shows what there is, and the clock's buttons move it.
func TestDashboardShows(t *testing.T) {
	c := start(t, fixed())
	c.create(notebook("a"))
	stopped := c.create(notebook("b"))
	c.force(stopped, "STOPPED")
	p := openTab(t, c.url)
	p.rows("instances", 2)
	p.Is(statesSeen, "CREATING,STOPPED")
	p.rows("journal", 2)
	p.says("#now", "2020-07-16 08:22:29")
	p.Is(`document.querySelectorAll('.diagram .node').length`, fmt.Sprint(drawnStates(t, c)))
	p.says(".node[data-state=STOPPED] .count", "1")
	p.Is(`[...document.querySelectorAll('#strip button')].map(b => b.textContent).join()`, "CREATING1,STOPPED1")

	p.Click("#next") // the creation ends
	p.Is(statesSeen, "RUNNING,STOPPED")
	p.Click(`[data-by="1h"]`)
	p.Is(`document.getElementById('now').textContent > '2020-07-16 09:22'`, "true")
	p.Click("#freeze")
	p.says("#pace", "frozen")
	p.Click("#freeze")
	p.says("#pace", "running")
	p.Click(".more summary")
	p.Eval(`(f => { f.elements.speed.value = '60'; f.requestSubmit(); })(document.getElementById('speed'))`)
	p.says("#pace", "running × 60")
	p.Eval(`(f => { f.elements.now.value = '2019-01-01T00:00:00Z'; f.requestSubmit(); })(document.getElementById('settime'))`)
	p.Is(`document.querySelector('.toast.wrong span')?.textContent.includes('cannot go back')`, "true")
	p.Expect("400")
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
	p.Is(`document.querySelectorAll('.node[role=button]').length`, "0")
	p.Click("#rows-instances button")
	p.says(".node.here", "CREATING: "+meaningOf("CREATING")+"CREATING1")
	p.Click("#chosen .finish")
	p.Is(statesSeen, "RUNNING")

	p.Eval(pressEnter)
	p.says("#ask-text", "Put a into STOPPED?")
	p.Click("#ask [value=no]")
	p.Is(`document.getElementById('ask').open`, "false")
	c.wantStatus(path, "RUNNING")
	p.Eval(pressEnter)
	p.Click("#ask-yes")
	p.Is(statesSeen, "STOPPED")
	c.wantStatus(path, "STOPPED")

	// Who asks again at once is not answered by the question before.
	c.force(path, "RUNNING")
	p.Is(statesSeen, "RUNNING")
	p.Eval(`['no', 'yes'].forEach(answer => { ` + pressEnter + `; document.querySelector('#ask [value=' + answer + ']').click(); }) || ''`)
	p.Is(statesSeen, "STOPPED")

	p.pick("#force [name=state]", "UNAVAILABLE")
	p.Eval(`document.querySelector('#force [name=for]').value = '90s'`)
	p.Click("#force button")
	p.says("#ask-text", "Put a into UNAVAILABLE for 90s?")
	p.Click("#ask-yes")
	p.Is(statesSeen, "UNAVAILABLE")
	p.says("#rows-instances .back", "then STOPPED")
	p.Is(`document.querySelector('#rows-instances [data-due]').textContent.startsWith('1 min')`, "true") // it counts down by itself
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
	p.Click("#rows-journal button")
	p.Is(`[...document.querySelectorAll('#explain h3')].map(h => h.firstChild.data).join()`, "Operation,Refused,What the request breaks,Credential,Where the answer came from,Request,Answer")
	p.Is(`/openapi\.yaml:\d+:\d+/.test(document.querySelector('#explain .violations').textContent)`, "true")
	p.Is(`document.querySelector('#explain').textContent.includes('test-token')`, "false")
	p.Do(chromedp.KeyEvent("\x1b"))
	p.Is(`document.getElementById('explain').open`, "false")
	p.Is(`document.activeElement.closest('#rows-journal') !== null`, "true")

	p.pick("#filter [name=verdict]", "")
	p.pick("#filter [name=status]", "4xx")
	p.rows("journal", 1)
	p.pick("#filter [name=status]", "")
	p.pick("#filter [name=operation]", "getInstance")
	p.rows("journal", 1)
	p.pick("#filter [name=operation]", "")
	p.rows("journal", 3)

	p.Click("#follow")
	p.says("#follow", "Paused")
	c.create(notebook("b"))
	p.rows("instances", 2) // it has looked since
	p.rows("journal", 3)
	p.Click("#follow")
	p.rows("journal", 4)
	p.Click("#forget")
	p.Click("#ask-yes")
	p.rows("journal", 0)
	p.Is(`document.getElementById('none-journal').hidden`, "false")
}

func TestDashboardFaults(t *testing.T) {
	c := start(t, fixed())
	p := openTab(t, c.url)
	p.pick("#newfault [name=operation]", "listInstances")
	op := contract.Default().Operation("listInstances")
	p.Is(`document.querySelector('#newfault [name=value]').options.length`, fmt.Sprint(len(contract.Default().Allowed(op))))
	p.pick("#newfault [name=value]", "ModelArts.6101")
	p.pick("#newfault [name=first]", "1")
	p.Click("#newfault button")
	p.says("#list-faults li code", "listInstances:first=1:code=ModelArts.6101")
	if a := c.do("GET", instances+"?de_type=Notebook", ""); a.code() != "ModelArts.6101" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	p.says("#list-faults li .soft", "hit 1 of 1")
	p.Is(`document.querySelector('#list-faults .badge').hidden`, "false")
	p.Click("#list-faults button")
	p.Is(`document.querySelectorAll('#list-faults li').length`, "0")
	for _, deed := range []string{"status", "latency", "drop", "truncate", "malformed", "rate"} {
		p.pick("#newfault [name=deed]", deed)
		if deed == "latency" {
			p.pick("#newfault [name=value]", "1ms-2ms")
		}
		p.Click("#newfault button")
		p.Is(fmt.Sprintf(`[...document.querySelectorAll('#list-faults li code')].some(c => c.textContent.includes(':%s'))`, deed), "true")
	}
	p.Click("#dropfaults")
	p.Click("#ask-yes")
	p.Is(`document.querySelectorAll('#list-faults li').length`, "0")

	p.pick("#newfailure [name=event]", "start")
	p.pick("#newfailure [name=times]", "2")
	p.Click("#newfailure button")
	p.says("#list-failures li", "start2 to come")
	p.Click("#dropfailures")
	p.Is(`document.querySelectorAll('#list-failures li').length`, "0")
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
	p.Click("#list-sandboxes button:last-child")
	p.Click("#ask-yes")
	p.says("#link", "the sandbox mine is gone")
	p.pick("#world", "")
	p.rows("instances", 1)
	p.says("#link", "live")

	p.Eval(`(make => { URL.createObjectURL = blob => { blob.text().then(t => { window.kept = t; }); return make.call(URL, blob); }; })(URL.createObjectURL)`)
	p.Click("#download")
	p.Is(`typeof window.kept`, "string")
	p.Click("#reset")
	p.Click("#ask-yes")
	p.rows("instances", 0)
	p.Eval(`(() => { const d = new DataTransfer(); d.items.add(new File([window.kept], 'state.json')); const i = document.getElementById('restore'); i.files = d.files; i.dispatchEvent(new Event('change')); })()`)
	p.says("#ask-text", "Put state.json in place of all state of this world?")
	p.Click("#ask-yes")
	p.rows("instances", 1)

	p.Eval(`(f => { f.elements.name.value = 'three'; f.requestSubmit(); })(document.getElementById('keep'))`)
	p.says("#list-kept li code", "three")
	p.Is(`[...document.getElementById('make').elements.from.options].some(o => o.value === 'three')`, "true")
	p.Eval(`(f => { f.elements.name.value = 'copy'; f.elements.from.value = 'three'; f.requestSubmit(); })(document.getElementById('make'))`)
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
	p.Is(`[...document.querySelectorAll('#rows-instances .name')].some(b => b.textContent === `+fmt.Sprintf("%q", evil)+`)`, "true")
	p.Is(`document.querySelector('#list-faults code').textContent.includes('<img')`, "true")
	for i := range 2 {
		p.Click(fmt.Sprintf("#rows-instances tr:nth-child(%d) button", i+1))
		p.Click("#force button")
		p.Click("#ask [value=no]")
	}
	p.rows("journal", 3)
	for i := range 3 {
		p.Click(fmt.Sprintf("#rows-journal tr:nth-child(%d) button", i+1))
		p.Is(`document.querySelectorAll('#explain section').length > 3`, "true")
		p.Click("#explain .close")
	}
	p.Is(`document.images.length + ',' + document.scripts.length + ',' + document.querySelectorAll('#evil').length`, "0,1,0")
}

// Any contract is looked at: one without resources, and a mock without a journal.
func TestDashboardInBrowserOfAnyContract(t *testing.T) {
	p := openTab(t, serve(t, plainContract(t), mock.WithJournal(0, 0)))
	p.says("#none-instances strong", "This contract keeps nothing.")
	p.says("#drawing strong", "No lifecycle.")
	p.says("#none-journal strong", "No journal.")
	p.says("#contract", "Plain 1.0.0")
	p.Is(`document.querySelector('#newfault [name=deed]').value`, "status")
	p.Expect("409")
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
	p.Is(`document.getElementById('link').textContent.startsWith('The mock does not answer; next try in ')`, "true")
	p.Is(`document.body.classList.contains('away') && !document.getElementById('retry').hidden`, "true")
	away.Store(false)
	p.Eval(`document.getElementById('retry').click()`)
	p.says("#link", "live")
	p.Expect("ERR_EMPTY_RESPONSE")
	p.Eval(`(() => { Object.defineProperty(document, 'hidden', {value: true, configurable: true}); document.dispatchEvent(new Event('visibilitychange')); })()`)
	p.says("#link", "paused while hidden")
	p.Eval(`(() => { Object.defineProperty(document, 'hidden', {value: false, configurable: true}); document.dispatchEvent(new Event('visibilitychange')); })()`)
	p.says("#link", "live")
}

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
			p.Click("#rows-instances button")
			p.Is(`document.querySelector('#force') !== null`, "true")
			p.Contrast(`script, style, .hidden, .jump, svg, :disabled, noscript`)
			p.Is(`[...document.querySelectorAll('button, input, select, textarea')].filter(e => !(e.textContent.trim() && e.tagName === 'BUTTON' || e.labels?.length || e.ariaLabel)).map(e => e.outerHTML).join()`, "")
			p.Is(`[...document.querySelectorAll('.scroll')].filter(e => e.id && !e.hasAttribute('tabindex')).length`, "0")
			p.Do(chromedp.EmulateViewport(360, 740))
			p.Is(`document.documentElement.scrollWidth`, "360")
			p.Click("#rows-journal tr:nth-child(1) button")
			p.Is(`document.querySelectorAll('#explain section').length > 3`, "true")
			p.Contrast(`script, style, .hidden, .jump, svg, :disabled, noscript`)
		})
	}
}
