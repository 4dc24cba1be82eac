package main

import (
	"maps"
	"slices"

	"github.com/tallystick/tallystick/contract"
)

// nearest finds the known name that a mistyped one probably stands for; "" when none is near.
func nearest(name string, known []string) string {
	best, found := 3, ""
	for _, k := range known {
		if d := contract.EditDistance(name, k); d < best && d < len(k)-1 { // of two letters anything would do
			best, found = d, k
		}
	}
	return found
}

// otherNames are what other tools call flags.
var otherNames = map[string]string{"port": "addr", "host": "addr", "listen": "addr", "bind": "addr"}

// meantFlag is the nearest of the known flags, also under what other tools call it; "" when none is near.
func meantFlag(name string, known []string) string {
	all := slices.Clone(known)
	for _, other := range slices.Sorted(maps.Keys(otherNames)) {
		if slices.Contains(known, otherNames[other]) {
			all = append(all, other)
		}
	}
	near := nearest(name, all)
	if slices.Contains(known, near) {
		return near
	}
	return otherNames[near]
}
