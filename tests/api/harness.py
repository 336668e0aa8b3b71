"""Starts a real server on a free port and talks to it; counts cases and prints TAP.

A test file makes a Suite, marks its functions with @suite.case("a sentence"), and ends with suite.run().
Each function gets the World: a server of its own folder with people in it, shared by the file's cases.
"""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse

WAIT_S = 30.0


class Skip(Exception):
    """Raised by a case that cannot run here; says what is missing."""


class Response:
    def __init__(self, status, headers, raw):
        self.status, self.headers, self.raw = status, headers, raw

    @property
    def json(self):
        return json.loads(self.raw)

    @property
    def code(self):
        return self.json.get("code") if self.raw[:1] == b"{" else None

    def __repr__(self):
        return f"{self.status} {self.raw[:600]!r}"


class Client:
    """One keep-alive connection with a token."""

    def __init__(self, port, token=None):
        self.port, self.token, self.connection = port, token, None

    def call(self, method, path, body=None, headers=None, raw=None, kind="application/json"):
        headers = dict(headers or {})
        if self.token and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.token}"
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None and kind and "Content-Type" not in headers:
            headers["Content-Type"] = kind
        for attempt in (1, 2):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
                self.connection.request(method, path, body=data, headers=headers)
                answer = self.connection.getresponse()
                return Response(answer.status, answer.headers, answer.read())
            except (http.client.HTTPException, ConnectionError, BrokenPipeError):
                self.connection = None
                if attempt == 2:
                    raise

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.call("POST", path, body, **more)

    def put(self, path, body=None, **more):
        return self.call("PUT", path, body, **more)

    def delete(self, path, **more):
        return self.call("DELETE", path, **more)

    def apply(self, text):
        return self.post("/api/v1/definitions", raw=text.encode(), kind="application/yaml")


class Stream:
    """Server-sent events, read one by one."""

    def __init__(self, port, path, token, last=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}"]
        if last is not None:
            lines.append(f"Last-Event-ID: {last}")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        while (line := self.file.readline().strip()):
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()
        self.rest = b""

    def _block(self):
        """The next block up to an empty line; None at the end."""
        while b"\n\n" not in self.rest:
            size = self.file.readline()
            count = int(size, 16) if size.strip() else 0
            if count == 0:
                return None
            self.rest += self.file.read(count)
            self.file.readline()
        block, self.rest = self.rest.split(b"\n\n", 1)
        return block.decode()

    def block(self):
        return self._block()

    def event(self):
        """(id, kind, data) of the next event; comments are passed over; None at the end."""
        while True:
            block = self._block()
            if block is None:
                return None
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line[1:])
            if "data" in fields:
                return fields["id"], fields["event"], json.loads(fields["data"])

    def until(self, kind):
        """All events up to the first of that kind."""
        events = []
        while True:
            event = self.event()
            assert event is not None, f"the stream ended before {kind}: {[e[1] for e in events]}"
            events.append(event)
            if event[1] == kind:
                return events

    def close(self):
        self.socket.close()


