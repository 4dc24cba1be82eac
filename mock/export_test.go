package mock

// Bounds of one world.
const (
	MaxTokens = maxTokens
	MaxFaults = maxFaults
)

// Holds is how many issued tokens the world has that has most, and the bytes of the largest journal.
func (m *Mock) Holds() (tokens int, journal int64) {
	m.sandboxes.mu.Lock()
	defer m.sandboxes.mu.Unlock()
	worlds := []*world{m.world}
	for _, s := range m.sandboxes.byName {
		worlds = append(worlds, s.world)
	}
	for _, w := range worlds {
		w.mu.Lock()
		tokens = max(tokens, len(w.keys.grants), len(w.keys.issued))
		j := w.journal
		w.mu.Unlock()
		journal = max(journal, j.state().bytes)
	}
	return tokens, journal
}
