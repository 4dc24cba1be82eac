package conformance

import (
	"encoding/json"
	"maps"
	"net/url"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// values tell which value of the target stands for a recorded one.
type values struct {
	there map[string]string // recorded → of this run
	back  map[string]string
	ids   map[string]bool // recorded values that count inside of others, too
}

func newValues() *values {
	return &values{there: map[string]string{}, back: map[string]string{}, ids: map[string]bool{}}
}

func (k *values) has(recorded string) bool { _, ok := k.there[recorded]; return ok }

// learn notes that a value stands for a recorded one.
func (k *values) learn(recorded, now string) {
	if recorded != "" && now != "" && recorded != now {
		k.there[recorded], k.back[now] = now, recorded
	}
}

// learnID is learn for an id, which may stand inside of other values.
func (k *values) learnID(recorded, now string) {
	k.learn(recorded, now)
	if k.has(recorded) {
		k.ids[recorded] = true
	}
}

// text translates a recorded text.
func (k *values) text(recorded string) string {
	if now, ok := k.there[recorded]; ok {
		return now
	}
	for _, id := range sortedKeys(k.ids) {
		recorded = strings.ReplaceAll(recorded, id, k.there[id])
	}
	return recorded
}

// recorded translates a text of the target back.
func (k *values) recorded(now string) string {
	if was, ok := k.back[now]; ok {
		return was
	}
	for _, id := range sortedKeys(k.ids) {
		now = strings.ReplaceAll(now, k.there[id], id)
	}
	return now
}

// walk translates the texts in decoded JSON.
func walk(v any, translate func(string) string) any {
	switch x := v.(type) {
	case string:
		return translate(x)
	case map[string]any:
		out := maps.Clone(x)
		for name, inner := range x {
			out[name] = walk(inner, translate)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, inner := range x {
			out[i] = walk(inner, translate)
		}
		return out
	}
	return v
}

// input translates a recorded request. A body that is no JSON stays as it is.
func (k *values) input(in contract.Input) contract.Input {
	out := contract.Input{Path: map[string]string{}, Query: url.Values{}, ContentType: in.ContentType, Body: in.Body}
	for name, text := range in.Path {
		out.Path[name] = k.text(text)
	}
	for name, texts := range in.Query {
		for _, text := range texts {
			out.Query.Add(name, k.text(text))
		}
	}
	if body := decoded(&reply{body: in.Body}); body != nil && json.Valid(in.Body) {
		translated := walk(body, k.text)
		if data, err := json.Marshal(translated); err == nil && !same(body, translated) {
			out.Body = data
		}
	}
	return out
}

// minFlowing is the length from which a value that an answer gives out is taken for the same wherever it
// stands again; shorter ones are the same by chance.
const minFlowing = 8

// flows learns the texts that an answer gives out in place of recorded ones: those that the contract leaves to
// the server, such as tokens.
func (k *values) flows(dynamic func(pointer string) bool, pointer string, was, now any) {
	switch x := was.(type) {
	case map[string]any:
		y, _ := now.(map[string]any)
		for name, inner := range x {
			k.flows(dynamic, pointer+"/"+escapeName(name), inner, y[name])
		}
	case string:
		if y, ok := now.(string); ok && len(x) >= minFlowing && len(y) >= minFlowing && dynamic(pointer) && !k.has(x) && !isRedacted(x) {
			k.learn(x, y)
		}
	}
}
