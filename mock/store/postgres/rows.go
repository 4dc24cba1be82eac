package postgres

import "github.com/tallystick/tallystick/mock/store"

// What one statement takes at most. A million rows at once, such as a reset has, become several.
const (
	partRows  = 10_000
	partBytes = 16 << 20
)

// latest leaves of several rows with one name the last, since a statement may write each only once.
func latest(rows []store.Row) []store.Row {
	type name struct{ kind, key string }
	at := make(map[name]int, len(rows))
	for i, r := range rows {
		at[name{r.Kind, r.Key}] = i
	}
	if len(at) == len(rows) {
		return rows
	}
	kept := make([]store.Row, 0, len(at))
	for i, r := range rows {
		if at[name{r.Kind, r.Key}] == i {
			kept = append(kept, r)
		}
	}
	return kept
}

// partOf is how many of the rows one statement takes, one at least.
func partOf(rows []store.Row) int {
	size := 0
	for i, r := range rows {
		size += len(r.Kind) + len(r.Key) + len(r.Value)
		if i == partRows || i > 0 && size > partBytes {
			return i
		}
	}
	return len(rows)
}

// columns are the names and values of rows. Names are bytes in the database: keys may have any in them.
func columns(rows []store.Row) (kinds, keys, values [][]byte) {
	for _, r := range rows {
		kinds, keys, values = append(kinds, []byte(r.Kind)), append(keys, []byte(r.Key)), append(values, r.Value)
	}
	return kinds, keys, values
}
