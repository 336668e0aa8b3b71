"""What a partner sends back never shows the secrets that were sent to it: a partner that echoes everything in
every spelling, programs that print what they got, and a look at every place where a result can be read."""
import base64
import html
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.parse

from harness import Client, Server, Stream, Suite, equal

KEY = "s3cr3t/Ab+c \"d\"&<e>%=7!"
PEM = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END KEY-----\n"
PIN = "47110815"
PATH = "pa77word3/of/path"
SECRETS = {"KEY": KEY, "PEM": PEM, "PIN": PIN, "PATH": PATH, "URL": "postgres://app:hunter2-xyz@db.example/prod"}

suite = Suite()


def spellings(secret):
    raw = secret.encode()
    found = {secret, secret.upper(), json.dumps(secret)[1:-1], html.escape(secret), raw.hex(),
             urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret),
             urllib.parse.quote(urllib.parse.quote(secret, safe=""), safe="")}
    for before in ("", "u:", "x"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(before.encode() + raw).decode())
    return sorted(found)


class Partner(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body, kind="text/plain", headers=()):
        data = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):  # pylint: disable=invalid-name
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size).decode()
        key = self.headers.get("X-Key", "")
        path = self.path.partition("?")[0]
        shown = {"authorization": self.headers.get("Authorization"), "target": self.path, "body": body,
                 "key": spellings(key) if key else None, key: "as a key"}
        if path == "/json":
            self.answer(200, json.dumps(shown), "application/json", [("X-Echo", key), ("X-" + PIN, "1")])
        elif path == "/text":
            self.answer(200, "\n".join(spellings(KEY)) + "\n" + PEM)
        elif path == "/error":
            self.answer(500, json.dumps(shown), "application/json")
        elif path == "/long":
            self.answer(422, "x" * 190 + KEY + "y" * 4000)  # shown up to the middle of the secret
        elif path == "/number":
            self.answer(200, json.dumps({"pin": int(PIN), "ok": 1}), "application/json")
        elif path == "/leads":  # shown up to the middle of the secret, with more behind it
            self.answer(302, "", headers=[("Location", "ftp://other/" + "x" * 100 + urllib.parse.quote(KEY, safe=""))])
        else:
            self.answer(302, "", headers=[("Location", "http://other.example/?k=" + urllib.parse.quote(KEY))])

    do_GET = do_POST


