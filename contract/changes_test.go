package contract_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tallystick/tallystick"
	"github.com/tallystick/tallystick/contract"
)

func open(t *testing.T, files fstest.MapFS) *contract.Contract {
	t.Helper()
	c, err := contract.Open(files, "api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// service is a document with some operations, beside a file that it refers to.
func service(operations int, part string) fstest.MapFS {
	var b strings.Builder
	b.WriteString("openapi: 3.0.3\ninfo: {title: S, version: '1', description: send the header x-tally-sandbox}\npaths:\n")
	for i := range operations {
		fmt.Fprintf(&b, "  /p%d: {get: {operationId: op%d, responses: {'200': {description: d, headers: {x-tally-left: {schema: {type: integer}}}, content: {application/json: {schema: {$ref: part.yaml}}}}}}}\n", i, i)
	}
	return fstest.MapFS{"api.yaml": {Data: []byte(b.String())}, "part.yaml": {Data: []byte(part)}}
}

// A change of a file that the document refers to is a change, and a long list is cut.
func TestChangesOfFiles(t *testing.T) {
	before := open(t, service(2, "type: integer"))
	if before.Foreign() == nil {
		t.Fatal("a text that speaks of a key makes a document one of ours")
	}
	if got := before.Files(); !slices.Equal(got, []string{"api.yaml", "part.yaml"}) {
		t.Errorf("files %q", got)
	}
	if got := open(t, service(2, "type: integer")).ChangesFrom(before); len(got) > 0 {
		t.Errorf("the same: %q", got)
	}
	if got := open(t, service(2, "type: string")).ChangesFrom(before); !slices.Equal(got, []string{"schemas or texts"}) {
		t.Errorf("another part: %q", got)
	}
	if got := open(t, service(3, "type: string")).ChangesFrom(before); !slices.Equal(got, []string{"operations: +op2"}) {
		t.Errorf("another operation: %q", got)
	}
	got := open(t, service(200, "type: string")).ChangesFrom(before)
	if len(got) != 1 || !strings.HasPrefix(got[0], "operations: +op2 +op3") || !strings.HasSuffix(got[0], "+op13 and 186 more") {
		t.Errorf("many operations: %q", got)
	}
}

// The files of our own contract are the document and its example payloads; a change of a payload is seen.
func TestFilesOfOwn(t *testing.T) {
	c := contract.Default()
	names := c.Files()
	if len(names) < 2 || names[0] != tallystick.Document {
		t.Fatalf("%q", names)
	}
	files := fstest.MapFS{}
	for _, name := range names {
		data, err := tallystick.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	load := func() *contract.Contract {
		c, err := contract.Load(files, tallystick.Document)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if load().SHA256() != c.SHA256() {
		t.Error("the same files have two hashes")
	}
	last := files[names[len(names)-1]]
	last.Data = append([]byte("\n"), last.Data...)
	if again := load(); again.SHA256() == c.SHA256() || !slices.Equal(again.ChangesFrom(c), []string{"schemas or texts"}) {
		t.Errorf("an example has changed: %q", again.ChangesFrom(c))
	}
}

func TestCanReplace(t *testing.T) {
	foreign, own := open(t, service(1, "{}")), contract.Default()
	if err := own.CanReplace(own); err != nil {
		t.Error(err)
	}
	if err := foreign.CanReplace(foreign); err != nil {
		t.Error(err)
	}
	if err := foreign.CanReplace(own); err == nil || err.Error() != "api.yaml has no key of the vocabulary (x-tally-...), and what is served has keys of the vocabulary (x-tally-...): start anew with it" {
		t.Error(err)
	}
	if err := own.CanReplace(foreign); err == nil {
		t.Error("own in place of foreign")
	}
}

// Whether a document is one of ours is a matter of its keys.
func TestOpenByKeys(t *testing.T) {
	if c, err := contract.Open(os.DirFS(".."), "openapi.yaml"); err != nil || c.Foreign() != nil {
		t.Errorf("%v, %v", c, err)
	}
	for text, want := range map[string]string{
		"openapi: 3.0.3\ninfo: {title: x-tally-}\npaths: {/: {get: {x-tally-efect: {}, responses: {}}}}": `key "x-tally-efect" is unknown`,
		"openapi: 3.0.3\nx-tally-error: [": "not readable as YAML",
	} {
		_, err := contract.Open(fstest.MapFS{"api.yaml": {Data: []byte(text)}}, "api.yaml")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
