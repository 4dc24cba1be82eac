//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/cmd/internal/peers"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/internal/race"
	"github.com/tallystick/tallystick/internal/testtool"
	"github.com/tallystick/tallystick/mock/defects"
)

// TestWholePeersWithout compares with no peer installed, for a moment: the mock and the bare server are measured, all
// others are told as missing, and the exit code says so. A second run takes the parts that are there.
func TestWholePeersWithout(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector would be measured; make whole runs it")
	}
	dir, tally := t.TempDir(), testtool.Tally(t)
	page, plot := filepath.Join(dir, "page.md"), filepath.Join(dir, "plot.svg")
	args := []string{"peers", "--tally", tally, "--peers", filepath.Join(dir, "none"), "--out", filepath.Join(dir, "out"), "--skip", "own", "--rounds", "2", "--time", "20ms",
		"--warm", "0", "--starts", "1", "--connections", "4", "--defects", "1", "--markdown", page, "--svg", plot}
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), args, nil, &stdout, &stderr); code != partial {
		t.Fatalf("code %d, want %d: %s", code, partial, &stderr)
	}
	for _, name := range []string{"Prism", "Mockoon", "WireMock", "MockServer", "Schemathesis", "Dredd"} {
		if !strings.Contains(stderr.String(), name+" takes no part") && !strings.Contains(stderr.String(), name+" was not tried") {
			t.Errorf("nothing says that %s is missing", name)
		}
	}
	for _, name := range peerWorkloads {
		b, err := peers.ReadPart[*peers.Bout](filepath.Join(dir, "out", "load-"+name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range b.Lines[:2] {
			if l.Fault != "" || l.PerSecond <= 0 || l.Resident <= 0 || len(l.Rounds) != 2 || l.P99 < l.P50 {
				t.Errorf("%s: %+v", name, l)
			}
		}
	}
	meet, err := peers.ReadPart[*peers.Lineup](filepath.Join(dir, "out", "servers.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range meet.Entrants[0].Abilities {
		if !a.Has {
			t.Errorf("the mock is said to lack: %s", a.Name)
		}
	}
	if len(meet.Entrants[0].Abilities) != len(allAbilities) {
		t.Errorf("%d abilities, want %d", len(meet.Entrants[0].Abilities), len(allAbilities))
	}
	trial, err := peers.ReadPart[*peers.Trial](filepath.Join(dir, "out", "runner-tally-check.json"))
	if err != nil {
		t.Fatal(err)
	}
	trial.Judge()
	if len(trial.Runs) != 1 || len(trial.Runs[0].Found) == 0 || len(trial.Clean[0].Failures) > 0 || trial.Clean[0].Requests == 0 {
		t.Errorf("the runner of this tree: %+v", trial)
	}
	first, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if code := run(context.Background(), append(args, "--resume"), nil, &stdout, &stderr); code != partial {
		t.Fatalf("again: code %d, want %d: %s", code, partial, &stderr)
	}
	if second, err := os.ReadFile(page); err != nil || !bytes.Equal(first, second) {
		t.Errorf("a resumed run gives another page: %v", err)
	}
}

func TestPeersUsage(t *testing.T) {
	for _, args := range [][]string{{"--nope"}, {"word"}, {"--rounds", "0"}, {"--starts", "0"}, {"--defects", "-1"}, {"--skip", "own,servers,runners"},
		{"--skip", "own,runners", "--tally", "no-such-file"}} {
		var stdout, stderr bytes.Buffer
		args = append([]string{"peers", "--out", t.TempDir()}, args...)
		if code := run(context.Background(), args, nil, &stdout, &stderr); code != 2 || stderr.Len() == 0 {
			t.Errorf("%v: code %d, %q; want 2 with a reason", args, code, &stderr)
		}
	}
}

// TestPart: a part that is kept is taken with --resume only.
func TestPart(t *testing.T) {
	o := &peerOptions{out: t.TempDir()}
	measured := 0
	measure := func() (int, error) { measured++; return measured, nil }
	for i, tt := range []struct {
		resume bool
		want   int
	}{{true, 1}, {true, 1}, {false, 2}, {true, 2}} {
		o.resume = tt.resume
		if got, err := part(o, "x", measure); got != tt.want || err != nil {
			t.Errorf("%d: %d, %v; want %d", i, got, err, tt.want)
		}
	}
	if err := os.WriteFile(filepath.Join(o.out, "x.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := part(o, "x", measure); err == nil || !strings.Contains(err.Error(), "--resume") {
		t.Errorf("a damaged part: error %v", err)
	}
}

// TestOldOwnPart: what another version of bench has measured means something else.
func TestOldOwnPart(t *testing.T) {
	o := &peerOptions{own: &options{}, out: t.TempDir(), resume: true}
	if err := writeJSON(filepath.Join(o.out, "own.json"), &Result{Version: resultVersion - 1}); err != nil {
		t.Fatal(err)
	}
	if err := o.ownPart(context.Background(), &peers.Report{}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("error %v", err)
	}
}

// TestDrawn: the sample has as many as asked for, from all over the list, and no defect twice.
func TestDrawn(t *testing.T) {
	all := defects.All(contract.Default())
	if got := drawn(all, 0); len(got) != len(all) {
		t.Errorf("0 draws %d of %d", len(got), len(all))
	}
	const n = 24
	names, families := map[string]bool{}, map[string]bool{}
	for _, d := range drawn(all, n) {
		names[d.Name], families[d.Family] = true, true
	}
	if len(names) != n || len(families) < len(defects.Families())/2 {
		t.Errorf("%d names of %d families, want %d of at least half of %d", len(names), len(families), n, len(defects.Families()))
	}
}

func TestRequestsIn(t *testing.T) {
	n, err := requestsIn("# HELP x\ntally_requests_total{operation=\"a\",status=\"200\"} 3\ntally_requests_total{operation=\"b\",status=\"400\"} 4\nother 5\n")
	if n != 7 || err != nil {
		t.Errorf("%d, %v; want 7", n, err)
	}
	if _, err := requestsIn("tally_requests_total{} x\n"); err == nil {
		t.Error("a counter that is none passes")
	}
}

// TestAbilitiesOfTheBareServer: a server that always answers the same has next to no ability.
func TestAbilitiesOfTheBareServer(t *testing.T) {
	dir, tally := t.TempDir(), testtool.Tally(t)
	o := &peerOptions{own: &options{tally: tally, connections: 2}, folder: dir}
	c, err := o.openContest(context.Background(), &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, a := range c.abilities(context.Background(), c.entrants[1]) {
		if a.Has {
			t.Errorf("the bare server is said to do: %s", a.Name)
		}
	}
	data, err := json.Marshal(c.scene.Answers[0].Body)
	if err != nil || len(data) < 100 || c.scene.Answers[0].ID == "" || c.scene.Answers[2].Name == "" {
		t.Errorf("the answers that were taken down: %.200s, %v", data, err)
	}
}
