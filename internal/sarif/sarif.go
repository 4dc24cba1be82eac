// Package sarif writes reports in the form of SARIF 2.1.0.
package sarif

import (
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/internal/format"
)

// The parts of the form that reports need.
type (
	// Log is a file.
	Log struct {
		Schema  string `json:"$schema"`
		Version string `json:"version"`
		Runs    []Run  `json:"runs"`
	}
	// Run is one run of a tool.
	Run struct {
		Tool        Tool           `json:"tool"`
		Invocations []Invocation   `json:"invocations,omitempty"`
		Results     []Result       `json:"results"`
		ColumnKind  string         `json:"columnKind,omitempty"`
		Properties  map[string]any `json:"properties"`
	}
	// Tool is what ran.
	Tool struct {
		Driver Driver `json:"driver"`
	}
	// Driver is the tool with its rules.
	Driver struct {
		Name  string `json:"name"`
		Rules []Rule `json:"rules"`
	}
	// Rule is what results are of.
	Rule struct {
		ID      string         `json:"id"`
		Short   Text           `json:"shortDescription,omitzero"`
		Full    Text           `json:"fullDescription,omitzero"`
		Help    Text           `json:"help,omitzero"`
		Default map[string]any `json:"defaultConfiguration,omitempty"`
	}
	// Text is a message.
	Text struct {
		Text string `json:"text"`
	}
	// Invocation is how the run went.
	Invocation struct {
		Successful    bool           `json:"executionSuccessful"`
		Start         string         `json:"startTimeUtc"`
		End           string         `json:"endTimeUtc"`
		Notifications []Notification `json:"toolExecutionNotifications,omitempty"`
	}
	// Notification is what the tool could not do.
	Notification struct {
		Level     string     `json:"level"`
		Message   Text       `json:"message"`
		Locations []Location `json:"locations,omitempty"`
	}
	// Result is a finding.
	Result struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      Text              `json:"message"`
		Locations    []Location        `json:"locations,omitempty"`
		Related      []Location        `json:"relatedLocations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints,omitempty"`
		Suppressions []Suppression     `json:"suppressions,omitempty"`
		Request      *Request          `json:"webRequest,omitempty"`
		Response     *Response         `json:"webResponse,omitempty"`
	}
	// Location is where a result is.
	Location struct {
		Physical Physical  `json:"physicalLocation,omitzero"`
		Message  Text      `json:"message,omitzero"`
		Logical  []Logical `json:"logicalLocations,omitempty"`
	}
	// Physical is a place in a file.
	Physical struct {
		Artifact Artifact `json:"artifactLocation"`
		Region   *Region  `json:"region,omitempty"`
	}
	// Artifact is a file by its URI.
	Artifact struct {
		URI string `json:"uri"`
	}
	// Region is a place by line and column.
	Region struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn,omitempty"`
	}
	// Logical is a place by name.
	Logical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	// Suppression is why a result does not count.
	Suppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	// Request is what was sent.
	Request struct {
		Target  string            `json:"target"`
		Method  string            `json:"method"`
		Headers map[string]string `json:"headers,omitempty"`
		Body    *Text             `json:"body,omitempty"`
	}
	// Response is what came.
	Response struct {
		Status  int               `json:"statusCode,omitempty"`
		None    bool              `json:"noResponseReceived,omitempty"`
		Headers map[string]string `json:"headers,omitempty"`
		Body    *Text             `json:"body,omitempty"`
	}
)

// Write writes one run as a file.
func Write(w io.Writer, run Run) error {
	return format.JSON(w, Log{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []Run{run}})
}

// At is the place that file:line:column names; without a line the file alone is the place. nil for "".
func At(location string) *Location {
	file, line, column := Place(location)
	if file == "" {
		return nil
	}
	return &Location{Physical: In(file, line, column)}
}

// In is a place in a file; without a line the file alone is the place.
func In(file string, line, column int) Physical {
	uri := url.URL{Path: filepath.ToSlash(file)}
	if strings.HasPrefix(uri.Path, "/") {
		uri.Scheme = "file"
	}
	p := Physical{Artifact: Artifact{uri.String()}}
	if line > 0 {
		p.Region = &Region{line, column}
	}
	return p
}

// Place takes a location apart; line and column are 0 when it has none.
func Place(location string) (file string, line, column int) {
	var numbers []int
	for len(numbers) < 2 {
		i := strings.LastIndexByte(location, ':')
		if i < 0 {
			break
		}
		n, err := strconv.Atoi(location[i+1:])
		if err != nil || n < 1 {
			break
		}
		numbers, location = append(numbers, n), location[:i]
	}
	switch len(numbers) {
	case 1:
		return location, numbers[0], 0
	case 2:
		return location, numbers[1], numbers[0]
	}
	return location, 0, 0
}
