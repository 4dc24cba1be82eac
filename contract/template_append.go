package contract

import "time"

// Appender appends itself as JSON, in the form of AppendJSON. As a value of a template or of AppendJSON it is written
// without becoming a value first.
type Appender interface {
	AppendJSON(dst []byte) ([]byte, error)
}

// Append appends what Render gives as AppendJSON writes it, without making it first.
func (t *Template) Append(dst []byte, value func(name string) (any, bool)) ([]byte, error) {
	begin := len(dst)
	dst, present, err := t.append(dst, value)
	if err != nil || present {
		return dst, err
	}
	return append(dst[:begin], "null"...), nil
}

// append is Append; false, and anything appended, where the template has no value.
func (t *Template) append(dst []byte, value func(name string) (any, bool)) ([]byte, bool, error) {
	switch {
	case t.object != nil:
		return t.appendObject(dst, value)
	case t.array != nil:
		return t.appendArray(dst, value)
	}
	v := t.render(nil, value)
	if v == absent {
		return dst, false, nil
	}
	dst, err := AppendJSON(dst, v)
	return dst, true, err
}

func (t *Template) appendObject(dst []byte, value func(name string) (any, bool)) ([]byte, bool, error) {
	dst = append(dst, '{')
	first := len(dst)
	for _, member := range t.members {
		before, present, err := len(dst), false, error(nil)
		if before > first {
			dst = append(dst, ',')
		}
		dst, _ = appendText(dst, member.name) // a string has JSON
		dst = append(dst, ':')
		if dst, present, err = member.append(dst, value); err != nil {
			return dst, false, err
		}
		if !present {
			dst = dst[:before]
		}
	}
	return append(dst, '}'), len(dst) > first || len(t.members) == 0, nil
}

func (t *Template) appendArray(dst []byte, value func(name string) (any, bool)) ([]byte, bool, error) {
	dst = append(dst, '[')
	first := len(dst)
	for _, item := range t.array {
		before, present, err := len(dst), false, error(nil)
		if before > first {
			dst = append(dst, ',')
		}
		if dst, present, err = item.append(dst, value); err != nil {
			return dst, false, err
		}
		if !present {
			dst = dst[:before]
		}
	}
	return append(dst, ']'), true, nil
}

// AppendReply appends what Reply answers. The effect must have an Answer.
func (e *Effect) AppendReply(dst []byte, r *Resource, now time.Time) ([]byte, error) {
	return e.Answer.Append(dst, r.value(now))
}

// AppendList appends what ReplyList answers.
func (e *Effect) AppendList(dst []byte, total int, items Appender) ([]byte, error) {
	return e.Answer.Append(dst, listValue(total, items))
}
