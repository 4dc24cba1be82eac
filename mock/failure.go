package mock

import (
	"slices"

	"github.com/tallystick/tallystick/contract"
)

// failure lets transient states fail that an event begins.
type failure struct {
	event  string
	tenant string // "" for everybody's
	name   string // of the one resource, by the member that no two share; "" for any
	reason string // code; "" for that of the table
	left   int
}

// takeFailure uses up one failure that was asked for, the oldest that fits.
func (w *world) takeFailure(r *record, event string) bool {
	for i, f := range w.failures {
		if f.event != event || (f.tenant != "" && f.tenant != r.Tenant) || (f.name != "" && f.name != r.uniqueValue()) {
			continue
		}
		if f.reason != "" {
			known := w.contract.Reasons(r.kind, event)
			at := slices.IndexFunc(known, func(e *contract.Error) bool { return e.Ref == f.reason })
			if at < 0 {
				continue // it was asked for another kind of resource
			}
			r.reason = known[at]
		}
		w.touchHead(headFailures)
		if f.left--; f.left == 0 {
			w.failures = slices.Delete(w.failures, i, i+1)
		}
		return true
	}
	return false
}

// failable are the events of rows whose transient state may fail.
func (w *world) failable() []string {
	var out []string
	for _, rt := range w.contract.Resources() {
		if rt.Lifecycle == nil {
			continue
		}
		for _, row := range rt.Lifecycle.Rows {
			if row.Fails == nil {
				continue
			}
			for _, event := range row.On {
				if !slices.Contains(out, event) { // several rows may be about one
					out = append(out, event)
				}
			}
		}
	}
	return out
}
