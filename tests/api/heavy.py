"""Large definitions, runs and pages: carried out beside the threads that serve everybody."""
import threading

from harness import Client, Suite, equal

suite = Suite()


def large_definition(name, steps):
    lines = [f"id: {name}", "inputs: {type: object, properties: {a: {type: number}}}", "steps:"]
    for i in range(steps):
        before = f"s{i - 1}" if i else ""
        lines.append(f"  - {{id: s{i}, action: flow.set, depends_on: [{before}], config: {{x: '{{{{ inputs.a }}}}'}}}}")
    return "\n".join(lines).encode()


@suite.case("one who sends many large definitions is refused some, and others are answered meanwhile")
def _(world):
    text = large_definition("many", 1500)
    answers, started = [], threading.Barrier(31)

    def validate(client):
        started.wait()
        answers.append(client.post("/api/v1/definitions/validate", raw=text, kind="application/yaml"))

    clients = [Client(world.server.port, world.token) for _ in range(30)]
    threads = [threading.Thread(target=validate, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    started.wait()
    others = 0
    while any(thread.is_alive() for thread in threads):
        equal(world.nobody.get("/healthz").status, 200)
        equal(world.bob.get("/api/v1/me").status, 200)
        equal(world.bob.post("/api/v1/definitions/validate", raw=text, kind="application/yaml").status, 200)
        others += 1
    for thread in threads:
        thread.join()
    statuses = sorted(answer.status for answer in answers)
    equal(set(statuses), {200, 503})
    assert others >= 1
    for answer in answers:
        if answer.status == 503:
            assert int(answer.headers["Retry-After"]) >= 1
            assert "yours" in answer.json["detail"], answer
        else:
            equal(answer.json["valid"], True)


@suite.case("a large definition is applied, its run drawn, its history paged")
def _(world):
    equal(world.admin.post("/api/v1/definitions", raw=large_definition("large", 1200),
                           kind="application/yaml").status, 201)
    run = world.admin.post("/api/v1/runs", {"workflow": "large", "inputs": {"a": 1}}).json["id"]
    world.run_until(run, "completed")
    equal(len(world.admin.get(f"/api/v1/runs/{run}/steps").json["items"]), 1200)
    seen, cursor = 0, ""
    while cursor is not None:
        page = world.admin.get(f"/api/v1/runs/{run}/events?limit=1{cursor and '&cursor=' + cursor}").json
        seen += len(page["items"])
        cursor = page["next_cursor"]
    assert seen >= 1200, seen


@suite.case("a large definition that is wrong is refused with its findings, once applied and once checked")
def _(world):
    text = large_definition("wrong", 1200) + b"\n  - {id: s1, action: flow.set, config: {x: 1}}\n"
    for path in ("/api/v1/definitions", "/api/v1/definitions/validate"):
        answer = world.admin.post(path, raw=text, kind="application/yaml")
        assert answer.status in (422, 200), answer
        assert "s1" in str(answer.json), answer


@suite.case("a large body that is not JSON is refused like a small one")
def _(world):
    answer = world.admin.post("/api/v1/runs", raw=b'{"workflow": "' + b"x" * 300000, kind="application/json")
    equal(answer.status, 400)


suite.run()
