"""A disk that fails, or has no room: what clients are told, how the process ends, what is kept."""
import os
import shutil
import signal
import sys
import tempfile
import threading
import time

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


def until(what, seconds):
    """Waits for a fact and says whether it came."""
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.05)
    return what()


@suite.case("a disk that does not answer: not ready, said in the log, and SIGTERM ends the process by its deadline")
def _(exe):
    path = tempfile.mkdtemp(prefix="pawl-disk-")
    trigger = os.path.join(path, "hang")
    asan = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    env = {"LD_PRELOAD": preloaded(path), "HANG_SYNC_WHEN": trigger, "ASAN_OPTIONS": asan}
    server = Server(exe, path, "--stop-timeout", "1s", env=env).wait_listening()
    client = Client(server.port, server.token)
    equal(client.apply(WAITING).status, 201)
    with open(trigger, "w", encoding="utf-8"):
        pass
    answers = []
    asker = threading.Thread(target=lambda: answers.append(
        Client(server.port, server.token).post("/api/v1/runs", {"workflow": "waiting"})))
    asker.start()
    nobody = Client(server.port)
    equal(nobody.get("/readyz").status, 200)  # it may take a moment
    assert until(lambda: nobody.get("/readyz").status == 503, 30)
    refused(nobody.get("/readyz"), 503, "OVERLOADED", "committing")
    equal(nobody.get("/healthz").status, 200)
    assert until(lambda: "engine.stuck" in server.log_text(), 30), server.log_text()
    os.remove(trigger)
    asker.join()
    equal(answers[0].status, 201)
    assert until(lambda: nobody.get("/readyz").status == 200, 30)
    assert until(lambda: "engine.goes_on" in server.log_text(), 30), server.log_text()
    with open(trigger, "w", encoding="utf-8"):
        pass

    def start():
        try:
            Client(server.port, server.token).post("/api/v1/runs", {"workflow": "waiting"})
        except Exception:  # pylint: disable=broad-except
            pass  # nobody answers it any more
    threading.Thread(target=start, daemon=True).start()
    time.sleep(0.3)
    server.process.send_signal(signal.SIGTERM)
    equal(server.process.wait(20), 70)
    assert "server.forced_end" in server.log_text(), server.log_text()
    os.remove(trigger)
    server = Server(exe, path).wait_listening()
    run = answers[0].json["id"]
    equal(Client(server.port, server.token or client.token).get(f"/api/v1/runs/{run}").json["status"], "running")
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
