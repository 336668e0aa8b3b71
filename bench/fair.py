#!/usr/bin/env python3
"""Two tenants on one server: what one does to the other.

usage: bench/fair.py PAWL [--runs N] [--steps N] [--due N] [--clients N] [--seconds N]

Each part starts a server of its own (on loopback, data below the system's temporary folder) and measures what
tenant B sees, one request after the other, while tenant A does its worst:

  nothing    B alone: a start of a run, and the decision of its task
  wide       A has started N runs of a workflow of N steps beside each other
  due        A has N runs whose start_at is the same moment, which has just come
  flood      A starts runs from N clients, each as fast as it gets answers

Prints a Markdown table: B's answers per second, their p50, p99 and longest in milliseconds, how many were 503;
for A how many of its starts were answered 201 and 503.
"""
import argparse
import datetime
import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time

SMALL = """id: small
steps:
  - {id: ok, action: task.manual, config: {assign: {user: root}}}
"""
LATER = """id: later
steps:
  - {id: a, action: flow.set, config: {n: 1}}
"""


def wide(steps):
    lines = [f"  - {{id: s{i}, action: flow.set, depends_on: [], config: {{n: {i}}}}}" for i in range(steps)]
    return "id: wide\nsteps:\n" + "\n".join(lines) + "\n"


class Client:
    def __init__(self, port, token):
        self.port, self.token = port, token
        self.connection = None

    def call(self, method, path, body=None, kind="application/json"):
        head = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        self.connection.request(method, path, body=data, headers=head)
        answer = self.connection.getresponse()
        raw = answer.read()
        return answer.status, json.loads(raw) if raw[:1] in b"{[" else raw


class Bench:
    def __init__(self, exe):
        self.folder = tempfile.mkdtemp(prefix="pawl-fair-")
        self.process = subprocess.Popen(
            [exe, "serve", "--data", os.path.join(self.folder, "data"), "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        port = token = None
        while port is None:
            line = self.process.stdout.readline().decode()
            found = re.search(r"shown this once: (pawl_\S+)", line)
            token = found.group(1) if found else token
            found = re.search(r"listening on http://[^:]*:(\d+)", line)
            port = int(found.group(1)) if found else None
        self.port = port
        self.a = Client(port, token)
        self.b = Client(port, self.a.call("POST", "/api/v1/tenants", {"name": "b", "admin": "root"})[1]["token"])
        for client in (self.a, self.b):
            self.apply(client, SMALL)
        self.starts = {}

    def apply(self, client, text):
        status, answer = client.call("POST", "/api/v1/definitions", text.encode(), "application/yaml")
        assert status == 201, answer

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)

    def flood(self, count, seconds):
        """A's clients, in threads; ends by itself."""
        end = time.monotonic() + seconds

        def start():
            client = Client(self.port, self.a.token)
            while time.monotonic() < end:
                try:
                    status, _ = client.call("POST", "/api/v1/runs", {"workflow": "small"})
                except (OSError, http.client.HTTPException):
                    return  # the server is gone: this part is over
                self.starts[status] = self.starts.get(status, 0) + 1
        for _ in range(count):
            threading.Thread(target=start, daemon=True).start()

    def measure(self, seconds):
        """B starts a run and completes its task, again and again."""
        times, refused, end = [], 0, time.monotonic() + seconds

        def ask(*args):
            nonlocal refused
            began = time.monotonic()
            status, answer = self.b.call(*args)
            times.append(time.monotonic() - began)
            refused += status == 503
            return status, answer
        while time.monotonic() < end:
            status, run = ask("POST", "/api/v1/runs", {"workflow": "small"})
            if status != 201:
                time.sleep(0.05)
                continue
            tasks = self.b.call("GET", f"/api/v1/tasks?run={run['id']}")[1].get("items", [])
            if tasks:
                ask("POST", f"/api/v1/tasks/{tasks[0]['id']}/complete", {})
        times.sort()

        def part(p):
            return times[min(len(times) - 1, int(len(times) * p))] * 1000
        return f"{len(times) / seconds:.0f} | {part(.5):.1f} | {part(.99):.1f} | {times[-1] * 1000:.0f} | {refused}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pawl")
    parser.add_argument("--runs", type=int, default=37)
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--due", type=int, default=20000)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--part", default="")
    options = parser.parse_args()

    def row(name, prepare):
        if options.part and not name.startswith(options.part):
            return
        bench = Bench(os.path.abspath(options.pawl))
        try:
            prepare(bench)
            print(f"| {name} | {bench.measure(options.seconds)} | {bench.starts or ''} |", flush=True)
        finally:
            bench.close()

    def do_wide(bench):
        def start():
            try:
                Client(bench.port, bench.a.token).call("POST", "/api/v1/runs", {"workflow": "wide"})
            except (OSError, http.client.HTTPException):
                pass
        bench.apply(bench.a, wide(options.steps))
        for _ in range(options.runs):
            threading.Thread(target=start, daemon=True).start()
        time.sleep(0.2)

    def do_due(bench):
        bench.apply(bench.a, LATER)
        seconds = max(5, options.due / 1500)
        at = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds))
        text = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        left = [options.due]

        def start():
            client = Client(bench.port, bench.a.token)
            while left[0] > 0:
                left[0] -= 1
                client.call("POST", "/api/v1/runs", {"workflow": "later", "start_at": text})
        threads = [threading.Thread(target=start) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(max(0, (at - datetime.datetime.now(datetime.timezone.utc)).total_seconds()))

    print("| A does | B's answers/s | p50 ms | p99 ms | longest ms | 503 | A's starts |\n|---|---|---|---|---|---|---|")
    row("nothing", lambda bench: None)
    row(f"wide: {options.runs} runs of {options.steps} steps", do_wide)
    row(f"due: {options.due} runs at once", do_due)
    row(f"flood: {options.clients} clients", lambda bench: bench.flood(options.clients, options.seconds + 2))


if __name__ == "__main__":
    main()
