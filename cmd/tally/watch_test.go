package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The files in folders below that a contract refers to are among those that --watch looks at.
func TestWatchedFiles(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "parts"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"api.yaml": "openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths:\n  /items:\n    get:\n      operationId: listItems\n" +
			"      responses: {'200': {$ref: 'parts/items.yaml'}}\n",
		"parts/items.yaml": "description: All items.\ncontent: {application/json: {schema: {type: array}}}\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m := &mockSettings{spec: filepath.Join(folder, "api.yaml")}
	if _, err := m.contract(); err != nil {
		t.Fatal(err)
	}
	if got := m.files(); !slices.Contains(got, "parts/items.yaml") {
		t.Errorf("the files are %q", got)
	}
}
