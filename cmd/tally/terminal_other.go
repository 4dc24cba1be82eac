//go:build !unix || aix

package main

import "os"

// terminalWidth does not know terminals here: output is plain.
func terminalWidth(*os.File) (int, bool) { return 0, false }
