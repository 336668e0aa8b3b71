"""Every command of a client: output as table, json and jsonl; exit codes; what goes where."""
import http.server
import json
import os
import socket
import threading

from command_line import APPROVAL, FAILING, WAITING, Suite, equal, pawl, task_of, until_status, write

suite = Suite()
STEPS = """
id: steps
inputs:
  type: object
  additionalProperties: false
  properties:
    note: {type: string}
    n: {type: integer, minimum: 1}
    list: {type: array}
steps:
  - {id: a, action: flow.set, config: {note: "{{ inputs.note }}"}}
  - {id: b, action: flow.set, config: {n: 2}}
outputs: {note: "{{ steps.a.output.note }}"}
"""
BACK = """
id: back
steps:
  - {id: fill, action: task.manual, config: {title: Fill in, assign: [{user: ann}]}}
  - id: decide
    action: approval.request
    config: {title: Decide, assign: [{role: manager}], allow: [approve, send_back],
             send_back_to: [fill]}
"""


def three_forms(world, who, *words):
    """Table, json and jsonl of a call; nothing of it is talk."""
    table = pawl(world, who, *words)
    one = pawl(world, who, *words, "-o", "json")
    lines = pawl(world, who, *words, "-o", "jsonl")
    as_list = one.json if isinstance(one.json, list) else [one.json]
    equal(lines.jsonl, as_list)
    assert "{" not in table.out.splitlines()[0] and table.out, table
    return table.out, one.json


def start(world, workflow, *more, who="ann"):
    return pawl(world, who, "run", "start", workflow, *more, "-o", "json").json["id"]


@suite.case("apply: one line a file; findings at their line on standard error, exit 6")
def _(world):
    files = [write(world, f"{n}.yaml", t) for n, t in
             (("steps", STEPS), ("approval", APPROVAL), ("waiting", WAITING), ("failing", FAILING), ("back", BACK))]
    table = pawl(world, "admin", "apply", *files).out.splitlines()
    equal(table[0].split()[0], "WORKFLOW")
    equal(len(table), 6)
    again = pawl(world, "admin", "apply", *files, "-o", "json").json
    equal([row["changed"] for row in again], [False] * 5)
    bad = write(world, "bad.yaml", "id: bad\nsteps:\n  - {id: a, action: flow.sett, config: {}}\n")
    refused = pawl(world, "admin", "apply", bad, code=6)
    equal(refused.out, "")
    assert "bad.yaml:3:" in refused.err and "flow.set" in refused.err, refused
    pawl(world, "admin", "apply", "none.yaml", code=3)
    pawl(world, "ann", "apply", files[0], code=4)


@suite.case("workflow list, get, versions, enable, disable, delete")
def _(world):
    table, rows = three_forms(world, "ann", "workflow", "list")
    assert "approval" in table and {"steps", "back"} <= {row["name"] for row in rows}
    three_forms(world, "ann", "workflow", "get", "steps")
    three_forms(world, "ann", "workflow", "versions", "steps")
    equal(pawl(world, "ann", "workflow", "get", "steps", "--source").out, STEPS)
    pawl(world, "admin", "workflow", "disable", "steps")
    refused = pawl(world, "ann", "run", "start", "steps", code=5)
    assert "pawl workflow enable steps" in refused.err, refused
    pawl(world, "admin", "workflow", "enable", "steps")
    pawl(world, "ann", "workflow", "get", "none", code=3)
    pawl(world, "admin", "apply", write(world, "gone.yaml", STEPS.replace("id: steps", "id: gone")))
    pawl(world, "admin", "workflow", "delete", "gone")
    pawl(world, "ann", "workflow", "get", "gone", code=3)


