package otherserver

import (
	"slices"
	"time"
)

// The states that a notebook of this server can be in.
const (
	starting   = "STARTING"
	running    = "RUNNING"
	stopping   = "STOPPING"
	stopped    = "STOPPED"
	restarting = "RESTARTING"
	queuing    = "START_QUEUING"
	ready      = "READY_TO_START"
)

// reaction is what an action leads to: a state, or the code of a refusal.
type reaction struct{ state, code string }

func to(state string) reaction { return reaction{state: state} }
func no(code string) reaction  { return reaction{code: "ModelArts." + code} }

// reactions are, by state and action, what happens. What is not here is refused as impossible right now.
var reactions = map[string]map[string]reaction{
	starting: {"start": no("6306"), "stop": no("6306"), "restart": no("6306")},
	running:  {"start": no("6305"), "stop": to(stopping), "restart": to(restarting)},
	stopping: {"start": no("6308"), "stop": no("6308"), "restart": no("6308")},
	stopped:  {"start": to(starting), "restart": no("6327"), "queue": to(queuing)},
	queuing:  {"restart": no("6327"), "dequeue": to(stopped)},
	ready:    {"start": to(starting), "restart": no("6327"), "dequeue": to(stopped)},
}

// undeletable are the states in which a notebook stays, with the reason.
var undeletable = map[string]string{
	starting:   "ModelArts.6306",
	running:    "ModelArts.6304",
	stopping:   "ModelArts.6304",
	restarting: "ModelArts.6304",
	queuing:    "ModelArts.6357",
	ready:      "ModelArts.6357",
}

func (s *server) react(i *instance, action string) reaction {
	switch {
	case i.state == stopped && action == "queue" && !i.flavor.free:
		return reaction{code: "ModelArts.6336"}
	case i.state == running && action == "start" && s.broken("start-on-running-accepted"):
		return to(starting)
	case i.state == stopped && action == "stop" && s.broken("stop-on-stopped-accepted"):
		return to(stopped)
	case i.state == starting && action == "stop" && s.broken("stop-while-starting-works"):
		return to(stopping)
	}
	r, ok := reactions[i.state][action]
	if !ok {
		return no("6357")
	}
	return r
}

// enter puts a notebook into a state at a time.
func (s *server) enter(i *instance, state string, at time.Time) {
	i.state, i.deadline = state, time.Time{}
	switch state {
	case starting:
		i.until = at.Add(s.takes.Starting)
	case stopping:
		i.until = at.Add(s.takes.Stopping)
	case restarting:
		i.until = at.Add(s.takes.Restarting)
	case queuing:
		i.until = at.Add(s.takes.Queuing)
	case running:
		if s.broken("auto-stop-at-creation") {
			at = i.created
		}
		i.plan(at)
	}
}

// plan sets when a running notebook stops by itself, counted from a time.
func (i *instance) plan(from time.Time) {
	i.deadline = time.Time{}
	if i.autoStop.enable {
		i.deadline = from.Add(time.Duration(*i.autoStop.duration) * time.Second)
	}
}

// settle lets happen what time has brought about since a notebook was last looked at.
func (s *server) settle(i *instance, now time.Time) {
	next := map[string]string{starting: running, restarting: running, stopping: stopped, queuing: ready}
	if s.broken("restart-is-stop") {
		next[restarting] = stopped
	}
	for {
		after, transient := next[i.state]
		switch {
		case transient:
			stuck := i.state == stopping && s.broken("stop-stuck") || i.state == starting && s.broken("create-stuck")
			if now.Before(i.until) || stuck {
				return
			}
			s.enter(i, after, i.until)
		case i.state == running && !i.deadline.IsZero() && !now.Before(i.deadline) && !s.broken("auto-stop-never"):
			s.enter(i, stopping, i.deadline)
		default:
			return
		}
	}
}

func (s *server) act(c *call) (any, *refusal) {
	i, refusal := s.find(c)
	if refusal != nil {
		return nil, refusal
	}
	f := &form{broken: s.broken}
	body, refusal := f.members(c)
	if refusal != nil {
		return nil, refusal
	}
	if !s.broken("action-optional") {
		f.need(body, "action")
	}
	action, ok := f.text(body, "action")
	known := slices.Contains([]string{"start", "stop", "restart", "queue", "dequeue"}, action)
	if ok && !known && !s.broken("action-enum-ignored") {
		f.note("ModelArts.6336", "action")
	}
	if refusal := f.verdict(); refusal != nil {
		return nil, refusal
	}
	before := i.state
	if known {
		r := s.react(i, action)
		if r.code != "" {
			return nil, refuse(r.code, "action")
		}
		s.enter(i, r.state, c.now)
	}
	if s.broken("action-counts-as-update") {
		i.updated = c.now
	}
	if s.broken("action-swaps-fields") {
		return map[string]any{"current_status": before, "previous_state": i.state}, nil
	}
	return map[string]any{"current_status": i.state, "previous_state": before}, nil
}

func (s *server) remove(c *call) (any, *refusal) {
	i, refusal := s.find(c)
	if refusal != nil {
		return nil, refusal
	}
	allowed := i.state == running && s.broken("delete-while-running-accepted") ||
		i.state == starting && s.broken("delete-while-starting-accepted")
	if code := undeletable[i.state]; code != "" && !allowed {
		return nil, refuse(code)
	}
	switch {
	case s.broken("delete-noop"):
	case s.broken("deleted-still-listed"):
		i.state, i.id = "DELETED", "" // an id that no path can have
	default:
		for _, p := range s.projects {
			p.instances = slices.DeleteFunc(p.instances, func(other *instance) bool { return other == i })
		}
	}
	return map[string]any{"instance_id": c.id}, nil
}

func (s *server) token(c *call) (any, *refusal) {
	i, refusal := s.find(c)
	if refusal != nil {
		return nil, refusal
	}
	switch {
	case i.state == running || i.state == stopped && s.broken("token-when-stopped"):
	case i.state == starting:
		return nil, refuse("ModelArts.6306")
	case i.state == stopping:
		return nil, refuse("ModelArts.6308")
	default:
		return nil, refuse("ModelArts.6327")
	}
	if s.broken("token-missing") {
		return map[string]any{}, nil
	}
	return map[string]any{"token": randomHex(16)}, nil
}
