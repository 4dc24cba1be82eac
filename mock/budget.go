package mock

import "sync/atomic"

// journalsAtOnce is how many full journals all those of a mock may take together.
const journalsAtOnce = 4

// budget bounds the bytes that several journals take together. It is safe for concurrent use; a nil budget bounds
// nothing.
type budget struct {
	most int64
	used atomic.Int64
}

// take is false when there is no room.
func (b *budget) take(n int64) bool {
	if b == nil {
		return true
	}
	if b.used.Add(n) > b.most {
		b.used.Add(-n)
		return false
	}
	return true
}

// giveBack makes room again.
func (b *budget) giveBack(n int64) {
	if b != nil {
		b.used.Add(-n)
	}
}

// end gives back what a world that has gone took of the mock's budget.
func (w *world) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.journal.close()
}
