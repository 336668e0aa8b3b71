"""Writes a store with the pawl of a release, as tests/upgrade keeps one of each: python3 write_store.py PAWL NAME
(here: a pawl of 0.1 and v0_1; see README.md). Makes NAME.db.gz and NAME.json: what is in it, with the tokens.

The server is killed with attempts under way, as an upgrade after a crash finds it. Its clock is set back with
early_clock.c, so that what is due in the store is due wherever it is opened.
"""
import gzip
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "api"))
sys.argv = [sys.argv[0], os.path.abspath(sys.argv[1]), sys.argv[2]]
import harness  # noqa: E402  pylint: disable=wrong-import-position

# A program that hangs while a file is in its folder, and goes on where it is not.
WIDE = 70  # steps: a page of a run's state holds 64
HOLD = "while [ -e hold ]; do sleep 0.2; done; echo went on"

WORKFLOWS = [harness.APPROVAL, harness.WAITING, harness.FAILING, """
id: committee
steps:
  - id: vote
    action: approval.request
    config: {title: Vote, assign: [{role: manager}, {role: finance}, {user: dave}], join: {quorum: 2}, comment: [approve]}
""", """
id: form
inputs: {type: object, properties: {amount: {type: number}}}
steps:
  - id: fill
    action: task.manual
    config: {title: Fill in, assign: {role: manager}, claim: required, save_to: inputs,
             form: {type: object, required: [amount], properties: {amount: {type: number}}}}
outputs: {amount: "{{ inputs.amount }}", by: "{{ steps.fill.output.by }}"}
""", """
id: review
steps:
  - id: write
    action: task.manual
    config: {title: Write, assign: {user: "{{ run.started_by }}"}, form: {type: object, properties: {text: {type: string}}}}
  - id: check
    action: approval.request
    config: {title: "Check {{ steps.write.output.form.text }}", assign: {role: manager}, send_back_to: [write]}
outputs: {text: "{{ steps.write.output.form.text }}", iteration: "{{ steps.write.iteration }}"}
""", """
id: safe-effect
steps:
  - id: call
    action: exec.run
    config: {command: [sh, -c, "%s"]}
    idempotent: true
    retry: {max_attempts: 3, base_delay: 10ms, jitter: none}
outputs: {said: "{{ steps.call.output.stdout }}", attempts: "{{ steps.call.attempts }}"}
""" % HOLD, """
id: once-effect
steps:
  - id: call
    action: exec.run
    config: {command: [sh, -c, "%s"]}
    retry: {max_attempts: 3, base_delay: 10ms}
""" % HOLD, """
id: post-effect
inputs: {type: object, properties: {url: {type: string}}}
steps:
  - id: pay
    action: http.request
    config: {method: POST, url: "{{ inputs.url }}", body: {amount: 5}}
    on_error: continue
  - {id: after, action: flow.set, config: {code: "{{ steps.pay.error.code }}"}}
outputs: {code: "{{ steps.after.output.code }}"}
""", """
id: pausing
steps:
  - id: call
    action: exec.run
    config: {command: [sh, -c, "[ ! -e hold ]"]}
    idempotent: true
    retry: {max_attempts: 2, base_delay: 1h, jitter: none}
""", """
id: timer
steps:
  - {id: wait, action: flow.wait, config: {for: 1h}}
  - {id: after, action: flow.set, config: {x: 1}}
""", """
id: escalating
steps:
  - id: ask
    action: approval.request
    config: {title: Soon, assign: {role: manager}, due: 1h}
    on_timeout: {escalate: [{assign: {role: finance}, due: 4000d}], then: fail}
""", """
id: sensitive
inputs: {type: object, properties: {pin: {type: string, sensitive: true}}}
steps:
  - id: ask
    action: approval.request
    config: {title: "Pay with {{ inputs.pin }}?", assign: {role: manager}}
outputs: {pin: "{{ inputs.pin }}"}
""", """
id: wide
steps:
""" + "".join(f"  - {{id: s{i}, action: flow.wait, depends_on: [], config: {{signal: go}}}}\n" for i in range(WIDE))
    + "  - {id: last, action: flow.set, depends_on: ["
    + ", ".join(f"s{i}" for i in range(WIDE)) + "], config: {sum: \"{{ steps.s0.output + steps.s" + str(WIDE - 1) + ".output }}\"}}\n"
    + "outputs: {sum: \"{{ steps.last.output.sum }}\"}\n"]


def silent_partner():
    """Takes connections and never answers; (socket, URL)."""
    listening = socket.create_server(("127.0.0.1", 0))
    return listening, f"http://127.0.0.1:{listening.getsockname()[1]}/pay"


def preload(folder):
    library = os.path.join(folder, "early_clock.so")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, os.path.join(HERE, "early_clock.c")], check=True)
    return library


def ok(answer):
    assert answer.status in (200, 201), answer
    return answer.json


def decide(world, who, task, decision, **more):
    ok(getattr(world, who).post(f"/api/v1/tasks/{task}/decisions", dict({"decision": decision}, **more)))


