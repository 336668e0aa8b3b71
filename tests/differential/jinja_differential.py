#!/usr/bin/python3
"""Random expressions and messages through Jinja2 and through pawl; every difference must be a known one.

    jinja_differential.py DRIVER [--cases N] [--seed S] [--show K]

The oracle is Jinja2 3.1 in a sandbox with StrictUndefined. The one place where its spelling is not
followed, the text of booleans, none, lists and maps (docs/expressions.md, "Exceptions to Jinja2"), is
put into the oracle: `spell` below. What is left must be equal, or fall under one of the classes of
KNOWN, which docs/expressions.md lists by the same names. Exit code 1 when anything else differs, 77
when python3-jinja2 is missing.
"""
import argparse
import collections
import decimal
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import warnings

try:
    import jinja2
    import jinja2.filters
    import jinja2.runtime
    import jinja2.sandbox
except ImportError:
    print("skipped: python3-jinja2 not found")
    sys.exit(77)

warnings.simplefilter("ignore")  # Python's, about what random expressions do
CONTEXTS_PER_TEMPLATE = 5
BATCH = 4000


# ---- the oracle ---------------------------------------------------------------------------------

def spell(value):
    """Text of a value the way pawl writes it."""
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, jinja2.Undefined):
        return str(value)  # strict: raises; the lenient one of an inline if: ''
    return json.dumps(plain(value), ensure_ascii=False)


def plain(value, depth=0):
    """The value in JSON's terms; generators are used up."""
    if depth > 60:
        raise ValueError("too deep")
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, jinja2.Undefined):
        str(value)
        return None
    if isinstance(value, dict):
        if not all(isinstance(k, str) for k in value):
            raise TypeError("keys of a map must be text")
        return {str(k): plain(v, depth + 1) for k, v in value.items()}
    return [plain(v, depth + 1) for v in value]


def listed(function):
    """Filters that answer with a generator answer with a list, as pawl's do."""
    def call(*args, **kwargs):
        result = function(*args, **kwargs)
        return list(result) if hasattr(result, "__next__") else result
    for name in ("jinja_pass_arg",):
        if hasattr(function, name):
            setattr(call, name, getattr(function, name))
    return call


class Environment(jinja2.sandbox.SandboxedEnvironment):
    """Refuses what would take Python minutes; pawl has limits of its own there."""
    intercepted_binops = frozenset(["**", "*"])

    def call_binop(self, context, operator, left, right):
        if operator == "**" and isinstance(left, (int, float)) and isinstance(right, (int, float)):
            if abs(right) > 400:
                raise OverflowError("too large")
        elif operator == "*":
            for sequence, times in ((left, right), (right, left)):
                if isinstance(sequence, (str, list, tuple)) and isinstance(times, int):
                    if len(sequence) * times > 1000000:
                        raise OverflowError("too large")
        return super().call_binop(context, operator, left, right)


def make_environment():
    jinja2.runtime.str_join = lambda seq: "".join(map(spell, seq))
    jinja2.runtime.markup_join = jinja2.runtime.str_join
    jinja2.filters.soft_str = spell
    jinja2.nodes.Concat.as_const = lambda self, eval_ctx=None: "".join(
        spell(node.as_const(eval_ctx)) for node in self.nodes)
    environment = Environment(
        undefined=jinja2.StrictUndefined, finalize=spell,
        optimized=False)  # it folds with Python's spelling, and -1.5 ** 2 wrongly
    filters = environment.filters
    for name in ("map", "select", "reject", "selectattr", "rejectattr", "unique", "batch", "slice",
                 "items", "reverse"):
        filters[name] = listed(filters[name])
    filters["string"] = spell
    filters["safe"] = spell
    filters["e"] = filters["escape"] = filters["forceescape"] = (
        lambda v: str(jinja2.filters.escape(spell(v))))

    def join(value, d="", attribute=None):
        if attribute is not None:
            get = jinja2.filters.make_attrgetter(environment, attribute)
            value = map(get, value)
        return spell(d).join(map(spell, value))
    filters["join"] = join

    def replace(s, old, new, count=None):
        return spell(s).replace(spell(old), spell(new), -1 if count is None else count)
    filters["replace"] = replace

    class Spelled:
        def __init__(self, value):
            self.text = spell(value)

        def __str__(self):
            return self.text

    class SpelledBool(int):
        def __str__(self):
            return "true" if self else "false"

    def wrapped(value):
        if isinstance(value, bool):
            return SpelledBool(value)
        return value if isinstance(value, (str, int, float)) else Spelled(value)

    def format_(value, *args):
        return spell(value) % tuple(wrapped(arg) for arg in args)
    filters["format"] = format_

    def urlencode(value):
        if isinstance(value, str) or not hasattr(value, "__iter__"):
            return jinja2.filters.url_quote(spell(value))
        pairs = value.items() if isinstance(value, dict) else value
        quote = jinja2.filters.url_quote
        return "&".join("%s=%s" % (quote(spell(k), for_qs=True), quote(spell(v), for_qs=True))
                        for k, v in pairs)
    filters["urlencode"] = urlencode

    def xmlattr(value, autospace=True):
        spelled = {k: None if v is None else spell(v) for k, v in value.items()}
        evaluation = jinja2.nodes.EvalContext(environment)
        return jinja2.filters.do_xmlattr(evaluation, spelled, autospace)
    filters["xmlattr"] = xmlattr
    filters["striptags"] = lambda v: str(jinja2.filters.do_striptags(spell(v)))
    filters["tojson"] = lambda v, indent=None: str(
        jinja2.utils.htmlsafe_json_dumps(plain(v), sort_keys=True, indent=indent))
    environment.tests["lower"] = lambda v: spell(v).islower()
    environment.tests["upper"] = lambda v: spell(v).isupper()
    return environment


