package openapi

import "net/http"

// defaultCode is the name of the response for every status that has none of its own.
const defaultCode = "default"

// byDefault is the default response, nil when there is none, with a status that it stands for: an error where
// the document has a success besides, else a success.
func (op *Operation) byDefault() (*Response, int) {
	statuses := []int{http.StatusInternalServerError, http.StatusBadRequest, http.StatusServiceUnavailable, http.StatusTeapot, http.StatusOK}
	if r, status, _ := success(op.parts().responses); r.Code == defaultCode {
		statuses = append([]int{status}, statuses...)
	}
	for _, status := range statuses {
		if r := op.response(status); r != nil && r.Code == defaultCode {
			return r, status
		}
	}
	return nil, 0
}
