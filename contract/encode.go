package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// AppendJSON appends a value in the form in which encoding/json writes it without escapes for HTML. Values that
// are not of decoded JSON are left to it; an error is its own. A json.RawMessage must be JSON without white space.
func AppendJSON(dst []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case string:
		return appendText(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case json.RawMessage:
		if v != nil {
			return append(dst, v...), nil
		}
	case json.Number:
		if quickNumber(string(v)) {
			return append(dst, v...), nil
		}
	case Appender:
		return v.AppendJSON(dst)
	case map[string]any:
		if v != nil {
			return appendObject(dst, v, nil)
		}
	case []any:
		if v != nil {
			return appendArray(dst, v)
		}
	}
	return appendSlowly(dst, value)
}

func appendSlowly(dst []byte, value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return dst, err
	}
	return append(dst, b.Bytes()[:b.Len()-1]...), nil
}

// appendObject appends an object. In place of the member that skip leads to, if it is not nil, stands a character
// that no JSON has.
func appendObject(dst []byte, object map[string]any, skip []string) (_ []byte, err error) {
	var few [16]string
	names := few[:0]
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendText(dst, name); err != nil {
			return dst, err
		}
		dst = append(dst, ':')
		inner, isObject := object[name].(map[string]any)
		switch here := len(skip) > 0 && skip[0] == name; {
		case here && len(skip) == 1:
			dst = append(dst, 0)
			continue
		case here && isObject:
			dst, err = appendObject(dst, inner, skip[1:])
		default:
			dst, err = AppendJSON(dst, object[name])
		}
		if err != nil {
			return dst, fmt.Errorf("%s: %w", name, err)
		}
	}
	return append(dst, '}'), nil
}

func appendArray(dst []byte, array []any) (_ []byte, err error) {
	dst = append(dst, '[')
	for i, item := range array {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = AppendJSON(dst, item); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// appendText appends a string with its quotes.
func appendText(dst []byte, text string) ([]byte, error) {
	if !isPlain(text) {
		return appendSlowly(dst, text)
	}
	return append(append(append(dst, '"'), text...), '"'), nil
}

// isPlain tells whether a string stands in JSON as it is.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// quickNumber tells whether a text is a whole number; others are for encoding/json to judge.
func quickNumber(text string) bool {
	d := quickDecoder{text: text}
	d.next('-')
	return (d.next('0') || d.run()) && d.at == len(text)
}
