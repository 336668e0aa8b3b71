#!/usr/bin/env python3
"""What idle listeners cost those who work: runs a second with none and with N server-sent event streams.

usage: bench/streams.py PAWL HTTP_LOAD [LISTENERS [RUNS [ROUNDS]]]

Each listener follows a run that waits. Rounds alternate, so that a machine that slows down slows both down.
"""
import json
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import urllib.request

THREE = """
id: three
steps:
  - {id: a, action: log.write, config: {message: a, level: debug}}
  - {id: b, action: log.write, config: {message: b, level: debug}}
  - {id: c, action: log.write, config: {message: c, level: debug}}
"""
WAITING = "id: waiting\nsteps:\n  - {id: a, action: flow.wait, config: {signal: go}}\n"


def call(port, token, path, body, kind="application/json"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body.encode(), headers={
        "Authorization": f"Bearer {token}", "Content-Type": kind})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def serving(server):
    """(port, token) from what a first start says."""
    said = ""
    while not (port := re.search(r"listening on \S*:(\d+)", said)):
        line = server.stdout.readline().decode()
        if not line:
            raise SystemExit(f"the server ended: {said}")
        said += line
    return int(port.group(1)), re.search(r"pawl_\S+", said).group()


def listen(port, token, run):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(f"GET /api/v1/runs/{run}/events/stream HTTP/1.1\r\nHost: localhost\r\n"
                       f"Authorization: Bearer {token}\r\n\r\n".encode())
    return connection


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024


def main():
    pawl, load = sys.argv[1:3]
    listeners, runs, rounds = (int(a) for a in (sys.argv[3:] + ["2000", "10000", "3"][len(sys.argv) - 3:]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    folder = tempfile.mkdtemp(prefix="pawl-streams-")
    server = subprocess.Popen([pawl, "serve", "--data", os.path.join(folder, "data"), "--listen", "127.0.0.1:0",
                               "--log-level", "warn"], stdout=subprocess.PIPE)
    port, token = serving(server)
    idle = resident(server.pid)
    for text in (THREE, WAITING):
        call(port, token, "/api/v1/definitions", text, "application/yaml")
    waiting = call(port, token, "/api/v1/runs", '{"workflow": "waiting"}')["id"]
    figures = {0: [], listeners: []}
    memory = 0.0
    for _ in range(rounds):
        for count, results in figures.items():
            streams = [listen(port, token, waiting) for _ in range(count)]
            for stream in streams:
                stream.recv(65536)
            memory = max(memory, resident(server.pid) if count else 0)
            done = subprocess.run([load, str(port), token, "three", str(runs), "64"], capture_output=True, check=True)
            results.append(json.loads(done.stdout)["runs_per_s"])
            for stream in streams:
                stream.close()
    server.terminate()
    server.wait()
    shutil.rmtree(folder)
    without, with_them = (statistics.median(figures[n]) for n in (0, listeners))
    print(json.dumps({"listeners": listeners, "runs_per_s_without": without, "runs_per_s_with": with_them,
                      "cost_percent": round(100 * (1 - with_them / without), 1), "idle_mb": round(idle, 1),
                      "mb_with_listeners": round(memory, 1)}))


if __name__ == "__main__":
    main()
