package contract

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bounds of a number in a request. Exact arithmetic, which the schemas need, takes time and memory with the
// size of a number's exponent; nothing that any schema here speaks of comes near.
const (
	maxDigits   = 400
	maxExponent = 400
)

// tame replaces every whole number, however it is written (5.0, 50e-1), by its plain form, and refuses
// numbers beyond the bounds. It changes value in place.
func tame(value any) (any, error) {
	var err error
	switch v := value.(type) {
	case json.Number:
		return tameNumber(v)
	case []any:
		for i := range v {
			if v[i], err = tame(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for name := range v {
			if v[name], err = tame(v[name]); err != nil {
				return nil, err
			}
		}
	}
	return value, nil
}

func tameNumber(n json.Number) (json.Number, error) {
	text := string(n)
	if len(text) > maxDigits {
		return n, fmt.Errorf("%w: a number of %d characters", errNotJSON, len(text))
	}
	i := strings.IndexAny(text, ".eE")
	if i < 0 {
		return n, nil
	}
	if e := strings.IndexAny(text, "eE"); e >= 0 {
		if exponent, err := strconv.Atoi(text[e+1:]); err != nil || exponent > maxExponent || exponent < -maxExponent {
			return n, fmt.Errorf("%w: the number %s is out of range", errNotJSON, text)
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return json.Number(strconv.FormatInt(int64(f), 10)), nil
	}
	return n, nil
}
