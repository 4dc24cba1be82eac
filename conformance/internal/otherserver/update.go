package otherserver

func (s *server) update(c *call) (any, *refusal) {
	i, no := s.find(c)
	if no != nil {
		return nil, no
	}
	f := &form{broken: s.broken}
	body, no := f.members(c)
	if no != nil {
		return nil, no
	}
	description := readDescription(f, body, s.broken("update-charset-ignored"))
	spec := f.object(body, "spec")
	stop := s.readAutoStop(f, spec, true)
	if no := f.verdict(); no != nil {
		return nil, no
	}
	_, describes := body["description"]
	_, replaces := spec["auto_stop"]
	if describes && (i.state == stopping || i.state == restarting) {
		return nil, refuse("ModelArts.6347", i.state, "description")
	}
	changed := *i
	if describes {
		changed.description = description
		if s.broken("update-drops-auto-stop") {
			changed.autoStop = autoStop{prompt: true}
			changed.plan(c.now)
		}
	}
	if replaces {
		// Enabled while running, it counts from now; a new duration waits for the next start.
		changed.autoStop = stop
		if i.state == running && (!stop.enable || i.deadline.IsZero() || s.broken("update-moves-deadline")) {
			changed.plan(c.now)
		}
	}
	if (describes || replaces) && !s.broken("update-timestamp-unchanged") {
		changed.updated = c.now
	}
	if !s.broken("update-lost") {
		*i = changed
	}
	return s.view(&changed, c.now), nil
}
