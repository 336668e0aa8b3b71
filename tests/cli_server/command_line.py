"""The program `pawl` as a client: what it prints, where, and with which exit code.

A Shell runs it as a person with a token; a Terminal runs it on a real pty.
"""
import json
import os
import pty
import re
import select
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "api"))
# pylint: disable=wrong-import-position,unused-import
from harness import APPROVAL, FAILING, WAITING, Suite, equal  # noqa: E402

LIMIT_S = 60


class Done:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def jsonl(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def __repr__(self):
        return f"exit {self.code}\nout: {self.out[:1500]}\nerr: {self.err[:1500]}"


def environment(world, who, **more):
    env = {"PATH": os.environ.get("PATH", ""), "HOME": world.folder, "TERM": "xterm",
           "PAWL_URL": f"http://127.0.0.1:{world.server.port}"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    if who:
        env["PAWL_TOKEN"] = world.tokens[who]
    env.update(more)
    return env


def pawl(world, who, *words, code=0, stdin="", **env):
    """Runs it and expects that exit code; text that is no UTF-8 is an error."""
    done = subprocess.run([world.exe, *words], cwd=world.folder, env=environment(world, who, **env),
                          input=stdin.encode(), capture_output=True, timeout=LIMIT_S, check=False)
    done = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert done.code == code, (words, f"expected exit {code}", done)
    return done


class Terminal:
    """The program on a pty: what a person would see, as bytes."""

    def __init__(self, world, who, *words, **env):
        self.seen = b""
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.chdir(world.folder)
            os.execve(world.exe, [world.exe, *words], environment(world, who, **env))

    def read(self):
        """What comes next; False at the end."""
        ready, _, _ = select.select([self.file], [], [], LIMIT_S)
        assert ready, f"nothing more came: {self.seen!r}"
        try:
            piece = os.read(self.file, 65536)
        except OSError:  # Linux says EIO at the end
            piece = b""
        self.seen += piece
        return len(piece) > 0

    def until(self, text):
        while text not in self.seen:
            assert self.read(), f"ended without {text!r}: {self.seen!r}"

    def end(self):
        while self.read():
            pass
        os.close(self.file)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def until_status(world, who, run, status):
    end = time.monotonic() + LIMIT_S
    while pawl(world, who, "run", "get", run, "-o", "json").json["status"] != status:
        assert time.monotonic() < end, f"{run} did not become {status}"
        time.sleep(0.01)


def task_of(world, who, run):
    """The open task of the run, as the person's list has it."""
    return world.until(lambda: pawl(world, who, "task", "list", "--run", run, "-o", "json").json)[0]


def write(world, name, text):
    with open(os.path.join(world.folder, name), "w", encoding="utf-8") as file:
        file.write(text)
    return name
