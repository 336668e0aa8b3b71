"""A disk that fails, or has no room: what clients are told, how the process ends, what is kept."""
import os
import shutil
import sys
import tempfile
import threading

from harness import WAITING, Client, Server, Suite, equal, refused

suite = Suite()


def preloaded(path):
    """The library's copy in that folder: LD_PRELOAD takes no blanks, the build's path may have some."""
    return shutil.copy(sys.argv[2], path)


@suite.case("a failed sync ends the server with 71, and what was acknowledged is there after the next start")
def _(exe):
    path = tempfile.mkdtemp(prefix="pawl-disk-")
    trigger = os.path.join(path, "now")
    asan = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    env = {"LD_PRELOAD": preloaded(path), "FAIL_SYNC_WHEN": trigger, "ASAN_OPTIONS": asan}
    server = Server(exe, path, env=env).wait_listening()
    token = server.token
    client = Client(server.port, token)
    equal(client.apply(WAITING).status, 201)
    good = [client.post("/api/v1/runs", {"workflow": "waiting"}).json["id"] for _ in range(5)]
    with open(trigger, "w", encoding="utf-8"):
        pass
    answers = []

    def start():
        try:
            answers.append(Client(server.port, token).post("/api/v1/runs", {"workflow": "waiting"}))
        except OSError:
            pass
        except Exception:  # pylint: disable=broad-except
            pass  # the server may be gone before it answers
    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in answers:
        assert answer.status in (500, 503), answer
        assert answer.code in ("IO_ERROR", "OVERLOADED", "STORE_FAILED", "UNKNOWN_OUTCOME"), answer
    equal(server.process.wait(60), 71)
    server.stop()
    assert "store.finished" in server.log_text(), server.log_text()
    os.remove(trigger)
    server = Server(exe, path).wait_listening()
    client = Client(server.port, token)
    for run in good:
        equal(client.get(f"/api/v1/runs/{run}").json["status"], "running")
    equal(client.post("/api/v1/runs", {"workflow": "waiting"}).status, 201)
    equal(server.stop(), 0)
    shutil.rmtree(path)


@suite.case("a full disk refuses changes with 507 and goes on reading; with room again it goes on writing")
def _(exe):
    path = tempfile.mkdtemp(prefix="pawl-disk-")
    trigger = os.path.join(path, "full")
    asan = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    env = {"LD_PRELOAD": preloaded(path), "FAIL_WRITE_WHEN": trigger, "ASAN_OPTIONS": asan}
    server = Server(exe, path, env=env).wait_listening()
    client = Client(server.port, server.token)
    equal(client.apply(WAITING).status, 201)
    run = client.post("/api/v1/runs", {"workflow": "waiting"}).json["id"]
    with open(trigger, "w", encoding="utf-8"):
        pass
    head = {"Idempotency-Key": "k"}
    for _ in range(3):
        refused(client.post("/api/v1/runs", {"workflow": "waiting"}, headers=head), 507, "STORE_FULL")
        refused(client.post(f"/api/v1/runs/{run}/cancel"), 507, "STORE_FULL")
    equal(client.get(f"/api/v1/runs/{run}").json["status"], "running")
    equal(len(client.get("/api/v1/runs").json["items"]), 1)
    os.remove(trigger)
    equal(client.post("/api/v1/runs", {"workflow": "waiting"}, headers=head).status, 201)
    equal(client.post(f"/api/v1/runs/{run}/cancel").json["status"], "cancelled")
    equal(len(client.get("/api/v1/runs").json["items"]), 2)
    equal(server.stop(), 0)
    shutil.rmtree(path)


suite.run(with_world=False)
