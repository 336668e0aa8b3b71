#!/usr/bin/env python3
"""Two tenants on one server: what one does to the other.

usage: bench/fair.py PAWL [--runs N] [--steps N] [--due N] [--rate N] [--clients N] [--seconds N] [--part NAME]

Each part starts a server of its own (on loopback, data below the system's temporary folder) and measures what
tenant B sees, one request after the other, while tenant A does its worst:

  nothing    B alone: a start of a run, and the decision of its task
  wide       A has started N runs of a workflow of N steps beside each other
  graph      the same with rows of 100 steps, each behind two of the row before
  due        A has N runs whose start_at is the same moment, which has just come
  back       A has 8 runs of a workflow of N steps, each sent back to the first step, one after the other
  cancel     A has 8 runs of N tasks beside each other, which it cancels, and starts again
  flood      A starts runs from N clients, each as fast as it gets answers

A does the same as B meanwhile, except in the flood. Prints a Markdown table: answers per second, their p50, p99
and longest in milliseconds, how many were 503; for the flood how many of its starts were answered 201 and 503.
"""
import argparse
import datetime
import http.client
import json
import os
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

SMALL = """id: small
steps:
  - {id: ok, action: task.manual, config: {assign: {user: "{{ run.started_by }}"}}}
"""
LATER = """id: later
steps:
  - {id: a, action: flow.set, config: {n: 1}}
"""


def wide(steps, action="flow.set", config="n: 1"):
    """All beside each other."""
    lines = [f"  - {{id: s{i}, action: {action}, depends_on: [], config: {{{config}}}}}" for i in range(steps)]
    return "id: wide\nsteps:\n" + "\n".join(lines) + "\n"


def graph(steps, width=100):
    """Chains beside each other, each step with two of the row before."""
    lines = []
    for i in range(steps):
        row, place = divmod(i, width)
        before = [f"s{(row - 1) * width + place}", f"s{(row - 1) * width + (place + 1) % width}"] if row else []
        lines.append(f"  - {{id: s{i}, action: flow.set, depends_on: [{', '.join(before)}], config: {{n: {i}}}}}")
    return "id: graph\nsteps:\n" + "\n".join(lines) + "\n"


