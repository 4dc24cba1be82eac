package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// timerChecks judge what happens when a resource's time runs out.
func (r *runner) timerChecks() []Check {
	if r.kind.Lifecycle.Timer == nil || r.kind.PointerOf("deadline") == "" {
		return nil
	}
	var out []Check
	read, update := r.operation(contract.Read), r.operation(contract.Update)
	out = append(out,
		r.kindCheck("lifecycle", "timer/shown", "the end of the timer is shown while it runs, and only then, and the seconds that are left fit it", read, (*trial).timerShown),
		r.kindCheck("lifecycle", "timer/starts-with-the-run", "the timer starts when the run starts, and again with every start", read, (*trial).timerStarts))
	if update != nil {
		out = append(out, r.kindCheck("lifecycle", "timer/stays", "an update of something else does not move the timer", update, (*trial).timerStays))
	}
	fires := r.kindCheck("lifecycle", "timer/fires", "the resource stops when its time is over, not before", read, (*trial).timerFires)
	fires.Claim = claimTime
	for i := range out {
		out[i].Level = Should // read from the arithmetic of the examples
	}
	return append(out, fires)
}

// running brings an instance with a running timer into the timer's state, by a fresh start.
func (t *trial) running() (*instance, error) {
	in, err := t.drive(0, t.kind.Lifecycle.Timer.In)
	if err == nil && t.reset(in) {
		if err = t.retire(in); err == nil {
			in, err = t.drive(0, t.kind.Lifecycle.Timer.In)
		}
	}
	if err != nil {
		return nil, err
	}
	if t.number(in, t.kind.PointerOf("deadline")) == 0 {
		return in, t.noTimer(in)
	}
	return in, nil
}

// reset tells whether the timer is shown otherwise than the create set it: an update has changed it, or
// switched it off.
func (t *trial) reset(in *instance) bool {
	seconds := t.kind.Lifecycle.Timer.Seconds
	parent := seconds[:lastSlash(seconds)] + "/"
	return slices.ContainsFunc(t.kind.Kept(in.sent), func(pointer string) bool {
		return strings.HasPrefix(pointer, parent) && !same(contract.Value(in.sent, pointer), contract.Value(in.shown, pointer))
	})
}

func (t *trial) noTimer(in *instance) error {
	if contract.Value(in.sent, t.kind.Lifecycle.Timer.Seconds) == nil {
		return skip("the documented create sets no timer")
	}
	t.expectf(false, t.kind.PointerOf("deadline")+" is shown in state "+in.state, "it is missing")
	return nil
}

func (t *trial) number(in *instance, pointer string) int64 {
	n, ok := contract.Value(in.shown, pointer).(json.Number)
	if !ok {
		return 0
	}
	i, _ := n.Int64()
	return i
}

func (t *trial) timerShown() error {
	in, err := t.running()
	if err != nil || t.failed {
		return err
	}
	deadline, left := t.kind.PointerOf("deadline"), t.kind.PointerOf("left")
	seconds, _ := contract.Value(in.shown, t.kind.Lifecycle.Timer.Seconds).(json.Number)
	total, _ := seconds.Int64()
	end, remaining := t.number(in, deadline), t.number(in, left)
	t.expectf(end > 1e12 && end < 1e14, deadline+" is a time in milliseconds", "%s is %d", deadline, end)
	t.expectf(remaining > 0 && remaining <= total, fmt.Sprintf("%s is between 1 and %d", left, total), "%s is %d", left, remaining)
	if t.control != nil {
		if err := t.remainder(in, end, left); err != nil {
			return err
		}
		remaining = t.number(in, left)
		if err := t.control.advance(t.ctx, "90s"); err != nil {
			return skip("%v", err)
		}
		if _, err := t.look(in); err != nil {
			return err
		}
		t.expectf(t.number(in, left) == remaining-90, fmt.Sprintf("%s is %d after 90 seconds", left, remaining-90), "%s is %d", left, t.number(in, left))
		t.expectf(t.number(in, deadline) == end, fmt.Sprintf("%s stays %d", deadline, end), "%s is %d", deadline, t.number(in, deadline))
	}
	if err := t.onward(in); err != nil {
		return err
	}
	if in.state != t.kind.Lifecycle.Timer.In {
		t.expectf(t.number(in, deadline) == 0, deadline+" is not shown in state "+in.state, "%s is %d", deadline, t.number(in, deadline))
	}
	return nil
}

