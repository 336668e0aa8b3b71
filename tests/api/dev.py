"""`pawl dev`: what a newcomer sees, and that everything printed works when pasted. Twice."""
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile

from harness import Client, Server, Suite, equal

suite = Suite()


class Dev:
    def __init__(self, exe, path, *options):
        """`pawl dev` in the folder, with its default data folder."""
        self.server = Server.__new__(Server)
        server = self.server
        server.folder, server.log_path = path, os.path.join(path, "log.txt")
        server.log = open(server.log_path, "ab")
        server.said, server.port, server.token = [], None, None
        server.process = subprocess.Popen([exe, "dev", *options], stdout=subprocess.PIPE, stderr=server.log, cwd=path)
        server.wait_listening(r"listens on http://[^:]*:(\d+)")
        while not server.said[-1].startswith("Ctrl-C"):
            line = server.process.stdout.readline().decode()
            assert line, server.log_text()
            server.said.append(line)
        self.text = "".join(server.said)

    def commands(self):
        return [line.strip() for line in self.text.splitlines() if re.match(r"^  ('[^']*pawl'|\S*pawl) ", line)]


def paste(path, command):
    done = subprocess.run(["sh", "-c", command], cwd=path, capture_output=True, timeout=60, check=False,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 0, (command, done)
    return done.stdout.decode()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@suite.case("four commands are printed, and each works when pasted, in two starts in a row")
def _(exe):
    path = tempfile.mkdtemp(prefix="pawl-dev-")
    tokens = None
    for _ in range(2):
        dev = Dev(exe, path)
        commands = dev.commands()
        equal(len(commands), 4)
        task = re.search(r"task_\w+", dev.text).group()
        assert task in paste(path, commands[0])
        assert "APPROVED" in paste(path, commands[1])
        assert "completed" in paste(path, commands[2])
        assert "run_" in paste(path, commands[3])
        with open(os.path.join(path, "pawl-data", "tokens.json"), encoding="utf-8") as file:
            now = json.load(file)
        assert tokens in (None, now)
        tokens = now
        equal(set(tokens), {"ann", "bob", "carol", "admin"})
        for name, token in tokens.items():
            assert token in dev.text
            equal(Client(dev.server.port, token).get("/api/v1/me").json["name"], name)
        equal(dev.server.stop(), 0)
    for name in ("tokens.json", "cli.json", "pawl.db"):
        equal(os.stat(os.path.join(path, "pawl-data", name)).st_mode & 0o077, 0)
    shutil.rmtree(path)


@suite.case("the example workflows are there, in one version, and the small ones run to their end")
def _(exe):
    path = tempfile.mkdtemp(prefix="pawl-dev-")
    for _ in range(2):
        dev = Dev(exe, path, "--listen", "127.0.0.1:0")
        with open(os.path.join(path, "pawl-data", "tokens.json"), encoding="utf-8") as file:
            client = Client(dev.server.port, json.load(file)["bob"])
        listed = {d["name"]: d["number"] for d in client.get("/api/v1/definitions").json["items"]}
        equal(listed, {"document-review": 1, "expense-approval": 1, "hello": 1})
        equal(len(client.get("/api/v1/runs?startedBy=ann").json["items"]), 1)
        output = paste(path, f"{shlex.quote(exe)} run start hello --input name=you --wait -o json")
        assert "Hello, you!" in output, output
        equal(dev.server.stop(), 0)
    shutil.rmtree(path)


@suite.case("when the port is taken, the next free one is")
def _(exe):
    first, second = tempfile.mkdtemp(prefix="pawl-dev-"), tempfile.mkdtemp(prefix="pawl-dev-")
    one, two = Dev(exe, first), Dev(exe, second)
    assert one.server.port != two.server.port
    assert "task_" in paste(second, two.commands()[0])
    equal(two.server.stop(), 0)
    equal(one.server.stop(), 0)
    for path in (first, second):
        shutil.rmtree(path)


@suite.case("with another data folder the address and token are printed to be exported")
def _(exe):
    path = tempfile.mkdtemp(prefix="pawl-dev-")
    dev = Dev(exe, path, "--data", os.path.join(path, "elsewhere"), "--listen", f"127.0.0.1:{free_port()}")
    export = next(line.strip() for line in dev.text.splitlines() if line.strip().startswith("export "))
    assert "task_" in paste(path, export + "; " + dev.commands()[0])
    equal(dev.server.stop(), 0)
    shutil.rmtree(path)


suite.run(with_world=False)
