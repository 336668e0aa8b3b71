"""Sensitive values stand nowhere: through a whole life of a run every GET route of the API (from /openapi.json, so a
new one is read without a change here), both streams, the command line, the log and every file are searched for them,
while a partner that echoes everything, and the steps behind it, still get them as they are."""
import base64
import html
import http.server
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import urllib.parse

from harness import Client, Stream, Suite, World, equal, refused

PIN, OLD_PIN, WRONG_PIN = "Rosa-Gelb 17&8", "Blau-Weiss 19", "Grau 3"
CARD = {"no": "5555-4444-3333", "owner": "Ännchen von Tharau"}
AMOUNT, CODE, DRAFT = 98765432, "f-code-77x", "Lila-Schwarz 21"

suite = Suite()


def coded(text):
    """In base64, at each of its three places."""
    return [base64.b64encode((before + text + "!").encode()).decode() for before in ("", "x", "xy")]


def written(text):
    return [text, text.upper(), text.lower(), json.dumps(text)[1:-1], html.escape(text), text.encode().hex(),
            urllib.parse.quote(text, safe=""), urllib.parse.quote_plus(text)]


def traces(text):
    """What is searched for; of base64 what does not change with its neighbours."""
    return {*written(text), *(form[4:-4] for form in coded(text))}


FORBIDDEN = set().union(*map(traces, (PIN, OLD_PIN, CARD["no"], CARD["owner"], CODE, DRAFT)))
FORBIDDEN |= {str(AMOUNT), str(AMOUNT * 2), "sealed\":", "sealed\\\":"}
STORED = {form for form in FORBIDDEN if "sealed" not in form}


def look(name, data, forms=None):
    data = data if isinstance(data, bytes) else data.encode()
    for form in forms or FORBIDDEN:
        at = data.find(form.encode())
        assert at < 0, f"{name} shows {form!r}: {data[max(0, at - 160):at + 80]!r}"


class Partner(http.server.BaseHTTPRequestHandler):
    """Sends everything back; what it got is kept."""
    protocol_version = "HTTP/1.1"
    got, healthy = [], False

    def log_message(self, *args):
        pass

    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        shown = {"target": self.path, "auth": self.headers.get("Authorization"), "body": body, "plain": "kept",
                 "list": [PIN, "kept", AMOUNT], "keyed": {CARD["no"]: 1}, "forms": written(PIN) + coded(PIN)}
        Partner.got.append(shown)
        status = 422 if self.path.startswith("/error") else 200 if Partner.healthy or "flaky" not in self.path else 500
        data = json.dumps(shown).encode()
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(data))), ("X-Pin", PIN)):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


