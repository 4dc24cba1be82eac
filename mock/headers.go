package mock

import (
	"net/http"
	"strconv"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// headerHooks say what the response headers of this API mean: OpenAPI has only their names. A header is
// sent where an operation documents it.
var headerHooks = map[string]func(*exchange) string{
	"X-request-id": func(c *exchange) string { return c.id },
	"X-ratelimit":  func(c *exchange) string { return positive(c.window.Calls) },
	"X-ratelimit-used": func(c *exchange) string {
		if c.window.Calls == 0 {
			return ""
		}
		return strconv.Itoa(min(c.used, c.window.Calls))
	},
	"X-ratelimit-window": func(c *exchange) string { return c.window.Window },
	"Retry-After": func(c *exchange) string {
		return positive(int((c.retry + time.Second - 1) / time.Second))
	},
}

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// headers knows which of them the contract documents at all.
type headers struct{ names []string }

func newHeaders(c *contract.Contract) *headers {
	documented := map[string]bool{}
	for _, op := range c.Operations() {
		for _, r := range op.Responses {
			for _, h := range r.Headers {
				documented[h.Name] = true
			}
		}
	}
	x := &headers{}
	for _, name := range sortedKeys(headerHooks) {
		if documented[name] {
			x.names = append(x.names, name)
		}
	}
	return x
}

func (x *headers) set(h http.Header, c *exchange) {
	for _, name := range x.names {
		if value := headerHooks[name](c); value != "" {
			h.Set(name, value)
		}
	}
}

// count counts a call against the rate limit of a tenant.
func (s *server) count(c *exchange, t *tenant, limit RateLimit, now time.Time) error {
	if !now.Before(t.until) {
		t.until, t.calls = now.Truncate(windows[limit.Window]).Add(windows[limit.Window]), 0
	}
	t.calls++
	c.used, c.window = t.calls, limit
	if t.calls > limit.Calls {
		c.retry = t.until.Sub(now)
		return refusedFor(s.contract.WireRefusal("rate"), http.StatusTooManyRequests, "the rate limit is reached")
	}
	return nil
}