class Oracle:
    def __init__(self):
        self.environment = make_environment()

    def compile(self, case):
        try:
            if case.is_message:
                template = self.environment.from_string(case.source)
                return lambda context: template.render(context)
            expression = self.environment.compile_expression(case.source, undefined_to_none=False)
            return lambda context: expression(**context)
        except jinja2.TemplateError as error:
            return error
        except (RecursionError, SyntaxError, ValueError, OverflowError) as error:
            return error

    def run(self, compiled, context):
        """("value", v) or ("error", name)."""
        if isinstance(compiled, Exception):
            return ("error", type(compiled).__name__)
        try:
            value = compiled(json.loads(context))
            if isinstance(value, jinja2.StrictUndefined):
                return ("error", "UndefinedError")
            return ("value", plain(value))
        except Exception as error:  # whatever Python says is an error
            return ("error", type(error).__name__ + ": " + str(error)[:60])


# ---- random cases -------------------------------------------------------------------------------

class Case:
    __slots__ = ("source", "is_message", "contexts")

    def __init__(self, source, is_message, contexts):
        self.source = source
        self.is_message = is_message
        self.contexts = contexts

    def template(self):
        return self.source if self.is_message else "{{ " + self.source + " }}"


TEXTS = ["", "a", "b", "A", "abc", "Hello World", "foo-bar baz", "42", "3.5", "x y  z", "aBc,dEf",
         "ä", "ÄÖ straße", "<b>&'\"", "line one\nline two\n", "  pad ", "007", "1e3", "-5", "\u2028é",
         "😀x", "the quick (brown) fox", "a.b.c", "%s and %d", "none", "true"]
NUMBERS = [0, 1, 2, 3, -1, -7, 10, 100, 255, 1000, 12345678901, 0.5, 1.5, -2.5, 0.25, 2.0, 1e3]
KEYS = ["a", "b", "k", "name", "n", "items", "x y"]
NAMES = ["n", "m", "f", "s", "t", "l", "texts", "nums", "d", "users", "flag", "nothing", "missing"]
TESTS = ["defined", "undefined", "none", "number", "string", "mapping", "sequence", "iterable",
         "even", "odd", "boolean", "true", "false", "integer", "float", "lower", "upper"]
TESTS_WITH_ARGUMENT = ["divisibleby", "eq", "ne", "lt", "le", "gt", "ge", "in", "equalto",
                       "greaterthan", "lessthan"]