WORKFLOW = """
id: private
inputs:
  type: object
  required: [pin]
  properties:
    pin: {type: string, sensitive: true, minLength: 8}
    card: {type: object, sensitive: true, properties: {no: {type: string}, owner: {type: string}}}
    amount: {type: integer, sensitive: true}
    urgent: {type: boolean, sensitive: true, default: true}
    who: {type: string}
outputs:
  pin: "{{ inputs.pin }}"
  twice: "{{ inputs.amount * 2 }}"
  echo: "{{ steps.call.output.body }}"
  error: "{{ steps.refused.error.message }}"
  code: "{{ steps.ask.output.form.code }}"
  chain: "{{ steps.chain.output }}"
  printed: "{{ steps.printed.output }}"
  again: "{{ steps.again.output.body.body }}"
steps:
  - id: made
    action: flow.set
    config: {auth: "{{ ('ann:' ~ inputs.pin) | upper }}", card: "{{ inputs.card }}", sum: "{{ inputs.amount * 2 }}"}
  - id: chain
    action: flow.set
    config: {all: "{{ [steps.made.output, inputs.who] }}", text: "for {{ steps.made.output.auth }}", who: "{{ inputs.who }}"}
  - id: fix
    action: task.manual
    config: {assign: {user: ann}, title: "Fix {{ inputs.pin }}", form: {properties: {why: {type: string, sensitive: true}}}}
  - id: ask
    action: approval.request
    config:
      assign: {role: manager}
      title: "Pay {{ inputs.who }} {{ inputs.amount }} with {{ inputs.pin }}?"
      description: "card {{ inputs.card.no }} of {{ inputs.card.owner | upper }}"
      form: {type: object, properties: {code: {type: string, sensitive: true}, seen: {type: boolean}}}
      send_back_to: [fix]
  - id: call
    action: http.request
    config:
      url: "http://127.0.0.1:%d/echo?pin={{ inputs.pin | urlencode }}"
      method: POST
      headers: {Authorization: "Bearer {{ inputs.pin }}"}
      body: {pin: "{{ inputs.pin }}", card: "{{ inputs.card }}", amount: "{{ inputs.amount }}", code: "{{ steps.ask.output.form.code }}", chain: "{{ steps.chain.output }}"}
  - id: refused
    action: http.request
    on_error: continue
    retry: {max_attempts: 1}
    config: {url: "http://127.0.0.1:%d/error", method: POST, body: "{{ inputs.pin }} {{ inputs.card.owner }}"}
  - id: nowhere
    action: http.request
    on_error: continue
    retry: {max_attempts: 1}
    config: {url: "http://127.0.0.1:1/{{ inputs.card.no }}", method: POST}
  - id: printed
    action: exec.run
    config: {command: [sh, -c, 'cat; echo "$PIN" >&2'], env: {PIN: "{{ inputs.pin }}"}, input: "{{ inputs.card }} {{ inputs.amount }}"}
  - id: broken
    action: exec.run
    on_error: continue
    retry: {max_attempts: 1}
    config: {command: [sh, -c, 'echo "no $0" >&2; exit 3', "{{ inputs.pin }}"]}
  - id: told
    action: log.write
    config: {message: "paying {{ inputs.amount }} with {{ inputs.pin }} for {{ inputs.who }}"}
  - id: again
    action: http.request
    retry: {max_attempts: 1}
    config: {url: "http://127.0.0.1:%d/flaky", method: POST, body: "{{ steps.call.output.body.list[0] }}|{{ steps.call.output.body.plain }}"}
  - id: wait
    action: flow.wait
    config: {signal: go}
  - id: last
    action: task.manual
    config: {assign: {role: manager}, title: "File {{ steps.call.output.body.auth }}"}
"""


