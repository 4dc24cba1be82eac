package otherserver

import (
	"fmt"
	"strings"
)

// refusal is the answer to a request that is not done.
type refusal struct {
	status  int
	code    string
	message string
}

type wording struct {
	status int
	text   string
}

// wordings are the messages, by code. What follows a slash tells apart the messages of one code.
var wordings = map[string]wording{
	"APIGW.0101":         {404, "The API does not exist or has not been published in the environment."},
	"APIGW.0101/method":  {404, "The API does not exist."},
	"APIGW.0201":         {400, "API request error."},
	"APIGW.0201/entity":  {413, "Request entity too large."},
	"APIGW.0201/header":  {494, "Request headers too large."},
	"APIGW.0201/uri":     {414, "Request URI too large."},
	"APIGW.0301/absent":  {401, "Incorrect IAM authentication information: x-auth-token not found"},
	"APIGW.0301/garbage": {401, "Incorrect IAM authentication information: decrypt token fail"},
	"APIGW.0301/key":     {401, "Incorrect IAM authentication information: Get secretKey failed"},
	"APIGW.0305":         {401, "Incorrect authentication information."},
	"APIGW.0310":         {403, "The project is unavailable."},

	"ModelArts.0102": {400, "The workspace does not exist."},
	"ModelArts.6301": {400, "The instance already exists."},
	"ModelArts.6302": {400, "The instance count already reaches the maximum value."},
	"ModelArts.6303": {400, "The field does not support sorting."},
	"ModelArts.6304": {400, "Please stop the instance before deleting."},
	"ModelArts.6305": {400, "The instance is already running."},
	"ModelArts.6306": {400, "The instance is starting."},
	"ModelArts.6308": {400, "The instance is stopping."},
	"ModelArts.6309": {400, "The instance does not exist."},
	"ModelArts.6316": {400, "The param 'storage' is needed for creating notebook instance."},
	"ModelArts.6317": {400, "The 'path' parameter is required when the storage type is OBS."},
	"ModelArts.6318": {400, "The param path needs to end with /."}, // as the examples word it
	"ModelArts.6323": {400, "The flavor is not supported, please check it."},
	"ModelArts.6324": {400, "This location type is not supported. Please check it."},
	"ModelArts.6327": {400, "The instance is not in running. Please refresh the page and start it."},
	"ModelArts.6328": {400, "Sorry, you currently do not have permission for this flavor. Please apply it firstly."},
	"ModelArts.6330": {400, "The flavor type of profile does not match the type of flavor. Please check it."},
	"ModelArts.6331": {400, "The evs volume size ranges from {} GB to {} GB."},
	"ModelArts.6332": {400, "Incorrect parameter type. The '{}' parameter must be of the '{}' type."},
	"ModelArts.6334": {400, "Invalid value for name or description. The character `{}` is not allowed."},
	"ModelArts.6335": {400, "'{}' is a required property."},
	"ModelArts.6336": {400, "'{}' property value is incorrect."},
	"ModelArts.6347": {400, "When the instance is in the '{}' status, the '{}' parameter cannot be modified."},
	"ModelArts.6348": {400, "The 'duration' parameter is mandatory for enabling auto stop."},
	"ModelArts.6349": {400, "The 'duration' parameter is incorrect. The value ranges from {} to {}."},
	"ModelArts.6357": {400, "The operation is not allowed because another operation is being performed on the instance or the instance is in the target state."},
	"ModelArts.6358": {400, "The path parameter is incorrect. It cannot be the root directory of an OBS bucket, but must be a specific directory in the OBS bucket."},
	"ModelArts.6400": {400, "Invalid request payload {}, please check."},
}

func refuse(code string, args ...any) *refusal {
	w, ok := wordings[code]
	if !ok {
		panic("otherserver: no wording for " + code)
	}
	for _, a := range args {
		w.text = strings.Replace(w.text, "{}", fmt.Sprint(a), 1)
	}
	code, _, _ = strings.Cut(code, "/")
	return &refusal{w.status, code, w.text}
}

func (s *server) refusalBody(no *refusal, requestID string) (int, any) {
	status := no.status
	if no.code == "ModelArts.6309" && s.broken("wrong-code-6309-as-404") {
		status = 404
	}
	if no.code == "ModelArts.6301" && s.broken("taken-name-as-409") {
		status = 409
	}
	if s.broken("refusals-with-200") {
		status = 200
	}
	body := map[string]any{"error_code": no.code, "error_msg": no.message}
	if strings.HasPrefix(no.code, "APIGW.") {
		body["request_id"] = requestID
	}
	if no.code == "ModelArts.6309" && s.broken("unknown-id-as-6404") {
		body["error_code"] = "ModelArts.6404"
	}
	if s.broken("error-code-missing") {
		delete(body, "error_code")
	}
	if s.broken("error-text-missing") {
		delete(body, "error_msg")
	}
	return status, body
}
