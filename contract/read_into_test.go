package contract_test

import (
	"net/url"
	"reflect"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// One Request, read into again and again, is what Read makes each time.
func TestReadInto(t *testing.T) {
	c := contract.Default()
	var used contract.Request
	tested := 0
	for _, op := range append(c.Operations(), c.Operations()...) {
		in, err := op.DocumentedInput()
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range []contract.Input{in, {}, {Path: in.Path, Query: url.Values{"limit": {"x"}, "sortby": {"name"}}, Body: []byte("{")}} {
			want, wantFound := op.Read(in)
			found := op.ReadInto(&used, in)
			if !reflect.DeepEqual(found, wantFound) || !reflect.DeepEqual([]any{used.Operation, used.Path, used.Query, used.Body}, []any{want.Operation, want.Path, want.Query, want.Body}) {
				t.Errorf("%s: %+v %v\nwant %+v %v", op.ID, used, found, want, wantFound)
			}
			tested++
		}
	}
	if tested < 20 {
		t.Errorf("only %d requests", tested)
	}
}
