package conformance

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// soundParts orders parts by their index, and refuses those that are not all shards of one run of the contract.
func soundParts(c *contract.Contract, parts []Part) error {
	if len(parts) == 0 {
		return usage("there are no reports to merge")
	}
	for i := range parts {
		parts[i].Name = cmp.Or(parts[i].Name, fmt.Sprintf("part %d", i+1))
		p, s := parts[i], parts[i].Report.Shard
		if s == nil {
			return usage("%s is the report of a whole run, not of a shard", p.Name)
		}
		if s.Index < 1 || s.Index > s.Of {
			return usage("%s is of shard %d/%d, which cannot be", p.Name, s.Index, s.Of)
		}
	}
	for _, p := range parts[1:] {
		if err := differ(parts[0], p); err != nil {
			return err
		}
	}
	if err := complete(parts); err != nil {
		return err
	}
	first := parts[0].Report
	if first.Version != ReportVersion {
		return usage("%s: its version is %d, this program merges %d", parts[0].Name, first.Version, ReportVersion)
	}
	if first.Contract.SHA256 != c.SHA256() {
		return usage("the parts are of contract %s (SHA-256 %.12s…), not of %s (%.12s…); give the one that they were made with (--spec)",
			first.Contract.File, first.Contract.SHA256, c.Name, c.SHA256())
	}
	return nil
}

// complete orders the parts, and tells which shards are missing or there more than once.
func complete(parts []Part) error {
	slices.SortStableFunc(parts, func(a, b Part) int { return cmp.Compare(a.Report.Shard.Index, b.Report.Shard.Index) })
	var wrong, missing []string
	there, of := map[int]string{}, parts[0].Report.Shard.Of
	for _, p := range parts {
		index := p.Report.Shard.Index
		if name := there[index]; name != "" {
			wrong = append(wrong, fmt.Sprintf("shard %d/%d is there twice, in %s and in %s", index, of, name, p.Name))
		}
		there[index] = p.Name
	}
	for i := 1; i <= of && len(missing) < min(of-len(there), maxMissing); i++ {
		if there[i] == "" {
			missing = append(missing, fmt.Sprintf("%d/%d", i, of))
		}
	}
	if more := of - len(there) - len(missing); more > 0 {
		missing = append(missing, fmt.Sprintf("and %d more", more))
	}
	if len(missing) > 0 {
		wrong = append(wrong, "missing: shard "+strings.Join(missing, ", "))
	}
	if len(wrong) > 0 {
		return usage("%s; every shard is wanted once", strings.Join(wrong, "; "))
	}
	return nil
}

// maxMissing bounds the missing shards that are named.
const maxMissing = 20

// differ tells in what a part is not of the same run as the first.
func differ(first, p Part) error {
	a, b := first.frame(), p.frame()
	for i, x := range a {
		if y := b[i]; x.value != y.value {
			return usage("%s and %s are not parts of one run: %s is %.200s in one, and %.200s in the other",
				first.Name, p.Name, x.name, x.value, y.value)
		}
	}
	return nil
}

type framed struct{ name, value string }

// frame lists what must be the same, each as JSON, in the order of the fields.
func (p Part) frame() []framed {
	r := p.Report
	var fields []framed
	add := func(name string, value any) {
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(value) // plain values
		fields = append(fields, framed{name, strings.TrimSpace(text.String())})
	}
	on := r.Shard.Conditions
	add("version", r.Version)
	add("contract", r.Contract.SHA256)
	add("number of shards", r.Shard.Of)
	add("program", r.Shard.Program)
	add("target", r.Target)
	add("project", on.Project)
	add("second project", on.Second)
	add("credentials", on.Credentials)
	add("values", on.Values)
	add("include", slices.Concat([]string{}, on.Include))
	add("exclude", slices.Concat([]string{}, on.Exclude))
	add("seed", r.Seed)
	add("strict", r.Strict)
	add("read-only", on.ReadOnly)
	add("dry-run", on.DryRun)
	add("fail-fast", on.FailFast)
	add("control", on.Control)
	add("max-instances", on.MaxInstances)
	add("timeout", on.Timeout)
	add("wait-max", on.WaitMax)
	add("baseline", slices.Concat([]KnownFailure{}, on.Baseline))
	add("plan", r.Shard.Plan)
	return fields
}
