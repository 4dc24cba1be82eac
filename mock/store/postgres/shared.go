// Package postgres keeps the state of mocks in a PostgreSQL database, for several processes at once.
//
// A turn is one transaction, which holds the lock of one row, the head. It takes two round trips: one
// that begins it and brings what has changed, one that writes and commits. There is nothing in it that
// PostgreSQL alone has, but for the lock under which a schema is made and the time limits of a session.
//
// Each Shared has one connection: turns exclude each other, so a second one would only wait. A turn that
// takes too long is ended by the server, and a process that dies in its turn loses it at once; the others
// go on, without what it had not committed.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/mock/store"
)

// tombstones is how long it is remembered that a row is gone. Who was away for longer gets all rows.
const tombstones = 10 * time.Minute

// farewell bounds what is done without a context: the end of a turn, the end of a connection.
const farewell = 5 * time.Second

// Shared is a database in which several processes keep their state. Its methods may be called from
// several goroutines; make one with Open.
type Shared struct {
	address address
	sql     statements
	keep    time.Duration // of what is gone
	gate    chan struct{} // holds one thing, which whoever uses the fields below has taken out
	conn    *pgx.Conn     // nil when there is none
	last    time.Time     // that a turn has told
	closed  bool
}

var (
	_ store.Shared = (*Shared)(nil)
	_ store.Turn   = (*turn)(nil)
)

var errClosed = errors.New("it has been closed")

// Open connects to the database that a URL names, postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME,
// and makes the schema there, or brings it up to date. What the URL leaves out comes from the variables and
// files of libpq, such as PGPASSWORD and ~/.pgpass; without schema, it is "tally". No error has the
// password in it. Where no server answers, the error is ErrUnreachable.
func Open(ctx context.Context, url string) (*Shared, error) { return open(ctx, url, migrations) }

func open(ctx context.Context, url string, plan []migration) (*Shared, error) {
	a, err := parse(url)
	if err != nil {
		return nil, err
	}
	s := &Shared{address: a, sql: statementsIn(a.schema), keep: tombstones, gate: make(chan struct{}, 1)}
	if err := s.connect(ctx); err != nil {
		return nil, s.explain(err)
	}
	if err := prepare(ctx, s.conn, a.schema, plan); err != nil {
		s.hangUp()
		return nil, s.explain(err)
	}
	s.sql.known = len(plan)
	s.leave()
	return s, nil
}

// Begin waits for a turn, and gives it with what has changed after a revision; 0 asks for everything. A
// connection that broke while nobody used it is made anew.
func (s *Shared) Begin(ctx context.Context, since int64) (store.Turn, error) {
	select {
	case <-s.gate:
	case <-ctx.Done():
		return nil, s.explain(context.Cause(ctx))
	}
	t, err := s.begin(ctx, since)
	if err != nil {
		s.hangUp()
		s.leave()
		return nil, s.explain(err)
	}
	return t, nil
}

// attempts is how often a turn is begun when the server says that it should be tried again.
const attempts = 3

func (s *Shared) begin(ctx context.Context, since int64) (*turn, error) {
	for n := 1; ; n++ {
		if s.closed {
			return nil, errClosed
		}
		old := s.conn != nil
		if err := s.connect(ctx); err != nil {
			return nil, err
		}
		t, err := s.enter(ctx, since)
		if err == nil {
			return t, nil
		}
		again := transient(err) || old && broken(err)
		if n == attempts || !again || ctx.Err() != nil {
			return nil, err
		}
		s.hangUp()
	}
}

// connect makes the connection, if there is none.
func (s *Shared) connect(ctx context.Context) error {
	if s.conn != nil {
		return nil
	}
	conn, err := pgx.ConnectConfig(ctx, s.address.config.Copy())
	if err != nil {
		return err
	}
	s.conn = conn
	return nil
}

// hangUp ends the connection, and with it the transaction that it may be in.
func (s *Shared) hangUp() {
	if s.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	_ = s.conn.Close(ctx) // the server ends what is left over
	s.conn = nil
}

// leave lets the next one use the connection.
func (s *Shared) leave() { s.gate <- struct{}{} }

// Close ends the connection, after the turn that is under way. A second one does nothing.
func (s *Shared) Close() error {
	patience := time.NewTimer(farewell)
	defer patience.Stop()
	select {
	case <-s.gate:
	case <-patience.C:
		return s.explain(fmt.Errorf("a turn is still under way after %v: end it by Commit or Rollback before Close", farewell))
	}
	defer s.leave()
	s.closed = true
	s.hangUp()
	return nil
}
