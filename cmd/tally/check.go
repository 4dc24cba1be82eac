package main

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/conformance/render"
)

// checkSettings is what the flags of `tally check` say.
type checkSettings struct {
	targetSettings
	secondProject, secondToken string
	values, spec               string
	include, exclude           []string
	list, dryRun, asJSON       bool
	seed                       uint64
	strict, readOnly, failFast bool
	control                    bool
	maxInstances, workers      int
	rate                       *float64 // requests a second, 0 without limit; nil = not said
	timeout, waitMax           time.Duration
	ledger                     string
	baseline, baselineUpdate   string
	reports                    []reportFile
	har                        string
	minCoverage                float64 // percent
	shard, shards              int     // which part of how many; 0 for the whole run
}

// defaultCheck are the settings where nothing is said.
func defaultCheck() checkSettings {
	return checkSettings{seed: 1, control: true, maxInstances: 5, workers: 1, timeout: 10 * time.Second, waitMax: 10 * time.Minute}
}

func newCheck(env map[string]string) *cobra.Command {
	k := defaultCheck()
	all := k.settings()
	cmd := &cobra.Command{
		Use:   "check --target URL --project ID --token TOKEN [flags]",
		Short: "Hold a server to a contract.",
		Long: `Derives checks from the contract, sends requests to the server, judges every answer, and reports what does
not conform, with the page and table that demands it. What is documented is a MUST; what is inferred is a
SHOULD, which fails the run with --strict only; what is assumed is not checked.

It creates instances whose names begin with tally- and touches no others. Each is written to a ledger before
it is created, and removed at the end, also after Ctrl-C; after a crash, tally cleanup does that. A second
Ctrl-C leaves at once. The report goes to the standard output stream, progress to the standard error stream.

On a mock of Tallystick the checks move its clock, so that nothing waits; any other server is waited for.
Conditions and limits that are set on the mock are set aside, and put back at the end.`,
		Example: `  tally check --target https://modelarts.example.com --project a4a5d409 --token @token.txt --report html=report.html
  tally check --list --include 'suite:list'`,
		Annotations: map[string]string{
			variableNotes: secretNotes,
			exitNotes: `  0  the server conforms
  1  findings: it does not, something could not be removed, an entry of the baseline is stale or has
     expired, or a part of the coverage is below --min-coverage
  2  wrong usage or configuration, such as a filter that matches nothing; or the credentials were refused
  3  the server cannot be reached, or what answers is not the service
  4  only a part was judged, or nothing: an interrupted run, a check without a verdict, --dry-run`},
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := all.read(cmd, env); err != nil {
				return err
			}
			if k.list {
				return k.printPlan(cmd.OutOrStdout())
			}
			if k.shards > 0 && k.minCoverage > 0 {
				return errors.New("--min-coverage is about the whole run: give it to tally report merge, not to a --shard")
			}
			paceHeap()
			return k.check(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), env, conformance.Run)
		},
	}
	all.declare(cmd)
	return cmd
}

// settings lists the flags in the order of the help.
func (k *checkSettings) settings() settings {
	return slices.Concat(k.targetSettings.settings(), k.scopeSettings(), k.budgetSettings(), k.outputSettings())
}

// scopeSettings say what is checked.
func (k *checkSettings) scopeSettings() settings {
	return settings{
		{name: "second-project", form: "ID", set: into(&k.secondProject), usage: "Another project, to see that neither reaches into the other."},
		{name: "second-token", form: "TOKEN", set: secret(&k.secondToken), usage: "A token for the second project. Default one for the same --user."},
		{name: "values", form: "FILE", set: into(&k.values), usage: "What this server offers, such as a flavor: a merge patch in JSON or YAML on the documented request that creates."},
		{name: "spec", form: "FILE", set: into(&k.spec), usage: "The contract to hold the server to. Default the built-in one."},
		{name: "include", form: "GLOB", many: true, set: add(&k.include), usage: "Only the checks whose id matches. suite:, operation:, level: or code: before GLOB matches that instead. May be repeated."},
		{name: "exclude", form: "GLOB", many: true, set: add(&k.exclude), usage: "Not the checks that match. May be repeated."},
		{name: "shard", form: "I/N", set: k.setShard, usage: "Only the I-th of N parts, which together make every check once, but for the few that judge all answers of a run, which are in each; tally report merge makes one report of theirs. A server with a clock of its own, such as a mock with --control on, serves one part at a time."},
		{name: "list", form: "bool", set: setBool(&k.list), usage: "Print the checks, and send nothing."},
		{name: "dry-run", form: "bool", set: setBool(&k.dryRun), usage: "Do everything but send: nothing is judged."},
		{name: "seed", form: "N", initial: "1", set: setSeed(&k.seed), usage: "What names, orders and other choices of the run are made from."},
		{name: "strict", form: "bool", set: setBool(&k.strict), usage: "Let what is inferred fail the run too."},
		{name: "read-only", form: "bool", set: setBool(&k.readOnly), usage: "Leave out the checks that create or change something."},
		{name: "fail-fast", form: "bool", set: setBool(&k.failFast), usage: "End at the first MUST that fails."},
	}
}

