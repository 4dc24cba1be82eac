package render

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/conformance"
)

// hostile strings are what a target may send to harm whoever reads about it.
const (
	hostileScript = `</script><script>alert(1)</script><img src=x onerror="alert(2)">`
	hostileXML    = `]]><x>&amp;"'<!-- ` + "\x00\x0b\uFFFE"
	hostileANSI   = "\x1b[2J\x1b]0;owned\x07\u009b31m\u202Egnp.exe\r\nnew line"
	hostileMD     = "| `` ``` ````` </details> **bold** [click](javascript:alert(1)) ![x](https://example.invalid/x.png) @all\n# heading\n"
	multibyte     = "笔记本电脑 – größer 👩‍💻 ابج"
)

var sampleStates = []string{"CREATE_QUEUING", "CREATING", "CREATE_FAILED", "START_QUEUING", "READY_TO_START", "STARTING", "RESTARTING",
	"START_FAILED", "RUNNING", "STOPPING", "STOPPED", "UNAVAILABLE", "DELETED", "RESIZING", "RESIZE_FAILED"}

var sampleEvents = []string{"start", "stop", "restart", "queue", "dequeue", "updateInstance", "deleteInstance", "getInstanceToken"}

// sample is a report with something of everything.
func sample() *conformance.Report {
	began := time.Date(2026, 11, 3, 9, 41, 7, 120e6, time.UTC)
	r := &conformance.Report{Version: conformance.ReportVersion,
		Contract: conformance.ContractInfo{Title: "ModelArts 开发环境", Version: "2021.1", File: "openapi.yaml", SHA256: strings.Repeat("9f3c", 16)},
		Target:   "https://notebooks.example.test:8443", Seed: 7, Started: began, Took: conformance.Duration(83*time.Second + 400*time.Millisecond),
		Exchanges: 1204, Peak: 5, Verdict: conformance.Findings, Control: true,
		Notes:     []string{"The clock of the target runs 2 s behind.", "A name with " + multibyte + " came back as it was sent."},
		Leftovers: []string{"6fa459ea-ee8a-3ca4-894e-db77e160355e tally-7-race-3 (STARTING, deletion refused with ModelArts.6306)"},
		Choices: []conformance.Choice{{Check: "listInstances/sort-tie", Took: "newest first", Of: "newest first, by id"},
			{Check: "Instance/CREATE_QUEUING/dequeue", Took: "STOPPED", Of: "STOPPED, CREATE_FAILED, DELETED"}},
		NotClaimed: []conformance.Claim{{What: "11 checks", Takes: "credentials of a second project (--second-token)", Checks: 11},
			{What: "free flavors", Takes: "a flavor that is free and sold out (--values)", Checks: 6}},
	}
	r.Results = sampleResults(began)
	r.Findings = []conformance.Finding{
		{Title: "A running notebook can be deleted", Level: conformance.Must, Check: "Instance/RUNNING/deleteInstance",
			Others: []string{"race/start-delete", "persistence/refused-delete-changes-nothing"}},
		{Title: "Hostile: " + hostileScript + " " + multibyte, Level: conformance.Must, Check: "createInstance/hostile", Others: []string{}},
		{Title: "A restart of a stopped notebook is taken for a start", Level: conformance.Should, Check: "Instance/STOPPED/restart", Others: []string{}},
	}
	for i := range r.Results {
		r.Counts.Checks++
		switch outcomeOf(r, &r.Results[i]) {
		case passed:
			r.Counts.Passed++
		case failed:
			r.Counts.Failed++
		case warned:
			r.Counts.Warned++
		case known:
			r.Counts.Known++
		case skipped:
			r.Counts.Skipped++
		case errored:
			r.Counts.Errors++
		}
	}
	r.Coverage = sampleCoverage()
	return r
}