class Generator:
    def __init__(self, rng):
        self.rng = rng

    def pick(self, items):
        return items[self.rng.randrange(len(items))]

    def chance(self, percent):
        return self.rng.randrange(100) < percent

    # values of contexts
    def scalar(self):
        kind = self.rng.randrange(10)
        if kind < 4:
            return self.pick(NUMBERS)
        if kind < 8:
            return self.pick(TEXTS)
        return self.pick([True, False, None])

    def value(self, depth=0):
        kind = self.rng.randrange(10)
        if depth > 2 or kind < 6:
            return self.scalar()
        if kind < 8:
            return [self.value(depth + 1) for _ in range(self.rng.randrange(4))]
        return {self.pick(KEYS): self.value(depth + 1) for _ in range(self.rng.randrange(4))}

    def context(self):
        rng = self.rng
        context = {
            "n": self.pick(NUMBERS), "m": rng.randrange(-20, 20), "f": self.pick([0.5, 2.5, -1.25]),
            "s": self.pick(TEXTS), "t": self.pick(TEXTS),
            "l": [self.value(1) for _ in range(rng.randrange(5))],
            "texts": [self.pick(TEXTS) for _ in range(rng.randrange(5))],
            "nums": [self.pick(NUMBERS) for _ in range(rng.randrange(5))],
            "d": {self.pick(KEYS): self.value(1) for _ in range(rng.randrange(4))},
            "users": [{"name": self.pick(TEXTS), "n": rng.randrange(5),
                       "d": {"a": rng.randrange(3)}} for _ in range(rng.randrange(4))],
            "flag": self.chance(50), "nothing": None,
        }
        if self.chance(10):
            context[self.pick(list(context))] = self.value()
        return context

    # expressions
    def quoted(self, text):
        text = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
        return "'" + text + "'"

    def literal(self):
        kind = self.rng.randrange(12)
        if kind < 5:
            return str(self.pick([0, 1, 2, 3, 5, 10, -1, 100, 0.5, 1.5, 2.25]))
        if kind < 9:
            return self.quoted(self.pick(TEXTS))
        return self.pick(["true", "false", "none", "[]", "{}"])

    def name(self):
        return self.pick(NAMES)

    def small(self):
        return str(self.rng.randrange(-2, 6))

    def primary(self, depth):
        kind = self.rng.randrange(12)
        if depth <= 0 or kind < 5:
            return self.name() if self.chance(65) else self.literal()
        if kind < 6:
            return "(" + self.expression(depth - 1) + ")"
        if kind < 7:
            return "[" + ", ".join(self.expression(depth - 1)
                                   for _ in range(self.rng.randrange(4))) + "]"
        if kind < 8:
            return "{" + ", ".join(self.quoted(self.pick(KEYS)) + ": " + self.expression(depth - 1)
                                   for _ in range(self.rng.randrange(3))) + "}"
        if kind < 9:
            return self.call(depth)
        return self.access(depth)

    def access(self, depth):
        of = self.primary(depth - 1)
        kind = self.rng.randrange(6)
        if kind == 0:
            return of + "." + self.pick(["a", "b", "k", "name", "n"])
        if kind == 1:
            return of + "[" + self.quoted(self.pick(KEYS)) + "]"
        if kind == 2:
            return of + "[" + self.small() + "]"
        if kind == 3:
            parts = [self.small() if self.chance(60) else "" for _ in range(2)]
            if self.chance(30):
                parts.append(self.pick(["1", "2", "-1", "-2", ""]))
            return of + "[" + ":".join(parts) + "]"
        if kind == 4:
            return of + "[" + self.expression(depth - 1) + "]"
        return of + "." + self.pick(["0", "1"])

    def call(self, depth):
        kind = self.rng.randrange(8)
        if kind == 0:
            return "range(" + ", ".join(self.small() for _ in range(self.rng.randrange(1, 4))) + ")|list"
        if kind == 1:
            return "dict(a=" + self.expression(depth - 1) + ", k=" + self.literal() + ")"
        of = self.pick(["s", "t", self.quoted(self.pick(TEXTS))])
        text = self.quoted(self.pick(TEXTS))
        method = self.pick(["upper()", "lower()", "strip()", "lstrip()", "rstrip()", "capitalize()",
                            "split()", "split(',')", "startswith(" + text + ")",
                            "endswith(" + text + ")", "replace(" + text + ", " + text + ")",
                            "find(" + text + ")", "count('a')", "isdigit()",
                            "join(texts)", "strip('a ')"])
        if kind == 2:
            return "d." + self.pick(["items()|list", "keys()|list", "values()|list", "get('a')",
                                     "get('a', 1)"])
        return of + "." + method

    def filter(self, depth):
        rng = self.rng
        argument = self.expression(depth - 1) if self.chance(30) else self.literal()
        boolean = self.pick(["true", "false"])
        text = self.quoted(self.pick(TEXTS))
        small = str(rng.randrange(1, 5))
        simple = ["upper", "lower", "capitalize", "title", "trim", "string", "length", "count",
                  "first", "last", "join", "list", "reverse", "abs", "round", "int", "float", "sort",
                  "unique", "min", "max", "sum", "items|list", "dictsort", "wordcount", "escape", "e",
                  "urlencode", "tojson", "striptags", "indent", "default", "d", "select|list",
                  "reject|list", "safe", "forceescape", "center", "truncate", "wordwrap"]
        others = [
            "default(%s)" % argument, "default(%s, true)" % argument, "d(%s)" % argument,
            "join(%s)" % text, "join(', ', attribute='name')", "trim(%s)" % text,
            "replace(%s, %s)" % (text, text), "replace('a', %s, 1)" % argument,
            "round(%s)" % self.pick(["0", "1", "2", "-1"]),
            "round(%s, '%s')" % (self.pick(["0", "1"]), self.pick(["common", "ceil", "floor"])),
            "int(%s)" % self.pick(["5", "-1", "base=16", "7, 8"]), "float(%s)" % self.pick(["1.5", "2"]),
            "sort(%s)" % boolean, "sort(case_sensitive=true)", "sort(attribute='name')",
            "sort(attribute='n,name', reverse=true)", "unique(true)", "unique(attribute='n')",
            "min(attribute='n')", "max(true)", "max(attribute='d.a')",
            "sum('n')", "sum(start=%s)" % small, "sum(attribute='d.a', start=1.5)",
            "batch(%s)|list" % small, "batch(%s, %s)|list" % (small, self.literal()),
            "slice(%s)|list" % small, "slice(%s, %s)|list" % (small, self.literal()),
            "groupby('n')", "groupby('name', default='z')", "groupby('d.a', case_sensitive=true)",
            "dictsort(true)", "dictsort(by='value')", "dictsort(false, 'key', true)",
            "map('upper')|list", "map('length')|list", "map(attribute='name')|list",
            "map(attribute='q', default=%s)|list" % self.literal(), "map('default', 1)|list",
            "map('round', 1)|list", "map('int')|list", "map('replace', 'a', 'b')|list",
            "select('%s')|list" % self.pick(TESTS), "reject('%s')|list" % self.pick(TESTS),
            "select('%s', %s)|list" % (self.pick(["eq", "ne", "lt", ">", "<=", "in", "divisibleby"]),
                                       self.literal()),
            "selectattr('n')|list", "selectattr('n', 'gt', %s)|list" % small,
            "rejectattr('name', 'eq', %s)|list" % text, "selectattr('q', 'defined')|list",
            "center(%s)" % self.pick(["5", "10", "11"]), "indent(%s)" % self.pick(["2", "1, true", "0"]),
            "indent(2, true, true)", "indent('> ')",
            "truncate(%s)" % self.pick(["5", "8", "10, true", "8, false, '..'", "6, true, '', 0"]),
            "wordwrap(%s)" % self.pick(["5", "10", "7, false", "12, true, '|'"]),
            "format(%s, %s)" % (self.literal(), self.literal()), "tojson(2)",
            "xmlattr", "xmlattr(false)", "filesizeformat", "filesizeformat(true)",
        ]
        return self.pick(simple) if self.chance(50) else self.pick(others)

    def expression(self, depth):
        rng = self.rng
        kind = rng.randrange(20)
        if depth <= 0 or kind < 4:
            return self.primary(depth)
        left = self.primary(depth - 1)
        if kind < 8:
            return left + "|" + self.filter(depth)
        if kind < 9:
            return left + "|" + self.filter(depth) + "|" + self.filter(depth)
        if kind < 12:
            return "%s %s %s" % (left, self.pick(["+", "-", "*", "/", "//", "%", "**", "~"]),
                                 self.expression(depth - 1))
        if kind < 15:
            operator = self.pick(["==", "!=", "<", "<=", ">", ">=", "in", "not in"])
            text = "%s %s %s" % (left, operator, self.primary(depth - 1))
            if self.chance(15):
                text += " %s %s" % (self.pick(["<", "==", "in"]), self.primary(depth - 1))
            return text
        if kind < 16:
            return "%s %s %s" % (left, self.pick(["and", "or"]), self.expression(depth - 1))
        if kind < 17:
            return self.pick(["not ", "-", "+"]) + left
        if kind < 18:
            word = "is " + ("not " if self.chance(20) else "")
            if self.chance(60):
                return "%s %s%s" % (left, word, self.pick(TESTS))
            return "%s %s%s(%s)" % (left, word, self.pick(TESTS_WITH_ARGUMENT), self.literal())
        if kind < 19:
            otherwise = " else " + self.expression(depth - 1) if self.chance(80) else ""
            return "%s if %s%s" % (left, self.expression(depth - 1), otherwise)
        return left

    # expressions of a wanted kind: more of them have a value
    def number(self, depth):
        kind = self.rng.randrange(14)
        if depth <= 0 or kind < 3:
            return self.pick(["n", "m", "f", "users|length", "nums|sum", "1", "2", "0.5", "10", "-3"])
        if kind < 7:
            return "%s %s %s" % (self.number(depth - 1),
                                 self.pick(["+", "-", "*", "/", "//", "%", "**"]),
                                 self.number(depth - 1))
        if kind < 8:
            return "(" + self.number(depth - 1) + ")"
        if kind < 9:
            return "-" + self.number(0)
        if kind < 10:
            return self.text(depth - 1) + self.pick(["|length", "|wordcount", "|int", "|float",
                                                     "|int(7)", ".find('a')", ".count('a')"])
        if kind < 12:
            return self.list_of(depth - 1, "number") + self.pick(
                ["|sum", "|max", "|min", "|first", "|last", "|length", "[0]", "[-1]",
                 "|sum(start=%s)" % self.small()])
        return "(%s)|%s" % (self.number(depth - 1), self.pick(
            ["abs", "round", "int", "round(1)", "round(0, 'ceil')", "round(1, 'floor')", "float"]))

    def text(self, depth):
        kind = self.rng.randrange(14)
        if depth <= 0 or kind < 3:
            return self.pick(["s", "t", self.quoted(self.pick(TEXTS))])
        if kind < 5:
            return "(%s %s %s)" % (self.text(depth - 1), self.pick(["+", "~"]), self.text(depth - 1))
        if kind < 6:
            return "(%s ~ %s)" % (self.text(depth - 1), self.any_kind(depth - 1))
        if kind < 7:
            return self.list_of(depth - 1, "text") + "|join(%s)" % self.quoted(self.pick(TEXTS))
        if kind < 8:
            return self.text(depth - 1) + self.pick(["[0:3]", "[::-1]", "[1:]", "[-3:]", "[::2]"])
        if kind < 9:
            return "(%s if %s else %s)" % (self.text(depth - 1), self.boolean(depth - 1),
                                           self.text(depth - 1))
        small = str(self.rng.randrange(1, 9))
        one, two = self.quoted(self.pick(TEXTS)), self.quoted(self.pick(TEXTS))
        return self.text(depth - 1) + "|" + self.pick([
            "upper", "lower", "title", "capitalize", "trim", "trim(%s)" % one, "reverse", "string",
            "replace(%s, %s)" % (one, two), "center(%s)" % small, "indent(%s)" % small,
            "truncate(%s, true, '')" % small, "truncate(%s, false, '..', 0)" % small,
            "wordwrap(%s)" % small, "escape", "urlencode", "striptags", "default(%s)" % one,
            "default(%s, true)" % one, "replace(%s, %s, 1)" % (one, two), "first", "last"])

    def boolean(self, depth):
        kind = self.rng.randrange(12)
        if depth <= 0 or kind < 2:
            return self.pick(["flag", "true", "false", "users", "n"])
        if kind < 5:
            return "%s %s %s" % (self.number(depth - 1), self.pick(["==", "!=", "<", "<=", ">", ">="]),
                                 self.number(depth - 1))
        if kind < 6:
            return "%s %s %s" % (self.text(depth - 1), self.pick(["==", "!=", "<", ">", "in", "not in"]),
                                 self.text(depth - 1))
        if kind < 7:
            return "%s %s %s" % (self.any_kind(depth - 1), self.pick(["in", "not in"]),
                                 self.list_of(depth - 1, self.pick(["number", "text"])))
        if kind < 9:
            return "(%s %s %s)" % (self.boolean(depth - 1), self.pick(["and", "or"]),
                                   self.boolean(depth - 1))
        if kind < 10:
            return "not " + self.boolean(depth - 1)
        return "%s is %s" % (self.primary(1), self.pick(TESTS))

    def list_of(self, depth, kind):
        choice = self.rng.randrange(12)
        known = {"number": ["nums", "range(5)|list", "users|map(attribute='n')|list"],
                 "text": ["texts", "s.split()", "users|map(attribute='name')|list", "s|list"]}[kind]
        make = self.number if kind == "number" else self.text
        if depth <= 0 or choice < 4:
            return self.pick(known)
        if choice < 6:
            return "[" + ", ".join(make(depth - 1) for _ in range(self.rng.randrange(4))) + "]"
        if choice < 7:
            return "(%s + %s)" % (self.list_of(depth - 1, kind), self.list_of(depth - 1, kind))
        if choice < 8:
            return self.list_of(depth - 1, kind) + self.pick(["[1:]", "[::-1]", "[:2]", "[-2:]"])
        return self.list_of(depth - 1, kind) + "|" + self.pick([
            "sort", "sort(true)", "unique|list", "reverse|list", "list", "sort(case_sensitive=true)",
            "select|list", "reject|list", "select('%s', %s)|list" % (
                self.pick(["eq", "ne", "lt", "ge", ">", "in"]) if kind == "number" else "ne", make(0)),
            "map('string')|list" if kind == "text" else "map('abs')|list",
            "map('upper')|list" if kind == "text" else "select('%s')|list" % self.pick(
                ["odd", "even", "integer", "float"])])

    def any_kind(self, depth):
        kind = self.rng.randrange(8)
        if kind < 2:
            return self.number(depth)
        if kind < 4:
            return self.text(depth)
        if kind < 5:
            return "(" + self.boolean(depth) + ")"
        if kind < 7:
            return self.list_of(depth, self.pick(["number", "text"]))
        pairs = ["%s: %s" % (self.quoted(self.pick(KEYS)), self.any_kind(depth - 1))
                 for _ in range(self.rng.randrange(3))] if depth > 0 else []
        return "{" + ", ".join(pairs) + "}"

    def typed(self, depth):
        kind = self.rng.randrange(9)
        if kind < 2:
            return self.number(depth)
        if kind < 4:
            return self.text(depth)
        if kind < 5:
            return self.boolean(depth)
        if kind < 6:
            return self.list_of(depth, self.pick(["number", "text"]))
        if kind < 7:
            return self.any_kind(depth) + "|tojson" + self.pick(["", "(1)"])
        if kind < 8:
            return "users|" + self.pick([
                "groupby('n')", "sort(attribute='name')|map(attribute='n')|list", "map(attribute='d.a')|list",
                "selectattr('n', 'gt', %s)|list" % self.number(0), "sum('n')", "batch(2)|list",
                "slice(2, 0)|list", "max(attribute='n')", "min(attribute='name')",
                "unique(attribute='n')|list", "rejectattr('n')|map(attribute='name')|join(', ')",
                "join('-', attribute='name')", "first|default({})|dictsort", "groupby('d.a')|length"])
        return self.quoted(self.pick(["%s", "%d", "%5.2f", "%-4s|", "%05d", "%x", "%s-%%"])) + \
            "|format(%s)" % self.pick([self.number(1), self.text(0)])

    # messages
    def delimiters(self, body, kind):
        opening = "{" + kind + ("-" if self.chance(10) else "") + " "
        return opening + body + (" -" if self.chance(10) else " ") + ("}}" if kind == "{" else kind + "}")

    def message(self, depth):
        parts = []
        for _ in range(self.rng.randrange(1, 4)):
            parts.append(self.statement(depth))
        return "".join(parts)

    def statement(self, depth):
        kind = self.rng.randrange(12)
        if depth <= 0 or kind < 3:
            return self.pick(["text ", "a\n", "  b", "\n", "{# c #}", "x\ty"])
        if kind < 7:
            return self.delimiters(self.pick(
                [self.expression(2), self.typed(2), self.typed(3), "x", "loop.index", "loop.last", "loop.revindex0", "v"]), "{")
        if kind < 9:
            return (self.delimiters("if " + (self.boolean(2) if self.chance(70)
                                           else self.expression(2)), "%") + self.message(depth - 1) +
                    (self.delimiters("elif " + self.expression(1), "%") + self.message(depth - 1)
                     if self.chance(30) else "") +
                    (self.delimiters("else", "%") + self.message(depth - 1) if self.chance(50) else "") +
                    self.delimiters("endif", "%"))
        if kind < 11:
            target = self.pick(["x", "x", "v", "k, v", "a, b"])
            over = self.pick(["l", "texts", "nums", "users", "d|dictsort", "d.items()", "range(3)",
                              "[[1, 2], ['a', 'b']]", "s", self.expression(1)])
            return (self.delimiters("for " + target + " in " + over +
                                    (" if " + self.expression(1) if self.chance(20) else ""), "%") +
                    self.message(depth - 1) +
                    (self.delimiters("else", "%") + "none" if self.chance(30) else "") +
                    self.delimiters("endfor", "%"))
        if self.chance(80):
            return self.delimiters("set " + self.pick(["x", "v", "y"]) + " = " + self.expression(2), "%")
        return (self.delimiters("set x" + self.pick(["", " | upper", " | trim"]), "%") +
                self.message(depth - 1) + self.delimiters("endset", "%"))

    def case(self):
        contexts = [json.dumps(self.context()) for _ in range(CONTEXTS_PER_TEMPLATE)]
        if self.chance(20):
            return Case(self.message(3), True, contexts)
        if self.chance(60):
            return Case(self.typed(self.rng.randrange(1, 5)), False, contexts)
        return Case(self.expression(self.rng.randrange(1, 4)), False, contexts)


