"""Definitions: apply, versions, check, list, show, enable, disable, delete."""
from harness import APPROVAL, FAILING, WAITING, Suite, equal, refused

suite = Suite()
SMALL = "id: small\nsteps:\n  - id: a\n    action: flow.set\n    config: {x: %d}\n"


@suite.case("an unchanged definition changes nothing, a changed one makes a version")
def _(world):
    first = world.admin.apply(SMALL % 1)
    equal((first.status, first.json["number"], first.json["changed"]), (201, 1, True))
    again = world.admin.apply(SMALL % 1)
    equal((again.status, again.json["number"], again.json["changed"]), (200, 1, False))
    second = world.admin.apply(SMALL % 2)
    equal((second.status, second.json["number"]), (201, 2))
    versions = world.ann.get("/api/v1/definitions/small/versions").json["items"]
    equal([v["number"] for v in versions], [2, 1])
    assert versions[0]["version"] != versions[1]["version"]


@suite.case("a version is shown by number and by text, with its source")
def _(world):
    shown = world.ann.get("/api/v1/definitions/small").json
    equal((shown["number"], shown["source"], shown["enabled"]), (2, SMALL % 2, True))
    one = world.ann.get("/api/v1/definitions/small?version=1").json
    equal((one["number"], one["source"]), (1, SMALL % 1))
    equal(world.ann.get(f"/api/v1/definitions/small?version={one['version']}").json["number"], 1)
    source = world.ann.get("/api/v1/definitions/small/source?version=1")
    equal((source.raw.decode(), source.headers["Content-Type"]), (SMALL % 1, "application/yaml"))
    accept = world.ann.get("/api/v1/definitions/small", headers={"Accept": "application/yaml"})
    equal(accept.raw.decode(), SMALL % 2)
    refused(world.ann.get("/api/v1/definitions/small?version=9"), 404, "NOT_FOUND", "version '9'")
    refused(world.ann.get("/api/v1/definitions/none"), 404, "NOT_FOUND", "none")
    refused(world.ann.get("/api/v1/definitions/none/versions"), 404, "NOT_FOUND")


@suite.case("JSON is taken as YAML is")
def _(world):
    made = world.admin.post("/api/v1/definitions", {"id": "of-json", "steps": [
        {"id": "a", "action": "flow.set", "config": {"x": 1}}]})
    equal(made.status, 201)
    source = world.admin.get("/api/v1/definitions/of-json/source")
    equal((source.headers["Content-Type"], source.json["id"]), ("application/json", "of-json"))


@suite.case("lists come in pages by name")
def _(world):
    for text in (APPROVAL, WAITING, FAILING):
        world.apply(text)
    everything = [d["name"] for d in world.ann.get("/api/v1/definitions").json["items"]]
    equal(everything, sorted(everything))
    names, cursor = [], ""
    for _ in range(10):
        page = world.ann.get(f"/api/v1/definitions?limit=2{cursor}").json
        names += [d["name"] for d in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    equal(names, everything)
    equal(world.ann.get("/api/v1/workflows").json["items"],
          world.ann.get("/api/v1/definitions").json["items"])
    equal(world.ann.get("/api/v1/workflows/approval").json["name"], "approval")


@suite.case("a disabled workflow starts no runs until it is enabled")
def _(world):
    equal(world.olga.post("/api/v1/definitions/waiting/disable").json["enabled"], False)
    refused(world.ann.post("/api/v1/runs", {"workflow": "waiting"}), 409, "WORKFLOW_DISABLED")
    equal(world.ann.get("/api/v1/definitions/waiting").json["enabled"], False)
    equal(world.olga.post("/api/v1/definitions/waiting/enable", {}).json["enabled"], True)
    world.start("waiting")


@suite.case("a deleted workflow is gone, its runs are not, and applying brings it back")
def _(world):
    run = world.start("waiting")
    equal(world.olga.delete("/api/v1/definitions/waiting").json["deleted"], True)
    refused(world.ann.get("/api/v1/definitions/waiting"), 404, "NOT_FOUND")
    refused(world.ann.post("/api/v1/runs", {"workflow": "waiting"}), 404, "NOT_FOUND")
    assert "waiting" not in [d["name"] for d in world.ann.get("/api/v1/definitions").json["items"]]
    equal(world.run(run)["status"], "running")
    back = world.admin.apply(WAITING)
    equal(back.status, 201)
    world.start("waiting")
    refused(world.olga.delete("/api/v1/definitions/none"), 404, "NOT_FOUND")


@suite.case("all findings come at once, with line, column and hint, and nothing is kept")
def _(world):
    text = "id: broken\nsteps:\n  - id: a\n    action: htpp.request\n  - id: b\n    depend_on: [a]\n    action: flow.set\n"
    problem = refused(world.admin.apply(text), 422, "INVALID", "http.request", "depends_on")
    assert len(problem["errors"]) >= 2, problem
    for error in problem["errors"]:
        assert error["line"] > 0 and error["column"] > 0 and error["code"].startswith("E_"), error
    refused(world.admin.get("/api/v1/definitions/broken"), 404, "NOT_FOUND")
    checked = world.ann.post("/api/v1/definitions/validate", raw=text.encode(), kind="text/yaml")
    equal((checked.status, checked.json["valid"]), (200, False))
    assert len(checked.json["findings"]) >= 2
    good = world.ann.post("/api/v1/definitions/validate", raw=APPROVAL.encode(), kind="text/yaml").json
    equal((good["valid"], good["name"], [f for f in good["findings"] if f["severity"] == "error"]),
          (True, "approval", []))


@suite.case("what is not supported yet is refused and said")
def _(world):
    text = "id: later\nsteps:\n  - id: a\n    for_each: [1]\n    action: flow.set\n    config: {x: 1}\n"
    refused(world.admin.apply(text), 422, "INVALID", "E_NOT_SUPPORTED_YET", "not supported yet")


@suite.case("malformed YAML and JSON say where")
def _(world):
    for text, kind in (("id: [a\nsteps: }", "text/yaml"), ('{"id": "a",}', "application/json"),
                       ("a: 1\na: 2", "text/yaml"), ("\t- x", "text/yaml"), ("a: &x [*x]", "text/yaml")):
        answer = world.admin.post("/api/v1/definitions", raw=text.encode(), kind=kind)
        assert answer.status in (400, 422), (text, answer)
        assert answer.json["errors"][0]["line"] >= 1, answer


@suite.case("bytes that are not UTF-8, an alias bomb and deep nesting are refused")
def _(world):
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(12))
    for raw in (b"id: \xff\xfe", bomb.encode(), b"[" * 100000, b"a: " + b"{a: " * 50000):
        answer = world.admin.post("/api/v1/definitions", raw=raw, kind="text/yaml")
        assert answer.status in (400, 413, 422), answer
        assert answer.headers["Content-Type"] == "application/problem+json"
    refused(world.admin.post("/api/v1/definitions", raw=b"", kind="text/yaml"), 400, "SYNTAX")


suite.run()
