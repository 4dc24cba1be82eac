"""Uses the mock through openstacksdk with otcextensions, as a program would.

Usage: sdk.py URL. Any failed expectation ends it with a traceback.
"""

import json
import sys
import urllib.request

import openstack
from openstack import exceptions
from otcextensions import sdk

URL = sys.argv[1]
FLAVOR = "modelarts.vm.cpu.2u"
PROFILE = "Multi-Engine 1.0 (python3)-cpu"


def control(path, **body):
    request = urllib.request.Request(
        URL + "/_tally/" + path, json.dumps(body).encode(), method="POST"
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def connect(region="eu-de", **more):
    conn = openstack.connect(
        load_yaml_config=False,
        load_envvars=False,
        auth_url=URL + "/v3",
        username="ops",
        password="pw",
        user_domain_name="D",
        project_name="eu-de",
        project_domain_name="D",
        region_name=region,
        **more
    )
    sdk.register_otc_extensions(conn)
    return conn.modelartsv1


def expect(got, want):
    assert got == want, "got %r, want %r" % (got, want)


def refused(code, status, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except exceptions.HttpException as e:
        expect(e.status_code, status)
        assert code in str(e), "got %s, want %s" % (e, code)
        return
    raise AssertionError("not refused: want %s" % code)


def names(instances):
    return [i.name for i in instances]


def spec(kind, path, **more):
    return {"storage": {"type": kind, "location": {"path": path}}, **more}


def life(ma):
    """The example program of the SDK, then everything else it can do."""
    made = ma.create_devenv_instance(
        name="notebook-d115",
        flavor=FLAVOR,
        spec=spec("obs", "/test-bucket/notebooks/"),
        profile_id=PROFILE,
    )
    expect((made.status, made.name, made.profile.id), ("CREATING", "notebook-d115", PROFILE))
    expect(made.flavor_details.name, FLAVOR)
    expect(made.spec.storage.location.path, "/test-bucket/notebooks/")
    assert made.created_at.isdigit() and made.updated_at.isdigit(), made.created_at
    refused("ModelArts.6301", 400, ma.create_devenv_instance, name="notebook-d115", flavor=FLAVOR,
            spec=spec("obs", "/test-bucket/notebooks/"), profile_id=PROFILE)

    control("clock/advance", to="next")
    got = ma.get_devenv_instance(made.id)
    expect((got.status, got.workspace_id, got.ai_project_id), ("RUNNING", "0", "default-ai-project"))
    assert got.spec.annotations["url"], "a running instance has no url"
    expect(ma.find_devenv_instance("notebook-d115").id, made.id)
    expect(ma.find_devenv_instance(made.id).name, "notebook-d115")
    expect(ma.find_devenv_instance("nobody", ignore_missing=True), None)
    refused("ModelArts.6309", 400, ma.get_devenv_instance, "DE-nobody")

    expect(ma.update_devenv_instance(made.id, description="aha").description, "aha")
    expect(ma.get_devenv_instance(made.id).description, "aha")

    refused("ModelArts.6304", 400, ma.delete_devenv_instance, made.id)
    stopped = ma.stop_devenv_instance(made.id)
    expect((stopped.previous_state, stopped.current_status), ("RUNNING", "STOPPING"))
    control("clock/advance", to="next")
    expect(ma.get_devenv_instance(made.id).status, "STOPPED")
    started = ma.start_devenv_instance(made.id)
    expect((started.previous_state, started.current_status), ("STOPPED", "STARTING"))
    control("clock/advance", to="next")
    return made.id


def lists(ma):
    """All filters, one by one and together."""
    ma.create_devenv_instance(name="b", flavor=FLAVOR, profile_id=PROFILE, ai_project={"id": "x"},
                              spec=spec("evs", "", auto_stop={"enable": True, "duration": 3600}))
    control("clock/advance", to="next")
    ma.create_devenv_instance(name="a", flavor=FLAVOR, profile_id=PROFILE, pool={"id": "p"},
                              spec=spec("obsfs", "/b/d/"))
    both = ["a", "b", "notebook-d115"]
    for want, query in [
        (both, {}),
        (both, {"dev_env_type": "Notebook", "provision_type": "Docker"}),
        (both, {"sort_by": "name", "order": "asc"}),
        (both[::-1], {"sort_by": "name", "order": "desc"}),
        (["notebook-d115", "b", "a"], {"sort_by": "creation_timestamp", "order": "asc"}),
        (both[:2], {"sort_by": "name", "limit": 2}),
        (both[1:2], {"sort_by": "name", "limit": 1, "offset": 1}),
        (both[1:], {"sort_by": "name", "offset": 1}),
        (both, {"show_self": True}),
        (both, {"show_self": False}),
        (["a"], {"status": "CREATING"}),
        ([], {"status": "STOPPED"}),
        (["a"], {"pool_id": "p"}),
        (["b"], {"ai_project": "x"}),
        (both, {"workspace_id": "0"}),
        (["a"], {"limit": 10, "offset": 0, "order": "desc", "sort_by": "creation_timestamp", "pool_id": "p",
                 "provision_type": "Docker", "show_self": True, "status": "CREATING", "workspace_id": "0",
                 "ai_project": "default-ai-project"}),
    ]:
        got = names(ma.devenv_instances(**query))
        if "sort_by" not in query:
            got.sort()
        assert got == want, "devenv_instances(%r): got %r, want %r" % (query, got, want)


def renewal(ma, instance):
    """A token that has expired is renewed without the program seeing it."""
    control("clock/advance", by="25h")
    expect(ma.get_devenv_instance(instance).status, "RUNNING")


def deletion(ma, instance):
    ma.stop_devenv_instance(instance)
    control("clock/advance", to="next")
    expect(ma.delete_devenv_instance(instance).id, instance)
    expect(ma.find_devenv_instance(instance, ignore_missing=True), None)
    refused("ModelArts.6309", 400, ma.delete_devenv_instance, instance)


def overrides():
    """An endpoint that the program sets itself; the catalogue has nothing for this region."""
    refusing = connect(region="nowhere")
    try:
        list(refusing.devenv_instances())
    except Exception as e:
        assert "ndpoint" in str(e), e
    else:
        raise AssertionError("found an endpoint in a region that there is none for")
    ma = connect(region="nowhere", modelartsv1_endpoint_override=URL + "/v1/%(project_id)s")
    expect(names(ma.devenv_instances()), ["a", "b"])
    project = ma.get_project_id()
    ma = connect(region="nowhere", modelartsv1_endpoint_override=URL + "/v1/" + project)
    expect(names(ma.devenv_instances()), ["a", "b"])


proxy = connect()
first = life(proxy)
lists(proxy)
renewal(proxy, first)
deletion(proxy, first)
overrides()
print("done")
