// Package selftest examines the conformance runner: it lets it judge the mock with one planted defect
// after another, and the mock without any.
package selftest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/defects"
)

// Score is what an examination came to. Its JSON form is what tally selftest --json prints.
type Score struct {
	Contract    string   `json:"contract"`
	Defects     int      `json:"defects"`
	Found       int      `json:"found"`
	CleanRuns   int      `json:"cleanRuns"`
	FalseAlarms []string `json:"falseAlarms"` // of the clean runs: "seed N: check: what"
	Families    []Family `json:"families"`
	Results     []Result `json:"results"` // in the order of the list of defects
	Took        string   `json:"took"`
}

// Family is the score of one family of defects.
type Family struct {
	Name  string `json:"name"`
	Found int    `json:"found"`
	Total int    `json:"total"`
}

// Result is what became of one defect.
type Result struct {
	Name   string   `json:"name"`
	Family string   `json:"family"`
	Breaks string   `json:"breaks"`
	Found  bool     `json:"found"`
	By     string   `json:"by,omitempty"` // the check of the first finding
	Level  string   `json:"level,omitempty"`
	Others []string `json:"others"` // the checks of the other findings
	Error  string   `json:"error,omitempty"`
}

// Perfect tells whether everything was found and nothing else.
func (s *Score) Perfect() bool {
	return s.Defects > 0 && s.Found == s.Defects && s.CleanRuns > 0 && len(s.FalseAlarms) == 0
}

// Options of an examination. The zero value examines everything.
type Options struct {
	Names    []string              // defects to plant; none = all
	Seeds    int                   // clean runs, each with a seed of its own; 0 = 1
	Workers  int                   // runs at a time; 0 = 1
	FailFast bool                  // end a run at the first failed MUST: quicker, but not every finding is told
	Progress func(done, total int) // called by one goroutine at a time; may be nil
}

// The mocks that are examined know two users of one project, so that everything can be claimed.
const project, user, password = "0123456789abcdef0123456789abcdef", "tally", "tally-selftest"

// They know an access key too.
const keyID, keySecret = "TALLYSELFTEST", "tally-selftest-secret"

// Run examines the runner. An error means that it could not be examined at all.
func Run(ctx context.Context, c *contract.Contract, o Options) (*Score, error) {
	begin := time.Now()
	planted, err := selected(c, o.Names)
	if err != nil {
		return nil, err
	}
	seeds := max(o.Seeds, 1)
	score := &Score{Contract: c.Title + " " + c.Version, Defects: len(planted), CleanRuns: seeds,
		FalseAlarms: []string{}, Results: make([]Result, len(planted))}
	var (
		mu   sync.Mutex
		done int
	)
	jobs := make([]func(), 0, len(planted)+seeds)
	for i, d := range planted {
		jobs = append(jobs, func() { score.Results[i] = examine(ctx, c, d, o.FailFast) })
	}
	alarms := make([][]string, seeds)
	for i := range seeds {
		jobs = append(jobs, func() { alarms[i] = alarmsOf(ctx, c, uint64(i+1)) })
	}
	work(jobs, max(o.Workers, 1), func() {
		mu.Lock()
		defer mu.Unlock()
		if done++; o.Progress != nil {
			o.Progress(done, len(jobs))
		}
	})
	score.FalseAlarms = append(score.FalseAlarms, slices.Concat(alarms...)...)
	score.sum()
	score.Took = time.Since(begin).Round(time.Millisecond).String()
	return score, ctx.Err()
}

func selected(c *contract.Contract, names []string) ([]defects.Defect, error) {
	if len(names) == 0 {
		all := defects.All(c)
		if len(all) == 0 {
			return nil, errors.New("there is no defect to plant")
		}
		return all, nil
	}
	var out []defects.Defect
	for _, name := range names {
		d, err := defects.Find(c, name)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// work runs jobs, some at a time.
func work(jobs []func(), workers int, finished func()) {
	queue := make(chan func())
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for job := range queue {
				job()
				finished()
			}
		})
	}
	for _, job := range jobs {
		queue <- job
	}
	close(queue)
	wg.Wait()
}

// judge lets the runner judge a mock over loopback.
func judge(ctx context.Context, c *contract.Contract, seed uint64, failFast bool, opts ...mock.Option) (*conformance.Report, error) {
	auth := mock.WithAuth(mock.Auth{Users: []mock.User{{Name: user, Password: password}, {Name: user + "-other", Password: password}},
		Keys: []mock.Key{{Access: keyID, Secret: keySecret}}})
	handler, err := mock.New(c, append([]mock.Option{auth}, opts...)...)
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with Close
	defer func() { _ = server.Close() }()
	target := conformance.Target{URL: "http://" + listener.Addr().String(), First: conformance.Credentials{Project: project, Key: &conformance.AccessKey{ID: keyID, Secret: keySecret},
		Login: &conformance.Login{User: user, Password: password, Domain: "tally"}}}
	return conformance.Run(ctx, c, target, conformance.WithSeed(seed), conformance.WithFailFast(failFast), conformance.WithBudget(conformance.Budget{Timeout: 5 * time.Second}))
}

// examine plants a defect and looks whether the runner finds it.
func examine(ctx context.Context, c *contract.Contract, d defects.Defect, failFast bool) Result {
	report, err := judge(ctx, c, 1, failFast, d.Option())
	return score(c, d, report, err)
}

// alarmsOf is what the runner finds where there is nothing to find.
func alarmsOf(ctx context.Context, c *contract.Contract, seed uint64) []string {
	report, err := judge(ctx, c, seed, false)
	if err != nil {
		return []string{fmt.Sprintf("seed %d: %v", seed, err)}
	}
	var out []string
	for _, f := range report.Findings {
		out = append(out, fmt.Sprintf("seed %d: %s: %s", seed, f.Check, f.Title))
	}
	if len(out) == 0 && report.Verdict != conformance.Conforms {
		out = append(out, fmt.Sprintf("seed %d: the verdict is %s: %v", seed, report.Verdict, report.Notes))
	}
	return out
}

func (s *Score) sum() {
	for _, r := range s.Results {
		i := slices.IndexFunc(s.Families, func(f Family) bool { return f.Name == r.Family })
		if i < 0 {
			i = len(s.Families)
			s.Families = append(s.Families, Family{Name: r.Family})
		}
		s.Families[i].Total++
		if r.Found {
			s.Families[i].Found++
			s.Found++
		}
	}
}
