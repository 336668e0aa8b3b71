#!/usr/bin/env python3
"""Writes a file as the initialiser of an array of (signed) char: embed.py OUT FILE."""
import sys

with open(sys.argv[2], "rb") as file:
    data = file.read()
with open(sys.argv[1], "w", encoding="ascii") as out:
    for at in range(0, len(data), 24):
        out.write(", ".join(str(byte - 256 if byte > 127 else byte) for byte in data[at:at + 24]) + ",\n")