@suite.case("run start, list, get, status, progress, steps, events in three forms")
def _(world):
    done = pawl(world, "ann", "run", "start", "steps", "--input", "note=7", "--key", "k", "--label", "a=b", "--wait")
    assert "completed" in done.out, done
    run = pawl(world, "ann", "run", "list", "--key", "k", "-o", "json").json[0]["id"]
    for words in (("get",), ("status",), ("steps",), ("events",)):
        table, _ = three_forms(world, "ann", "run", *words, run)
        assert "\x1b" not in table
    shown = pawl(world, "ann", "run", "get", run, "-o", "json").json
    equal((shown["inputs"], shown["labels"], shown["outputs"]), ({"note": "7"}, {"a": "b"}, {"note": "7"}))
    assert "completed" in pawl(world, "ann", "run", "progress", run).out
    equal(pawl(world, "ann", "run", "progress", run, "-o", "json").json["status"], "completed")
    three_forms(world, "ann", "run", "list", "--workflow", "steps")
    assert "--follow" in pawl(world, "ann", "run", "start", "steps").err


@suite.case("the forms of the specification: workflow run, workflow status, workflow progress, run execute-next")
def _(world):
    run = pawl(world, "ann", "workflow", "run", "steps", "--input", "note=x", "--input", "n=3", "--hold", "-o",
               "json").json["id"]
    assert run in pawl(world, "ann", "workflow", "status", run).out
    assert "b" in pawl(world, "ann", "workflow", "progress", run).out
    for _ in range(2):
        world.until(lambda: "run next" in pawl(world, "ann", "run", "status", run, "-o", "json").json["next"])
        pawl(world, "olga", "run", "execute-next", run)
    until_status(world, "ann", run, "completed")


@suite.case("inputs that break rules: each rule on a line with its pointer, exit 6")
def _(world):
    refused = pawl(world, "ann", "run", "start", "steps", "--input", "note=x", "--input", "n=0", "--input",
                   "list=no", "--input", "nn=1", code=6)
    equal(refused.out, "")
    lines = [line for line in refused.err.splitlines() if line.startswith("  /")]
    for pointer in ("/n", "/list"):
        assert any(line.startswith(f"  {pointer}: ") for line in lines), refused
    assert "nn" in refused.err, refused
    answer = world.ann.post("/api/v1/runs", {"workflow": "steps", "inputs": {"n": 0, "list": "no"}})
    equal(answer.status, 422)
    equal({e["pointer"] for e in answer.json["errors"]}, {"/n", "/list"})
    assert all(e["message"] and e["keyword"] for e in answer.json["errors"])


@suite.case("drafts are submitted; runs are paused, resumed, cancelled, terminated, signalled, retried")
def _(world):
    run = start(world, "waiting", "--draft")
    assert "run submit" in pawl(world, "ann", "run", "status", run).out
    pawl(world, "ann", "run", "submit", run)
    assert "paused" in pawl(world, "olga", "run", "pause", run, "--reason", "lunch").out
    assert "paused" in pawl(world, "olga", "run", "pause", run, code=5).err
    pawl(world, "olga", "run", "resume", run, "--extend-deadlines")
    pawl(world, "olga", "run", "signal", run, "go", "--data", '{"n": 1}')
    until_status(world, "ann", run, "completed")
    for verb in ("cancel", "terminate"):
        other = start(world, "waiting")
        equal(pawl(world, "olga", "run", verb, other, "-o", "json").json["status"], "cancelled")
    failed = start(world, "failing")
    until_status(world, "ann", failed, "failed")
    assert "not to be" in pawl(world, "ann", "run", "get", failed).out
    pawl(world, "olga", "run", "retry", failed, "--step", "bad", "--reason", "again")
    until_status(world, "ann", failed, "failed")
    pawl(world, "ann", "run", "signal", run, "go", "--data", "{", code=6)


@suite.case("exit codes: 0 1 2 3 4 5 6 7 9, and what to do stands on standard error only")
def _(world):
    run = start(world, "waiting")
    calls = [
        (0, "ann", ("run", "get", run)),
        (1, "ann", ("run", "start", "failing", "--wait")),
        (2, "ann", ("run", "get")),
        (3, "ann", ("run", "get", "run_0000000000000")),
        (4, None, ("run", "list")),
        (4, "ann", ("user", "list")),
        (5, "olga", ("run", "retry", run)),
        (6, "ann", ("run", "start", "approval")),
        (7, "ann", ("run", "progress", run, "--follow", "--timeout", "50ms")),
        (7, "ann", ("run", "start", "waiting", "--wait", "--timeout", "50ms")),
    ]
    for code, who, words in calls:
        done = pawl(world, who, *words, code=code)
        if code:
            assert "pawl: " in done.err and "pawl: " not in done.out, (words, done)
    assert "token" in pawl(world, None, "run", "list", code=4, PAWL_TOKEN="pawl_wrong").err
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    away = pawl(world, "ann", "run", "list", code=9, PAWL_URL=f"http://127.0.0.1:{port}")
    assert "pawl serve" in away.err and away.out == "", away