// remainder moves the clock by half a second, and holds the seconds that are left to it: they are rounded up.
func (t *trial) remainder(in *instance, end int64, left string) error {
	if err := t.control.advance(t.ctx, "500ms"); err != nil {
		return skip("%v", err)
	}
	if _, err := t.look(in); err != nil {
		return err
	}
	now, err := t.control.now(t.ctx)
	if err != nil {
		return skip("%v", err)
	}
	want := (end - now.UnixMilli() + 999) / 1000
	t.expectf(t.number(in, left) == want, fmt.Sprintf("%s is %d, rounded up", left, want), "%s is %d", left, t.number(in, left))
	return nil
}

func (t *trial) timerStarts() error {
	in, err := t.running()
	if err != nil || t.failed {
		return err
	}
	deadline := t.kind.PointerOf("deadline")
	before := t.number(in, deadline)
	if t.control != nil {
		err = t.control.advance(t.ctx, "60s")
	} else {
		err = pause(t.ctx, 5*time.Millisecond) // so that the new end cannot be in the same millisecond
	}
	if err != nil {
		return skip("%v", err)
	}
	for range 4 {
		if err := t.onward(in); err != nil {
			return err
		}
		if in.state == t.kind.Lifecycle.Timer.In {
			break
		}
	}
	if in.state != t.kind.Lifecycle.Timer.In {
		return skip("no way leads back to %s", t.kind.Lifecycle.Timer.In)
	}
	t.expectf(t.number(in, deadline) > before, deadline+" is later after a new start", "it was %d and is %d", before, t.number(in, deadline))
	return nil
}

func (t *trial) timerStays() error {
	in, err := t.running()
	if err != nil || t.failed {
		return err
	}
	deadline, update := t.kind.PointerOf("deadline"), t.operation(contract.Update)
	before := t.number(in, deadline)
	input, err := update.DocumentedInput()
	if err != nil {
		return err
	}
	if t.control != nil {
		if err := t.control.advance(t.ctx, "60s"); err != nil {
			return skip("%v", err)
		}
	}
	if r := t.fireInput(in, update, input, nil); !r.ok() {
		return skip("set-up: %s is refused: %s", update.ID, t.describe(r))
	}
	if _, err := t.look(in); err != nil {
		return err
	}
	t.expectf(t.number(in, deadline) == before, fmt.Sprintf("%s stays %d", deadline, before), "%s is %d", deadline, t.number(in, deadline))
	return nil
}

func (t *trial) timerFires() error {
	if err := t.unclaimed(claimTime); err != nil {
		return err
	}
	in, r, err := t.make(0, nil)
	if err != nil {
		return err
	}
	if in == nil {
		return skip("set-up: %s is refused: %s %s", t.kind.Create.ID, t.describe(r), shortBody(r))
	}
	defer t.dispose(in)
	if err := t.settle(in, ""); err != nil {
		return err
	}
	timer := t.kind.Lifecycle.Timer
	if in.state != timer.In {
		return skip("it came to %s, not to %s", in.state, timer.In)
	}
	left := t.number(in, t.kind.PointerOf("left"))
	if left == 0 {
		return t.noTimer(in)
	}
	for _, step := range []struct {
		by    int64
		there bool
	}{{left - 1, true}, {2, false}} {
		if err := t.control.advance(t.ctx, fmt.Sprintf("%ds", step.by)); err != nil {
			return skip("%v", err)
		}
		if _, err := t.look(in); err != nil {
			return err
		}
		if step.there {
			t.expectf(in.state == timer.In, "still "+timer.In+" a second before its time", "it is %s", in.state)
		} else {
			t.expectf(in.state != timer.In, "no longer "+timer.In+" when its time is over", "it is %s", in.state)
		}
	}
	return nil
}
