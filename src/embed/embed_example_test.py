#!/usr/bin/env python3
"""Runs the library's example as its comment says: it dies in the second step, then goes on from there."""
import subprocess
import sys
import tempfile

print("1..2")
with tempfile.TemporaryDirectory() as data:
    first = subprocess.run([sys.argv[1], data + "/store"], capture_output=True, text=True, timeout=60)
    second = subprocess.run([sys.argv[1], data + "/store"], capture_output=True, text=True, timeout=60)
good = first.returncode == 9 and "charge, attempt 1" in first.stdout
print(("ok" if good else "not ok") + " 1 - the first process dies in its second step")
again = second.returncode == 0 and "charge, attempt 2" in second.stdout
again = again and "reserve" not in second.stdout and "the run is completed" in second.stdout
print(("ok" if again else "not ok") + " 2 - the second one repeats that step only and completes the run")
if not (good and again):
    for line in (first.stdout + first.stderr + second.stdout + second.stderr).splitlines():
        print("# " + line)
sys.exit(0 if good and again else 1)
