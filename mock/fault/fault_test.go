package fault_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/mock/fault"
)

func TestParse(t *testing.T) {
	ten := 10
	for spec, want := range map[string]fault.Fault{
		"op:drop":                               {Operation: "op", Drop: "connection"},
		"op:drop=headers":                       {Operation: "op", Drop: "headers"},
		"*:status=503:first=2":                  {Operation: "*", Status: 503, First: 2},
		"op:code=A.1:skip=1:every=3:after":      {Operation: "op", Code: "A.1", Skip: 1, Every: 3, When: "after"},
		"op:code=A.1:arg=x:arg=a\\:b\\=c:force": {Operation: "op", Code: "A.1", Args: []string{"x", "a:b=c"}, Force: true},
		"op:latency=100ms-2s:probability=0.25":  {Operation: "op", Latency: "100ms-2s", Probability: 0.25},
		"op:truncate=10:rate=100":               {Operation: "op", Truncate: &ten, Rate: 100},
		"op:malformed:method=POST:path=/a/*/b":  {Operation: "op", Malformed: true, Method: "POST", Path: "/a/*/b"},
		"op:tenant=t:resource=r:drop":           {Operation: "op", Tenant: "t", Resource: "r", Drop: "connection"},
		"op:query.a=1:query.b=:header.X-A=v:body./a/b=x=y:drop": {Operation: "op", Query: map[string]string{"a": "1", "b": ""},
			Header: map[string]string{"X-A": "v"}, Body: map[string]string{"/a/b": "x=y"}, Drop: "connection"},
	} {
		got, err := fault.Parse(spec)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v %v, want %+v", spec, got, err, want)
			continue
		}
		if again, err := fault.Parse(got.String()); err != nil || !reflect.DeepEqual(again, want) {
			t.Errorf("%s, written as %s: %+v %v", spec, got, again, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for spec, want := range map[string]string{
		"":                                   "operation: want",
		"op":                                 "nothing happens",
		"op=5":                               "want OPERATION",
		"op:":                                `"" means nothing: want one of method`,
		"op:cod=A.1":                         `"cod" means nothing`,
		"op:code":                            "want code=VALUE",
		"op:code=":                           "the value is missing",
		"op:malformed=yes":                   "want it without a value",
		"op:drop=tail":                       `drop "tail": want connection or headers`,
		"op:drop:drop":                       "stands here twice",
		"op:drop:before:after":               "want one of them",
		"op:drop:first=0":                    "want a number from 1",
		"op:drop:every=x":                    "want a number from 1",
		"op:drop:probability=0":              "above 0",
		"op:drop:probability=1.5":            "at most 1",
		"op:drop:probability=NaN":            "above 0",
		"op:latency=6m":                      "up to 5m",
		"op:latency=0s":                      "want a duration",
		"op:latency=2s-1s":                   "want a duration",
		"op:latency=-1s":                     "want a duration",
		"op:status=99":                       "from 200 to 599",
		"op:status=500:code=A.1":             "it stands alone",
		"op:status=500:malformed":            "it stands alone",
		"op:drop:truncate=5":                 "want one of them",
		"op:drop:code=A.1":                   "nothing is sent",
		"op:drop=headers:rate=5":             "no body is sent",
		"op:truncate=-1":                     "from 0",
		"op:truncate=5:before":               "want after, or a code",
		"op:drop:arg=x":                      "it belongs to a code",
		"op:drop:force":                      "it belongs to a code",
		"op:drop:path=[":                     "want a pattern",
		"op:drop:query.=1":                   "want a name",
		"op:drop:body.name=1":                "JSON pointer",
		`op:drop\`:                           "a backslash at the end",
		"op:drop:resource=" + big(5000):      "want at most 4096",
		"op:drop:query.a=1:query.a=2":        "stands here twice",
		"op:drop:arg=" + big(10000) + ":arg": "bytes: want at most",
	} {
		if f, err := fault.Parse(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %+v %v, want %q", spec, f, err, want)
		}
	}
}

func big(n int) string { return strings.Repeat("x", n) }

// What Parse reads, String writes so that Parse reads the same.
func FuzzParse(f *testing.F) {
	for _, spec := range []string{"createInstance:code=ModelArts.6101:first=2:after", "*:latency=1ms-2s:probability=0.5", "op:drop",
		`op:code=A:arg=a\:b:arg=\=:force:skip=1:every=2`, "op:truncate=0:rate=7:malformed", "op:query.a\\=b=c:header.X=:body./a=1:status=503",
		"op:method=GET:path=/a/*:tenant=t:resource=r:drop=headers:after"} {
		f.Add(spec)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		got, err := fault.Parse(spec)
		if err != nil {
			return
		}
		again, err := fault.Parse(got.String())
		if err != nil || !reflect.DeepEqual(got, again) {
			t.Errorf("%q is %+v, written as %q and read as %+v %v", spec, got, got.String(), again, err)
		}
		if m := got.Moment(); m != fault.Before && m != fault.After {
			t.Errorf("%q comes at %q", spec, m)
		}
	})
}
