"""A day at the office: forty requests, one manager, an auditor who wants to know."""
import re
import urllib.parse

from command_line import Suite, equal, pawl, until_status, write

suite = Suite()
OFFICE = """
id: office
inputs:
  type: object
  required: [what, days]
  properties: {what: {type: string}, days: {type: integer}}
steps:
  - id: decide
    action: approval.request
    config:
      title: "{{ inputs.what }}"
      assign: [{role: manager}]
      due: "{{ inputs.days }}d"
      allow: [approve, reject]
outputs: {what: "{{ inputs.what }}"}
"""
COUNT = 40


def pages(world, size):
    """The tasks of bob, page by page, as the command line gives them."""
    tasks, more = [], []
    while True:
        page = pawl(world, "bob", "task", "list", "--limit", str(size), *more, "-o", "json")
        assert len(page.json) <= size
        tasks += page.json
        found = re.search(r"--cursor (\S+)", page.err)
        if not found:
            return tasks
        more = ["--cursor", found.group(1)]


@suite.case("forty tasks are listed in pages, the most urgent first, and decided by command line and API")
def _(world):
    world.apply(OFFICE)
    order = [(n * 17) % COUNT + 1 for n in range(COUNT)]
    name = write(world, "asks.jsonl", "".join('{"what": "ask %d", "days": %d}\n' % (d, d) for d in order))
    world.runs = pawl(world, "ann", "run", "start", "office", "--inputs", name).out.split()
    equal(len(world.runs), COUNT)
    world.until(lambda: len(world.bob.get("/api/v1/tasks?assignedTo=me&limit=100").json["items"]) == COUNT)
    tasks = pages(world, 7)
    equal([task["title"] for task in tasks], [f"ask {n}" for n in range(1, COUNT + 1)])
    equal([task["due_at"] for task in tasks], sorted(task["due_at"] for task in tasks))
    for number, task in enumerate(tasks, 1):
        reason = f"reason {number}"
        if number % 2:
            verb = "approve" if number % 3 else "reject"
            pawl(world, "bob", "task", verb, task["id"], "--comment", reason)
        else:
            decision = "APPROVE" if number % 3 else "REJECT"
            path = f"/api/v1/tasks/{urllib.parse.quote(task['id'])}/decisions"
            equal(world.bob.post(path, {"decision": decision, "comment": reason}).status, 200)
    equal(pages(world, 7), [])


@suite.case("the auditor reads of each run who decided what, when and why")
def _(world):
    for run in world.runs:
        what = int(pawl(world, "art", "run", "get", run, "-o", "json").json["inputs"]["what"].split()[1])
        events = pawl(world, "art", "run", "events", run, "--limit", "200", "-o", "json").json
        decided = [event for event in events if event.get("comment") == f"reason {what}"]
        assert decided, events
        equal({event["actor"] for event in decided}, {"bob"})
        assert all(re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z$", event["at"]) for event in decided), decided
        text = str(decided).lower()
        assert ("approve" if what % 3 else "reject") in text, decided
        pawl(world, "art", "run", "cancel", run, code=4)


@suite.case("the requester follows her run to its end, and sees how it ended")
def _(world):
    run = pawl(world, "ann", "run", "start", "office", "--input", "what=a desk", "--input", "days=3", "-o",
               "json").json["id"]
    waiting = world.until(lambda: "a desk" in pawl(world, "ann", "run", "status", run).out)
    assert waiting
    assert "role manager" in pawl(world, "ann", "run", "status", run, "-o", "json").json["next"]
    task = pages(world, 7)[0]["id"]
    pawl(world, "bob", "task", "approve", task, "--comment", "yes")
    assert "100 %" in pawl(world, "ann", "run", "progress", run, "--follow").out
    until_status(world, "ann", run, "completed")


suite.run()
