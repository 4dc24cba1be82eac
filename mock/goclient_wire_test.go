package mock_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/go-resty/resty/v2"

	"github.com/tallystick/tallystick/mock"
)

type goCreate struct {
	Name        string      `json:"name"`
	Description string      `json:"description"`
	ProfileID   string      `json:"profile_id"`
	Flavor      string      `json:"flavor"`
	Spec        goSpec      `json:"spec"`
	Workspace   goWorkspace `json:"workspace"`
	Pool        goPool      `json:"pool"`
}

type goSpec struct {
	Storage  goStorage  `json:"storage"`
	AutoStop goAutoStop `json:"auto_stop"`
}

type goStorage struct {
	Type     string     `json:"type"`
	Location goLocation `json:"location"`
}

type goLocation struct {
	Path string `json:"path"`
}

type goAutoStop struct {
	Enable   bool `json:"enable"`
	Duration int  `json:"duration"`
}

type goWorkspace struct {
	ID string `json:"id"`
}

type goPool struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
}

type goFailure struct {
	ErrorCode string `json:"error_code"`
	ErrorMsg  string `json:"error_msg"`
}

type goProfile struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	DeType      string `json:"de_type"`
	FlavorType  string `json:"flavor_type"`
}

type goFlavor struct {
	Name          string `json:"name"`
	Status        string `json:"status"`
	QueuingNum    int    `json:"queuing_num"`
	QueueLeftTime int    `json:"queue_left_time"`
	Duration      int    `json:"duration"`
}

type goQueuing struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	Flavor         string `json:"flavor"`
	DeType         string `json:"de_type"`
	Status         string `json:"status"`
	BeginTimestamp int    `json:"begin_timestamp"`
	EndTimestamp   int    `json:"end_timestamp"`
	RemainTime     int    `json:"remain_time"`
	Rank           int    `json:"rank"`
}

