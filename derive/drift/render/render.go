// Package render writes a drift report in the formats that people and machines read. What pages say is text to show,
// never markup or terminal control.
package render

import (
	"fmt"
	"io"

	"github.com/tallystick/tallystick/derive/drift"
	"github.com/tallystick/tallystick/internal/format"
)

var formats = format.Table[*drift.Report]{{Name: "json", Write: JSON}, {Name: "sarif", Write: SARIF}, {Name: "markdown", Write: Markdown}, {Name: "text", Write: Text}}

// Formats names what Write can write.
func Formats() []string { return formats.Names() }

// Write writes the report in a format that Formats names.
func Write(name string, w io.Writer, r *drift.Report) error { return formats.Write(name, w, r) }

// JSON writes the whole report.
func JSON(w io.Writer, r *drift.Report) error { return format.JSON(w, r) }

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
