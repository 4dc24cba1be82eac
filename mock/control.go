package mock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// The control API stands beside the API that is played. It is for tests: it moves the clock, forces
// states and changes the world. It answers loopback only and is never counted.
const controlPrefix = "/_tally/"

const maxControlBody = 1 << 20

// control is one call of the control API: what it reads from the body goes into args.
type control struct {
	echo.Context
	world *world
	args  controlArgs
}

// controlArgs are the members of all control requests. Which of them a call takes, its row says.
type controlArgs struct {
	Now    *time.Time     `json:"now"`    // clock: RFC 3339
	By     *string        `json:"by"`     // clock/advance: a duration such as 90s or 1h30m
	To     string         `json:"to"`     // clock/advance: next
	State  string         `json:"state"`  // resources/…/state
	Event  string         `json:"event"`  // failures: what begins the transient state that shall fail
	Times  int            `json:"times"`  // failures: how often; 0 = once
	Quota  *int           `json:"quota"`  // limits: resources of a tenant; absent = as the mock was started
	Calls  *int           `json:"calls"`  // limits: calls of a tenant in a window; absent = as the mock was started
	Window string         `json:"window"` // limits: minute, hour or day
	Patch  map[string]any `json:"-"`      // catalogue: the whole body
}

// controlCall is one call that there is.
type controlCall struct {
	method, path string
	takes        []string // members of the body
	patch        bool     // the body is a merge patch
	do           func(*control) (any, error)
}

var controlCalls []controlCall

func init() { // in init, because health lists the calls that it is one of
	controlCalls = []controlCall{
		{method: http.MethodGet, path: "health", do: (*control).health},
		{method: http.MethodPost, path: "reset", do: (*control).reset},
		{method: http.MethodGet, path: "clock", do: (*control).readClock},
		{method: http.MethodPut, path: "clock", takes: []string{"now"}, do: (*control).setClock},
		{method: http.MethodPost, path: "clock/advance", takes: []string{"by", "to"}, do: (*control).advance},
		{method: http.MethodPost, path: "clock/freeze", do: (*control).freeze},
		{method: http.MethodPost, path: "clock/resume", do: (*control).resume},
		{method: http.MethodGet, path: "resources", do: (*control).resources},
		{method: http.MethodPut, path: "resources/:tenant/:id/state", takes: []string{"state"}, do: (*control).setState},
		{method: http.MethodPost, path: "resources/:tenant/:id/finish", do: (*control).finish},
		{method: http.MethodPost, path: "resources/:tenant/:id/fault", do: (*control).fault},
		{method: http.MethodPost, path: "failures", takes: []string{"event", "times"}, do: (*control).fail},
		{method: http.MethodPut, path: "limits", takes: []string{"quota", "calls", "window"}, do: (*control).setLimits},
		{method: http.MethodGet, path: "given", do: (*control).listGiven},
		{method: http.MethodPut, path: "given/:name", do: (*control).give},
		{method: http.MethodDelete, path: "given/:name", do: (*control).take},
		{method: http.MethodGet, path: "catalogue", do: (*control).catalogue},
		{method: http.MethodPatch, path: "catalogue/:schema/:key", patch: true, do: (*control).patchCatalogue},
	}
}

// name is a call with its parameters in capitals.
func (k controlCall) name() string {
	segments := strings.Split(k.path, "/")
	for i, s := range segments {
		if name, ok := strings.CutPrefix(s, ":"); ok {
			segments[i] = strings.ToUpper(name)
		}
	}
	return k.method + " " + strings.Join(segments, "/")
}

// line is what health tells a newcomer of a call.
func (k controlCall) line() string {
	switch {
	case k.patch:
		return k.name() + " (merge patch)"
	case len(k.takes) > 0:
		return k.name() + " {" + strings.Join(k.takes, ", ") + "}"
	}
	return k.name()
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

// newControl makes the router of the control API. It is one of its own, because its errors have nothing to
// do with the contract.
func newControl(w *world) *echo.Echo {
	e := echo.New()
	e.HTTPErrorHandler = refuseControl
	e.Use(guard)
	for _, k := range controlCalls {
		e.Add(k.method, controlPrefix+k.path, func(ec echo.Context) error {
			c := &control{Context: ec, world: w}
			if err := c.read(k); err != nil {
				return err
			}
			body, err := k.do(c)
			if err != nil {
				return err
			}
			return ec.JSON(http.StatusOK, body)
		})
	}
	return e
}

// refuseControl writes every error of the control API.
func refuseControl(err error, ec echo.Context) {
	var (
		refused badControl
		routing *echo.HTTPError
	)
	status, text := http.StatusInternalServerError, err.Error()
	switch {
	case errors.As(err, &refused):
		status = refused.status
	case errors.As(err, &routing) && routing.Code == http.StatusMethodNotAllowed:
		status, text = routing.Code, "no such method of a control call; GET "+controlPrefix+"health lists them"
	case errors.As(err, &routing):
		status, text = routing.Code, "no such control call; GET "+controlPrefix+"health lists them"
	}
	_ = ec.JSON(status, map[string]any{"error": text}) // the client has gone: nobody is left to tell
}

// guard lets in only this machine, and no page of another origin that a browser here happens to show.
func guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		if text := intrusion(ec.Request()); text != "" {
			return badControl{http.StatusForbidden, text}
		}
		return next(ec)
	}
}

// intrusion is why a request must not reach the control API, "" when it may.
func intrusion(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return "the control API answers this machine only"
	}
	if name := hostName(r.Host); name != "localhost" {
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

// param is a path parameter, read as the API itself reads its own.
func (c *control) param(name string) string {
	return plainParam(c.Request().URL, c.Param(name))
}

// read takes in the body: a JSON object with members that the call takes, or nothing.
func (c *control) read(k controlCall) error {
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxControlBody))
	if err != nil {
		return bad("the body cannot be read: %v", err)
	}
	if len(body) == 0 {
		return nil
	}
	if k.patch {
		return c.decode(k, body, &c.args.Patch)
	}
	var members map[string]json.RawMessage
	if err := c.decode(k, body, &members); err != nil {
		return err
	}
	for _, name := range sortedKeys(members) {
		if !slices.Contains(k.takes, name) {
			return bad("member %q: %s takes %s", name, k.name(), listed(k.takes))
		}
		if err := c.args.set(name, members[name]); err != nil {
			return bad("member %q of %s: %v", name, k.name(), err)
		}
	}
	return nil
}

// decode reads a body that is one JSON object, nothing after it.
func (c *control) decode(k controlCall, body []byte, into any) error {
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return bad("the body of %s: want a JSON object", k.name())
	}
	if err := json.Unmarshal(body, into); err != nil {
		return bad("the body of %s: want a JSON object: %v", k.name(), err)
	}
	return nil
}

// set decodes one member alone, so that an error is that member's.
func (a *controlArgs) set(name string, value json.RawMessage) error {
	one, err := json.Marshal(map[string]json.RawMessage{name: value})
	if err != nil {
		return err
	}
	return json.Unmarshal(one, a)
}

func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func (c *control) health() (any, error) {
	calls := make([]string, len(controlCalls))
	for i, k := range controlCalls {
		calls[i] = k.line()
	}
	return map[string]any{"status": "ok", "contract": c.world.contract.Title, "version": c.world.contract.Version,
		"anybody": len(c.world.keys.users) == 0, "calls": calls}, nil
}
