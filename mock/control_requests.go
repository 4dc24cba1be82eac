package mock

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/mock/control"
)

const usualLimit = 100 // requests in a list

// look is what the journal of the call's world holds, and what shows it.
func (c *call) look() (reading, view, error) {
	j, err := c.journal()
	if err != nil {
		return reading{}, view{}, err
	}
	redactor, r, err := c.world.reader(j)
	return r, view{redactor}, err
}

func (c *call) journal() (*journal, error) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	if j := c.world.journal; j != nil {
		return j, nil
	}
	return nil, badControl{http.StatusConflict, "the journal is off; start the mock with --journal and --journal-bytes above 0, or without them"}
}

// selection are those entries that the call's query lets through.
func (c *call) selection(entries []*entry) ([]*entry, error) {
	f := c.filter()
	c.world.mu.Lock()
	played := c.world.contract
	c.world.mu.Unlock()
	if err := f.check(played, entries); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(entries, func(e *entry) bool { return !f.lets(e) }), nil
}

// filter says which entries are wanted; empty members want any.
type filter struct {
	operation, method, status, code, path, verdict string
	since, before                                  int64
}

func (c *call) filter() filter {
	return filter{c.text("operation"), strings.ToUpper(c.text("method")), c.text("status"), c.text("code"), c.text("path"), c.text("verdict"),
		c.number("since"), c.number("before")}
}

func (f filter) lets(e *entry) bool {
	operation := e.operationID()
	if operation == "" {
		operation = control.Unmatched
	}
	return (f.operation == "" || f.operation == operation) && (f.method == "" || f.method == e.method) &&
		(f.status == "" || e.hasStatus(f.status)) && (f.code == "" || e.has(f.code)) && strings.HasPrefix(e.escapedPath(), f.path) &&
		(f.verdict == "" || f.verdict == e.verdict()) && e.sequence > f.since && (f.before == 0 || e.sequence < f.before)
}

// text is a parameter of the query; "" when it is absent.
func (c *call) text(name string) string {
	text, _ := c.query[name].(string)
	return text
}

// number is a parameter of the query, whose schema wants an integer; 0 when it is absent.
func (c *call) number(name string) int64 {
	if c.query[name] == nil {
		return 0
	}
	n, _ := strconv.ParseInt(fmt.Sprint(c.query[name]), 10, 64) // the schema bounds it
	return n
}

func (c *call) listRequests() (any, error) {
	r, v, err := c.look()
	if err != nil {
		return nil, err
	}
	entries, err := c.selection(r.entries)
	if err != nil {
		return nil, err
	}
	out := control.Requests{Requests: []control.Request{}, Matched: len(entries), Forgotten: r.forgotten}
	if c.text("order") == "newest" {
		slices.Reverse(entries)
	}
	limit := int(c.number("limit"))
	if limit == 0 {
		limit = usualLimit
	}
	for _, e := range entries[:min(limit, len(entries))] {
		out.Requests = append(out.Requests, v.summary(e))
	}
	return out, nil
}

func (c *call) countRequests() (any, error) {
	j, err := c.journal()
	if err != nil {
		return nil, err
	}
	all, forgotten := j.all()
	entries, err := c.selection(all)
	return control.Count{Count: len(entries), Forgotten: forgotten}, err
}

func (c *call) forgetRequests() (any, error) {
	j, err := c.journal()
	if err != nil {
		return nil, err
	}
	j.clear()
	return control.Done{Status: "ok"}, nil
}

func (c *call) exportRequests() (any, error) {
	j, err := c.journal()
	if err != nil {
		return nil, err
	}
	r, v, err := c.look()
	if err != nil {
		return nil, err
	}
	entries, err := c.selection(r.entries)
	if err != nil {
		return nil, err
	}
	data, err := v.har(j, entries)
	return raw{"application/json", data}, err
}

// named is the newest entry with the id in the path.
func (c *call) named() (*entry, view, error) {
	r, v, err := c.look()
	if err != nil {
		return nil, v, err
	}
	id := c.path["id"]
	for _, e := range slices.Backward(r.entries) {
		if e.id == id {
			return e, v, nil
		}
	}
	return nil, v, badControl{http.StatusNotFound, fmt.Sprintf("the journal has no request %.100q; it keeps the last %d, and %d older ones gave way",
		id, len(r.entries), r.forgotten)}
}

func (c *call) showRequest() (any, error) {
	e, v, err := c.named()
	if err != nil {
		return nil, err
	}
	return v.exchange(e), nil
}

// explainRequest answers JSON, and text to those who accept it and no JSON.
func (c *call) explainRequest() (any, error) {
	e, v, err := c.named()
	if err != nil {
		return nil, err
	}
	x, err := v.explain(e)
	if accept := c.request.Header.Get("Accept"); err == nil && strings.Contains(accept, "text/plain") && !strings.Contains(accept, "json") {
		return raw{"text/plain; charset=UTF-8", []byte(x.String())}, nil
	}
	return x, err
}
