package conformance

import (
	"cmp"
	"slices"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// timing is when one exchange of a recording was, as far as the recording says so.
type timing struct {
	file       string
	index      int       // place in the file
	begin, end time.Time // zero where it is not known
	deed       *deed     // what has to be given a time; nil for nothing
	breaks     bool      // it has changed resources from outside the service
}

// unsaid tells whether the recording does not say when the exchange was, or not how long it took.
func (t *timing) unsaid() bool { return t.begin.IsZero() || t.end.IsZero() }

// clock notes when an exchange was.
func (j *judge) clock(e *Recorded, breaks bool) {
	t := timing{file: e.File, index: e.Index, begin: e.Started, breaks: breaks}
	if !e.isTimeless() {
		t.end = endOf(e)
	}
	j.times = append(j.times, t)
}

// maxGap is how long before the first or after the last exchange of a file another one may have been.
const maxGap = time.Hour

// placeAll gives a time to what has none, file by file.
func (j *judge) placeAll() {
	slices.SortStableFunc(j.times, func(a, b timing) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.index, b.index))
	})
	for from := 0; from < len(j.times); {
		to := from + 1
		for to < len(j.times) && j.times[to].file == j.times[from].file {
			to++
		}
		j.place(j.times[from:to])
		from = to
	}
}

// place gives a time to what has none in one file. Where all that have one came one after another, in the
// order of the file, so did the others: they were between their neighbours. Else nothing is known of them.
func (j *judge) place(file []timing) {
	sequential := oneByOne(file)
	for i := range file {
		t := &file[i]
		if !t.unsaid() {
			continue
		}
		from, to := gap(file, i)
		if !sequential || !from.Before(to) {
			j.setAdrift(t)
			continue
		}
		j.placed++
		if t.breaks {
			j.breaks = append(j.breaks, from, to)
		}
		if t.deed != nil {
			t.deed.begin, t.deed.end = from, to
		}
	}
}

// oneByOne tells whether each exchange began after all before it had ended. It takes two to tell.
func oneByOne(file []timing) bool {
	known := 0
	var ended time.Time
	for i := range file {
		t := &file[i]
		if !t.begin.IsZero() && t.begin.Before(ended) {
			return false
		}
		if !t.unsaid() {
			known++
			ended = t.end
		}
	}
	return known > 1
}

// gap is the time between the neighbours of an exchange whose times are known.
func gap(file []timing, i int) (from, to time.Time) {
	for k := i - 1; k >= 0 && from.IsZero(); k-- {
		if !file[k].unsaid() {
			from = file[k].end
		}
	}
	for k := i + 1; k < len(file) && to.IsZero(); k++ {
		if !file[k].unsaid() {
			to = file[k].begin
		}
	}
	switch {
	case from.IsZero():
		from = to.Add(-maxGap)
	case to.IsZero():
		to = from.Add(maxGap)
	}
	return from, to
}

// setAdrift notes that it cannot be told when something was.
func (j *judge) setAdrift(t *timing) {
	j.adrift++
	if t.breaks {
		j.upset = true
	}
	if t.deed != nil {
		t.deed.adrift = true
	}
}

// ordered is a life without the reads of which it cannot be told when they were, by time; nil when the order
// of what has changed the resource is not known.
func (j *judge) ordered(l *life) *life {
	if j.upset || len(j.unreadable) > 0 {
		return nil // what was done in between is not known
	}
	out := &life{id: l.id}
	for _, ev := range l.events {
		idle := ev.op.Effect.Do == contract.Read || ev.op.Effect.Do == contract.List
		switch {
		case !ev.adrift:
			out.events = append(out.events, ev)
		case !idle:
			return nil
		}
	}
	slices.SortStableFunc(out.events, func(a, b event) int { return a.begin.Compare(b.begin) })
	return out
}
