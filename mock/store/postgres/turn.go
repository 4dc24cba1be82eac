package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/mock/store"
)

// turn is a transaction that holds the lock of the head.
type turn struct {
	shared            *Shared
	ctx               context.Context // of Begin
	since             int64
	revision, horizon int64
	now, pruned       time.Time
	recent            []store.Row // changes that came with the beginning
	ended             bool
}

var errEnded = errors.New("the turn has ended")

// enter begins a turn in one round trip.
func (s *Shared) enter(ctx context.Context, since int64) (*turn, error) {
	t := &turn{shared: s, ctx: ctx, since: since}
	var at time.Time
	var needs int
	b := &pgx.Batch{}
	b.Queue(s.sql.begin)
	b.Queue(s.sql.head).QueryRow(func(row pgx.Row) error {
		return row.Scan(&t.revision, &t.horizon, &at, &t.pruned)
	})
	b.Queue(s.sql.clock).QueryRow(func(row pgx.Row) error { return row.Scan(&t.now, &needs) })
	if since > 0 {
		b.Queue(s.sql.recent, since, most+1).Query(func(rows pgx.Rows) error {
			return each(rows, func(r store.Row) error { t.recent = append(t.recent, r); return nil })
		})
	}
	if err := s.conn.SendBatch(ctx, b).Close(); err != nil {
		return nil, err
	}
	if needs > s.sql.known {
		return nil, newerError{needs: needs, known: s.sql.known}
	}
	for _, earlier := range []time.Time{at, s.last} {
		if t.now.Before(earlier) {
			t.now = earlier
		}
	}
	t.now = t.now.UTC()
	s.last = t.now
	return t, nil
}

// Now is the time of the database when the turn began, in microseconds, but never before that of an
// earlier turn: the clock of a server may be set back, or another server may take over.
func (t *turn) Now() time.Time { return t.now }

func (t *turn) Revision() int64 { return t.revision }

// Whole says so too when what is gone since then has been forgotten, and when the revision is none of this
// schema: somebody may have made it anew.
func (t *turn) Whole() bool { return t.since <= 0 || t.since < t.horizon || t.since > t.revision }

func (t *turn) Changes(each func(store.Row) error) error {
	switch {
	case t.ended:
		return t.shared.explain(errEnded)
	case t.Whole():
		return t.stream(each, t.shared.sql.all)
	case len(t.recent) > most:
		return t.stream(each, t.shared.sql.later, t.since)
	}
	for _, r := range t.recent {
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

// stream gives rows as they arrive.
func (t *turn) stream(give func(store.Row) error, sql string, args ...any) error {
	rows, err := t.shared.conn.Query(t.ctx, sql, args...)
	if err != nil {
		return t.shared.explain(err)
	}
	var refused error
	err = each(rows, func(r store.Row) error { refused = give(r); return refused })
	if err != nil && refused == nil {
		return t.shared.explain(err)
	}
	return err
}

// each reads rows, and closes them. A value is nil only where the row is gone.
func each(rows pgx.Rows, give func(store.Row) error) error {
	defer rows.Close()
	for rows.Next() {
		var kind, key, value []byte
		if err := rows.Scan(&kind, &key, &value); err != nil {
			return err
		}
		if err := give(store.Row{Kind: string(kind), Key: string(key), Value: value}); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Commit writes in one round trip. Where it fails, the rows may still have been written: the answer of the
// database can be lost. With no rows there is no new revision, and nobody waits for the database.
func (t *turn) Commit(ctx context.Context, rows []store.Row) (int64, error) {
	if t.ended {
		return 0, t.shared.explain(errEnded)
	}
	if len(rows) == 0 {
		return t.revision, t.Rollback()
	}
	t.ended = true
	defer t.shared.leave()
	if err := t.write(ctx, latest(rows)); err != nil {
		t.shared.hangUp()
		return 0, t.shared.explain(err)
	}
	return t.revision + 1, nil
}

func (t *turn) write(ctx context.Context, rows []store.Row) error {
	sql, b := &t.shared.sql, &pgx.Batch{}
	for len(rows) > 0 {
		part := rows[:partOf(rows)]
		rows = rows[len(part):]
		kinds, keys, values := columns(part)
		b.Queue(sql.put, kinds, keys, values, t.revision+1, t.now)
	}
	b.Queue(sql.advance, t.revision+1, t.now)
	if keep := t.shared.keep; t.now.Sub(t.pruned) > keep/10 {
		b.Queue(sql.prune, t.now.Add(-keep), t.now)
	}
	var tag string
	b.Queue(sql.commit).Exec(func(done pgconnTag) error { tag = done.String(); return nil })
	if err := t.shared.conn.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	if tag != "COMMIT" {
		return fmt.Errorf("the database answers COMMIT by %s: nothing was written", tag)
	}
	return nil
}

// Rollback does not wait for the database: nobody else's turn begins before it knows.
func (t *turn) Rollback() error {
	if t.ended {
		return nil
	}
	t.ended = true
	go t.abort()
	return nil
}

func (t *turn) abort() {
	defer t.shared.leave()
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	if _, err := t.shared.conn.Exec(ctx, t.shared.sql.abort); err != nil {
		t.shared.hangUp()
	}
}
