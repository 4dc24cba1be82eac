package openapi

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
)

// formatted are values of the formats; %d stands for the turn, so that there is more than one of each.
var formatted = map[string]string{
	"date-time": "2020-01-01T00:00:%02dZ", "date": "2020-01-%02d", "time": "00:00:%02dZ", "duration": "P%dD", "period": "P%dD",
	"email": "user%d@example.com", "idn-email": "user%d@example.com", "hostname": "host%d.example.com", "idn-hostname": "host%d.example.com",
	"ipv4": "192.0.2.%d", "ip-address": "192.0.2.%d", "ipv6": "2001:db8::%d",
	"uri": "https://example.com/%d", "iri": "https://example.com/%d", "url": "https://example.com/%d",
	"uri-reference": "/%d", "iri-reference": "/%d", "uriref": "/%d", "uri-template": "https://example.com/%d",
	"uuid": "00000000-0000-4000-8000-%012d", "json-pointer": "/%d", "relative-json-pointer": "%d", "regex": "a%d",
}

// strings are texts to try, those that look most like what is wanted first.
func (sh shape) strings(turn int) []any {
	least, most := 0, 1<<16
	var out []any
	for _, s := range sh.parts {
		least = max(least, s.MinLength)
		if s.MaxLength >= 0 {
			most = min(most, s.MaxLength)
		}
	}
	least = min(least, 1<<20)
	for _, s := range sh.parts {
		if form := formatted[s.Format]; form != "" {
			out = append(out, fmt.Sprintf(form, turn+1))
		}
		if s.Format == "byte" {
			out = append(out, strings.Repeat("AAAA", (least+3)/4+turn+1)[:max(4*((least+3)/4), 4)])
		}
	}
	for _, s := range sh.parts {
		if s.Pattern == nil {
			continue
		}
		for repeats := 0; repeats <= max(least, 4) && repeats <= 4096; repeats += 1 + repeats/16 {
			short := false
			for branch := range 4 { // of alternatives, one may be as long as it has to be
				text, ok := matching(s.Pattern.String(), repeats, turn+branch)
				if short = short || ok; ok && len(text) >= least {
					out = append(out, text)
				}
			}
			if !short {
				break // with more repeats it takes no less
			}
		}
	}
	return append(out, word(least, most, turn), strings.Repeat("0", least))
}

// word is a text of some length, another one at each turn.
func word(least, most, turn int) string {
	text := "string"
	if turn > 0 {
		text = fmt.Sprintf("%s%d", text, turn+1)
	}
	if len(text) < least {
		text += strings.Repeat("x", least-len(text))
	}
	if len(text) > most {
		if text = text[len(text)-most:]; turn == 0 {
			text = "string"[:most]
		}
	}
	return text
}

// numbers are numbers to try: small ones, then those at the bounds, on the grid of multipleOf.
func (sh shape) numbers(whole bool, turn int) []any {
	step, low, high := big.NewRat(1, 1), (*big.Rat)(nil), (*big.Rat)(nil)
	for _, s := range sh.parts {
		for _, bound := range []*big.Rat{s.Minimum, s.ExclusiveMinimum} {
			if bound != nil && (low == nil || bound.Cmp(low) > 0) {
				low = bound
			}
		}
		for _, bound := range []*big.Rat{s.Maximum, s.ExclusiveMaximum} {
			if bound != nil && (high == nil || bound.Cmp(high) < 0) {
				high = bound
			}
		}
		if s.MultipleOf != nil {
			step = s.MultipleOf
		}
	}
	var out []any
	add := func(r *big.Rat) {
		if !whole || r.IsInt() {
			out = append(out, numeral(r))
		}
	}
	offset := new(big.Rat).Mul(step, big.NewRat(int64(turn), 1))
	for _, start := range []*big.Rat{step, new(big.Rat)} {
		add(new(big.Rat).Add(start, offset))
	}
	if low != nil {
		floor := new(big.Rat).Mul(step, new(big.Rat).SetInt(roundedDown(low, step)))
		for i := range int64(3) {
			add(new(big.Rat).Add(floor, new(big.Rat).Add(offset, new(big.Rat).Mul(step, big.NewRat(i, 1)))))
		}
	}
	if high != nil {
		floor := new(big.Rat).Mul(step, new(big.Rat).SetInt(roundedDown(high, step)))
		for i := range int64(3) {
			add(new(big.Rat).Sub(floor, new(big.Rat).Add(offset, new(big.Rat).Mul(step, big.NewRat(i, 1)))))
		}
	}
	if low != nil && high != nil {
		add(new(big.Rat).Quo(new(big.Rat).Add(low, high), big.NewRat(2, 1)))
	}
	return out
}

// roundedDown is how often b goes into a.
func roundedDown(a, b *big.Rat) *big.Int {
	q := new(big.Rat).Quo(a, b)
	return new(big.Int).Div(q.Num(), q.Denom())
}

// digitsMore are digits of a number that has no end.
const digitsMore = 20

// numeral writes a number as JSON does.
func numeral(r *big.Rat) json.Number {
	if r.IsInt() {
		return json.Number(r.Num().String())
	}
	digits, exact := r.FloatPrec()
	if digits = min(digits, maxDigits); !exact {
		digits += digitsMore
	}
	return json.Number(strings.TrimSuffix(strings.TrimRight(r.FloatString(digits), "0"), "."))
}