# ---- comparing ----------------------------------------------------------------------------------

NUMBER_IN_TEXT = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def same_number(a, b):
    try:
        return abs(decimal.Decimal(str(a)) - decimal.Decimal(str(b))) <= abs(
            decimal.Decimal(str(b))) * decimal.Decimal("1e-12")
    except (decimal.InvalidOperation, ValueError, OverflowError):
        return False


def same_text(a, b):
    """Equal but for how numbers in them are written (1.00 and 1.0)."""
    if a == b:
        return True
    if NUMBER_IN_TEXT.split(a) != NUMBER_IN_TEXT.split(b):
        return False
    return all(same_number(x, y) for x, y in zip(NUMBER_IN_TEXT.findall(a),
                                                 NUMBER_IN_TEXT.findall(b)))


def same(a, b):
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float, decimal.Decimal)) and isinstance(b, (int, float, decimal.Decimal)):
        return same_number(a, b)
    if isinstance(a, str) and isinstance(b, str):
        return same_text(a, b)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(v, b[k]) for k, v in a.items())
    return a is None and b is None


def error_has(*pieces):
    return lambda case, want, got: "error" in got and any(
        p in got["error"]["code"] + " " + got["error"]["message"] for p in pieces)


def oracle_has(*pieces):
    return lambda case, want, got: want[0] == "error" and any(p in want[1] for p in pieces)


