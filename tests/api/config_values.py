"""What an action is really given: values of every kind in every kind of field. Each is written as JSON where the
field says so, or the step fails with config.value, the key named, before anything leaves."""
import http.server
import json
import threading

from harness import Suite, equal

suite = Suite(options=("--allow-exec",))
seen = []


class Partner(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):  # pylint: disable=invalid-name
        seen.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


VALUES = {"map": {"sku": "A-1", "qty": 2}, "list": [1, "b"], "null": None, "number": 5, "decimal": 1.50, "yes": True,
          "text": "abc", "empty": "", "zero": "a\0b"}


def one(world, name, action, config):
    """Runs one step whose config is a JSON text with {{ … }}; its output, or its error."""
    text = json.dumps({"id": name, "steps": [{"id": "a", "action": action, "config": config}],
                       "outputs": {"o": "{{ steps.a.output }}"}})
    made = world.admin.apply(text)
    assert made.status == 201, made
    run = world.start(name, inputs=VALUES)
    shown = world.until(lambda: (got := world.run(run))["status"] in ("completed", "failed") and got)
    step = world.admin.get(f"/api/v1/runs/{run}/steps").json["items"][0]
    return run, shown["outputs"]["o"] if shown["status"] == "completed" else step["error"]


def stdin(world, name, value):
    return one(world, "stdin-" + name, "exec.run", {"command": ["cat"], "input": value})[1]


@suite.case("standard input is text as it is, and any other value as JSON")
def _(world):
    for name, expected in (("map", "{\"sku\":\"A-1\",\"qty\":2}"), ("list", "[1,\"b\"]"), ("number", "5"), ("yes", "true"),
                           ("text", "abc"), ("empty", "")):
        equal(stdin(world, name, "{{ inputs.%s }}" % name)["stdout"], expected)
    equal(stdin(world, "literal", {"a": [1, "{{ inputs.text }}"]})["stdout"], "{\"a\":[1,\"abc\"]}")
    got = stdin(world, "null", "{{ inputs.null }}")
    equal(got["code"], "config.value")
    assert got["message"].startswith("config.input must be"), got


