// Package render writes a drift report in the formats that people and machines read. What pages say is text to show,
// never markup or terminal control.
package render

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/tallystick/tallystick/derive/drift"
)

// formats by name, in the order in which Formats lists them.
var formats = []struct {
	name  string
	write func(io.Writer, *drift.Report) error
}{{"json", JSON}, {"sarif", SARIF}, {"markdown", Markdown}, {"text", Text}}

// Formats names what Write can write.
func Formats() []string {
	var out []string
	for _, f := range formats {
		out = append(out, f.name)
	}
	return out
}

// Write writes the report in a format that Formats names.
func Write(format string, w io.Writer, r *drift.Report) error {
	for _, f := range formats {
		if f.name == format {
			return f.write(w, r)
		}
	}
	return fmt.Errorf("format %q is none of %s", format, strings.Join(Formats(), ", "))
}

// JSON writes the whole report.
func JSON(w io.Writer, r *drift.Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// share is a part of a whole in percent; a whole of nothing has no share.
func share(part, whole int) string {
	if whole == 0 {
		return "none"
	}
	text := fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
	if text == "100.0 %" && part < whole {
		return "99.9 %" // what lacks one row is not whole
	}
	return text
}
