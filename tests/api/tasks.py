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
    refused(decide(world, "ann", task, "APPROVE"), 403, "FORBIDDEN", "excluded, because you started it")
    refused(decide(world, "carol", task, "APPROVE"), 404, "NOT_FOUND")
    refused(decide(world, "art", task, "APPROVE"), 403, "FORBIDDEN", "not among those who are asked")
    equal(world.run(run)["status"], "running")
    equal(world.admin.put("/api/v1/users/ann", {"roles": ["requester"]}).status, 200)


FOUR_EYES = """
id: four-eyes
inputs: {type: object, properties: {also: {type: array}}}
steps:
  - id: ask
    action: approval.request
    config:
      title: Buy it?
      assign: {role: manager}
      exclude: ["{{ run.started_by }}", "{{ inputs.also | default([]) }}"]
"""
TWICE = """
id: twice
steps:
  - id: ask
    action: approval.request
    config:
      title: Both of you?
      assign: [{role: manager}, {role: manager}]
      join: all
      allow: [approve, reject, delegate]
"""
CLAIM_FIRST = """
id: claim-first
steps:
  - id: ask
    action: approval.request
    config: {title: Claim it, assign: [{role: manager}, {user: olga}], claim: required, allow: [approve, delegate], join: all}
"""


def ids(answer):
    assert answer.status == 200, answer
    return [t["id"] for t in answer.json["items"]]


def managers(world, *names):
    for name in ("ann", "bob", "carol", "dave", "olga"):
        roles = {"ann": ["requester"], "carol": ["finance"], "olga": ["operator"]}.get(name, [])
        roles = roles + (["manager"] if name in names else [])
        equal(world.admin.put(f"/api/v1/users/{name}", {"roles": roles}).status, 200)


@suite.case("who is excluded does not find the task in his list, and asked directly is told why")
def _(world):
    managers(world, "ann", "bob", "dave", "carol")
    world.apply(FOUR_EYES)
    run = world.start("four-eyes", "ann", inputs={"also": ["dave"]})
    task = world.task(run)["id"]
    for who, listed in (("ann", False), ("dave", False), ("bob", True), ("carol", True)):
        client = getattr(world, who)
        for path in ("/api/v1/tasks?", "/tasks?", "/api/v1/workflows/approvals/pending?", "/api/v1/tasks?status=PENDING&"):
            for more in ("", f"run={run}", "workflow=four-eyes"):
                equal((who, path, more, task in ids(client.get(f"{path}limit=500&{more}"))), (who, path, more, listed))
    assert task in ids(world.admin.get("/api/v1/tasks?assignedTo=all&limit=500"))
    for who, why in (("ann", "excluded, because you started it"),
                     ("dave", "excluded, because the workflow excludes you from this step")):
        shown = getattr(world, who).get(f"/api/v1/tasks/{task}").json
        equal(shown["you"], {"may": [], "why": why})
        for verb in ("claim", "decisions"):
            body = {"decision": "APPROVE"} if verb == "decisions" else {}
            refused(getattr(world, who).post(f"/api/v1/tasks/{task}/{verb}", body), 403, "FORBIDDEN", why)
    refused(decide(world, "bob", task, "DELEGATE", to="ann"), 422, "INVALID", "excluded")
    equal(world.bob.get(f"/api/v1/tasks/{task}").json["you"], {"may": ["claim", "approve", "reject", "delegate"], "why": None})
    equal(decide(world, "carol", task, "APPROVE").status, 200)
    closed = world.ann.get(f"/api/v1/tasks/{task}").json["you"]
    equal((closed["may"], "closed" in closed["why"]), ([], True))
    managers(world, "bob")


