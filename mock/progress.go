package mock

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// Progress says how transient states end. The zero value ends them by time, at the pace of the contract.
type Progress struct {
	Default Policy
	ByEvent map[string]Policy // an operationId, an action or an event of time → how what it began ends
	Speed   float64           // how much faster than real the mock's clock runs; 0 = 1
	Instant bool              // transient states end right after the answer that reports them
}

// Policy is how one transient state ends.
type Policy struct {
	Kind  PolicyKind
	Reads int // ByReads: how often it is seen before it ends, at least 1
}

const maxSpeed = 1_000_000

// PolicyKind is the kind of a policy.
type PolicyKind int

// The kinds of policies.
const (
	ByTime  PolicyKind = iota // when the contract's duration is over
	ByReads                   // after it has been read a number of times
	ByHand                    // when the control API says so
)

// ParsePolicy reads time, reads:N or manual.
func ParsePolicy(text string) (Policy, error) {
	switch {
	case text == "time":
		return Policy{}, nil
	case text == "manual":
		return Policy{Kind: ByHand}, nil
	case strings.HasPrefix(text, "reads:"):
		if n, err := strconv.Atoi(text[len("reads:"):]); err == nil && n > 0 {
			return Policy{Kind: ByReads, Reads: n}, nil
		}
	}
	return Policy{}, fmt.Errorf("progress %q: want time, reads:N (N ≥ 1) or manual", text)
}

// Set adds one setting: POLICY for all events, or EVENT=POLICY for one.
func (p *Progress) Set(text string) error {
	event, rest, one := strings.Cut(text, "=")
	if !one {
		policy, err := ParsePolicy(text)
		p.Default = policy
		return err
	}
	policy, err := ParsePolicy(rest)
	if err != nil {
		return err
	}
	if p.ByEvent == nil {
		p.ByEvent = map[string]Policy{}
	}
	p.ByEvent[event] = policy
	return nil
}

// SetSpeed reads a factor such as 60 or 0.5, or instant.
func (p *Progress) SetSpeed(text string) error {
	if text == "instant" {
		p.Instant = true
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f > 0) || f > maxSpeed {
		return fmt.Errorf("speed %q: want a factor above 0 up to 1000000, or instant", text)
	}
	p.Speed = f
	return nil
}

// check holds a policy to what there is.
func (p Policy) check() error {
	switch {
	case p.Kind != ByTime && p.Kind != ByReads && p.Kind != ByHand:
		return fmt.Errorf("kind %d: want ByTime, ByReads or ByHand", p.Kind)
	case p.Kind == ByReads && p.Reads < 1:
		return fmt.Errorf("%d reads: want at least 1", p.Reads)
	}
	return nil
}

func (p Progress) of(event string) Policy {
	if policy, ok := p.ByEvent[event]; ok {
		return policy
	}
	return p.Default
}

// takes is how long a transient state lasts under the clock of the mock.
func (p Progress) takes(passage *contract.Passage) time.Duration {
	if p.Instant {
		return 0
	}
	return passage.Takes
}

// check holds speed and policies to what there is, and the names of events to the contract.
func (p Progress) check(c *contract.Contract) error {
	if !(p.Speed >= 0) || p.Speed > maxSpeed {
		return fmt.Errorf("speed %g: want a factor above 0 up to %d, or 0 for 1", p.Speed, maxSpeed)
	}
	if err := p.Default.check(); err != nil {
		return fmt.Errorf("progress: %w", err)
	}
	known := []string{contract.OnTimer, contract.OnTurn, contract.OnFault}
	for _, rt := range c.Resources() {
		if rt.Create != nil {
			known = append(known, rt.Create.ID)
		}
		for _, e := range rt.Events() {
			known = append(known, e.Name)
		}
	}
	for _, event := range sortedKeys(p.ByEvent) {
		if !slices.Contains(known, event) {
			return fmt.Errorf("progress: event %q is not in the contract; it knows %v", event, known)
		}
		if err := p.ByEvent[event].check(); err != nil {
			return fmt.Errorf("progress of %s: %w", event, err)
		}
	}
	return nil
}
