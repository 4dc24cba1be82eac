package changelog

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
)

// The parts of SARIF 2.1.0 that a changelog needs.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool      `json:"tool"`
		Results    []sarifResult  `json:"results"`
		Properties map[string]any `json:"properties"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID string `json:"id"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		Rule      string          `json:"ruleId"`
		Index     int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Message  *sarifText     `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line int `json:"startLine"`
	}
)

// WriteSARIF writes the changes as results: at the place in the new edition, with that in the old one beside it.
func (l *Changelog) WriteSARIF(w io.Writer) error {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "tally derive --between", Rules: []sarifRule{}}}, Results: []sarifResult{},
		Properties: map[string]any{"old": l.Old, "new": l.New, "compared": l.Compared}}
	for _, c := range l.Changes {
		rule := sarifRule{c.Rule}
		at := slices.Index(run.Tool.Driver.Rules, rule)
		if at < 0 {
			at = len(run.Tool.Driver.Rules)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule)
		}
		run.Results = append(run.Results, c.sarif(at))
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

func (c *Change) sarif(index int) sarifResult {
	text := c.operation() + ": " + c.Text + ". Old: " + c.Old.String() + ". New: " + c.New.String() + "."
	level := map[Level]string{Error: "error", Warning: "warning", Info: "note"}[c.Level]
	out := sarifResult{Rule: c.Rule, Index: index, Level: level, Message: sarifText{text}}
	if places := c.New.locations(); len(places) > 0 {
		out.Locations, out.Related = places, c.Old.locations()
	} else {
		out.Locations = c.Old.locations() // what is gone can only be shown where it was
	}
	return out
}

func (s Side) locations() []sarifLocation {
	var out []sarifLocation
	for _, p := range s.Places {
		at := sarifLocation{Message: &sarifText{p.Text}}
		if p.File != "" {
			at.Physical = &sarifPhysical{Artifact: sarifArtifact{(&url.URL{Path: filepath.ToSlash(p.File)}).String()}}
			if p.Line > 0 {
				at.Physical.Region = &sarifRegion{p.Line}
			}
		}
		out = append(out, at)
	}
	return out
}