@suite.case("pages of a list stay full although tasks in between are not for this person")
def _(world):
    managers(world, "ann", "bob")
    world.apply(FOUR_EYES)
    mine = []
    for number in range(12):
        run = world.start("four-eyes", "ann" if number % 3 else "bob")
        mine += [world.task(run)["id"]] if number % 3 == 0 else []
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        page = world.ann.get(f"/tasks?workflow=four-eyes&limit=2&{cursor}").json
        assert len(page["items"]) == 2 or page["next_cursor"] is None, page
        seen += [t["id"] for t in page["items"]]
        cursor, pages = page["next_cursor"] and f"cursor={page['next_cursor']}", pages + 1
    equal((seen, pages), (mine, 3))
    managers(world, "bob")


@suite.case("one who has decided in a step is not offered its other tasks, also when he claimed them before")
def _(world):
    managers(world, "bob", "carol")
    world.apply(TWICE)
    run = world.start("twice")
    first, second = [t["id"] for t in world.until(
        lambda: world.admin.get(f"/api/v1/tasks?assignedTo=all&run={run}").json["items"])]
    equal(sorted(ids(world.bob.get(f"/tasks?run={run}"))), sorted([first, second]))
    equal(decide(world, "bob", first, "APPROVE").status, 200)
    equal(ids(world.bob.get(f"/tasks?run={run}")), [])
    equal(ids(world.carol.get(f"/tasks?run={run}")), [second])
    why = "excluded, because you have already decided in this step"
    equal(world.bob.get(f"/tasks/{second}").json["you"], {"may": [], "why": why})
    refused(decide(world, "bob", second, "APPROVE"), 409, "ALREADY_DECIDED", why)
    equal(decide(world, "carol", second, "APPROVE").status, 200)
    world.run_until(run, "completed")
    run = world.start("twice")
    first, second = [t["id"] for t in world.until(
        lambda: world.admin.get(f"/api/v1/tasks?assignedTo=all&run={run}").json["items"])]
    for task in (first, second):
        equal(world.bob.post(f"/tasks/{task}/claim").status, 200)
    equal(decide(world, "bob", second, "APPROVE").status, 200)
    equal(world.bob.get(f"/tasks/{first}").json["you"], {"may": ["release"], "why": why})
    refused(decide(world, "bob", first, "APPROVE"), 409, "ALREADY_DECIDED", why)
    equal(world.bob.post(f"/tasks/{first}/release").status, 200)
    equal(decide(world, "carol", first, "APPROVE").status, 200)
    world.run_until(run, "completed")
    managers(world, "bob")


@suite.case("who has lost the role cannot decide what he had claimed in it; he may give it back")
def _(world):
    managers(world, "bob", "carol")
    _, task = new_task(world)
    equal(world.bob.post(f"/tasks/{task}/claim").status, 200)
    managers(world, "carol")
    equal(world.bob.get(f"/tasks/{task}").json["you"]["may"], ["release"])
    for decision in ("APPROVE", "DELEGATE"):
        refused(decide(world, "bob", task, decision, to="dave"), 403, "FORBIDDEN", "not among those who are asked")
    refused(decide(world, "carol", task, "APPROVE"), 409, "TASK_CLAIMED", "bob")
    equal(world.bob.post(f"/tasks/{task}/release").status, 200)
    refused(world.bob.post(f"/tasks/{task}/claim"), 404, "NOT_FOUND")
    equal(decide(world, "carol", task, "APPROVE").status, 200)
    managers(world, "bob")


@suite.case("a role in which only excluded people are left has nobody to decide: the step fails")
def _(world):
    managers(world, "bob")
    world.apply(FOUR_EYES)
    failed = world.run_until(world.start("four-eyes", "bob"), "failed")
    equal(failed["error"]["code"], "NO_AVAILABLE_ASSIGNEES")
    failed = world.run_until(world.start("four-eyes", "ann", inputs={"also": [{"name": "bob"}]}), "failed")
    equal(failed["error"]["code"], "config.value")
    assert "exclude" in failed["error"]["message"], failed


