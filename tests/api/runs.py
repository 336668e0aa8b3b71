"""Runs: start, look, control."""
import json

from harness import APPROVAL, FAILING, WAITING, Suite, equal, refused

suite = Suite(options=("--allow-address", "127.0.0.0/8"))
STEPS = """
id: steps
inputs: {type: object, properties: {name: {type: string, default: you}}}
steps:
  - {id: a, action: flow.set, config: {text: "hello {{ inputs.name }}"}}
  - {id: b, action: log.write, config: {message: "{{ steps.a.output.text }}"}}
  - {id: c, action: flow.set, config: {n: 3}}
outputs: {text: "{{ steps.a.output.text }}"}
"""
RETRYING = """
id: retrying
steps:
  - id: call
    action: http.request
    config: {url: "http://127.0.0.1:9/"}
    retry: {max_attempts: 2, base_delay: 10ms, jitter: none}
  - {id: after, action: flow.set, config: {x: 1}}
"""


@suite.case("a run goes from start to end, and its outputs, steps, progress and history say so")
def _(world):
    world.apply(STEPS)
    made = world.ann.post("/api/v1/runs", {"workflow": "steps", "inputs": {"name": "Ann"}, "key": "k-1",
                                           "labels": {"team": "x"}, "priority": 5})
    equal(made.status, 201)
    run = made.json["id"]
    equal(made.headers["ETag"], f'"{made.json["version"]}"')
    shown = world.run_until(run, "completed")
    equal(shown["outputs"], {"text": "hello Ann"})
    equal((shown["key"], shown["labels"], shown["started_by"]), ("k-1", {"team": "x"}, "ann"))
    equal(shown["definition"]["number"], 1)
    equal(shown["inputs"], {"name": "Ann"})
    steps = world.ann.get(f"/api/v1/runs/{run}/steps").json["items"]
    equal([(s["id"], s["status"]) for s in steps], [(i, "completed") for i in "abc"])
    equal(steps[0]["output"], {"text": "hello Ann"})
    progress = world.ann.get(f"/api/v1/runs/{run}/progress").json
    equal((progress["percent"], progress["status"]), (100, "completed"))
    assert progress["next"]
    kinds = [e["kind"] for e in world.ann.get(f"/api/v1/runs/{run}/events").json["items"]]
    equal((kinds[0], kinds[-1]), ("run.created", "run.completed"))
    assert kinds.index("attempt.started") < kinds.index("run.completed")


@suite.case("defaults are filled in, and inputs that do not fit are refused with their place")
def _(world):
    run = world.start("steps")
    equal(world.run_until(run, "completed")["inputs"], {"name": "you"})
    world.apply(APPROVAL)
    before = len(world.admin.get("/api/v1/runs?limit=500").json["items"])
    for inputs, part in (({}, "amount"), ({"amount": "much"}, "/amount"), ({"amount": -1}, "/amount"),
                         ({"amount": 1, "x": 2}, "x")):
        refused(world.ann.post("/api/v1/runs", {"workflow": "approval", "inputs": inputs}), 422, "INVALID", part)
    equal(len(world.admin.get("/api/v1/runs?limit=500").json["items"]), before)


@suite.case("the version to start is a number or a text")
def _(world):
    world.apply(STEPS)
    world.apply(STEPS.replace("{n: 3}", "{n: 4}"))
    old = world.start("steps", version=1)
    equal(world.run_until(old, "completed")["definition"]["number"], 1)
    text = world.run(old)["definition"]["version"]
    equal(world.run_until(world.start("steps", version=text), "completed")["definition"]["number"], 1)
    equal(world.run_until(world.start("steps"), "completed")["definition"]["number"], 2)
    for version in (99, "9.9.9", 4294967296):
        refused(world.ann.post("/api/v1/runs", {"workflow": "steps", "version": version}), 404, "NOT_FOUND")


