#!/usr/bin/env python3
"""How long an event is on its way to its listener, while N others listen to something else.

usage: bench/deliver.py PAWL [LISTENERS [EVENTS [ROUNDS]]]

One listener follows a run; a signal is sent to it, and the time from the request to the event's last byte at the
listener is taken. Rounds without and with the idle ones alternate. Prints medians and 99th percentiles in
milliseconds, the time until a closed listener's descriptor is free again, and the processor's time per event.
"""
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from streams import WAITING, call, listen, serving

FOREVER = "id: forever\nsteps:\n  - {id: a, action: flow.wait, config: {signal: go}}\n"


def processor_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def read_until(stream, what):
    seen = b""
    while what not in seen:
        more = stream.recv(65536)
        if not more:
            raise SystemExit(f"the stream ended: {seen.decode()}")
        seen += more


def measure(port, token, events):
    """A run takes 100 signals: events are spread over several runs, one listener each."""
    times = []
    while len(times) < events:
        run = call(port, token, "/api/v1/runs", '{"workflow": "forever"}')["id"]
        times += measure_run(port, token, run, min(90, events - len(times)))
    return times


def measure_run(port, token, run, events):
    own = listen(port, token, run)
    read_until(own, b"run.created")
    times = []
    for number in range(events):
        name = f"n{number}x"
        start = time.perf_counter()
        call(port, token, f"/api/v1/runs/{run}/signal", json.dumps({"name": name}))
        read_until(own, name.encode())
        times.append((time.perf_counter() - start) * 1e3)
    own.close()
    return times


def main():
    pawl = sys.argv[1]
    listeners, events, rounds = (int(a) for a in (sys.argv[2:] + ["2000", "200", "3"][len(sys.argv) - 2:]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    folder = tempfile.mkdtemp(prefix="pawl-deliver-")
    server = subprocess.Popen([pawl, "serve", "--data", os.path.join(folder, "data"), "--listen", "127.0.0.1:0",
                               "--log-level", "warn"], stdout=subprocess.PIPE)
    port, token = serving(server)
    for text in (FOREVER, WAITING):
        call(port, token, "/api/v1/definitions", text, "application/yaml")
    quiet = call(port, token, "/api/v1/runs", '{"workflow": "waiting"}')["id"]
    times, closing, used = {0: [], listeners: []}, 0.0, {0: 0.0, listeners: 0.0}
    for _ in range(rounds):
        for count, results in times.items():
            before = descriptors(server.pid)
            idle = [listen(port, token, quiet) for _ in range(count)]
            for stream in idle:
                stream.recv(65536)
            busy = processor_s(server.pid)
            results += measure(port, token, events)
            used[count] += processor_s(server.pid) - busy
            for stream in idle:
                stream.close()
            start = time.perf_counter()
            while count and descriptors(server.pid) > before + 50 and time.perf_counter() - start < 60:
                time.sleep(0.001)
            closing = max(closing, time.perf_counter() - start) if count else closing
    server.terminate()
    server.wait()
    shutil.rmtree(folder)
    print(json.dumps({
        "listeners": listeners,
        **{f"{name}_ms_with_{n}": round(value, 2) for n, results in times.items() for name, value in (
            ("median", statistics.median(results)), ("p99", statistics.quantiles(results, n=100)[98]))},
        "all_closed_s": round(closing, 2),
        **{f"processor_us_an_event_with_{n}": round(1e6 * u / events / rounds) for n, u in used.items()}}))


main()
