package mock

import (
	"math"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

func TestOptionsThatAreRefused(t *testing.T) {
	one := Auth{Tokens: []Token{{"s3cr3t", "p"}, {"s3cr3t", "q"}}}
	for name, row := range map[string]struct {
		option Option
		want   string
	}{
		"no clock":        {WithNow(nil), "WithNow: the function is nil"},
		"no ids":          {WithIDs(nil), "WithIDs: the function is nil"},
		"no log":          {WithLog(nil), "WithLog: the logger is nil"},
		"no option":       {nil, "option 1 is nil"},
		"speed below 0":   {WithProgress(Progress{Speed: -5}), "speed -5: want"},
		"speed too high":  {WithProgress(Progress{Speed: 1e9}), "speed 1e+09: want"},
		"speed none":      {WithProgress(Progress{Speed: math.NaN()}), "speed NaN: want"},
		"no reads":        {WithProgress(Progress{Default: Policy{Kind: ByReads}}), "progress: 0 reads: want at least 1"},
		"no reads of one": {WithProgress(Progress{ByEvent: map[string]Policy{"start": {Kind: ByReads}}}), "progress of start: 0 reads"},
		"no such kind":    {WithProgress(Progress{Default: Policy{Kind: 7}}), "progress: kind 7: want ByTime, ByReads or ByHand"},
		"two projects":    {WithAuth(one), "token 2 has the value of token 1, but another project: p and q"},
	} {
		_, err := New(contract.Default(), row.option)
		if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v, want %s", name, err, row.want)
		}
	}
	if _, err := New(nil); err == nil || !strings.Contains(err.Error(), "the contract is nil") {
		t.Errorf("no contract: %v", err)
	}
	if _, err := New(contract.Default(), WithAuth(Auth{Tokens: []Token{{"t", "p"}, {"t", "p"}}})); err != nil {
		t.Errorf("the same token twice: %v", err)
	}
}

// Ids tell nothing of the machine: they have the form of version 1, with a node that is made up.
func TestIDsKeepTheMachineSecret(t *testing.T) {
	a, b := newUUID(), newUUID()
	if a == b || a[14] != '1' {
		t.Errorf("%s and %s", a, b)
	}
	if a[24:] != b[24:] || !strings.ContainsRune("13579bdf", rune(a[25])) {
		t.Errorf("the node of %s is no random one", a)
	}
}
