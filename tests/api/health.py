"""The server's own routes, paths that are not there, and the documents."""
import json
import os

from harness import Suite, equal, refused

suite = Suite()


@suite.case("health and readiness need no token")
def _(world):
    equal(world.nobody.get("/healthz").json["status"], "ok")
    equal(world.nobody.get("/readyz").json["status"], "ok")


@suite.case("HEAD answers as GET without a body")
def _(world):
    answer = world.nobody.call("HEAD", "/healthz")
    equal((answer.status, answer.raw), (200, b""))


@suite.case("the root leads to the docs, which need nothing from elsewhere")
def _(world):
    answer = world.nobody.get("/")
    equal((answer.status, answer.headers["Location"]), (302, "/docs"))
    page = world.nobody.get("/docs").raw.decode()
    assert "/api/v1/runs/{id}/events/stream" in page
    for word in ("<script", "src=", "http://", "https://", "@import"):
        assert word not in page, word


@suite.case("the error codes have anchors in the docs, where a problem's type leads")
def _(world):
    problem = world.nobody.get("/nowhere").json
    page = world.nobody.get("/docs").raw.decode()
    assert f'id="{problem["type"].split("#")[1]}"' in page


@suite.case("the OpenAPI document names every route with its answers")
def _(world):
    document = world.nobody.get("/openapi.json").json
    equal(document["openapi"], "3.1.0")
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert operation["responses"], path
            names = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            equal(names, {part.split("}")[0] for part in path.split("{")[1:]})
            assert method in ("get", "post", "put", "patch", "delete"), method
    identifiers = [o["operationId"] for i in document["paths"].values() for o in i.values()]
    equal(len(identifiers), len(set(identifiers)))


@suite.case("every $ref of the OpenAPI document leads somewhere")
def _(world):
    document = world.nobody.get("/openapi.json").json

    def walk(value):
        if isinstance(value, dict):
            if "$ref" in value:
                at = document
                for part in value["$ref"].removeprefix("#/").split("/"):
                    at = at[part]
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)
    walk(document)


@suite.case("the table's source names the same routes")
def _(world):
    root = os.environ.get("PAWL_SOURCE_ROOT")
    with open(os.path.join(root, "docs", "api.md"), encoding="utf-8") as file:
        text = file.read()
    for path, item in world.nobody.get("/openapi.json").json["paths"].items():
        for method in item:
            assert f"`{method.upper()} {path}`" in text, (method, path)


@suite.case("a path that is not there is 404, with and without a token")
def _(world):
    refused(world.nobody.get("/api/v1/nowhere"), 404, "NOT_FOUND", "/docs")
    refused(world.admin.get("/api/v1/runs/x/y/z"), 404, "NOT_FOUND")
    refused(world.admin.get("/api/v1/runs/"), 404, "NOT_FOUND")


@suite.case("another method is 405 and says which there are")
def _(world):
    answer = world.admin.call("PATCH", "/api/v1/runs")
    refused(answer, 405, "METHOD_NOT_ALLOWED", "POST")
    equal(answer.headers["Allow"], "GET, HEAD, POST")
    equal(world.nobody.call("OPTIONS", "/api/v1/runs").status, 204)
    refused(world.admin.call("BREW", "/api/v1/runs"), 405, "METHOD_NOT_ALLOWED")


@suite.case("who one is")
def _(world):
    me = world.bob.get("/api/v1/me").json
    equal((me["name"], me["roles"], me["admin"], me["tenant"]), ("bob", ["manager"], False, "default"))


suite.run()
