//go:build race

package race

// Enabled is whether this program has the race detector.
const Enabled = true
