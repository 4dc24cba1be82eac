package peers

import (
	"fmt"
	"slices"
)

// Judge keeps of each run the failures that no run on the mock without a defect has, and sets what was found.
func (t *Trial) Judge() {
	known := map[string]bool{}
	for _, c := range t.Clean {
		for _, f := range c.Failures {
			known[f] = true
		}
	}
	for i := range t.Runs {
		t.Runs[i].Found = nil
		for _, f := range t.Runs[i].Failures {
			if !known[f] {
				t.Runs[i].Found = append(t.Runs[i].Found, f)
			}
		}
	}
}

// found counts the defects that were found.
func (t *Trial) found() int {
	n := 0
	for _, r := range t.Runs {
		if len(r.Found) > 0 {
			n++
		}
	}
	return n
}

// faults counts the runs without a verdict.
func (t *Trial) faults() int {
	n := 0
	for _, r := range t.Runs {
		if r.Fault != "" {
			n++
		}
	}
	return n
}

// alarms are the different failures on the mock without a defect.
func (t *Trial) alarms() int {
	var all []string
	for _, c := range t.Clean {
		all = append(all, c.Failures...)
	}
	slices.Sort(all)
	return len(slices.Compact(all))
}

// typical is a clean run in the middle of all by time; the zero Run when there is none.
func (t *Trial) typical() Run {
	if len(t.Clean) == 0 {
		return Run{}
	}
	runs := slices.Clone(t.Clean)
	slices.SortFunc(runs, func(a, b Run) int { return int((a.Seconds - b.Seconds) * 1000) })
	return runs[len(runs)/2]
}

// trials writes what the runners came to.
func (r *Report) trials(p *page) {
	p.printf("\n## Runners\n\nEach runner judges the mock without a defect, and then with one planted defect after another (`tally mock --list-defects`). A\n")
	p.printf("defect counts as found when a run reports a failure that no run on the mock without one has reported.\n\n")
	p.head("runner", "seconds", "requests", "failures on the clean mock", "defects found", "no verdict")
	for _, t := range r.Runners {
		if t.Missing != "" {
			p.row(t.Name, "not tried", "", "", "", "")
			continue
		}
		one := t.typical()
		p.row(t.Name+" "+t.Version, fmt.Sprintf("%.1f", one.Seconds), count(float64(one.Requests)), fmt.Sprint(t.alarms()),
			fmt.Sprintf("%d of %d", t.found(), len(t.Runs)), fmt.Sprint(t.faults()))
	}
	r.sample(p)
	r.families(p)
	p.printf("\n### How each runs\n\n")
	for _, t := range r.Runners {
		if t.Missing != "" {
			continue
		}
		p.printf("- **%s** %s, %s: %s.\n", t.Name, t.Version, t.Time.Format("2006-01-02"), t.Settings)
		for _, n := range t.Notes {
			p.printf("  %s\n", n)
		}
	}
}

// sample says which runners were not given all defects.
func (r *Report) sample(p *page) {
	for _, t := range r.Runners {
		if t.Missing == "" && len(t.Runs) < t.All {
			p.printf("\nOf the %d defects each runner was given %d, drawn evenly from the list: all would take hours.\n", t.All, len(t.Runs))
			return
		}
	}
}

// families writes how many defects of each family each runner found.
func (r *Report) families(p *page) {
	var names []string
	cells := []string{"defects found in family"}
	for _, t := range r.Runners {
		if t.Missing != "" {
			continue
		}
		cells = append(cells, t.Name)
		for _, run := range t.Runs {
			if !slices.Contains(names, run.Family) {
				names = append(names, run.Family)
			}
		}
	}
	if len(names) == 0 {
		return
	}
	p.printf("\n")
	p.head(cells...)
	for _, name := range names {
		row := []string{name}
		for _, t := range r.Runners {
			if t.Missing != "" {
				continue
			}
			found, all := 0, 0
			for _, run := range t.Runs {
				if run.Family == name {
					all++
					found += min(len(run.Found), 1)
				}
			}
			row = append(row, fmt.Sprintf("%d of %d", found, all))
		}
		p.row(row...)
	}
}
