package main

import "github.com/tallystick/tallystick/contract"

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
