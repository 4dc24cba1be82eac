//go:build !race

// Package race tells tests whether they run under the race detector, which makes them slow and large.
package race

// Enabled is whether this program has the race detector.
const Enabled = false