type goInstance struct {
	goFailure
	ID                    string    `json:"id"`
	Name                  string    `json:"name"`
	Description           string    `json:"description"`
	Status                string    `json:"status"`
	CreationTimestamp     string    `json:"creation_timestamp"`
	LatestUpdateTimestamp string    `json:"latest_update_timestamp"`
	Profile               goProfile `json:"profile"`
	Flavor                string    `json:"flavor"`
	FlavorDetails         goFlavor  `json:"flavor_details"`
	QueuingInfo           goQueuing `json:"queuing_info"`
	Spec                  struct {
		Annotations struct {
			URL          string `json:"url"`
			TargetDomain string `json:"target_domain"`
		} `json:"annotations"`
		Storage       goStorage  `json:"storage"`
		AutoStop      goAutoStop `json:"auto_stop"`
		FailedReasons struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"failed_reasons"`
	} `json:"spec"`
}

type goAction struct {
	goFailure
	CurrentStatus string `json:"current_status"`
	PreviousState string `json:"previous_state"`
}

type goDeleted struct {
	goFailure
	InstanceID string `json:"instance_id"`
}

type goToken struct {
	goFailure
	Token string `json:"token"`
}

// goError is a failure that the service told of.
type goError struct{ code, msg string }

func (e goError) Error() string { return e.code + ": " + e.msg }

type goClient struct {
	t       testing.TB
	mock    *recorder
	resty   *resty.Client
	project string // the configured name; the id is made from it
	token   string
	logins  int
}

func newGoClient(t testing.TB, r *recorder, project string) *goClient {
	return &goClient{t: t, mock: r, resty: resty.New(), project: project}
}

func (g *goClient) login() {
	g.t.Helper()
	type domain struct {
		Name string `json:"name"`
	}
	type user struct {
		Name     string `json:"name"`
		Password string `json:"password"`
		Domain   domain `json:"domain"`
	}
	var body struct {
		Auth struct {
			Identity struct {
				Methods  []string `json:"methods"`
				Password struct {
					User user `json:"user"`
				} `json:"password"`
			} `json:"identity"`
			Scope struct {
				Project struct {
					Name string `json:"name"`
				} `json:"project"`
			} `json:"scope"`
		} `json:"auth"`
	}
	body.Auth.Identity.Methods = []string{"password"}
	body.Auth.Identity.Password.User = user{"cloudbrain", "secret", domain{"openi"}}
	body.Auth.Scope.Project.Name = g.project
	res, err := g.resty.R().SetHeader("Content-Type", "application/json").SetBody(body).Post(g.mock.url + "/v3/auth/tokens")
	if err != nil {
		g.t.Fatal(err)
	}
	if res.StatusCode() != http.StatusCreated {
		g.t.Fatalf("token: %s, want 201", res.Status())
	}
	g.token = res.Header().Get("X-Subject-Token")
	g.logins++
}

// call is one function of the client: result is filled by resty, then the body is read again for a failure.
func (g *goClient) call(method, path string, body, result any) error {
	g.t.Helper()
	if g.token == "" {
		g.login()
	}
	for retry := 0; ; retry++ {
		req := g.resty.R().SetHeader("Content-Type", "application/json").SetAuthToken(g.token).SetResult(result)
		if body != nil {
			req.SetBody(body)
		}
		res, err := req.Execute(method, g.mock.url+"/v1/"+mock.ProjectID(g.project)+"/demanager/instances"+path)
		if err != nil {
			return err
		}
		if res.StatusCode() == http.StatusUnauthorized && retry < 1 {
			g.login()
			continue
		}
		var failure goFailure
		if err := json.Unmarshal(res.Body(), &failure); err != nil {
			return fmt.Errorf("json.Unmarshal failed(%q): %w", res.Body(), err)
		}
		if failure.ErrorCode != "" {
			return goError{failure.ErrorCode, failure.ErrorMsg}
		}
		return nil
	}
}

func (g *goClient) create(body goCreate) goInstance {
	g.t.Helper()
	var result goInstance
	if err := g.call("POST", "", body, &result); err != nil {
		g.t.Fatalf("create %s: %v", body.Name, err)
	}
	if result.ID == "" || result.CreationTimestamp == "" || result.LatestUpdateTimestamp == "" {
		g.t.Fatalf("create %s: the answer has no id or no timestamps: %+v", body.Name, result)
	}
	return result
}

func (g *goClient) get(id string) goInstance {
	g.t.Helper()
	var result goInstance
	if err := g.call("GET", "/"+id, nil, &result); err != nil {
		g.t.Fatalf("get %s: %v", id, err)
	}
	return result
}

// until polls until a state is reached; time passes by the control API alone.
func (g *goClient) until(id, status string) goInstance {
	g.t.Helper()
	for range 10 {
		if got := g.get(id); got.Status == status {
			return got
		}
		g.mock.next(g.t)
	}
	g.t.Fatalf("%s never becomes %s; it is %s", id, status, g.get(id).Status)
	panic("unreachable")
}

// manage sends an action and wants the states that it answers. As the original does, it checks first that
// what shall be stopped is running.
func (g *goClient) manage(id, action, previous, current string) {
	g.t.Helper()
	if got := g.get(id).Status; action == "stop" && got != "RUNNING" {
		g.t.Fatalf("the job is not running: %s", got)
	}
	var result goAction
	err := g.call("POST", "/"+id+"/action", struct {
		Action string `json:"action"`
	}{action}, &result)
	if want := (goAction{CurrentStatus: current, PreviousState: previous}); err != nil || result != want {
		g.t.Fatalf("%s: %+v, %v; want %+v", action, result, err, want)
	}
}

func (g *goClient) refused(id, action, code string) {
	g.t.Helper()
	err := g.call("POST", "/"+id+"/action", map[string]string{"action": action}, &goAction{})
	if e, ok := err.(goError); !ok || e.code != code || e.msg == "" {
		g.t.Errorf("%s: %v, want %s with a message", action, err, code)
	}
}

// delete checks, as the original does, that the state lets it be deleted.
func (g *goClient) delete(id string) {
	g.t.Helper()
	deletable := []string{"CREATE_FAILED", "START_FAILED", "STOPPED", "DELETED"}
	if got := g.get(id).Status; !slices.Contains(deletable, got) {
		g.t.Fatalf("the job is not stopped: %s", got)
	}
	var result goDeleted
	if err := g.call("DELETE", "/"+id, nil, &result); err != nil || result.InstanceID != id {
		g.t.Fatalf("delete %s: %+v, %v", id, result, err)
	}
	err := g.call("GET", "/"+id, nil, &goInstance{})
	if e, ok := err.(goError); !ok || e.code != "ModelArts.6309" || e.msg == "" {
		g.t.Errorf("get after delete: %v, want ModelArts.6309 with a message", err)
	}
}
