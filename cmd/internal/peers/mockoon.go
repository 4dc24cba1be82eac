package peers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"
)

// mockoon plays routes: an answer with templates when rules hold of the request, and a refusal when not.
func mockoon(folder string) *Server {
	return &Server{
		Name:     "Mockoon",
		Version:  npmVersion(folder, "mockoon", "@mockoon/cli"),
		Warm:     5 * time.Second,
		Settings: "`mockoon-cli start --disable-log-to-file --disable-admin-api` with NODE_ENV=production, its standard output thrown away; templates, a rule with a JSON schema for bodies",
		Notes: []string{
			"Its import of OpenAPI takes 2.0 and 3.0, so the routes are made from the mock's answers, with the request schemas of the contract as rules.",
			"A request that breaks a rule gets one fixed refusal for each route.",
			"It compiles the schema of a rule anew for each request, which is most of what create, action and token take.",
		},
		prepare: func(dir string, port int, s *Scene) ([]string, []string, error) {
			environment, err := mockoonEnvironment(port, s)
			if err != nil {
				return nil, nil, err
			}
			path := filepath.Join(dir, "environment.json")
			return []string{npmCommand(folder, "mockoon", "mockoon-cli"), "start", "--data", path, "--hostname", loopback, "--port", portText(port),
				"--disable-log-to-file", "--disable-admin-api", "--repair"}, []string{"NODE_ENV=production"}, writeJSON(path, environment)
		},
	}
}

// uuidOf gives ids that are the same in every run.
func uuidOf(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

func mockoonEnvironment(port int, s *Scene) (map[string]any, error) {
	var routes, children, buckets []any
	for i := range s.Answers {
		a := &s.Answers[i]
		schema, err := s.Document.Schema(a.Operation)
		if err != nil {
			return nil, err
		}
		var rules []any
		if a.Operation.Secured {
			rules = append(rules, mockoonRule("header", s.Header, "equals", s.Token))
		}
		if schema != nil {
			value, err := json.Marshal(schema)
			if err != nil {
				return nil, err
			}
			bucket := fmt.Sprintf("b%03d", i)
			buckets = append(buckets, map[string]any{"uuid": uuidOf(1000 + i), "id": bucket, "name": bucket, "documentation": "", "value": string(value)})
			rules = append(rules, mockoonRule("body", "", "valid_json_schema", bucket))
		}
		routes = append(routes, mockoonRoute(i, a, rules))
		children = append(children, map[string]any{"uuid": uuidOf(2000 + i), "type": "route"})
	}
	return map[string]any{"uuid": uuidOf(1), "lastMigration": 33, "name": "bench", "endpointPrefix": "", "latency": 0, "port": port, "hostname": loopback,
		"folders": []any{}, "routes": routes, "rootChildren": children, "proxyMode": false, "proxyHost": "", "proxyRemovePrefix": false, "cors": false,
		"headers": []any{}, "proxyReqHeaders": []any{}, "proxyResHeaders": []any{}, "data": buckets, "callbacks": []any{}}, nil
}

func mockoonRule(target, modifier, operator, value string) map[string]any {
	return map[string]any{"target": target, "modifier": modifier, "operator": operator, "value": value, "invert": false}
}

// mockoonRoute answers as the mock did when all rules hold, and refuses when not.
func mockoonRoute(i int, a *Answer, rules []any) map[string]any {
	id := a.Prefix + "{{uuid}}"
	if key := a.key(); key != "" {
		id = "{{urlParam '" + key + "'}}"
	}
	body := a.fill(id, "{{body '"+dotted(a.nameIn())+"'}}")
	good := mockoonResponse(3000+i, a.Status, body, rules, a.ID == "" && a.Name == "")
	headers := []any{map[string]any{"key": "Content-Type", "value": contentType}}
	for name, value := range a.Header {
		headers = append(headers, map[string]any{"key": name, "value": value})
	}
	good["headers"] = headers
	responses := []any{good}
	if len(rules) == 0 {
		good["default"] = true
	} else {
		bad := mockoonResponse(4000+i, refusedStatus, `{"error":"the request breaks a rule"}`, nil, true)
		bad["default"] = true
		responses = append(responses, bad)
	}
	endpoint := strings.NewReplacer("{", ":", "}", "").Replace(strings.TrimPrefix(a.Operation.Path, "/"))
	return map[string]any{"uuid": uuidOf(2000 + i), "type": "http", "documentation": "", "method": strings.ToLower(a.Operation.Method), "endpoint": endpoint,
		"responses": responses, "responseMode": nil, "streamingMode": nil, "streamingInterval": 0}
}

// refusedStatus is what the made-up refusal of a Mockoon route has: no answer of the API.
const refusedStatus = http.StatusBadRequest

func mockoonResponse(id, status int, body string, rules []any, plain bool) map[string]any {
	if rules == nil {
		rules = []any{}
	}
	return map[string]any{"uuid": uuidOf(id), "body": body, "latency": 0, "statusCode": status, "label": "", "headers": []any{}, "bodyType": "INLINE",
		"filePath": "", "databucketID": "", "sendFileAsBody": false, "rules": rules, "rulesOperator": "AND", "disableTemplating": plain,
		"fallbackTo404": false, "default": false, "crudKey": "id", "callbacks": []any{}}
}
