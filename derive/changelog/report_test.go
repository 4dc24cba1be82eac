package changelog_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/derive/changelog"
	"github.com/tallystick/tallystick/internal/golden"
)

// The reports say the same in every format.
func TestReports(t *testing.T) {
	l := changes(t, shop, "testdata/shop/new")
	for _, format := range changelog.Formats() {
		var got bytes.Buffer
		if err := l.Write(format, &got); err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, "shop."+format, got.Bytes())
		for _, c := range l.Changes {
			if !strings.Contains(got.String(), c.Rule) {
				t.Errorf("%s has no %s", format, c.Rule)
			}
		}
	}
	if err := l.Write("pdf", &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "json, markdown, sarif, text") {
		t.Errorf("an unknown format: %v", err)
	}
}

// The JSON is the changelog itself, and its counts are those of its changes.
func TestJSON(t *testing.T) {
	l := changes(t, shop, "testdata/shop/new")
	var text bytes.Buffer
	if err := l.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	var back changelog.Changelog
	if err := json.Unmarshal(text.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	breaking := 0
	for _, c := range back.Changes {
		if c.Breaking {
			breaking++
		}
	}
	if breaking == 0 || breaking != back.Breaking || len(back.Changes) != len(l.Changes) || !reflect.DeepEqual(back.Compared, l.Compared) {
		t.Errorf("%d breaking changes are counted as %d", breaking, back.Breaking)
	}
}

// In SARIF each result stands at a line of a page that is there, and its rule is declared.
func TestSARIF(t *testing.T) {
	var text bytes.Buffer
	if err := changes(t, shop, "testdata/shop/new").WriteSARIF(&text); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Runs []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(text.Bytes(), &log); err != nil || len(log.Runs) != 1 || len(log.Runs[0].Results) == 0 {
		t.Fatalf("%v %+v", err, log)
	}
	for _, r := range log.Runs[0].Results {
		if log.Runs[0].Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || !slices.Contains([]string{"error", "warning", "note"}, r.Level) || len(r.Locations) == 0 {
			t.Errorf("%+v", r)
		}
		for _, at := range r.Locations {
			if _, err := os.Stat(at.PhysicalLocation.ArtifactLocation.URI); err != nil || at.PhysicalLocation.Region.StartLine < 1 {
				t.Errorf("%s stands at %+v: %v", r.RuleID, at, err)
			}
		}
	}
}