// budgetSettings say what the run may cost the server.
func (k *checkSettings) budgetSettings() settings {
	return settings{
		{name: "max-instances", form: "N", initial: "5", set: setCount(&k.maxInstances), usage: "Instances that may be alive at once."},
		{name: "workers", form: "N", initial: "1", set: setCount(&k.workers), usage: "Checks that may run at a time, where they stand alone; they share the instances. On a mock with --control on it is one."},
		{name: "rate-limit", form: "N/s", set: k.setRate, usage: "Requests a second; 0/s is no limit. Default 10/s, and no limit for a server on this machine."},
		{name: "timeout", form: "DURATION", initial: "10s", set: setDuration(&k.timeout), usage: "How long to wait for one answer."},
		{name: "wait-max", form: "DURATION", initial: "10m", set: setDuration(&k.waitMax), usage: "How long to wait for a transient state to end."},
		{name: "control", form: "on|off", initial: "on", words: []string{"on", "off"}, set: setOnOff(&k.control), usage: "Whether the control API of a mock is used where there is one."},
		{name: "ledger", form: "FILE", set: into(&k.ledger), usage: "Where to write what is created; a new file, removed at the end when nothing is left. Default one among the temporary files."},
	}
}

// outputSettings say what comes of the run.
func (k *checkSettings) outputSettings() settings {
	return settings{
		{name: "baseline", form: "FILE", set: into(&k.baseline), usage: "Known failures, each with check, reason, ticket and expires. One that no longer fails, or has expired, fails the run."},
		{name: "baseline-update", form: "FILE", set: into(&k.baselineUpdate), usage: "Write the failures of this run as such a list, to be completed by hand."},
		{name: "report", form: "FORMAT=FILE,…", many: true, set: k.addReports, usage: "Write reports too: " + strings.Join(render.Formats(), ", ") + ". May be repeated."},
		{name: "json", form: "bool", set: setBool(&k.asJSON), usage: "Print the report, or the list, as JSON."},
		{name: "har", form: "FILE", set: into(&k.har), usage: "Record every exchange as HAR, without secrets."},
		{name: "min-coverage", form: "N%", set: k.setMinCoverage, usage: "Fail when a part of the coverage is below. Default no demand."},
	}
}

func add(target *[]string) func(string) error {
	return func(text string) error {
		if text == "" {
			return errors.New("want a pattern that is not empty")
		}
		*target = append(*target, text)
		return nil
	}
}

func setBool(target *bool) func(string) error {
	return func(text string) error {
		on, err := strconv.ParseBool(text)
		if err != nil {
			return errors.New("want true or false")
		}
		*target = on
		return nil
	}
}

func setOnOff(target *bool) func(string) error {
	return func(text string) error {
		var word string
		err := oneOf(&word, []string{"on", "off"})(text)
		*target = word == "on"
		return err
	}
}

func setSeed(target *uint64) func(string) error {
	return func(text string) error {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return errors.New("want a whole number from 0")
		}
		*target = n
		return nil
	}
}

func setCount(target *int) func(string) error {
	return func(text string) error {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return errors.New("want a whole number from 1")
		}
		*target = n
		return nil
	}
}

func setDuration(target *time.Duration) func(string) error {
	return func(text string) error {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return errors.New("want a duration above 0, such as 500ms, 10s or 5m")
		}
		*target = d
		return nil
	}
}

func (k *checkSettings) setRate(text string) error {
	number, unit, _ := strings.Cut(text, "/")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || unit != "s" || !(n >= 0 && n <= 1e6) {
		return errors.New("want N/s, such as 10/s or 0.5/s; 0/s is no limit")
	}
	k.rate = &n
	return nil
}

func (k *checkSettings) setMinCoverage(text string) error {
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || !(n >= 0 && n <= 100) {
		return errors.New("want a percentage from 0% to 100%")
	}
	k.minCoverage = n
	return nil
}

func (k *checkSettings) addReports(text string) (err error) {
	k.reports, err = reportFiles(k.reports, render.Formats(), text)
	return err
}
