//go:build linux

package main

import (
	"testing"
	"time"
)

// The slowest hundredth is that of all rounds together: a stop in one of three does not decide alone.
func TestTogether(t *testing.T) {
	round := func(slow int, each time.Duration) Load {
		l := Load{P99: 1}
		for i := range 100 {
			took := time.Millisecond
			if i >= 100-slow {
				took = each
			}
			l.latencies = append(l.latencies, took)
		}
		return l
	}
	for _, tt := range []struct {
		name  string
		loads []Load
		want  float64 // µs
	}{
		{"a stop in one round", []Load{round(2, 9*time.Millisecond), round(0, 0), round(0, 0)}, 1000},
		{"a stop in each", []Load{round(2, 7*time.Millisecond), round(2, 8*time.Millisecond), round(2, 9*time.Millisecond)}, 8000},
		{"one round", []Load{round(2, 9*time.Millisecond)}, 9000},
	} {
		if got := together(tt.loads); got.P99 != tt.want || got.P50 != 1000 {
			t.Errorf("%s: p50 %v µs, p99 %v µs; want 1000 and %v", tt.name, got.P50, got.P99, tt.want)
		}
	}
}
