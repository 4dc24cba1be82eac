package defects

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// answering is a tampering with answers alone.
func answering(change func(*mock.Answer)) mock.Tampering { return mock.Tampering{Answer: change} }

// onSuccess changes the successes of one operation.
func onSuccess(op *contract.Operation, change func(*mock.Answer)) mock.Tampering {
	return answering(func(a *mock.Answer) {
		if a.Operation != nil && a.Operation.ID == op.ID && a.Refusal == nil && a.Status < 300 {
			change(a)
		}
	})
}

// onRefusal changes answers with an error of the contract.
func onRefusal(change func(*mock.Answer)) mock.Tampering {
	return answering(func(a *mock.Answer) {
		if a.Refusal != nil {
			change(a)
		}
	})
}

// refuse makes an answer that of another refusal.
func (k *catalog) refuse(a *mock.Answer, r *contract.Refusal) {
	a.Refusal, a.Status = r, r.Error.Status
	data, _ := json.Marshal(k.Body(r, a.ID)) // of decoded JSON
	a.Body = decode(data)
}

// accepted is the probe that an operation's documented request is.
func (k *catalog) accepted(op *contract.Operation) *contract.Probe {
	return k.probe(func(p *contract.Probe) bool {
		return p.Operation == op && p.Kind == contract.ProbeAccept && !p.Refuses()
	})
}

// promised lists the members of an operation's success that its schema insists on, in the way that a
// keyword says: pointers into the documented example. tried gives the value to try in a member's place.
func promised(op *contract.Operation, keyword string, tried func(any) (any, bool)) []string {
	success := op.Success()
	if success == nil || success.Schema == nil {
		return nil
	}
	var out []string
	for _, e := range op.Examples {
		if e.Status != success.Status || len(success.Schema.Check("body", e.Payload)) > 0 {
			continue
		}
		for _, p := range pointersOf(e.Payload) {
			value, ok := tried(at(e.Payload, p))
			if !ok {
				continue
			}
			broken := slices.ContainsFunc(success.Schema.Check("body", with(e.Payload, p, value)), func(v contract.Violation) bool {
				return v.Keyword == keyword
			})
			if broken {
				out = append(out, p)
			}
		}
		break
	}
	return out
}

func shapeDefects(k *catalog) {
	for _, op := range k.Operations() {
		if op.Effect == nil || op.Effect.Do == contract.Create || op.Effect.Do == contract.Update {
			continue // these answer what a read answers
		}
		p := k.accepted(op)
		if op.Effect.Do == contract.List {
			p = nil // the list of a probe may be empty
		}
		if missing := promised(op, "required", func(any) (any, bool) { return nil, true }); len(missing) > 0 {
			member := missing[len(missing)-1]
			k.add("member-missing/"+op.ID+"/"+slug(member), fmt.Sprintf("A success of %s lacks the member %s.", op.ID, member),
				onSuccess(op, func(a *mock.Answer) { a.Body = with(a.Body, member, nil) })).seen(p)
		}
		if numbers := promised(op, "type", turned); len(numbers) > 0 {
			member := numbers[0]
			k.add("wrong-type/"+op.ID+"/"+slug(member), fmt.Sprintf("A success of %s has text as a number, or a number as text, in %s.", op.ID, member),
				onSuccess(op, func(a *mock.Answer) {
					if value, ok := turned(at(a.Body, member)); ok {
						a.Body = with(a.Body, member, value)
					}
				})).seen(p)
		}
		if op.Effect.Do == contract.List {
			k.listShapeDefects(op)
		}
		if op.Effect.Do == contract.Read && op.Effect.Answer == nil {
			k.readShapeDefects(op)
		}
	}
	missing := k.probe(func(p *contract.Probe) bool { return p.Kind == contract.ProbeMissing })
	k.add("error-without-code", "An error body has no error code.", onRefusal(func(a *mock.Answer) {
		a.Body = stripped(a.Body, a.Refusal.Error.Code)
	})).seen(missing)
	k.add("error-without-message", "An error body has no message.", onRefusal(func(a *mock.Answer) {
		a.Body = stripped(a.Body, a.Refusal.Message())
	})).seen(missing)
	k.headerDefects()
}

// turned is a number as text, and digits as a number.
func turned(value any) (any, bool) {
	switch v := value.(type) {
	case json.Number:
		return v.String(), true
	case string:
		if v != "" && strings.Trim(v, "0123456789") == "" {
			return json.Number(v), true
		}
	}
	return nil, false
}

func (k *catalog) listShapeDefects(op *contract.Operation) {
	items := op.Effect.Answer.PointerOf("items")
	if items == "" {
		return
	}
	k.add("list-null-when-empty/"+op.ID, "A list without a match shows null where an empty array belongs.",
		onSuccess(op, func(a *mock.Answer) {
			if list, ok := at(a.Body, items).([]any); ok && len(list) == 0 {
				a.Body = replacedAt(a.Body, items)
			}
		}))
}

// replacedAt is a body with null in place of a member at its top.
func replacedAt(body any, pointer string) any {
	out := maps.Clone(object(body))
	out[tokens(pointer)[0]] = nil
	return out
}

