"""Tasks: lists, claim, release, decisions, also by the specifications' own paths."""
from harness import APPROVAL, Suite, equal, refused

suite = Suite()
REVIEW = """
id: review
inputs: {type: object, required: [author], properties: {author: {type: string}}}
steps:
  - id: write
    action: task.manual
    config:
      title: "Write"
      assign: [{user: "{{ inputs.author }}"}]
      form: {type: object, required: [text], properties: {text: {type: string, minLength: 1}}}
  - id: check
    depends_on: [write]
    action: approval.request
    config:
      title: "Check"
      description: "{{ steps.write.output.form.text | default('') }}"
      assign: [{role: manager}, {role: finance}]
      join: {quorum: 1}
      allow: [approve, reject, send_back]
      send_back_to: [write]
"""


def decide(world, who, task, decision, **more):
    return getattr(world, who).post(f"/api/v1/tasks/{task}/decisions", dict({"decision": decision}, **more))


def new_task(world, **inputs):
    world.apply(APPROVAL)
    run = world.start("approval", inputs=dict({"amount": 5}, **inputs))
    return run, world.task(run)["id"]


@suite.case("a task is listed, shown, and approving it goes on with the run")
def _(world):
    run, task = new_task(world)
    listed = world.bob.get(f"/tasks?assignedTo=me&status=PENDING&run={run}").json["items"]
    equal([t["id"] for t in listed], [task])
    equal((listed[0]["title"], listed[0]["kind"], listed[0]["candidates"]), ("Approve 5", "approval", ["role:manager"]))
    shown = world.bob.get(f"/tasks/{task}")
    equal((shown.json["status"], shown.headers["ETag"]), ("PENDING", f'"{shown.json["version"]}"'))
    done = decide(world, "bob", task, "APPROVE", comment="fine")
    equal((done.status, done.json["status"], done.json["assignee"]), (200, "APPROVED", "bob"))
    equal(world.run_until(run, "completed")["outcome"], "approved")
    decisions = world.bob.get(f"/api/v1/tasks/{task}").json["decisions"]
    equal([(d["person"], d["verdict"], d["comment"]) for d in decisions], [("bob", "APPROVED", "fine")])
    equal(world.bob.get(f"/api/v1/tasks?run={run}").json["items"], [])
    mine = world.bob.get(f"/api/v1/tasks?status=APPROVED&run={run}").json["items"]
    equal([t["id"] for t in mine], [task])


@suite.case("rejecting needs a comment that is not blank")
def _(world):
    run, task = new_task(world)
    for comment in (None, "", " \t\n", "\u00a0\u2003\u3000", "\u200b\u200c\u200d", "\u00a0\u2060\ufeff", "\u00ad",
                    "\u180e", "\u200e\u202e", "\u3164\u115f\uffa0", "\u2800", "\ufe0f", "\U000e0041"):
        more = {} if comment is None else {"comment": comment}
        refused(decide(world, "bob", task, "REJECT", **more), 422, "INVALID", "comment")
    equal(world.admin.get(f"/api/v1/tasks/{task}").json["status"], "PENDING")
    equal(decide(world, "bob", task, "REJECT", comment="too much").json["status"], "REJECTED")
    equal(world.run_until(run, "completed")["outcome"], "rejected")


@suite.case("a claimed task is its claimer's until it is released")
def _(world):
    equal(world.admin.put("/api/v1/users/olga", {"roles": ["operator", "manager"]}).status, 200)
    _, task = new_task(world)
    claimed = world.bob.post(f"/api/v1/tasks/{task}/claim")
    equal((claimed.status, claimed.json["status"], claimed.json["assignee"]), (200, "CLAIMED", "bob"))
    equal(world.bob.post(f"/tasks/{task}/claim").status, 200)
    refused(world.olga.post(f"/api/v1/tasks/{task}/claim"), 409, "TASK_CLAIMED")
    refused(decide(world, "olga", task, "APPROVE"), 409, "TASK_CLAIMED")
    refused(world.olga.post(f"/api/v1/tasks/{task}/release"), 403, "FORBIDDEN")
    equal(world.bob.post(f"/tasks/{task}/release", {}).json["status"], "PENDING")
    equal(world.olga.post(f"/api/v1/tasks/{task}/claim").json["assignee"], "olga")
    equal(world.admin.post(f"/api/v1/tasks/{task}/release").json["status"], "PENDING")
    equal(decide(world, "olga", task, "APPROVE").json["status"], "APPROVED")
    refused(decide(world, "bob", task, "APPROVE"), 409, "INVALID_STATE_TRANSITION")


@suite.case("nobody decides his own request, and only candidates decide")
def _(world):
    equal(world.admin.put("/api/v1/users/ann", {"roles": ["requester", "manager"]}).status, 200)
    run, task = new_task(world)
    refused(decide(world, "ann", task, "APPROVE"), 403, "FORBIDDEN")
    refused(decide(world, "carol", task, "APPROVE"), 403, "FORBIDDEN")
    equal(world.run(run)["status"], "running")
    equal(world.admin.put("/api/v1/users/ann", {"roles": ["requester"]}).status, 200)


