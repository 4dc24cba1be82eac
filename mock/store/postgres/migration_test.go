//go:build unix

package postgres

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/internal/testpostgres"
	"github.com/tallystick/tallystick/mock/store"
)

func rowsOf(key, value string) []store.Row { return []store.Row{row(key, value)} }

// Several processes may start at once, on nothing.
func TestMigrationsAtOnce(t *testing.T) {
	url := testpostgres.Schema(t)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			s, err := Open(t.Context(), url)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			turn, err := s.Begin(t.Context(), 0)
			if err == nil {
				_, err = turn.Commit(t.Context(), rowsOf("a", "1"))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	s := mustOpen(t, url)
	var versions int
	if err := s.conn.QueryRow(t.Context(), inSchema("select count(*) from $schema.tally_version", s.address.schema)).Scan(&versions); err != nil || versions != len(migrations) {
		t.Errorf("%d versions, %v; want %d", versions, err, len(migrations))
	}
}

// A newer program that only adds works beside an older one. One that does more stops it.
func TestRollout(t *testing.T) {
	url := testpostgres.Schema(t)
	old := mustOpen(t, url)
	write(t, old, row("a", "1"))
	adds := append(slices.Clone(migrations), migration{needs: 1, statements: []string{"alter table $schema.tally_row add note text"}})
	newer, err := open(t.Context(), url, adds)
	if err != nil {
		t.Fatal(err)
	}
	defer newer.Close()
	write(t, newer, row("b", "1"))
	write(t, old, row("c", "1"))
	restarted := mustOpen(t, url)
	turn := mustBegin(t, restarted, 0)
	if got, want := changesOf(t, turn), []string{"k/a=1", "k/b=1", "k/c=1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	turn.Rollback()
	breaks := append(slices.Clone(adds), migration{needs: 3, statements: []string{"alter table $schema.tally_row rename note to remark"}})
	last, err := open(t.Context(), url, breaks)
	if err != nil {
		t.Fatal(err)
	}
	defer last.Close()
	_, err = old.Begin(t.Context(), 0)
	holdTo(t, err, url, "$server: it needs a program that knows version 3 of it, and this one knows 1: install a newer tally, or name another schema by ?schema=NAME")
	_, err = Open(t.Context(), url)
	holdTo(t, err, url, "$server: it needs a program that knows version 3 of it, and this one knows 1: install a newer tally, or name another schema by ?schema=NAME")
	write(t, last, row("d", "1"))
}

// A migration that fails leaves nothing behind.
func TestMigrationFails(t *testing.T) {
	url := testpostgres.Schema(t)
	_, err := open(t.Context(), url, append(slices.Clone(migrations), migration{needs: 1, statements: []string{"alter table $schema.absent add note text"}}))
	holdTo(t, err, url, `$server: relation "$schema.absent" does not exist (SQLSTATE 42P01); `+repair)
	write(t, mustOpen(t, url), row("a", "1"))
}

// Who may not make a schema can use one that is there, with the rights that it takes.
func TestRights(t *testing.T) {
	if !testpostgres.Started() {
		t.Skip("it makes a role: only with a server that was started here")
	}
	url := testpostgres.Schema(t)
	a, err := parse(url)
	if err != nil {
		t.Fatal(err)
	}
	role := "guest_" + a.schema
	execute(t, url, "create role "+role+" login password '"+testpostgres.Password+"'")
	t.Cleanup(func() { execute(t, url, "drop owned by "+role); execute(t, url, "drop role "+role) })
	guest := strings.Replace(url, "tally:", role+":", 1)
	_, err = Open(t.Context(), guest)
	holdTo(t, err, guest, `$server: permission denied for database postgres (SQLSTATE 42501); grant the user what is missing, or start once as one who may make the schema`)
	mustOpen(t, url)
	execute(t, url, "grant usage on schema $schema to "+role)
	execute(t, url, "grant select on $schema.tally_version to "+role)
	execute(t, url, "grant select, insert, update, delete on $schema.tally_row, $schema.tally_head to "+role)
	write(t, mustOpen(t, guest), row("a", "1"))
}
