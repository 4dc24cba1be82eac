package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 256 << 20

// callTime is how long a call without a client of its own may take.
const callTime = 30 * time.Second

// Client drives the control API of one mock. Its zero value is not usable; it is safe for concurrent use as
// long as its fields stay.
type Client struct {
	Base string       // URL of the mock, such as http://127.0.0.1:8080
	HTTP *http.Client // nil for one with a timeout of 30 s

	Sandbox string // of which world the calls are; "" for the one without a name
}

// Error is a call that the mock refused.
type Error struct {
	Method, Path string
	Status       int
	Text         string // what is wrong, and what would be right
}

func (e *Error) Error() string {
	return fmt.Sprintf("control %s %s: %d %s", e.Method, e.Path, e.Status, e.Text)
}

// Health asks whether the mock lives.
func (c *Client) Health(ctx context.Context) (Health, error) {
	return get[Health](ctx, c, "health")
}

// Reset puts everything back to the start.
func (c *Client) Reset(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "reset", nil, nil)
}

// Clock reads the clock.
func (c *Client) Clock(ctx context.Context) (Clock, error) { return get[Clock](ctx, c, "clock") }

// SetClock moves the clock forward to a time.
func (c *Client) SetClock(ctx context.Context, to time.Time) (Clock, error) {
	return send[Clock](ctx, c, http.MethodPut, "clock", Time{to})
}

// Advance moves the clock on by a duration of 0 or more.
func (c *Client) Advance(ctx context.Context, by time.Duration) (Clock, error) {
	return send[Clock](ctx, c, http.MethodPost, "clock/advance", Advance{By: by.String()})
}

// AdvanceToNext moves the clock on to the next thing that happens by itself; an *Error when there is none.
func (c *Client) AdvanceToNext(ctx context.Context) (Clock, error) {
	return send[Clock](ctx, c, http.MethodPost, "clock/advance", Advance{To: "next"})
}

// Freeze stops the clock.
func (c *Client) Freeze(ctx context.Context) (Clock, error) {
	return send[Clock](ctx, c, http.MethodPost, "clock/freeze", nil)
}

// Resume lets the clock go on.
func (c *Client) Resume(ctx context.Context) (Clock, error) {
	return send[Clock](ctx, c, http.MethodPost, "clock/resume", nil)
}

// Resources lists all resources of all tenants.
func (c *Client) Resources(ctx context.Context) ([]Resource, error) {
	all, err := get[Resources](ctx, c, "resources")
	return all.Resources, err
}

// SetState forces a resource into a state.
func (c *Client) SetState(ctx context.Context, tenant, id, state string) (Resource, error) {
	return send[Resource](ctx, c, http.MethodPut, resourcePath(tenant, id, "state"), State{State: state})
}

// Finish ends the transient state of a resource, or serves its turn.
func (c *Client) Finish(ctx context.Context, tenant, id string) (Resource, error) {
	return send[Resource](ctx, c, http.MethodPost, resourcePath(tenant, id, "finish"), nil)
}

// Fail lets the platform fail a resource.
func (c *Client) Fail(ctx context.Context, tenant, id string) (Resource, error) {
	return send[Resource](ctx, c, http.MethodPost, resourcePath(tenant, id, "fault"), nil)
}

// Limits tells the quota and the rate limit that hold, in the form in which SetLimits takes them. A quota that is
// nil is the contract's own.
func (c *Client) Limits(ctx context.Context) (Limits, error) {
	return get[Limits](ctx, c, "limits")
}

// SetLimits changes quota and rate limit.
func (c *Client) SetLimits(ctx context.Context, l Limits) error {
	return c.call(ctx, http.MethodPut, "limits", l, nil)
}

// Given lists the conditions of the world.
func (c *Client) Given(ctx context.Context) (Given, error) { return get[Given](ctx, c, "given") }

// Give makes a condition hold.
func (c *Client) Give(ctx context.Context, name string) (Given, error) {
	return send[Given](ctx, c, http.MethodPut, "given/"+url.PathEscape(name), nil)
}

// Take takes a condition away.
func (c *Client) Take(ctx context.Context, name string) (Given, error) {
	return send[Given](ctx, c, http.MethodDelete, "given/"+url.PathEscape(name), nil)
}

// Catalogue lists the entries of the contract's catalogues, as SCHEMA/KEY.
func (c *Client) Catalogue(ctx context.Context) ([]string, error) {
	all, err := get[Catalogue](ctx, c, "catalogue")
	return all.Entries, err
}

// PatchCatalogue changes an entry by a JSON merge patch.
func (c *Client) PatchCatalogue(ctx context.Context, schema, key string, patch map[string]any) (Entry, error) {
	return send[Entry](ctx, c, http.MethodPatch, "catalogue/"+url.PathEscape(schema)+"/"+url.PathEscape(key), patch)
}

func resourcePath(tenant, id, what string) string {
	return "resources/" + url.PathEscape(tenant) + "/" + url.PathEscape(id) + "/" + what
}

func get[T any](ctx context.Context, c *Client, path string) (T, error) {
	return send[T](ctx, c, http.MethodGet, path, nil)
}

func send[T any](ctx context.Context, c *Client, method, path string, body any) (T, error) {
	var out T
	err := c.call(ctx, method, path, body, &out)
	return out, err
}

// call sends one call, and decodes the answer into what is given, if anything is.
func (c *Client) call(ctx context.Context, method, path string, body, into any) error {
	data, err := c.exchange(ctx, method, path, body)
	if err != nil || into == nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("control %s %s: the answer: %w", method, path, err)
	}
	return nil
}

// exchange sends one call, and gives the body of an answer that is no refusal.
func (c *Client) exchange(ctx context.Context, method, path string, body any) ([]byte, error) {
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body) // a json.RawMessage stays what it is
		if err != nil {
			return nil, fmt.Errorf("control %s %s: the body: %w", method, path, err)
		}
		content = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.Base, "/")+Prefix+path, content)
	if err != nil {
		return nil, fmt.Errorf("control %s %s: %w", method, path, err)
	}
	if c.Sandbox != "" {
		req.Header.Set(SandboxHeader, c.Sandbox)
	}
	client := c.HTTP
	if client == nil {
		client = &http.Client{Timeout: callTime}
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("control: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("control %s %s: the answer: %w", method, path, err)
	}
	if len(data) > maxAnswer {
		return nil, fmt.Errorf("control %s %s: the answer has more than %d bytes", method, path, maxAnswer)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		var refusal Refusal
		if json.Unmarshal(data, &refusal) != nil || refusal.Error == "" {
			refusal.Error = string(data[:min(len(data), 200)])
		}
		return nil, &Error{Method: method, Path: path, Status: resp.StatusCode, Text: refusal.Error}
	}
	return data, nil
}
