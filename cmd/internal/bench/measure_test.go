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

// Of a server's rounds those count that others disturbed least, whatever its answers took.
func TestCalmest(t *testing.T) {
	loads := []Load{{Disturbed: 0.02, P99: 1}, {Disturbed: 0.001, P99: 9}, {Disturbed: 0.5, P99: 2}, {Disturbed: 0.001, P99: 8}}
	got := calmest(loads, 3)
	if len(got) != 3 || got[0].P99 != 9 || got[1].P99 != 8 || got[2].P99 != 1 || loads[0].P99 != 1 {
		t.Errorf("%+v", got)
	}
}

// What disturbed a round is the larger of what others ran and what was taken from the load.
func TestDisturbed(t *testing.T) {
	ms := time.Millisecond
	before := threads{"old": 7 * ms, "ends": 90 * ms}
	for _, tt := range []struct {
		stopped time.Duration
		others  threads
		want    float64
	}{
		{0, threads{"old": 7 * ms, "ends": 90 * ms}, 0},
		{4 * ms, threads{"old": 7 * ms}, 0.04},
		{0, threads{"old": 10 * ms}, 0.03}, // that another has ended hides nothing
		{1 * ms, threads{"old": 9 * ms, "new": 2 * ms}, 0.04},
		{6 * ms, threads{"old": 9 * ms, "new": 2 * ms}, 0.06},
	} {
		got := loadOf(sample{latencies: []time.Duration{ms}, took: 100 * ms, stopped: tt.stopped}, usage{1, 1, before}, usage{2, 2, tt.others})
		if got.Disturbed != tt.want {
			t.Errorf("stopped %s, others %v: %v, want %v", tt.stopped, tt.others, got.Disturbed, tt.want)
		}
	}
}
