package postgres

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// address is a database, with all that is needed to get there.
type address struct {
	config *pgx.ConnConfig
	schema string
}

// limits of a session, in milliseconds, which the URL may set otherwise. A turn that hangs is ended before
// those that wait for it give up.
var limits = map[string]string{
	"idle_in_transaction_session_timeout": "10000",
	"lock_timeout":                        "12000",
	"statement_timeout":                   "60000",
}

const (
	connectTimeout = 10 * time.Second
	defaultSchema  = "tally"
	schemaParam    = "schema"
)

var schemaForm = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// parse reads a URL. Its errors never show it: it may have a password in it, and where it is malformed,
// nobody knows where.
func parse(text string) (address, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Opaque != "" || u.Scheme != "postgres" && u.Scheme != "postgresql":
		return address{}, errors.New("this is no URL of the form postgres://USER:PASSWORD@HOST:PORT/DATABASE (it is not shown, since it may hold a password); write special characters of the password as %XX")
	case u.Fragment != "" || u.User == nil && strings.Contains(text, "@"):
		return address{}, errors.New("the URL has a # or an @ that ends the password early (it is not shown for that reason): write special characters as %XX, such as %23 for # and %40 for @")
	}
	config, err := pgx.ParseConfig(text)
	if err != nil {
		return address{}, errors.New("a part of the URL, or of the variables PG*, cannot be used: " + reason(err))
	}
	a := address{config: config, schema: defaultSchema}
	if name, given := config.RuntimeParams[schemaParam]; given {
		delete(config.RuntimeParams, schemaParam)
		if a.schema = name; !schemaForm.MatchString(name) || strings.HasPrefix(name, "pg_") {
			return address{}, fmt.Errorf("schema %q in the URL: want lower-case letters, digits and _, at most 63, the first no digit, not beginning with pg_", name)
		}
	}
	a.settle(u.Query())
	return a, nil
}

// settle sets what the URL leaves open.
func (a address) settle(given url.Values) {
	for name, value := range limits {
		if !given.Has(name) {
			a.config.RuntimeParams[name] = value
		}
	}
	if !given.Has("application_name") {
		a.config.RuntimeParams["application_name"] = "tally"
	}
	if !given.Has("connect_timeout") {
		a.config.ConnectTimeout = connectTimeout
	}
}

// reason is what pgx says of a configuration, without the text of it and without the values in it.
func reason(err error) string {
	text := err.Error()
	if end := strings.LastIndex(text, "`: "); end >= 0 {
		text = text[end+len("`: "):]
	} else {
		return "its form is wrong"
	}
	text, _, _ = strings.Cut(text, " (")
	return text
}

// String is the URL without its password and parameters.
func (a address) String() string {
	c := a.config
	host := c.Host
	if !strings.HasPrefix(host, "/") { // else it is the folder of a socket
		host = net.JoinHostPort(host, strconv.Itoa(int(c.Port)))
	}
	return fmt.Sprintf("postgres://%s@%s/%s, schema %s", c.User, host, c.Database, a.schema)
}
