// Package probing brings the probes of a contract about on a running mock: what must be true before,
// through requests and the control API, then the request itself. It is for tests.
package probing

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/signing"
)

// Prober sends probes. All of its fields are needed; it is for one goroutine.
type Prober struct {
	Contract *contract.Contract
	URL      string                     // of the mock
	Send     func(*http.Request) Answer // sees every request, those to the control API too
	Tenant   string
	Token    string            // of the tenant, good as long as the mock runs
	Foreign  string            // a good token of another tenant
	Key      Key               // that the mock knows
	Logins   map[string]string // condition → body of a login: expired and unscoped good ones, credentials a wrong one
	Limit    int               // calls that the mock's rate limit allows
}

// Key is an access key.
type Key struct{ ID, Secret string }

// Answer is what came back. The zero Answer is none.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// At is a member of the body by JSON pointer; nil when it is absent.
func (a Answer) At(pointer string) any {
	var body map[string]any
	if json.Unmarshal(a.Body, &body) != nil {
		return nil
	}
	return contract.Value(body, pointer)
}

// Run brings a probe about, and gives its answer and the key of the resource that it was about.
func (p *Prober) Run(probe *contract.Probe) (Answer, string) {
	switch probe.Kind {
	case contract.ProbeWire:
		return p.wire(probe.Condition), ""
	case contract.ProbeSecurity:
		return p.security(probe), ""
	}
	key := p.setUp(probe)
	return p.Send(p.Request(probe.Operation, probe.Input, key)), key
}

func (p *Prober) setUp(probe *contract.Probe) string {
	key, effect := "", probe.Operation.Effect
	creates := effect != nil && effect.Do == contract.Create
	if creates {
		p.patchCatalogue(probe.Setup)
	}
	if effect != nil && effect.Key != "" && !probe.Setup.Unknown {
		key = p.Create(effect.Resource, probe.Setup.Create)
		if probe.Setup.State != "" {
			p.Force(key, probe.Setup.State)
		}
	}
	if !creates {
		p.patchCatalogue(probe.Setup)
	}
	if probe.Setup.Twice {
		p.Send(p.Request(probe.Operation, probe.Input, ""))
	}
	for i := 0; probe.Setup.Full && i < effect.Quota.Default; i++ {
		p.Create(effect.Resource, under(effect.Unique.By, fmt.Sprint("filler-", i)))
	}
	if probe.Setup.Given != "" {
		p.Control("PUT", "given/"+probe.Setup.Given, "")
	}
	return key
}

// under is a merge patch that sets one member.
func under(pointer string, value any) map[string]any {
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for _, t := range slices.Backward(tokens) {
		value = map[string]any{t: value}
	}
	patch, _ := value.(map[string]any)
	return patch
}

// Create makes a resource from the documented request and a merge patch on it, and gives its key.
func (p *Prober) Create(rt *contract.ResourceType, patch map[string]any) string {
	in, err := rt.Create.DocumentedInput()
	if err == nil {
		in, err = in.Patched(patch, nil)
	}
	if err != nil {
		panic(err)
	}
	key, _ := p.Send(p.Request(rt.Create, in, "")).At(rt.PointerOf("id")).(string)
	return key
}

// Force puts a resource into a state.
func (p *Prober) Force(key, state string) {
	p.Control("PUT", "resources/"+p.Tenant+"/"+url.PathEscape(key)+"/state", fmt.Sprintf(`{"state":%q}`, state))
}

// Control calls the control API.
func (p *Prober) Control(method, path, body string) Answer {
	return p.Send(p.plain(method, "/_tally/"+path, []byte(body)))
}

func (p *Prober) patchCatalogue(s contract.Setup) {
	for _, entry := range slices.Sorted(maps.Keys(s.Catalogue)) {
		data, err := json.Marshal(s.Catalogue[entry])
		if err != nil {
			panic(err)
		}
		schema, key, _ := strings.Cut(entry, "/")
		p.Control("PATCH", "catalogue/"+schema+"/"+url.PathEscape(key), string(data))
	}
}

