package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tallystick/tallystick/internal/testtool"
	"github.com/tallystick/tallystick/mock/control"
)

// BenchmarkColdStart measures how long a mock takes from the start of its process to the end of its first answer,
// once the system has the program's pages. One time depends on the machine; p50-ms is the one to look at.
func BenchmarkColdStart(b *testing.B) {
	program := testtool.Tally(b)
	socket := filepath.Join(b.TempDir(), "s")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}}}
	coldStart(b, client, program, socket)
	var took []time.Duration
	for b.Loop() {
		took = append(took, coldStart(b, client, program, socket))
	}
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(took[0]), "min-ms")
	b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
	b.ReportMetric(ms(took[len(took)-1]), "max-ms")
}

// coldStart starts a mock, waits for its first answer and ends it.
func coldStart(b *testing.B, client *http.Client, program, socket string) time.Duration {
	b.Helper()
	begun := time.Now()
	cmd := exec.Command(program, "mock", "--addr", "unix:"+socket, "--log", "off")
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	}()
	for time.Since(begun) < patience {
		if answer, err := client.Get("http://localhost" + control.Prefix + "health"); err == nil {
			took := time.Since(begun)
			if answer.Body.Close(); answer.StatusCode != http.StatusOK {
				b.Fatalf("the first answer is %s", answer.Status)
			}
			return took
		}
		time.Sleep(time.Millisecond)
	}
	b.Fatalf("no answer within %s", patience)
	return 0
}
