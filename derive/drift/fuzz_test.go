package drift_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/drift"
)

// Whatever stands on a page, each of its rows is accounted for, and the counts add up.
func FuzzCheck(f *testing.F) {
	c, err := contract.Load(os.DirFS("testdata"), "bakery.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range []string{"创建面包.md", "查询面包列表.md", "错误码.md", "权限.md"} {
		data, err := os.ReadFile(filepath.Join(pagesFolder, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := filepath.Join(t.TempDir(), "bakery")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "创建面包.md")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		set, err := derive.Read(t.Context(), nil, path)
		if err != nil {
			return
		}
		r, err := drift.Check("", c, set)
		if err != nil {
			return
		}
		n := r.Rows
		if n.All != n.Stated+n.Deviating+n.Left+n.Headings+n.Findings {
			t.Errorf("%+v does not add up", n)
		}
	})
}