def source_has(pattern):
    compiled = re.compile(pattern)
    return lambda case, want, got: compiled.search(case.source) is not None


def both(*conditions):
    return lambda *args: all(c(*args) for c in conditions)


def pawl_fails(case, want, got):
    return "error" in got and want[0] == "value"


def oracle_fails(case, want, got):
    return "error" not in got and want[0] == "error"


TEXT_FILTERS = ("upper|lower|capitalize|title|trim|replace|center|indent|truncate|wordcount|wordwrap|"
                "format|striptags|urlencode|join|count|length")

def digits_differ(case, want, got):
    """Texts that are equal but for how many zeros a number ends in, and what is laid out around it."""
    if want[0] != "value" or "error" in got:
        return False
    mine = got["output" if case.is_message else "value"]
    return isinstance(mine, str) and isinstance(want[1], str) and same_text(
        re.sub(r"\s+", "", mine), re.sub(r"\s+", "", want[1]))


def shape(value):
    if isinstance(value, str):
        return re.sub(r"[-+\d.eE]+", "#", value)
    if isinstance(value, (int, float, decimal.Decimal)):
        return "#"
    return json.dumps(value, default=str) if not isinstance(value, list) else [shape(v) for v in value]


def floats_differ(case, want, got):
    """The same but for digits, where powers and quotients are computed: Python's are not exact."""
    if want[0] != "value" or "error" in got:
        return False
    return shape(got["output" if case.is_message else "value"]) == shape(want[1])