@suite.case("delegating hands the task to somebody else")
def _(world):
    _, task = new_task(world)
    refused(decide(world, "bob", task, "DELEGATE"), 422, "INVALID")
    refused(decide(world, "bob", task, "DELEGATE", to="nobody-of-that-name"), 422, "INVALID")
    done = decide(world, "bob", task, "DELEGATE", to="carol", comment="you know better")
    equal((done.status, done.json["status"]), (200, "PENDING"))
    equal(world.admin.get(f"/api/v1/tasks/{task}").json["candidates"], ["user:carol"])
    assert task in [t["id"] for t in world.carol.get("/tasks").json["items"]]
    refused(decide(world, "bob", task, "APPROVE"), 403, "FORBIDDEN")
    equal(decide(world, "carol", task, "APPROVE").status, 200)


@suite.case("whom a decision stands for comes from the chain of delegation and not from the caller")
def _(world):
    run, task = new_task(world)
    answer = decide(world, "bob", task, "APPROVE", on_behalf_of="carol")
    refused(answer, 422, "INVALID", "/on_behalf_of", "chain of delegation", "DELEGATE")
    refused(world.bob.post(f"/api/v1/workflows/approvals/{task}/approve", {"on_behalf_of": "carol"}), 422, "INVALID",
            "chain of delegation")
    equal(decide(world, "bob", task, "DELEGATE", to="carol").status, 200)
    equal(decide(world, "carol", task, "APPROVE").status, 200)
    world.run_until(run, "completed")
    decisions = world.bob.get(f"/api/v1/tasks/{task}").json["decisions"]
    equal([(d["person"], d["on_behalf_of"]) for d in decisions], [("carol", "bob")])
    run, task = new_task(world)
    equal(decide(world, "bob", task, "APPROVE").status, 200)
    decisions = world.bob.get(f"/api/v1/tasks/{task}").json["decisions"]
    equal([(d["person"], d["on_behalf_of"]) for d in decisions], [("bob", None)])


@suite.case("a form is checked, a manual task completed, and a review sent back")
def _(world):
    world.apply(REVIEW)
    run = world.start("review", inputs={"author": "ann"})
    task = world.task(run, "ann")
    equal(task["kind"], "manual")
    refused(decide(world, "ann", task["id"], "COMPLETE"), 422, "INVALID", "text")
    refused(decide(world, "ann", task["id"], "COMPLETE", form={"text": ""}), 422, "INVALID", "/text")
    refused(decide(world, "ann", task["id"], "APPROVE", form={"text": "x"}), 422, "INVALID")
    equal(decide(world, "ann", task["id"], "COMPLETE", form={"text": "draft one"}).json["status"], "COMPLETED")
    check = world.task(run, "bob")
    equal(world.bob.get(f"/tasks/{check['id']}").json["description"], "draft one")
    refused(decide(world, "bob", check["id"], "SEND_BACK"), 422, "INVALID", "comment")
    refused(decide(world, "bob", check["id"], "SEND_BACK", comment="x", to="nowhere"), 422, "INVALID")
    equal(decide(world, "bob", check["id"], "SEND_BACK", comment="shorter", to="write").status, 200)
    again = world.task(run, "ann")
    equal((again["step"], again["iteration"]), ("write", 2))
    equal(decide(world, "ann", again["id"], "COMPLETE", form={"text": "two"}).status, 200)
    equal(decide(world, "carol", world.task(run, "carol")["id"], "APPROVE").status, 200)
    equal(world.run_until(run, "completed")["outcome"], "approved")


@suite.case("the specifications' own approval paths list and decide")
def _(world):
    run, task = new_task(world)
    pending = world.bob.get(f"/api/v1/workflows/approvals/pending?run={run}").json["items"]
    equal([t["id"] for t in pending], [task])
    equal(world.bob.post(f"/api/v1/workflows/approvals/{task}/approve").json["status"], "APPROVED")
    world.run_until(run, "completed")
    run, task = new_task(world)
    refused(world.bob.post(f"/api/v1/workflows/approvals/{task}/reject"), 422, "INVALID", "comment")
    equal(world.bob.post(f"/api/v1/workflows/approvals/{task}/reject", {"comment": "no"}).json["status"], "REJECTED")


@suite.case("lists come in pages, the most urgent first, without gaps or doubles")
def _(world):
    tasks = [new_task(world)[1] for _ in range(7)]
    seen, cursor = [], ""
    while True:
        page = world.bob.get(f"/tasks?workflow=approval&limit=3{cursor}").json
        seen += [t["id"] for t in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    equal(len(seen), len(set(seen)))
    assert set(tasks) <= set(seen)
    equal(world.bob.get("/tasks?workflow=none").json["items"], [])


suite.run()