@suite.case("task list, get, claim, release, approve, reject, delegate, send back, complete")
def _(world):
    run = start(world, "approval", "--input", "amount=5")
    task = task_of(world, "bob", run)["id"]
    table, _ = three_forms(world, "bob", "task", "list", "--run", run)
    assert "role:manager" in table and "[" not in table, table
    three_forms(world, "bob", "task", "get", task)
    equal(pawl(world, "bob", "task", "claim", task, "-o", "json").json["assignee"], "bob")
    pawl(world, "bob", "task", "release", task)
    pawl(world, "ann", "task", "approve", task, code=4)
    assert "comment" in pawl(world, "bob", "task", "reject", task, code=6).err
    pawl(world, "bob", "task", "delegate", task, "carol", "--comment", "on leave")
    equal(pawl(world, "carol", "task", "approve", task, "-o", "json").json["status"], "APPROVED")
    pawl(world, "carol", "task", "approve", task, code=5)
    run = start(world, "back")
    for verb in ("send-back", "approve"):
        pawl(world, "ann", "task", "complete", task_of(world, "ann", run)["id"])
        pawl(world, "bob", "task", verb, task_of(world, "bob", run)["id"], "--comment", "because")
    until_status(world, "ann", run, "completed")
    run = start(world, "approval", "--input", "amount=5")
    task = task_of(world, "bob", run)["id"]
    rejected = pawl(world, "bob", "task", "reject", task, "-m", "too much", "-o", "json").json
    equal(rejected["status"], "REJECTED")


@suite.case("user list and put, token create, list, revoke")
def _(world):
    three_forms(world, "admin", "user", "list")
    pawl(world, "admin", "user", "put", "eve", "--role", "manager", "--role", "finance", "--title", "Eve")
    assert "manager, finance" in pawl(world, "admin", "user", "list").out
    def eve():
        rows = pawl(world, "admin", "user", "list", "-o", "json").json
        row = next(row for row in rows if row["name"] == "eve")
        return row["title"], row["roles"], row["admin"], row["active"]
    for options, expected in (
            (["--title", "E"], ("E", ["manager", "finance"], False, True)),
            (["--add-role", "cfo", "--add-role", "manager"], ("E", ["manager", "finance", "cfo"], False, True)),
            (["--remove-role", "finance"], ("E", ["manager", "cfo"], False, True)),
            (["--admin"], ("E", ["manager", "cfo"], True, True)), (["--inactive"], ("E", ["manager", "cfo"], True, False)),
            (["--no-admin"], ("E", ["manager", "cfo"], False, False)), (["--active"], ("E", ["manager", "cfo"], False, True)),
            (["--role", "boss"], ("E", ["boss"], False, True)), ([], ("E", ["boss"], False, True))):
        pawl(world, "admin", "user", "put", "eve", *options)
        equal((options, eve()), (options, expected))
    for pair in (("--admin", "--no-admin"), ("--active", "--inactive")):
        assert "exclude each other" in pawl(world, "admin", "user", "put", "eve", *pair, code=2).err
    made = pawl(world, "admin", "token", "create", "eve", "--label", "her laptop", "-o", "json")
    assert "this once" in made.err and "\n\n" not in made.err, made
    token, identity = made.json["token"], made.json["id"]
    pawl(world, None, "task", "list", PAWL_TOKEN=token)
    pawl(world, None, "task", "list", "--token", token)
    three_forms(world, "admin", "token", "list")
    assert token not in pawl(world, "admin", "token", "list", "-o", "json").out
    pawl(world, "admin", "token", "revoke", identity)
    pawl(world, None, "task", "list", code=4, PAWL_TOKEN=token)