func sampleResults(began time.Time) []conformance.Result {
	create := conformance.Exchange{Started: began, Took: conformance.Duration(12 * time.Millisecond), Operation: "createInstance", Method: "POST",
		URL:             "https://notebooks.example.test:8443/v1/0a1b2c3d/demanager/instances",
		RequestHeaders:  map[string][]string{"Content-Type": {"application/json"}, "X-Auth-Token": {"[redacted]"}},
		RequestBody:     `{"name":"tally-7-` + multibyte + `","profile_id":"Python3","flavor":"modelarts.vm.cpu.free","spec":{"storage":{"type":"evs"}}}`,
		Status:          200,
		ResponseHeaders: map[string][]string{"Content-Type": {"application/json"}, "X-Hostile": {hostileANSI}},
		ResponseBody:    `{"id":"6fa459ea-ee8a-3ca4-894e-db77e160355e","status":"CREATING","html":"` + `<\/script><script>alert(3)</script>"}`}
	del := conformance.Exchange{Started: began.Add(time.Second), Took: conformance.Duration(8 * time.Millisecond), Operation: "deleteInstance", Method: "DELETE",
		URL: create.URL + "/6fa459ea-ee8a-3ca4-894e-db77e160355e", RequestHeaders: map[string][]string{"X-Auth-Token": {"[redacted]"}},
		Status: 200, ResponseHeaders: map[string][]string{"Content-Type": {"application/json"}},
		ResponseBody: `{"instance_id":"6fa459ea-ee8a-3ca4-894e-db77e160355e"}`}
	silent := del
	silent.Status, silent.ResponseHeaders, silent.ResponseBody, silent.Error = 0, nil, "", "connection reset by peer"
	long := create
	long.ResponseBody = strings.Repeat(multibyte+" 0123456789", 2000)

	table := "2021, 错误码, ModelArts.6304"
	out := []conformance.Result{
		{ID: "createInstance/example", Suite: "example", Operation: "createInstance", Level: conformance.Must, Verdict: conformance.Pass,
			Requirement: "The documented request is accepted and answered as documented.", Source: []string{"2021, 创建开发环境实例, example"},
			Location: "openapi.yaml:89:7", Opportunities: 1, Took: conformance.Duration(31 * time.Millisecond)},
		{ID: "createInstance/hostile", Suite: "schema", Operation: "createInstance", Level: conformance.Must, Verdict: conformance.Fail,
			Requirement: "The answer has the schema of the status 200. " + hostileMD, Source: []string{"2021, 创建开发环境实例, table 16", hostileScript},
			Location: "openapi.yaml:240:9", Opportunities: 3, Expected: []string{"/status is one of the documented states " + hostileScript, multibyte},
			Actual: hostileScript + hostileXML + hostileANSI + hostileMD + "\xff\xfe", Codes: []string{"ModelArts.6309"}, Took: conformance.Duration(17 * time.Millisecond),
			Exchanges: []conformance.Exchange{create, long}, Curl: "curl -X POST 'https://notebooks.example.test:8443/v1/0a1b2c3d/demanager/instances' -H 'X-Auth-Token: '\"$TOKEN\" -d '" + create.RequestBody + "'",
			Rerun: "tally check --include 'createInstance/hostile' --seed 7 https://notebooks.example.test:8443"},
		{ID: "Instance/RUNNING/deleteInstance", Suite: "lifecycle", Operation: "deleteInstance", Level: conformance.Must, Verdict: conformance.Fail,
			Requirement: "A notebook that is RUNNING refuses to be deleted with ModelArts.6304 and keeps its state.", Source: []string{table, "UG19, 删除Notebook, text"},
			Location: "openapi.yaml:3403:13", Opportunities: 1, Expected: []string{"409 with error_code ModelArts.6304"}, Actual: "200, and the notebook is gone", Codes: []string{"ModelArts.6304"},
			Took: conformance.Duration(4200 * time.Millisecond), Exchanges: []conformance.Exchange{create, del},
			Curl:  "curl -X DELETE 'https://notebooks.example.test:8443/v1/0a1b2c3d/demanager/instances/6fa459ea-ee8a-3ca4-894e-db77e160355e' -H 'X-Auth-Token: '\"$TOKEN\"",
			Rerun: "tally check --include 'Instance/RUNNING/deleteInstance' --seed 7 https://notebooks.example.test:8443"},
		{ID: "persistence/refused-delete-changes-nothing", Suite: "persistence", Operation: "deleteInstance", Level: conformance.Must, Verdict: conformance.Fail,
			Requirement: "A refused deletion changes nothing.", Source: []string{table}, Location: "openapi.yaml:855:7", Opportunities: 1,
			Expected: []string{"the notebook as it was"}, Actual: "404", Took: conformance.Duration(40 * time.Millisecond), Exchanges: []conformance.Exchange{del}},
		{ID: "Instance/STOPPED/restart", Suite: "lifecycle", Operation: "actOnInstance", Level: conformance.Should, Verdict: conformance.Fail,
			Requirement: "A notebook that is STOPPED refuses to be restarted with ModelArts.6327.", Source: []string{"2021, 错误码, ModelArts.6327"},
			Location: "openapi.yaml:3389:13", Opportunities: 1, Expected: []string{"400 with error_code ModelArts.6327"}, Actual: "200 with current_status STARTING",
			Codes: []string{"ModelArts.6327"}, Took: conformance.Duration(90 * time.Millisecond), Exchanges: []conformance.Exchange{create}},
		{ID: "listInstances/limit/above-maximum", Suite: "error", Operation: "listInstances", Level: conformance.Must, Verdict: conformance.Fail,
			Requirement: "A limit above 100 is refused.", Source: []string{"2021, 查询开发环境实例列表, table 2, limit"}, Location: "openapi.yaml:420:11",
			Opportunities: 1, Expected: []string{"400 with error_code ModelArts.6331"}, Actual: "200", Known: "TICKET-17, until 2027-01-31", Took: conformance.Duration(6 * time.Millisecond)},
		{ID: "race/start-delete", Suite: "race", Operation: "actOnInstance", Level: conformance.Must, Verdict: conformance.Fail,
			Requirement: "Of a start and a deletion at once, some order explains both answers.", Source: []string{table}, Location: "openapi.yaml:3390:13",
			Opportunities: 12, Expected: []string{"one of 2 orders"}, Actual: "none of them", Took: conformance.Duration(300 * time.Millisecond)},
		{ID: "tenancy/getInstance", Suite: "tenancy", Operation: "getInstance", Level: conformance.Must, Verdict: conformance.Skipped,
			Requirement: "A notebook of another project is not found.", Source: []string{"2021, 错误码, ModelArts.6309"}, Location: "openapi.yaml:503:7",
			Reason: "not claimed: it takes credentials of a second project (--second-token)", Took: 0},
		{ID: "response/latency", Suite: "response", Level: conformance.Should, Verdict: conformance.Errored, Requirement: "Every answer names its content type.",
			Source: []string{"2021, 返回结果, text"}, Location: "openapi.yaml:12", Reason: "the recording could not be read: " + multibyte,
			Took: conformance.Duration(time.Millisecond), Exchanges: []conformance.Exchange{silent}},
	}
	for i, state := range sampleStates[:12] {
		for j, event := range sampleEvents {
			id := "Instance/" + state + "/" + event
			if slices.ContainsFunc(out, func(r conformance.Result) bool { return r.ID == id }) {
				continue
			}
			res := conformance.Result{ID: id, Suite: "lifecycle", Operation: "actOnInstance", Level: conformance.Should, Verdict: conformance.Pass, Opportunities: 1,
				Requirement: fmt.Sprintf("A notebook that is %s answers %s as the table says.", state, event), Source: []string{"2021, 管理开发环境实例, table 2, action"},
				Location: fmt.Sprintf("openapi.yaml:%d:13", 3377+i), Took: conformance.Duration(time.Duration(i*8+j) * time.Millisecond)}
			if i < 1 || i == 3 || i == 4 {
				res.Verdict, res.Opportunities, res.Reason = conformance.Skipped, 0, "the state needs a free flavor that is sold out"
			}
			out = append(out, res)
		}
	}
	return out
}

