package mock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
	"github.com/tallystick/tallystick/mock/store"
)

// ReadState gives the state that rows are, as the control API of a mock of the contract would that goes on with them
// now. load gives the rows, as store.Store's Load. Nothing is written. An error that is ErrKept says why they are no
// state; others are those of load.
func ReadState(ctx context.Context, c *contract.Contract, load func(context.Context, func(store.Row) error) error) (control.Snapshot, error) {
	var rows []store.Row
	if err := load(ctx, func(r store.Row) error { rows = append(rows, r); return nil }); err != nil {
		return control.Snapshot{}, err
	}
	s, err := stateOf(c, rows)
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrKept, err)
	}
	return s, err
}

func stateOf(c *contract.Contract, rows []store.Row) (control.Snapshot, error) {
	if len(rows) == 0 {
		return control.Snapshot{}, errors.New("there is nothing in it")
	}
	w, err := newWorld(c, defaults())
	if err != nil {
		return control.Snapshot{}, err
	}
	w.changes = newChanges()
	if w.worldState, err = w.loaded(rows); err != nil {
		return control.Snapshot{}, err
	}
	w.mu.Lock()
	w.ripenAll()
	now := w.cut(true)
	w.mu.Unlock()
	s, err := now.state().text()
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(w.changes.rows["keys"], &s.Keys) // a mock forgets keys that are not among its settings
}

// StateRows makes the rows of a mock that goes on from a snapshot of the control API. Of the text at most 1 GiB is read.
func StateRows(c *contract.Contract, snapshot io.Reader) ([]store.Row, error) {
	s := defaults()
	if err := WithState(snapshot)(&s); err != nil {
		return nil, err
	}
	for _, key := range s.state.Keys { // else it would forget what became of keys that it does not have
		s.auth.Keys = append(s.auth.Keys, Key{Access: key.Access})
	}
	w, err := newWorld(c, s)
	if err != nil {
		return nil, err
	}
	w.changes = newChanges()
	w.replaced(&worldState{})
	return rowsOf(w.take())
}
