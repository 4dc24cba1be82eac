package main

import (
	"fmt"
	"os"
	"slices"
	"syscall"
	"testing"

	"github.com/tallystick/tallystick/internal/race"
	"github.com/tallystick/tallystick/internal/testtool"
)

// Under the race detector tally takes five times the processor time, and the scripts start it hundreds of times. So
// there the commands that serve keep the detector, and the others are those of a program that is built without it:
// what they do at the same time is in packages whose own tests have it, and so have the tests of this package that
// start tally themselves.
const plainVariable = "TALLYPLAIN" // where that program is; no flag is called so

var raced = []string{"mock", "record", "replay", "wait"}

// tally is the program of the scripts.
func tally() {
	plain := os.Getenv(plainVariable)
	if plain != "" && (len(os.Args) < 2 || !slices.Contains(raced, os.Args[1])) {
		err := syscall.Exec(plain, os.Args, os.Environ())
		fmt.Fprintln(os.Stderr, "the program without the race detector does not start:", err)
		os.Exit(125)
	}
	main()
}

// buildPlain builds the program for the scripts of a test, "" where it is not needed.
func buildPlain(t *testing.T) string {
	t.Helper()
	if !race.Enabled {
		return ""
	}
	return testtool.Tally(t)
}
