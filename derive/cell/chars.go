package cell

import (
	"strings"
)

// classes maps the words for kinds of characters to what stands inside of a character class of RE2.
var classes = []struct{ word, class string }{
	{"大小写英文字母", "A-Za-z"}, {"大小写字母", "A-Za-z"}, {"英文大小写字母", "A-Za-z"}, {"英文大小写", "A-Za-z"}, {"大小写英文", "A-Za-z"}, {"大写字母", "A-Z"}, {"小写字母", "a-z"}, {"小写英文字母", "a-z"}, {"大写英文字母", "A-Z"}, {"英文字母", "A-Za-z"}, {"字母", "A-Za-z"}, {"英文字符", "A-Za-z"}, {"英文", "A-Za-z"},
	{"uppercase letters", "A-Z"}, {"lowercase letters", "a-z"}, {"english letters", "A-Za-z"}, {"letters", "A-Za-z"}, {"a letter", "A-Za-z"}, {"letter", "A-Za-z"},
	{"阿拉伯数字", "0-9"}, {"数字", "0-9"}, {"digits", "0-9"}, {"a digit", "0-9"}, {"digit", "0-9"}, {"numbers", "0-9"},
	{"中文字符", `\p{Han}`}, {"中文", `\p{Han}`}, {"汉字", `\p{Han}`}, {"chinese characters", `\p{Han}`},
	{"中划线", `\-`}, {"短横线", `\-`}, {"连字符", `\-`}, {"横线", `\-`}, {"连接符", `\-`}, {"中横线", `\-`}, {"减号", `\-`}, {"hyphens", `\-`}, {"hyphen", `\-`},
	{"下划线", "_"}, {"underscores", "_"}, {"underscore", "_"},
	{"英文句号", `\.`}, {"英文点", `\.`}, {"句点", `\.`}, {"小数点", `\.`}, {"点号", `\.`}, {"点", `\.`}, {"periods", `\.`}, {"period", `\.`}, {"dots", `\.`},
	{"空格", " "}, {"spaces", " "}, {"冒号", ":"}, {"colons", ":"}, {"斜杠", "/"}, {"斜线", "/"}, {"slashes", "/"}, {"逗号", ","}, {"commas", ","},
	{"a-z", "a-z"}, {"A-Z", "A-Z"}, {"0-9", "0-9"},
}

var (
	charsLead  = lazily(`(?i)(?:必须为|必须是|必须由|仅支持|只支持|支持|只能由|只能包含|只能使用|只能是|只能为|只允许|仅允许|仅包含|仅能包含|只包含|可以包含|可包含|允许|可以由|由|包含|包括|使用|can contain only|can only contain|contains? only|may contain|must contain|can contain|consists? of|consisting of|composed of|including|only)\s*(?:以下字符|有|的字符包括|的字符有|的字符为)?\s*:?\s*`)
	charsCount = lazily(`^([0-9]{1,4})\s*(?:位|个)(?:的)?`)
	charsSep   = lazily(`(?i)^\s*(?:、|，|,\s*and\s|,\s*or\s|,|和|及|以及|与|或者|或|and|or|/)?\s*`)
	charsGloss = lazily(`^\s*[("']+\s*([!-/:-@\[-` + "`" + `{-~])\s*[)"']+`)
	charsName  = lazily(`^\s*\(\p{Han}{1,6}\)`)
	charsBare  = lazily(`^(?:"([!-/:-@\[-` + "`" + `{-~]{2,40})"|["']?([_\-.:/@+=#])["']?)`)
	charsTail  = lazily(`^\s*(?:等)?\s*(?:组成|构成|字符|characters)?`)
	forbidden  = lazily(`(?i)(?:不可以?|不能|不允许|不得|禁止|不支持)(?:包含|含有|有|出现|使用|输入|带)?(?:以下|下列|如下)?(?:特殊)?(?:字符)?\s*:?\s*(?:包含|包括)?\s*([ !-/:-@\[-` + "`" + `{-~、和或]*[!-/:-@\[-` + "`" + `{-~][ !-/:-@\[-` + "`" + `{-~、和或]*)\s*(?:等)?(?:这些)?(?:特殊)?(?:字符|符号)?`)
	forbiddenE = lazily(`(?i)(?:cannot|can not|must not|may not) contain (?:any of )?(?:the )?(?:following )?(?:special )?(?:characters)?\s*:?\s*\(?([ !-/:-@\[-` + "`" + `{-~]*[!-/:-@\[-` + "`" + `{-~])`)
	quoted     = lazily(`["'](["']|[^"'、 ]{1,2})["']`)
	noSpace    = lazily(`首尾(?:字符)?(?:不能|不可|不得|不允许)(?:为|是|有|包含|含有|使用)?空格|cannot (?:start|begin) or end with (?:a )?spaces?`)
	edgeOf     = lazily(`(?:必须|只能|需要|需|要)由\s*([^，,。]{1,24}?)\s*(开头|打头|开始|结尾|结束)`)
	edge       = lazily(`(?i)(不能|不可|不得|不允许)?(?:只能|必须|需要|需|要)?以\s*([^，,。]{1,24}?)\s*(开头|打头|开始|结尾|结束)|(?:must|should) (start|begin|end) with ([a-z ]{0,24}(?:letters?|digits?)(?:,? (?:or|and) (?:an? )?(?:letters?|digits?|hyphens?|underscores?))?)`)
)

