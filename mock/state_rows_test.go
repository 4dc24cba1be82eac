package mock

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/mock/control"
	"github.com/tallystick/tallystick/mock/store"
)

// Rows that are made from a snapshot say what became of access keys, though which there are is a setting of a mock.
func TestStateRowsHaveKeys(t *testing.T) {
	o := livedFor(t, 1, 0)
	(&history{oven: o}).directly(func() { o.keys.keys["KEY1"].failures = 3 })
	rows, err := StateRows(o.contract, strings.NewReader(o.text()))
	if err != nil {
		t.Fatal(err)
	}
	s, err := ReadState(context.Background(), o.contract, func(_ context.Context, each func(store.Row) error) error {
		for _, r := range rows {
			if err := each(r); err != nil {
				return err
			}
		}
		return nil
	})
	if want := []control.SnapshotKey{{Access: "KEY1", Failures: 3}}; err != nil || !reflect.DeepEqual(s.Keys, want) {
		t.Errorf("keys %v, error %v, want %v", s.Keys, err, want)
	}
}