func sampleCoverage() conformance.Coverage {
	c := conformance.Coverage{Parts: []conformance.CoveragePart{
		{Name: "operations", Covered: 9, Total: 9, Left: []string{}},
		{Name: "statuses", Covered: 41, Total: 44, Left: []string{"createInstance 503: no request provokes it", "listInstances 503: no request provokes it", "createToken 429: " + hostileScript}},
		{Name: "error codes", Covered: 38, Total: 52, Left: []string{"ModelArts.6361: needs the control API", "ModelArts.6201: needs a suspended account", "ModelArts.6350: nobody knows how | `code`"}},
		{Name: "states", Covered: 10, Total: 13, Left: []string{"CREATE_QUEUING: needs a free flavor", "START_QUEUING: needs a free flavor", "READY_TO_START: needs a free flavor"}},
		{Name: "transitions", Covered: 21, Total: 29, Left: []string{"STOPPED → START_QUEUING: needs a free flavor"}},
		{Name: "cells", Covered: 71, Total: 96, Left: []string{"25 cells: their states were not reached"}},
		{Name: "tables", Covered: 0, Total: 4, Left: []string{"2019, 启停开发环境实例, table 3: not selected"}},
	}}
	c.Grid = conformance.Grid{States: sampleStates, Events: sampleEvents}
	for i := range sampleStates {
		row := make([]string, len(sampleEvents))
		for j := range row {
			switch {
			case i == 0 || i == 3 || i == 4:
				row[j] = "skipped"
			case i > 12:
				row[j] = "unreachable"
			case i == 12:
				row[j] = "unchecked"
			case i == 8 && j == 6, i == 10 && j == 2:
				row[j] = "fail"
			default:
				row[j] = "pass"
			}
		}
		c.Grid.Cells = append(c.Grid.Cells, row)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(sampleTransitions), "\n") {
		f := strings.Fields(line)
		c.Transitions = append(c.Transitions, conformance.Transition{From: strings.Trim(f[1], "-"), On: f[2], To: f[3], Walked: f[0] == "+"})
	}
	return c
}

