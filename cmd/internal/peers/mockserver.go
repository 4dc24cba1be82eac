package peers

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"time"
)

// mockServer plays expectations: a path, the token, a JSON schema for the body, and templates in the answer.
func mockServer(folder string) *Server {
	return &Server{
		Name:     "MockServer",
		Version:  jarVersion(folder, "mockserver", "mockserver-netty-no-dependencies"),
		Warm:     15 * time.Second,
		Settings: "`-Xmx500m -Dmockserver.logLevel=WARN -Dmockserver.disableLogging=true`, as its page on performance says; Mustache templates, JSON-schema matching of bodies",
		Notes: []string{
			"5.15 is its last version that comes as one file with all it needs; later ones, which can also keep objects in memory, could not be installed whole.",
			"Expectations are made from the mock's answers, with the request schemas of the contract: its own reader of OpenAPI makes up examples.",
			"A request that no expectation takes gets an empty 404, not the contract's error.",
		},
		prepare: func(dir string, port int, s *Scene) ([]string, []string, error) {
			var all []any
			for i := range s.Answers {
				one, err := mockServerExpectation(s, &s.Answers[i])
				if err != nil {
					return nil, nil, err
				}
				all = append(all, one)
			}
			path := filepath.Join(dir, "expectations.json")
			return []string{"java", "-Xmx500m", "-Dmockserver.logLevel=WARN", "-Dmockserver.disableLogging=true", "-Dmockserver.disableSystemOut=true",
				"-Dmockserver.localBoundIP=" + loopback, "-Dmockserver.initializationJsonPath=" + path,
				"-cp", filepath.Join(folder, "java", "mockserver", "*"), "org.mockserver.cli.Main", "-serverPort", portText(port)}, nil, writeJSON(path, all)
		},
	}
}

// mockServerExpectation is the expectation of an answer. A path parameter has no place for a dash or a dot in
// templates, so the key is matched by position.
func mockServerExpectation(s *Scene, a *Answer) (map[string]any, error) {
	request := map[string]any{"method": a.Operation.Method, "path": a.Operation.Path}
	parameters := map[string]any{}
	for _, p := range a.Operation.Parameters {
		if p.In == "path" {
			parameters[p.Name] = []string{".*"}
		}
	}
	if len(parameters) > 0 {
		request["pathParameters"] = parameters
	}
	if a.Operation.Secured {
		request["headers"] = map[string]any{s.Header: []string{s.Token}}
	}
	schema, err := s.Document.Schema(a.Operation)
	if err != nil {
		return nil, err
	}
	if schema != nil {
		request["body"] = map[string]any{"type": "JSON_SCHEMA", "jsonSchema": schema}
	}
	headers := map[string]any{"Content-Type": []string{contentType}}
	for name, value := range a.Header {
		headers[name] = []string{value}
	}
	out := map[string]any{"httpRequest": request}
	if a.ID == "" && a.Name == "" {
		out["httpResponse"] = map[string]any{"statusCode": a.Status, "headers": headers, "body": a.Body}
		return out, nil
	}
	template, err := json.Marshal(map[string]any{"statusCode": a.Status, "headers": headers, "body": a.Body})
	if err != nil {
		return nil, err
	}
	id, name := a.Prefix+"{{ uuid }}", "{{#jsonPath}}$."+dotted(a.nameIn())+"{{/jsonPath}}{{ jsonPathResult }}"
	if key := a.key(); key != "" {
		id = "{{ request.pathParameters." + key + ".0 }}"
	}
	filled := (&Answer{Body: string(template), ID: a.ID, Name: a.Name}).fill(id, name)
	out["httpResponseTemplate"] = map[string]any{"templateType": "MUSTACHE", "template": strings.TrimSpace(filled)}
	return out, nil
}
