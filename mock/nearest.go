package mock

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
)

// Bounds of the search for operations that a request may have meant.
const (
	mostNear  = 3
	longPart  = 64 // bytes of a segment that is compared letter by letter
	farLength = 4  // segments by which a path may be longer or shorter
)

// miss is an operation that a request does not match, and by how much.
type miss struct {
	near     control.Near
	distance float64 // 1 for each segment that is wrong, ½ for the method
}

// nearest are the operations that a request without one comes nearest to, with what would have to change.
func nearest(c *contract.Contract, method, escapedPath string) []control.Near {
	got := strings.Split(strings.Trim(escapedPath, "/"), "/")
	for i, segment := range got {
		if plain, err := url.PathUnescape(segment); err == nil {
			got[i] = plain
		}
	}
	var misses []miss
	for _, op := range c.Operations() {
		m := miss{near: control.Near{Operation: op.ID, Method: op.Method, Path: op.Path, Position: op.Position.String()}}
		if m.compare(op, method, escapedPath, got) {
			misses = append(misses, m)
		}
	}
	slices.SortStableFunc(misses, func(a, b miss) int { return cmp.Compare(a.distance, b.distance) })
	out := []control.Near{}
	for _, m := range misses[:min(mostNear, len(misses))] {
		out = append(out, m.near)
	}
	return out
}

// compare is false for an operation that has nothing to do with the path.
func (m *miss) compare(op *contract.Operation, method, escapedPath string, got []string) bool {
	want := strings.Split(strings.Trim(op.Path, "/"), "/")
	extra := len(got) - len(want)
	if extra > farLength || extra < -farLength {
		return false
	}
	var why []string
	if at := extra; at > 0 && segmentsFit(want, got[at:]) {
		why = append(why, fmt.Sprintf("/%s stands before its path", strings.Join(got[:at], "/")))
		m.distance = 1
	} else {
		why = m.segments(want, got)
	}
	if len(why) == 0 && strings.HasSuffix(escapedPath, "/") != strings.HasSuffix(op.Path, "/") {
		why = append(why, "a slash at the end is one too many or missing")
		m.distance = 0.25
	}
	if method != op.Method {
		why = append(why, fmt.Sprintf("the method is %s, want %s", method, op.Method))
		m.distance += 0.5
	}
	m.near.Why = strings.Join(why, "; ")
	return m.distance <= max(1, float64(len(want))/2)
}

// segments compares two paths piece by piece.
func (m *miss) segments(want, got []string) []string {
	var why []string
	for i := range min(len(want), len(got)) {
		if d := apart(want[i], got[i]); d > 0 {
			m.distance += d
			why = append(why, fmt.Sprintf("segment %d is %.80q, want %s", i+1, got[i], want[i]))
		}
	}
	switch n := len(want); {
	case len(got) < n:
		why = append(why, fmt.Sprintf("/%s is missing at the end", strings.Join(want[len(got):], "/")))
	case len(got) > n:
		why = append(why, fmt.Sprintf("/%.80s at the end is too much", strings.Join(got[n:], "/")))
	}
	m.distance += float64(max(len(want)-len(got), len(got)-len(want)))
	return why
}

// apart is 0 for a segment that fits a piece of a template, up to 1 for one that has nothing of it.
func apart(want, got string) float64 {
	switch {
	case strings.HasPrefix(want, "{"):
		if got == "" {
			return 1
		}
		return 0
	case want == got:
		return 0
	case len(got) > longPart:
		return 1
	}
	return float64(contract.EditDistance(want, got)) / float64(max(len(want), len(got)))
}

func segmentsFit(want, got []string) bool {
	for i := range want {
		if apart(want[i], got[i]) > 0 {
			return false
		}
	}
	return true
}