// readCharacters reads which characters a value may have, at its edges too.
func readCharacters(d *description, s *sentence) bool {
	found := readForbidden(d, s)
	found = readEdges(d, s) || found
	for _, at := range charsLead.FindAllStringIndex(s.text, 6) {
		count := charsCount.FindStringSubmatch(s.text[at[1]:])
		if count != nil {
			at[1] += len(count[0])
		}
		class, words, n := charList(s.text[at[1]:])
		if words == 0 || !s.free(at[0], at[1]+n) {
			continue
		}
		if denied(s.text, at[0]) >= 0 { // these it may not have
			s.take(at[0], at[1]+n)
			d.add(Characters, Kept, s.text[clauseStart(s.text, at[0]):at[1]+n], s.line)
			found = true
			continue
		}
		d.chars().Allowed += class
		if count != nil {
			d.Facts.Length = d.Facts.Length.meet(Bounds{Min: count[1], Max: count[1]})
		}
		s.take(at[0], at[1]+n)
		d.add(Characters, Understood, s.text[at[0]:at[1]+n], s.line)
		found = true
	}
	return found
}

func (d *description) chars() *Charset {
	if d.Chars == nil {
		d.Chars = &Charset{}
	}
	return d.Chars
}

// charList reads a list of kinds of characters at the start of a text: "字母、数字、下划线(_)和-组成".
func charList(text string) (class string, words, read int) {
	for at := 0; ; {
		n, found := 0, ""
		for _, c := range classes {
			if len(text)-at >= len(c.word) && strings.EqualFold(text[at:at+len(c.word)], c.word) && len(c.word) > n {
				n, found = len(c.word), c.class
			}
		}
		if n > 0 {
			words++
		} else if m := charsBare.FindStringSubmatch(text[at:]); m != nil && words > 0 {
			n, found = len(m[0]), quoteClass(m[1]+m[2])
		}
		if n == 0 {
			break
		}
		at += n
		at += len(charsName.FindString(text[at:]))
		if m := charsGloss.FindStringSubmatch(text[at:]); m != nil {
			at += len(m[0])
			found = quoteClass(m[1])
		}
		if !strings.Contains(class, found) {
			class += found
		}
		read = at
		at += len(charsSep.FindString(text[at:]))
	}
	if words > 0 {
		read += len(charsTail.FindString(text[read:]))
	}
	return class, words, read
}

// quoteClass writes a character for the inside of a character class.
func quoteClass(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`\]^-[.`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func readForbidden(d *description, s *sentence) bool {
	found := false
	for _, form := range []pattern{forbidden, forbiddenE} {
		for _, m := range form.FindAllStringSubmatchIndex(s.text, 4) {
			stated := s.text[m[2]:m[3]]
			if one := quoted.FindAllStringSubmatch(stated, -1); len(one) > 1 {
				stated = ""
				for _, q := range one {
					stated += q[1]
				}
			}
			symbols := strings.NewReplacer("、", "", "和", "", "或", "", " ", "").Replace(stated)
			symbols = strings.TrimRight(symbols, ".")
			if symbols == "" || symbols == "," || symbols == `"` || symbols == ":" || !s.free(m[0], m[1]) {
				continue
			}
			d.chars().Forbidden += symbols
			s.take(m[0], m[1])
			d.add(Characters, Understood, s.text[m[0]:m[1]], s.line)
			found = true
		}
	}
	return found
}

func readEdges(d *description, s *sentence) bool {
	found := false
	if m := noSpace.FindStringIndex(s.text); m != nil && s.free(m[0], m[1]) {
		d.chars().First, d.chars().Last = "^ ", "^ "
		s.take(m[0], m[1])
		d.add(Characters, Understood, s.text[m[0]:m[1]], s.line)
		found = true
	}
	for _, m := range edgeOf.FindAllStringSubmatchIndex(s.text, 2) {
		class, words, n := charList(s.text[m[2]:m[3]])
		if words == 0 || n < m[3]-m[2] || !s.free(m[0], m[1]) {
			continue
		}
		if strings.HasPrefix(s.text[m[4]:], "结") {
			d.chars().Last = class
		} else {
			d.chars().First = class
		}
		s.take(m[0], m[1])
		d.add(Characters, Understood, s.text[m[0]:m[1]], s.line)
		found = true
	}
	for _, m := range edge.FindAllStringSubmatchIndex(s.text, 4) {
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return s.text[m[2*i]:m[2*i+1]]
		}
		what, side := group(2)+group(5), group(3)+group(4)
		class, words, n := charList(what)
		if class == "" {
			if symbol := strings.Trim(what, `"'`); len(symbol) == 1 && symbol[0] > ' ' && symbol[0] < 0x7f {
				class, words, n = quoteClass(symbol), 1, len(what)
			}
		}
		if words == 0 || n < len(what) || !s.free(m[0], m[1]) || hasAny(s.text[m[1]:], "时", "的时候") {
			continue
		}
		if group(1) != "" {
			class = "^" + class
		}
		if containsAny(side, "结", "end") {
			d.chars().Last = class
		} else {
			d.chars().First = class
		}
		s.take(m[0], m[1])
		d.add(Characters, Understood, s.text[m[0]:m[1]], s.line)
		found = true
	}
	return found
}
