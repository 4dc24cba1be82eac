package peers

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
)

// Measures of the plot, in pixels.
const (
	plotWidth = 760
	plotLeft  = 150
	plotRight = 90
	plotBar   = 14
	plotGap   = 3
	plotGroup = 30 // between workloads, with the name of the next
	plotHead  = 48
	plotFoot  = 40
)

// Plot draws the requests per second of all servers, on a logarithmic scale: the slowest are hundreds of times
// slower. It reads on a light and on a dark page.
func (r *Report) Plot() []byte {
	most, least := 10.0, math.Inf(1)
	rows := 0
	for _, b := range r.Bouts {
		for _, l := range b.Lines {
			rows++
			if l.Fault == "" && l.PerSecond > 0 {
				most, least = max(most, l.PerSecond), min(least, l.PerSecond)
			}
		}
	}
	low, high := math.Floor(math.Log10(min(least, most))), math.Ceil(math.Log10(most))
	if high <= low {
		high = low + 1
	}
	bottom := plotHead + rows*(plotBar+plotGap) + len(r.Bouts)*plotGroup
	d := &drawing{scale: float64(plotWidth-plotLeft-plotRight) / (high - low), low: low}
	d.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, bottom+plotFoot, plotWidth, bottom+plotFoot)
	d.printf("<style>text{fill:#24292f}.dim{fill:#57606a}.line{stroke:#d0d7de}.own{fill:#0969da}.bare{fill:#8c959f}.peer{fill:#bf8700}@media (prefers-color-scheme:dark){text{fill:#e6edf3}.dim{fill:#9198a1}.line{stroke:#3d444d}.own{fill:#4493f8}.bare{fill:#656c76}.peer{fill:#d29922}}</style>\n")
	d.text(plotLeft, 18, ` font-size="15"`, "Requests per second, more is better")
	for power := low; power <= high; power++ {
		x := d.x(math.Pow(10, power))
		d.printf(`<line class="line" x1="%d" y1="%d" x2="%d" y2="%d"/>`+"\n", x, plotHead-16, x, bottom)
		d.text(x, bottom+15, ` text-anchor="middle"`, count(math.Pow(10, power)))
	}
	y := plotHead
	for _, b := range r.Bouts {
		y = d.bout(b, y, r.bare())
	}
	d.text(plotLeft, bottom+32, ` class="dim"`, r.caption())
	d.printf("</svg>\n")
	return d.Bytes()
}

func (r *Report) caption() string {
	if r.Servers == nil {
		return ""
	}
	s := r.Servers
	return fmt.Sprintf("logarithmic; one core for the server, one for the load; %d connections; %s", s.Connections, s.Time.Format("2006-01-02"))
}

type drawing struct {
	bytes.Buffer
	scale, low float64
}

func (d *drawing) printf(format string, args ...any) { fmt.Fprintf(&d.Buffer, format, args...) }

func (d *drawing) x(value float64) int {
	return plotLeft + int(d.scale*(math.Log10(value)-d.low))
}

func (d *drawing) text(x, y int, style, text string) {
	d.printf(`<text x="%d" y="%d"%s>`, x, y, style)
	_ = xml.EscapeText(&d.Buffer, []byte(text)) // a buffer takes everything
	d.printf("</text>\n")
}

// bout draws one workload, and gives where the next begins.
func (d *drawing) bout(b *Bout, y int, bare string) int {
	d.text(plotLeft, y+12, ` font-weight="bold"`, b.Workload)
	y += plotGroup - 12
	for i, l := range b.Lines {
		d.text(plotLeft-8, y+plotBar-3, ` text-anchor="end"`, l.Name)
		class := "peer"
		if i == 0 {
			class = "own"
		} else if l.Name == bare {
			class = "bare"
		}
		if l.Fault != "" || l.PerSecond <= 0 {
			d.text(plotLeft+6, y+plotBar-3, ` class="dim"`, "not measured")
		} else {
			x := d.x(l.PerSecond)
			d.printf(`<rect class="%s" x="%d" y="%d" width="%d" height="%d"/>`+"\n", class, plotLeft, y, max(x-plotLeft, 1), plotBar)
			d.text(max(x, plotLeft)+6, y+plotBar-3, "", count(l.PerSecond))
		}
		y += plotBar + plotGap
	}
	return y + 12
}
