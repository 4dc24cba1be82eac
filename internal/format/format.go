// Package format names the formats in which a kind of report can be written.
package format

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Table are the formats of a kind of report, in the order in which they are listed.
type Table[R any] []Row[R]

// Row is one of them.
type Row[R any] struct {
	Name  string
	Write func(io.Writer, R) error
}

// Names lists the formats.
func (t Table[R]) Names() []string {
	out := make([]string, len(t))
	for i, row := range t {
		out[i] = row.Name
	}
	return out
}

// Write writes a report in the named format.
func (t Table[R]) Write(name string, w io.Writer, report R) error {
	for _, row := range t {
		if row.Name == name {
			return row.Write(w, report)
		}
	}
	return fmt.Errorf("format %q is none of %s", name, strings.Join(t.Names(), ", "))
}

// JSON writes a value as JSON for people and machines: indented, and with what bodies hold left readable.
func JSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