@suite.case("a batch says what it started; run again it starts only what is missing")
def _(world):
    lines = [json.dumps({"note": f"line {n}"}) for n in range(6)] + ['{"n": 0}', "no json", ""]
    name = write(world, "batch.jsonl", "\n".join(lines))
    first = pawl(world, "ann", "run", "start", "steps", "--inputs", name, code=6)
    equal([line[:4] for line in first.out.splitlines()], ["run_"] * 6)
    assert "6 started, 0 were there already, 2 refused" in first.err and "line 7" in first.err, first
    again = pawl(world, "ann", "run", "start", "steps", "--inputs", name, "-o", "jsonl", code=6)
    equal([row["id"] for row in again.jsonl], first.out.split())
    assert "0 started, 6 were there already, 2 refused" in again.err and "[#" not in again.err, again


@suite.case("naughty strings come back unchanged as inputs, keys, labels and comments")
def _(world):
    path = os.path.join(os.environ.get("PAWL_MATERIAL", ""), "naughty-strings", "blns.json")
    strings = ["plain", "\u202eabc", "\x1b[31mred", "a'b\"c", "--help", "=", "ä漢🚀"]
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            strings += json.load(file)
    else:
        print("# skipped: naughty-strings/blns.json not found; only a few of our own")
    strings = [text for text in strings if text and "\0" not in text][::7] + strings[:7]
    for text in strings:
        label = text.encode()[:200].decode(errors="ignore")
        run = pawl(world, "ann", "run", "start", "steps", f"--input=note={text}", f"--key={label}",
                   f"--label=x={label}", "-o", "json").json["id"]
        shown = pawl(world, "ann", "run", "get", run, "-o", "json").json
        equal((shown["inputs"]["note"], shown["key"], shown["labels"]["x"]), (text, label, label))
    for text in strings[-7:]:
        run = start(world, "approval", "--input", "amount=5")
        pawl(world, "bob", "task", "approve", task_of(world, "bob", run)["id"], f"--comment={text}")
        events = pawl(world, "ann", "run", "events", run, "-o", "json").json
        assert text in [event.get("comment") for event in events], (text, events)


@suite.case("every command has help with its usage; a group lists its commands; help run tells of runs")
def _(world):
    listed = pawl(world, None, "help").out
    commands = [line[2:24].strip() for line in listed.splitlines() if line.startswith("  ")]
    assert len(commands) > 40 and "run start" in commands, commands
    for command in commands:
        page = pawl(world, None, *command.split(), "--help").out
        assert page.startswith(f"pawl {command}: ") and f"Usage: pawl {command}" in page, page
    assert "run signal" in pawl(world, None, "help", "run").out
    with open(os.path.join(os.environ["PAWL_SOURCE_ROOT"], "docs", "cli.md"), encoding="utf-8") as file:
        text = file.read()
    equal([c for c in commands if f"`pawl {c}" not in text], [])


class Busy(http.server.BaseHTTPRequestHandler):
    """Refuses as often as `refusals` says, then starts a run."""
    refusals, wait, asked = 0, "1", 0

    def do_POST(self):
        Busy.asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        busy = Busy.asked <= Busy.refusals
        body = json.dumps({"code": "OVERLOADED", "detail": "too much waits"} if busy else
                          {"id": "run_0", "status": "running"}).encode()
        self.send_response(503 if busy else 201)
        if busy:
            self.send_header("Retry-After", Busy.wait)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@suite.case("a busy server is asked once more after the time it says, when that is soon, and what it said is told")
def _(world):
    server = http.server.HTTPServer(("127.0.0.1", 0), Busy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    for refusals, wait, asked, code, said in ((0, "1", 1, 0, ""), (1, "1", 2, 0, "once more in 1 s"),
                                              (2, "1", 2, 1, "try again in 1 s"), (1, "300", 1, 1, "try again in 300 s"),
                                              (1, "soon", 1, 1, "too much waits")):
        Busy.refusals, Busy.wait, Busy.asked = refusals, wait, 0
        done = pawl(world, "ann", "run", "start", "x", code=code, PAWL_URL=url)
        equal(Busy.asked, asked)
        assert said in done.err, done
    server.shutdown()


suite.run()
