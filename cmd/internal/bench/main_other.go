//go:build !linux

// Command bench measures the mock against a bare server, on Linux only.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: it pins server and load to different cores, which it can do on Linux only; run it there")
	os.Exit(2)
}
