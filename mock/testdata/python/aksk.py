"""Uses the mock through huaweicloudsdkcore, the public SDK's own way to sign and to send.

Usage: aksk.py URL PROJECT. Any failed expectation ends it with a traceback.
"""

import json
import sys
import urllib.request

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.client import Client, ClientBuilder
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.sdk_response import SdkResponse

URL, PROJECT = sys.argv[1:]
COLLECTION = "/v1/{project_id}/demanager/instances"
NOTEBOOK = {
    "name": "signed-1",
    "flavor": "modelarts.vm.cpu.2u",
    "profile_id": "Multi-Engine 1.0 (python3)-cpu",
    "description": "grün und blau",
    "spec": {"storage": {"type": "obs", "location": {"path": "/b/d e/"}}},
}


class Answer(SdkResponse):
    """A model without members: the body is read by hand."""

    openapi_types = {}
    attribute_map = {}


class DevenvClient(Client):
    """What the SDK's generated clients are: paths and parameters, everything else is the core's."""

    def call(self, method, path="", query=None, body=None, status=200, **headers):
        response = self.do_http_request(
            method, COLLECTION + path, query_params=query or [], header_params=headers, body=body, response_type=Answer
        )
        expect(response.status_code, status)
        return json.loads(response.raw_content)


def connect(ak, sk, token=None, project=PROJECT):
    credentials = BasicCredentials(ak, sk, project)
    if token:
        credentials = credentials.with_security_token(token)
    config = HttpConfig.get_default_config()
    config.timeout = (20, 20)
    return ClientBuilder(DevenvClient).with_http_config(config).with_credentials(credentials).with_endpoint(URL).build()


def expect(got, want):
    assert got == want, "got %r, want %r" % (got, want)


def refused(status, text, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except ClientRequestException as e:
        expect(e.status_code, status)
        assert text in e.error_msg, "got %s, want %s" % (e.error_msg, text)
        return
    raise AssertionError("not refused: want %s" % text)


def settle():
    """Ends the transient state."""
    body = json.dumps({"to": "next"}).encode()
    urllib.request.urlopen(urllib.request.Request(URL + "/_tally/clock/advance", body, method="POST")).close()


def life(client):
    made = client.call("POST", body=NOTEBOOK)
    expect((made["name"], made["status"], made["description"]), ("signed-1", "CREATING", "grün und blau"))
    one = "/" + made["id"]
    query = [("sortby", "name"), ("order", "desc"), ("de_type", "Notebook"), ("limit", 10), ("workspace_id", "0"), ("x y", "ü~+&/")]
    expect([i["id"] for i in client.call("GET", query=query)["instances"]], [made["id"]])
    expect(client.call("GET", one)["name"], "signed-1")
    expect(client.call("PUT", one, body={"description": "blue"})["description"], "blue")
    settle()
    expect(client.call("POST", one + "/action", body={"action": "stop"})["current_status"], "STOPPING")
    settle()
    return one


def main():
    client = connect("KEY", "the-secret-of-the-key")
    one = life(client)
    brief = connect("BRIEF", "brief-secret", "brief-token")
    expect(brief.call("GET", one)["status"], "STOPPED")
    wrong = "verify aksk signature fail"
    refused(401, wrong, connect("KEY", "wrong").call, "GET", one)
    refused(401, wrong, connect("BRIEF", "brief-secret", "another").call, "GET", one)
    refused(401, wrong, connect("BRIEF", "brief-secret").call, "GET", one)
    refused(401, wrong, client.call, "GET", one, **{"X-Sdk-Date": "20200101T000000Z"})
    refused(401, "Get secretKey failed", connect("NOBODY", "the-secret-of-the-key").call, "GET", one)
    client.call("DELETE", one)
    expect(client.call("GET", query=[("de_type", "Notebook")])["instances"], [])


main()
print("done")
