package contract

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// A request whose memory was used before is decided as one with memory of its own, whatever was in it.
func TestReuse(t *testing.T) {
	create := Default().Resources()[0].Create
	in, err := create.DocumentedInput()
	if err != nil {
		t.Fatal(err)
	}
	var used Request
	reused, random := 0, rand.New(rand.NewPCG(1, 2))
	for i := range 400 {
		in := in
		sent := create.DocumentedRequest()
		if i%2 == 0 {
			sent = disturbed(sent, random)
		} else {
			sent = with(sent.(map[string]any), []string{"description"}, fmt.Sprint("the description ", i))
		}
		if in.Body, err = json.Marshal(sent); err != nil {
			t.Fatal(err)
		}
		fresh, want := create.Read(in)
		found := create.ReadInto(&used, in)
		if fmt.Sprint(found) != fmt.Sprint(want) || told(t, used.Body) != told(t, fresh.Body) {
			t.Fatalf("%s is read as %s %v, want %s %v", in.Body, told(t, used.Body), found, told(t, fresh.Body), want)
		}
		if len(want) > 0 {
			used.Forget()
			continue
		}
		s := Situation{Request: fresh, Caller: Caller{ID: "i", Name: "n"}, Entries: Default().Entries(), Now: time.Unix(1e9, 0)}
		expected, err := Default().Decide(s)
		if err != nil {
			t.Fatal(err)
		}
		s.Request = &used
		d, err := Default().Decide(s)
		if err != nil || told(t, d.Body) != told(t, expected.Body) || fmt.Sprint(d.Refusal) != fmt.Sprint(expected.Refusal) {
			t.Fatalf("%s comes to %s %v %v, want %s %v", in.Body, told(t, d.Body), d.Refusal, err, told(t, expected.Body), expected.Refusal)
		}
		if i%3 == 0 {
			used.Forget()
			continue
		}
		body := d.Body
		used.Reuse()
		if reused++; len(body) != 0 {
			t.Fatalf("%v is left", body)
		}
	}
	if reused < 50 {
		t.Errorf("%d requests were reused: the disturbed ones are nearly all refused", reused)
	}
}

func told(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