LIST_FILTERS = "map|select|reject|selectattr|rejectattr"

# Name of the class in docs/expressions.md, and when a difference belongs to it.
KNOWN = [
    ("checked before it runs", both(
        pawl_fails, error_has("E_EXPR_TYPE", "E_EXPR_VALUE", "E_EXPR_UNKNOWN"),
        source_has(r"\bif\b|\band\b|\bor\b|[<>=]|\bin\b|default|\bd\(|for|%"))),
    ("undefined is an error at once", both(pawl_fails, error_has("expression.undefined"))),
    ("text filters take scalars", both(pawl_fails, error_has(
        *("'%s' cannot take " % name for name in TEXT_FILTERS.split("|"))))),
    ("list filters take lists", both(pawl_fails, error_has(
        *("'%s' cannot take " % name for name in LIST_FILTERS.split("|"))))),
    ("no % on text", both(pawl_fails, error_has("'%' cannot join text",
                                                "'divisibleby' cannot take text"))),
    ("members, not methods", source_has(r"items\b")),
    ("large numbers", oracle_has("too large", "int too large to convert", "Result too large",
                                 "cannot convert float infinity",
                                 "Numerical result out of range")),
    ("default looks through", both(oracle_fails, oracle_has("UndefinedError"),
                                   source_has(r"default|\bd\b|defined"))),
    ("default computes when needed", both(oracle_fails, source_has(r"\|\s*(default|d)\b"))),
    ("34 digits", both(source_has(r"\bint\b"),
                       lambda case, want, got: re.search(r"\d{35}", str(want[1])) is not None)),
    ("pairs are lists", both(pawl_fails, error_has("a list must hold pairs"))),
    ("limits", both(pawl_fails, error_has("expression.limit", "expression.fuel"))),
    ("digits are kept", both(digits_differ, source_has(r"format|center|wordwrap|truncate|%|[*/+-]"))),
    ("decimals, not floats", both(floats_differ, source_has(r"\*\*|/|round"))),
    ("zero has no sign", lambda case, want, got: "error" not in got and want[0] == "value" and
        str(want[1]).replace("-0.0", "0.0") == str(got["output" if case.is_message else "value"])),
    ("34 digits", both(pawl_fails, error_has("more than 34 digits", "too large", "64 bits"))),
    ("no complex numbers", both(pawl_fails, error_has("no real power"))),
    ("no text as number", both(pawl_fails, error_has("'filesizeformat' cannot take text"))),
]


