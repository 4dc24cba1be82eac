package derive_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tallystick/tallystick/derive"
)

func BenchmarkDraft(b *testing.B) {
	root := docs(b)
	for b.Loop() {
		s, err := derive.Read(b.Context(), nil, filepath.Join(root, "2019"), filepath.Join(root, "2021"), filepath.Join(root, "more"))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Draft(""); err != nil {
			b.Fatal(err)
		}
	}
}

// docs is the folder of the pages, which is no part of the repository.
func docs(t testing.TB) string {
	root := os.Getenv("TALLY_DOCS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "docs")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the pages are not at %s; TALLY_DOCS names another place", root)
	}
	return root
}
