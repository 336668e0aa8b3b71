"""`pawl serve` as a process: options, the first token, signals, the lock, what is kept."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from harness import WAITING, Client, Server, Suite, equal, refused

suite = Suite()


def folder():
    return tempfile.mkdtemp(prefix="pawl-serve-")


@suite.case("the first start makes an administrator and prints his token once")
def _(exe):
    path = folder()
    server = Server(exe, path).wait_listening()
    token = server.token
    equal(Client(server.port, token).get("/api/v1/me").json["admin"], True)
    equal(server.stop(), 0)
    server = Server(exe, path).wait_listening()
    equal(server.token, None)
    equal(Client(server.port, token).get("/api/v1/me").status, 200)
    assert token not in server.log_text()
    equal(server.stop(signal.SIGINT), 0)
    shutil.rmtree(path)


@suite.case("what is kept can be read by its owner only")
def _(exe):
    path = folder()
    server = Server(exe, path).wait_listening()
    for name in os.listdir(os.path.join(path, "data")):
        equal(os.stat(os.path.join(path, "data", name)).st_mode & 0o077, 0)
    equal(os.stat(os.path.join(path, "data")).st_mode & 0o077, 0)
    equal(server.stop(), 0)
    shutil.rmtree(path)


@suite.case("a second process on the same folder is refused, and the first goes on")
def _(exe):
    path = folder()
    server = Server(exe, path).wait_listening()
    second = Server(exe, path)
    equal(second.process.wait(30), 5)
    second.stop()
    assert str(server.process.pid) in server.log_text(), server.log_text()
    equal(Client(server.port).get("/readyz").status, 200)
    equal(server.stop(), 0)
    shutil.rmtree(path)


@suite.case("the first token is shown again, as a new one, until somebody has used it")
def _(exe):
    path = folder()
    shown = []
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
        server = Server(exe, path).wait_listening()
        shown.append(server.token)
        for old in shown[:-1]:
            equal(Client(server.port, old + "x").get("/api/v1/me").status, 401)
        server.stop(number)
    equal(len(set(shown)), 3)
    assert None not in shown, shown
    server = Server(exe, path).wait_listening()
    token = server.token
    for old in shown:
        equal(Client(server.port, old).get("/api/v1/me").status, 401)
    equal(Client(server.port, token).get("/healthz").status, 200)
    client = Client(server.port, token)
    equal(client.get("/api/v1/me").status, 200)
    live = [t for t in client.get("/api/v1/tokens?limit=500").json["items"] if not t["revoked"]]
    equal([t["label"] for t in live], ["first"])
    server.stop(signal.SIGKILL)
    server = Server(exe, path).wait_listening()
    equal(server.token, None)
    equal(Client(server.port, token).get("/api/v1/me").status, 200)
    equal(server.stop(), 0)
    shutil.rmtree(path)


@suite.case("a first start that fails leaves nobody with a token that nobody has seen")
def _(exe):
    path = folder()
    busy = Server(exe, path).wait_listening()
    other = folder()
    open_secrets = os.path.join(other, "secrets.json")
    with open(open_secrets, "w", encoding="utf-8") as file:
        file.write("{}")
    os.chmod(open_secrets, 0o644)
    bad_secrets = os.path.join(other, "bad.json")
    with open(bad_secrets, "w", encoding="utf-8") as file:
        file.write("{")
    os.chmod(bad_secrets, 0o600)
    for options in (["--listen", f"127.0.0.1:{busy.port}"], ["--listen", "nonsense"], ["--secrets", open_secrets],
                    ["--secrets", bad_secrets], ["--secrets", "/nowhere"], ["--allow-host", "*"], ["--listen", "256.1.1.1:0"]):
        command = [exe, "serve", "--data", os.path.join(other, "data")]
        done = subprocess.run(command + options, capture_output=True, timeout=60, check=False)
        assert done.returncode != 0 and done.stderr and b"token" not in done.stdout, (options, done)
        assert options[0] != "--secrets" or options[1].encode() in done.stderr, done
    server = Server(exe, other).wait_listening()
    client = Client(server.port, server.token)
    equal([u["name"] for u in client.get("/api/v1/users").json["items"]], ["admin"])
    equal(len(client.get("/api/v1/tokens").json["items"]), 1)
    for each in (server, busy):
        equal(each.stop(), 0)
    shutil.rmtree(path)
    shutil.rmtree(other)


def offline(exe, data, *words, code=0):
    done = subprocess.run([exe, *words, "--data", data, "-o", "json"], capture_output=True, timeout=60, check=False)
    assert done.returncode == code, (words, done)
    return json.loads(done.stdout) if code == 0 else done.stderr.decode()


@suite.case("with the server stopped, people and tokens are changed on its files; runs rest meanwhile")
def _(exe):
    path = folder()
    data = os.path.join(path, "data")
    server = Server(exe, path).wait_listening()
    client = Client(server.port, server.token)
    text = ("id: later\nsteps:\n  - {id: wait, action: flow.wait, config: {for: 1ms}}\n"
            "  - {id: say, action: log.write, config: {message: awake}}\n")
    equal(client.apply(text).status, 201)
    refused_text = offline(exe, data, "token", "create", "admin", code=5)
    assert "server runs" in refused_text and str(server.process.pid) in refused_text, refused_text
    run = client.post("/api/v1/runs", {"workflow": "later"}).json["id"]
    server.stop(signal.SIGKILL)
    made = offline(exe, data, "token", "create", "admin", "--label", "found again")
    equal((made["user"], made["label"]), ("admin", "found again"))
    assert "no user 'eve'" in offline(exe, data, "token", "create", "eve", code=3)
    eve = offline(exe, data, "user", "put", "eve", "--role", "manager", "--admin")
    equal((eve["roles"], eve["admin"]), (["manager"], True))
    equal(offline(exe, data, "user", "put", "eve", "--title", "Eve")["roles"], ["manager"])
    nowhere = os.path.join(path, "nowhere")
    assert offline(exe, nowhere, "token", "create", "admin", code=3)
    assert not os.path.exists(nowhere)
    server = Server(exe, path).wait_listening()
    client = Client(server.port, made["token"])
    equal(client.get("/api/v1/me").json["name"], "admin")
    actors = {e["kind"]: e["actor"] for e in client.get("/api/v1/events?limit=500").json["items"] if "actor" in e}
    equal(actors["token.created"], "system")
    end = time.monotonic() + 30
    while client.get(f"/api/v1/runs/{run}").json["status"] != "completed" and time.monotonic() < end:
        time.sleep(0.01)
    equal(client.get(f"/api/v1/runs/{run}").json["status"], "completed")
    equal(server.stop(), 0)
    equal(subprocess.run([exe, "fsck", "--data", data], capture_output=True, timeout=60, check=False).returncode, 0)
    shutil.rmtree(path)


@suite.case("a taken port and bad options are refused with an exit code; with bad options nothing is made")
def _(exe):
    path = folder()
    server = Server(exe, path).wait_listening()
    other = folder()
    for options, code in ((["--listen", f"127.0.0.1:{server.port}"], 5), (["--listen", "nonsense"], 2),
                          (["--http-threads", "0"], 2), (["--log-level", "loud"], 2), (["--no-such-option"], 2),
                          (["--secrets", "/nowhere"], 3), (["--allow-address", "10.0.0.0/33"], 2),
                          (["--allow-address", "http://erp/"], 2)):
        data = os.path.join(other, f"data-{code}")
        done = subprocess.run([exe, "serve", "--data", data, "--listen", "127.0.0.1:0"] + options,
                              capture_output=True, timeout=60, check=False)
        assert done.returncode == code and done.stderr, (options, done)
        assert b"server.stopped" not in done.stderr, (options, done)
        equal((options, os.path.exists(data)), (options, code == 5))
    equal(server.stop(), 0)
    shutil.rmtree(path)
    shutil.rmtree(other)


@suite.case("options come from variables too, and the command line wins")
def _(exe):
    path = folder()
    env = {"PAWL_LOG_FORMAT": "json", "PAWL_LOG_LEVEL": "debug", "PAWL_HTTP_THREADS": "3"}
    server = Server(exe, path, "--log-level", "info", env=env).wait_listening()
    client = Client(server.port, server.token)
    equal(client.get("/api/v1/me").status, 200)
    equal(server.stop(), 0)
    lines = [json.loads(line) for line in server.log_text().splitlines()]
    equal(lines[0]["event"], "server.listening")
    equal(lines[-1]["event"], "server.stopped")
    equal({line["level"] for line in lines}, {"info"})
    bad = Server(exe, path, env={"PAWL_HTTP_THREADS": "many"})
    equal(bad.process.wait(30), 2)
    bad.stop()
    shutil.rmtree(path)


LOGGED = """
id: logged
inputs: {type: object, properties: {who: {type: string}}}
steps:
  - id: ask
    action: approval.request
    config: {title: "For {{ inputs.who }}", assign: {user: admin}}
  - {id: stop, action: flow.fail, config: {code: no_luck, message: "bad for {{ inputs.who }}"}}
