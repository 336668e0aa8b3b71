"""Who may do what: tokens, permissions, what is one's own, other tenants."""
from harness import APPROVAL, WAITING, Client, Suite, equal, refused

suite = Suite()
ID = {"run": "run_0c5q2m7k9d3ae", "task": "task_0c5q2m7k9d3ae"}


def operations(world):
    """(method, path with ids filled in, operation) of every route."""
    for path, item in world.nobody.get("/openapi.json").json["paths"].items():
        kind = "task" if "/tasks/" in path or "/approvals/" in path else "run"
        filled = path.replace("{id}", ID[kind]).replace("{name}", "approval")
        for method, operation in item.items():
            yield method.upper(), filled, operation


@suite.case("every route but the public ones refuses who has no token")
def _(world):
    count = 0
    for method, path, operation in operations(world):
        answer = world.nobody.call(method, path)
        if operation.get("security") == []:
            assert answer.status < 400, (path, answer)
            continue
        refused(answer, 401, "UNAUTHENTICATED", "Bearer")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        count += 1
    assert count > 40, count


@suite.case("a wrong token, another scheme and nonsense are refused alike")
def _(world):
    good = world.tokens["bob"]
    for header in (f"Bearer {good[:-1]}", f"Bearer {good}x", "Bearer pawl_" + "A" * 43, "Bearer ", "Bearer",
                   f"Basic {good}", good, "Bearer \u00e9".encode().decode("latin-1")):
        answer = world.nobody.get("/api/v1/me", headers={"Authorization": header})
        refused(answer, 401, "UNAUTHENTICATED")
        assert good not in answer.raw.decode()


@suite.case("a revoked token and one of an inactive person are refused at once")
def _(world):
    made = world.admin.post("/api/v1/users/dave/tokens", {"label": "short"}).json
    client = Client(world.server.port, made["token"])
    equal(client.get("/api/v1/me").status, 200)
    equal(world.admin.delete(f"/api/v1/tokens/{made['id']}").status, 200)
    refused(client.get("/api/v1/me"), 401, "UNAUTHENTICATED")
    equal(world.dave.get("/api/v1/me").status, 200)
    equal(world.admin.put("/api/v1/users/dave", {"active": False}).status, 200)
    refused(world.dave.get("/api/v1/me"), 401, "UNAUTHENTICATED")
    equal(world.admin.put("/api/v1/users/dave", {"active": True}).status, 200)
    equal(world.dave.get("/api/v1/me").status, 200)


@suite.case("what needs a permission says which one is missing")
def _(world):
    refused(world.ann.apply(APPROVAL), 403, "FORBIDDEN", "definitions.write")
    refused(world.ann.get("/api/v1/events"), 403, "FORBIDDEN", "events.read")
    refused(world.ann.get("/api/v1/users"), 403, "FORBIDDEN", "admin")
    refused(world.olga.put("/api/v1/users/eve", {}), 403, "FORBIDDEN", "admin")
    refused(world.ann.get("/api/v1/tasks?assignedTo=all"), 403, "FORBIDDEN", "tasks.read")
    refused(world.olga.post("/api/v1/tenants", {"name": "x"}), 403, "FORBIDDEN", "default")
    equal(world.olga.apply(APPROVAL).status, 201)
    equal(world.art.get("/api/v1/events").status, 200)


@suite.case("runs of others do not exist for who may not read all runs")
def _(world):
    world.apply(WAITING)
    run = world.start("waiting", "ann")
    for path in ("", "/steps", "/progress", "/events", "/events/stream"):
        refused(world.dave.get(f"/api/v1/runs/{run}{path}"), 404, "NOT_FOUND")
        if not path.endswith("stream"):
            equal(world.ann.get(f"/api/v1/runs/{run}{path}").status, 200)
            equal(world.art.get(f"/api/v1/runs/{run}{path}").status, 200)
    equal([r["id"] for r in world.dave.get("/api/v1/runs").json["items"]], [])
    equal([r["id"] for r in world.ann.get("/api/v1/runs").json["items"]], [run])
    refused(world.dave.get("/api/v1/runs?startedBy=ann"), 403, "FORBIDDEN", "runs.read")
    for command in ("pause", "cancel", "terminate", "retry"):
        refused(world.dave.post(f"/api/v1/runs/{run}/{command}"), 404, "NOT_FOUND")
        refused(world.art.post(f"/api/v1/runs/{run}/{command}"), 403, "FORBIDDEN", "runs.control")
    equal(world.run(run)["status"], "running")


