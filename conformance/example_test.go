package conformance_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

func ExampleRun() {
	handler, err := mock.New(contract.Default(), mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "secret", Project: "p1"}}}))
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(handler) // in place of yours
	defer server.Close()

	target := conformance.Target{URL: server.URL, First: conformance.Credentials{Project: "p1", Token: "secret"}}
	report, err := conformance.Run(context.Background(), contract.Default(), target,
		conformance.WithFilter([]string{"suite:list"}, nil))
	if err != nil {
		panic(err)
	}
	for _, finding := range report.Findings {
		fmt.Println(finding.Level, finding.Title)
	}
	fmt.Println(report.Verdict, report.Leftovers)
	// Output:
	// conforms []
}
