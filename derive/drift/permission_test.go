package drift_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/drift"
)

// A row of permissions is stated by a rule of its operation that has the action item and names the table.
func TestPermission(t *testing.T) {
	for _, c := range []struct{ row, want string }{
		{"| 创建 | /v1/{project_id}/demanager/instances | POST | modelarts:notebook:create |", ""},
		{"| 创建 | /v1/{project_id}/demanager/instances | POST | modelarts:notebook:make |", "no rule of createInstance has the action item modelarts:notebook:make"},
		{"| 创建 | /v1/{project_id}/demanager/instances | POST | modelarts:notebook |", "no rule of createInstance has the action item modelarts:notebook with"},
		{"| 创建 | /v1/{project_id}/demanager/instances | POST | - |", "the row names no action item"},
		{"| 查询 | /v1/{project_id}/demanager/instances | GET | modelarts:notebook:create |", "no rule of listInstances has the action item"},
		{"| 创建 | /v1/{project_id}/elsewhere | POST | modelarts:notebook:create |", "no operation of this method and path"},
	} {
		dir := filepath.Join(t.TempDir(), "2021")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		page := "# 权限\n\n**表 1**  权限\n\n| 权限说明 | 对应的API | 方法 | 授权项 |\n|---|---|---|---|\n" + c.row + "\n"
		if err := os.WriteFile(filepath.Join(dir, "开发环境权限.md"), []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
		set, err := derive.Read(t.Context(), nil, dir)
		if err != nil {
			t.Fatal(err)
		}
		r, err := drift.Check("", contract.Default(), set)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range r.Findings {
			if f.Kind == drift.MissingRow {
				got = f.Text
			}
		}
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.row, got, c.want)
		}
	}
}
