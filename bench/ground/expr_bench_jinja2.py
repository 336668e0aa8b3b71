#!/usr/bin/python3
"""The templates of expr_bench.c through Jinja2, for comparison (Debian's python3-jinja2)."""
import time

import jinja2

CONTEXT = {
    "inputs": {"po_number": "PO-4711", "amount": 1250.50, "currency": "EUR",
               "requester": "jonas.weber@example.com", "urgent": False,
               "lines": [{"kind": "flight", "amount": 980.50}, {"kind": "hotel", "amount": 270.00}]},
    "steps": {"budget": {"status": "completed", "output": {"id": 17, "free": 20000}}},
    "run": {"id": "run_0c5q2m7k9d3ae", "priority": 5}, "tenant": {"id": "acme"},
}
CASES = [
    ("inputs.amount > 1000", "{{ inputs.amount > 1000 }}"),
    ("three conditions",
     "{{ inputs.amount > 1000 and inputs.currency == 'EUR' and not inputs.urgent }}"),
    ("path with default", "{{ steps.budget.output.nothing | default(steps.budget.output.id) }}"),
    ("small template", "Approve {{ inputs.po_number }}: {{ inputs.amount }} {{ inputs.currency }}"),
    ("arithmetic", "{{ inputs.amount * 1.19 + 25 - run.priority / 2 }}"),
    ("filters", "{{ inputs.requester | upper | replace('@', ' at ') | truncate(20) }}"),
    ("list filters",
     "{{ inputs.lines | selectattr('amount', 'gt', 300) | map(attribute='kind') | join }}"),
    ("sum of a list", "{{ inputs.lines | sum('amount') }}"),
    ("message with a loop",
     "Dear {{ inputs.requester }},\n{% for line in inputs.lines %}{{ loop.index }}. {{ line.kind }}: "
     "{{ line.amount }}\n{% endfor %}{% if inputs.urgent %}Urgent!{% endif %}"),
    ("1,000 turns", "{% for i in range(1000) %}{{ i * 2 }},{% endfor %}"),
]


def best(function, repeat):
    figures = []
    for _ in range(7):
        start = time.perf_counter_ns()
        for _ in range(repeat):
            function()
        figures.append((time.perf_counter_ns() - start) / repeat)
    return min(figures)


def main():
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, cache_size=0)
    print("%-24s %14s %14s" % ("expression", "compile ns", "evaluate ns"))
    for name, source in CASES:
        template = environment.from_string(source)
        compile_ns = best(lambda: environment.from_string(source), 50)
        eval_ns = best(lambda: template.render(CONTEXT), 20 if name.startswith("1,000") else 1000)
        print("%-24s %14.0f %14.0f" % (name, compile_ns, eval_ns))


main()
