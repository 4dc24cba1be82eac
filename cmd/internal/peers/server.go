package peers

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Server is another program that plays a contract.
type Server struct {
	Name     string
	Settings string        // how it is started, for the report
	Notes    []string      // what the contract loses on it
	Warm     time.Duration // processor time under load, before it is as fast as it gets
	Version  func() (string, error)

	prepare func(dir string, port int, s *Scene) (command, env []string, err error)
}

// Servers are the servers to compare with, installed in a folder by tools/peers/install.sh.
func Servers(folder string) []*Server {
	return []*Server{prism(folder), mockoon(folder), wireMock(folder), mockServer(folder)}
}

// Command writes the server's files into an empty folder, and gives what starts it on a port of loopback. It says
// nothing on its output.
func (s *Server) Command(ctx context.Context, dir string, port int, scene *Scene) (*exec.Cmd, error) {
	if _, err := s.Version(); err != nil {
		return nil, err
	}
	words, env, err := s.prepare(dir, port, scene)
	if err != nil {
		return nil, fmt.Errorf("set up %s: %w", s.Name, err)
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	return cmd, nil
}

// npmVersion tells the version of an installed npm package.
func npmVersion(folder, name, module string) func() (string, error) {
	return func() (string, error) {
		path := filepath.Join(folder, "npm", name, "node_modules", module, "package.json")
		data, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("%s is not installed: %w; tools/peers/install.sh installs it", name, err)
		}
		var module struct {
			Version string `json:"version"`
		}
		if err := json.Unmarshal(data, &module); err != nil || module.Version == "" {
			return "", fmt.Errorf("%s: no version: %w", path, err)
		}
		return module.Version, nil
	}
}

// jarVersion tells the version in the name of an installed jar.
func jarVersion(folder, name, artifact string) func() (string, error) {
	return func() (string, error) {
		found, err := filepath.Glob(filepath.Join(folder, "java", name, artifact+"-*.jar"))
		if err != nil || len(found) != 1 {
			return "", fmt.Errorf("%s is not installed: %d files %s-*.jar in %s; tools/peers/install.sh installs it", name, len(found), artifact, filepath.Join(folder, "java", name))
		}
		version := strings.TrimPrefix(filepath.Base(found[0]), artifact+"-")
		return strings.TrimSuffix(version, ".jar"), nil
	}
}

func npmCommand(folder, name, binary string) string {
	return filepath.Join(folder, "npm", name, "node_modules", ".bin", binary)
}

func writeJSON(path string, value any) error {
	data, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

const loopback = "127.0.0.1"

func portText(port int) string { return strconv.Itoa(port) }
