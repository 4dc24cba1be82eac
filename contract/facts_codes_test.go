package contract_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// fact is one code of the facts with a status (0 where none is given) and a message.
type fact struct {
	code    string
	status  int
	message string
}

// notInCatalogue lists facts that the catalogue deliberately leaves out or words otherwise, with the reason.
var notInCatalogue = map[string]string{
	"ModelArts.0116 100 The expected {0} exceeds the quota limit.": "100 is no status of an answer; the catalogue reads 400",
}

// beyondFacts lists codes of the catalogue that those three sections do not have, with the reason.
var beyondFacts = map[string]string{
	"ModelArts.0010": "in the tables of both editions; nothing here raises it, and the facts leave it out",
	"Identity.400":   "of the identity service, which has no codes",
	"Identity.401":   "of the identity service, which has no codes",
}

var number = regexp.MustCompile(`[0-9]{3}`)

// split takes a cell apart into as many parts as wanted, or gives its one part again and again.
func split(cell string, wanted int) []string {
	parts := strings.Split(cell, " / ")
	if len(parts) == wanted {
		return parts
	}
	return slices.Repeat([]string{cell}, wanted)
}

// factCodes reads the three tables of error codes.
func factCodes(t *testing.T) []fact {
	all := facts(t)
	var out []fact
	for _, row := range rows(all["5.1"]) {
		out = append(out, fact{"ModelArts." + row[1], atoi(t, row[0]), row[2]})
	}
	if len(out) < 55 {
		t.Fatalf("section 5.1 has only %d codes", len(out))
	}
	first := len(out)
	for _, section := range []string{"5.2", "5.3"} {
		for _, row := range rows(all[section]) {
			out = append(out, spread(t, row)...)
		}
	}
	if len(out)-first < 40 {
		t.Fatalf("sections 5.2 and 5.3 have only %d codes", len(out)-first)
	}
	return out
}

// spread reads a row that speaks of several codes, statuses or messages at once.
func spread(t *testing.T, row []string) []fact {
	codes := strings.Split(row[1], " / ")
	if from, to, ok := strings.Cut(row[1], "–"); ok {
		codes = nil
		for n := atoi(t, from); n <= atoi(t, to); n++ {
			codes = append(codes, "0"+strconv.Itoa(n))
		}
		row[2] = "" // the row gives their subject, not their texts
	}
	status := number.FindAllString(row[0], -1)
	message, _, _ := strings.Cut(row[2], " — with suffix")
	message, _, _ = strings.Cut(message, " (OTC")
	parts := max(len(codes), len(status))
	if len(codes) == 1 && len(status) <= 1 {
		parts = len(strings.Split(message, " / ")) // several texts of one code
	}
	if message == "illegal token / notebook not found / no permission" {
		message = "" // constants of a client, which have no texts
	}
	var out []fact
	for i, text := range split(message, parts) {
		f := fact{code: split(row[1], parts)[i], message: strings.TrimSpace(text)}
		if len(codes) == parts {
			f.code = codes[i]
		}
		if !strings.HasPrefix(f.code, "APIGW") {
			f.code = "ModelArts." + f.code
		}
		if len(status) == parts {
			f.status = atoi(t, status[i])
		} else if len(status) > 0 {
			f.status = atoi(t, status[0])
		}
		out = append(out, f)
	}
	return out
}

func atoi(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFactsCodes(t *testing.T) {
	entries := map[string][]*contract.Error{}
	for _, e := range contract.Default().Errors() {
		entries[e.Code] = append(entries[e.Code], e)
	}
	all := factCodes(t)
	used := map[string]bool{}
	for _, f := range all {
		key := f.code + " " + strconv.Itoa(f.status) + " " + f.message
		ok := slices.ContainsFunc(entries[f.code], func(e *contract.Error) bool {
			cited := e.Source.Basis == contract.Assumed || (len(e.Source.At) > 0 && e.Source.At[0].Page != "")
			return cited && (f.status == 0 || e.Status == f.status) && (f.message == "" || e.Template == f.message)
		})
		switch reason := notInCatalogue[key]; {
		case !ok && reason == "":
			var have []string
			for _, e := range entries[f.code] {
				have = append(have, e.Ref+" "+strconv.Itoa(e.Status)+" "+e.Template)
			}
			t.Errorf("the catalogue lacks\n%s\nit has\n%s", key, strings.Join(have, "\n"))
		case reason != "":
			used[key] = true
			if ok {
				t.Errorf("%q is on the list of exceptions, but the catalogue has it", key)
			}
		}
	}
	for key := range notInCatalogue {
		if !used[key] {
			t.Errorf("%q is on the list of exceptions, but the facts do not have it", key)
		}
	}
	known := map[string]bool{}
	for _, f := range all {
		known[f.code] = true
	}
	for code := range entries {
		if known[code] == (beyondFacts[code] != "") {
			t.Errorf("%s: in the facts %v, excused as %q", code, known[code], beyondFacts[code])
		}
	}
	for code := range beyondFacts {
		if entries[code] == nil {
			t.Errorf("%s is on the list of exceptions, but the catalogue does not have it", code)
		}
	}
}
