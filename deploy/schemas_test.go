package deploy_test

import (
	"archive/zip"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	kubernetesVersion = "1.37.0"
	schemaPackage     = "kubernetes_validate-" + kubernetesVersion + "-py3-none-any.whl"
	schemaFolder      = "kubernetes_validate/kubernetes-json-schema/v" + kubernetesVersion + "-local-strict"
	fetchTime         = 3 * time.Minute
)

// schemas is where kubeconform finds the JSON schemas of Kubernetes. They come in a Python package, whose hash is in
// testdata/schemas.txt.
func schemas(t *testing.T) (location string) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		missing(t, "there is no cache directory for the schemas: %v", err)
	}
	kept := filepath.Join(cache, "tallystick-test-schemas-"+kubernetesVersion, schemaPackage)
	if _, err := os.Stat(kept); err != nil {
		fetchSchemas(t, kept)
	}
	archive, err := zip.OpenReader(kept)
	if err != nil {
		t.Fatalf("%s cannot be read; remove it, and it is fetched anew: %v", kept, err)
	}
	defer archive.Close()
	names, err := fs.Glob(archive, schemaFolder+"/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("%s has no %s: %v", kept, schemaFolder, err)
	}
	folder := t.TempDir()
	for _, name := range names {
		data, err := fs.ReadFile(archive, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, path.Base(name)), []byte(besideEachOther.Replace(string(data))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "{{.ResourceKind}}{{.KindSuffix}}.json")
}

// besideEachOther makes schemas that name each other by an address on the web refer to files of their own folder.
var besideEachOther = strings.NewReplacer(`"$id": "https:`, `"$comment": "https:`, `"/api/_definitions.json#`, `"_definitions.json#`)

// fetchSchemas fetches the package beside its place and moves it there when it is whole.
func fetchSchemas(t *testing.T, kept string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), fetchTime)
	defer cancel()
	if err := os.MkdirAll(filepath.Dir(kept), 0o755); err != nil {
		missing(t, "the cache directory cannot be made: %v", err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(kept), "new-")
	if err != nil {
		missing(t, "the cache directory cannot be written: %v", err)
	}
	defer os.RemoveAll(fresh)
	for _, args := range [][]string{
		{"python3", "-m", "venv", filepath.Join(fresh, "venv")},
		{filepath.Join(fresh, "venv", "bin", "python"), "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check",
			"--no-deps", "--require-hashes", "--dest", fresh, "--requirement", "testdata/schemas.txt"},
	} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			missing(t, "the schemas of Kubernetes cannot be fetched: %v: %v\n%s", args[1:4], err, out)
		}
	}
	if err := os.Rename(filepath.Join(fresh, schemaPackage), kept); err != nil {
		t.Fatal(err)
	}
}
