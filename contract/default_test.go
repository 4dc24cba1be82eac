package contract

import (
	"reflect"
	"testing"

	"github.com/tallystick/tallystick"
)

// Default takes the embedded document for proved; this is the proof.
func TestDefaultIsProved(t *testing.T) {
	proved, err := Load(tallystick.Files, tallystick.Document)
	if err != nil {
		t.Fatalf("the embedded document has problems:\n%v", err)
	}
	d := Default()
	if d.SHA256() != proved.SHA256() || !reflect.DeepEqual(d.Entries().Names(), proved.Entries().Names()) || len(d.Errors()) != len(proved.Errors()) {
		t.Errorf("Default is %s %s, another than what was proved", d.Title, d.Version)
	}
	for i, op := range proved.Operations() {
		if got := d.Operations()[i]; got.ID != op.ID || len(got.Rules) != len(op.Rules) || len(got.Examples) != len(op.Examples) {
			t.Errorf("%s: %d rules and %d examples, proved were %d and %d", op.ID, len(got.Rules), len(got.Examples), len(op.Rules), len(op.Examples))
		}
	}
}

func BenchmarkDefault(b *testing.B) {
	for b.Loop() {
		if _, err := load(tallystick.Files, tallystick.Document, true); err != nil {
			b.Fatal(err)
		}
	}
}