def classify(case, want, got):
    for name, belongs in KNOWN:
        if belongs(case, want, got):
            return name
    return None


# ---- running ------------------------------------------------------------------------------------

def run_driver(driver, lines):
    with tempfile.TemporaryFile("w+", encoding="utf-8") as requests:
        requests.write("\n".join(lines) + "\n")
        requests.seek(0)
        done = subprocess.run([driver], stdin=requests, stdout=subprocess.PIPE, check=True,
                              timeout=120)
    answers = done.stdout.decode("utf-8").split("\n")[:-1]
    if len(answers) != len(lines):
        raise SystemExit("the driver answered %d of %d lines" % (len(answers), len(lines)))
    return answers


class Tally:
    def __init__(self, show):
        self.equal_values = self.equal_errors = 0
        self.known = collections.Counter()
        self.unknown = 0
        self.show = show
        self.shown = set()

    def add(self, case, context, want, got):
        if want[0] == "error" and "error" in got:
            self.equal_errors += 1
            return
        key = "output" if case.is_message else "value"
        if want[0] == "value" and "error" not in got and same(got[key], want[1]):
            self.equal_values += 1
            return
        name = classify(case, want, got)
        if name is not None:
            self.known[name] += 1
            return
        self.unknown += 1
        if case.source not in self.shown and len(self.shown) < self.show:
            self.shown.add(case.source)
            used = {k: v for k, v in json.loads(context).items()
                    if re.search(r"\b%s\b" % k, case.source)}
            print("DIFFERENT %s\n   context %s\n   jinja2  %s\n   pawl    %s"
                  % (case.template()[:300], json.dumps(used)[:300], str(want)[:200],
                     str(got["error"] if "error" in got else repr(got[key]))[:200]), flush=True)


