package main

import (
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

// meantFlag is the known flag that other tools call so, or the nearest of all; "" when none is near.
func meantFlag(name string, known []string) string {
	if ours := otherNames[name]; !slices.Contains(known, name) && slices.Contains(known, ours) {
		return ours
	}
	return nearest(name, known)
}
