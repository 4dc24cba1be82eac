package mock

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
)

// The control API stands beside the API that is played. It is for tests: it moves the clock, forces
// states and changes the world. It answers loopback only and is never counted. What its calls take and
// answer is in its own OpenAPI document; here is what they do.
const controlPrefix = control.Prefix

const maxControlBody = 1 << 20

// controlCalls are what the operations of the control API's document do, by operationId.
var controlCalls map[string]func(*call) (any, error)

func init() { // in init, because health lists the calls that it is one of
	controlCalls = map[string]func(*call) (any, error){
		"health":         (*call).health,
		"document":       (*call).document,
		"reset":          (*call).reset,
		"readClock":      (*call).readClock,
		"setClock":       (*call).setClock,
		"advanceClock":   (*call).advanceClock,
		"freezeClock":    (*call).freezeClock,
		"resumeClock":    (*call).resumeClock,
		"listResources":  (*call).listResources,
		"setState":       (*call).setState,
		"finishResource": (*call).finishResource,
		"failResource":   (*call).failResource,
		"addFailure":     (*call).addFailure,
		"listFailures":   (*call).listFailures,
		"dropFailures":   (*call).dropFailures,
		"addFault":       (*call).addFault,
		"listFaults":     (*call).listFaults,
		"dropFaults":     (*call).dropFaults,
		"readFault":      (*call).readFault,
		"dropFault":      (*call).dropFault,
		"readLimits":     (*call).readLimits,
		"setLimits":      (*call).setLimits,
		"listGiven":      (*call).listGiven,
		"give":           (*call).give,
		"take":           (*call).take,
		"listCatalogue":  (*call).listCatalogue,
		"patchCatalogue": (*call).patchCatalogue,
		"ready":          (*call).ready,
		"metrics":        (*call).showMetrics,
		"listRequests":   (*call).listRequests,
		"countRequests":  (*call).countRequests,
		"forgetRequests": (*call).forgetRequests,
		"exportRequests": (*call).exportRequests,
		"showRequest":    (*call).showRequest,
		"explainRequest": (*call).explainRequest,

		"takeSnapshot":    (*call).takeSnapshot,
		"restoreSnapshot": (*call).restoreSnapshot,
		"listSnapshots":   (*call).listSnapshots,
		"keepSnapshot":    (*call).keepSnapshot,
		"forgetSnapshot":  (*call).forgetSnapshot,
		"listSandboxes":   (*call).listSandboxes,
		"makeSandbox":     (*call).makeSandbox,
		"deleteSandbox":   (*call).deleteSandbox,
		"reload":          (*call).reload,

		"dashboard":      (*call).dashboard,
		"dashboardFile":  (*call).dashboardFile,
		"listOperations": (*call).listOperations,
		"listLifecycles": (*call).listLifecycles,
		"setSpeed":       (*call).setSpeed,
	}
}

// controlDocument is the document of the control API. It is loaded when it is first asked for: a mock whose
// control API nobody uses starts without it.
var controlDocument = sync.OnceValue(func() *contract.Contract {
	c, err := contract.Load(control.Files, control.Document)
	if err != nil {
		panic(fmt.Sprintf("the document of the control API does not load:\n%v", err))
	}
	return c
})

// call is one call of the control API.
type call struct {
	server  *server
	world   *world
	request *http.Request
	writer  http.ResponseWriter
	path    map[string]string
	query   map[string]any
	body    []byte
	leave   func() // lets reloads go on before the call is done; more than once does nothing
	ahead   *world // what the call has made before its turn; nil for nothing
}

// badControl is a control request that cannot be carried out.
type badControl struct {
	status int
	text   string
}

func (b badControl) Error() string { return b.text }

