package peers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Subject is what a runner judges.
type Subject struct {
	URL      string
	Tenant   string
	Path     map[string]string // values of path parameters: the tenant, and a resource that is there
	Header   string            // that carries the token
	Token    string
	Contract string // path of the contract with examples in it
	Short    string // path of the contract with successes only
	KeyID    string // of an access key that the server knows
	Secret   string
}

// Runner is a program that holds a server to a contract.
type Runner struct {
	Name     string
	Settings string
	Notes    []string
	Version  func(ctx context.Context) (string, error)

	command  func(dir string, s Subject) ([]string, error)
	failures func(dir string, output []byte) ([]string, error)
}

// Runners are the runner of this tree and those installed in a folder by tools/peers/install.sh.
func Runners(folder, tally string) []*Runner {
	return []*Runner{tallyRunner(tally), schemathesis(folder), dredd(folder)}
}

// Judge runs a runner in an empty folder, and gives what it reports as failed, sorted, each once.
func (r *Runner) Judge(ctx context.Context, dir string, s Subject) ([]string, error) {
	words, err := r.command(dir, s)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TALLY_") })
	output, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var code *exec.ExitError
	if err != nil && !errors.As(err, &code) {
		return nil, err
	}
	found, err := r.failures(dir, output)
	if err != nil {
		return nil, fmt.Errorf("%s left no report (%s): %w: %.300s", r.Name, cmd.ProcessState, err, output)
	}
	for i := range found {
		for name, value := range s.Path { // which may differ from run to run
			found[i] = strings.ReplaceAll(found[i], value, "{"+name+"}")
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// versionOf runs a command that prints a version, and takes the first number with dots.
func versionOf(name string, command ...string) func(context.Context) (string, error) {
	number := regexp.MustCompile(`\d+\.\d+(\.\d+)?`)
	return func(ctx context.Context) (string, error) {
		if _, err := os.Stat(command[0]); errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("%s is not installed: %w; tools/peers/install.sh installs it", name, err)
		}
		out, err := exec.CommandContext(ctx, command[0], command[1:]...).Output()
		if err != nil {
			return "", fmt.Errorf("%s does not run: %w", name, err)
		}
		return string(number.Find(out)), nil
	}
}

// tallyRunner is the runner of this tree.
func tallyRunner(tally string) *Runner {
	return &Runner{
		Name:     "tally check",
		Version:  func(context.Context) (string, error) { return "of this tree", nil },
		Settings: "`tally check --json` with a user and an access key; it moves the mock's clock",
		command: func(_ string, s Subject) ([]string, error) {
			return []string{tally, "check", "--target", s.URL, "--project", s.Tenant, "--user", "bench", "--password", "bench", "--domain", "bench",
				"--ak", s.KeyID, "--sk", s.Secret, "--json"}, nil
		},
		failures: func(_ string, output []byte) ([]string, error) { return tallyFailures(output) },
	}
}

// tallyFailures reads the checks with findings from a report of tally check; what is told before it is left out.
func tallyFailures(output []byte) ([]string, error) {
	at := strings.Index("\n"+string(output), "\n{")
	if at < 0 {
		return nil, errors.New("no JSON in the output")
	}
	var report struct {
		Verdict  string `json:"verdict"`
		Findings []struct {
			Check string `json:"check"`
		} `json:"findings"`
	}
	if err := json.NewDecoder(strings.NewReader(string(output[at:]))).Decode(&report); err != nil {
		return nil, err
	}
	if report.Verdict == "" {
		return nil, errors.New("a report without a verdict")
	}
	var out []string
	for _, f := range report.Findings {
		out = append(out, f.Check)
	}
	return out, nil
}

// schemathesis generates requests from the schemas.
func schemathesis(folder string) *Runner {
	binary := filepath.Join(folder, "python", "schemathesis", "bin", "st")
	const report = "report.json"
	return &Runner{
		Name:     "Schemathesis",
		Version:  versionOf("Schemathesis", binary, "--version"),
		Settings: "`st run --seed 1 --max-examples 20`, all phases and default checks; it gets the token, and of path parameters the project and a notebook that is there",
		Notes:    []string{"A failure is a check on an operation. With 20 examples an operation instead of 100, so that a run takes as long as it does."},
		command: func(dir string, s Subject) ([]string, error) {
			config := filepath.Join(dir, "schemathesis.toml")
			text := "[parameters]\n"
			for _, name := range slices.Sorted(maps.Keys(s.Path)) {
				text += fmt.Sprintf("%q = %q\n", name, s.Path[name])
			}
			return []string{binary, "--config-file", config, "run", s.Contract, "--url", s.URL, "--header", s.Header + ": " + s.Token,
				"--seed", "1", "--max-examples", "20", "--no-shrink", "--report", "json", "--report-json-path", filepath.Join(dir, report)}, os.WriteFile(config, []byte(text), 0o600)
		},
		failures: func(dir string, _ []byte) ([]string, error) {
			data, err := os.ReadFile(filepath.Join(dir, report))
			if err != nil {
				return nil, err
			}
			return schemathesisFailures(data)
		},
	}
}

// schemathesisFailures reads checks and operations from a JSON report.
func schemathesisFailures(data []byte) ([]string, error) {
	var r struct {
		Complete bool `json:"complete"`
		Failures []struct {
			Code       string   `json:"code"`
			Title      string   `json:"title"`
			Operations []string `json:"operations"`
		} `json:"failures"`
		TestCases struct {
			Generated int `json:"generated"`
		} `json:"test_cases"`
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, err
	}
	if r.TestCases.Generated == 0 {
		return nil, errors.New("it generated no test case")
	}
	var out []string
	for _, f := range r.Failures {
		for _, op := range f.Operations {
			out = append(out, f.Code+" "+f.Title+": "+op)
		}
	}
	return out, nil
}

// dredd sends the documented examples.
func dredd(folder string) *Runner {
	return &Runner{
		Name:     "Dredd",
		Version:  func(context.Context) (string, error) { return npmVersion(folder, "dredd", "dredd")() },
		Settings: "`dredd --header` with the token; it gets the successes of the contract, with answers of the mock as examples and without optional headers",
		Notes:    []string{"Its support of OpenAPI 3 is experimental. It sends the valid request for a documented refusal too unless hooks are written. A failure is a thing that is wrong with a transaction."},
		command: func(_ string, s Subject) ([]string, error) {
			return []string{npmCommand(folder, "dredd", "dredd"), s.Short, s.URL, "--header", s.Header + ": " + s.Token, "--loglevel", "error", "--no-color"}, nil
		},
		failures: func(_ string, output []byte) ([]string, error) { return dreddFailures(output) },
	}
}

var (
	dreddEnd      = regexp.MustCompile(`(?m)^complete: (\d+) passing, (\d+) failing, (\d+) errors`)
	dreddDuration = regexp.MustCompile(` duration: \d+ms$`)
	dreddReason   = regexp.MustCompile(`^(body|headers|statusCode): `)
)

// dreddFailures reads what was wrong with each failed transaction. Reasons follow the transaction; what was sent and
// received stands below them, and is left out.
func dreddFailures(output []byte) ([]string, error) {
	end := dreddEnd.FindSubmatch(output)
	if end == nil {
		return nil, errors.New("the output has no line with a total")
	}
	if string(end[1]) == "0" && string(end[2]) == "0" {
		return nil, errors.New("no transaction was judged")
	}
	var out []string
	transaction, reasons := "", false
	for line := range strings.Lines(string(output)) {
		line = strings.TrimSpace(line)
		name, failed := strings.CutPrefix(line, "fail: ")
		switch {
		case failed && !dreddReason.MatchString(name):
			transaction, reasons = dreddDuration.ReplaceAllString(name, ""), false
			out = append(out, transaction)
		case failed, reasons && dreddReason.MatchString(line):
			reasons = true
			out = append(out, transaction+": "+name)
		default:
			reasons = false
		}
	}
	return out, nil
}