def workflow(port):
    call = f"action: http.request\n    on_error: continue\n    retry: {{max_attempts: 1}}\n    config:\n      url: \"http://127.0.0.1:{port}"
    head = "\n      method: POST\n      headers:\n        Authorization: \"Bearer {{ secrets.KEY }}\"\n        X-Key: \"{{ secrets.KEY }}\"\n"
    return "\n".join([
        "id: echo", "steps:",
        f"  - id: as_json\n    {call}/json?token={{{{ secrets.KEY | urlencode }}}}\"{head}      body: {{key: \"{{{{ secrets.KEY }}}}\", pem: \"{{{{ secrets.PEM }}}}\", pin: \"{{{{ secrets.PIN }}}}\"}}",
        f"  - id: as_text\n    {call}/text\"{head}      body: \"{{{{ secrets.PEM }}}}\"",
        f"  - id: as_error\n    {call}/error\"{head}",
        f"  - id: as_long\n    {call}/long\"{head}",
        f"  - id: as_number\n    {call}/number\"\n      body: \"{{{{ secrets.PIN }}}}\"",
        f"  - id: moved\n    {call}/moved\"{head}",
        f"  - id: leads\n    {call}/leads\"{head}      follow_redirects: true",
        "  - id: host\n    action: http.request\n    on_error: continue\n    retry: {max_attempts: 1}\n"
        "    config: {url: \"http://" + "x" * 72 + "{{ secrets.PATH }}.example/\"}",
        "  - id: name\n    action: http.request\n    on_error: continue\n    retry: {max_attempts: 1}\n"
        "    config: {url: \"http://127.0.0.1:1/\", headers: \"{{ {'" + "x" * 75 + "' ~ secrets.PIN: 'a\\nb'} }}\"}",
        "  - id: kind\n    action: http.request\n    on_error: continue\n    retry: {max_attempts: 1}\n"
        "    config: {url: \"http://127.0.0.1:1/\", headers: \"{{ {secrets.PIN: [1]} }}\"}",
        "  - id: refused\n    action: http.request\n    on_error: continue\n    retry: {max_attempts: 1}\n"
        "    config: {url: \"http://127.0.0.1:1/{{ secrets.KEY | urlencode }}\"}",
        "  - id: printed\n    action: exec.run\n    config: {command: [sh, -c, \"cat; echo \\\"$KEY\\\" >&2; printf %s \\\"$KEY\\\" | base64\"],"
        " env: {KEY: \"{{ secrets.KEY }}\"}, input: \"{{ secrets.PEM }}\"}",
        "  - id: failed\n    action: exec.run\n    on_error: continue\n    retry: {max_attempts: 1}\n"
        "    config: {command: [sh, -c, \"echo {{ secrets.PIN }} >&2; exit 1\"]}",
        "  - id: cut\n    action: exec.run\n    on_error: continue\n    retry: {max_attempts: 1}\n"
        "    config: {command: [sh, -c, \"printf '%s%0297d' \\\"$KEY\\\" 0 >&2; exit 1\"], env: {KEY: \"{{ secrets.KEY }}\"}}",
        "  - id: no_program\n    action: exec.run\n    on_error: continue\n    retry: {max_attempts: 1}\n"
        "    config: {command: [\"/nowhere/{{ secrets.PIN }}\"]}",
        "  - id: derived\n    action: exec.run\n    config: {command: [sh, -c, \"echo \\\"$0\\\" | tr [] '()'\", \"[{{ secrets.KEY | reverse }}]\"]}",
        "  - id: password\n    action: exec.run\n    config: {command: [sh, -c, \"echo login with hunter2''-xyz failed\"], env: {URL: \"{{ secrets.URL }}\"}}",
        "  - id: written\n    action: log.write\n    config: {message: \"the key is {{ secrets.KEY }}\"}",
        "outputs:", "  json: \"{{ steps.as_json.output }}\"", "  text: \"{{ steps.as_text.output.body }}\"",
        "  number: \"{{ steps.as_number.output.body }}\"", "  printed: \"{{ steps.printed.output }}\"",
        "  derived: \"{{ steps.derived.output.stdout }}\"", "  password: \"{{ steps.password.output.stdout }}\"",
        "  failed: \"{{ steps.failed.error }}\"", ""])


# What must stand nowhere: each spelling, and what a cut would leave of the key.
def forbidden():
    found = set()
    for secret in (KEY, PIN, PEM, PEM.strip()):
        found.update(spellings(secret))
    found.update(PEM.strip().splitlines()[1:3])
    found.update([KEY[:10], KEY[-10:], KEY[::-1], "s3cr3t", PATH[:4], "x" + PIN[:4], "hunter2-xyz"])
    found.add(base64.b64encode(KEY.encode()).decode()[:16])
    return sorted(found)


def look(name, data):
    text = data if isinstance(data, bytes) else data.encode()
    for secret in forbidden():
        for form in {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}:
            at = text.find(form.encode())
            assert at < 0, f"{name} shows {form!r}: {text[max(0, at - 100):at + 100]!r}"


class Place:
    """A server with secrets, and a partner."""

    def __init__(self, exe):
        self.folder = tempfile.mkdtemp(prefix="pawl-secrets-")
        path = os.path.join(self.folder, "secrets.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"default": SECRETS}, file)
        os.chmod(path, 0o600)
        self.partner = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Partner)
        threading.Thread(target=self.partner.serve_forever, daemon=True).start()
        options = ["--secrets", path, "--allow-exec", "--log-level", "debug"]
        usage = subprocess.run([exe, "serve", "--help"], capture_output=True, text=True, check=False).stdout
        if "--allow-address" in usage:
            options += ["--allow-address", "127.0.0.0/8"]
        self.server = Server(exe, self.folder, *options).wait_listening()
        self.client = Client(self.server.port, self.server.token)

    def run(self, text):
        made = self.client.apply(text)
        assert made.status == 201, made
        run = self.client.post("/api/v1/runs", {"workflow": text[4:text.index("\n")]}).json["id"]
        end = time.monotonic() + 30
        while time.monotonic() < end:
            shown = self.client.get(f"/api/v1/runs/{run}").json
            if shown["status"] != "running":
                return run, shown
            time.sleep(0.01)
        raise AssertionError(f"the run does not end: {shown}")

    def close(self):
        equal(self.server.stop(), 0)
        self.partner.shutdown()
        self.partner.server_close()
        shutil.rmtree(self.folder)


