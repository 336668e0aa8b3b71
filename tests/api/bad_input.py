"""Whatever comes in that should not: a clear error each, nothing half done, and the server goes on."""
import json
import os
import socket

from harness import APPROVAL, WAITING, Skip, Suite, equal, refused

suite = Suite()
START = "/api/v1/runs"


def count(world):
    return len(world.admin.get("/api/v1/runs?limit=500").json["items"])


def send(world, raw, wait=True):
    """Bytes as they are; what comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", world.server.port), timeout=10) as connection:
        connection.sendall(raw)
        if not wait:
            return b""
        got = b""
        try:
            connection.shutdown(socket.SHUT_WR)
            while (piece := connection.recv(65536)):
                got += piece
        except OSError:
            pass
        return got


@suite.case("malformed JSON says the line and the column")
def _(world):
    world.apply(WAITING)
    cases = [b"{", b"{\n  \"workflow\": }", b"{'workflow': 'waiting'}", b"[1,]", b"nul", b"\xef\xbb\xbf{}",
             b'{"workflow": "waiting",}', b'{"a":1}{"b":2}', b'{"workflow":"\xff"}', b'{"workflow":"\\ud800"}',
             b'{"workflow": 01}', b'{"a":1,"a":2}', b"\x00"]
    for raw in cases:
        problem = refused(world.ann.post(START, raw=raw), 400, "SYNTAX")
        assert problem["errors"][0]["line"] >= 1 and problem["errors"][0]["column"] >= 1, problem
    refused(world.ann.post(START, raw=b""), 400, "SYNTAX", "JSON body")
    refused(world.ann.post(START, raw=b"  \n"), 400, "SYNTAX", "JSON body")


@suite.case("wrong types and unknown members are refused with their place")
def _(world):
    cases = [([], ""), ("x", ""), ({"workflow": 1}, "/workflow"), ({"workflow": ""}, "/workflow"), ({}, "workflow"),
             ({"workflow": "waiting", "inputs": []}, "/inputs"), ({"workflow": "waiting", "labels": {"a": 1}}, "/labels/a"),
             ({"workflow": "waiting", "hold": "yes"}, "/hold"), ({"workflow": "waiting", "priority": 1e9}, "/priority"),
             ({"workflow": "waiting", "priority": 1.5}, "/priority"), ({"workflow": "waiting", "version": 0}, "/version"),
             ({"workflow": "waiting", "version": []}, "/version"), ({"workflow": "waiting", "wrokflow": 1}, "wrokflow"),
             ({"workflow": "waiting", "key": "k" * 257}, "/key"), ({"workflow": "w" * 129}, "/workflow"),
             ({"workflow": "waiting", "start_at": "2026-02-30T00:00:00Z"}, "start_at")]
    before = count(world)
    for body, part in cases:
        refused(world.ann.post(START, body), 422, "INVALID", part)
    refused(world.ann.post(START, {"workflow": "waiting", "input": {}}), 422, "INVALID", "did you mean 'inputs'?")
    equal(count(world), before)


@suite.case("other content types are refused, and JSON with a charset is not")
def _(world):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"):
        refused(world.ann.post(START, raw=b"{}", kind=kind), 415, "UNSUPPORTED_MEDIA_TYPE", "application/json")
    refused(world.admin.post("/api/v1/definitions", raw=b"x", kind="application/pdf"), 415, "UNSUPPORTED_MEDIA_TYPE")
    answer = world.ann.post(START, raw=b'{"workflow": "waiting"}', kind="Application/JSON; charset=utf-8")
    equal(answer.status, 201)
    equal(world.ann.post(START, raw=b'{"workflow": "waiting"}', kind=None).status, 201)
    refused(world.ann.get("/api/v1/runs", body={"a": 1}), 400, "USAGE", "no body")


@suite.case("deep nesting, huge numbers and many members are refused, and cost little")
def _(world):
    for raw in (b"[" * 1000000, b'{"a":' * 200 + b"1" + b"}" * 200,
                b'{"workflow":"waiting","inputs":' + b'{"a":' * 200 + b"1" + b"}" * 201,
                b'{"workflow":' + b"9" * 5000 + b"}"):
        answer = world.ann.post(START, raw=raw)
        assert answer.status in (400, 413, 422), answer
        assert answer.code in ("SYNTAX", "LIMIT_EXCEEDED", "INVALID"), answer


@suite.case("a body that is too large is refused, announced or not")
def _(world):
    size = 4 * 1024 * 1024 + 1
    head = f"POST {START} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {world.tokens['ann']}\r\n"
    got = send(world, (head + f"Content-Length: {size}\r\nConnection: close\r\n\r\n").encode())
    assert b" 413 " in got.split(b"\r\n")[0] and b"LIMIT_EXCEEDED" in got, got[:300]
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    got = send(world, (head + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n").encode() + chunk * 5 + b"0\r\n\r\n")
    assert b" 413 " in got.split(b"\r\n")[0] and b"LIMIT_EXCEEDED" in got, got[:300]
    refused(world.ann.post("/tasks/task_0c5q2m7k9d3ae/claim", {"expected_version": 1, "x": "y" * 70000}), 413,
            "LIMIT_EXCEEDED", "65536")
    large = {"workflow": "waiting", "inputs": {"x": "y" * (1024 * 1024 + 10)}}
    answer = world.ann.post(START, large)
    assert answer.status in (413, 422) and answer.code in ("LIMIT_EXCEEDED", "INVALID"), answer


@suite.case("a header that is too large is refused")
def _(world):
    got = send(world, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: " + b"y" * 10000 + b"\r\n\r\n")
    assert got.split(b" ")[1] in (b"413", b"431"), got[:200]
    got = send(world, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: " + b"y" * 100000 + b"\r\n\r\n")
    assert got == b"" or got.split(b" ")[1] in (b"413", b"431"), got[:200]
    equal(world.nobody.get("/healthz").status, 200)


@suite.case("unknown ids and what is not an id do not exist")
def _(world):
    for run in ("run_0c5q2m7k9d3ae", "run_", "x", "task_0c5q2m7k9d3ae", "run_0c5q2m7k9d3aeXX", "%00", "run_%2e%2e",
                "..%2f..%2fetc", "run_zzzzzzzzzzzzz", "1", "-1", "%F0%9F%92%A9"):
        answer = world.admin.get(f"/api/v1/runs/{run}")
        assert answer.status in (400, 404), (run, answer)
        answer = world.admin.post(f"/api/v1/runs/{run}/cancel")
        assert answer.status in (400, 404), (run, answer)
        assert world.admin.get(f"/api/v1/tasks/{run}").status in (400, 404)
    refused(world.admin.delete("/api/v1/tokens/tok_0c5q2m7k9d3ae"), 404, "NOT_FOUND")
    refused(world.admin.post("/api/v1/users/none/tokens", {}), 404, "NOT_FOUND", "none")


@suite.case("query parameters that are unknown, doubled or out of range are refused")
def _(world):
    for query, part in (("stauts=running", "did you mean 'status'?"), ("status=runing", "did you mean 'running'?"),
                        ("limit=0", "1 to 500"), ("limit=501", "1 to 500"), ("limit=-1", "limit"), ("limit=x", "limit"),
                        ("limit=1&limit=2", "twice"), ("cursor=x", "cursor"), ("cursor=task_0c5q2m7k9d3ae", "cursor"),
                        ("%zz=1", "hex"), ("status=%ff", "UTF-8"), ("a=%0a", "control")):
        answer = world.admin.get(f"/api/v1/runs?{query}")
        equal(answer.status, 400)
        assert part in answer.raw.decode(), (query, answer)
    for query in ("cursor=1.x", "cursor=x.task_0c5q2m7k9d3ae", "run=x", "assignedTo=bob2", "status=OPEN"):
        refused(world.admin.get(f"/tasks?{query}"), 400, "USAGE")
    refused(world.admin.get("/api/v1/events?cursor=nonsense"), 400, "USAGE", "evt_")
    answer = world.admin.get("/api/v1/runs?" + "&".join(f"a{i}=1" for i in range(40)))
    equal(answer.status, 414)


@suite.case("names of people, roles and tenants have a form")
def _(world):
    for name in ("a%20b", "a%2Fb", "%3Cscript%3E", "system", "x" * 200, "%E2%82%AC"):
        refused(world.admin.put(f"/api/v1/users/{name}", {}), 422, "INVALID")
    for roles in (["a b"], [""], "manager", [1], ["x", "x"]):
        refused(world.admin.put("/api/v1/users/eve", {"roles": roles}), 422, "INVALID")
    refused(world.admin.post("/api/v1/tenants", {"name": "a b"}), 422, "INVALID")
    refused(world.admin.put("/api/v1/users/eve", {"email": "not-one"}), 422, "INVALID", "/email")


@suite.case("every naughty string of the list goes in as it is and comes out as it was, or is refused clearly")
def _(world):
    path = os.path.join(os.environ.get("PAWL_MATERIAL", ""), "naughty-strings")
    if not os.path.isdir(path):
        raise Skip("skipped: naughty-strings not found")
    with open(os.path.join(path, next(n for n in sorted(os.listdir(path)) if n.endswith(".json"))), encoding="utf-8") as file:
        strings = json.load(file)
    world.apply(APPROVAL)
    for text in strings:
        made = world.ann.post(START, {"workflow": "approval", "inputs": {"amount": 1, "note": text}, "key": text[:60],
                                      "labels": {"naughty": text[:200]}})
        assert made.status == 201, (text, made)
        shown = world.ann.get(f"{START}/{made.json['id']}").json
        equal((shown["inputs"]["note"], shown["labels"]["naughty"]), (text, text[:200]))
        answer = world.admin.post(f"{START}/{made.json['id']}/cancel", {"reason": text})
        equal(answer.status, 200)
        answer = world.admin.post(f"{START}/{made.json['id']}/signal", {"name": text or "x", "data": text})
        assert answer.status in (409, 422), answer
    run = world.start("approval", inputs={"amount": 2})
    task = world.task(run)["id"]
    for text in strings[:120]:
        answer = world.bob.post(f"/tasks/{task}/decisions", {"decision": "DELEGATE", "to": (text or "x")[:128]})
        assert answer.status in (403, 409, 422), (text, answer)
    equal(world.bob.post(f"/tasks/{task}/decisions", {"decision": "APPROVE", "comment": strings[-1]}).status, 200)


@suite.case("naughty strings in headers, paths and queries break nothing")
def _(world):
    for text in ("'; DROP TABLE run;--", "../../etc/passwd", "${jndi:ldap://x}", "%n%n%n%s", "\u202e", "🦄", "A" * 3000):
        quoted = "".join(f"%{byte:02x}" for byte in text.encode())
        for path in (f"/api/v1/definitions/{quoted}", f"/{quoted}", f"/api/v1/runs?workflow={quoted}",
                     f"/api/v1/runs?key={quoted}&startedBy={quoted}"):
            answer = world.admin.get(path)
            assert answer.status in (200, 400, 404, 413, 414, 431), (path, answer)
        head = {"Idempotency-Key": text.encode().decode("latin-1")[:255], "X-Forwarded-For": "x"}
        try:
            answer = world.ann.post(START, {"workflow": "waiting"}, headers=head)
            assert answer.status in (200, 201), answer
        except UnicodeEncodeError:
            pass


@suite.case("what is not HTTP, is cut off or comes slowly harms nobody")
def _(world):
    for raw in (b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"\r\n\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 1000,
                b"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
                b"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
                b"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        send(world, raw)
    for raw in (b"G", b"GET /healthz", b"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{"):
        send(world, raw, wait=False)
    equal(world.nobody.get("/healthz").status, 200)
    equal(world.ann.post(START, {"workflow": "waiting"}).status, 201)


@suite.case("a client that goes away before its answer leaves the command done")
def _(world):
    before = count(world)
    body = json.dumps({"workflow": "waiting"})
    for _ in range(20):
        send(world, (f"POST {START} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {world.tokens['ann']}\r\n"
                     f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode(), wait=False)
    world.until(lambda: count(world) == min(before + 20, 500))


suite.run()
