package deploy_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yannh/kubeconform/pkg/validator"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// manifests is what is looked at of the rendered manifests.
type manifests struct {
	Deployment deployment
	Service    struct {
		Spec struct {
			Type     string
			Selector map[string]string
			Ports    []struct{ TargetPort string }
		}
	}
	PodDisruptionBudget struct {
		Spec struct {
			MaxUnavailable int
			Selector       selector
		}
	}
}

type selector struct{ MatchLabels map[string]string }

type deployment struct {
	Spec struct {
		Replicas int
		Selector selector
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     pod
		}
	}
}

type pod struct {
	AutomountServiceAccountToken, EnableServiceLinks *bool
	SecurityContext                                  struct {
		RunAsNonRoot          bool
		RunAsUser, RunAsGroup int
		SeccompProfile        struct{ Type string }
	}
	Containers []container
}

type container struct {
	Name          string
	Command, Args []string
	Env           []struct {
		Name, Value string
		ValueFrom   struct {
			SecretKeyRef struct{ Name, Key string }
		}
	}
	Ports                                       []struct{ Name string }
	StartupProbe, ReadinessProbe, LivenessProbe *probe
	Resources                                   struct{ Requests, Limits map[string]string }
	SecurityContext                             struct {
		ReadOnlyRootFilesystem   bool
		AllowPrivilegeEscalation *bool
		Capabilities             struct{ Drop []string }
	}
}

type probe struct {
	Exec           struct{ Command []string }
	TimeoutSeconds int
}

// readiness is the probe that decides which mocks get requests.
const readiness = `          readinessProbe:
            exec:
              command: [/tally, wait, "http://127.0.0.1:8080", --ready, --timeout, 4s]
            periodSeconds: 5
            timeoutSeconds: 5
            failureThreshold: 2
`

