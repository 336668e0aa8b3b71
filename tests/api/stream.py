"""Server-sent events: of a run and of the tenant, Last-Event-ID, heartbeats, many listeners."""
import threading
import time

from harness import APPROVAL, WAITING, Client, Suite, equal, refused

suite = Suite(["--heartbeat", "1s"])


@suite.case("a run's stream starts with its history and goes on with what comes")
def _(world):
    world.apply(WAITING)
    run = world.start("waiting")
    stream = world.stream("ann", f"/api/v1/runs/{run}/events/stream")
    equal((stream.status, stream.headers["content-type"], stream.headers["cache-control"]),
          (200, "text/event-stream", "no-store"))
    equal(stream.event()[1], "run.created")
    equal(world.olga.post(f"/api/v1/runs/{run}/signal", {"name": "go", "data": 7}).status, 200)
    events = stream.until("run.completed")
    whole = world.ann.get(f"/api/v1/runs/{run}/events?limit=500").json["items"]
    equal([e[2] for e in events], whole[1:])
    for identifier, kind, data in events:
        equal((data["id"], data["kind"], data["run"]), (identifier, kind, run))
    stream.close()


@suite.case("Last-Event-ID goes on exactly behind that event, wherever in its record it stands")
def _(world):
    run = world.start("waiting")
    world.olga.post(f"/api/v1/runs/{run}/signal", {"name": "go"})
    world.run_until(run, "completed")
    whole = [e["id"] for e in world.ann.get(f"/api/v1/runs/{run}/events?limit=500").json["items"]]
    for number, identifier in enumerate(whole[:-1]):
        stream = world.stream("ann", f"/api/v1/runs/{run}/events/stream", last=identifier)
        equal([e[0] for e in stream.until("run.completed")], whole[number + 1:])
        stream.close()


@suite.case("the tenant's stream begins now, or behind Last-Event-ID, and shows every run once and in order")
def _(world):
    last = world.admin.get("/api/v1/events?limit=500").json["items"][-1]["id"]
    live = world.stream("admin", "/api/v1/events/stream")
    live.block()
    runs = [world.start("waiting") for _ in range(30)]
    for run in runs:
        world.olga.post(f"/api/v1/runs/{run}/terminate")
    for stream in (live, world.stream("admin", "/api/v1/events/stream", last=last)):
        got, ends = [], 0
        while ends < len(runs):
            event = stream.event()
            got.append(event)
            ends += event[1] == "run.cancelled"
        identifiers = [e[0].split(".")[0] for e in got]
        equal(identifiers, sorted(identifiers))
        equal(len({e[0] for e in got}), len(got))
        equal({e[2]["run"] for e in got}, set(runs))
        stream.close()


@suite.case("a listener that reads slowly misses nothing")
def _(world):
    stream = world.stream("admin", "/api/v1/events/stream")
    stream.block()
    runs = [world.start("waiting", inputs={"pad": "x" * 2000}) for _ in range(400)]
    time.sleep(0.2)
    seen = []
    while len(seen) < len(runs):
        event = stream.event()
        if event[1] == "run.created":
            seen.append(event[2]["run"])
    equal(seen, runs)
    stream.close()


@suite.case("a stream shows nothing of another tenant")
def _(world):
    token = world.admin.post("/api/v1/tenants", {"name": "quiet"}).json["token"]
    world.tokens["root"] = token
    stream = world.stream("root", "/api/v1/events/stream")
    stream.block()
    world.start("waiting")
    root = Client(world.server.port, token)
    equal(root.put("/api/v1/users/eve", {}).status, 201)
    equal(stream.event()[2]["name"], "eve")
    stream.close()


@suite.case("a bad Last-Event-ID, a missing token and an unknown run are refused before any stream")
def _(world):
    run = world.start("waiting")
    path = f"/api/v1/runs/{run}/events/stream"
    for last in ("x", "evt_", "run_0c5q2m7k9d3ae", "evt_0c5q2m7k9d3ae.x", "evt_0c5q2m7k9d3ae.99999999999"):
        refused(world.admin.get(path, headers={"Last-Event-ID": last}), 400, "USAGE", "Last-Event-ID")
    refused(world.nobody.get(path), 401, "UNAUTHENTICATED")
    refused(world.admin.get("/api/v1/runs/run_0c5q2m7k9d3ae/events/stream"), 404, "NOT_FOUND")


