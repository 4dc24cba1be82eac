package conformance

import "errors"

// errForced stands for the answer that a service would have given, had it not been made to give another.
var errForced = errors.New("the answer was forced")

// isForced takes in what a recording says of an exchange that no contract can explain: that the answer was forced
// upon the service, and that resources were changed from outside. What an exchange with a forced answer did is
// not known.
func (j *judge) isForced(e *Recorded) bool {
	if e.Note == nil {
		return false
	}
	for _, m := range e.Note.Moved {
		j.moved++
		if !m.At.IsZero() {
			j.breaks = append(j.breaks, m.At)
		}
	}
	if e.Note.Forced == "" {
		return false
	}
	j.forced++
	j.judged--
	return true
}
