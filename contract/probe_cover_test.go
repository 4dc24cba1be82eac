package contract

import (
	"bytes"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tallystick/tallystick"
)

func TestProbesCoverOperations(t *testing.T) {
	c := Default()
	count := map[string]int{}
	total := map[string]int{}
	for _, p := range c.Probes() {
		total[p.Kind]++
		if p.Operation != nil {
			count[p.Operation.ID+" "+p.Kind]++
		}
	}
	for _, kind := range probeKinds {
		t.Logf("%s: %d", kind, total[kind])
		if total[kind] == 0 {
			t.Errorf("no probe of kind %s", kind)
		}
	}
	for _, op := range c.Operations() {
		query := slices.ContainsFunc(op.Parameters, func(p *Parameter) bool { return p.In == "query" })
		want := map[string]bool{ProbeSchema: op.Body != nil || query}
		if e := op.Effect; e != nil {
			want[ProbeAccept] = true
			want[ProbeMissing], want[ProbeUnique], want[ProbeQuota] = e.Missing != nil, e.Unique != nil, e.Quota != nil
			want[ProbeCell] = e.Do != List && (e.Do != Read || e.Resource.mentions(op.ID))
			if n := count[op.ID+" "+ProbeRule]; n != len(op.Rules) {
				t.Errorf("%s: %d rules, %d probes", op.ID, len(op.Rules), n)
			}
		}
		for kind, wanted := range want {
			if wanted && count[op.ID+" "+kind] == 0 {
				t.Errorf("%s has no probe of kind %s", op.ID, kind)
			}
		}
	}
}

func TestProbesCoverCells(t *testing.T) {
	c := Default()
	ids := map[string]bool{}
	for _, p := range c.Probes() {
		ids[p.ID] = true
	}
	for _, rt := range c.Resources() {
		for _, s := range rt.Lifecycle.States {
			for _, e := range rt.Events() {
				if id := rt.Name + "/" + s.Name + "/" + e.Name; !ids[id] {
					t.Errorf("no probe %s", id)
				}
			}
		}
	}
	if missed := c.Unprobed(); len(missed) > 0 {
		t.Errorf("unprobed:\n%s", strings.Join(missed, "\n"))
	}
}

func TestProbedErrors(t *testing.T) {
	c := Default()
	probed := c.ProbedErrors()
	for _, e := range c.Errors() {
		switch n := len(probed[e.Ref]); {
		case e.Provoke.reachable() && n == 0:
			t.Errorf("%s (%s) has no probe", e.Ref, e.Provoke)
		case !e.Provoke.reachable() && n > 0:
			t.Errorf("%s (%s) has probes: %v", e.Ref, e.Provoke, probed[e.Ref])
		}
		delete(probed, e.Ref)
	}
	if len(probed) > 0 {
		t.Errorf("not in the catalogue: %v", probed)
	}
}

// TestUnprobedNamesWhatIsMissing plants a condition that nothing in the document meets.
func TestUnprobedNamesWhatIsMissing(t *testing.T) {
	data, err := tallystick.Files.ReadFile(tallystick.Document)
	if err != nil {
		t.Fatal(err)
	}
	old := []byte(`when: "has(request.body.spec) && has(request.body.spec.auto_stop)"`)
	if !bytes.Contains(data, old) {
		t.Fatal("the planted row is not there")
	}
	data = bytes.ReplaceAll(data, old, []byte(`when: "self.name == 'out-of-reach'"`))
	files := fstest.MapFS{}
	if err := copyFiles(files); err != nil {
		t.Fatal(err)
	}
	files[tallystick.Document] = &fstest.MapFile{Data: data}
	c, err := Load(files, tallystick.Document)
	if err != nil {
		t.Fatal(err)
	}
	missed := c.Unprobed()
	if len(missed) != 4 || !strings.HasSuffix(missed[0], "/updateInstance: no setup found for when: self.name == 'out-of-reach'") {
		t.Errorf("%q", missed)
	}
}

func copyFiles(into fstest.MapFS) error {
	for _, op := range Default().Operations() {
		for _, e := range op.Examples {
			if e.File == "" {
				continue
			}
			data, err := tallystick.Files.ReadFile(e.File)
			if err != nil {
				return err
			}
			into[e.File] = &fstest.MapFile{Data: data}
		}
	}
	return nil
}

// TestProbesOfAPlainDocument has no x-tally key, and an operation without an example.
func TestProbesOfAPlainDocument(t *testing.T) {
	const document = `
openapi: 3.1.0
info: {title: Plain, version: "1"}
paths:
  /things:
    post:
      operationId: makeThing
      requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
      responses: {'200': {description: Done.}}
    get:
      operationId: listThings
      parameters: [{name: limit, in: query, schema: {type: integer, minimum: 1}}]
      responses: {'200': {description: Done.}}
  /things/{id}:
    get:
      operationId: getThing
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {'200': {description: Done.}}
`
	c, err := Load(fstest.MapFS{"plain.yaml": &fstest.MapFile{Data: []byte(document)}}, "plain.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if probes := c.Probes(); len(probes) != 0 {
		t.Errorf("%d probes of a document that promises no code", len(probes))
	}
	if missed := c.Unprobed(); len(missed) != 1 || !strings.HasPrefix(missed[0], "makeThing: ") {
		t.Errorf("%q", missed)
	}
}

func TestProbesAreFast(t *testing.T) {
	limit := 300 * time.Millisecond
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		limit *= 10
	}
	c, best := Default(), time.Hour
	for range 3 { // the machine may be busy with something else
		start := time.Now()
		c.Probes()
		best = min(best, time.Since(start))
	}
	if best > limit {
		t.Errorf("%v, at most %v", best, limit)
	}
}

func BenchmarkProbes(b *testing.B) {
	c := Default()
	for b.Loop() {
		c.Probes()
	}
}
