#!/usr/bin/env python3
"""Writes the meta-schemas of JSON Schema as one C file: embed.py OUT FILE.json…

Each row is a PAWL_X(uri, bytes) of what schema_meta.c reads. The texts are the standard's own; the
URI of each is its `$id` without the empty fragment that draft 7 ends it with.
"""
import json
import sys


def main(out_path, paths):
    with open(out_path, "w", encoding="utf-8") as out:
        out.write("/* Made by meta/embed.py from the JSON files beside it; do not edit. */\n")
        rows = []
        for number, path in enumerate(paths):
            with open(path, "rb") as file:
                data = file.read()
            uri = json.loads(data)["$id"].rstrip("#")
            out.write(f"static const char meta_{number}[] = {{\n")
            for at in range(0, len(data), 24):
                out.write("    " + ", ".join(str(b) for b in data[at:at + 24]) + ",\n")
            out.write("};\n")
            rows.append(f'    {{PAWL_STR_INIT("{uri}"), {{meta_{number}, sizeof(meta_{number})}}}},\n')
        out.write("static const struct meta_text meta_texts[] = {\n")
        out.writelines(rows)
        out.write("};\n")


main(sys.argv[1], sys.argv[2:])
