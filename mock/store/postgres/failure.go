package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrUnreachable says that no server answered, or that it has no room.
var ErrUnreachable = errors.New("the database cannot be reached")

// pgconnTag is what a statement did.
type pgconnTag = pgconn.CommandTag

const repair = "restore the schema from a backup, name another one by ?" + schemaParam + "=NAME, or drop it to begin anew"

// advice is what to do about an error, by its SQLSTATE.
var advice = map[string]string{
	"28P01": "put the right user and password into the URL, PGPASSWORD or ~/.pgpass",
	"28000": "put a user into the URL who may log in from here, or change pg_hba.conf of the server",
	"3D000": "make the database first, such as by createdb, or name another one",
	"42501": "grant the user what is missing, or start once as one who may make the schema",
	"25006": "the server is a standby: name the primary, or add target_session_attrs=read-write to the URL",
	"55P03": "another process holds the turn for longer than lock_timeout; idle_in_transaction_session_timeout ought to end it before",
	"57014": "the database took longer than statement_timeout, which the URL may set, in milliseconds",
	"25P03": "the turn took longer than idle_in_transaction_session_timeout, which the URL may set, in milliseconds",
	"53100": "the disk of the server is full",
	"3F000": repair,
	"42P01": repair,
	"42P07": repair,
	"42703": repair,
	"42804": repair,
	"42883": repair,
}

// away are the states in which a server answers, but for nobody: too many connections, or it starts or ends.
var away = map[string]bool{"53300": true, "57P01": true, "57P02": true, "57P03": true}

// explain says where an error is from, and what to do about it.
func (s *Shared) explain(err error) error {
	var refused *pgconn.PgError
	var unconnected *pgconn.ConnectError
	text := err.Error()
	switch {
	case errors.As(err, &refused):
		what := fmt.Sprintf("%s (SQLSTATE %s)", refused.Message, refused.Code)
		if do, known := advice[refused.Code]; known {
			what += "; " + do
		}
		if away[refused.Code] {
			err = errors.Join(ErrUnreachable, err)
		}
		text = what
	case errors.As(err, &unconnected):
		err = errors.Join(ErrUnreachable, err)
		text = "no connection: " + onOneLine(unconnected.Unwrap().Error())
	case errors.Is(err, context.DeadlineExceeded):
		text = "no answer in time: the server is slow, or another process holds the turn (" + text + ")"
	case lost(err):
		text = "the connection has broken: " + text
		err = errors.Join(ErrUnreachable, err)
	case errors.Is(err, pgx.ErrNoRows):
		err, text = errHeadless, errHeadless.Error()
	}
	return &failure{text: s.address.String() + ": " + text, cause: err}
}

// onOneLine puts lines into one, each once: the driver tries with TLS and without, and mostly fails the same way.
func onOneLine(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}

// failure is an error with its place.
type failure struct {
	text  string
	cause error
}

func (f *failure) Error() string { return f.text }

func (f *failure) Unwrap() error { return f.cause }

// transient says that the same turn, begun again, may go well.
func transient(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && (refused.Code == "40001" || refused.Code == "40P01")
}

// broken says that the connection had ended, not that the database refuses something.
func broken(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return away[refused.Code] || refused.Code == "25P03"
	}
	return lost(err)
}

// lost says that the network let go of a connection.
func lost(err error) bool {
	var network net.Error
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, pgconn.ErrConnClosed) ||
		errors.As(err, &network) && !errors.Is(err, context.DeadlineExceeded)
}
