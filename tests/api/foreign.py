"""What a web page can make somebody's browser send: foreign names in Host, foreign origins. `serve` and `dev`."""
import json
import os
import shutil
import socket
import subprocess
import tempfile

from harness import WAITING, Client, Server, Suite, equal, refused

suite = Suite()


def ask(port, target, host, method="GET", address="127.0.0.1", **headers):
    """Status and body of one request whose head is written by hand; host None: no Host."""
    lines = [f"{method} {target} HTTP/1.1"] + ([] if host is None else [f"Host: {host}"])
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    with socket.create_connection((address, port), timeout=30) as peer:
        peer.sendall(("\r\n".join(lines + ["Connection: close"]) + "\r\n\r\n").encode())
        data = b""
        while (piece := peer.recv(65536)):
            data += piece
            if method != "GET" or b"text/event-stream" in data:
                break
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode().lower(), body


def check(port, method, target, **headers):
    """The site's own host is answered, others are not, and no answer lets a browser read on."""
    own = f"localhost:{port}"
    for host in (own, f"127.0.0.1:{port}", "localhost", f"[::1]:{port}"):
        status, head, _ = ask(port, target, host, method, **headers)
        assert status not in (400, 421), (target, host, status)
        assert "access-control" not in head, head
    for host in ("evil.example", f"evil.example:{port}", f"localhost.evil.example:{port}", f"me@localhost:{port}",
                 f"localhost:{port + 1}", f"2130706433:{port}", f"0177.0.0.1:{port}", f"127.0.0.1.:{port}",
                 f"10.0.0.1:{port}", f"0.0.0.0:{port}"):
        status, head, body = ask(port, target, host, method, **headers)
        assert status in (400, 421), (target, host, status, body)
        assert "access-control" not in head, head
        if method == "GET" and status == 421:
            assert b"FOREIGN_HOST" in body and b"--allow-host" in body, body
    status, _, _ = ask(port, target, None, method, **headers)
    assert status in (400, 421), status
    for more in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": f"http://localhost:{port + 1}"},
                 {"Origin": f"http://127.0.0.1:{port}"}, {"Sec_Fetch_Site": "cross-site"},
                 {"Sec_Fetch_Site": "same-site"}, {"Origin": f"http://{own}", "Sec_Fetch_Site": "cross-site"}):
        status, head, body = ask(port, target, own, method, **headers, **more)
        assert status == 403, (target, more, status, body)
        assert "access-control" not in head, head
    for more in ({"Origin": f"http://{own}"}, {"Sec_Fetch_Site": "same-origin"}, {"Sec_Fetch_Site": "none"}):
        status, _, _ = ask(port, target, own, method, **headers, **more)
        assert status not in (403, 421), (target, more, status)


@suite.case("serve: a foreign Host and a cross-site page get nothing, on public routes, the API, streams and OPTIONS")
def _(exe):
    path = tempfile.mkdtemp(prefix="pawl-foreign-")
    server = Server(exe, path).wait_listening()
    client = Client(server.port, server.token)
    equal(client.apply(WAITING).status, 201)
    run = client.post("/api/v1/runs", {"workflow": "waiting"}).json["id"]
    token = {"Authorization": f"Bearer {server.token}"}
    for method, target in (("GET", "/healthz"), ("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/"), ("GET", "/nowhere"),
                           ("GET", "/api/v1/me"), ("GET", "/api/v1/runs"), ("GET", f"/api/v1/runs/{run}/events/stream"),
                           ("GET", "/api/v1/events/stream"), ("HEAD", "/healthz"), ("OPTIONS", "/api/v1/runs")):
        check(server.port, method, target, **token)
    refused(client.post("/api/v1/runs", {"workflow": "waiting"}, headers={"Origin": "http://evil.example"}), 403,
            "FOREIGN_ORIGIN", "evil.example")
    refused(client.post("/api/v1/runs", {"workflow": "waiting"}, headers={"Host": "evil.example"}), 421, "FOREIGN_HOST")
    equal(len(client.get("/api/v1/runs").json["items"]), 1)
    equal(server.stop(), 0)
    shutil.rmtree(path)


@suite.case("a target with a host of its own is held to the same")
def _(exe):
    path = tempfile.mkdtemp(prefix="pawl-foreign-")
    server = Server(exe, path).wait_listening()
    for target, host in ((f"http://evil.example:{server.port}/healthz", f"evil.example:{server.port}"),
                         (f"http://evil.example:{server.port}/healthz", f"localhost:{server.port}")):
        status, _, _ = ask(server.port, target, host)
        assert status in (400, 421), (target, host, status)
    equal(server.stop(), 0)
    shutil.rmtree(path)


@suite.case("dev refuses the same")
def _(exe):
    path = tempfile.mkdtemp(prefix="pawl-foreign-")
    server = Server(exe, path, command="dev").wait_listening(r"listens on http://[^:]*:(\d+)")
    with open(os.path.join(path, "data", "tokens.json"), encoding="utf-8") as file:
        token = json.load(file)["bob"]
    for target in ("/healthz", "/api/v1/tasks"):
        check(server.port, "GET", target, Authorization=f"Bearer {token}")
    equal(server.stop(), 0)
    shutil.rmtree(path)


@suite.case("on all addresses any address is right, and names are what --allow-host says")
def _(exe):
    path = tempfile.mkdtemp(prefix="pawl-foreign-")
    server = Server(exe, path, "--allow-host", "pawl.example", "--allow-host", "other.example:8443",
                    listen="0.0.0.0:0").wait_listening()
    port = server.port
    for host, good in ((f"10.9.8.7:{port}", True), (f"0.0.0.0:{port}", True), ("pawl.example", True), ("pawl.example:1", True),
                       ("other.example:8443", True), ("other.example:8444", False), (f"evil.example:{port}", False),
                       (f"10.9.8.7:{port + 1}", False)):
        equal((host, ask(port, "/healthz", host)[0]), (host, 200 if good else 421))
    equal(ask(port, "/healthz", f"127.0.0.1:{port}", Origin="https://pawl.example")[0], 200)
    equal(ask(port, "/healthz", f"127.0.0.1:{port}", Origin="https://evil.example")[0], 403)
    equal(server.stop(), 0)
    shutil.rmtree(path)


@suite.case("a name that is none is refused at the start, and says what would be right")
def _(exe):
    for name in ("https://pawl.example", "*", "pawl.example:port", "::1"):
        done = subprocess.run([exe, "serve", "--data", "/nonexistent/x", "--allow-host", name], capture_output=True,
                              timeout=60, check=False)
        equal(done.returncode, 2)
        assert b"--allow-host" in done.stderr and b"HOST:PORT" in done.stderr, done


suite.run(with_world=False)