class Life(World):
    """One run from its draft to its end; `see` looks everywhere."""

    def __init__(self, exe):
        self.partner = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Partner)
        threading.Thread(target=self.partner.serve_forever, daemon=True).start()
        super().__init__(exe, ("--allow-exec", "--log-level", "debug", "--allow-address", "127.0.0.0/8"))
        port = self.partner.server_port
        self.apply(WORKFLOW % (port, port, port))
        self.run_id, self.seen = None, 0

    def routes(self):
        tasks = self.admin.get("/api/v1/tasks?assignedTo=all&limit=100").json["items"]
        tasks += self.admin.get("/api/v1/tasks?assignedTo=all&status=decided&limit=100").json.get("items", [])
        ids = {"run": [self.run_id], "task": [task["id"] for task in tasks]}
        for path, item in self.nobody.get("/openapi.json").json["paths"].items():
            if "get" not in item or "stream" in path:
                continue
            kind = "task" if "/tasks/" in path else "run"
            for one in ids[kind] if "{id}" in path else [""]:
                yield path.replace("{id}", one).replace("{name}", "private")

    def cli(self, *words):
        env = {"PAWL_URL": f"http://127.0.0.1:{self.server.port}", "PAWL_TOKEN": self.token, "HOME": self.folder,
               "PATH": os.environ.get("PATH", "")}
        told = subprocess.run([self.exe, *words], capture_output=True, env=env, check=False)
        assert told.returncode == 0, (words, told)
        look(" ".join(words), told.stdout + told.stderr)
        return told.stdout.decode()

    def see(self, when):
        count = 0
        for path in self.routes():
            for who in ("ann", "bob", "olga", "art", "admin"):
                answer = getattr(self, who).get(path)
                if not path.endswith(("/source", "/private")):  # the author's text, which names no value here
                    look(f"{when}: {path} for {who}", answer.raw)
                count += answer.status == 200
        tasks = [path.rsplit("/", 1)[1] for path in self.routes() if "/tasks/" in path]
        for what in ("get", "events", "progress", "steps", "status"):
            for form in ((), ("-o", "json"), ("-o", "jsonl")):
                if what != "status" or not form:
                    self.cli("run", what, self.run_id, *form)
        for form in ((), ("-o", "json")):
            self.cli("run", "list", *form)
            self.cli("task", "list", *form)
            for task in tasks:
                self.cli("task", "get", task, *form)
        stream = self.stream("ann", f"/api/v1/runs/{self.run_id}/events/stream")
        count = len(self.admin.get(f"/api/v1/runs/{self.run_id}/events?limit=500").json["items"])
        for number in range(count):
            look(f"{when}: event {number} of the run's stream", json.dumps(stream.event(), ensure_ascii=False))
        stream.close()
        self.files(when)
        self.seen += count

    def files(self, when):
        look(f"{when}: the log", self.server.log_text(), STORED)
        data = os.path.join(self.folder, "data")
        for name in sorted(os.listdir(data)):
            with open(os.path.join(data, name), "rb") as file:
                look(f"{when}: {name}", file.read(), STORED)

    def twice(self, who, path, body, key):
        """A request and its replay: both answers show nothing, and the second is the first one's."""
        first = getattr(self, who).post(path, body, headers={"Idempotency-Key": key})
        again = getattr(self, who).post(path, body, headers={"Idempotency-Key": key})
        assert first.status < 300, first
        equal((again.status, again.raw), (first.status, first.raw))
        look(f"the answer of {path}", first.raw)
        other = getattr(self, who).post(path, dict(body, comment="other"), headers={"Idempotency-Key": key})
        assert other.status in (400, 409, 422), other
        look(f"another body for {path}", other.raw)
        return first.json

    def done(self, task, who, decision, **more):
        made = self.twice(who, f"/api/v1/tasks/{task['id']}/decisions", dict({"decision": decision}, **more), task["id"])
        return made

    def close(self):
        super().close()
        self.partner.shutdown()
        self.partner.server_close()


def drafts(life):
    inputs = {"pin": DRAFT, "who": "ann", "amount": AMOUNT}
    dropped = life.twice("ann", "/api/v1/runs", {"workflow": "private", "draft": True, "inputs": inputs}, "dropped")["id"]
    life.run_id = dropped
    life.see("a draft")
    deleted = life.ann.delete(f"/api/v1/runs/{dropped}")
    equal(deleted.status, 200)
    look("the answer of a deleted draft", deleted.raw)
    for path in ("", "/events", "/steps"):
        look("a deleted draft", life.ann.get(f"/api/v1/runs/{dropped}{path}").raw)
    draft = life.twice("ann", "/api/v1/runs", {"workflow": "private", "draft": True, "inputs": dict(inputs, pin=OLD_PIN)},
                       "draft")["id"]
    for wrong in ({"pin": WRONG_PIN}, {"pin": PIN, "amount": str(AMOUNT)}, {"pin": PIN, "card": {"no": AMOUNT}}, {"pin": AMOUNT}):
        taken = life.ann.put(f"/api/v1/runs/{draft}/inputs", {"inputs": wrong})  # a draft may be wrong still
        equal(taken.status, 200)
        problem = life.ann.post(f"/api/v1/runs/{draft}/submit", {})
        assert 400 <= problem.status < 500, problem
        look("a refused input", problem.raw)
        assert WRONG_PIN.encode() not in problem.raw, problem
    life.run_id = draft
    life.see("a draft to be changed")
    changed = life.ann.put(f"/api/v1/runs/{draft}/inputs", {"inputs": {"pin": PIN, "card": CARD, "amount": AMOUNT, "who": "ann"}})
    equal(changed.status, 200)
    look("the answer of a changed draft", changed.raw)
    life.see("a changed draft")


