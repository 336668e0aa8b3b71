"""docs/tutorial.md, done as it says: files are saved, commands pasted in their order, in one shell's state.

A comment `# exit code N` behind a command is what it must end with; else 0. RUN and TASK are the ids that
were printed last, as the page tells its reader. The page's port is changed to a free one.
"""
import os
import re
import signal
import socket
import subprocess
import sys
import time

from command_line import Suite, equal

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "api"))
# pylint: disable=wrong-import-position
from harness import Server  # noqa: E402

suite = Suite()
LIMIT_S = 60


def page():
    with open(os.path.join(os.environ["PAWL_SOURCE_ROOT"], "docs", "tutorial.md"), encoding="utf-8") as file:
        text = file.read()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return text.replace("8123", str(listener.getsockname()[1]))


class Reader:
    """Somebody who reads the page and does what it says."""

    def __init__(self, folder, exe):
        self.folder, self.state, self.ids, self.children, self.outputs = folder, "", {}, [], {}
        os.symlink(os.path.dirname(exe), os.path.join(folder, "build"))

    def paste(self, line):
        found = re.search(r"\s+# exit code (\d+)$", line)
        expected = int(found.group(1)) if found else 0
        command = line[:found.start()] if found else line
        for word, value in self.ids.items():
            command = re.sub(rf"\b{word}\b", value, command)
        if re.match(r"export |[A-Z]+=", command):
            self.state += command + "\n"
            return
        end = time.monotonic() + LIMIT_S
        while True:
            done = subprocess.run(["sh", "-c", self.state + command], cwd=self.folder, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=LIMIT_S, check=False)
            out = done.stdout.decode()
            # the next task comes a moment after the decision: a person is slower than that
            if "task list" not in line or "task_" in out or time.monotonic() > end:
                break
        assert done.returncode == expected, (line, done)
        self.outputs[line] = out + done.stderr.decode()
        for word, prefix in (("RUN", "run_"), ("TASK", "task_")):
            known = re.findall(rf"\b{prefix}[0-9a-z]+", out) if "list" in line or "start" in line else []
            if known:
                self.ids[word] = known[0]

    def background(self, line):
        child = subprocess.Popen(line.split(), cwd=self.folder, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        self.children.append(child)
        port, end = int(re.search(r" (\d+) ", line).group(1)), time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.01)
        raise AssertionError(f"nobody listens after {line}")

    def close(self):
        for child in self.children:
            child.kill()
            child.wait()


@suite.case("every command of the tutorial does what the page says")
def _(world):
    folder = os.path.join(world.folder, "clone")
    os.mkdir(folder)
    server = Server.__new__(Server)
    server.folder, server.log_path = folder, os.path.join(folder, "log.txt")
    server.log, server.said, server.port, server.token = open(server.log_path, "ab"), [], None, None
    server.process = subprocess.Popen([world.exe, "dev"], stdout=subprocess.PIPE, stderr=server.log, cwd=folder)
    reader = Reader(folder, world.exe)
    try:
        server.wait_listening(r"listens on http://[^:]*:(\d+)")
        text, commands = page(), 0
        for kind, block in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.S | re.M):
            if kind == "yaml":
                name = re.search(r"Save this as `([^`]+)`", text).group(1)
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(block)
            for line in block.strip().splitlines() if kind in ("sh", "background") else []:
                getattr(reader, "paste" if kind == "sh" else kind)(line)
                commands += 1
        assert commands > 20, commands
        said = reader.outputs
        assert "/days" in said['pawl run start leave --input days=50 --token "$ANN"   # exit code 6'], said
        history = said["pawl run events RUN --limit 200 -o jsonl"]
        for reason in ("somebody has to", "Enjoy it", "the calendar is back", "nobody", "carol"):
            assert reason in history, (reason, history)
        assert '"attempt":3' in history.replace(" ", ""), history
        assert "100 %" in said["pawl run progress RUN --follow"], said
    finally:
        reader.close()
        equal(server.stop(signal.SIGINT), 0)


suite.run()