func bad(format string, args ...any) error {
	return badControl{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// raw is an answer that is no JSON.
type raw struct {
	contentType string
	data        []byte
}

// controller serves the control API of a mock.
type controller struct{ server *server }

// ServeHTTP answers one call.
func (k *controller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := k.answer(w, r)
	status := http.StatusOK
	if err != nil {
		status = http.StatusInternalServerError
		var refused badControl
		if errors.As(err, &refused) {
			status = refused.status
		}
		answer = control.Refusal{Error: err.Error()}
	}
	out, ok := answer.(raw)
	if !ok {
		out.contentType = "application/json"
		if out.data, err = json.Marshal(answer); err != nil {
			status, out.data = http.StatusInternalServerError, []byte(`{"error":"the answer is no JSON"}`)
		}
		out.data = append(out.data, '\n')
	}
	w.Header().Set("Content-Type", out.contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(out.data)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out.data) // the client has gone: nobody is left to tell
	}
}

// answer lets in only this machine, finds the call, and holds it to the document before it is carried out.
func (k *controller) answer(w http.ResponseWriter, r *http.Request) (any, error) {
	if text := intrusion(r); text != "" {
		return nil, badControl{http.StatusForbidden, text}
	}
	const known = "; GET " + controlPrefix + "health lists them"
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet // without the body
	}
	m := controlDocument().Match(method, r.URL.EscapedPath())
	whole := m.Operation == nil || strings.Count(m.Operation.Path, "/") == strings.Count(r.URL.EscapedPath(), "/")
	switch {
	case !m.Known || !whole || !strings.HasPrefix(r.URL.EscapedPath(), controlPrefix):
		return nil, badControl{http.StatusNotFound, "no such control call" + known}
	case m.Operation == nil:
		w.Header().Set("Allow", controlMethods(r.URL.EscapedPath()))
		return nil, badControl{http.StatusMethodNotAllowed, "no such method of a control call" + known}
	}
	c := &call{server: k.server, world: k.server.world, request: r, writer: w, path: m.Path}
	if err := c.read(m.Operation); err != nil {
		return nil, err
	}
	if !aboutAll[m.Operation.ID] {
		world, box, err := k.server.worldOf(r)
		if err != nil {
			return nil, controlRefusal(err)
		}
		defer k.server.leave(box)
		c.world = world
	}
	do := controlCalls[m.Operation.ID]
	if do == nil {
		return nil, fmt.Errorf("operation %s of the control API is not built", m.Operation.ID)
	}
	return c.perform(m.Operation, do)
}

// controlMethods are those of a path of the control API, as the header Allow has them.
func controlMethods(escapedPath string) string {
	var out []string
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodPatch, http.MethodPost, http.MethodPut} {
		if controlDocument().Match(method, escapedPath).Operation == nil {
			continue
		}
		if out = append(out, method); method == http.MethodGet {
			out = append(out, http.MethodHead)
		}
	}
	return strings.Join(out, ", ")
}

// aboutAll are the calls that are about the mock as a whole, whatever sandbox they name: it is not made for them.
var aboutAll = map[string]bool{"health": true, "document": true, "ready": true, "reload": true, "listSandboxes": true,
	"makeSandbox": true, "deleteSandbox": true, "listSnapshots": true, "forgetSnapshot": true}

// intrusion is why a request must not reach the control API, "" when it may.
func intrusion(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return "the control API answers this machine only"
	}
	if name := hostName(r.Host); name != "localhost" && !strings.HasSuffix(strings.ToLower(name), sandboxHost) {
		if ip := net.ParseIP(name); ip == nil || !ip.IsLoopback() {
			return "the control API answers under localhost or a loopback address only"
		}
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
			return "the control API refuses requests from origin " + origin
		}
	}
	return ""
}

func hostName(hostport string) string {
	u := url.URL{Host: hostport}
	return u.Hostname()
}

// read holds the request to the document. A member that the document does not have is a slip of the pen.
func (c *call) read(op *contract.Operation) error {
	body, err := io.ReadAll(http.MaxBytesReader(c.writer, c.request.Body, bodyBound(op)))
	if err != nil {
		return bad("the body cannot be read: %v", err)
	}
	if op.Body == nil && len(body) > 0 {
		return bad("%s takes no body", controlName(op))
	}
	req, violations := op.Read(contract.Input{Path: c.path, Query: c.request.URL.Query(), Body: body})
	if op.Body != nil && op.Body.Schema != nil {
		if at, hint := op.Body.Schema.Stray(req.Body); at != "" {
			return bad("%s: body: no such member: %s%s", controlName(op), at, hint)
		}
	}
	if len(violations) > 0 {
		return bad("%s: %s", controlName(op), violations[0])
	}
	for _, name := range sortedKeys(c.request.URL.Query()) {
		if op.Parameter("query", name) == nil {
			return bad("%s: query: no such parameter: %s", controlName(op), name)
		}
	}
	c.query, c.body = req.Query, body
	return nil
}

// decode reads the body, which the document allows, into a value of package control.
func (c *call) decode(into any) error {
	if len(c.body) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.body, into); err != nil {
		return bad("the body: %v", err)
	}
	return nil
}

// controlName is a call as people write it.
func controlName(op *contract.Operation) string {
	return op.Method + " " + cmp.Or(strings.TrimPrefix(op.Path, controlPrefix), controlPrefix)
}

func (c *call) health() (any, error) {
	var calls []string
	for _, op := range controlDocument().Operations() {
		calls = append(calls, controlName(op)+": "+op.Summary)
	}
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	return control.Health{Status: "ok", Contract: c.world.contract.Title, Version: c.world.contract.Version,
		Anybody: len(c.world.keys.users) == 0, Calls: calls}, nil
}

func (c *call) document() (any, error) {
	data, err := fs.ReadFile(control.Files, control.Document)
	return raw{"application/yaml", data}, err
}
