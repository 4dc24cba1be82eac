package postgres

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"

	"github.com/jackc/pgx/v5"
)

// A migration brings a schema to the next version: the first one to version 1. One that only adds, so that
// programs which know less can go on beside newer ones, needs what the one before it needs; one that does
// not needs its own version. What has been released is never changed.
type migration struct {
	needs      int // version that a program must know to use the schema from here on
	statements []string
}

// The revision begins with the time, in milliseconds: one of a schema that was dropped is never one of its
// successor.
var migrations = []migration{{needs: 1, statements: []string{
	`create table $schema.tally_row (
	kind bytea not null, key bytea not null, value bytea, revision bigint not null, gone timestamptz,
	primary key (kind, key))`,
	`create index tally_row_revision on $schema.tally_row (revision)`,
	`create index tally_row_gone on $schema.tally_row (revision) where value is null`,
	`create table $schema.tally_head (
	id integer primary key, revision bigint not null, horizon bigint not null, at timestamptz not null, pruned timestamptz not null)`,
	`insert into $schema.tally_head (id, revision, horizon, at, pruned)
	select 1, begun, begun, clock_timestamp(), clock_timestamp() from (select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as begun) as clock`,
}}}

// newerError is about a schema that a program must not touch.
type newerError struct{ needs, known int }

func (e newerError) Error() string {
	return fmt.Sprintf("it needs a program that knows version %d of it, and this one knows %d: install a newer tally, or name another schema by ?%s=NAME", e.needs, e.known, schemaParam)
}

// prepare makes a schema, or brings it up to date. A program that finds it so changes nothing, and needs no
// right to.
func prepare(ctx context.Context, conn *pgx.Conn, schema string, plan []migration) error {
	version, needs, err := versionOf(ctx, conn, schema)
	if err != nil {
		return err
	}
	if needs > len(plan) {
		return newerError{needs: needs, known: len(plan)}
	}
	if version < len(plan) {
		if err := migrate(ctx, conn, schema, plan); err != nil {
			return err
		}
	}
	return verify(ctx, conn, schema)
}

// versionOf is the version of a schema, 0 for one that is not there, and what it needs.
func versionOf(ctx context.Context, conn *pgx.Conn, schema string) (version, needs int, err error) {
	var there bool
	err = conn.QueryRow(ctx, `select count(*) > 0 from information_schema.tables where table_schema = $1 and table_name = 'tally_version'`, schema).Scan(&there)
	if err != nil || !there {
		return 0, 0, err
	}
	err = conn.QueryRow(ctx, inSchema("select coalesce(max(version), 0), coalesce(max(needs), 0) from $schema.tally_version", schema)).Scan(&version, &needs)
	return version, needs, err
}

// migrate runs in one transaction under a lock, since several processes may start at once.
func migrate(ctx context.Context, conn *pgx.Conn, schema string, plan []migration) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", lockOf(schema)); err != nil {
			return err
		}
		version, needs, err := versionOf(ctx, conn, schema)
		if err != nil {
			return err
		}
		if needs > len(plan) { // somebody newer was faster
			return newerError{needs: needs, known: len(plan)}
		}
		if err := found(ctx, tx, schema); err != nil {
			return err
		}
		for n := version + 1; n <= len(plan); n++ {
			if err := plan[n-1].apply(ctx, tx, schema, n); err != nil {
				return err
			}
		}
		return nil
	})
}

// found makes what holds the versions. Only where there is no schema must the program have the right to
// make one.
func found(ctx context.Context, tx pgx.Tx, schema string) error {
	var there bool
	if err := tx.QueryRow(ctx, "select count(*) > 0 from pg_catalog.pg_namespace where nspname = $1", schema).Scan(&there); err != nil {
		return err
	}
	if !there {
		if _, err := tx.Exec(ctx, inSchema("create schema $schema", schema)); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, inSchema(`create table if not exists $schema.tally_version
(version integer primary key, needs integer not null, applied timestamptz not null)`, schema))
	return err
}

func (m migration) apply(ctx context.Context, tx pgx.Tx, schema string, version int) error {
	for _, text := range m.statements {
		if _, err := tx.Exec(ctx, inSchema(text, schema)); err != nil {
			return fmt.Errorf("migration %d: %w", version, err)
		}
	}
	_, err := tx.Exec(ctx, inSchema("insert into $schema.tally_version (version, needs, applied) values ($1, $2, clock_timestamp())", schema), version, m.needs)
	return err
}

func lockOf(schema string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("tally " + schema)) // never fails
	return int64(h.Sum64())                   //nolint:gosec // any number does
}

var errHeadless = errors.New("its table tally_head has no row: " + repair)

// verify sees that the tables have what the statements use, so that damage shows at the start.
func verify(ctx context.Context, conn *pgx.Conn, schema string) error {
	var revision int64
	err := conn.QueryRow(ctx, inSchema("select revision + 0 * horizon from $schema.tally_head where id = 1 and at is not null and pruned is not null", schema)).Scan(&revision)
	if errors.Is(err, pgx.ErrNoRows) {
		return errHeadless
	}
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, inSchema("select kind, key, value, revision, gone from $schema.tally_row limit 0", schema))
	return err
}
