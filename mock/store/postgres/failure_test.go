//go:build unix

package postgres

import (
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/internal/testpostgres"
)

// kill ends the connection of a Shared, as an operator would, or a server that goes away.
func kill(t *testing.T, url string, pid uint32) {
	t.Helper()
	execute(t, url, "select pg_terminate_backend($1, 10000)", int32(pid))
}

// A connection that is cut in a turn loses that turn, and nothing else.
func TestCutInATurn(t *testing.T) {
	url := testpostgres.Schema(t)
	one, two := mustOpen(t, url), mustOpen(t, url)
	write(t, one, row("a", "1"))
	turn := mustBegin(t, one, 0)
	kill(t, url, one.conn.PgConn().PID())
	write(t, two, row("b", "1")) // it is not held up
	if _, err := turn.Commit(t.Context(), nil); err != nil {
		t.Errorf("a turn that only looked: %v", err)
	}
	turn = mustBegin(t, one, 0)
	kill(t, url, one.conn.PgConn().PID())
	if _, err := turn.Commit(t.Context(), rowsOf("a", "2")); !errors.Is(err, ErrUnreachable) {
		t.Errorf("%v, want ErrUnreachable", err)
	}
	turn = mustBegin(t, one, 0) // by a new connection
	defer turn.Rollback()
	if got, want := changesOf(t, turn), []string{"k/a=1", "k/b=1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A connection that is cut between turns is made anew without a word.
func TestCutBetweenTurns(t *testing.T) {
	url := testpostgres.Schema(t)
	s := mustOpen(t, url)
	revision := write(t, s, row("a", "1"))
	kill(t, url, s.conn.PgConn().PID())
	turn := mustBegin(t, s, revision-1)
	defer turn.Rollback()
	if got := changesOf(t, turn); !slices.Equal(got, []string{"k/a=1"}) {
		t.Errorf("%q", got)
	}
}

// A process that hangs in its turn is put out by the server.
func TestHangsInATurn(t *testing.T) {
	url := testpostgres.Schema(t)
	hung := mustOpen(t, testpostgres.With(url, "idle_in_transaction_session_timeout", "200"))
	turn := mustBegin(t, hung, 0)
	write(t, mustOpen(t, url), row("a", "1"))
	_, err := turn.Commit(t.Context(), rowsOf("a", "2"))
	if err == nil {
		t.Fatal("a turn that was ended has committed")
	}
	after := mustBegin(t, hung, 0)
	defer after.Rollback()
	if got := changesOf(t, after); !slices.Equal(got, []string{"k/a=1"}) {
		t.Errorf("%q", got)
	}
}

func TestLockTimeout(t *testing.T) {
	url := testpostgres.Schema(t)
	held := mustBegin(t, mustOpen(t, url), 0)
	defer held.Rollback()
	impatient := testpostgres.With(url, "lock_timeout", "50")
	_, err := mustOpen(t, impatient).Begin(t.Context(), 0)
	holdTo(t, err, impatient, "$server: canceling statement due to lock timeout (SQLSTATE 55P03); "+advice["55P03"])
}

func TestOpenErrors(t *testing.T) {
	base := testpostgres.URL(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := listener.Addr().String()
	listener.Close()
	const secret = testpostgres.Password
	for _, tc := range []struct {
		name, url string
		away      bool
		want      string
	}{
		{"no server", "postgres://u:" + secret + "@" + free + "/d?sslmode=disable", true,
			"$server: no connection: " + strings.Replace(free+" ($host): dial error: dial tcp "+free, "127.0.0.1", "$host", 2) + ": connect: connection refused"},
		{"no server, with TLS and without", "postgres://u:" + secret + "@" + free + "/d", true,
			"$server: no connection: " + strings.Replace(free+" ($host): dial error: dial tcp "+free, "127.0.0.1", "$host", 2) + ": connect: connection refused"},
		{"no database", strings.Replace(base, "/postgres?", "/absent?", 1), false,
			"$server: database \"absent\" does not exist (SQLSTATE 3D000); make the database first, such as by createdb, or name another one"},
		{"wrong password", strings.Replace(base, secret, "wrong", 1), false,
			"$server: password authentication failed for user \"tally\" (SQLSTATE 28P01); put the right user and password into the URL, PGPASSWORD or ~/.pgpass"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.url != "" && !testpostgres.Started() && !tc.away {
				t.Skip("only with a server that was started here")
			}
			_, err := Open(t.Context(), tc.url)
			holdTo(t, err, tc.url, tc.want)
			if errors.Is(err, ErrUnreachable) != tc.away {
				t.Errorf("unreachable: %t", !tc.away)
			}
		})
	}
}

// Damage shows when a process starts, and in the next turn of one that runs.
func TestDamage(t *testing.T) {
	for _, tc := range []struct{ sql, want string }{
		{"drop table $schema.tally_row", `$server: relation "$schema.tally_row" does not exist (SQLSTATE 42P01); ` + repair},
		{"alter table $schema.tally_row drop value", `$server: column "value" does not exist (SQLSTATE 42703); ` + repair},
		{"alter table $schema.tally_head drop horizon", `$server: column "horizon" does not exist (SQLSTATE 42703); ` + repair},
		{"delete from $schema.tally_head", `$server: its table tally_head has no row: ` + repair},
	} {
		t.Run(tc.sql, func(t *testing.T) {
			url := testpostgres.Schema(t)
			s := mustOpen(t, url)
			since := write(t, s, row("a", "1"))
			execute(t, url, tc.sql)
			_, err := s.Begin(t.Context(), since)
			holdTo(t, err, url, tc.want)
			_, err = Open(t.Context(), url)
			holdTo(t, err, url, tc.want)
		})
	}
	t.Run("the versions", func(t *testing.T) {
		url := testpostgres.Schema(t)
		s := mustOpen(t, url)
		execute(t, url, "drop table $schema.tally_version")
		_, err := s.Begin(t.Context(), 0)
		holdTo(t, err, url, `$server: relation "$schema.tally_version" does not exist (SQLSTATE 42P01); `+repair)
		_, err = Open(t.Context(), url)
		holdTo(t, err, url, `$server: relation "tally_row" already exists (SQLSTATE 42P07); `+repair)
	})
}
