//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tallystick/tallystick/internal/testpostgres"
	"github.com/tallystick/tallystick/internal/testtool"
	"github.com/tallystick/tallystick/mock/control"
)

// cluster is several mocks on one database, behind nginx.
type cluster struct {
	program string
	state   string // URL of the database
	dir     string
	members []*member
	proxy   string // base URL
	nginx   *exec.Cmd
	http    *http.Client
}

// member is one mock, a process of its own.
type member struct {
	*exec.Cmd
	control.Client // of it alone
	log            bytes.Buffer
	out            bool // of what nginx sends to
}

// newCluster builds the program, and starts some of it and nginx. All ends with the test.
func newCluster(t *testing.T, size int) *cluster {
	t.Helper()
	if _, err := exec.LookPath("nginx"); err != nil {
		testtool.Missing(t, "nginx is not installed")
	}
	c := &cluster{state: testpostgres.Schema(t), dir: t.TempDir(), members: make([]*member, size)}
	c.http = newClient()
	c.program = testtool.Tally(t)
	for i := range c.members {
		c.start(t, i)
	}
	c.startProxy(t)
	t.Cleanup(func() {
		c.http.CloseIdleConnections()
		for _, m := range c.members {
			if m.ProcessState == nil {
				c.stop(t, m, syscall.SIGTERM)
			}
		}
	})
	return c
}

// newClient makes a client that has one connection to a server. Spare ones, which another would open, keep nginx
// from going over to a new configuration.
func newClient() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxConnsPerHost: 1}}
}

// alone is the cluster for one of several clients, which is to close its connections.
func (c *cluster) alone() *cluster {
	other := *c
	other.http = newClient()
	return &other
}

// start starts a mock, in the place of one that has ended.
func (c *cluster) start(t *testing.T, i int) {
	t.Helper()
	ready := filepath.Join(c.dir, fmt.Sprintf("ready-%d", i))
	os.Remove(ready) // of one that was killed
	m := &member{Cmd: exec.Command(c.program, "mock", "--state", c.state, "--addr", "127.0.0.1:0", "--ready-file", ready, "--log", "off", "--quota", "0",
		"--token", "secret-token=p1", "--token", "other-token=p2", "--ak", "KEY=p1", "--sk", "secret-key")}
	m.Stderr = &m.log
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	base, ok := waitFor(ready, true)
	if !ok {
		m.Process.Kill()
		m.Wait()
		t.Fatalf("mock %d does not start: %s", i, m.log.String())
	}
	m.Base, m.HTTP = strings.TrimSpace(base), c.http
	c.members[i] = m
}

// stop sends a mock a signal, and waits for its end.
func (c *cluster) stop(t *testing.T, m *member, signal syscall.Signal) {
	t.Helper()
	m.Process.Signal(signal)
	if err := m.Wait(); err != nil && signal != syscall.SIGKILL {
		t.Errorf("a mock ends with %v: %s", err, m.log.String())
	}
}

// nginxConf sends to the mocks that are not out. Requests that one did not get go to the next.
const nginxConf = `daemon off;
%[4]sworker_processes 1;
pid %[1]s/nginx.pid;
error_log %[1]s/nginx.log warn;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path %[1]s/body;
  proxy_temp_path %[1]s/proxy;
  fastcgi_temp_path %[1]s/fastcgi;
  uwsgi_temp_path %[1]s/uwsgi;
  scgi_temp_path %[1]s/scgi;
  upstream mocks {
%[3]s    keepalive 64;
  }
  server {
    listen %[2]s;
    client_max_body_size 64m;
    large_client_header_buffers 8 4m;
    keepalive_requests 1000000;
    ignore_invalid_headers off;
    underscores_in_headers on;
    location / {
      proxy_pass http://mocks;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }
  }
}
`

// route writes what nginx does.
func (c *cluster) route(t *testing.T) {
	t.Helper()
	var servers, user string
	for _, m := range c.members {
		if !m.out {
			servers += fmt.Sprintf("    server %s max_fails=0;\n", strings.TrimPrefix(m.Base, "http://"))
		}
	}
	if os.Getuid() == 0 {
		user = "user root;\n" // else it may not write into the folder
	}
	text := fmt.Sprintf(nginxConf, c.dir, strings.TrimPrefix(c.proxy, "http://"), servers, user)
	if err := os.WriteFile(filepath.Join(c.dir, "nginx.conf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c *cluster) startProxy(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.proxy = "http://" + listener.Addr().String()
	listener.Close()
	c.route(t)
	c.nginx = exec.Command("nginx", "-c", filepath.Join(c.dir, "nginx.conf"), "-e", filepath.Join(c.dir, "nginx.log"))
	var log bytes.Buffer
	c.nginx.Stderr = &log
	if err := c.nginx.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.nginx.Process.Signal(syscall.SIGTERM); c.nginx.Wait() })
	for deadline := time.Now().Add(patience); ; {
		resp, err := c.http.Get(c.proxy + "/_tally/health")
		if err == nil {
			resp.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("nginx does not start: %v\n%s", err, log.String())
		}
	}
}

// reroute lets nginx read its configuration anew, and waits until it goes by it: the workers that went by
// the old one are told to end once the new ones are there.
func (c *cluster) reroute(t *testing.T) {
	t.Helper()
	before := c.workers(t)
	c.route(t)
	c.nginx.Process.Signal(syscall.SIGHUP)
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(patience); ; {
		if <-ticker.C; c.workers(t) != before && !strings.Contains(c.workers(t), before) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("nginx does not read its configuration")
		}
	}
}

// workers are the processes of nginx that serve.
func (c *cluster) workers(t *testing.T) string {
	t.Helper()
	pid := c.nginx.Process.Pid
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		t.Skipf("only where /proc shows processes: %v", err)
	}
	return strings.TrimSpace(string(data))
}

// call sends a request to a project, and gives status and body.
func (c *cluster) call(method, base, project, path, body string) (int, string, error) {
	req, err := http.NewRequest(method, base+"/v1/"+project+"/demanager/instances"+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("X-Auth-Token", map[string]string{"p1": "secret-token", "p2": "other-token"}[project])
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// create creates an instance by its name.
func (c *cluster) create(base, project, name, flavor string) (int, string, error) {
	return c.call(http.MethodPost, base, project, "", fmt.Sprintf(`{"name": %q, "profile_id": "Multi-Engine 1.0 (python3)-cpu", "flavor": %q,
 "spec": {"storage": {"type": "obs", "location": {"path": "/bucket/folder/"}}}}`, name, flavor))
}
