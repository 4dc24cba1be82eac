package mock

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
)

// hiddenPaths tell by operationId which segments of a path hold a secret parameter. Operations without any are
// not in it.
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
		if slices.Contains(segments, true) {
			out[op.ID] = segments
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
	if op == nil || h[op.ID] == nil {
		return u.Path
	}
	hidden, parts := h[op.ID], strings.Split(u.EscapedPath(), "/") // a secret may have a / of its own
	for i := range hidden {
		if at := len(parts) - len(hidden) + i; hidden[i] && at > 0 {
			parts[at] = hiddenText
		}
	}
	return strings.Join(parts, "/")
}
