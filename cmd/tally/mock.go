package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tallystick/tallystick/cmd/internal/wire"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/defects"
	"github.com/tallystick/tallystick/mock/fault"
)

// mockSettings is what the flags of `tally mock` say.
type mockSettings struct {
	spec, addr, ready, log string
	seedState, fixtures    string // one and the same; fixtures is the older name
	state                  []byte // of a whole mock, that seedState names; nil for none
	wire                   wireSettings
	snapshot               fixtures.Snapshot
	control                bool
	defect                 string
	listDefects            bool
	auth                   mock.Auth
	keys                   keySettings
	progress               mock.Progress
	world                  mock.World
	faults                 []string
	journal                int
	journalBytes           int64
	bench                  workbench
	keep                   keepSettings
	flags                  *pflag.FlagSet                    // to tell what somebody has set
	last                   atomic.Pointer[contract.Contract] // read from spec
}

func newMock(env map[string]string) *cobra.Command {
	m := &mockSettings{addr: "127.0.0.1:8080", log: logText, control: true, auth: mock.Auth{Mode: mock.Strict}, journal: mock.JournalEntries, journalBytes: mock.JournalBytes, bench: newWorkbench()}
	all := m.settings()
	cmd := &cobra.Command{
		Use:   "mock [flags]",
		Short: "Play the service of a contract.",
		Long: `Serves the API that the contract describes, with resources that live the declared lifecycle, in memory
or kept with --state. Prints its address, a project, a token and a command that creates the documented
resource; the access log goes to the standard error stream, without tokens. Runs until it is
interrupted (SIGINT or SIGTERM), then lets open requests end for up to 5 seconds.

Beside the API stands a control API under /_tally/, for tests: it moves the clock, forces states and
lets things fail. It answers this machine only. GET /_tally/health lists its calls,
and /_tally/ is a page to look at it all in a browser.`,
		Example: `  tally mock --token secret=my-project --speed 60 --progress stop=manual`,
		Annotations: map[string]string{
			exitNotes: `  0  it was interrupted
  2  wrong usage, a contract with problems (all are printed) or an address that is taken
  3  the database of --state cannot be reached`},
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := all.read(cmd, env); err != nil {
				return err
			}
			m.flags = cmd.Flags()
			if m.listDefects {
				return m.printDefects(cmd.OutOrStdout())
			}
			return m.serve(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	all.declare(cmd)
	return cmd
}

// settings lists the flags in the order of the help.
func (m *mockSettings) settings() settings {
	return slices.Concat(settings{
		{name: "spec", form: "FILE", usage: "The contract to play, or any other OpenAPI document, which is served without state, with credentials only looked for, not verified. Default the built-in one.", set: into(&m.spec)},
		{name: "addr", form: "HOST:PORT|unix:PATH", initial: m.addr, usage: addrUsage, set: m.setAddr},
		{name: "ready-file", form: "FILE", usage: "Write the base URL into this file once requests are served; it is removed at the end.", set: into(&m.ready)},
		{name: "seed-state", form: "FILE", set: into(&m.seedState),
			usage: "What there is at the start: a snapshot, {\"instances\": [{\"tenant\", \"id\", \"state\", \"body\"}]} with the body as a read of it shows it, or a recording (HAR), of which each instance is taken as it was seen last, or the whole state of a mock, as GET /_tally/snapshot gives it. Default nothing. Example: --seed-state life.har."},
		{name: "fixtures", form: "FILE", set: into(&m.fixtures), usage: "The older name of --seed-state."},
		{name: "auth", form: "MODE", initial: string(m.auth.Mode), words: authModes, set: m.setAuth,
			usage: "Who may call: strict (tokens of their own project), any (any token that is not empty) or off (everybody)."},
		{name: "token", form: "TOKEN=PROJECT", many: true, secret: true, set: m.addToken,
			usage: "A token that is valid for the project with this id, as it stands in paths. May be repeated. Default a random one."},
		{name: "user", form: "NAME:PASSWORD[:DOMAIN]", many: true, secret: true, set: m.addUser,
			usage: "A user who may get tokens. May be repeated. Default anybody."},
		{name: "ak", form: "ID[=PROJECT]", many: true, set: m.keys.addID,
			usage: "The id of an access key whose signatures are accepted, for the project with this id or for all. May be repeated: each takes an --sk, in the same order."},
		{name: "sk", form: "SECRET[:TOKEN]", many: true, secret: true, set: m.keys.addSecret,
			usage: "The secret of the access key, and for a temporary key the security token that comes with it; @FILE is what the file holds."},
		{name: "region", form: "NAME", set: into(&m.auth.Region),
			usage: "The region of the endpoints in a token's catalog. Default what the project's name begins with."},
		{name: "quota", form: "N", set: m.setQuota,
			usage: "Resources a project may have; 0 is no limit. Default what the contract says."},
		{name: "progress", form: "[EVENT=]WHEN", many: true, initial: "time", set: m.addProgress,
			usage: "When transient states end: time, reads:N (seen N times) or manual (by the control API). EVENT is an operation, an action or an event of time; without it, all. May be repeated."},
		{name: "speed", form: "FACTOR", initial: "1", words: []string{"1", "10", "60", "3600", "instant"}, set: m.setSpeed,
			usage: "How much faster than real the clock runs, or instant: transient states end right after the answer that reports them."},
		{name: "given", form: "NAME", many: true, set: m.addGiven,
			usage: "A condition of the world that holds from the start, such as a bucket that denies access. May be repeated."},
		{name: "catalogue", form: "SCHEMA/KEY:MEMBER=VALUE", many: true, set: m.addCatalogue,
			usage: "Change an entry of a catalogue. VALUE is JSON, or else a string. May be repeated."},
		{name: "rate-limit", form: "N/WINDOW", set: m.setRateLimit,
			usage: "Calls a project may make per minute, hour or day. Default no limit."},
		{name: "no-control", form: "bool", usage: "Leave the control API out.", set: m.setNoControl},
		{name: "fault", form: "SPEC", many: true, set: m.addFault,
			usage: "What goes wrong on purpose, " + fault.Form + ", such as createInstance:code=ModelArts.6101:first=2:after; docs/mock.md has all names. May be repeated. Default nothing."},
		{name: "journal", form: "N", initial: strconv.Itoa(m.journal), set: m.setJournal,
			usage: "Requests that the journal keeps, up to 1000000; the oldest go first. 0 is no journal."},
		{name: "journal-bytes", form: "SIZE", initial: "16MiB", set: m.setJournalBytes,
			usage: "Bytes that they may take together, such as 512KiB or 64MiB, at least 128KiB. 0 is no journal. Of a body it keeps the first 256 KiB, or a quarter of this where that is less."},
		{name: "defect", form: "NAME", set: into(&m.defect),
			usage: "Break the contract on purpose, in one way, to see whether a test finds it. Default nothing is broken."},
		{name: "list-defects", form: "bool", set: setBool(&m.listDefects),
			usage: "Only list the defects that the contract makes possible: name, family, what a client sees."},
		{name: "log", form: "FORM", initial: m.log, words: logForms, set: oneOf(&m.log, logForms),
			usage: "Access log: text, json or off."},
	}, m.keep.settings(), m.bench.settings(), m.wire.settings())
}

var authModes = []string{string(mock.Strict), string(mock.Any), string(mock.Off)}

func into(target *string) func(string) error {
	return func(text string) error { *target = text; return nil }
}

func oneOf(target *string, words []string) func(string) error {
	return func(text string) error {
		if !slices.Contains(words, text) {
			return fmt.Errorf("want one of %s", strings.Join(words, ", "))
		}
		*target = text
		return nil
	}
}

func (m *mockSettings) setAddr(text string) error { return setAddr(&m.addr, text) }

// addrUsage is what the help says of --addr.
const addrUsage = "Where to listen, for HTTP/1.1 and HTTP/2. Port 0 is any free one; the file of a unix socket is for its owner only."

func setAddr(addr *string, text string) error {
	path, socket := wire.SocketPath(text)
	if path != "" && socket {
		*addr = text
		return nil
	}
	_, port, err := net.SplitHostPort(text)
	if err != nil || socket {
		return errors.New("want HOST:PORT, such as 127.0.0.1:8080, or unix:PATH")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return errors.New("want a port from 0 to 65535")
	}
	*addr = text
	return nil
}

func (m *mockSettings) setAuth(text string) error {
	var mode string
	err := oneOf(&mode, authModes)(text)
	m.auth.Mode = mock.AuthMode(mode)
	return err
}

func (m *mockSettings) addToken(text string) error {
	value, project, _ := strings.Cut(text, "=")
	if value == "" || project == "" {
		return errors.New("want TOKEN=PROJECT, neither of them empty; a TALLY_TOKEN for tally check is a token alone, so unset it here")
	}
	m.auth.Tokens = append(m.auth.Tokens, mock.Token{Value: value, Project: project})
	return nil
}

func (m *mockSettings) addUser(text string) error {
	parts := strings.SplitN(text, ":", 3)
	if len(parts) < 2 || parts[0] == "" || parts[1] == "" {
		return errors.New("want NAME:PASSWORD or NAME:PASSWORD:DOMAIN")
	}
	u := mock.User{Name: parts[0], Password: parts[1]}
	if len(parts) == 3 {
		u.Domain = parts[2]
	}
	m.auth.Users = append(m.auth.Users, u)
	return nil
}

func (m *mockSettings) setQuota(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return errors.New("want 0 (no limit) or a number above it")
	}
	m.world.Quota = &n
	return nil
}

func (m *mockSettings) addProgress(text string) error {
	_, policy, one := strings.Cut(text, "=")
	if !one {
		policy = text
	}
	if _, err := mock.ParsePolicy(policy); err != nil {
		return errors.New("want time, reads:N (N ≥ 1) or manual, perhaps after EVENT=")
	}
	return m.progress.Set(text)
}

func (m *mockSettings) setSpeed(text string) error {
	return withoutPrefix(m.progress.SetSpeed(text), fmt.Sprintf("speed %q: ", text))
}

// withoutPrefix takes away what the message around an error says already.
func withoutPrefix(err error, prefix string) error {
	if err == nil {
		return nil
	}
	return errors.New(strings.TrimPrefix(err.Error(), prefix))
}

func (m *mockSettings) addGiven(text string) error {
	m.world.Given = append(m.world.Given, text)
	return nil
}

func (m *mockSettings) addCatalogue(text string) error {
	before, value, _ := strings.Cut(text, "=")
	colon := strings.LastIndex(before, ":")
	if colon < 0 || !strings.Contains(before[:colon], "/") || colon == len(before)-1 {
		return errors.New("want SCHEMA/KEY:MEMBER=VALUE")
	}
	var decoded any
	if err := json.Unmarshal([]byte(value), &decoded); err != nil {
		decoded = value
	}
	name, patch := before[:colon], map[string]any{before[colon+1:]: decoded}
	if m.world.Catalogue == nil {
		m.world.Catalogue = map[string]map[string]any{}
	}
	m.world.Catalogue[name], _ = contract.MergePatch(m.world.Catalogue[name], patch).(map[string]any)
	return nil
}

func (m *mockSettings) setRateLimit(text string) error {
	calls, window, _ := strings.Cut(text, "/")
	n, err := strconv.Atoi(calls)
	if err != nil || n < 1 || !slices.Contains([]string{"minute", "hour", "day"}, window) {
		return errors.New("want N/minute, N/hour or N/day, N ≥ 1")
	}
	m.world.RateLimit = mock.RateLimit{Calls: n, Window: window}
	return nil
}

func (m *mockSettings) addFault(text string) error {
	m.faults = append(m.faults, text)
	_, err := fault.Parse(text)
	return withoutPrefix(err, fmt.Sprintf("fault %q: ", text))
}

func (m *mockSettings) setNoControl(text string) error {
	var off bool
	err := setBool(&off)(text)
	m.control = !off
	return err
}

func (m *mockSettings) setJournal(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil {
		return errors.New("want a number from 0 to 1000000")
	}
	m.journal = n
	return mock.CheckJournal(n, m.journalBytes)
}

func (m *mockSettings) setJournalBytes(text string) error {
	n, err := mock.ParseSize(text)
	if err != nil {
		return errors.New("want a number of bytes such as 65536, 512KiB or 16MiB")
	}
	m.journalBytes = n
	return mock.CheckJournal(m.journal, n)
}

// handler makes the mock. An option that does not fit the contract is tried alone, so that the message
// can name its flag.
func (m *mockSettings) handler(c *contract.Contract, opts ...mock.Option) (*mock.Mock, error) {
	if m.defect != "" {
		d, err := defects.Find(c, m.defect)
		if err != nil {
			return nil, fmt.Errorf("--defect: %w; --list-defects shows them", err)
		}
		opts = append(opts, d.Option())
	}
	opts = append(opts, m.workbenchOptions()...)
	opts = append(opts, mock.WithAuth(m.auth), mock.WithControl(m.control), mock.WithProgress(m.progress), mock.WithWorld(m.world), m.start(),
		mock.WithFaults(m.faults...), mock.WithJournal(m.journal, m.journalBytes))
	h, err := mock.New(c, opts...)
	if err == nil {
		return h, nil
	}
	for _, part := range []struct {
		flag   string
		option mock.Option
	}{
		{"ak", mock.WithAuth(mock.Auth{Keys: m.auth.Keys})},
		{"token", mock.WithAuth(m.auth)},
		{"progress", mock.WithProgress(m.progress)},
		{"given", mock.WithWorld(mock.World{Given: m.world.Given})},
		{m.seedFlag(), m.start()},
		{"fault", mock.WithFaults(m.faults...)},
		{"catalogue", mock.WithWorld(mock.World{Catalogue: m.world.Catalogue})},
	} {
		if _, err := mock.New(c, part.option); err != nil {
			return nil, fmt.Errorf("--%s: %s", part.flag, strings.TrimPrefix(strings.TrimPrefix(err.Error(), "mock: "), part.flag+": "))
		}
	}
	return nil, err
}