def people(life, run):
    life.done(life.task(run), "ann", "COMPLETE", form={"why": DRAFT})
    task = life.task(run)
    equal(task["title"], "Pay ann *** with ***?")
    refused_form = life.bob.post(f"/api/v1/tasks/{task['id']}/decisions",
                                 {"decision": "APPROVE", "form": {"code": AMOUNT, "seen": "perhaps"}})
    assert refused_form.status in (400, 422), refused_form
    life.done(task, "bob", "SEND_BACK", to="fix", comment="look again", form={"code": OLD_PIN})
    life.see("sent back")
    life.done(life.task(run), "ann", "COMPLETE", form={"why": CODE})
    life.done(life.task(run), "bob", "APPROVE", form={"code": CODE, "seen": True})


@suite.case("through the whole life of a run nothing shows a sensitive value, and those who need it get it")
def _(exe):
    life = Life(exe)
    live = [life.stream("admin", "/api/v1/events/stream")]
    drafts(life)
    run = life.run_id
    live.append(life.stream("ann", f"/api/v1/runs/{run}/events/stream"))
    submitted = life.ann.post(f"/api/v1/runs/{run}/submit", {})
    equal(submitted.status, 200)
    look("the answer of submit", submitted.raw)
    people(life, run)
    life.run_until(run, "failed")
    for stream in live:  # as it happened
        look("a live stream", json.dumps(stream.until("run.failed"), ensure_ascii=False))
        stream.close()
    life.see("failed")
    sent = Partner.got[0]
    equal(sent["auth"], f"Bearer {PIN}")
    equal(json.loads(sent["body"])["card"], CARD)
    equal(json.loads(sent["body"])["code"], CODE)
    equal(json.loads(sent["body"])["chain"]["text"], f"for ANN:{PIN.upper()}")
    life.restart(signal.SIGKILL)
    Partner.healthy = True
    life.twice("olga", f"/api/v1/runs/{run}/retry", {}, "retry")
    life.run_until(run, "running")
    life.until(lambda: life.run(run)["status"] == "running" and "wait" in life.cli("run", "progress", run))
    equal(Partner.got[-1]["body"], f"{PIN}|kept")  # what came back flows on as it came
    life.twice("olga", f"/api/v1/runs/{run}/pause", {"reason": "a look"}, "pause")
    life.see("paused")
    life.twice("olga", f"/api/v1/runs/{run}/resume", {}, "resume")
    life.twice("olga", f"/api/v1/runs/{run}/signal", {"name": "go", "data": {"a": 1}}, "go")
    life.done(life.task(run), "bob", "COMPLETE")
    shown = life.run_until(run, "completed")
    life.see("completed")
    outputs = shown["outputs"]
    for name in ("pin", "twice", "code", "again"):
        equal(outputs[name], "***")
    echo = outputs["echo"]
    equal((echo["target"], echo["auth"], echo["body"], echo["plain"]), ("***", "***", "***", "kept"))
    equal((echo["list"], echo["keyed"]), (["***", "kept", "***"], {"***": 1}))
    assert all(form == "***" for form in echo["forms"]), echo["forms"]
    equal(outputs["chain"], {"all": [{"auth": "***", "card": "***", "sum": "***"}, "ann"], "text": "***", "who": "ann"})
    equal(outputs["printed"], {"exit_code": 0, "stdout": "***", "stderr": "***", "cut": False})
    assert outputs["error"].startswith("the server answered 422") and "***" in outputs["error"], outputs["error"]
    assert "paying *** with *** for ann" in life.server.log_text()
    for path in (f"/api/v1/runs/{run}/events/stream", "/api/v1/events/stream"):
        stream = Stream(life.server.port, path, life.token, "evt_0000000000001.0" if "runs" not in path else None)
        look("a stream from the start", json.dumps(stream.until("run.completed"), ensure_ascii=False))
        stream.close()
    equal(life.server.stop(), 0)
    life.files("stopped")
    checked = subprocess.run([exe, "fsck", "-d", os.path.join(life.folder, "data")], capture_output=True, check=False)
    equal(checked.returncode, 0)
    look("fsck", checked.stdout + checked.stderr)
    assert life.seen > 100, life.seen
    life.partner.shutdown()
    life.partner.server_close()
    shutil.rmtree(life.folder)


suite.run(with_world=False)