def people(world):
    tokens = dict(world.tokens)
    ok(world.admin.put("/api/v1/users/gone", {"roles": ["manager"]}))
    tokens["gone"] = ok(world.admin.post("/api/v1/users/gone/tokens", {}))["token"]
    ok(world.admin.put("/api/v1/users/gone", {"active": False}))
    made = ok(world.admin.post("/api/v1/users/bob/tokens", {"label": "lost"}))
    tokens["revoked"] = made["token"]
    ok(world.admin.delete(f"/api/v1/tokens/{made['id']}"))
    tokens["second"] = ok(world.admin.post("/api/v1/tenants", {"name": "second", "admin": "sue"}))["token"]
    return tokens


def waiting_for_people(world, runs):
    runs["asked"] = world.start("approval", inputs={"amount": 12.5, "note": "chairs"}, key="PO-1",
                                labels={"team": "red"}, priority=3)
    runs["delegated"] = world.start("approval", inputs={"amount": 7})
    decide(world, "bob", world.task(runs["delegated"])["id"], "DELEGATE", to="dave")
    runs["voting"] = world.start("committee")
    decide(world, "bob", world.task(runs["voting"], "bob")["id"], "APPROVE", comment="yes")
    runs["claimed"] = world.start("form", inputs={"amount": 1})
    ok(world.bob.post(f"/api/v1/tasks/{world.task(runs['claimed'])['id']}/claim", {}))
    runs["sent_back"] = world.start("review")
    decide(world, "ann", world.task(runs["sent_back"])["id"], "COMPLETE", form={"text": "one"})
    decide(world, "bob", world.task(runs["sent_back"], "bob")["id"], "SEND_BACK", comment="again")
    runs["sensitive"] = world.start("sensitive", inputs={"pin": "4711-secret"})
    runs["escalating"] = world.start("escalating")


def waiting_for_others(world, runs, url):
    runs["signal"] = world.start("waiting")
    runs["wide"] = world.start("wide")
    runs["timer"] = world.start("timer")
    runs["draft"] = world.start("approval", inputs={"amount": 3}, draft=True)
    runs["held"] = world.start("failing", hold=True)
    runs["later"] = world.start("failing", start_at="2999-01-01T00:00:00Z")
    runs["paused"] = world.start("waiting")
    ok(world.olga.post(f"/api/v1/runs/{runs['paused']}/pause", {"comment": "stop"}))
    keyed = world.ann.post("/api/v1/runs", {"workflow": "waiting"}, headers={"Idempotency-Key": "start-1"})
    runs["keyed"] = ok(keyed)["id"]
    runs["pausing"] = world.start("pausing")
    for name in ("safe", "once", "post"):
        runs[name] = world.start(f"{name}-effect", inputs={"url": url} if name == "post" else {})


def ended(world, runs):
    runs["failed"] = world.start("failing")
    runs["rejected"] = world.start("approval", inputs={"amount": 99})
    decide(world, "bob", world.task(runs["rejected"])["id"], "REJECT", comment="too much")
    runs["completed"] = world.start("approval", inputs={"amount": 2})
    decide(world, "bob", world.task(runs["completed"])["id"], "APPROVE")
    for name, verb in (("cancelled", "cancel"), ("terminated", "terminate")):
        runs[name] = world.start("waiting")
        ok(world.olga.post(f"/api/v1/runs/{runs[name]}/{verb}", {"comment": "enough"}))


def under_way(world, run):
    return any(e["kind"] == "attempt.started" or e["kind"] == "step.started"
               for e in world.admin.get(f"/api/v1/runs/{run}/events").json["items"])


def keep(path, name):
    """The store as one file, without its write-ahead log, packed."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    kept = os.path.join(HERE, name + ".db.gz")
    with open(path, "rb") as store, gzip.GzipFile(kept, "wb", 9, mtime=0) as packed:
        shutil.copyfileobj(store, packed)
    return kept


def main():
    exe, name = sys.argv[1:]
    folder = tempfile.mkdtemp()
    listening, url = silent_partner()
    world = harness.World(exe, ["--allow-exec"], {"LD_PRELOAD": preload(folder)})
    open(os.path.join(world.folder, "hold"), "wb").close()
    for text in WORKFLOWS:
        world.apply(text)
    world.apply(harness.APPROVAL.replace("name: Approval", "name: Approval, new"))
    runs = {}
    tokens = people(world)
    waiting_for_people(world, runs)
    ended(world, runs)
    waiting_for_others(world, runs, url)
    connection, _ = listening.accept()
    for run in ("safe", "once", "pausing"):
        world.until(under_way, world, runs[run])
    world.until(lambda: "attempt.failed" in json.dumps(world.admin.get(f"/api/v1/runs/{runs['pausing']}/events").json))
    statuses = {run: world.run(run_id)["status"] for run, run_id in runs.items()}
    world.server.stop(signal.SIGKILL)
    connection.close()
    kept = keep(os.path.join(world.folder, "data", "pawl.db"), name)
    with open(os.path.join(HERE, name + ".json"), "w", encoding="utf-8") as file:
        json.dump({"tokens": tokens, "runs": runs, "statuses": statuses}, file, indent=1, sort_keys=True)
        file.write("\n")
    shutil.rmtree(world.folder)
    shutil.rmtree(folder)
    print(f"{kept}: {os.path.getsize(kept)} bytes, {len(runs)} runs")


main()
