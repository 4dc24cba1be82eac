package conformance

import (
	"net/url"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// telling tells whether a request can be taken for one of an operation's from its address alone. A path of a
// single word that is about no resource is not enough: any other service may have the same.
func telling(op *contract.Operation) bool {
	literals := 0
	for segment := range strings.SplitSeq(strings.Trim(op.Path, "/"), "/") {
		if !strings.HasPrefix(segment, "{") {
			literals++
		}
	}
	return op.Effect != nil || literals > 1
}

// routed is the operation of a recorded request, with the parameters of its path and query; nil when there is
// none.
func routed(c *contract.Contract, method, address string) (*contract.Operation, contract.Input) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, contract.Input{}
	}
	m := c.Match(method, u.EscapedPath())
	if m.Operation == nil || !telling(m.Operation) {
		return nil, contract.Input{}
	}
	return m.Operation, contract.Input{Path: m.Path, Query: u.Query()}
}
