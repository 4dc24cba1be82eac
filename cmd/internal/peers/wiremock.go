package peers

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// wireMock plays stubs: a path template, the token, a JSON schema for the body, and templates in the answer.
func wireMock(folder string) *Server {
	const artifact = "wiremock-standalone"
	version := jarVersion(folder, "wiremock", artifact)
	return &Server{
		Name:    "WireMock",
		Version: version,
		Warm:    15 * time.Second,
		Settings: "`--no-request-journal --disable-request-logging --async-response-enabled true --async-response-threads 10 --container-threads 50 " +
			"--jetty-acceptor-threads 4 --use-chunked-encoding never`, as its guide says for load; local response templating, JSON-schema matching of bodies",
		Notes: []string{
			"Has no reader of OpenAPI: stubs are made from the mock's answers, with the request schemas of the contract.",
			"A request that no stub takes gets its own page of differences with 404, not the contract's error.",
			"A scenario has one state for all resources, so none of the lifecycle is played.",
		},
		prepare: func(dir string, port int, s *Scene) ([]string, []string, error) {
			v, err := version()
			if err != nil {
				return nil, nil, err
			}
			mappings := filepath.Join(dir, "mappings")
			if err := os.Mkdir(mappings, 0o700); err != nil {
				return nil, nil, err
			}
			for i := range s.Answers {
				stub, err := wireMockStub(s, &s.Answers[i])
				if err != nil {
					return nil, nil, err
				}
				if err := writeJSON(filepath.Join(mappings, s.Answers[i].Operation.ID+".json"), stub); err != nil {
					return nil, nil, err
				}
			}
			jar := filepath.Join(folder, "java", "wiremock", fmt.Sprintf("%s-%s.jar", artifact, v))
			return []string{"java", "-jar", jar, "--port", portText(port), "--bind-address", loopback, "--root-dir", dir, "--disable-banner",
				"--no-request-journal", "--disable-request-logging", "--async-response-enabled", "true", "--async-response-threads", "10",
				"--container-threads", "50", "--jetty-acceptor-threads", "4", "--use-chunked-encoding", "never"}, nil, nil
		},
	}
}

// wireMockStub is the stub of an answer.
func wireMockStub(s *Scene, a *Answer) (map[string]any, error) {
	request := map[string]any{"method": a.Operation.Method, "urlPathTemplate": a.Operation.Path}
	if a.Operation.Secured {
		request["headers"] = map[string]any{s.Header: map[string]any{"equalTo": s.Token}}
	}
	schema, err := s.Document.Schema(a.Operation)
	if err != nil {
		return nil, err
	}
	if schema != nil {
		request["bodyPatterns"] = []any{map[string]any{"matchesJsonSchema": schema, "schemaVersion": "V202012"}}
	}
	headers := map[string]any{"Content-Type": contentType}
	for name, value := range a.Header {
		headers[name] = value
	}
	id := a.Prefix + "{{randomValue length=" + fmt.Sprint(len(a.ID)-len(a.Prefix)) + " type='ALPHANUMERIC'}}"
	if key := a.key(); key != "" {
		id = "{{request.path." + key + "}}"
	}
	name := "{{jsonPath request.body '$." + dotted(a.nameIn()) + "'}}"
	response := map[string]any{"status": a.Status, "headers": headers, "body": a.fill(id, name)}
	if a.ID != "" || a.Name != "" {
		response["transformers"] = []string{"response-template"}
	}
	return map[string]any{"request": request, "response": response}, nil
}