@suite.case("a run is started and listed under its workflow's path")
def _(world):
    made = world.ann.post("/api/v1/workflows/steps/runs", {"inputs": {"name": "W"}})
    equal(made.status, 201)
    equal(world.ann.post("/api/v1/workflows/steps/runs").status, 201)
    refused(world.ann.post("/api/v1/workflows/none/runs", {}), 404, "NOT_FOUND", "none")
    listed = world.ann.get("/api/v1/workflows/steps/runs").json["items"]
    assert made.json["id"] in [r["id"] for r in listed]
    equal({r["workflow"] for r in listed}, {"steps"})


@suite.case("a failed run says which step, which attempt, what happened and what to do")
def _(world):
    world.apply(FAILING)
    run = world.start("failing")
    error = world.run_until(run, "failed")["error"]
    equal((error["step"], error["code"]), ("bad", "no_luck"))
    assert "not to be" in error["message"] and error["hint"], error
    assert "retry" in world.ann.get(f"/api/v1/runs/{run}/progress").json["next"]


@suite.case("lists filter by status, workflow, person and key, newest first, in pages")
def _(world):
    world.apply(WAITING)
    runs = [world.start("waiting", key=f"key-{i}") for i in range(5)]
    listed = world.admin.get("/api/v1/runs?workflow=waiting&status=running").json["items"]
    equal([r["id"] for r in listed][:5], runs[::-1])
    equal([r["id"] for r in world.admin.get("/api/v1/runs?key=key-3").json["items"]], [runs[3]])
    equal(world.admin.get("/api/v1/runs?status=failed&workflow=waiting").json["items"], [])
    equal(world.admin.get("/api/v1/runs?startedBy=bob").json["items"], [])
    assert world.ann.get("/api/v1/runs?startedBy=me&workflow=waiting").json["items"]
    seen, cursor = [], ""
    while True:
        page = world.admin.get(f"/api/v1/runs?workflow=waiting&limit=2{cursor}").json
        seen += [r["id"] for r in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    equal(seen, [r["id"] for r in world.admin.get("/api/v1/runs?workflow=waiting").json["items"]])


@suite.case("a draft is kept, changed, submitted")
def _(world):
    made = world.ann.post("/api/v1/runs", {"workflow": "approval", "draft": True, "inputs": {}})
    equal((made.status, made.json["status"]), (201, "draft"))
    run = made.json["id"]
    refused(world.ann.post(f"/api/v1/runs/{run}/submit"), 422, "INVALID", "amount")
    equal(world.run(run)["status"], "draft")
    equal(world.ann.put(f"/api/v1/runs/{run}/inputs", {"inputs": {"amount": 3}}).status, 200)
    refused(world.dave.post(f"/api/v1/runs/{run}/submit"), 404, "NOT_FOUND")
    equal(world.ann.post(f"/api/v1/runs/{run}/submit", {}).json["status"], "running")
    refused(world.ann.put(f"/api/v1/runs/{run}/inputs", {"inputs": {}}), 403, "FORBIDDEN")
    refused(world.admin.put(f"/api/v1/runs/{run}/inputs", {"inputs": {"amount": 1}}), 409,
            "INVALID_STATE_TRANSITION")


@suite.case("a draft can be removed, and nothing else")
def _(world):
    run = world.ann.post("/api/v1/runs", {"workflow": "approval", "draft": True}).json["id"]
    equal(world.ann.delete(f"/api/v1/runs/{run}").status, 200)
    refused(world.ann.get(f"/api/v1/runs/{run}"), 404, "NOT_FOUND")
    refused(world.ann.delete(f"/api/v1/runs/{run}"), 404, "NOT_FOUND")
    refused(world.admin.delete(f"/api/v1/runs/{world.start('waiting')}"), 409, "INVALID_STATE_TRANSITION")


@suite.case("a held run goes step by step")
def _(world):
    run = world.start("steps", hold=True)
    for done in range(3):
        steps = world.ann.get(f"/api/v1/runs/{run}/steps").json["items"]
        equal(sum(s["status"] == "completed" for s in steps), done)
        equal(world.olga.post(f"/api/v1/runs/{run}/next").status, 200)
        world.until(lambda n=done: sum(s["status"] == "completed" for s in world.ann.get(
            f"/api/v1/runs/{run}/steps").json["items"]) == n + 1)
    world.run_until(run, "completed")
    refused(world.olga.post(f"/api/v1/runs/{run}/next"), 409, "INVALID_STATE_TRANSITION")


@suite.case("pause, resume, cancel, terminate; what the state does not allow is refused and changes nothing")
def _(world):
    run = world.start("waiting")
    equal(world.olga.post(f"/api/v1/runs/{run}/pause", {"comment": "lunch"}).json["status"], "paused")
    before = world.run(run)
    refused(world.olga.post(f"/api/v1/runs/{run}/pause"), 409, "INVALID_STATE_TRANSITION", "paused")
    equal(world.run(run), before)
    equal(world.olga.post(f"/api/v1/runs/{run}/resume", {"extend_deadlines": True}).json["status"], "running")
    equal(world.olga.post(f"/api/v1/runs/{run}/cancel", {"reason": "no need"}).json["status"], "cancelled")
    assert "no need" in json.dumps(world.run(run))
    refused(world.olga.post(f"/api/v1/runs/{run}/resume"), 409, "INVALID_STATE_TRANSITION")
    other = world.start("waiting")
    equal(world.olga.post(f"/api/v1/runs/{other}/terminate").json["status"], "cancelled")


@suite.case("a signal wakes the waiting step and hands its data over")
def _(world):
    run = world.start("waiting")
    equal(world.olga.post(f"/api/v1/runs/{run}/signal", {"name": "go", "data": {"n": [1, 2]}}).status, 200)
    world.run_until(run, "completed")
    steps = world.ann.get(f"/api/v1/runs/{run}/steps").json["items"]
    assert {"n": [1, 2]} in (steps[1]["output"]["got"], steps[1]["output"]["got"].get("data")), steps


@suite.case("a failed run is retried, whole or from one step")
def _(world):
    world.apply(RETRYING)
    run = world.start("retrying")
    failed = world.run_until(run, "failed")
    equal((failed["error"]["step"], failed["error"]["attempt"]), ("call", 2))
    assert world.olga.post(f"/api/v1/runs/{run}/retry", {"comment": "again"}).status == 200
    world.run_until(run, "failed")
    assert world.olga.post(f"/api/v1/runs/{run}/retry", {"step": "call"}).status == 200
    world.run_until(run, "failed")
    answer = world.olga.post(f"/api/v1/runs/{run}/retry", {"step": "nowhere"})
    assert answer.status in (404, 409, 422), answer
    refused(world.olga.post(f"/api/v1/runs/{world.start('waiting')}/retry"), 409, "INVALID_STATE_TRANSITION")


@suite.case("a start in the future waits as pending")
def _(world):
    run = world.start("steps", start_at="2099-01-01T00:00:00Z")
    equal(world.run(run)["status"], "pending")
    equal(world.olga.post(f"/api/v1/runs/{run}/cancel").json["status"], "cancelled")
    refused(world.ann.post("/api/v1/runs", {"workflow": "steps", "start_at": "soon"}), 422, "INVALID", "start_at")


@suite.case("the history comes in pages, of a run and of the tenant")
def _(world):
    run = world.run_until(world.start("steps"), "completed")["id"]
    whole = world.ann.get(f"/api/v1/runs/{run}/events?limit=500").json["items"]
    events, cursor = [], ""
    while True:
        page = world.ann.get(f"/api/v1/runs/{run}/events?limit=1{cursor}").json
        events += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    equal(events, whole)
    ids = [e["id"] for e in whole]
    equal(ids, sorted(set(ids)))
    tenant = world.admin.get("/api/v1/events?limit=500").json["items"]
    assert [e for e in tenant if e["run"] == run] == whole[:len([e for e in tenant if e["run"] == run])]


suite.run()
