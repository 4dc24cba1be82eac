package mock_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// A backend for a test, in five lines: no ports to choose, no waiting, no state left behind.
func ExampleNew() {
	const project = "a4a5d4098fb4474fa22cd05f897d6b99"
	handler, err := mock.New(contract.Default(),
		mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "secret", Project: project}}}),
		mock.WithProgress(mock.Progress{Instant: true}))
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(handler)
	defer server.Close()

	req, _ := http.NewRequest("POST", server.URL+"/v1/"+project+"/demanager/instances", strings.NewReader(`{
		"name": "notebook-1", "profile_id": "Multi-Engine 1.0 (python3)-cpu", "flavor": "modelarts.vm.cpu.2u",
		"spec": {"storage": {"type": "obs", "location": {"path": "obs-bucket/test"}}}}`))
	req.Header.Set("X-Auth-Token", "secret")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode)
	fmt.Println(string(body))
	// Output:
	// 400
	// {"error_code":"ModelArts.6318","error_message":"The param 'path' needs to end with /.","error_msg":"The param 'path' needs to end with /."}
}
