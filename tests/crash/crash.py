#!/usr/bin/env python3
"""Kills the server under load, again and again, and checks what it had acknowledged.

usage: crash.py PAWL [--kills N] [--seed N] [--keep]

Clients start runs (each with an Idempotency-Key of its own), people approve tasks, a partner's HTTP server takes
the effects; meanwhile the server is killed with SIGKILL at random moments and started again. Every acknowledged
fact is written to a file of this program's own before anything else happens. After each restart and at the end:

  1 nothing acknowledged is lost: every run whose start was answered exists, with the inputs as given;
    every decision that was answered stands
  2 nothing is applied twice: a start sent again with its key gives the same run; a task has one decision;
    every effect carries one key per run, whatever the number of attempts
  3 nothing is stuck: in the end every run completes, and the partner saw every run's effect
  4 pawl fsck: every stored run is what its history gives, the chain of hashes holds

Prints one TAP line per check; exit code 1 when one fails. Only loopback; bounded in count and time.
"""
import argparse
import http.client
import http.server
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

WORKFLOW = """
id: crash-test
inputs: {type: object, required: [n], properties: {n: {type: integer}, pad: {type: string}}}
# A kill loses the attempts under way, and a lost attempt counts: three in a row would rightly fail the run.
defaults: {retry: {max_attempts: 50, base_delay: 20ms, max_delay: 200ms, retry_on: ["*"]}}
steps:
  - {id: note, action: log.write, config: {message: "run {{ inputs.n }}", level: debug}}
  - id: call
    action: http.request
    idempotent: true
    config: {url: "%s/effect", body: {n: "{{ inputs.n }}"}}
    timeout: 5s
  - {id: ask, action: approval.request, config: {assign: {role: approvers}, title: "Run {{ inputs.n }}"}}
  - {id: tail, action: log.write, config: {message: done, level: debug}}
"""


class Partner(http.server.BaseHTTPRequestHandler):
    """Takes effects; remembers which keys each n came with."""
    seen = {}
    lock = threading.Lock()
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.lock:
            self.seen.setdefault(body["n"], []).append(self.headers["Idempotency-Key"])
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args):
        pass


class PartnerServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a killed client resets its connections; that is the point


