"""Every route × every identity: "not there" and "not yours" get the same answer, byte by byte.

The routes come from /openapi.json, so a new one is tried without a change here. For each route with a name or
id in its path and each identity that may not see what it names, three requests differ only in what they name:
something of others, something that does not exist, and text that is no id. Whatever the state of the thing, the
headers and the body: the first two must be answered alike, but for the id that comes back.

With PAWL_SHOW_TABLE=1 the table of answers is printed: there/missing/malformed for each route and identity.
"""
import os

from harness import APPROVAL, WAITING, Client, Suite, equal, refused

suite = Suite()
MISSING = {"run": "run_0c5q2m7k9d3ae", "task": "task_0c5q2m7k9d3ae", "tok": "tok_0c5q2m7k9d3ae", "name": "no-such-thing"}
MALFORMED = {"run": "run_x", "task": "nonsense", "tok": "tok_", "name": "no%20thing"}
BODIES = {
    "inputs": {"inputs": {}}, "signal": {"name": "go"}, "decisions": {"decision": "APPROVE"}, "tokens": {},
    "runs": {"inputs": {"amount": 1}},
}
# who may see which kind of thing of ann's run (with a task for managers); all others must not know of it
SEES = {
    "run": {"ann", "bob", "olga", "art", "admin"},
    "task": {"ann", "bob", "olga", "art", "admin"},
    "tok": {"admin"},
    "user": {"admin"},
    "definition": {"ann", "bob", "carol", "dave", "olga", "art", "admin"},
}


def kind_of(path):
    if "{id}" in path:
        return "task" if "/tasks/" in path or "/approvals/" in path else "tok" if "/tokens/" in path else "run"
    return "user" if "/users/" in path else "definition" if "{name}" in path else None


def routes(world):
    for path, item in world.nobody.get("/openapi.json").json["paths"].items():
        kind = kind_of(path)
        for method, operation in item.items():
            if kind is not None:
                yield method.upper(), path, kind, operation


class Stage:
    """The other tenant, people whose tokens are not good, and things of ann's in all states."""

    def __init__(self, world):
        self.world = world
        world.apply(APPROVAL)
        world.apply(WAITING)
        made = world.admin.post("/api/v1/tenants", {"name": "elsewhere", "admin": "root"})
        equal(made.status, 201)
        self.clients = {"nobody": Client(world.server.port), "garbage": Client(world.server.port, "pawl_" + "A" * 43)}
        root = self.clients["other tenant's admin"] = Client(world.server.port, made.json["token"])
        equal(root.put("/api/v1/users/op", {"roles": ["operator", "manager"]}).status, 201)
        token = root.post("/api/v1/users/op/tokens", {}).json["token"]
        self.clients["other tenant's operator"] = Client(world.server.port, token)
        made = world.admin.post("/api/v1/users/carol/tokens", {}).json
        self.clients["revoked"] = Client(world.server.port, made["token"])
        equal(world.admin.delete(f"/api/v1/tokens/{made['id']}").status, 200)
        equal(world.admin.put("/api/v1/users/idle", {"roles": ["manager"]}).status, 201)
        self.clients["inactive"] = Client(world.server.port, world.admin.post("/api/v1/users/idle/tokens", {}).json["token"])
        equal(world.admin.put("/api/v1/users/idle", {"active": False}).status, 200)
        for name in ("dave", "carol", "ann", "bob", "olga", "art", "admin"):
            self.clients[name] = getattr(world, name)
        self.things = {"run": self.runs(), "task": self.tasks(), "user": ["bob"], "definition": ["approval"],
                       "tok": [t["id"] for t in world.admin.get("/api/v1/tokens").json["items"]][:2]}

    def task(self, *steps):
        run = self.world.start("approval", "ann", inputs={"amount": 1})
        task = self.world.task(run)["id"]
        for path, body in steps:
            equal(self.world.bob.post(f"/tasks/{task}/{path}", body).status, 200)
        return run, task

    def tasks(self):
        return [self.task()[1], self.task(("claim", {}))[1], self.task(("decisions", {"decision": "APPROVE"}))[1],
                self.task(("decisions", {"decision": "DELEGATE", "to": "olga"}))[1]]

    def runs(self):
        draft = self.world.ann.post("/api/v1/runs", {"workflow": "approval", "draft": True, "inputs": {}})
        equal(draft.status, 201)
        done, _ = self.task(("decisions", {"decision": "APPROVE"}))
        self.world.run_until(done, "completed")
        return [self.task()[0], draft.json["id"], done]


def body_of(method, path):
    return None if method in ("GET", "DELETE") else BODIES.get(path.split("/")[-1])


def variants(method, path):
    """Headers and bodies that must not make a difference: None is no body."""
    body = body_of(method, path)
    plain = [({}, body)]
    if method == "GET":
        return plain + [({"Accept": "application/yaml"}, None), ({"Last-Event-ID": MISSING["run"]}, None)]
    others = [({"If-Match": '"99"'}, body), ({"If-Match": "nonsense"}, body), ({"Idempotency-Key": "same"}, body)]
    if method in ("POST", "PUT", "PATCH"):
        others += [({}, {"unknown": 1}), ({}, []), ({"Content-Type": "text/csv"}, body)]
        others += [({}, dict(body or {}, expected_version=99))]
    return plain + others


def ask(client, method, path, thing, headers, body):
    answer = client.call(method, path.replace("{id}", thing).replace("{name}", thing), body=body, headers=headers)
    kept = sorted((k.lower(), v) for k, v in answer.headers.items() if k.lower() not in ("date", "content-length"))
    return answer.status, kept, answer.raw.decode().replace(thing.replace("%20", " "), "THING").replace(thing, "THING")