// Request builds the request of an input. Path parameters that are empty name the tenant and the key; without
// a key, one that there is not.
func (p *Prober) Request(op *contract.Operation, in contract.Input, key string) *http.Request {
	path := op.Path
	for _, name := range slices.Sorted(maps.Keys(in.Path)) {
		value := in.Path[name]
		switch {
		case op.Effect != nil && name == op.Effect.Tenant:
			value = p.Tenant
		case key != "" && op.Effect != nil && name == op.Effect.Key:
			value = key
		case value == "":
			value = "no-such-key"
		}
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	if q := in.Query.Encode(); q != "" {
		path += "?" + q
	}
	req := p.plain(op.Method, path, in.Body)
	if req.Header.Del("Content-Type"); in.ContentType != "" {
		req.Header.Set("Content-Type", in.ContentType)
	}
	return req
}

// plain is a request with the tenant's token.
func (p *Prober) plain(method, path string, body []byte) *http.Request {
	req, err := http.NewRequestWithContext(context.Background(), method, p.URL+path, bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	p.authorize(req, p.Token)
	return req
}

func (p *Prober) authorize(req *http.Request, token string) {
	for _, s := range p.Contract.Schemes() {
		if s.Type == "apiKey" && s.Header != "" {
			if req.Header.Del(s.Header); token != "" {
				req.Header.Set(s.Header, token)
			}
			return
		}
	}
}

// list is the documented request of the first list operation.
func (p *Prober) list() (*contract.Operation, contract.Input) {
	for _, op := range p.Contract.Operations() {
		if op.Effect != nil && op.Effect.Do == contract.List {
			in, err := op.DocumentedInput()
			if err != nil {
				panic(err)
			}
			return op, in
		}
	}
	panic("the contract has no list")
}

func (p *Prober) wire(condition string) Answer {
	op, in := p.list()
	req := p.Request(op, in, "")
	switch condition {
	case "route":
		req = p.plain("GET", "/nowhere", nil)
	case "method":
		req.Method = http.MethodPatch
	case "uri-size":
		req.URL.Path += "/" + strings.Repeat("x", 33<<10)
	case "header-size":
		req.Header.Set("X-Long", strings.Repeat("x", 33<<10))
	case "entity-size":
		req = p.plain("POST", req.URL.Path, make([]byte, 12<<20+1))
	case "rate":
		for range p.Limit {
			p.Send(p.Request(op, in, ""))
		}
	default:
		panic("no way to bring about " + condition)
	}
	return p.Send(req)
}

func (p *Prober) security(probe *contract.Probe) Answer {
	token, authorization := p.Token, ""
	switch probe.Condition {
	case "absent":
		token = ""
	case "garbage":
		token = "no token at all"
	case "damaged":
		token = token[:len(token)-2]
	case "expired":
		token = p.Login(p.Logins["expired"])
		p.Control("POST", "clock/advance", `{"by":"24h"}`)
	case "unscoped":
		token = p.Login(p.Logins["unscoped"])
	case "foreign":
		token = p.Foreign
	case "unknown-key":
		token, authorization = "", "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=00"
	case "scheme":
		token, authorization = "", "Basic dTpw"
	case "signature", "stale", "locked":
		return p.signed(probe)
	case "credentials":
		return p.login(p.Logins["credentials"])
	default:
		panic("no way to bring about " + probe.Condition)
	}
	req := p.Request(probe.Operation, probe.Input, "")
	if p.authorize(req, token); authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	return p.Send(req)
}

// signed sends requests that are signed with the key, by the mock's clock: the last in the given condition.
func (p *Prober) signed(probe *contract.Probe) Answer {
	now, err := time.Parse(time.RFC3339Nano, fmt.Sprint(p.Control("GET", "clock", "").At("/now")))
	if err != nil {
		panic(err)
	}
	send := func(secret string, at time.Time) Answer {
		req := p.Request(probe.Operation, probe.Input, "")
		p.authorize(req, "")
		body, err := io.ReadAll(req.Body)
		if err != nil {
			panic(err)
		}
		signing.Sign(req, body, p.Key.ID, secret, at)
		req.Body = io.NopCloser(bytes.NewReader(body))
		return p.Send(req)
	}
	switch probe.Condition {
	case "signature":
		return send(p.Key.Secret+"x", now)
	case "stale":
		return send(p.Key.Secret, now.Add(-time.Hour))
	}
	for range 6 {
		send(p.Key.Secret+"x", now)
	}
	return send(p.Key.Secret, now)
}

// Login gets a token; "" when there is none.
func (p *Prober) Login(body string) string { return p.login(body).Header.Get("X-Subject-Token") }

func (p *Prober) login(body string) Answer {
	for _, op := range p.Contract.Operations() {
		if op.Refusal("credentials") != nil {
			req := p.plain(op.Method, op.Path, []byte(body))
			p.authorize(req, "")
			return p.Send(req)
		}
	}
	panic("the contract issues no tokens")
}