"""


@suite.case("decisions and failures are lines that name run, step, person and code, and say nothing that people wrote")
def _(exe):
    path = folder()
    server = Server(exe, path).wait_listening()
    client = Client(server.port, server.token)
    equal(client.apply(LOGGED).status, 201)
    run = client.post("/api/v1/runs", {"workflow": "logged", "inputs": {"who": "Zoe"}}).json["id"]
    task = client.get(f"/api/v1/tasks?run={run}").json["items"][0]["id"]
    equal(client.post(f"/api/v1/tasks/{task}/decisions", {"decision": "APPROVE", "comment": "x\ny"}).status, 200)
    equal(client.get(f"/api/v1/runs/{run}").json["status"], "failed")
    equal(server.stop(), 0)
    text = server.log_text()
    about = f"run={run} workflow=logged"
    for part in (f"level=info event=task.decided {about} task={task} status=APPROVED by=admin",
                 f"level=warn event=step.failed {about} step=stop code=no_luck",
                 f"level=warn event=run.failed {about} code=no_luck"):
        assert part in text, (part, text)
    assert "Zoe" not in text and "comment" not in text, text
    shutil.rmtree(path)


@suite.case("at debug level every request is a line, and no line holds a token")
def _(exe):
    path = folder()
    server = Server(exe, path, "--log-level", "debug").wait_listening()
    client = Client(server.port, server.token)
    equal(client.get("/api/v1/runs?limit=1").status, 200)
    equal(client.get("/api/v1/runs/x").status, 404)
    equal(server.stop(), 0)
    text = server.log_text()
    assert "event=http.request method=GET path='/api/v1/runs' status=200 user='admin'" in text, text
    assert "status=404" in text and server.token not in text
    shutil.rmtree(path)


@suite.case("everything acknowledged is there after kill -9")
def _(exe):
    path = folder()
    server = Server(exe, path).wait_listening()
    client = Client(server.port, server.token)
    equal(client.apply(WAITING).status, 201)
    runs = [client.post("/api/v1/runs", {"workflow": "waiting"}).json["id"] for _ in range(50)]
    equal(client.post(f"/api/v1/runs/{runs[0]}/cancel").status, 200)
    token = server.token
    equal(server.stop(signal.SIGKILL), -9)
    server = Server(exe, path).wait_listening()
    client = Client(server.port, token)
    equal([client.get(f"/api/v1/runs/{run}").json["status"] for run in runs], ["cancelled"] + ["running"] * 49)
    equal(client.post(f"/api/v1/runs/{runs[1]}/signal", {"name": "go"}).status, 200)
    equal(server.stop(), 0)
    shutil.rmtree(path)


@suite.case("a stop under load answers what is under way: every run that was acknowledged is kept")
def _(exe):
    path = folder()
    server = Server(exe, path).wait_listening()
    client = Client(server.port, server.token)
    equal(client.apply(WAITING).status, 201)
    made, stop, lock = [], threading.Event(), threading.Lock()

    def load():
        own = Client(server.port, server.token)
        while not stop.is_set():
            try:
                answer = own.post("/api/v1/runs", {"workflow": "waiting"})
            except OSError:
                return
            except Exception:  # pylint: disable=broad-except
                return
            if answer.status == 201:
                with lock:
                    made.append(answer.json["id"])
            else:
                refused(answer, 503, "OVERLOADED")
    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    token = server.token
    equal(server.stop(), 0)
    stop.set()
    for thread in threads:
        thread.join()
    server = Server(exe, path).wait_listening()
    client = Client(server.port, token)
    for run in made:
        equal(client.get(f"/api/v1/runs/{run}").status, 200)
    assert made
    equal(server.stop(), 0)
    shutil.rmtree(path)


@suite.case("workflows read the operator's secrets and the variables that he lists, and nothing else")
def _(exe):
    path = folder()
    secrets = os.path.join(path, "secrets.json")
    with open(secrets, "w", encoding="utf-8") as file:
        json.dump({"default": {"KEY": "geheim-123"}}, file)
    os.chmod(secrets, 0o644)
    server = Server(exe, path, "--secrets", secrets)
    equal(server.process.wait(30), 4)
    server.stop()
    os.chmod(secrets, 0o600)
    server = Server(exe, path, "--secrets", secrets, "--allow-env", "COLOUR", env={"COLOUR": "blue", "HIDDEN": "x"})
    server.wait_listening()
    client = Client(server.port, server.token)
    text = ("id: envs\nsteps:\n  - id: a\n    action: flow.set\n    config: {x: \"{{ env.COLOUR }}\"}\n"
            "  - id: b\n    action: log.write\n    config: {message: \"key {{ secrets.KEY }}\"}\n")
    equal(client.apply(text).status, 201)
    run = client.post("/api/v1/runs", {"workflow": "envs"}).json["id"]
    end = time.monotonic() + 30
    while (shown := client.get(f"/api/v1/runs/{run}").json)["status"] == "running" and time.monotonic() < end:
        time.sleep(0.01)
    equal(shown["status"], "completed")
    steps = client.get(f"/api/v1/runs/{run}/steps").json["items"]
    equal(steps[0]["output"], {"x": "blue"})
    everything = client.get(f"/api/v1/runs/{run}/events?limit=500").raw.decode() + server.log_text()
    assert "geheim-123" not in everything
    equal(server.stop(), 0)
    shutil.rmtree(path)


suite.run(with_world=False)
