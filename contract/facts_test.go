package contract_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/contract"
)

const factsFile = "../../shared/facts/api-facts.md"

// facts is the collection of what the published pages say, by section number, without its code samples.
func facts(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(factsFile)
	if os.IsNotExist(err) {
		t.Skipf("%s is not here; it is no part of the module", factsFile)
	}
	if err != nil {
		t.Fatal(err)
	}
	plain := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(string(text), "")
	out := map[string]string{}
	for _, part := range regexp.MustCompile(`(?m)^#{2,3} `).Split(plain, -1)[1:] {
		number, body, _ := strings.Cut(part, " ")
		out[strings.TrimSuffix(number, ".")] = body
	}
	if len(out) < 30 {
		t.Fatalf("%s has only %d sections", factsFile, len(out))
	}
	return out
}

// rows are the cells of a section's tables, without headings.
func rows(section string) [][]string {
	var out [][]string
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if strings.Trim(cells[0], "-") == "" && cells[0] != "" {
			out = out[:len(out)-1] // what stood above the line is the heading
			continue
		}
		out = append(out, cells)
	}
	return out
}

// homes tells in which schemas the members that a section speaks of must be.
var homes = map[string][]string{
	"2.1": {"CreateInstanceRequest", "SpecRequest", "StorageRequest", "LocationRequest", "AutoStopRequest", "PoolRequest", "PoolOwner", "Workspace", "AiProject"},
	"2.2": {"InstanceList", "parameters"},
	"2.4": {"UpdateInstanceRequest", "UpdateSpecRequest", "AutoStopRequest"},
	"2.5": {"DeletedInstance"},
	"2.6": {"ActionRequest", "ActionResult"},
	"2.7": {"InstanceToken"},
	"3.1": {"Instance", "Workspace", "AiProject", "User"},
	"3.2": {"Profile"},
	"3.3": {"Provision", "ProvisionSpec", "ProvisionParams"},
	"3.4": {"FlavorDetails"},
	"3.5": {"Pool", "PoolOwner"},
	"3.6": {"Spec", "AutoStop", "FailedReasons", "Credential"},
	"3.7": {"Storage", "Location"},
	"3.8": {"QueuingInfo"},
	"3.9": {"Repository", "ConnectionInfo", "Credential"},
}

// noMembers are words in code type that are no members of the schemas of their section, with the reason.
var noMembers = map[string]string{
	"2.1 obs": "a value of type", "2.1 obsfs": "a value of type", "2.1 evs": "a value of type",
	"2.1 volume_unit": "named as missing from an example",
	"2.2 asc":         "a value of order", "2.2 desc": "a value of order", "2.2 true": "a value of show_self",
	"2.2 name": "a value of sortby", "2.2 creation_timestamp": "a value of sortby",
	"2.4 workspace": "named as missing from an example",
	"2.6 start":     "a value of action", "2.6 stop": "a value of action", "2.6 restart": "a value of action",
	"2.6 queue": "a value of action", "2.6 dequeue": "a value of action",
	"2.7 error_message": "a key of the error body", "3.1 null": "a value",
	"3.3 category": "a key of a map", "3.3 flavor": "a key of a map",
	"3.4 obs": "a value of storage_list", "3.4 evs": "a value of storage_list", "3.4 efs": "a value of storage_list",
	"3.6 target_domain": "a key of a map", "3.6 url": "a key of a map",
	"3.9 ssh": "a value of protocol", "3.9 https": "a value of protocol",
}

