package cell

// formats in the order in which they are tried; the first that a sentence has wins.
var formats = []struct {
	form   pattern
	format string
}{
	{lazily(`(?i)(?:32\s*位|32-(?:bit|character)).{0,12}UUID|UUID.{0,12}32\s*位`), "uuid-hex"},
	{lazily(`(?i)\bUUID\b|UUID`), "uuid"},
	{lazily(`(?i)13\s*位(?:毫秒|数字|的)?(?:级)?(?:UTC)?时间戳|13-digit timestamp|毫秒级?时间戳|timestamp in milliseconds`), "timestamp-13"},
	{lazily(`(?i)(?:UTC)?时间戳|\btimestamp\b`), "timestamp"},
	{lazily(`(?i)CIDR\s?(?:格式|块|表示|网段|形式)|CIDR (?:format|block|notation)|(?:格式|取值|形式)(?:为|是|:)*\s*CIDR`), "cidr"},
	{lazily(`(?i)IPv4(?:地址)?(?:的)?格式|(?:合法|有效)的IPv4|valid IPv4`), "ipv4"},
	{lazily(`(?i)IPv6(?:地址)?(?:的)?格式|(?:合法|有效)的IPv6|valid IPv6`), "ipv6"},
	{lazily(`(?i)IP(?:地址)?(?:的)?格式|(?:格式|取值范围)(?:为|是)?:?\s*IP地址|(?:合法|有效)的IP|必须是IP|valid IP address`), "ip"},
	{lazily(`(?i)MAC(?:地址)?格式|(?:合法|有效|标准)的?MAC|valid MAC`), "mac"},
	{lazily(`(?i)(?:邮箱|邮件|email)(?:地址)?(?:的)?格式|valid e-?mail`), "email"},
	{lazily(`(?i)(?:URL|URI)(?:的)?格式|valid URL`), "uri"},
	{lazily(`(?i)base64(?:编码|格式|-encoded| encoded| encoding)?`), "base64"},
	{lazily(`(?i)(?:取值范围|取值|格式)\s*(?:为|是|:)\s*UTC时间|UTC time format`), "time"},
	{lazily(`(?i)ISO\s?-?8601|RFC\s?3339`), "date-time"},
}

var (
	layout      = lazily(`(?:格式(?:为|是|:|如|遵循)*|[Ff]ormat(?: is|:| of)?)\s*:?\s*["']?([Yy]{4}[\-/]?M{2}[\-/]?[Dd]{2}[A-Za-z0-9'":\-./+ ]*)`)
	bareDate    = lazily(`[Yy]{4}-M{2}-[Dd]{2}(?:[ T'"]*[Hh]{2}:[Mm]{2}:[Ss]{2}[A-Za-z0-9'".+:]*)?`)
	compactDate = lazily(`[Yy]{4}M{2}[Dd]{2}`)
	template    = lazily(`(?:取值格式|格式)(?:(?:为|是|如|:)+\s*((?:"[^"]{1,80}"|[A-Za-z0-9{}<$/][A-Za-z0-9_{}<>$/.:\-,|*=@]{2,80}))|\s*("[A-Za-z][A-Za-z0-9:./\-' ]{2,80}"))(?:\([^()]{0,120}\))?`)
)

// formatLead are words that introduce a form, and say nothing else.
var formatLead = lazily(`^\s*(?:取值范围|取值|格式|约束|要求|必须|为|是|:|带|不带|标准|的|"?-"?|\(-\)|遵循|符合|满足|采用|使用|\s)+$`)

// readLayout reads a layout that the cell prints, before its parts could be taken for values.
func readLayout(d *description, s *sentence) bool {
	m := template.FindStringSubmatchIndex(s.text)
	if m == nil || m[4] < 0 {
		return false
	}
	return d.form(s, m[:2], "layout", unquote(s.text[m[4]:m[5]]))
}

// form notes a format that stands at a place of a sentence, with the words that introduce it.
func (d *description) form(s *sentence, m []int, format, layout string) bool {
	if m == nil || !s.free(m[0], m[1]) {
		return false
	}
	if d.Format == "" {
		d.Format, d.Layout = format, layout
	}
	from := m[0]
	if start := clauseStart(s.text, from); start < from && s.free(start, from) && formatLead.MatchString(s.text[start:from]) {
		from = start
	}
	s.take(from, m[1])
	d.add(Format, Understood, s.text[from:m[1]], s.line)
	return true
}

// readFormat reads the form of a value. A time with a layout of its own is "layout".
func readFormat(d *description, s *sentence) bool {
	found := false
	for _, form := range []pattern{layout, bareDate} {
		if sub := form.FindStringSubmatch(s.text); sub != nil {
			found = d.form(s, form.FindStringIndex(s.text), "layout", sub[len(sub)-1]) || found
		}
	}
	for _, f := range formats {
		found = d.form(s, f.form.FindStringIndex(s.text), f.format, "") || found
	}
	if m := template.FindStringSubmatchIndex(s.text); m != nil && m[2] >= 0 {
		found = d.form(s, m[:2], "layout", unquote(s.text[m[2]:m[3]])) || found
	}
	return found
}
