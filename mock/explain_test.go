package mock_test

import (
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/mock/control"
)

var update = flag.Bool("update", false, "write the golden files from what the tests get")

// inPlain is the body of an answer that is text.
func inPlain(t *testing.T, req *http.Request) string {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") {
		t.Fatalf("%d %s %v: %s", resp.StatusCode, resp.Header.Get("Content-Type"), err, data)
	}
	return string(data)
}

var changing = regexp.MustCompile(`127\.0\.0\.1:\d+|took \S+ ms|openapi\.yaml:\d+:\d+`)

// Every kind of answer is explained, as JSON that the document of the control API allows, and as text.
func TestExplain(t *testing.T) {
	x := tell(t)
	for what, id := range x.ids {
		t.Run(what, func(t *testing.T) {
			got, err := x.k.Explain(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			x.control("GET", "requests/"+id+"/explain", "")
			req := x.request("GET", "/_tally/requests/"+id+"/explain", "")
			req.Header.Set("Accept", "text/plain")
			text := inPlain(t, req)
			if text != got.String() {
				t.Errorf("as text:\n%s\nmade of JSON:\n%s", text, got)
			}
			text = changing.ReplaceAllStringFunc(text, func(found string) string {
				switch found[:2] {
				case "12":
					return "HOST"
				case "to":
					return "took T ms"
				}
				return "openapi.yaml:LINE"
			})
			path := filepath.Join("testdata", "explain", what+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil || text != string(want) {
				t.Errorf("not as in %s, which -update writes anew (%v):\n%s", path, err, text)
			}
		})
	}
}

// What an explanation names by its line stands on that line of the contract.
func TestExplainedLines(t *testing.T) {
	x := tell(t)
	data, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	at := func(position string) string {
		t.Helper()
		m := regexp.MustCompile(`^openapi\.yaml:(\d+):\d+$`).FindStringSubmatch(position)
		if m == nil {
			t.Fatalf("position %q", position)
		}
		n := 0
		for _, digit := range m[1] {
			n = n*10 + int(digit-'0')
		}
		return strings.Join(lines[n-1:min(n+5, len(lines))], "\n")
	}
	explain := func(what string) control.Explanation {
		t.Helper()
		got, err := x.k.Explain(t.Context(), x.ids[what])
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := explain("create"); !strings.Contains(at(got.Operation.Position), "createInstance") || !strings.Contains(at(got.Row.Position), "CREATING") || got.Origin != control.FromEffect {
		t.Errorf("%+v", got)
	}
	if got := explain("lacking"); !strings.Contains(at(got.Violations[0].Position), "required") {
		t.Errorf("%+v: %s", got.Violations[0], at(got.Violations[0].Position))
	}
	if got := explain("none"); !strings.Contains(at(got.Refusal.Position), "6309") || got.Origin != control.FromRefusal {
		t.Errorf("%+v", got.Refusal)
	}
	if got := explain("start"); got.Row == nil || got.Row.Error == "" || got.State.Before != "RUNNING" || got.State.Stored != "CREATING" && got.State.Stored != "RUNNING" {
		t.Errorf("%+v %+v", got.Row, got.State)
	}
	if got := explain("look"); got.State.Stored != "CREATING" || got.State.Before != "RUNNING" || got.State.Since.Second() != 35 {
		t.Errorf("%+v", got.State)
	}
	if _, err := x.k.Give(t.Context(), "access-denied"); err != nil {
		t.Fatal(err)
	}
	x.ask("denied", "POST", instances, notebook("denied"))
	if got := explain("denied"); got.Rule == nil || got.Rule.Given != "access-denied" || !strings.Contains(at(got.Rule.Position), got.Rule.ID) {
		t.Errorf("%+v", got.Rule)
	}
	if _, err := x.k.Take(t.Context(), "access-denied"); err != nil {
		t.Fatal(err)
	}
	x.ask("ruled", "POST", instances, notebook("ruled", `"flavor":"no-such-flavor"`))
	if got := explain("ruled"); got.Rule == nil || got.Rule.When == "" || got.Rule.Source.Basis == "" || !strings.Contains(got.String(), "when "+got.Rule.When) {
		t.Errorf("%+v %+v", got.Rule, got.Refusal)
	}
	if got := explain("anonymous"); got.Credential.Condition != "absent" || !got.Credential.Required {
		t.Errorf("%+v", got.Credential)
	}
}