// sampleTransitions are walked or not, from, on, to.
const sampleTransitions = `
+ - createInstance CREATING
- - createInstance CREATE_QUEUING
- CREATE_QUEUING turn CREATING
+ CREATING time RUNNING
+ CREATING time CREATE_FAILED
- START_QUEUING turn READY_TO_START
+ RUNNING timer STOPPING
+ STOPPING time STOPPED
+ RUNNING fault UNAVAILABLE
+ UNAVAILABLE time RUNNING
- STOPPED start START_QUEUING
- START_FAILED start START_QUEUING
+ STOPPED start STARTING
+ START_FAILED start STARTING
- READY_TO_START start STARTING
+ STARTING time RUNNING
+ STARTING time START_FAILED
+ RUNNING stop STOPPING
+ RUNNING restart RESTARTING
+ RESTARTING time RUNNING
- RESTARTING time START_FAILED
- STOPPED queue START_QUEUING
- START_QUEUING dequeue STOPPED
- READY_TO_START dequeue STOPPED
- CREATE_QUEUING dequeue STOPPED
+ STOPPED deleteInstance DELETED
+ CREATE_FAILED deleteInstance DELETED
+ START_FAILED deleteInstance DELETED
- CREATE_QUEUING deleteInstance DELETED
- START_QUEUING deleteInstance DELETED
- READY_TO_START deleteInstance DELETED
+ UNAVAILABLE deleteInstance DELETED
+ RUNNING updateInstance RUNNING
- RESIZE_FAILED deleteInstance DELETED
`
