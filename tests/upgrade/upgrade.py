"""What an older pawl wrote is opened, checked and carried on: python3 upgrade.py PAWL NAME (see README.md)."""
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "api"))
from harness import Client, Server, Suite, World, equal, refused  # noqa: E402  pylint: disable=wrong-import-position

NAME = sys.argv[2]


class Upgraded(World):
    """A server on a copy of the store that the old release wrote."""

    def __init__(self, exe, options, env):  # pylint: disable=super-init-not-called
        self.exe, self.options, self.env = exe, options, env
        self.folder = tempfile.mkdtemp(prefix="pawl-upgrade-")
        os.mkdir(os.path.join(self.folder, "data"), 0o700)
        store = os.path.join(self.folder, "data", "pawl.db")
        with gzip.open(os.path.join(HERE, NAME + ".db.gz")) as packed, open(store, "wb") as file:
            shutil.copyfileobj(packed, file)
        os.chmod(store, 0o600)
        with open(os.path.join(HERE, NAME + ".json"), encoding="utf-8") as file:
            kept = json.load(file)
        self.tokens, self.runs, self.statuses = kept["tokens"], kept["runs"], kept["statuses"]
        self.clients, self.token = {}, self.tokens["admin"]
        self.server = Server(exe, self.folder, *options, env=env).wait_listening()

    def fsck(self):
        done = subprocess.run([self.exe, "fsck", "--data", os.path.join(self.folder, "data")],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.returncode}: {done.stdout}{done.stderr}"

    def ended(self, name, status="completed"):
        return self.run_until(self.runs[name], status)

    def decide(self, name, who, decision, **more):
        task = self.task(self.runs[name], who)["id"]
        made = getattr(self, who).post(f"/api/v1/tasks/{task}/decisions", dict({"decision": decision}, **more))
        assert made.status == 200, made


class UpgradeSuite(Suite):
    world = Upgraded


suite = UpgradeSuite(options=["--allow-exec"])


@suite.case("what has ended, waits or was never started is as it was left")
def _(world):
    for name in ("asked", "cancelled", "claimed", "completed", "delegated", "draft", "failed", "held", "later",
                 "paused", "rejected", "sent_back", "signal", "terminated", "voting", "wide"):
        equal((name, world.run(world.runs[name])["status"]), (name, world.statuses[name]))
    asked = world.run(world.runs["asked"])
    equal((asked["key"], asked["labels"], asked["priority"]), ("PO-1", {"team": "red"}, 3))
    equal(asked["inputs"], {"amount": 12.5, "note": "chairs"})
    equal(world.admin.get("/api/v1/runs?key=PO-1").json["items"][0]["id"], world.runs["asked"])


@suite.case("tokens stand for whom they stood for; revoked ones and people who are inactive stay out")
def _(world):
    for name in ("admin", "ann", "bob", "carol", "dave", "olga", "art"):
        equal(getattr(world, name).get("/api/v1/me").json["name"], name)
    equal(world.second.get("/api/v1/me").json["tenant"], "second")
    equal(world.second.get("/api/v1/runs").json["items"], [])
    for name in ("revoked", "gone"):
        refused(Client(world.server.port, world.tokens[name]).get("/api/v1/me"), 401, "UNAUTHENTICATED")
    assert not any("shown this once" in line for line in world.server.said), world.server.said


@suite.case("a program that was running is started again if it may be, else nobody pretends to know")
def _(world):
    equal(world.ended("safe")["outputs"], {"said": "went on\n", "attempts": 2})
    equal(world.ended("once", "failed")["error"]["code"], "unknown_outcome")
    equal(world.ended("post")["outputs"], {"code": "unknown_outcome"})
    world.ended("pausing")


@suite.case("deadlines that passed meanwhile fire")
def _(world):
    world.ended("timer")
    task = world.until(lambda: world.carol.get(f"/api/v1/tasks?run={world.runs['escalating']}").json["items"])[0]
    equal(task["status"], "PENDING")
    world.decide("escalating", "carol", "APPROVE")
    world.ended("escalating")


@suite.case("people decide what waited for them: asked, delegated, claimed, voting, sent back")
def _(world):
    world.decide("asked", "bob", "APPROVE")
    equal(world.ended("asked")["outputs"], {"amount": 12.5})
    world.decide("delegated", "dave", "APPROVE")
    world.ended("delegated")
    equal(world.bob.get(f"/api/v1/tasks?run={world.runs['voting']}").json["items"], [])
    world.decide("voting", "carol", "APPROVE", comment="yes")
    world.ended("voting")
    world.decide("claimed", "bob", "COMPLETE", form={"amount": 2})
    equal(world.ended("claimed")["outputs"], {"amount": 2, "by": "bob"})
    world.decide("sent_back", "ann", "COMPLETE", form={"text": "two"})
    world.decide("sent_back", "bob", "APPROVE")
    equal(world.ended("sent_back")["outputs"], {"text": "two", "iteration": 2})


@suite.case("signals arrive, also in a state of several pages; a paused, a held and a failed run go on; a draft starts")
def _(world):
    for name, times in (("signal", 1), ("wide", 70), ("keyed", 1)):
        for _ in range(times):
            made = world.admin.post(f"/api/v1/runs/{world.runs[name]}/signal", {"name": "go", "data": 21})
            equal(made.status, 200)
        world.ended(name)
    equal(world.run(world.runs["wide"])["outputs"], {"sum": 42})
    equal(world.olga.post(f"/api/v1/runs/{world.runs['paused']}/resume", {}).status, 200)
    equal(world.admin.post(f"/api/v1/runs/{world.runs['paused']}/signal", {"name": "go"}).status, 200)
    world.ended("paused")
    equal(world.admin.post(f"/api/v1/runs/{world.runs['held']}/next", {}).status, 200)
    equal(world.olga.post(f"/api/v1/runs/{world.runs['failed']}/retry", {}).status, 200)
    equal(world.ended("failed", "failed")["error"]["code"], "no_luck")
    equal(world.ann.post(f"/api/v1/runs/{world.runs['draft']}/submit", {}).status, 200)
    world.decide("draft", "bob", "APPROVE")
    world.ended("draft")


@suite.case("an input that is sensitive is masked where a run is shown, and what is made of it from now on is sealed")
def _(world):
    equal(world.run(world.runs["sensitive"])["inputs"], {"pin": "***"})
    world.decide("sensitive", "bob", "APPROVE")
    ended = world.ended("sensitive")
    equal((ended["inputs"], ended["outputs"]), ({"pin": "***"}, {"pin": "***"}))


@suite.case("after all that, and after a restart, every run follows from its history")
def _(world):
    world.server.stop()
    world.fsck()
    world.clients = {}
    world.server = Server(world.exe, world.folder, *world.options, env=world.env).wait_listening()
    world.ended("asked")
    equal(world.run(world.runs["later"])["status"], "pending")


suite.run()
