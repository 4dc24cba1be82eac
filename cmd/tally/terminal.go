package main

import (
	"io"
	"os"
)

const plainWidth = 80

// terminal tells whether a stream goes to one, and how wide it is.
func terminal(w io.Writer) (width int, ok bool) {
	f, ok := w.(*os.File)
	if !ok {
		return plainWidth, false
	}
	width, ok = terminalWidth(f)
	if width <= 0 {
		width = plainWidth
	}
	return width, ok
}

// coloured tells whether text for a stream may have colours.
func coloured(w io.Writer, env map[string]string) bool {
	_, ok := terminal(w)
	return ok && env["NO_COLOR"] == "" && env["TERM"] != "dumb"
}
