"""Effects over HTTP leave once: requests that a partner saw against attempts that the history has."""
import itertools
import json

from harness import Suite, equal
from partner import Partner, closed_port

suite = Suite(options=("--allow-address", "127.0.0.0/8"))
partner = Partner()
tags = itertools.count(1)

# behaviour: what follows for a step that must not be repeated, and with which code; see FOLLOWS.
UNKNOWN = {"close": "http.closed", "reset": "http.closed", "half_status": "http.closed", "half_head": "http.closed",
           "garbage": "http.garbage", "http09": "http.garbage", "bad_status": "http.garbage",
           "status_zero": None, "only_100": "http.closed", "many_100": "http.closed", "switching": None,
           "long_status": "http.garbage", "bad_length": None, "hang": "timeout", "hang_head": "timeout"}
FINAL = {"big_body": "http.body_too_large", "big_chunks": "http.incomplete", "bomb": "http.body_too_large",
         "binary": "http.not_text", "bad_gzip": "http.bad_encoding", "more_gzip": "http.bad_encoding", "cut_gzip": None,
         "odd_encoding": "http.bad_encoding", "truncated": "http.incomplete", "cut_chunks": "http.incomplete",
         "bad_chunk": "http.incomplete", "big_head": "http.head_too_large", "many_headers": "http.head_too_large",
         "long_line": "http.head_too_large",
         "bad_json": "http.not_json", "hang_body": "http.incomplete", "302": "http.302", "303": "http.303",
         "304": "http.304", "300": "http.300", "302_nowhere": "http.302"}
REFUSED = {"400": "http.400", "401": "http.401", "407": "http.407", "408": "http.408", "417": "http.417",
           "421": "http.421", "425": "http.425", "429": "http.429", "500": "http.500", "503": "http.503",
           "503_cut": "http.503", "503_gzip": "http.503", "503_big": "http.503", "hang_503": "http.503"}
WORKFLOW = """
id: {id}
inputs: {{type: object, properties: {{url: {{type: string}}}}}}
steps:
  - {{id: warm, action: http.request, retry: false, config: {{url: "{warm}/ok/warm"}}}}
  - id: act
    action: http.request
    {idempotent}
    timeout: 400ms
    retry: {retry}
    config: {{method: {method}, url: "{{{{ inputs.url }}}}", {body}}}
"""
ALWAYS = '{max_attempts: 3, base_delay: 1ms, jitter: none, retry_on: ["*"]}'


def act(world, behaviour, method="POST", idempotent="false", retry=ALWAYS, url=None):
    """Runs the step; (requests that the partner saw, the step, its events)."""
    body = "body: {amount: 100}" if method in ("POST", "PUT", "PATCH") else ""
    name = f"once-{method.lower()}-{idempotent or 'default'}-{len(retry)}"
    text = WORKFLOW.format(id=name, warm=partner.url, method=method, body=body, retry=retry,
                           idempotent=f"idempotent: {idempotent}" if idempotent else "")
    world.apply(text)
    tag = f"t{next(tags)}"
    run = world.start(name, inputs={"url": url or f"{partner.url}/{behaviour}/{tag}"})
    world.until(lambda: world.run(run)["status"] in ("completed", "failed"))
    step = world.admin.get(f"/api/v1/runs/{run}/steps").json["items"][1]
    events = world.admin.get(f"/api/v1/runs/{run}/events?limit=200").json["items"]
    if url is None:  # a request may have been given up before the partner's thread has read it
        world.until(lambda: len(partner.requests(tag)) >= step["attempts"])
    return partner.requests(tag), step, events


def started(events):
    return len([e for e in events if e["kind"] == "attempt.started" and e.get("step_id", e.get("step")) == "act"])


def check(world, behaviour, expected, code, **how):
    """expected: how many requests and attempts."""
    requests, step, _ = act(world, behaviour, **how)
    got = (len(requests), step["attempts"])
    equal((behaviour, how, got), (behaviour, how, (expected, expected)))
    if code is not None:
        equal((behaviour, step["error"]["code"]), (behaviour, code))
    keys = {tuple(r.header("Idempotency-Key")) for r in requests}
    assert len(keys) == 1 and len(keys.pop()) == 1, requests
    return step


@suite.case("a request that left and got no status leaves once, and its outcome is said to be unknown")
def _(world):
    for behaviour in UNKNOWN:
        check(world, behaviour, 1, "unknown_outcome")


@suite.case("with retry: false one request leaves, whatever the partner does with the connection")
def _(world):
    for behaviour in ("close", "reset", "half_head", "417", "401", "408", "421"):
        check(world, behaviour, 1, None, retry="false")
        check(world, behaviour, 1, None, retry="false", idempotent="true")


@suite.case("what the partner answered with 2xx or 3xx is not repeated, not even by a step that may be")
def _(world):
    for behaviour, code in FINAL.items():
        step = check(world, behaviour, 1, code)
        if code and code not in ("http.302", "http.303", "http.304", "http.300"):
            assert "took place" in step["error"]["message"], step
        check(world, behaviour, 1, code, idempotent="true")


@suite.case("what the partner refused is repeated as the policy says")
def _(world):
    for behaviour, code in REFUSED.items():
        check(world, behaviour, 3, code)


@suite.case("a step that may be repeated keeps the first code, and retry_on matches it")
def _(world):
    for behaviour, code in UNKNOWN.items():
        check(world, behaviour, 3, code, idempotent="true")
    retry = '{max_attempts: 3, base_delay: 1ms, jitter: none, retry_on: [%s]}'
    check(world, "hang", 3, "timeout", idempotent="true", retry=retry % "timeout")
    check(world, "hang", 1, "timeout", idempotent="true", retry=retry % "http.5xx")
    check(world, "close", 3, "http.closed", idempotent="true", retry=retry % "http.closed")


@suite.case("nothing was sent where there is nobody: the policy decides, for every step")
def _(world):
    for url, code in ((f"http://127.0.0.1:{closed_port()}/", "http.connect"),
                      ("http://no-such-host.invalid/", "http.dns")):
        requests, step, _ = act(world, "", url=url)
        equal((requests, step["attempts"], step["error"]["code"]), ([], 3, code))


@suite.case("the history says how many attempts were made, and every request carries the same key")
def _(world):
    requests, step, events = act(world, "503")
    equal((len(requests), step["attempts"], started(events)), (3, 3, 3))


suite.run()
