package mock

import (
	"slices"
	"testing"
)

// Every operation of the control API's document is built, and nothing is built that it does not have.
func TestControlDocumentIsBuilt(t *testing.T) {
	var documented []string
	for _, op := range controlDocument().Operations() {
		documented = append(documented, op.ID)
	}
	slices.Sort(documented)
	if built := sortedKeys(controlCalls); !slices.Equal(documented, built) {
		t.Errorf("the document has %v,\nbuilt are %v", documented, built)
	}
}
