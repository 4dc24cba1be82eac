package contract

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

var updateProbes = flag.Bool("update-probes", false, "write the lists of probes anew")

var defaultProbes = sync.OnceValue(func() *prober { return Default().probe() })

func TestProbeIDs(t *testing.T) {
	var ids, dropped strings.Builder
	for _, p := range defaultProbes().probes {
		fmt.Fprintln(&ids, p.ID)
	}
	for _, d := range defaultProbes().dropped {
		fmt.Fprintf(&dropped, "%s: %s\n", d.id, d.reason)
	}
	goldenProbes(t, "testdata/probes.txt", ids.String())
	goldenProbes(t, "testdata/probes-dropped.txt", dropped.String())
}

func goldenProbes(t *testing.T, name, got string) {
	t.Helper()
	if *updateProbes {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	wantLines, gotLines := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for _, line := range gotLines {
		if !slices.Contains(wantLines, line) {
			t.Errorf("%s: new: %s", name, line)
		}
	}
	for _, line := range wantLines {
		if !slices.Contains(gotLines, line) {
			t.Errorf("%s: gone: %s", name, line)
		}
	}
	if !t.Failed() && got != string(want) {
		t.Errorf("%s: the order changed", name)
	}
}

func TestProbesAreUniqueAndOrdered(t *testing.T) {
	seen := map[string]bool{}
	operations := append(Default().Operations(), nil)
	last := ""
	for _, p := range Default().Probes() {
		if seen[p.ID] {
			t.Errorf("%s twice", p.ID)
		}
		seen[p.ID] = true
		key := fmt.Sprintf("%03d %03d %s", slices.Index(operations, p.Operation), slices.Index(probeKinds, p.Kind), p.ID)
		if key <= last {
			t.Errorf("%s stands after %s", key, last)
		}
		last = key
	}
}

// TestProbesAreStable derives the probes anew, at the same time, and compares all that they hold.
func TestProbesAreStable(t *testing.T) {
	want := printProbes(t, Default().Probes())
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if got := printProbes(t, Default().Probes()); got != want {
				t.Error("the probes differ between two calls")
			}
		})
	}
	group.Wait()
}

func printProbes(t *testing.T, probes []Probe) string {
	var out strings.Builder
	for _, p := range probes {
		setup, err := json.Marshal(p.Setup)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(&out, "%s %s %v %v %v %v %v %v %v ", p.ID, setup, p.Input, p.Accept, p.Refuses(), p.States, p.Pointer, p.Keyword, p.Source)
		for _, r := range p.Refusals {
			fmt.Fprintf(&out, "%s %q ", r.Error.Ref, r.Args)
		}
		fmt.Fprintln(&out)
	}
	return out.String()
}

func TestProbesHoldTogether(t *testing.T) {
	for _, p := range Default().Probes() {
		switch {
		case !p.Accept && !p.Refuses():
			t.Errorf("%s: no answer conforms", p.ID)
		case p.Refuses() && len(p.Refusals) == 0:
			t.Errorf("%s refuses with nothing", p.ID)
		case p.Accept && p.Refuses() && p.Kind != ProbeCell:
			t.Errorf("%s: only a cell leaves the choice", p.ID)
		case p.Kind == ProbeCell && p.Accept != (len(p.States) > 0):
			t.Errorf("%s: accept %v, states %v", p.ID, p.Accept, p.States)
		case (p.Operation == nil) != (p.Kind == ProbeWire):
			t.Errorf("%s: operation %v", p.ID, p.Operation)
		case (p.Condition != "") != (p.Kind == ProbeWire || p.Kind == ProbeSecurity):
			t.Errorf("%s: condition %q", p.ID, p.Condition)
		case (p.Keyword != "") != (p.Kind == ProbeSchema):
			t.Errorf("%s: keyword %q", p.ID, p.Keyword)
		case p.Source.Basis == "":
			t.Errorf("%s does not say where it comes from", p.ID)
		}
		for i, r := range p.Refusals {
			if i == 0 && p.Refuses() && strings.Contains(r.Message(), "{}") && (p.Kind != ProbeSecurity || r.Args != nil) { // only the server knows a credential's reason
				t.Errorf("%s: %s", p.ID, r.Message())
			}
			if slices.ContainsFunc(p.Refusals[:i], func(o *Refusal) bool { return o.Error == r.Error }) {
				t.Errorf("%s: %s twice", p.ID, r.Error.Ref)
			}
		}
		if p.Operation != nil && p.Operation.Effect != nil {
			for _, name := range []string{p.Operation.Effect.Tenant, p.Operation.Effect.Key} {
				if p.Input.Path[name] != "" {
					t.Errorf("%s: path parameter %s is filled in", p.ID, name)
				}
			}
			needs := p.Operation.keyed() && !p.Setup.Unknown
			if needs != (p.Setup.State != "") {
				t.Errorf("%s: state %q", p.ID, p.Setup.State)
			}
		}
	}
}

// TestSchemaProbesHaveOneDefect compares each with the documented request: one subtree differs, and the
// defect lies in it.
func TestSchemaProbesHaveOneDefect(t *testing.T) {
	for _, p := range Default().Probes() {
		if p.Kind != ProbeSchema || p.Keyword == "body" {
			continue
		}
		in, err := p.Operation.DocumentedInput()
		if err != nil {
			t.Fatal(err)
		}
		var changed []string
		for _, name := range sortedKeys(mergedKeys(in.Query, p.Input.Query)) {
			if !reflect.DeepEqual(in.Query[name], p.Input.Query[name]) {
				changed = append(changed, name)
			}
		}
		if in.Body != nil {
			documented, err1 := decodeJSON(in.Body)
			got, err2 := decodeJSON(p.Input.Body)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			changed = append(changed, differences("", documented, got)...)
		}
		if len(changed) != 1 {
			t.Errorf("%s changes %v", p.ID, changed)
		} else if !strings.HasPrefix(p.Pointer, changed[0]) && !strings.HasPrefix(changed[0], p.Pointer) {
			t.Errorf("%s is about %q and changes %s", p.ID, p.Pointer, changed[0])
		}
		if _, bad := p.Operation.Read(p.filled(in)); len(bad) == 0 || bad[0].Pointer != p.Pointer || bad[0].Refusal.Error != p.Refusals[0].Error {
			t.Errorf("%s: read with %v", p.ID, bad)
		}
	}
}

// filled is the probe's input with the path of another.
func (p *Probe) filled(from Input) Input {
	in := p.Input
	in.Path = from.Path
	return in
}

func mergedKeys(a, b map[string][]string) map[string]bool {
	out := map[string]bool{}
	for name := range a {
		out[name] = true
	}
	for name := range b {
		out[name] = true
	}
	return out
}

// differences are the topmost places in which two values differ.
func differences(pointer string, a, b any) []string {
	x, ok1 := a.(map[string]any)
	y, ok2 := b.(map[string]any)
	if !ok1 || !ok2 {
		if reflect.DeepEqual(a, b) {
			return nil
		}
		return []string{pointer}
	}
	var out []string
	for _, name := range sortedKeys(merge(x, y).(map[string]any)) {
		u, in1 := x[name]
		v, in2 := y[name]
		at := pointer + "/" + escapeToken(name)
		if in1 != in2 {
			out = append(out, at)
		} else {
			out = append(out, differences(at, u, v)...)
		}
	}
	return out
}