def behind(steps):
    """All behind the first, and an approval behind the last that may send the matter back."""
    lines = [f"  - {{id: s{i}, action: flow.set, depends_on: [first], config: {{n: {i}}}}}" for i in range(steps - 2)]
    return ("id: behind\nsteps:\n  - {id: first, action: flow.set, config: {n: 1}}\n" + "\n".join(lines) +
            f"\n  - {{id: ok, action: approval.request, depends_on: [s{steps - 3}],"
            " config: {assign: {user: \"{{ run.started_by }}\"}, send_back_to: [first]}}\n")


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

    def later(self, count, at):
        """A's runs that start at one moment: 64 connections, each with one request under way."""
        body = json.dumps({"workflow": "later", "start_at": at}).encode()
        head = (f"POST /api/v1/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.a.token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode()
        chosen, sent = selectors.DefaultSelector(), 0
        for _ in range(64):
            connection = socket.create_connection(("127.0.0.1", self.port))
            connection.sendall(head + body)
            chosen.register(connection, selectors.EVENT_READ)
            sent += 1
        left = count
        while left > 0:
            for key, _ in chosen.select():
                answer = key.fileobj.recv(65536)
                assert answer.startswith(b"HTTP/1.1 201"), answer
                left -= 1
                if sent < count:
                    key.fileobj.sendall(head + body)
                    sent += 1

    def measure(self, client, seconds):
        """One who starts a run and completes its task, again and again: the cells of a row."""
        times, refused, end = [], 0, time.monotonic() + seconds

        def ask(*args):
            nonlocal refused
            began = time.monotonic()
            status, answer = client.call(*args)
            times.append(time.monotonic() - began)
            refused += status == 503
            return status, answer
        while time.monotonic() < end:
            status, run = ask("POST", "/api/v1/runs", {"workflow": "small"})
            if status != 201:
                time.sleep(0.05)
                continue
            tasks = client.call("GET", f"/api/v1/tasks?run={run['id']}")[1].get("items", [])
            if tasks:
                ask("POST", f"/api/v1/tasks/{tasks[0]['id']}/decisions", {"decision": "COMPLETE"})
        times.sort()

        def part(p):
            return times[min(len(times) - 1, int(len(times) * p))] * 1000
        return f"{len(times) / seconds:.0f} | {part(.5):.1f} | {part(.99):.1f} | {times[-1] * 1000:.0f} | {refused}"

    def measure_both(self, seconds):
        """A as B: what A's own new runs see of it."""
        cells = {}
        client = Client(self.port, self.a.token)
        thread = threading.Thread(target=lambda: cells.update(a=self.measure(client, seconds)))
        thread.start()
        cells["b"] = self.measure(self.b, seconds)
        thread.join()
        return cells


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pawl")
    parser.add_argument("--runs", type=int, default=37)
    parser.add_argument("--steps", type=int, default=9900)
    parser.add_argument("--due", type=int, default=100000)
    parser.add_argument("--rate", type=float, default=4000, help="of those starts a second, at least")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--part", default="")
    options = parser.parse_args()

    def row(name, prepare, both=True):
        if options.part and not name.startswith(options.part):
            return
        bench = Bench(os.path.abspath(options.pawl))
        try:
            prepare(bench)
            if not both:
                print(f"| {name} | B | {bench.measure(bench.b, options.seconds)} | {bench.starts or ''} |", flush=True)
                return
            cells = bench.measure_both(options.seconds)
            print(f"| {name} | B | {cells['b']} | |\n| | A | {cells['a']} | |", flush=True)
        finally:
            bench.close()

    def do_long(bench, name, text):
        def start():
            try:
                Client(bench.port, bench.a.token).call("POST", "/api/v1/runs", {"workflow": name})
            except (OSError, http.client.HTTPException):
                pass
        bench.apply(bench.a, text)
        for _ in range(options.runs):
            threading.Thread(target=start, daemon=True).start()
        time.sleep(0.2)

    def do_back(bench):
        bench.apply(bench.a, behind(options.steps))

        def send_back():
            client = Client(bench.port, bench.a.token)
            try:
                run = client.call("POST", "/api/v1/runs", {"workflow": "behind"})[1]["id"]
                while True:
                    tasks = client.call("GET", f"/api/v1/tasks?run={run}")[1]["items"]
                    if tasks:
                        client.call("POST", f"/api/v1/tasks/{tasks[0]['id']}/decisions",
                                    {"decision": "SEND_BACK", "to": "first", "comment": "once more"})
                    time.sleep(0.1)
            except (OSError, http.client.HTTPException):
                pass
        for _ in range(8):
            threading.Thread(target=send_back, daemon=True).start()
        time.sleep(2)

    def do_cancel(bench):
        bench.apply(bench.a, wide(options.steps, "task.manual", "assign: {user: \"{{ run.started_by }}\"}"))

        def cancel():
            client = Client(bench.port, bench.a.token)
            try:
                while True:
                    status, run = client.call("POST", "/api/v1/runs", {"workflow": "wide"})
                    time.sleep(1)
                    if status == 201:
                        client.call("POST", f"/api/v1/runs/{run['id']}/cancel", {"reason": "enough"})
            except (OSError, http.client.HTTPException):
                pass
        for _ in range(8):
            threading.Thread(target=cancel, daemon=True).start()
        time.sleep(1)

    def do_due(bench):
        bench.apply(bench.a, LATER)
        at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=max(5, options.due / options.rate))
        bench.later(options.due, at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        wait = (at - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
        if wait < 0:
            sys.exit(f"the {options.due} runs took {-wait:.1f} s too long to start: try a lower --rate")
        time.sleep(wait)

    print("| A does | seen by | answers/s | p50 ms | p99 ms | longest ms | 503 | A's starts |\n|---|---|---|---|---|---|---|---|")
    row("nothing", lambda bench: None)
    row(f"wide: {options.runs} runs of {options.steps} steps",
        lambda bench: do_long(bench, "wide", wide(options.steps)))
    row(f"graph: {options.runs} runs of {options.steps} steps",
        lambda bench: do_long(bench, "graph", graph(options.steps)))
    row(f"due: {options.due} runs at once", do_due)
    row(f"back: 8 runs of {options.steps} steps", do_back)
    row(f"cancel: 8 runs of {options.steps} tasks", do_cancel)
    row(f"flood: {options.clients} clients", lambda bench: bench.flood(options.clients, options.seconds + 2), both=False)


if __name__ == "__main__":
    main()
