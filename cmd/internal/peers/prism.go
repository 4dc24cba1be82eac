package peers

import (
	"os"
	"path/filepath"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// prism plays the contract itself; its examples are the answers of the mock.
func prism(folder string) *Server {
	return &Server{
		Name:     "Prism",
		Version:  npmVersion(folder, "prism", "@stoplight/prism-cli"),
		Warm:     5 * time.Second,
		Settings: "`prism mock --multiprocess false -v silent contract.json` with NODE_ENV=production; one process, as its second only writes the log, and does not start in this version",
		Notes: []string{
			"Reads the contract itself; the examples of successes are replaced by the mock's answers, so that it sends as many bytes.",
			"The answer is always the example: no id, name or state of the request is in it.",
		},
		prepare: func(dir string, port int, s *Scene) ([]string, []string, error) {
			data, err := s.Document.JSON(contract.Default(), Examples{Answers: s.Answers})
			if err != nil {
				return nil, nil, err
			}
			path := filepath.Join(dir, "contract.json")
			return []string{npmCommand(folder, "prism", "prism"), "mock", "-h", loopback, "-p", portText(port), "-v", "silent", "--multiprocess", "false", path},
				[]string{"NODE_ENV=production"}, os.WriteFile(path, data, 0o600)
		},
	}
}