def hidden_pairs(stage):
    for method, path, kind, operation in routes(stage.world):
        for who, client in stage.clients.items():
            if who not in SEES[kind]:
                yield method, path, kind, operation, who, client


@suite.case("who may not see a thing gets the answer of a thing that does not exist, on every route, in every state")
def _(world):
    stage = suite.stage = Stage(world)
    count = 0
    for method, path, kind, _, who, client in hidden_pairs(stage):
        if kind == "user" and method in ("PUT", "PATCH") and who == "other tenant's admin":
            continue  # makes somebody of that name in the own tenant
        missing = MISSING.get(kind, MISSING["name"])
        for headers, body in variants(method, path):
            expected = ask(client, method, path, missing, headers, body)
            assert expected[0] >= 400 or path.endswith("{name}/runs") and method == "GET", (method, path, who, expected)
            for thing in stage.things[kind]:
                got = ask(client, method, path, thing, headers, body)
                equal((method, path, who, headers, body, got), (method, path, who, headers, body, expected))
                count += 1
    assert count > 3000, count
    print(f"# {count} pairs of requests compared")


@suite.case("HEAD says no more than GET")
def _(world):
    for method, path, kind, _, who, client in hidden_pairs(suite.stage):
        if method == "GET":
            expected = ask(client, "HEAD", path, MISSING.get(kind, MISSING["name"]), {}, None)
            for thing in suite.stage.things[kind]:
                equal((path, who, ask(client, "HEAD", path, thing, {}, None)), (path, who, expected))


@suite.case("nothing of what was asked changed anything")
def _(world):
    equal([world.admin.get(f"/api/v1/tasks/{t}").json["status"] for t in suite.stage.things["task"]],
          ["PENDING", "CLAIMED", "APPROVED", "PENDING"])
    equal([world.admin.get(f"/api/v1/runs/{r}").json["status"] for r in suite.stage.things["run"]],
          ["running", "draft", "completed"])


@suite.case("filters and cursors that name what is not yours find what they find for what is not there")
def _(world):
    task, run = suite.stage.things["task"][0], suite.stage.things["run"][0]
    for who in ("dave", "carol", "other tenant's admin", "other tenant's operator"):
        client = suite.stage.clients[who]
        for path, there, missing in (
                ("/api/v1/tasks?run=THING", run, MISSING["run"]),
                ("/api/v1/tasks?assignedTo=all&run=THING", run, MISSING["run"]),
                ("/api/v1/tasks?cursor=0.THING", task, MISSING["task"]),
                ("/api/v1/runs?key=THING", "k1", "k2"),
                ("/api/v1/runs?startedBy=THING", "ann", "nobody-here"),
                ("/api/v1/workflows/approvals/pending?run=THING", run, MISSING["run"])):
            both = []
            for thing in (there, missing):
                answer = client.get(path.replace("THING", thing))
                both.append((answer.status, answer.raw.decode().replace(thing, "THING")))
            equal((who, path, both[0]), (who, path, both[1]))
        equal([r["id"] for r in client.get(f"/api/v1/runs?cursor={run}").json["items"]], [])


@suite.case("the key of somebody else's decision gives nobody his answer")
def _(world):
    _, task = suite.stage.task()
    body, key = {"decision": "APPROVE", "comment": "secret reason"}, {"Idempotency-Key": "bob-1"}
    done = world.bob.post(f"/tasks/{task}/decisions", body, headers=key)
    equal(done.status, 200)
    equal(world.bob.post(f"/tasks/{task}/decisions", body, headers=key).raw, done.raw)
    for who in ("dave", "other tenant's operator"):
        refused(suite.stage.clients[who].post(f"/tasks/{task}/decisions", body, headers=key), 404, "NOT_FOUND")


@suite.case("whoever may see a task goes on being told the truth: who has it, and which version it has")
def _(world):
    world.admin.put("/api/v1/users/dave", {"roles": ["manager"]})
    _, task = suite.stage.task(("claim", {}))
    refused(world.dave.post(f"/tasks/{task}/claim"), 409, "TASK_CLAIMED", "bob")
    refused(world.dave.post(f"/tasks/{task}/claim", headers={"If-Match": '"9"'}), 412, "VERSION_MISMATCH", "2")
    world.admin.put("/api/v1/users/dave", {"roles": []})
    refused(world.dave.post(f"/tasks/{task}/claim"), 404, "NOT_FOUND")


@suite.case("the table of routes and identities: what is there, what is not, what is no id")
def _(world):
    stage, lines = suite.stage, []
    for method, path, kind, _ in routes(world):
        row = []
        for who, client in stage.clients.items():
            there, missing = "-", MISSING.get(kind, MISSING["name"])
            if who not in SEES[kind] or method == "GET" and not path.endswith("stream"):
                there = ask(client, method, path, stage.things[kind][0], {}, body_of(method, path))[0]
            bad = MALFORMED.get(kind, MALFORMED["name"])
            asked = [(missing, "-"), (bad, "-")]
            if not (kind == "user" and method in ("PUT", "PATCH") and who in ("admin", "other tenant's admin")):
                asked = [(t, ask(client, method, path, t, {}, body_of(method, path))[0]) for t in (missing, bad)]
            row.append(f"{there}/{asked[0][1]}/{asked[1][1]}")
            if who not in SEES[kind]:
                assert there == asked[0][1] or "-" in (there, asked[0][1]), (method, path, who, row[-1])
        lines.append(f"{method:6} {path:45} " + " ".join(f"{cell:11}" for cell in row))
    if os.environ.get("PAWL_SHOW_TABLE"):
        head = " " * 53 + " ".join(f"{who[:11]:11}" for who in stage.clients)
        print("\n".join("# " + line for line in [head] + lines), flush=True)
    assert len(lines) > 30, lines


suite.run()