VERBS = {
    "claim": ("claim", {}), "release": ("release", {}), "approve": ("decisions", {"decision": "APPROVE"}),
    "reject": ("decisions", {"decision": "REJECT", "comment": "no"}),
    "send_back": ("decisions", {"decision": "SEND_BACK", "comment": "again", "to": "write"}),
    "delegate": ("decisions", {"decision": "DELEGATE", "to": "art"}),
    "complete": ("decisions", {"decision": "COMPLETE", "form": {"text": "x"}}),
}


def offered_states(world):
    """Named ways to get a new task into a state."""
    def fresh(workflow, who="ann", step=0, **inputs):
        run = world.start(workflow, who, inputs=inputs)
        return world.until(lambda: world.admin.get(f"/api/v1/tasks?assignedTo=all&run={run}").json["items"])[step]["id"]

    def after(task, who, *verbs):
        for verb in verbs:
            path, body = VERBS[verb]
            equal(getattr(world, who).post(f"/tasks/{task}/{path}", body).status, 200)
        return task

    def decided():
        run = world.start("twice")
        tasks = world.until(lambda: world.admin.get(f"/api/v1/tasks?assignedTo=all&run={run}").json["items"])
        after(tasks[0]["id"], "bob", "approve")
        return tasks[1]["id"]

    return {
        "open": lambda: fresh("approval", amount=1),
        "claimed": lambda: after(fresh("approval", amount=1), "bob", "claim"),
        "handed on": lambda: after(fresh("approval", amount=1), "bob", "delegate"),
        "closed": lambda: after(fresh("approval", amount=1), "bob", "approve"),
        "four eyes": lambda: fresh("four-eyes", also=["carol"]),
        "the other one decided": decided,
        "claim first": lambda: fresh("claim-first"),
        "claim first, claimed": lambda: after(fresh("claim-first"), "bob", "claim"),
        "manual": lambda: fresh("review", author="ann"),
    }


@suite.case("what a task offers to somebody is what he can do, and nothing else, in every state")
def _(world):
    managers(world, "ann", "bob", "carol")
    for text in (APPROVAL, FOUR_EYES, TWICE, CLAIM_FIRST, REVIEW):
        world.apply(text)
    tried = 0
    for name, make in offered_states(world).items():
        for who in ("ann", "bob", "carol", "dave", "olga", "art", "admin"):
            client, task = getattr(world, who), make()
            shown = client.get(f"/tasks/{task}")
            may = shown.json["you"]["may"] if shown.status == 200 else []
            for verb, (path, body) in VERBS.items():
                if verb == "delegate" and who == "art":
                    body = dict(body, to="dave")
                done = client.post(f"/tasks/{task}/{path}", body)
                if verb == "claim" and "release" in may and "approve" in may:
                    continue  # his own again: nothing happens (D44)
                equal((name, who, verb, done.status == 200), (name, who, verb, verb in may))
                assert shown.status == 200 or done.status == 404, (name, who, verb, done)
                if done.status == 200:
                    task = make()
                tried += 1
            if shown.status == 200:
                equal((name, who, shown.json["you"]["why"] is None), (name, who, bool(set(may) - {"release"})))
    assert tried > 400, tried
    managers(world, "bob")


@suite.case("who has handed a task on goes on seeing it")
def _(world):
    run, task = new_task(world)
    equal(decide(world, "bob", task, "DELEGATE", to="carol").status, 200)
    equal(decide(world, "carol", task, "DELEGATE", to="dave").status, 200)
    for who in ("bob", "carol", "dave", "ann"):
        equal(getattr(world, who).get(f"/tasks/{task}").json["delegated_by"], ["bob", "carol"])
    refused(decide(world, "carol", task, "APPROVE"), 403, "FORBIDDEN", "not among those who are asked")
    equal(decide(world, "dave", task, "APPROVE").status, 200)
    for who in ("bob", "carol", "dave"):
        equal(getattr(world, who).get(f"/tasks/{task}").json["status"], "APPROVED")
    world.run_until(run, "completed")


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
