package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tallystick/tallystick/mock/control"
)

// killedMock is tally mock as a process of its own, on a file that outlives it.
type killedMock struct {
	*exec.Cmd
	base   string
	stderr bytes.Buffer
}

func startKept(t *testing.T, file string, more ...string) *killedMock {
	t.Helper()
	ready := filepath.Join(t.TempDir(), "ready")
	k := &killedMock{}
	k.Cmd = exec.CommandContext(t.Context(), "tally", append([]string{"mock", "--state", file, "--sync", "always", "--addr", "127.0.0.1:0",
		"--ready-file", ready, "--token", "secret-token=p1", "--token", "other-token=p2", "--log", "off"}, more...)...)
	k.Cmd.Stderr = &k.stderr
	k.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	if err := k.Start(); err != nil {
		t.Fatal(err)
	}
	text, ok := waitFor(ready, true)
	if !ok {
		_ = k.Process.Kill()
		_ = k.Wait()
		t.Fatalf("the mock does not start: %s", k.stderr.String())
	}
	k.base = strings.TrimSpace(text)
	return k
}

// notebook is what a client knows of one: what was acknowledged, and what was asked for last, perhaps in vain.
type notebook struct {
	id, name string
	text     string // the description that was acknowledged
	wish     string // that was asked for, and maybe taken; "" for none
	leaving  bool   // its end was asked for, and maybe taken
	gone     bool   // its end was acknowledged
}

// keeper is a client that remembers what it was told.
type keeper struct {
	t      *testing.T
	n      int
	base   string
	rng    *rand.Rand
	made   int
	mine   []*notebook
	asked  string // the name whose creation was asked for, and maybe taken; "" for none
	answer func() // told of each acknowledgement
}

var errCut = errors.New("no answer")

func (k *keeper) send(method, path string, body any, into any) (int, error) {
	var text []byte
	if body != nil {
		text, _ = json.Marshal(body) // strings and maps
	}
	req, err := http.NewRequestWithContext(k.t.Context(), method, k.base+"/v1/p1/demanager/instances"+path, bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	req.Header.Set("X-Auth-Token", "secret-token")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, errCut
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, errCut
	}
	if resp.StatusCode >= 500 {
		k.t.Errorf("%s %s: %d %s", method, path, resp.StatusCode, data)
	}
	if into != nil && resp.StatusCode < 300 {
		err = json.Unmarshal(data, into)
	}
	return resp.StatusCode, err
}

// live goes on until there is no answer.
func (k *keeper) live() {
	for k.step() == nil {
		k.answer()
	}
}

func (k *keeper) step() error {
	var alive []*notebook
	for _, n := range k.mine {
		if !n.gone {
			alive = append(alive, n)
		}
	}
	if len(alive) < 3 || k.rng.IntN(3) == 0 {
		return k.create()
	}
	n := alive[k.rng.IntN(len(alive))]
	if k.rng.IntN(3) == 0 {
		n.leaving = true
		status, err := k.send("DELETE", "/"+n.id, nil, nil)
		if err == nil {
			n.leaving, n.gone = false, status < 300
		}
		return err
	}
	k.made++
	n.wish = fmt.Sprint("text ", k.made)
	status, err := k.send("PUT", "/"+n.id, map[string]any{"description": n.wish}, nil)
	if err == nil {
		if status < 300 {
			n.text = n.wish
		}
		n.wish = ""
	}
	return err
}

func (k *keeper) create() error {
	k.made++
	k.asked = fmt.Sprintf("client%d-%d", k.n, k.made)
	var made struct{ ID string }
	status, err := k.send("POST", "", map[string]any{"name": k.asked, "description": "new", "profile_id": "Multi-Engine 1.0 (python3)-cpu",
		"flavor": "modelarts.vm.cpu.2u", "spec": map[string]any{"storage": map[string]any{"type": "evs"}}}, &made)
	if err != nil {
		return err
	}
	if status >= 300 {
		k.t.Errorf("%s is refused with %d", k.asked, status)
	}
	k.mine, k.asked = append(k.mine, &notebook{id: made.ID, name: k.asked, text: "new"}), ""
	return nil
}

