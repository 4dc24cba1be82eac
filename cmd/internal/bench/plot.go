//go:build linux

package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
)

// Measures of the plot, in pixels.
const (
	plotWidth  = 760
	leftMargin = 90
	barHeight  = 16
	barGap     = 4
	groupGap   = 14
	headHeight = 64
	footHeight = 42
	fullWidth  = plotWidth - leftMargin - 90 // of a ratio of 1
)

// shades are the colours of the sizes, the smallest state first.
var shades = []string{"#9ecae1", "#4292c6", "#08519c", "#08306b"}

// plot draws the ratios as bars, one group for each workload.
func (r *Result) plot() []byte {
	var workloads []string
	var sizes []int
	for _, row := range r.Rows {
		if !slices.Contains(workloads, row.Workload) {
			workloads = append(workloads, row.Workload)
		}
		if !slices.Contains(sizes, row.Instances) {
			sizes = append(sizes, row.Instances)
		}
	}
	slices.Sort(sizes)
	group := len(sizes)*(barHeight+barGap) - barGap + groupGap
	height := headHeight + len(workloads)*group + footHeight
	d := &drawing{}
	d.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, height, plotWidth, height)
	d.printf(`<rect width="%d" height="%d" fill="#fff"/>`+"\n", plotWidth, height)
	d.text(leftMargin, 20, `font-size="15"`, "Requests per second, relative to a bare Echo handler")
	for i, n := range sizes {
		x := leftMargin + i*150
		d.printf(`<rect x="%d" y="34" width="12" height="12" fill="%s"/>`+"\n", x, shades[i%len(shades)])
		d.text(x+18, 45, "", thousands(n)+" instances")
	}
	bottom := height - footHeight
	for tenth := 0; tenth <= 10; tenth += 2 {
		x := leftMargin + fullWidth*tenth/10
		d.printf(`<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#ccc"/>`+"\n", x, headHeight-6, x, bottom)
		d.text(x, bottom+16, `text-anchor="middle"`, strconv.FormatFloat(float64(tenth)/10, 'f', 1, 64))
	}
	for i, w := range workloads {
		y := headHeight + i*group
		d.text(leftMargin-8, y+(group-groupGap)/2+4, `text-anchor="end"`, w)
		for j, n := range sizes {
			for _, row := range r.Rows {
				if row.Workload == w && row.Instances == n {
					d.bar(y+j*(barHeight+barGap), row.Ratio, shades[j%len(shades)])
				}
			}
		}
	}
	d.text(leftMargin, height-8, `fill="#555"`, fmt.Sprintf("%s, %s, %d connections, server and load on one core each", r.System, r.Go, r.Connections))
	d.printf("</svg>\n")
	return d.Bytes()
}

// thousands is a number with commas.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

type drawing struct{ bytes.Buffer }

func (d *drawing) printf(format string, args ...any) { fmt.Fprintf(&d.Buffer, format, args...) }

func (d *drawing) text(x, y int, style, text string) {
	if style != "" {
		style = " " + style
	}
	d.printf(`<text x="%d" y="%d"%s>`, x, y, style)
	_ = xml.EscapeText(&d.Buffer, []byte(text)) // a buffer takes everything
	d.printf("</text>\n")
}

func (d *drawing) bar(y int, ratio float64, colour string) {
	width := int(float64(fullWidth) * min(ratio, 1.1))
	d.printf(`<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n", leftMargin, y, width, barHeight, colour)
	d.text(leftMargin+width+6, y+barHeight-4, "", strconv.FormatFloat(ratio, 'f', 2, 64))
}
