package mock

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
)

// hiddenPaths tell by path template which segments hold a secret parameter: an operationId may stand twice. Templates
// without any are not in it.
type hiddenPaths map[string][]bool

// hidePaths finds the parameters that the contract marks, and those whose names say it.
func hidePaths(c *contract.Contract) hiddenPaths {
	places, err := fixtures.NewPlaces(c)
	out := hiddenPaths{}
	for _, op := range c.Operations() {
		if !strings.Contains(op.Path, "{") {
			continue
		}
		marked := op.Secrets().Path
		var segments []bool
		for segment := range strings.SplitSeq(op.Path, "/") {
			segments = append(segments, slices.ContainsFunc(namesIn(segment), func(name string) bool {
				return slices.Contains(marked, name) || (err == nil && places.Query(name))
			}))
		}
		for i, hidden := range out[op.Path] { // by another method
			segments[i] = segments[i] || hidden
		}
		if slices.Contains(segments, true) {
			out[op.Path] = segments
		}
	}
	return out
}

// namesIn are the parameters in a segment of a path template.
func namesIn(segment string) []string {
	var out []string
	for _, part := range strings.Split(segment, "{")[1:] {
		if name, _, ok := strings.Cut(part, "}"); ok {
			out = append(out, name)
		}
	}
	return out
}

// hiddenText stands for a secret, as in the journal.
const hiddenText = "REDACTED"

// shown is the path of a URL without its secrets. A base path may stand before that of the operation.
func (h hiddenPaths) shown(op *contract.Operation, u *url.URL) string {
	if len(h) == 0 || (op != nil && h[op.Path] == nil) {
		return u.Path
	}
	parts := strings.Split(u.EscapedPath(), "/") // a secret may have a / of its own
	if op == nil {
		h.coverAny(parts)
	} else {
		cover(parts, h[op.Path], len(parts)-len(h[op.Path]))
	}
	return strings.Join(parts, "/")
}

// coverAny covers secrets in a path that leads to no operation: it may lead to one with another method, or go on
// where that ends.
func (h hiddenPaths) coverAny(parts []string) {
	whole := slices.Clone(parts)
	for template, hidden := range h {
		segments := strings.Split(template, "/")
		for at := range whole {
			if begins(whole[at:], segments[:1+slices.Index(hidden, true)], at == 0) {
				cover(parts, hidden, at)
			}
		}
	}
}

// begins tells whether a path has the fixed segments of a template, as far as it goes. One without any could be
// anything, and is looked for at the beginning only.
func begins(parts, segments []string, first bool) bool {
	if len(parts) < len(segments) {
		return false
	}
	fixed := first
	for i, segment := range segments[1:] {
		if len(namesIn(segment)) > 0 {
			continue
		}
		if parts[i+1] != segment {
			return false
		}
		fixed = true
	}
	return fixed
}

// cover puts what stands for a secret in its place; the segments of the template begin at one of the path.
func cover(parts []string, hidden []bool, at int) {
	for i, secret := range hidden {
		if secret && at+i > 0 && at+i < len(parts) {
			parts[at+i] = hiddenText
		}
	}
}
