package deploy_test

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// profiles are the services that each profile starts.
var profiles = map[string][]string{
	"file":   {"one"},
	"shared": {"balancer", "mock", "postgres"},
}

func TestCompose(t *testing.T) {
	holdTo(t, judgeCompose, []mistake{
		{"compose.yaml", "mem_limit: 1g", "memory: 1g", "memory false schema"},
		{"compose.yaml", "interval: 5s", "interval: often", "invalid duration"},
		{"compose.yaml", "networks: [back]", "networks: [backs]", "undefined network backs"},
		{"compose.yaml", "state:/state", "states:/state", "undefined volume states"},
		{"compose.yaml", "      postgres:\n        condition", "      database:\n        condition", "undefined service"},
		{"compose.yaml", "profiles: [file]", "profiles: [shared]", "profile file"},
		{"compose.yaml", "${TALLY_DB_PASSWORD-}@", "${TALLY_DB_PASSWORD@", "invalid interpolation format"},
		{"compose.yaml", "read_only: true", "read_only: false", "its root can be written"},
		{"compose.yaml", "cap_drop: [ALL]", "cap_drop: [SYS_ADMIN]", "capabilities"},
		{"compose.yaml", "no-new-privileges:true", "no-new-privileges:false", "new privileges"},
		{"compose.yaml", "ports: [\"127.0.0.1:8080:8080\"]", "ports: [\"8080:8080\"]", "one: port 8080 is open to other machines"},
		{"compose.yaml", "user: \"999:999\"", "user: \"0:0\"", "postgres: runs as root"},
		{"compose.yaml", "internal: true", "internal: false", "the database's network is not internal"},
		{"compose.yaml", "networks: [back]", "networks: [back, front]", "the database is in another network too"},
		{"compose.yaml", "replicas: 3", "replicas: 4", "4 mocks, but balancer.cfg has 3 places"},
		{"compose.yaml", "TALLY_STATE: postgres", "TALLY_STATES: postgres", "no flag of tally mock is TALLY_STATES"},
		{"compose.yaml", "dockerfile: deploy/Dockerfile", "dockerfile: Dockerfile", "there is no Dockerfile"},
	})
}

func judgeCompose(t *testing.T, folder string) (found problems) {
	t.Helper()
	for profile, want := range profiles {
		project, err := composed(folder, profile)
		if err != nil {
			return problems{err.Error()}
		}
		got := project.ServiceNames()
		slices.Sort(got)
		found.must(slices.Equal(got, want), fmt.Sprintf("profile %s starts %v, want %v", profile, got, want))
		for _, s := range project.Services {
			found = append(found, judgeService(t, folder, s)...)
		}
		if db, ok := project.Services["postgres"]; ok {
			found.must(len(db.Networks) == 1, "the database is in another network too")
			for name := range db.Networks {
				found.must(project.Networks[name].Internal, "the database's network is not internal")
			}
		}
	}
	return found
}

// composed is what docker compose takes the file for, with one profile.
func composed(folder, profile string) (*types.Project, error) {
	options, err := cli.NewProjectOptions([]string{filepath.Join(folder, "compose.yaml")}, cli.WithWorkingDirectory(folder),
		cli.WithEnv([]string{"TALLY_DB_PASSWORD=secret"}), cli.WithProfiles([]string{profile}))
	if err != nil {
		return nil, err
	}
	return options.LoadProject(context.Background())
}

func judgeService(t *testing.T, folder string, s types.ServiceConfig) (found problems) {
	t.Helper()
	must := func(holds bool, sentence string) { found.must(holds, s.Name+": "+sentence) }
	must(s.ReadOnly, "its root can be written")
	must(slices.Equal(s.CapDrop, []string{"ALL"}), "its capabilities are not dropped")
	must(slices.Equal(s.SecurityOpt, []string{"no-new-privileges:true"}), "it may get new privileges")
	for _, p := range s.Ports {
		must(p.HostIP == "127.0.0.1", "port "+p.Published+" is open to other machines")
	}
	if s.Build == nil {
		user, _, _ := strings.Cut(s.User, ":")
		must(user != "" && user != "0" && user != "root", "runs as root")
		return found
	}
	must(s.Build.Dockerfile == "deploy/Dockerfile", "there is no "+s.Build.Dockerfile)
	var variables []string
	for name := range s.Environment {
		variables = append(variables, name)
	}
	must(s.Environment["TALLY_STATE"] != nil, "no state is named")
	found = append(found, unknown(t, s.Name, s.Command, variables)...)
	if s.HealthCheck == nil || len(s.HealthCheck.Test) < 3 || s.HealthCheck.Test[1] != "/tally" {
		return append(found, s.Name+": no check of its health runs /tally")
	}
	found = append(found, unknown(t, s.Name+"'s check", s.HealthCheck.Test[2:], nil)...)
	if s.Deploy != nil && s.Deploy.Replicas != nil {
		var places int
		for line := range strings.Lines(read(t, filepath.Join(folder, "balancer.cfg"))) {
			_, _ = fmt.Sscanf(strings.TrimSpace(line), "server-template mock %d", &places)
		}
		must(*s.Deploy.Replicas == places, fmt.Sprintf("%d mocks, but balancer.cfg has %d places", *s.Deploy.Replicas, places))
	}
	return found
}

// TestBalancer holds the load balancer's configuration to the balancer itself.
func TestBalancer(t *testing.T) {
	program, err := exec.LookPath("haproxy")
	if err != nil {
		missing(t, "haproxy is not installed: %v", err)
	}
	judge := func(t *testing.T, folder string) problems {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), program, "-c", "-f", filepath.Join(folder, "balancer.cfg")).CombinedOutput()
		if err != nil {
			return problems{string(out)}
		}
		return nil
	}
	holdTo(t, judge, []mistake{
		{"balancer.cfg", "default_backend mocks", "default_backend mock", "unable to find required default_backend: 'mock'"},
		{"balancer.cfg", "balance roundrobin", "balance robin", "balance only supports"},
		{"balancer.cfg", "resolvers containers init", "resolvers container init", "container"},
	})
}
