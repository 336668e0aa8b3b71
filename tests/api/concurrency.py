"""Repeated and racing requests: Idempotency-Key, If-Match, expected_version."""
import threading

from harness import APPROVAL, WAITING, Client, Suite, equal, refused

suite = Suite()


def new_task(world):
    world.apply(APPROVAL)
    run = world.start("approval", inputs={"amount": 5})
    return run, world.task(run)["id"]


@suite.case("the same key and body give the same answer, byte by byte, also after a restart")
def _(world):
    world.apply(WAITING)
    body = {"workflow": "waiting", "key": "x"}
    head = {"Idempotency-Key": "start-1"}
    first = world.ann.post("/api/v1/runs", body, headers=head)
    equal((first.status, first.headers.get("Idempotency-Replayed")), (201, None))
    again = world.ann.post("/api/v1/runs", body, headers=head)
    equal((again.status, again.raw, again.headers["Idempotency-Replayed"]), (201, first.raw, "true"))
    world.restart()
    after = world.ann.post("/api/v1/runs", body, headers=head)
    equal((after.status, after.raw), (201, first.raw))
    equal(len(world.ann.get("/api/v1/runs?workflow=waiting").json["items"]), 1)


@suite.case("another body under the same key is refused, and another person's key is another key")
def _(world):
    head = {"Idempotency-Key": "start-1"}
    refused(world.ann.post("/api/v1/runs", {"workflow": "waiting", "key": "y"}, headers=head), 422,
            "IDEMPOTENCY_CONFLICT")
    equal(world.bob.post("/api/v1/runs", {"workflow": "waiting", "key": "y"}, headers=head).status, 201)


@suite.case("one key for two tasks is a conflict, not a wrong answer")
def _(world):
    (_, one), (_, two) = new_task(world), new_task(world)
    head = {"Idempotency-Key": "decide-1"}
    body = {"decision": "APPROVE"}
    first = world.bob.post(f"/tasks/{one}/decisions", body, headers=head)
    equal(first.status, 200)
    equal(world.bob.post(f"/tasks/{one}/decisions", body, headers=head).raw, first.raw)
    refused(world.bob.post(f"/tasks/{two}/decisions", body, headers=head), 422, "IDEMPOTENCY_CONFLICT")
    equal(len(world.bob.get(f"/tasks/{one}").json["decisions"]), 1)
    equal(world.admin.get(f"/api/v1/tasks/{two}").json["status"], "PENDING")


@suite.case("a refused command leaves its key free")
def _(world):
    _, task = new_task(world)
    head = {"Idempotency-Key": "decide-2"}
    refused(world.bob.post(f"/tasks/{task}/decisions", {"decision": "REJECT"}, headers=head), 422, "INVALID")
    body = {"decision": "REJECT", "comment": "no"}
    equal(world.bob.post(f"/tasks/{task}/decisions", body, headers=head).json["status"], "REJECTED")


@suite.case("a key of no or too many characters is refused, and none is taken where a secret comes back")
def _(world):
    for key in ("", "   ", "k" * 256):
        refused(world.ann.post("/api/v1/runs", {"workflow": "waiting"}, headers={"Idempotency-Key": key}), 400,
                "USAGE", "Idempotency-Key")
    refused(world.admin.post("/api/v1/users/bob/tokens", {}, headers={"Idempotency-Key": "t"}), 400, "USAGE",
            "secret")


def race(world, count, call):
    """The answers of `count` clients that call at the same moment."""
    gate, answers = threading.Barrier(count), []

    def one(number):
        client = Client(world.server.port)
        client.get("/healthz")
        gate.wait()
        answers.append(call(client, number))
    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@suite.case("racing repeats of one start make one run; each is told the same, or that it is under way")
def _(world):
    head = {"Idempotency-Key": "race", "Authorization": f"Bearer {world.tokens['carol']}"}
    answers = race(world, 16, lambda c, n: c.post("/api/v1/runs", {"workflow": "waiting"}, headers=head))
    done = {a.raw for a in answers if a.status == 201}
    equal(len(done), 1)
    for answer in answers:
        if answer.status != 201:
            refused(answer, 409, "REQUEST_UNDER_WAY")
    equal(len(world.carol.get("/api/v1/runs").json["items"]), 1)


@suite.case("racing decisions of one task: one is taken")
def _(world):
    _, task = new_task(world)
    head = {"Authorization": f"Bearer {world.tokens['bob']}"}
    answers = race(world, 12, lambda c, n: c.post(
        f"/tasks/{task}/decisions", {"decision": "APPROVE" if n % 2 else "REJECT", "comment": "x"}, headers=head))
    equal(sorted(a.status for a in answers), [200] + [409] * 11)
    equal(len(world.bob.get(f"/tasks/{task}").json["decisions"]), 1)


@suite.case("If-Match and expected_version refuse what somebody else has changed")
def _(world):
    run, task = new_task(world)
    shown = world.bob.get(f"/tasks/{task}")
    tag, version = shown.headers["ETag"], shown.json["version"]
    claimed = world.bob.post(f"/tasks/{task}/claim", headers={"If-Match": tag})
    equal(claimed.status, 200)
    equal(claimed.headers["ETag"], f'"{claimed.json["version"]}"')
    body = {"decision": "APPROVE"}
    refused(world.bob.post(f"/tasks/{task}/decisions", body, headers={"If-Match": tag}), 412, "VERSION_MISMATCH")
    refused(world.bob.post(f"/tasks/{task}/decisions", dict(body, expected_version=version)), 412, "VERSION_MISMATCH")
    equal(world.admin.get(f"/api/v1/tasks/{task}").json["status"], "CLAIMED")
    now = claimed.json["version"]
    equal(world.bob.post(f"/tasks/{task}/decisions", dict(body, expected_version=now)).status, 200)
    other = world.start("waiting")
    tag = world.ann.get(f"/api/v1/runs/{other}").headers["ETag"]
    equal(world.olga.post(f"/api/v1/runs/{other}/pause", headers={"If-Match": "W/" + tag}).status, 200)
    refused(world.olga.post(f"/api/v1/runs/{other}/resume", headers={"If-Match": tag}), 412, "VERSION_MISMATCH")
    equal(world.olga.post(f"/api/v1/runs/{other}/resume", headers={"If-Match": "*"}).status, 200)


@suite.case("an If-Match that is no version is refused, and so is one that contradicts the body")
def _(world):
    run = world.start("waiting")
    for tag in ("abc", '"abc"', '"1", "2"', "-1", "0", "99999999999", '""'):
        refused(world.olga.post(f"/api/v1/runs/{run}/pause", headers={"If-Match": tag}), 400, "USAGE", "If-Match")
    refused(world.olga.post(f"/api/v1/runs/{run}/pause", {"expected_version": 1}, headers={"If-Match": '"2"'}), 400,
            "USAGE")
    equal(world.run(run)["status"], "running")


suite.run()