@suite.case("a partner and programs that echo every secret in every spelling leave none of it anywhere")
def _(exe):
    place = Place(exe)
    client, server = place.client, place.server
    streams = [Stream(server.port, "/api/v1/events/stream", server.token)]
    run, shown = place.run(workflow(place.partner.server_port))
    equal(shown["status"], "completed")
    outputs = shown["outputs"]
    equal(outputs["json"]["status"], 200)
    equal(outputs["json"]["body"]["authorization"], "Bearer ***")
    equal(outputs["json"]["body"]["body"], "{\"key\":\"***\",\"pem\":\"***\\n\",\"pin\":\"***\"}")
    equal(outputs["json"]["headers"]["x-echo"], "***")
    equal(outputs["json"]["headers"]["x-***"], "1")
    equal(outputs["number"], {"pin": "***", "ok": 1})
    equal(outputs["derived"], "(***)\n")
    equal(outputs["password"], "login with *** failed\n")
    equal(outputs["printed"], {"exit_code": 0, "stdout": "***\n***\n", "stderr": "***\n", "cut": False})
    equal(outputs["failed"]["message"], "the program ended with exit code 1: ***")
    steps = client.get(f"/api/v1/runs/{run}/steps").json["items"]
    messages = {step["id"]: (step.get("error") or {}).get("message") for step in steps}
    equal(messages["as_long"], "the server answered 422: " + "x" * 190 + "***" + "y" * 7)
    equal(messages["leads"], "the answer 302 leads to 'ftp://other/" + "x" * 100 + "***', which is not followed: it must begin with http:// or https://")
    assert "led to another host, '" + "x" * 72 + "***', by a value" in messages["host"], messages
    equal(messages["name"], "config.headers." + "x" * 75 + "*** has a control character (a line break, NUL)")
    equal(messages["kind"], "config.headers.*** must be a string, but is an array")
    assert messages["no_program"].find("/nowhere/***") >= 0, messages
    streams.append(Stream(server.port, f"/api/v1/runs/{run}/events/stream", server.token))
    for number, stream in enumerate(streams):
        equal(stream.status, 200)
        look(f"stream {number}", json.dumps(stream.until("run.completed"), ensure_ascii=False))
    for path in ("", "/steps", "/events?limit=500", "/progress"):
        look(path, client.get(f"/api/v1/runs/{run}{path}").raw)
    for path in ("/api/v1/runs", "/api/v1/events?limit=500", "/metrics"):
        look(path, client.get(path).raw)
    env = {"PAWL_URL": f"http://127.0.0.1:{server.port}", "PAWL_TOKEN": server.token, "HOME": place.folder,
           "PATH": os.environ.get("PATH", "")}
    for words in (["run", "get", run, "-o", "json"], ["run", "events", run, "-o", "json"], ["run", "get", run]):
        told = subprocess.run([exe, *words], capture_output=True, env=env, check=False)
        assert told.returncode == 0 and run.encode() in told.stdout, told
        look(" ".join(words), told.stdout + told.stderr)
    look("the log", server.log_text())
    data = os.path.join(place.folder, "data")
    for name in sorted(os.listdir(data)):
        with open(os.path.join(data, name), "rb") as file:
            look(name, file.read())
    for stream in streams:
        stream.close()
    place.close()


@suite.case("what is no secret comes back as it is")
def _(exe):
    place = Place(exe)
    text = ("id: plain\nsteps:\n  - id: a\n    action: exec.run\n"
            "    config: {command: [sh, -c, \"echo Bearer s3cr3t KEY prod 4711; cat\"], env: {KEY: \"{{ secrets.KEY }}\"}, input: \"{{ secrets.PIN | length }} x\"}\n"
            "  - id: b\n    action: exec.run\n    config: {command: [echo, \"47110815\"]}\n"
            "outputs: {a: \"{{ steps.a.output.stdout }}\", b: \"{{ steps.b.output.stdout }}\"}\n")
    _, shown = place.run(text)
    equal(shown["outputs"], {"a": "Bearer s3cr3t KEY prod 4711\n8 x", "b": "47110815\n"})
    place.close()


suite.run(with_world=False)
