"""Requests that a partner saw against attempts that the history has, over many effects with a partner that misbehaves
at random.

usage: effects_random.py PAWL [EFFECTS [SEED]]

Each run is one http.request: a random method, idempotent or not, a random policy, redirects followed or not; what the
partner does is drawn anew for every request. For each run:

  1 no request left more often than attempts were recorded (redirects that were followed are counted apart)
  2 a step that is not idempotent has at most one request whose end nobody can know, and it is its last
  3 nothing is asked again once the partner has answered 2xx, or 3xx that is not followed
  4 every request of a step carries the same key, and no two steps the same
  5 the end of the step is the one that the last answer calls for

Prints a table: by what the partner did, how many requests, and what became of their steps."""
import collections
import os
import random
import sys
import time

from harness import World, equal
from partner import HANGS, WRITES, Partner, answer

PARALLEL = 24
SURE = {"400", "401", "407", "408", "417", "421", "425", "429", "500", "503", "503_cut", "503_gzip", "503_big",
        "hang_503"}
DONE = {"ok", "empty", "bom", "twice_header", "ndjson"}
BROKEN = {"big_body", "big_chunks", "bomb", "binary", "bad_gzip", "more_gzip", "odd_encoding", "truncated", "cut_chunks", "bad_chunk",
          "big_head", "long_line", "many_headers", "bad_json", "hang_body"}
ASIDE = {"304", "300", "302_nowhere"}
UNKNOWN = {"close", "reset", "half_status", "half_head", "garbage", "http09", "bad_status", "status_zero", "only_100",
           "many_100", "switching", "hang", "hang_head", "bad_length", "long_status"}
REDIRECTS = {f"to_{number}": number for number in (301, 302, 303, 307, 308)}
SLOW = set(HANGS)
WORKFLOW = """
id: w{number}
inputs: {{type: object, properties: {{url: {{type: string}}, m: {{type: string}}}}}}
steps:
  - id: act
    action: http.request
    timeout: 150ms
    {idempotent}
    retry: {{max_attempts: {attempts}, base_delay: 1ms, max_delay: 5ms, retry_on: {retry_on}}}
    config: {{method: "{{{{ inputs.m }}}}", url: "{{{{ inputs.url }}}}", follow_redirects: {follow}, body: {{n: 1}}}}
"""


class Chance:
    """What the partner does with each request, drawn from the seed and written down."""

    def __init__(self, partner, seed):
        self.random, self.partner, self.drawn = random.Random(seed), partner, collections.defaultdict(list)
        names = sorted((set(WRITES) - {"cut_gzip", "302", "303"}) | SLOW | {"reset"} | set(REDIRECTS))
        self.names = names + ["ok"] * 12 + ["close", "reset", "503"] * 4
        partner.next_of = self.next_of
        for name, number in REDIRECTS.items():
            partner.extra[name] = self.redirect(number)

    def redirect(self, number):
        def behave(connection, request):
            connection.sendall(answer(f"{number} Elsewhere", b"", f"Location: {request.target}"))
            return True
        return behave

    def next_of(self, _, tag):
        name = self.random.choice(self.names)
        while name in SLOW and self.random.random() < 0.8:  # they cost time, not insight
            name = self.random.choice(self.names)
        self.drawn[tag].append(name)
        return name


def attempts_of(drawn, follow):
    """The requests of each attempt: a new one begins after whatever is not a redirect that is followed."""
    groups, hops = [[]], 0
    for name in drawn:
        groups[-1].append(name)
        hops = hops + 1 if follow and name in REDIRECTS else 0
        if hops == 0 or hops > 5:
            groups.append([])
            hops = 0
    return [group for group in groups if group]


def rewritten(group, method):
    """Whether a redirect had made it a GET before the last request."""
    for name in group[:-1]:
        number = REDIRECTS[name]
        if (number == 303 and method not in ("GET", "HEAD")) or (number in (301, 302) and method == "POST"):
            return True
    return False


def verdict(group, method, follow):
    """What is known after an attempt: done, final, refused or unknown."""
    last = group[-1]
    if last in DONE:
        return "done"
    if last in BROKEN or last in ASIDE or (last in REDIRECTS and (not follow or len(group) > 5)):
        return "final"
    if last in SURE:
        return "unknown" if rewritten(group, method) else "refused"
    assert last in UNKNOWN or last in REDIRECTS, last
    return "unknown"


