"""On a real terminal: colours, the bar of a batch, redrawing; and nothing from outside takes it over."""
import json
import os
import re
import signal

from command_line import APPROVAL, WAITING, Suite, Terminal, equal, pawl, task_of, write

suite = Suite()
EVIL = "\x1b[2J\x1b]0;owned\x07\u202egnp.exe\x9b31m"


def is_quiet(text):
    """Without escape sequences but our own colours, cursor moves and erasing."""
    rest = re.sub(rb"\x1b\[(\d*m|\d+A|J|K)", b"", text)
    assert b"\x1b" not in rest and b"\x07" not in rest, rest
    assert "\u202e".encode() not in rest and "\x9b".encode() not in rest, rest


@suite.case("a wrong call is red on a terminal, not with NO_COLOR, not in a file")
def _(world):
    for env, colour in (({}, True), ({"NO_COLOR": "1"}, False)):
        terminal = Terminal(world, "ann", "run", "get", "run_x", **env)
        assert terminal.end() != 0
        equal(b"\x1b[31m" in terminal.seen, colour)
    assert "\x1b" not in pawl(world, "ann", "run", "get", "run_0000000000000", code=3).err


@suite.case("run progress --follow draws over what it drew, until the run has ended")
def _(world):
    world.apply(WAITING)
    run = world.start("waiting")
    terminal = Terminal(world, "ann", "run", "progress", run, "--follow")
    terminal.until(b"signal 'go'")
    equal(world.olga.post(f"/api/v1/runs/{run}/signal", {"name": "go"}).status, 200)
    equal(terminal.end(), 0)
    assert re.search(rb"\x1b\[\d+A\x1b\[J", terminal.seen) and b"100 %" in terminal.seen, terminal.seen
    assert b"\x1b[32m" in terminal.seen
    plain = Terminal(world, "ann", "run", "progress", run, NO_COLOR="1")
    equal(plain.end(), 0)
    assert b"\x1b" not in plain.seen, plain.seen


@suite.case("a batch draws a bar on a terminal")
def _(world):
    name = write(world, "many.jsonl", "".join('{"amount": %d}\n' % n for n in range(20)))
    world.apply(APPROVAL)
    terminal = Terminal(world, "ann", "run", "start", "approval", "--inputs", name)
    equal(terminal.end(), 0)
    assert b"20/20" in terminal.seen and b"[######" in terminal.seen, terminal.seen
    assert b"20 started, 0 were there already, 0 refused" in terminal.seen
    is_quiet(terminal.seen)


@suite.case("a batch that is interrupted and run again starts only what is missing")
def _(world):
    name = write(world, "long.jsonl", "".join(json.dumps({"amount": n, "note": "long"}) + "\n" for n in range(300)))
    terminal = Terminal(world, "ann", "run", "start", "approval", "--inputs", name)
    terminal.until(b"10/300")
    os.kill(terminal.pid, signal.SIGKILL)
    equal(terminal.end(), -signal.SIGKILL)
    rest = pawl(world, "ann", "run", "start", "approval", "--inputs", name)
    started, there = map(int, re.search(r"(\d+) started, (\d+) were there already", rest.err).groups())
    equal(started + there, 300)
    assert there >= 10 and started > 0, rest.err
    ids = rest.out.split()
    equal(len(set(ids)), 300)
    notes = [world.run(run)["inputs"]["amount"] for run in (ids[0], ids[150], ids[299])]
    equal(notes, [0, 150, 299])
    again = pawl(world, "ann", "run", "start", "approval", "--inputs", name)
    assert "0 started, 300 were there already" in again.err, again


@suite.case("names, titles, comments and messages with control characters do not take the terminal over")
def _(world):
    text = APPROVAL.replace("id: approval", "id: evil").replace("{{ inputs.amount }}\"", "{{ inputs.note }}\"", 1)
    world.apply(text)
    run = world.start("evil", inputs={"amount": 1, "note": EVIL}, key="k" + EVIL, labels={"l": EVIL})
    task = task_of(world, "bob", run)["id"]
    seen = b""
    for who, words in (("bob", ("task", "list", "--run", run)), ("bob", ("task", "get", task)),
                       ("ann", ("run", "get", run)), ("ann", ("run", "progress", run)),
                       ("ann", ("run", "status", run)), ("ann", ("run", "list")),
                       ("bob", ("task", "approve", task, "--comment", EVIL)),
                       ("ann", ("run", "events", run)), ("ann", ("run", "get", EVIL)),
                       ("ann", ("run", "start", EVIL)), ("ann", ("run", "start", "evil", "--input", EVIL)),
                       ("ann", ("run", "start", "evil", "--input", f"{EVIL}={EVIL}")), ("ann", (EVIL,)),
                       ("ann", ("task", "list", "--" + EVIL)), ("ann", ("apply", EVIL)),
                       ("ann", ("run", "start", "evil", "--inputs", EVIL))):
        terminal = Terminal(world, who, *words)
        terminal.end()
        is_quiet(terminal.seen)
        seen += terminal.seen
    assert b"\\x1b[2J" in seen and b"\\u202e" in seen


suite.run()
