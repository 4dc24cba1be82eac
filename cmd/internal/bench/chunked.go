//go:build linux

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// readForeign reads one response of a server that writes its head in another way than Go does: with names in
// lower case, or with a body in chunks. It is slower than readAnswer, which comes first.
func readForeign(data []byte) (a answer, whole bool, err error) {
	source := bytes.NewReader(data)
	reader := bufio.NewReader(source)
	resp, err := http.ReadResponse(reader, nil)
	if err != nil {
		return a, false, err
	}
	defer resp.Body.Close()
	a.status = resp.StatusCode
	if resp.ContentLength < 0 && len(resp.TransferEncoding) == 0 {
		return a, false, errors.New("an answer without Content-Length and without chunks")
	}
	body, err := io.ReadAll(resp.Body)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return answer{}, false, nil
	}
	if err != nil {
		return a, false, err
	}
	if more := reader.Buffered() + source.Len(); more > 0 {
		return a, false, fmt.Errorf("%d bytes follow an answer", more)
	}
	a.body = body
	return a, true, nil
}
