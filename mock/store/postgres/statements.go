package postgres

import (
	"strings"

	"github.com/jackc/pgx/v5"
)

// statements are those of a turn, for one schema.
type statements struct {
	known                                     int // version of the schema that this program knows
	head, clock, recent, later, all           string
	put, advance, prune, begin, commit, abort string
}

// most is how many changes come with the beginning of a turn. There is a limit so that the database always
// takes the index for them, however little it knows of the table yet.
const most = 4096

// The clock stands in a statement of its own, since the first one may wait for its turn. The rows that are
// gone are pruned oldest first and 10,000 at a time, so that no turn takes long.
func statementsIn(schema string) statements {
	in := func(text string) string { return inSchema(text, schema) }
	return statements{
		begin:   "begin isolation level read committed",
		head:    in("select revision, horizon, at, pruned from $schema.tally_head where id = 1 for update"),
		clock:   in("select clock_timestamp(), coalesce(max(needs), 0) from $schema.tally_version"),
		recent:  in("select kind, key, value from $schema.tally_row where revision > $1 order by revision limit $2"),
		later:   in("select kind, key, value from $schema.tally_row where revision > $1 order by kind, key"),
		all:     in("select kind, key, value from $schema.tally_row where value is not null order by kind, key"),
		advance: in("update $schema.tally_head set revision = $1, at = $2 where id = 1"),
		put: in(`insert into $schema.tally_row (kind, key, value, revision, gone)
select kind, key, value, $4, case when value is null then $5::timestamptz end from unnest($1::bytea[], $2::bytea[], $3::bytea[]) as changed (kind, key, value)
on conflict (kind, key) do update set value = excluded.value, revision = excluded.revision, gone = excluded.gone`),
		prune: in(`with dead as (delete from $schema.tally_row where gone < $1 and (kind, key) in
(select kind, key from $schema.tally_row where value is null order by revision limit 10000) returning revision)
update $schema.tally_head set horizon = greatest(horizon, (select max(revision) from dead)),
pruned = case when (select count(*) from dead) < 10000 then $2 else pruned end where id = 1`),
		commit: "commit",
		abort:  "rollback",
	}
}

// inSchema puts the name of a schema into a statement.
func inSchema(text, schema string) string {
	return strings.ReplaceAll(text, "$schema", pgx.Identifier{schema}.Sanitize())
}