func TestKubernetes(t *testing.T) {
	check, err := validator.New([]string{schemas(t)}, validator.Opts{Strict: true, KubernetesVersion: kubernetesVersion})
	if err != nil {
		t.Fatal(err)
	}
	judge := func(t *testing.T, folder string) problems { return judgeKubernetes(t, folder, check) }
	holdTo(t, judge, []mistake{
		{"kubernetes/deployment.yaml", "replicas: 3", "replica: 3", "additional properties 'replica' not allowed"},
		{"kubernetes/deployment.yaml", "replicas: 3", "replicas: three", "/spec/replicas"},
		{"kubernetes/deployment.yaml", "exec:\n", "exce:\n", "'exce' not allowed"},
		{"kubernetes/service.yaml", "kind: Service", "kind: Servise", "could not find schema for Servise"},
		{"kubernetes/kustomization.yaml", "- service.yaml", "- services.yaml", "services.yaml"},
		{"kubernetes/kustomization.yaml", "  - service.yaml\n", "", "no Service"},
		{"kubernetes/service.yaml", "selector:\n    app.kubernetes.io/name: tally", "selector:\n    app: tally", "the Service selects other pods"},
		{"kubernetes/service.yaml", "targetPort: http", "targetPort: https", "the Service's port https"},
		{"kubernetes/disruption.yaml", "maxUnavailable: 1", "maxUnavailable: 3", "the budget lets all pods go"},
		{"kubernetes/disruption.yaml", "matchLabels:\n      app.kubernetes.io/name: tally", "matchLabels: {}", "the budget selects other pods"},
		{"kubernetes/deployment.yaml", "runAsUser: 65532", "runAsUser: 1000", "runAsUser is 1000, the image's USER"},
		{"kubernetes/deployment.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "runAsNonRoot"},
		{"kubernetes/deployment.yaml", "type: RuntimeDefault", "type: Unconfined", "seccompProfile"},
		{"kubernetes/deployment.yaml", "enableServiceLinks: false", "enableServiceLinks: true", "enableServiceLinks"},
		{"kubernetes/deployment.yaml", "automountServiceAccountToken: false", "automountServiceAccountToken: true", "automountServiceAccountToken"},
		{"kubernetes/deployment.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "readOnlyRootFilesystem"},
		{"kubernetes/deployment.yaml", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "allowPrivilegeEscalation"},
		{"kubernetes/deployment.yaml", "drop: [ALL]", "add: [ALL]", "capabilities"},
		{"kubernetes/deployment.yaml", "memory: 1Gi", "cpu: \"1\"", "no limit of memory"},
		{"kubernetes/deployment.yaml", "valueFrom:\n                secretKeyRef:\n                  name: tally\n                  key: state", "value: postgres://tally:x@db/tally", "TALLY_STATE does not come from a Secret"},
		{"kubernetes/deployment.yaml", "TALLY_TOKEN", "TALLY_TOKENS", "no flag of tally mock is TALLY_TOKENS"},
		{"kubernetes/deployment.yaml", "--log, json", "--logs, json", "no flag --logs"},
		{"kubernetes/deployment.yaml", "--ready, --timeout, 4s]", "--ready, --timeout, 6s]", "startupProbe: its --timeout 6s is not below 5 s"},
		{"kubernetes/deployment.yaml", readiness, "", "no readinessProbe"},
	})
}

func judgeKubernetes(t *testing.T, folder string, check validator.Validator) (found problems) {
	t.Helper()
	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(folder, "kubernetes"))
	if err != nil {
		return problems{err.Error()}
	}
	byKind := map[string][]byte{}
	for _, r := range rendered.Resources() {
		data := []byte(r.MustYaml())
		byKind[r.GetKind()] = data
		for _, result := range check.Validate(r.GetKind(), io.NopCloser(bytes.NewReader(data))) {
			found.must(result.Status == validator.Valid, fmt.Sprintf("%s: %v %v", r.GetKind(), result.Err, result.ValidationErrors))
		}
	}
	if len(found) > 0 {
		return found
	}
	var m manifests
	for kind, into := range map[string]any{"Deployment": &m.Deployment, "Service": &m.Service, "PodDisruptionBudget": &m.PodDisruptionBudget} {
		data, ok := byKind[kind]
		if !ok {
			return problems{"there is no " + kind}
		}
		if err := yaml.Unmarshal(data, into); err != nil {
			t.Fatal(err)
		}
	}
	return slices.Concat(m.fit(), m.Deployment.Spec.Template.Spec.judge(t, read(t, filepath.Join(folder, "Dockerfile"))))
}

// fit tells where the manifests do not belong together.
func (m *manifests) fit() (found problems) {
	spec := m.Deployment.Spec
	labels := spec.Template.Metadata.Labels
	found.must(maps.Equal(m.Service.Spec.Selector, labels), "the Service selects other pods")
	found.must(m.Service.Spec.Type == "", "the Service is seen from outside of the cluster")
	found.must(maps.Equal(m.PodDisruptionBudget.Spec.Selector.MatchLabels, spec.Selector.MatchLabels), "the budget selects other pods")
	found.must(m.PodDisruptionBudget.Spec.MaxUnavailable < spec.Replicas, "the budget lets all pods go")
	for _, p := range m.Service.Spec.Ports {
		named := slices.ContainsFunc(spec.Template.Spec.Containers, func(c container) bool {
			return slices.ContainsFunc(c.Ports, func(port struct{ Name string }) bool { return port.Name == p.TargetPort })
		})
		found.must(named, "the Service's port "+p.TargetPort+" is no container's")
	}
	return found
}

func (p *pod) judge(t *testing.T, dockerfile string) (found problems) {
	t.Helper()
	s := p.SecurityContext
	found.must(s.RunAsNonRoot, "runAsNonRoot is not true")
	user := fmt.Sprintf("USER %d:%d", s.RunAsUser, s.RunAsGroup)
	found.must(strings.Contains(dockerfile, "\n"+user+"\n"), fmt.Sprintf("runAsUser is %d, the image's USER is another", s.RunAsUser))
	found.must(s.SeccompProfile.Type == "RuntimeDefault", "seccompProfile is not RuntimeDefault")
	found.must(isFalse(p.EnableServiceLinks), "enableServiceLinks is not false")
	found.must(isFalse(p.AutomountServiceAccountToken), "automountServiceAccountToken is not false")
	found.must(len(p.Containers) == 1, "want one container")
	for _, c := range p.Containers {
		found = append(found, c.judge(t)...)
	}
	return found
}

func isFalse(b *bool) bool { return b != nil && !*b }

func (c *container) judge(t *testing.T) (found problems) {
	t.Helper()
	s := c.SecurityContext
	found.must(s.ReadOnlyRootFilesystem, "readOnlyRootFilesystem is not true")
	found.must(isFalse(s.AllowPrivilegeEscalation), "allowPrivilegeEscalation is not false")
	found.must(slices.Equal(s.Capabilities.Drop, []string{"ALL"}), "capabilities are not dropped")
	found.must(c.Resources.Limits["memory"] != "", "there is no limit of memory")
	var variables []string
	for _, e := range c.Env {
		variables = append(variables, e.Name)
		found.must(e.Value == "" && e.ValueFrom.SecretKeyRef.Key != "", e.Name+" does not come from a Secret")
	}
	found.must(slices.Contains(variables, "TALLY_STATE"), "no TALLY_STATE is given")
	found = append(found, unknown(t, c.Name, c.Args, variables)...)
	for name, p := range map[string]*probe{"startupProbe": c.StartupProbe, "readinessProbe": c.ReadinessProbe, "livenessProbe": c.LivenessProbe} {
		if p == nil {
			found = append(found, "there is no "+name)
			continue
		}
		found = append(found, p.judge(t, name)...)
	}
	return found
}

func (p *probe) judge(t *testing.T, name string) (found problems) {
	t.Helper()
	line := p.Exec.Command
	if len(line) < 2 || line[0] != "/tally" {
		return problems{name + " does not run /tally"}
	}
	found = unknown(t, name, line[1:], nil)
	at := slices.Index(line, "--timeout")
	if at < 0 || at+1 == len(line) {
		return append(found, name+": there is no --timeout")
	}
	d, err := time.ParseDuration(line[at+1])
	found.must(err == nil && d < time.Duration(p.TimeoutSeconds)*time.Second, fmt.Sprintf("%s: its --timeout %s is not below %d s", name, line[at+1], p.TimeoutSeconds))
	return found
}