class Server:
    def __init__(self, pawl, data):
        self.pawl, self.data, self.process, self.port, self.starts = pawl, data, None, None, 0
        self.log = open(os.path.join(data, "server.log"), "ab")

    def start(self):
        self.starts += 1
        before = os.path.getsize(self.log.name)
        self.process = subprocess.Popen(
            [self.pawl, "serve", "--data", os.path.join(self.data, "store"), "--listen", "127.0.0.1:0",
             "--allow-address", "127.0.0.1"],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with open(self.log.name, encoding="utf-8", errors="replace") as log:
                log.seek(before)
                found = re.search(r"listening on http://127\.0\.0\.1:(\d+)\n", log.read())
            if found:
                self.port = int(found.group(1))
                return
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended by itself with {self.process.returncode}; see {self.log.name}")
            time.sleep(0.002)
        raise SystemExit("the server did not come up in 30 s")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


class Client:
    """One keep-alive connection that survives restarts; an unanswered request raises OSError."""
    def __init__(self, server, token):
        self.server, self.token, self.connection, self.port = server, token, None, None

    def call(self, method, path, body=None, key=None, text=None):
        if self.connection is None or self.port != self.server.port:
            self.port = self.server.port
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Authorization": "Bearer " + self.token}
        data = text.encode() if text else None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        elif text:
            headers["Content-Type"] = "application/yaml"
        if key:
            headers["Idempotency-Key"] = key
        try:
            self.connection.request(method, path, data, headers)
            response = self.connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            self.connection = None
            raise OSError(str(error)) from error
        return response.status, json.loads(raw) if raw else None


class Facts:
    """What was acknowledged, kept in a file of our own, line by line, before anything else is done."""
    def __init__(self, path):
        self.file, self.lock = open(path, "a", buffering=1), threading.Lock()
        self.starts, self.decisions, self.refused = {}, {}, []

    def started(self, n, key, run):
        with self.lock:
            self.file.write(json.dumps({"start": n, "key": key, "run": run}) + "\n")
            self.starts[n] = (key, run)

    def decided(self, task, run):
        with self.lock:
            self.file.write(json.dumps({"task": task, "run": run}) + "\n")
            self.decisions[task] = run


class Load:
    def __init__(self, server, tokens, facts, seed):
        self.server, self.tokens, self.facts, self.random = server, tokens, facts, random.Random(seed)
        self.stopped, self.paused, self.next, self.lock = False, threading.Event(), 0, threading.Lock()
        self.asked = {}

    def number(self):
        with self.lock:
            self.next += 1
            return self.next

    def starter(self):
        client = Client(self.server, self.tokens["requester"])
        while not self.stopped:
            n = self.number()
            key, pad = f"start-{n}", "x" * (n % 3000)
            self.asked[n] = {"n": n, "pad": pad}
            for _ in range(400):
                try:
                    status, body = client.call("POST", "/api/v1/runs",
                                               {"workflow": "crash-test", "inputs": {"n": n, "pad": pad}}, key)
                except OSError:
                    time.sleep(0.01)
                    continue
                if status in (200, 201):
                    self.facts.started(n, key, body["id"])
                    break
                if status in (409, 503):
                    time.sleep(0.01)
                    continue
                self.facts.refused.append(f"start {n}: {status} {body}")
                break
            time.sleep(0.002)

    def decider(self):
        client = Client(self.server, self.tokens["approver"])
        while not self.stopped:
            try:
                status, page = client.call("GET", "/api/v1/tasks?assignedTo=me&status=PENDING&limit=20")
                for task in page["items"] if status == 200 else []:
                    key = "decide-" + task["id"]
                    status, body = client.call("POST", f"/api/v1/tasks/{task['id']}/decisions",
                                               {"decision": "APPROVE"}, key)
                    if status == 200:
                        self.facts.decided(task["id"], task["run"])
                    elif status not in (409, 503):
                        self.facts.refused.append(f"decision {task['id']}: {status} {body}")
            except OSError:
                pass
            time.sleep(0.005)

    def run(self, starters=3, deciders=2):
        self.threads = [threading.Thread(target=self.starter, daemon=True) for _ in range(starters)]
        self.threads += [threading.Thread(target=self.decider, daemon=True) for _ in range(deciders)]
        for thread in self.threads:
            thread.start()


def setup(server, admin):
    """The workflow, two people, their tokens."""
    client = Client(server, admin)
    partner = PartnerServer(("127.0.0.1", 0), Partner)
    threading.Thread(target=partner.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{partner.server_address[1]}"
    status, body = client.call("POST", "/api/v1/definitions", text=WORKFLOW % url)
    assert status in (200, 201), (status, body)
    tokens = {}
    for name, roles in (("requester", []), ("approver", ["approvers"])):
        status, body = client.call("PUT", f"/api/v1/users/{name}", {"roles": roles})
        assert status in (200, 201), (status, body)
        status, body = client.call("POST", f"/api/v1/users/{name}/tokens", {"label": "crash test"})
        assert status == 201, (status, body)
        tokens[name] = body["token"]
    return tokens


def check_facts(client, facts, asked, numbers):
    """Problems among the given acknowledged starts, and all acknowledged decisions of those runs."""
    problems = []
    for n in numbers:
        key, run = facts.starts[n]
        status, body = client.call("GET", f"/api/v1/runs/{run}")
        if status != 200:
            problems.append(f"run {run} of start {n} was acknowledged and is not there ({status})")
        elif body.get("inputs") != asked[n]:
            problems.append(f"run {run}: inputs are not as given")
    return problems


def check_keys(client, facts, asked, numbers):
    problems = []
    for n in numbers:
        key, run = facts.starts[n]
        status, body = client.call("POST", "/api/v1/runs", {"workflow": "crash-test", "inputs": asked[n]}, key)
        if status not in (200, 201) or body["id"] != run:
            problems.append(f"start {n} sent again: {status} {body}, not {run}")
    return problems


def check_decisions(client, facts):
    problems = []
    for task, run in list(facts.decisions.items()):
        status, body = client.call("GET", f"/api/v1/tasks/{task}")
        if status != 200 or body["status"] != "APPROVED":
            problems.append(f"task {task}: its approval was acknowledged, it is {status} {body and body.get('status')}")
        elif len([d for d in body.get("decisions", []) if d["verdict"] == "APPROVED"]) != 1:
            problems.append(f"task {task}: {body.get('decisions')}")
    return problems


def drain(client, facts, load, seconds):
    """Waits until no run is open; returns those still open."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        status, page = client.call("GET", "/api/v1/runs?status=running&limit=5")
        if status == 200 and not page["items"]:
            return []
        time.sleep(0.1)
    return [row["id"] for row in page["items"]]


def report(number, name, problems):
    print(("not ok" if problems else "ok") + f" {number} - {name}")
    for problem in problems[:10]:
        print("# " + problem)
    return bool(problems)


def admin_token(server, data):
    """The first start prints the administrator's token once."""
    for line in open(os.path.join(data, "server.log"), encoding="utf-8", errors="replace"):
        for word in line.replace('"', " ").replace("=", " ").split():
            if word.startswith("pawl_") and len(word) > 30:
                return word
    raise SystemExit("the server's first start printed no token")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pawl")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    data = tempfile.mkdtemp(prefix="pawl-crash-")
    print(f"# seed {options.seed}, data {data}")
    server = Server(os.path.abspath(options.pawl), data)
    server.start()
    admin = admin_token(server, data)
    tokens = setup(server, admin)
    facts = Facts(os.path.join(data, "acknowledged.jsonl"))
    load = Load(server, tokens, facts, options.seed)
    load.run()
    client, problems = Client(server, admin), []
    for kill in range(options.kills):
        time.sleep(rng.uniform(0.01, 0.25))
        server.kill()
        server.start()
        known = sorted(facts.starts)
        sample = rng.sample(known, min(5, len(known))) + known[-5:]
        problems += check_facts(client, facts, load.asked, sample)
        if (kill + 1) % 20 == 0:
            print(f"# {kill + 1} kills, {len(facts.starts)} starts and {len(facts.decisions)} decisions "
                  f"acknowledged, {len(problems)} problems", flush=True)
    time.sleep(1)
    stuck = drain(client, facts, load, 5)
    load.stopped = True
    load.stopped_starting = True
    for thread in load.threads:
        thread.join(timeout=20)
    decider = threading.Thread(target=load.decider, daemon=True)
    load.stopped = False
    decider.start()
    stuck = drain(client, facts, load, 120)
    load.stopped = True
    decider.join(timeout=20)
    everything = sorted(facts.starts)
    print("1..7")
    bad = report(1, f"{len(everything)} acknowledged starts are there with their inputs",
                 problems + check_facts(client, facts, load.asked, everything))
    bad |= report(2, "every start sent again with its key gives the same run",
                  check_keys(Client(server, tokens["requester"]), facts, load.asked, everything))
    bad |= report(3, f"{len(facts.decisions)} acknowledged approvals stand, once each", check_decisions(client, facts))
    status, page = client.call("GET", "/api/v1/runs?status=failed&limit=5")
    stuck = [f"{run} is still open" for run in stuck] + [f"{row['id']} failed" for row in page["items"]]
    bad |= report(4, "every run completed", stuck)
    doubled = [f"n={n}: {sorted(set(keys))}" for n, keys in Partner.seen.items() if len(set(keys)) != 1]
    missing = [f"n={n}: no effect" for n in everything if n not in Partner.seen]
    bad |= report(5, f"{sum(map(len, Partner.seen.values()))} effects, one key a run", doubled + missing)
    bad |= report(6, "nothing was refused that should not have been", facts.refused)
    code = server.stop()
    fsck = subprocess.run([server.pawl, "fsck", "--data", os.path.join(data, "store"), "-o", "json"],
                          capture_output=True, text=True)
    print("# fsck: " + " ".join(fsck.stdout.split()))
    bad |= report(7, f"pawl fsck after {options.kills} kills",
                  [] if fsck.returncode == 0 and code == 0 else [fsck.stdout, fsck.stderr, f"server exit code {code}"])
    if not options.keep and not bad:
        shutil.rmtree(data)
    return 1 if bad else 0


sys.exit(main())