// compare holds what the mock has to what the client was told, and takes over what became of its last wish.
func (k *keeper) compare(there map[string]shownNotebook) {
	for _, n := range k.mine {
		is, found := there[n.id]
		switch {
		case n.gone && found:
			k.t.Errorf("%s was deleted, and is there again", n.name)
		case n.gone:
		case !found && !n.leaving:
			k.t.Errorf("%s was acknowledged, and is lost", n.name)
		case !found:
			n.gone = true
		case is.Name != n.name || is.Description != n.text && is.Description != n.wish:
			k.t.Errorf("%s is %+v; want %q, or perhaps %q", n.name, is, n.text, n.wish)
		case is.Status != "RUNNING":
			k.t.Errorf("%s is %s, though time went on", n.name, is.Status)
		default:
			n.text = is.Description
		}
		n.wish, n.leaving = "", false
		delete(there, n.id)
	}
	for id, is := range there {
		if is.Name == k.asked && is.Description == "new" && is.Flavor != "" {
			k.mine = append(k.mine, &notebook{id: id, name: is.Name, text: is.Description})
			k.asked = ""
			delete(there, id)
		}
	}
	k.asked = ""
}

// shownNotebook is a notebook as the API shows it.
type shownNotebook struct{ ID, Name, Description, Status, Flavor string }

// all lists everything.
func (k *keeper) all() map[string]shownNotebook {
	k.t.Helper()
	out := map[string]shownNotebook{}
	var page struct{ Instances []shownNotebook }
	if status, err := k.send("GET", "?de_type=Notebook", nil, &page); err != nil || status != http.StatusOK {
		k.t.Fatalf("the list: %d %v", status, err)
	}
	for _, n := range page.Instances {
		out[n.ID] = n
	}
	return out
}

// However the mock is killed, with eight clients at work: the file opens, nothing acknowledged is lost, nothing is half
// done, and time goes on. TALLY_KILLS says how often.
func TestKeptKilled(t *testing.T) {
	kills := 12
	if text := os.Getenv("TALLY_KILLS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("TALLY_KILLS=%s: want a number above 0", text)
		}
		kills = n
	}
	file := filepath.Join(t.TempDir(), "life.tally")
	var clients []*keeper
	for i := range 8 {
		clients = append(clients, &keeper{t: t, n: i, rng: rand.New(rand.NewPCG(1, uint64(i)))})
	}
	rng, acknowledged := rand.New(rand.NewPCG(2, 3)), 0
	for range kills {
		acknowledged += killOnce(t, file, clients, 1+rng.IntN(150))
		if t.Failed() {
			return
		}
	}
	t.Logf("%d kills, %d answers before them, nothing lost", kills, acknowledged)
	last := startKept(t, file)
	check(t, last, clients)
	world := &control.Client{Base: last.base}
	if _, err := world.SetSpeed(t.Context(), 1); err != nil {
		t.Error(err)
	}
	if err := world.SetLimits(t.Context(), control.Limits{}); err != nil { // the quota of the contract again
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "tally", "check", "--target", last.base, "--project", "p2", "--token", "other-token").CombinedOutput()
	if err != nil {
		t.Errorf("tally check: %v\n%s", err, out)
	}
	_ = last.Process.Signal(os.Interrupt)
	if err := last.Wait(); err != nil {
		t.Errorf("%v: %s", err, last.stderr.String())
	}
}

// check compares what there is with what the clients know.
func check(t *testing.T, k *killedMock, clients []*keeper) {
	t.Helper()
	for _, c := range clients {
		c.base = k.base
	}
	there := clients[0].all()
	for _, c := range clients {
		c.compare(there)
	}
	for _, n := range there {
		t.Errorf("nobody asked for %+v", n)
	}
}

// killOnce lets the clients work until so many answers have come, and kills the mock.
func killOnce(t *testing.T, file string, clients []*keeper, answers int) int {
	t.Helper()
	k := startKept(t, file, "--quota", "0", "--speed", "3600")
	check(t, k, clients)
	var n atomic.Int64
	enough := make(chan struct{})
	var wg sync.WaitGroup
	for _, c := range clients {
		c.answer = func() {
			if n.Add(1) == int64(answers) {
				close(enough)
			}
		}
		wg.Go(c.live)
	}
	<-enough
	if err := k.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = k.Wait() // it was killed
	wg.Wait()
	return int(n.Load())
}
