package control

import (
	"context"
	"net/http"
)

// Operations are what the contract lets clients ask for.
type Operations struct {
	Title      string              `json:"title"`   // of the contract
	Version    string              `json:"version"` // of the contract
	Operations []ContractOperation `json:"operations"`
	Errors     []ContractError     `json:"errors"` // the catalogue, in its order
}

// ContractOperation is an operation of the contract.
type ContractOperation struct {
	ID      string   `json:"id"`
	Method  string   `json:"method"`
	Path    string   `json:"path"` // template
	Summary string   `json:"summary,omitempty"`
	Codes   []string `json:"codes"` // that it may answer, each of Errors
}

// ContractError is an entry of the error catalogue.
type ContractError struct {
	Code    string `json:"code"` // with its variant
	Status  int    `json:"status"`
	Meaning string `json:"meaning,omitempty"`
}

// Lifecycles are the kinds of resources that the contract has.
type Lifecycles struct {
	Kinds []Kind `json:"kinds"`
}

// Kind is a kind of resources. One without a lifecycle has nothing but its name.
type Kind struct {
	Name        string       `json:"name"`
	States      []KindState  `json:"states"` // in the order of the contract
	Transitions []Transition `json:"transitions"`
	Failing     []FailingOf  `json:"failing"`           // events whose transient state may fail
	Drawing     *Drawing     `json:"drawing,omitempty"` // nil when there is nothing to draw, or too much
}

// KindState is a state of a lifecycle.
type KindState struct {
	Name      string `json:"name"`
	Meaning   string `json:"meaning,omitempty"`
	Transient bool   `json:"transient"` // it ends by itself
	Failed    bool   `json:"failed"`    // a transient state that fails ends here
	Gone      bool   `json:"gone"`      // the resource answers no more
	Outside   bool   `json:"outside"`   // nothing that a client does leads to it
}

// Transition is a way from one state to another.
type Transition struct {
	From string `json:"from"` // "" for a create
	On   string `json:"on"`   // events, time or failure
	To   string `json:"to"`
}

// FailingOf tells why the transient state may fail that an event begins.
type FailingOf struct {
	Event string   `json:"event"`
	Codes []string `json:"codes"`
}

// Drawing is a lifecycle with a place for everything, in pixels from the upper left corner.
type Drawing struct {
	Width  int           `json:"width"`
	Height int           `json:"height"`
	Nodes  []DrawnState  `json:"nodes"`
	Lines  []DrawnArrows `json:"lines"`
}

// DrawnState is a state in a drawing.
type DrawnState struct {
	Name string `json:"name"` // "" for the start
	X    int    `json:"x"`    // of the middle
	Y    int    `json:"y"`
	W    int    `json:"w"`
	H    int    `json:"h"`
}

// DrawnArrows are all ways from one state to another.
type DrawnArrows struct {
	From   string       `json:"from"`
	To     string       `json:"to"`
	Path   string       `json:"path"` // as SVG has it in the attribute d
	Labels []DrawnLabel `json:"labels"`
}

// DrawnLabel is what a way is taken on.
type DrawnLabel struct {
	X    int    `json:"x"` // of the middle
	Y    int    `json:"y"` // of the line on which it is written
	Text string `json:"text"`
}

// Speed is how much faster than real the clock runs.
type Speed struct {
	Speed float64 `json:"speed"`
}

// Dashboard is the page on which people look at the mock, as HTML.
func (c *Client) Dashboard(ctx context.Context) ([]byte, error) {
	return c.exchange(ctx, http.MethodGet, "", nil)
}

// Operations lists the operations of the contract, with the codes that they may answer.
func (c *Client) Operations(ctx context.Context) (Operations, error) {
	return get[Operations](ctx, c, "operations")
}

// Lifecycles lists the kinds of resources with their lifecycles, and a drawing of each.
func (c *Client) Lifecycles(ctx context.Context) ([]Kind, error) {
	all, err := get[Lifecycles](ctx, c, "lifecycles")
	return all.Kinds, err
}

// SetSpeed changes how fast the clock runs; above 0, at most a million.
func (c *Client) SetSpeed(ctx context.Context, speed float64) (Clock, error) {
	return send[Clock](ctx, c, http.MethodPut, "clock/speed", Speed{speed})
}
