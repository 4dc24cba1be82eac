//go:build unix

package postgres

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/internal/testpostgres"
	"github.com/tallystick/tallystick/mock/store"
)

// execute runs a statement beside everything else; $schema is that of the URL.
func execute(t testing.TB, url, sql string, args ...any) {
	t.Helper()
	a, err := parse(url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.ConnectConfig(context.Background(), a.config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), inSchema(sql, a.schema), args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func mustOpen(t testing.TB, url string) *Shared {
	t.Helper()
	s, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func mustBegin(t testing.TB, s store.Shared, since int64) *turn {
	t.Helper()
	began, err := s.Begin(t.Context(), since)
	if err != nil {
		t.Fatal(err)
	}
	return began.(*turn)
}

func mustCommit(t testing.TB, turn store.Turn, rows ...store.Row) int64 {
	t.Helper()
	revision, err := turn.Commit(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// write commits rows in a turn of its own.
func write(t testing.TB, s store.Shared, rows ...store.Row) int64 {
	t.Helper()
	return mustCommit(t, mustBegin(t, s, 0), rows...)
}

// changesOf are the changes as text: key=value, or key-gone.
func changesOf(t testing.TB, turn store.Turn) []string {
	t.Helper()
	var list []string
	err := turn.Changes(func(r store.Row) error {
		text := r.Kind + "/" + r.Key + "=" + string(r.Value)
		if r.Value == nil {
			text = r.Kind + "/" + r.Key + " gone"
		}
		list = append(list, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// mirror is what a process has in its memory.
type mirror struct {
	rows     map[string]string
	revision int64
}

// follow brings a mirror up to date. It is an error when something that is not new comes as a change.
func (m *mirror) follow(turn store.Turn) error {
	if turn.Whole() {
		m.rows = map[string]string{}
	}
	m.revision = turn.Revision()
	return turn.Changes(func(r store.Row) error {
		value, known := m.rows[r.Key]
		if known && value == string(r.Value) && r.Value != nil || r.Value == nil && !known && turn.Whole() {
			return errors.New("seen twice: " + r.Key)
		}
		if r.Value == nil {
			delete(m.rows, r.Key)
		} else {
			m.rows[r.Key] = string(r.Value)
		}
		return nil
	})
}

func (m *mirror) equals(other *mirror) bool { return maps.Equal(m.rows, other.rows) }

// holdTo compares the text of an error, in which the server's place is $server.
func holdTo(t testing.TB, err error, url, want string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", want)
	}
	got := err.Error()
	if a, wrong := parse(url); wrong == nil {
		got = strings.ReplaceAll(got, a.String(), "$server")
		if a.schema != defaultSchema {
			got = strings.ReplaceAll(got, a.schema, "$schema")
		}
		got = strings.ReplaceAll(got, a.config.Host, "$host")
	}
	if strings.Contains(got, testpostgres.Password) {
		t.Fatalf("the password is in %s", got)
	}
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
