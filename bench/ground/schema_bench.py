#!/usr/bin/env python3
"""The cases of schema_bench put to python-jsonschema: schema_bench.py [FILE].

A validator is made once and asked many times, as pawl is; formats are asserted.
"""
import importlib.metadata
import json
import os
import sys
import time

import jsonschema


def best(function, repeat, rounds=5):
    figures = []
    for _ in range(rounds):
        start = time.perf_counter_ns()
        for _ in range(repeat):
            function()
        figures.append((time.perf_counter_ns() - start) / repeat)
    return min(figures)


def main(path):
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)
    schemas = {case["name"]: case.get("schema") for case in cases}
    print(f"python-jsonschema {importlib.metadata.version("jsonschema")}")
    print(f"{'ns':30} {'verdict':10} {'check':>12} {'with errors':>12}")
    for case in cases:
        schema = case.get("schema") or schemas[case["schema_of"]]
        instance = case["instance"]
        if "repeat" in case:
            more = case["repeat"]
            instance[more["key"]] = [more["item"]] * more["count"]
        validator = jsonschema.Draft202012Validator(
            schema, format_checker=jsonschema.FormatChecker())
        verdict = "valid" if validator.is_valid(instance) else "not valid"
        quick = best(lambda: validator.is_valid(instance), 100)
        errors = best(lambda: list(validator.iter_errors(instance)), 100)
        print(f"{case['name']:30} {verdict:10} {quick:12.0f} {errors:12.0f}")


here = os.path.dirname(os.path.abspath(__file__))
main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "schema_cases.json"))