@suite.case("a task is seen by its candidates, by who started the run, and by who may read all")
def _(world):
    world.apply(APPROVAL)
    run = world.start("approval", "ann", inputs={"amount": 1})
    task = world.task(run)["id"]
    for who in ("bob", "ann", "art", "olga", "admin"):
        equal(getattr(world, who).get(f"/api/v1/tasks/{task}").status, 200)
    for who in ("dave", "carol"):
        refused(getattr(world, who).get(f"/api/v1/tasks/{task}"), 404, "NOT_FOUND")
    equal(world.dave.get("/api/v1/tasks").json["items"], [])
    assert task in [t["id"] for t in world.bob.get("/api/v1/tasks").json["items"]]
    for who in ("dave", "carol", "ann", "art"):
        answer = getattr(world, who).post(f"/api/v1/tasks/{task}/decisions", {"decision": "APPROVE"})
        assert answer.status in (403, 404), (who, answer)
    equal(world.admin.get(f"/api/v1/tasks/{task}").json["status"], "PENDING")
    equal(world.bob.get(f"/api/v1/runs/{run}").status, 200)


@suite.case("a tenant sees nothing of another one, by any route and id")
def _(world):
    world.apply(APPROVAL)
    run = world.start("approval", "ann", inputs={"amount": 1})
    task = world.task(run)["id"]
    made = world.admin.post("/api/v1/tenants", {"name": "other", "admin": "root"})
    equal(made.status, 201)
    root = Client(world.server.port, made.json["token"])
    me = root.get("/api/v1/me").json
    equal((me["tenant"], me["name"], me["admin"]), ("other", "root", True))
    token = world.admin.get("/api/v1/tokens").json["items"][0]["id"]
    bodies = {"inputs": {"inputs": {}}, "signal": {"name": "go"}, "decisions": {"decision": "APPROVE"}}
    for path, item in world.nobody.get("/openapi.json").json["paths"].items():
        if "{" not in path:
            continue
        kind = task if "/tasks/" in path or "/approvals/" in path else token if "/tokens/" in path else run
        filled = path.replace("{id}", kind).replace("{name}", "approval")
        for method in item:
            if method == "put" and "/users/" in path:
                continue  # makes somebody of that name in the own tenant
            body = {"title": "x"} if method == "patch" else bodies.get(path.split("/")[-1])
            answer = root.call(method.upper(), filled, body=body)
            if path == "/api/v1/workflows/{name}/runs" and method == "get":
                equal(answer.json["items"], [])
            else:
                assert answer.status == 404, (method, path, answer)
    for path in ("runs", "tasks?assignedTo=all", "definitions", "workflows"):
        equal(root.get(f"/api/v1/{path}").json["items"], [])
    equal([u["name"] for u in root.get("/api/v1/users").json["items"]], ["root"])
    equal({e["kind"] for e in root.get("/api/v1/events").json["items"]},
          {"tenant.created", "user.created", "token.created"})
    refused(root.post("/api/v1/runs", {"workflow": "approval", "inputs": {"amount": 1}}), 404, "NOT_FOUND")
    refused(root.post("/api/v1/tenants", {"name": "third"}), 403, "FORBIDDEN")
    equal(world.run(run)["status"], "running")
    equal(world.admin.get(f"/api/v1/tasks/{task}").json["status"], "PENDING")


@suite.case("names of one tenant may be used again in another")
def _(world):
    token = world.admin.post("/api/v1/tenants", {"name": "third"}).json["token"]
    root = Client(world.server.port, token)
    equal(root.apply(APPROVAL).json["number"], 1)
    equal(root.put("/api/v1/users/bob", {"roles": ["manager"]}).status, 201)
    refused(world.admin.post("/api/v1/tenants", {"name": "third"}), 409, "CONFLICT")


@suite.case("an administrator cannot lock himself out")
def _(world):
    refused(world.admin.put("/api/v1/users/admin", {"admin": False}), 422, "INVALID", "own rights")
    refused(world.admin.put("/api/v1/users/admin", {"active": False}), 422, "INVALID")


