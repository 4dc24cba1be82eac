// Package store says what keeps the state of a mock outside of its memory: in a file of one process, or in a
// database of several. A store knows nothing of what the rows mean.
package store

import (
	"context"
	"time"
)

// Row is one piece of a mock's state. Kind and Key name it. A nil Value says that it is gone.
type Row struct {
	Kind, Key string // plain ASCII, together at most 1,100 bytes
	Value     []byte
}

// Store keeps rows for one process at a time. Its methods are called by one goroutine at a time.
type Store interface {
	// Load gives every row, ordered by Kind, then Key. The rows belong to who gets them. An error of each ends it,
	// and is what Load returns.
	Load(ctx context.Context, each func(Row) error) error

	// Commit changes all of the rows or none. On return they survive a crash. No two of them have the same name.
	Commit(ctx context.Context, rows []Row) error

	// Close lets go of what the store holds. What was committed stays.
	Close() error
}

// Shared keeps rows for several processes at once. It is safe for concurrent use: turns exclude each other, in
// this process and among all.
type Shared interface {
	// Begin waits for its turn, at most as long as ctx lets it. The turn sees what was committed after the revision
	// since; 0 is before the first.
	Begin(ctx context.Context, since int64) (Turn, error)

	// Close ends the connection. A turn that has begun fails.
	Close() error
}

// Turn is the time in which one process alone reads and changes the rows. One goroutine uses it, and ends it by
// Commit or Rollback.
type Turn interface {
	Now() time.Time  // the store's own clock, one for all processes
	Revision() int64 // of the last commit; 0 when there has been none
	Whole() bool     // Changes gives all rows, not only those after since

	// Changes gives the rows changed after since, in any order, gone ones with a nil Value. The rows belong to who
	// gets them.
	Changes(each func(Row) error) error

	// Commit changes all of the rows or none, and ends the turn. No two of them have the same name. It gives the
	// revision that they have.
	Commit(ctx context.Context, rows []Row) (revision int64, err error)

	// Rollback ends the turn without a change; after Commit it does nothing.
	Rollback() error
}
