package cell

import (
	"strings"
	"unicode"
)

// uniform maps what typesetters vary to one form each, so that the patterns need to know one.
var uniform = strings.NewReplacer(
	"：", ":", "（", "(", "）", ")", "～", "~", "〜", "~", "∼", "~", "－", "-", "–", "-", "—", "-", "‐", "-", "‑", "-", "−", "-",
	"【", "[", "】", "]", "［", "[", "］", "]", "“", `"`, "”", `"`, "„", `"`, "＂", `"`, "「", `"`, "」", `"`, "‘", "'", "’", "'",
	"＜", "<", "＞", ">", "｜", "|", "／", "/", "＝", "=", "？", "?", "！", "!", "．", ".", "＿", "_", "＋", "+", "％", "%",
	"\u200b", "", "\ufeff", "", "\u00ad", "", "\t", " ", "\u00a0", " ", "\u3000", " ", "\\_", "_")

// Normal gives a text with uniform punctuation, digits and spaces. What is no UTF-8 becomes U+FFFD.
func Normal(s string) string {
	s = uniform.Replace(strings.ToValidUTF8(s, "\ufffd"))
	s = strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' || r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ' {
			return r - '０' + '0'
		}
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// span is a stretch of a sentence, in bytes.
type span struct{ from, to int }

// sentence is one sentence of a cell with what has been read of it so far.
type sentence struct {
	text  string
	line  int
	taken []span
}

func (s *sentence) free(from, to int) bool {
	for _, t := range s.taken {
		if from < t.to && t.from < to {
			return false
		}
	}
	return true
}

func (s *sentence) take(from, to int) { s.taken = append(s.taken, span{from, to}) }

// rest is what nobody has read, clause by clause.
func (s *sentence) rest() []string {
	var clauses []string
	var b strings.Builder
	flush := func() {
		if text := strings.Trim(b.String(), " ,，、.。;；:()\"'!"); text != "" {
			clauses = append(clauses, text)
		}
		b.Reset()
	}
	for i, r := range s.text {
		switch {
		case !s.free(i, i+1):
			flush()
		case r == '，' || r == ',' || r == ';' || r == '；':
			flush()
		default:
			b.WriteRune(r)
		}
	}
	flush()
	return clauses
}

// sentences splits a paragraph where a sentence ends, but not inside of quotes or parentheses.
func sentences(text string, line int) []*sentence {
	var out []*sentence
	depth, quoted, start := 0, false, 0
	add := func(to int) {
		if s := strings.TrimSpace(text[start:to]); s != "" {
			out = append(out, &sentence{text: s, line: line})
		}
	}
	for i, r := range text {
		end := i + len(string(r))
		switch {
		case r == '"':
			quoted = !quoted
		case r == '(' && !quoted:
			depth++
		case r == ')' && depth > 0:
			depth--
		case r == '。' || r == '；':
			add(i)
			start, depth, quoted = end, 0, false
		case (r == '.' || r == ';') && depth == 0 && !quoted && (end == len(text) || text[end] == ' '):
			add(i)
			start = end
		}
	}
	add(len(text))
	return out
}