@suite.case("a stream on a connection that had requests before is served too")
def _(world):
    run = world.start("waiting")
    client = Client(world.server.port, world.tokens["ann"])
    equal(client.get("/healthz").status, 200)
    client.connection.request("GET", f"/api/v1/runs/{run}/events/stream",
                              headers={"Authorization": f"Bearer {client.token}"})
    answer = client.connection.getresponse()
    assert b"run.created" in answer.read(400)
    client.connection.close()


@suite.case("many listeners come and go while others work")
def _(world):
    run = world.start("waiting")
    streams = [world.stream("ann", f"/api/v1/runs/{run}/events/stream") for _ in range(300)]
    for stream in streams[::2]:
        stream.close()
    equal(world.olga.post(f"/api/v1/runs/{run}/signal", {"name": "go"}).status, 200)
    for stream in streams[1::2]:
        equal(stream.until("run.completed")[-1][2]["run"], run)
        stream.close()


def ends(stream):
    """What still came before the stream's end."""
    events = []
    while (event := stream.event()) is not None:
        events.append(event)
    stream.close()
    return events


def person(world, name, roles):
    """A person of this case alone, with a token; (client, token's id)."""
    assert world.admin.put(f"/api/v1/users/{name}", {"roles": roles, "active": True}).status in (200, 201)
    made = world.admin.post(f"/api/v1/users/{name}/tokens", {}).json
    world.tokens[name] = made["token"]
    return made["id"]


@suite.case("a stream ends with the token, the person or the role that opened it, and gives nothing more")
def _(world):
    token = person(world, "tess", ["operator"])
    person(world, "paul", ["auditor"])
    person(world, "rita", ["operator"])
    for who, lose in (
            ("tess", lambda: world.admin.delete(f"/api/v1/tokens/{token}")),
            ("paul", lambda: world.admin.put("/api/v1/users/paul", {"roles": ["auditor"], "active": False})),
            ("rita", lambda: world.admin.put("/api/v1/users/rita", {"roles": ["requester"]}))):
        run = world.start("waiting")
        tenant = world.stream(who, "/api/v1/events/stream")
        one = world.stream(who, f"/api/v1/runs/{run}/events/stream")
        equal(one.event()[1], "run.created")
        tenant.block()
        equal(lose().status, 200)
        later = world.start("waiting")  # what comes now is not theirs any more
        world.olga.post(f"/api/v1/runs/{run}/pause")
        assert later not in str(ends(tenant))
        assert "run.paused" not in [event[1] for event in ends(one)]


@suite.case("a change of somebody else ends no stream")
def _(world):
    run = world.start("waiting")
    own = world.stream("ann", f"/api/v1/runs/{run}/events/stream")
    tenant = world.stream("art", "/api/v1/events/stream")
    equal(own.event()[1], "run.created")
    tenant.block()
    person(world, "zack", [])
    equal(world.olga.post(f"/api/v1/runs/{run}/signal", {"name": "go"}).status, 200)
    own.until("run.completed")
    tenant.until("run.completed")
    own.close()
    tenant.close()


@suite.case("who saw a run by a task sees no more of it once the task is another's")
def _(world):
    world.apply(APPROVAL)
    person(world, "mona", ["manager"])
    run = world.start("approval", inputs={"amount": 5})
    task = world.task(run)["id"]
    stream = world.stream("mona", f"/api/v1/runs/{run}/events/stream")
    equal(stream.event()[1], "run.created")
    equal(world.bob.post(f"/api/v1/tasks/{task}/claim").status, 200)
    assert "task.decided" not in [event[1] for event in ends(stream)]
    equal(world.mona.get(f"/api/v1/runs/{run}").status, 404)


@suite.case("an idle stream gets a comment now and then")
def _(world):
    run = world.start("waiting")
    stream = world.stream("ann", f"/api/v1/runs/{run}/events/stream")
    blocks = []
    while not any(b.startswith(": heartbeat") for b in blocks):
        blocks.append(stream.block())
    stream.close()


@suite.case("streams end when the server stops, and go on after it is back")
def _(world):
    world.apply(APPROVAL)
    run = world.start("approval", inputs={"amount": 1})
    stream = world.stream("ann", f"/api/v1/runs/{run}/events/stream")
    events = stream.until("task.opened")
    ended = []
    thread = threading.Thread(target=lambda: ended.append(stream.event()))
    thread.start()
    world.restart()
    thread.join()
    equal(ended, [None])
    again = world.stream("ann", f"/api/v1/runs/{run}/events/stream", last=events[-1][0])
    equal(world.bob.post(f"/tasks/{world.task(run)['id']}/decisions", {"decision": "APPROVE"}).status, 200)
    equal(again.until("run.completed")[0][1], "task.claimed")
    again.close()


suite.run()