func (k *catalog) readShapeDefects(op *contract.Operation) {
	p := k.accepted(op)
	k.add("content-type-wrong", "A success says that it is plain text, not JSON.",
		onSuccess(op, func(a *mock.Answer) { a.Header.Set("Content-Type", "text/plain") })).seen(p)
	k.add("body-cut", "A success ends in the middle of its JSON.",
		onSuccess(op, func(a *mock.Answer) {
			data, _ := json.Marshal(a.Body)
			a.Raw = data[:len(data)/2]
		})).seen(p)
	if id := op.Effect.Resource.PointerOf("id"); id != "" {
		k.add("id-differs-from-path", "A resource that is read shows another id than the one it was read by.",
			onSuccess(op, func(a *mock.Answer) { a.Body = with(a.Body, id, fmt.Sprint(at(a.Body, id), "0")) })).seen(p)
	}
	if missing := op.Effect.Missing; missing != nil {
		k.add("success-with-error-code", "A success carries the members of an error, with a code in them.",
			onSuccess(op, func(a *mock.Answer) {
				body := maps.Clone(object(a.Body))
				maps.Copy(body, k.Body(&contract.Refusal{Error: missing}, a.ID))
				a.Body = body
			})).seen(p)
	}
}

// headerDefects take a header away that the document promises.
func (k *catalog) headerDefects() {
	for _, op := range k.Operations() {
		success := op.Success()
		if success == nil {
			continue
		}
		for _, h := range success.Headers {
			if h.Required {
				k.add("header-missing/"+op.ID+"/"+h.Name, fmt.Sprintf("A success of %s lacks the header %s.", op.ID, h.Name),
					onSuccess(op, func(a *mock.Answer) { a.Header.Del(h.Name) }))
			}
		}
	}
}

// statuses are those that a document has for an error code.
func (k *catalog) statuses(code string) []int {
	var out []int
	for _, e := range k.Errors() {
		if e.Code == code {
			out = append(out, e.Status)
		}
	}
	return out
}

// otherStatus is the first of some statuses with which a refusal does not conform.
func (k *catalog) otherStatus(r *contract.Refusal, candidates ...int) int {
	known := k.statuses(r.Error.Code)
	for _, also := range r.Also {
		known = append(known, k.statuses(also.Code)...)
	}
	for _, s := range candidates {
		if !slices.Contains(known, s) {
			return s
		}
	}
	return http.StatusTeapot
}

func statusDefects(k *catalog) {
	k.add("status-200-for-errors", "Every refusal comes with the status of a success; only its body tells.",
		onRefusal(func(a *mock.Answer) { a.Status = http.StatusOK }))
	for _, row := range []struct {
		name, breaks, kind string
		candidates         []int
	}{
		{"missing", "An unknown resource is answered with a status that its error code does not have.", contract.ProbeMissing,
			[]int{http.StatusNotFound, http.StatusBadRequest, http.StatusGone}},
		{"taken", "A name that is taken is answered with a status that its error code does not have.", contract.ProbeUnique,
			[]int{http.StatusConflict, http.StatusBadRequest}},
		{"quota", "A quota that is used up is answered with a status that its error code does not have.", contract.ProbeQuota,
			[]int{http.StatusForbidden, http.StatusTooManyRequests}},
		{"schema", "A request that breaks its schema is answered as if the server had failed.", contract.ProbeSchema,
			[]int{http.StatusInternalServerError}},
		{"security", "A bad credential is answered with a status that its error code does not have.", contract.ProbeSecurity,
			[]int{http.StatusForbidden, http.StatusUnauthorized, http.StatusNotFound}},
		{"wire", "A request that no operation matches is answered with a status that its error code does not have.", contract.ProbeWire,
			[]int{http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed}},
	} {
		p := k.probe(func(p *contract.Probe) bool {
			return p.Kind == row.kind && p.Refuses() && len(p.Refusals) > 0 && p.Setup.Given == "" && (p.Kind != contract.ProbeWire || p.Condition == "route")
		})
		if p == nil {
			continue
		}
		refused := p.Refusals[0].Error
		status := k.otherStatus(p.Refusals[0], row.candidates...)
		k.add("status-"+fmt.Sprint(status)+"-for-"+row.name, row.breaks, onRefusal(func(a *mock.Answer) {
			if a.Refusal.Error == refused {
				a.Status = status
			}
		})).seen(p)
	}
	for _, op := range k.Operations() {
		if op.Effect == nil || op.Effect.Do != contract.Delete {
			continue
		}
		status := undocumented(op, http.StatusCreated, http.StatusAccepted, http.StatusPartialContent)
		k.add(fmt.Sprintf("status-%d-for-success/%s", status, op.ID), fmt.Sprintf("%s succeeds with a status that is not documented for it.", op.ID),
			onSuccess(op, func(a *mock.Answer) { a.Status = status })).seen(k.accepted(op))
	}
}

// undocumented is the first of some statuses that an operation does not document.
func undocumented(op *contract.Operation, candidates ...int) int {
	for _, s := range candidates {
		if op.Response(s) == nil {
			return s
		}
	}
	return http.StatusTeapot
}