def check(effect, step, partner, chance):
    drawn, requests = chance.drawn[effect["tag"]], partner.requests(effect["tag"])
    equal(len(drawn), len(requests))
    groups = attempts_of(drawn, effect["follow"])
    told = (effect, drawn, step["attempts"], step["error"])
    assert len(groups) <= step["attempts"], told
    keys = {tuple(request.header("Idempotency-Key")) for request in requests}
    assert len(keys) == 1 and len(next(iter(keys))) == 1, told
    verdicts = [verdict(group, effect["method"], effect["follow"]) for group in groups]
    assert all(v not in ("done", "final") for v in verdicts[:-1]), told
    if not effect["idempotent"]:
        assert all(v != "unknown" for v in verdicts[:-1]), told
    code = (step["error"] or {}).get("code")
    if verdicts[-1] == "done":
        equal((step["status"], told), ("completed", told))
    else:
        equal((step["status"], told), ("failed", told))
        equal((code == "unknown_outcome", told), (verdicts[-1] == "unknown" and not effect["idempotent"], told))
    return next(iter(keys))[0], verdicts, code


def workflows(world):
    made = []
    for idempotent in ("", "idempotent: true", "idempotent: false"):
        for follow in ("true", "false"):
            for attempts, retry_on in ((1, '["*"]'), (3, '["*"]'), (4, '[timeout, "http.*"]')):
                number = len(made)
                world.apply(WORKFLOW.format(number=number, idempotent=idempotent, follow=follow, attempts=attempts,
                                            retry_on=retry_on))
                made.append({"workflow": f"w{number}", "follow": follow == "true", "said": idempotent})
    return made


def effects(world, partner, count, draw):
    """Starts them, at most PARALLEL at once; gives each with its step when it has ended."""
    made, under_way, begun = workflows(world), [], 0
    while begun < count or under_way:
        while begun < count and len(under_way) < PARALLEL:
            effect = dict(draw.choice(made), method=draw.choice(["GET", "OPTIONS", "PUT", "DELETE"] + ["POST"] * 6
                                                              + ["PATCH"] * 2), tag=f"e{begun}")
            safe = effect["method"] not in ("POST", "PATCH")
            effect["idempotent"] = {"": safe, "idempotent: true": True, "idempotent: false": False}[effect["said"]]
            effect["run"] = world.start(effect["workflow"], inputs={"m": effect["method"],
                                                                    "url": f"{partner.url}/any/{effect['tag']}"})
            under_way.append(effect)
            begun += 1
        still = []
        for effect in under_way:
            if world.run(effect["run"])["status"] in ("completed", "failed"):
                yield effect, world.admin.get(f"/api/v1/runs/{effect['run']}/steps").json["items"][0]
            else:
                still.append(effect)
        under_way = still
        time.sleep(0.002)


def table(rows, totals):
    print(f"# {'the partner':<14}{'requests':>9}  and then")
    for name in sorted(rows, key=lambda name: -sum(rows[name].values())):
        ends = ", ".join(f"{end} {n}" for end, n in rows[name].most_common(4))
        print(f"# {name:<14}{sum(rows[name].values()):>9}  {ends}")
    print(f"# {totals['effects']} effects, {totals['attempts']} attempts recorded, {totals['requests']} requests seen "
          f"({totals['hops']} of them redirects that were followed); sent more often than recorded: "
          f"{totals['more']}; not idempotent and repeated after an unknown end: {totals['twice']}")


def main():
    exe, count = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 400
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20260731
    print(f"1..2\n# seed {seed}", flush=True)
    partner, rows, totals = Partner(), collections.defaultdict(collections.Counter), collections.Counter(more=0, twice=0)
    chance, keys = Chance(partner, seed), set()
    world = World(exe, ("--allow-address", "127.0.0.1"))
    try:
        for effect, step in effects(world, partner, count, random.Random(seed + 1)):
            key, verdicts, code = check(effect, step, partner, chance)
            assert key not in keys, key
            keys.add(key)
            drawn = chance.drawn[effect["tag"]]
            for name in drawn[:-1]:
                rows[name]["followed" if effect["follow"] and name in REDIRECTS else "again"] += 1
            rows[drawn[-1]][code or "completed"] += 1
            hops = len(drawn) - len(verdicts)
            unknown = [v for v in verdicts[:-1] if v == "unknown" and not effect["idempotent"]]
            totals.update(more=max(0, len(verdicts) - step["attempts"]), twice=len(unknown))
            totals.update(effects=1, attempts=step["attempts"], requests=len(drawn), hops=hops)
        equal(totals["requests"] - totals["hops"], totals["attempts"])
        equal(partner.strange, [])
        table(rows, totals)
        print(f"ok 1 {count} effects left as often as their attempts were recorded")
    finally:
        world.close()
    print("ok 2 the server stops cleanly, with nothing leaked")


main()