REFUSED = [
    ("exec.run", {"command": "{{ inputs.map }}"}, "config.command must be"),
    ("exec.run", {"command": "{{ inputs.text }}"}, "config.command must be"),
    ("exec.run", {"command": ["echo", "{{ inputs.list }}"]}, "config.command[1] must be"),
    ("exec.run", {"command": ["echo", "{{ inputs.null }}"]}, "config.command[1] must be"),
    ("exec.run", {"command": ["echo", "{{ inputs.zero }}"]}, "config.command holds a zero byte"),
    ("exec.run", {"command": ["env"], "env": {"A": "{{ inputs.map }}"}}, "config.env.A must be"),
    ("exec.run", {"command": ["env"], "env": {"A": "{{ inputs.zero }}"}}, "config.env holds a zero byte"),
    ("exec.run", {"command": ["env"], "env": "{{ {'A=B': 1} }}"}, "config.env"),
    ("exec.run", {"command": ["pwd"], "directory": "{{ inputs.number }}"}, "config.directory must be"),
    ("exec.run", {"command": ["pwd"], "directory": "{{ inputs.zero }}"}, "config.directory holds a zero byte"),
    ("http.request", {"url": "{{ inputs.list }}"}, "config.url must be"),
    ("http.request", {"url": "{{ inputs.null }}"}, "config.url must be"),
    ("http.request", {"url": "{{ inputs.empty }}"}, "config.url must"),
    ("http.request", {"url": "URL", "method": "{{ inputs.number }}"}, "config.method is not one of"),
    ("http.request", {"url": "URL", "method": "{{ inputs.null }}"}, "config.method is not one of"),
    ("http.request", {"url": "URL", "headers": {"X-A": "{{ inputs.map }}"}}, "config.headers.X-A must be"),
    ("http.request", {"url": "URL", "headers": "{{ inputs.text }}"}, "config.headers must be"),
    ("http.request", {"url": "URL", "headers": "{{ {'X-A': none} }}"}, "config.headers.X-A must be"),
    ("http.request", {"url": "URL", "follow_redirects": "{{ inputs.text }}"}, "config.follow_redirects must be"),
    ("http.request", {"url": "URL", "follow_redirects": "{{ inputs.null }}"}, "config.follow_redirects must be"),
    ("log.write", {"message": "x", "level": "{{ inputs.text }}"}, "config.level is not one of"),
    ("log.write", {"message": "x", "level": "{{ inputs.null }}"}, "config.level is not one of"),
    ("flow.end", {"outcome": "{{ inputs.number }}"}, "config.outcome must be"),
    ("flow.end", {"outcome": "{{ inputs.map }}"}, "config.outcome must be"),
    ("flow.fail", {"code": "{{ inputs.null }}"}, "config.code must be"),
    ("flow.fail", {"code": "x", "message": "{{ inputs.list }}"}, "config.message must be"),
    ("approval.request", {"title": "{{ inputs.null }}", "assign": {"role": "manager"}}, "config.title must be"),
    ("approval.request", {"description": "{{ inputs.map }}", "assign": {"role": "manager"}}, "config.description must be"),
    ("approval.request", {"due": "{{ inputs.number }}", "assign": {"role": "manager"}}, "config.due must be"),
    ("approval.request", {"due": "{{ inputs.text }}", "assign": {"role": "manager"}}, "config.due"),
    ("approval.request", {"assign": {"user": "{{ inputs.null }}"}}, "config.assign: user must be"),
    ("approval.request", {"assign": {"user": "{{ inputs.list }}"}}, "config.assign: user must be"),
    ("approval.request", {"assign": {"role": "{{ inputs.list }}"}}, "config.assign: role must be"),
    ("approval.request", {"assign": {"role": "{{ inputs.empty }}"}}, "config.assign: role must be"),
    ("approval.request", {"assign": {"role": "manager"}, "exclude": "{{ inputs.map }}"}, "exclude gives"),
    ("approval.request", {"assign": {"role": "manager"}, "exclude": ["{{ inputs.number }}"]}, "exclude gives"),
    ("task.manual", {"assign": {"role": "manager"}, "priority": "{{ inputs.text }}"}, "config.priority must be"),
    ("task.manual", {"assign": {"role": "manager"}, "priority": "{{ inputs.decimal }}"}, "config.priority must be"),
    ("flow.wait", {"for": "{{ inputs.number }}"}, "config.for must be"),
    ("flow.wait", {"until": "{{ inputs.list }}"}, "config.until must be"),
    ("flow.wait", {"signal": "{{ inputs.null }}"}, "config.signal must be"),
    ("flow.wait", {"signal": "{{ inputs.empty }}"}, "config.signal must be"),
]


@suite.case("a value of the wrong kind fails the step, names its key, and nothing leaves")
def _(world):
    partner = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Partner)
    threading.Thread(target=partner.serve_forever, daemon=True).start()
    wrong = []
    for number, (action, config, message) in enumerate(REFUSED):
        config = json.loads(json.dumps(config).replace("URL", f"http://127.0.0.1:{partner.server_port}/"))
        run, error = one(world, f"wrong-{number}", action, config)
        if error.get("code") != "config.value" or not error["message"].startswith(message):
            wrong.append((action, config, message, error))
        kinds = [event["kind"] for event in world.admin.get(f"/api/v1/runs/{run}/events?limit=100").json["items"]]
        if action in ("http.request", "log.write") and "attempt.started" in kinds:
            wrong.append((action, config, "an attempt began", kinds))
    assert not wrong, "\n".join(map(str, wrong))
    equal(seen, [])
    partner.shutdown()
    partner.server_close()


@suite.case("numbers and booleans become text where a field says so, in templates and as written")
def _(world):
    _, got = one(world, "scalars", "exec.run", {"command": ["sh", "-c", "echo $0 $1 $2 $A $B", "{{ inputs.number }}", 7, "{{ inputs.decimal }}"],
                                                "env": {"A": "{{ inputs.yes }}", "B": True}})
    equal(got["stdout"], "5 7 1.5 true true\n")


suite.run()
