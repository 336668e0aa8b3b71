#!/usr/bin/env python3
"""Runs the command line as a user types it and compares what it prints. TAP on standard output.

    run.py PAWL FILE.t...

A file is a list of cases; each is run by sh in an empty folder of its own, with `pawl` in the PATH:

    # the title of the case
    @ order.yaml            a file that the case needs: its lines follow, each behind "| "
    | id: order
    $ pawl convert order.yaml
    < a line of standard input
    > a line of standard output
    ! a line of standard error
    ? 6                     the exit code (default 0)

"> ..." stands for any number of lines; "~ " and "!~ " are regular expressions for a whole line of
standard output and error. Lines beginning with "#:" are comments. UPDATE=1 in the environment writes
what was printed into the files, for review.
"""
import os
import re
import subprocess
import sys
import tempfile

TIMEOUT_S = 60


class Case:
    def __init__(self, title):
        self.title = title
        self.files = []  # (name, lines)
        self.command = None
        self.stdin = []
        self.out = []  # (is_pattern, text)
        self.err = []
        self.code = 0


def read_cases(path):
    cases = []
    for number, raw in enumerate(open(path, encoding="utf-8"), 1):
        line = raw.rstrip("\n")
        case = cases[-1] if cases else None
        if line == "" or line.startswith("#:"):
            continue
        if line.startswith("# "):
            cases.append(Case(line[2:]))
        elif line.startswith("@ "):
            case.files.append((line[2:], []))
        elif line[:2] in ("| ", "|"):
            case.files[-1][1].append(line[2:])
        elif line.startswith("$ "):
            case.command = line[2:] if case.command is None else case.command + "\n" + line[2:]
        elif line[:2] in ("< ", "<"):
            case.stdin.append(line[2:])
        elif line[:2] in ("> ", ">"):
            case.out.append((False, line[2:]))
        elif line.startswith("~ "):
            case.out.append((True, line[2:]))
        elif line[:2] in ("! ", "!"):
            case.err.append((False, line[2:]))
        elif line.startswith("!~ "):
            case.err.append((True, line[3:]))
        elif line.startswith("? "):
            case.code = int(line[2:])
        else:
            sys.exit(f"{path}:{number}: not understood: {line}")
    return cases


def matches(expected, lines):
    """Whether the lines are as expected; '...' takes any number of them."""
    if not expected:
        return not lines
    is_pattern, text = expected[0]
    if not is_pattern and text == "...":
        return any(matches(expected[1:], lines[i:]) for i in range(len(lines) + 1))
    if not lines:
        return False
    same = re.fullmatch(text, lines[0]) if is_pattern else text == lines[0]
    return bool(same) and matches(expected[1:], lines[1:])


def run_case(case, pawl):
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in case.files:
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write("".join(line + "\n" for line in lines))
        env = {
            "PATH": os.path.dirname(pawl) + ":/usr/bin:/bin",
            "HOME": folder,
            "LC_ALL": "C.UTF-8",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        done = subprocess.run(
            ["sh", "-c", case.command],
            input="".join(line + "\n" for line in case.stdin).encode(),
            capture_output=True, cwd=folder, env=env, timeout=TIMEOUT_S, check=False)
    out = done.stdout.decode("utf-8", "replace")
    err = done.stderr.decode("utf-8", "replace")
    return out.split("\n")[:-1] if out.endswith("\n") else out.split("\n") if out else [], \
        err.split("\n")[:-1] if err.endswith("\n") else err.split("\n") if err else [], \
        done.returncode


def show(mark, lines):
    for line in lines:
        print(f"#   {mark} {line}")


def update(path, cases, results):
    with open(path, encoding="utf-8") as file:
        head = [line for line in file.read().split("\n") if line.startswith("#:")]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(head) + ("\n\n" if head else ""))
        blocks = []
        for case, (ok, out, err, code) in zip(cases, results):
            lines = ["# " + case.title]
            for name, content in case.files:
                lines += ["@ " + name] + ["| " + line for line in content]
            lines += ["$ " + line for line in case.command.split("\n")]
            lines += ["< " + line for line in case.stdin]
            if ok:
                lines += [("~ " if pattern else "> ") + text for pattern, text in case.out]
                lines += [("!~ " if pattern else "! ") + text for pattern, text in case.err]
            else:
                lines += ["> " + line for line in out] + ["! " + line for line in err]
            if code != 0:
                lines.append(f"? {code}")
            blocks.append("\n".join(line[:1] if len(line) == 2 else line for line in lines))
        file.write("\n\n".join(blocks) + "\n")


def main():
    pawl, paths = os.path.abspath(sys.argv[1]), sys.argv[2:]
    all_cases = [(path, read_cases(path)) for path in paths]
    print(f"1..{sum(len(cases) for _, cases in all_cases)}")
    number, failed = 0, 0
    for path, cases in all_cases:
        results = []
        for case in cases:
            number += 1
            out, err, code = run_case(case, pawl)
            ok = matches(case.out, out) and matches(case.err, err) and code == case.code
            results.append((ok, out, err, code))
            print(f"{'ok' if ok else 'not ok'} {number} - {case.title}")
            if not ok:
                failed += 1
                print(f"# {path}: $ {case.command}")
                print("# expected:")
                show(">", [text for _, text in case.out])
                show("!", [text for _, text in case.err])
                show("?", [case.code])
                print("# got:")
                show(">", out)
                show("!", err)
                show("?", [code])
        if os.environ.get("UPDATE") and not all(ok for ok, *_ in results):
            update(path, cases, results)
    return 0 if failed == 0 or os.environ.get("UPDATE") else 1


if __name__ == "__main__":
    sys.exit(main())
