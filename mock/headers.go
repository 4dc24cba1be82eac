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

// lineOf is http.Header.Get for a name that is known to be canonical.
func lineOf(h http.Header, name string) string {
	if lines := h[name]; len(lines) > 0 {
		return lines[0]
	}
	return ""
}

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// headers knows which of them the contract documents at all.
type headers struct {
	names  []string // as net/http has them
	values []func(*exchange) string
}

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
			x.names, x.values = append(x.names, http.CanonicalHeaderKey(name)), append(x.values, headerHooks[name])
		}
	}
	return x
}

func (x *headers) set(h http.Header, c *exchange) {
	for i, name := range x.names {
		if value := x.values[i](c); value != "" {
			h[name] = c.line(value)
		}
	}
}

// line is a value of a header. Those of an exchange share their memory, which is not used again: whoever has the
// answer's header may look at it later, as tests do.
func (c *exchange) line(value string) []string {
	if len(c.lines) == cap(c.lines) {
		c.lines = make([]string, 0, 4)
	}
	c.lines = append(c.lines, value)
	return c.lines[len(c.lines)-1 : len(c.lines) : len(c.lines)]
}

// calls counts the calls of each tenant in the window that runs. Windows begin for all tenants at once, so
// that what was counted in the last one can be forgotten. The world's lock guards it.
type calls struct {
	until time.Time // end of the window
	of    map[string]int
}

// maxCounted bounds the tenants that are counted: their names are the clients' to choose.
const maxCounted = 100_000

// count counts a call of a tenant and tells how many it has made.
func (k *calls) count(tenantID string, window time.Duration, now time.Time) int {
	if k.of == nil || !now.Before(k.until) {
		k.until, k.of = now.Truncate(window).Add(window), map[string]int{}
	}
	if _, known := k.of[tenantID]; !known && len(k.of) >= maxCounted {
		for other := range k.of { // any: that it may make more calls harms less than a map without an end
			delete(k.of, other)
			break
		}
	}
	k.of[tenantID]++
	return k.of[tenantID]
}

// count counts a call against the rate limit of a tenant.
func (s *server) count(c *exchange, tenantID string, limit RateLimit, now time.Time) error {
	k := &c.world.calls
	c.world.touchHead(headRate)
	c.used, c.window = k.count(tenantID, windows[limit.Window], now), limit
	if c.used > limit.Calls && c.tampering.condition(c.operation, "rate") != "" {
		c.retry = k.until.Sub(now)
		return refusedFor(s.contract.WireRefusal("rate"), http.StatusTooManyRequests, "the rate limit is reached")
	}
	return nil
}
