package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// reportFile is a file that a report goes to.
type reportFile struct{ format, path string }

// reportFiles adds FORMAT=FILE,… to the files that reports go to.
func reportFiles(all []reportFile, formats []string, text string) ([]reportFile, error) {
	for part := range strings.SplitSeq(text, ",") {
		format, path, _ := strings.Cut(part, "=")
		if path == "" {
			return nil, errors.New("want FORMAT=FILE, such as html=report.html")
		}
		if !slices.Contains(formats, format) {
			return nil, fmt.Errorf("format %q is none of %s", format, strings.Join(formats, ", "))
		}
		if path == "-" {
			return nil, errors.New("want the name of a file; --json prints the report to the standard output stream")
		}
		if slices.ContainsFunc(all, func(r reportFile) bool { return filepath.Clean(r.path) == filepath.Clean(path) }) {
			return nil, fmt.Errorf("%s is there twice: each report wants a file of its own", path)
		}
		if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("there is no folder %s", filepath.Dir(path))
		}
		all = append(all, reportFile{format, path})
	}
	return all, nil
}

// writeReports writes a report to files, each in its format.
func writeReports(files []reportFile, write func(format string, w io.Writer) error) error {
	var all error
	for _, r := range files {
		var text bytes.Buffer
		err := write(r.format, &text)
		if err == nil {
			err = os.WriteFile(r.path, text.Bytes(), 0o644)
		}
		if err != nil {
			all = errors.Join(all, fmt.Errorf("--report %s=%s: %w", r.format, r.path, reasonOf(err)))
		}
	}
	return all
}