@suite.case("a change of a person changes what it names, and nothing else")
def _(world):
    def shown(name):
        return next(u for u in world.admin.get("/api/v1/users?limit=500").json["items"] if u["name"] == name)
    path = "/api/v1/users/paul"
    refused(world.admin.call("PATCH", path, {"title": "P"}), 404, "NOT_FOUND", "paul")
    equal(world.admin.put(path, {"title": "Paul", "email": "p@x.org", "roles": ["a1", "b1"], "admin": True}).status, 201)
    whole = shown("paul")
    changes = [("title", {"title": "P."}, "P."), ("email", {"email": "q@x.org"}, "q@x.org"), ("roles", {"roles": ["c1"]}, ["c1"]),
               ("admin", {"admin": False}, False), ("active", {"active": False}, False), ("active", {"active": True}, True),
               ("roles", {"add_roles": ["d1", "c1"]}, ["c1", "d1"]), ("roles", {"remove_roles": ["c1", "x1"]}, ["d1"]),
               ("roles", {"roles": ["e1", "f1"], "add_roles": ["g1"], "remove_roles": ["e1"]}, ["f1", "g1"]),
               ("roles", {"roles": []}, []), ("title", {"title": "\u200b"}, None), ("title", {}, None)]
    for member, body, value in changes:
        for method in ("PATCH", "PUT"):
            equal(world.admin.call(method, path, body).status, 200)
            whole[member] = value
            equal((method, body, shown("paul")), (method, body, whole))
    refused(world.admin.call("PATCH", path, {"role": "x"}), 422, "INVALID", "/role")
    refused(world.admin.call("PATCH", path, {"add_roles": ["no role"]}), 422, "INVALID")


@suite.case("the last administrator's last token that works stays, whatever is asked")
def _(world):
    made = world.admin.post("/api/v1/tenants", {"name": "lonely", "admin": "root"}).json
    root = Client(world.server.port, made["token"])
    last = root.get("/api/v1/tokens").json["items"][0]["id"]
    refused(root.delete(f"/api/v1/tokens/{last}"), 409, "CONFLICT", "last", "pawl token create")
    equal(root.put("/api/v1/users/second", {"admin": True}).status, 201)
    refused(root.delete(f"/api/v1/tokens/{last}"), 409, "CONFLICT")  # nobody can come in as second
    token = root.post("/api/v1/users/second/tokens", {}).json
    second = Client(world.server.port, token["token"])
    equal(root.delete(f"/api/v1/tokens/{last}").status, 200)
    refused(root.get("/api/v1/me"), 401, "UNAUTHENTICATED")
    refused(second.delete(f"/api/v1/tokens/{token['id']}"), 409, "CONFLICT")
    fresh = second.post("/api/v1/users/root/tokens", {}).json
    root = Client(world.server.port, fresh["token"])
    for body in ({"admin": False}, {"active": False}):
        equal(root.put("/api/v1/users/second", body).status, 200)
        refused(root.delete(f"/api/v1/tokens/{fresh['id']}"), 409, "CONFLICT", "last")
        equal(root.put("/api/v1/users/second", {"admin": True, "active": True}).status, 200)
    equal(second.put("/api/v1/users/root", {"active": False}).status, 200)
    refused(second.delete(f"/api/v1/tokens/{token['id']}"), 409, "CONFLICT")
    equal(second.get("/api/v1/me").status, 200)
    plain = second.post("/api/v1/users/root/tokens", {}).json  # of somebody who is not active
    equal(second.delete(f"/api/v1/tokens/{plain['id']}").status, 200)


@suite.case("secrets of tokens are shown once and are nowhere in lists, events and logs")
def _(world):
    secret = world.admin.post("/api/v1/users/bob/tokens", {"label": "ci"}).json["token"]
    for path in ("/api/v1/tokens", "/api/v1/users", "/api/v1/events?limit=500"):
        assert secret not in world.admin.get(path).raw.decode(), path
    assert secret not in world.server.log_text()
    assert "ci" in [t["label"] for t in world.admin.get("/api/v1/tokens").json["items"]]


suite.run()