func TestFactsMembers(t *testing.T) {
	all := facts(t)
	byName := properties(t, document(t))
	byName["parameters"] = each(t, at(t, document(t), "components", "parameters"), "", "x-tally-source")
	word := regexp.MustCompile("`([a-z][a-z0-9_.]*)`")
	used, checked := map[string]bool{}, 0
	for section, schemas := range homes {
		for _, match := range word.FindAllStringSubmatch(all[section], -1) {
			if strings.HasPrefix(match[1], "modelarts.") {
				continue // a flavor
			}
			name := match[1][strings.LastIndexByte(match[1], '.')+1:]
			if reason := noMembers[section+" "+name]; reason != "" {
				used[section+" "+name] = true
				continue
			}
			checked++
			var found *statement
			for _, schema := range schemas {
				for _, s := range byName[schema] {
					if strings.HasSuffix(s.pointer, "/"+name) && (found == nil || !found.cites()) {
						found = &s
					}
				}
			}
			if found == nil {
				t.Errorf("section %s names %s, which none of %v has", section, name, schemas)
			} else if !found.cites() {
				t.Errorf("section %s names %s: openapi.yaml:%d names no page for it", section, name, found.line)
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d members were looked for", checked)
	}
	for key, reason := range noMembers {
		if reason != "" && !used[key] {
			t.Errorf("%q is on the list of exceptions, but the facts do not have it", key)
		}
	}
}

func TestFactsQueryParameters(t *testing.T) {
	parameters := map[string]statement{}
	for _, s := range each(t, at(t, document(t), "components", "parameters"), "", "x-tally-source") {
		parameters[s.pointer[1:]] = s
	}
	list := contract.Default().Operation("listInstances")
	table := rows(facts(t)["2.2"])
	if len(table) != 11 {
		t.Errorf("the table has %d parameters, want 11", len(table))
	}
	for _, row := range table {
		name := strings.Trim(row[0], "`")
		if s, ok := parameters[name]; !ok || !s.cites() {
			t.Errorf("the parameter %s is missing or names no page", name)
		}
		p := list.Parameter("query", name)
		if p == nil || p.Required != strings.Contains(row[2], "yes") {
			t.Errorf("%s: the facts say %q about its necessity, the contract has %+v", name, row[2], p)
		}
	}
}

func TestFactsStates(t *testing.T) {
	states := map[string]statement{}
	for _, s := range each(t, at(t, document(t), "components", "schemas", "Instance", "x-tally-lifecycle", "states"), "", "source") {
		states[s.pointer[1:]] = s
	}
	wanted := map[string]bool{}
	for _, row := range rows(facts(t)["4.1"]) {
		if row[2] == "x" {
			wanted[row[0]] = true
			if s, ok := states[row[0]]; !ok || !s.cites() {
				t.Errorf("the state %s is missing or names no page", row[0])
			}
		}
	}
	for name := range states {
		if !wanted[name] {
			t.Errorf("the contract has the state %s, the list of 2021 does not", name)
		}
	}
	if len(wanted) != 15 {
		t.Errorf("the list of 2021 has %d states, want 15", len(wanted))
	}
}

// TestStatementsHaveSources: whatever the contract states, it says where from.
func TestStatementsHaveSources(t *testing.T) {
	root := document(t)
	var all []statement
	for _, list := range properties(t, root) {
		all = append(all, list...)
	}
	for _, kind := range []string{"schemas", "parameters", "headers", "securitySchemes"} {
		all = append(all, each(t, at(t, root, "components", kind), kind, "x-tally-source")...)
	}
	codes := each(t, at(t, root, "components", "x-tally-errors", "codes"), "codes", "source")
	for _, code := range codes {
		if variants, _ := member(code.node, "variants"); variants != nil {
			all = append(all, each(t, variants, code.pointer, "source")...)
		}
	}
	all = append(all, codes...)
	rules, _ := member(root, "x-tally-rules")
	all = append(all, listed(t, rules, "rules")...)
	operations(t, root, func(id string, op *yaml.Node) {
		all = append(all, statement{id, op.Line, op, sourceIn(t, op, "x-tally-source")})
		own, _ := member(op, "x-tally-rules")
		all = append(all, listed(t, own, id)...)
	})
	lifecycle := at(t, root, "components", "schemas", "Instance", "x-tally-lifecycle")
	all = append(all, listed(t, at(t, lifecycle, "rows"), "rows")...)
	all = append(all, each(t, at(t, lifecycle, "states"), "states", "source")...)
	all = append(all, statement{"default", 0, nil, sourceIn(t, at(t, lifecycle, "default"), "source")})
	if len(all) < 400 {
		t.Fatalf("only %d statements were found", len(all))
	}
	var complaints []string
	for _, s := range all {
		if text := s.wanting(); text != "" {
			complaints = append(complaints, text)
		}
	}
	slices.Sort(complaints)
	for _, text := range complaints {
		t.Error(text)
	}
}