def compare_batch(driver, oracle, cases, tally):
    lines = []
    for case in cases:
        for context in case.contexts:
            lines.append('{"template": %s, "context": %s}' % (json.dumps(case.template()), context))
    answers = iter(run_driver(driver, lines))
    for case in cases:
        compiled = oracle.compile(case)
        for context in case.contexts:
            got = json.loads(next(answers), parse_float=decimal.Decimal)
            tally.add(case, context, oracle.run(compiled, context), got)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("driver")
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20)
    options = parser.parse_args()
    generator = Generator(random.Random(options.seed))
    oracle = Oracle()
    tally = Tally(options.show)
    start = time.monotonic()
    left = options.cases
    while left > 0:
        count = min(left, BATCH)
        templates = (count + CONTEXTS_PER_TEMPLATE - 1) // CONTEXTS_PER_TEMPLATE
        compare_batch(options.driver, oracle, [generator.case() for _ in range(templates)], tally)
        left -= count
    print("seed %d, %d cases in %.0f s: %d equal values, %d errors in both, %d known differences, "
          "%d unknown" % (options.seed, options.cases, time.monotonic() - start, tally.equal_values,
                          tally.equal_errors, sum(tally.known.values()), tally.unknown))
    for name, count in sorted(tally.known.items()):
        print("  %-40s %d" % (name, count))
    return 1 if tally.unknown > 0 else 0


if __name__ == "__main__":
    sys.exit(main())
