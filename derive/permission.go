package derive

import (
	"slices"
	"strings"

	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// actions are the action items that tables of permissions name for an operation.
func (s *Set) actions(op *Operation) []string {
	var out []string
	for _, r := range s.Permissions(op) {
		for _, l := range r.Cells.Cell(r.Table, page.RoleAction).Text {
			if item := cell.Normal(l.Text); !isNothing(item) && !slices.Contains(out, item) {
				out = append(out, item)
			}
		}
	}
	return out
}

// Permissions are the rows of tables of permissions that are about an operation.
func (s *Set) Permissions(op *Operation) []*Row {
	var out []*Row
	for _, p := range s.Pages {
		for _, r := range p.Rows {
			if r.In == page.PermissionTable && r.permits(op) {
				out = append(out, r)
			}
		}
	}
	return out
}

// permits tells whether a row of a table of permissions is about an operation. The method stands in a column of its
// own or before the path.
func (r *Row) permits(op *Operation) bool {
	method := strings.ToUpper(cell.Normal(r.Cells.Cell(r.Table, page.RoleMethod).Text.First()))
	path := cell.Normal(r.Cells.Cell(r.Table, page.RolePath).Text.First())
	if before, after, ok := strings.Cut(path, "/"); ok && strings.TrimSpace(before) != "" {
		method, path = strings.ToUpper(strings.TrimSpace(before)), "/"+after
	}
	path, _, _ = strings.Cut(strings.TrimSpace(path), "?")
	return method == op.Method && pathKey(path) == pathKey(op.Path)
}
