package derive

import (
	"fmt"
	"strings"
)

// singular is a name without the plural of English.
func singular(name string) string {
	switch {
	case strings.HasSuffix(name, "oaves") || strings.HasSuffix(name, "eaves") || strings.HasSuffix(name, "elves") || strings.HasSuffix(name, "alves"):
		return name[:len(name)-3] + "f"
	case strings.HasSuffix(name, "tuses"):
		return name[:len(name)-2]
	case strings.HasSuffix(name, "ies") && len(name) > 4:
		return name[:len(name)-3] + "y"
	case strings.HasSuffix(name, "sses") || strings.HasSuffix(name, "xes"):
		return name[:len(name)-2]
	case strings.HasSuffix(name, "ss") || strings.HasSuffix(name, "us") || strings.HasSuffix(name, "is"):
		return name
	case strings.HasSuffix(name, "s") && len(name) > 2:
		return name[:len(name)-1]
	}
	return name
}

// operationIDs names operations: as the API explorer does where a page links to it, else by method and path.
func operationIDs(ops []*Operation) {
	taken := map[string]int{}
	for _, op := range ops {
		id := ""
		if label := op.Page.Labels["api"]; label != "" && len(op.Page.Operations) == 1 {
			id = componentName(label)
		} else {
			id = operationName(op.Method, op.Path)
		}
		id = strings.ToLower(id[:1]) + id[1:]
		if taken[id]++; taken[id] > 1 {
			id = fmt.Sprintf("%s%d", id, taken[id])
		}
		op.ID = id
	}
}

// operationName makes GET /v1/{p}/shops/{id}/cakes listCakes, and POST …/cakes/{id}/eat eatCake.
func operationName(method, path string) string {
	var words []string // the fixed segments from the last on
	var isHole []bool
	for s := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		words, isHole = append(words, s), append(isHole, strings.Contains(s, "{"))
	}
	last := len(words) - 1
	endsInHole := isHole[last]
	for last >= 0 && isHole[last] {
		last--
	}
	if last < 0 {
		return strings.ToLower(method) + componentName(path)
	}
	noun := componentName(words[last])
	if noun == "Structure" {
		noun = "Root"
	}
	afterHole := last > 0 && isHole[last-1] && last > 1 && !endsInHole
	switch {
	case method == "GET" && (endsInHole || !plural(words[last])):
		return "get" + singular(noun)
	case method == "GET":
		return "list" + noun
	case method == "POST" && afterHole && !plural(words[last]):
		return words[last] + singular(componentName(words[last-2]))
	case method == "POST":
		return "create" + singular(noun)
	case method == "PUT" || method == "PATCH":
		return "update" + singular(noun)
	case method == "DELETE":
		return "delete" + singular(noun)
	}
	return strings.ToLower(method) + noun
}

func plural(word string) bool { return singular(word) != word }
