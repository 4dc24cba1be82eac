package contract

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Files are the names of the files that the contract was read from, in its folder: the document first, then those
// that it refers to, parts of it and example payloads, by name.
func (c *Contract) Files() []string {
	if c.foreign != nil {
		return c.foreign.Files()
	}
	return append([]string{c.Name}, c.payloads...)
}

// readHash sets the hash, which covers the document and the payloads that it refers to. Of a document without any
// it is the hash of the file.
func (c *Contract) readHash(data []byte) {
	h := sha256.New()
	_, _ = h.Write(data) // a hash takes everything
	for _, name := range payloadFiles(c.doc) {
		payload, err := fs.ReadFile(c.files, name)
		if err != nil {
			continue // which the example that wants it reports
		}
		c.payloads = append(c.payloads, name)
		_, _ = fmt.Fprintf(h, "\x00%s\x00%x", name, sha256.Sum256(payload))
	}
	c.hash = fmt.Sprintf("%x", h.Sum(nil))
}

// payloadFiles are the files that a document names as values of its examples, sorted.
func payloadFiles(d *document) []string {
	var out []string
	d.top().find(func(name string, at place) bool {
		if file := at.literal(); name == "externalValue" && at.form() == yaml.ScalarNode && !strings.Contains(file, "://") {
			out = append(out, path.Join(path.Dir(d.name), file))
		}
		return false // so that all are visited
	})
	slices.Sort(out)
	return slices.Compact(out)
}