class Server:
    def __init__(self, exe, folder, *options, command="serve", env=None, listen="127.0.0.1:0"):
        self.folder = folder
        self.log_path = os.path.join(folder, "log.txt")
        self.log = open(self.log_path, "ab")
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": folder}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        environment.update(env or {})
        args = [exe, command, "--data", os.path.join(folder, "data")]
        args += ["--listen", listen] if listen else []
        self.process = subprocess.Popen(args + list(options), stdout=subprocess.PIPE, stderr=self.log,
                                        cwd=folder, env=environment)
        self.said, self.port, self.token = [], None, None

    def wait_listening(self, pattern=r"listening on http://[^:]*:(\d+)"):
        while self.port is None:
            line = self.process.stdout.readline().decode()
            if not line:
                raise AssertionError(f"the server ended with {self.process.wait()}: {self.log_text()}")
            self.said.append(line)
            if (found := re.search(r"shown this once: (pawl_\S+)", line)):
                self.token = found.group(1)
            if (found := re.search(pattern, line)):
                self.port = int(found.group(1))
        return self

    def log_text(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(timeout=WAIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("the server did not stop") from None
        self.process.stdout.close()
        self.log.close()
        return code


PEOPLE = {
    "ann": {"roles": ["requester"]},
    "bob": {"roles": ["manager"]},
    "carol": {"roles": ["finance"]},
    "dave": {"roles": []},
    "olga": {"roles": ["operator"]},
    "art": {"roles": ["auditor"]},
}


class World:
    """A server with people; `world.ann` is ann's client, `world.admin` the administrator's."""

    def __init__(self, exe, options=(), env=None):
        self.exe, self.options, self.env = exe, options, env
        self.folder = tempfile.mkdtemp(prefix="pawl-api-")
        self.clients, self.token = {}, None
        self.server = Server(exe, self.folder, *options, env=env).wait_listening()
        self.token = self.server.token
        self.tokens = {"admin": self.token}
        for name, person in PEOPLE.items():
            made = self.admin.put(f"/api/v1/users/{name}", person)
            assert made.status == 201, made
            self.tokens[name] = self.admin.post(f"/api/v1/users/{name}/tokens", {}).json["token"]

    def __getattr__(self, name):
        if name.startswith("_") or name not in self.__dict__.get("tokens", {}):
            raise AttributeError(name)
        if name not in self.clients:
            self.clients[name] = Client(self.server.port, self.tokens[name])
        return self.clients[name]

    @property
    def nobody(self):
        return Client(self.server.port)

    def stream(self, who, path, last=None):
        return Stream(self.server.port, path, self.tokens[who], last)

    def restart(self, number=signal.SIGTERM):
        self.server.stop(number)
        self.clients = {}
        self.server = Server(self.exe, self.folder, *self.options, env=self.env).wait_listening()

    def apply(self, text):
        made = self.admin.apply(text)
        assert made.status in (200, 201), made
        return made.json

    def start(self, workflow, who="ann", **more):
        made = getattr(self, who).post("/api/v1/runs", dict({"workflow": workflow}, **more))
        assert made.status == 201, made
        return made.json["id"]

    def run(self, run, who="admin"):
        return getattr(self, who).get(f"/api/v1/runs/{run}").json

    def until(self, what, *args):
        """Asks until the function gives something; the server is quick, the machine may not be."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            got = what(*args)
            if got:
                return got
            time.sleep(0.005)
        raise AssertionError(f"{what} did not come true")

    def run_until(self, run, status):
        return self.until(lambda: (got := self.run(run))["status"] == status and got)

    def task(self, run, who="admin", **query):
        """The run's open task (or one of that status)."""
        if who in ("admin", "olga", "art"):
            query.setdefault("assignedTo", "all")
        query = urllib.parse.urlencode(dict(query, run=run))
        return self.until(lambda: getattr(self, who).get(f"/api/v1/tasks?{query}").json["items"])[0]

    def close(self):
        code = self.server.stop()
        text = self.server.log_text()
        shutil.rmtree(self.folder, ignore_errors=True)
        assert code == 0, f"the server ended with {code}: {text[-3000:]}"
        assert "Sanitizer" not in text and "runtime error" not in text, text[-5000:]


class Suite:
    world = World

    def __init__(self, options=(), env=None):
        self.exe = os.path.abspath(sys.argv[1])
        self.options, self.env, self.cases = options, env, []

    def case(self, sentence):
        def keep(function):
            self.cases.append((sentence, function))
            return function
        return keep

    def run(self, with_world=True):
        print(f"1..{len(self.cases) + (1 if with_world else 0)}", flush=True)
        world = self.world(self.exe, self.options, self.env) if with_world else None
        failed = 0
        for number, (sentence, function) in enumerate(self.cases, 1):
            try:
                function(world if with_world else self.exe)
                print(f"ok {number} {sentence}", flush=True)
            except Skip as reason:
                print(f"ok {number} {sentence} # SKIP {reason}", flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"not ok {number} {sentence}")
                for line in traceback.format_exc().splitlines():
                    print(f"# {line[:2000]}")
                sys.stdout.flush()
        if with_world:
            number = len(self.cases) + 1
            try:
                world.close()
                print(f"ok {number} the server stops cleanly, with nothing leaked")
            except AssertionError as error:
                failed += 1
                print(f"not ok {number} the server stops cleanly, with nothing leaked")
                for line in str(error).splitlines():
                    print(f"# {line}")
        sys.exit(1 if failed else 0)


def equal(got, expected):
    assert got == expected, f"got {got!r}, expected {expected!r}"


def refused(answer, status, code, *parts):
    """A problem document with that status and code, whose text holds the parts."""
    assert answer.status == status, f"expected {status} {code}: {answer}"
    equal(answer.headers["Content-Type"], "application/problem+json")
    problem = answer.json
    equal(problem["code"], code)
    equal(problem["status"], status)
    assert problem["title"] and problem["type"].startswith("/docs#"), problem
    for part in parts:
        assert part in json.dumps(problem, ensure_ascii=False), f"{part!r} is not in {problem}"
    return problem


APPROVAL = """
id: approval
name: Approval
inputs:
  type: object
  required: [amount]
  additionalProperties: false
  properties:
    amount: {type: number, minimum: 0}
    note: {type: string}
steps:
  - id: decide
    action: approval.request
    config:
      title: "Approve {{ inputs.amount }}"
      assign: [{role: manager}]
      exclude: ["{{ run.started_by }}"]
      allow: [approve, reject, delegate]
outputs: {amount: "{{ inputs.amount }}"}
"""

WAITING = """
id: waiting
steps:
  - id: wait
    action: flow.wait
    config: {signal: go}
  - id: done
    action: flow.set
    config: {got: "{{ steps.wait.output }}"}
"""

FAILING = """
id: failing
steps:
  - id: ok
    action: flow.set
    config: {a: 1}
  - id: bad
    action: flow.fail
    config: {code: no_luck, message: it was not to be}
"""
