"""What http.request sends and what it makes of answers: redirects, JSON, values in requests, addresses."""
import itertools
import json
import os
import shutil
import ssl
import subprocess

from harness import Skip, Suite, World, equal, refused
from partner import Partner, answer

suite = Suite(options=("--allow-address", "127.0.0.1", "--allow-address", "localhost"))
partner, other = Partner(), Partner()
tags = itertools.count(1)


def run_step(world, config, inputs=None, more="retry: false"):
    """One step with that config (YAML); (the step, its run)."""
    name = f"req-{next(tags)}"
    world.apply(f"id: {name}\ninputs: {{type: object, additionalProperties: true}}\nsteps:\n"
                f"  - id: act\n    action: http.request\n    {more}\n    config: {config}\n")
    run = world.start(name, inputs=inputs or {})
    world.until(lambda: world.run(run)["status"] in ("completed", "failed"))
    return world.admin.get(f"/api/v1/runs/{run}/steps").json["items"][0], run


def redirect(target, number):
    reason = {301: "Moved", 302: "Found", 303: "See Other", 307: "Temporary", 308: "Permanent"}[number]

    def behave(connection, request):
        connection.sendall(answer(f"{number} {reason}", b"", f"Location: {target}"))
        return True
    return behave


# ---- A2: idempotent by method

@suite.case("GET, HEAD, OPTIONS, PUT and DELETE are repeated after a timeout, and the error stays timeout")
def _(world):
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE"):
        tag = f"t{next(tags)}"
        step, _ = run_step(world, f"{{method: {method}, url: '{partner.url}/hang/{tag}'}}", more=
                           "timeout: 100ms\n    retry: {max_attempts: 3, base_delay: 1ms, retry_on: [timeout, "
                           "'http.5xx']}")
        equal((method, len(partner.requests(tag)), step["attempts"], step["error"]["code"]), (method, 3, 3, "timeout"))
        equal(partner.requests(tag)[0].method, method)


@suite.case("POST and PATCH are not, unless the step says so; the template's method decides for its attempt")
def _(world):
    more = "timeout: 100ms\n    retry: {max_attempts: 3, base_delay: 1ms, retry_on: ['*']}"
    for method, idempotent, count in (("POST", "", 1), ("PATCH", "", 1), ("POST", "\n    idempotent: true", 3),
                                      ("GET", "\n    idempotent: false", 1), ("'{{ inputs.m }}'", "", 3)):
        tag = f"t{next(tags)}"
        step, _ = run_step(world, f"{{method: {method}, url: '{partner.url}/hang/{tag}'}}", {"m": "PUT"},
                           more + idempotent)
        equal((method, len(partner.requests(tag))), (method, count))
        equal(step["error"]["code"], "timeout" if count == 3 else "unknown_outcome")
        if count == 1:
            equal(step["error"]["cause"]["code"], "timeout")


@suite.case("on_error sees the first cause beside unknown_outcome, in expressions, views and events")
def _(world):
    world.apply(f"""
id: cause
steps:
  - id: pay
    action: http.request
    timeout: 100ms
    config: {{method: POST, url: "{partner.url}/hang/cause"}}
    on_error: {{output: "{{{{ error.code }}}} because of {{{{ error.cause.code }}}}"}}
  - id: fall
    action: http.request
    config: {{method: POST, url: "{partner.url}/close/cause2"}}
    on_error: {{goto: look}}
  - {{id: look, only: on_error, action: flow.set, config: {{why: "{{{{ error.cause.code }}}}"}}}}
outputs: {{pay: "{{{{ steps.pay.output }}}}", why: "{{{{ steps.look.output.why }}}}",
          message: "{{{{ steps.fall.error.cause.message }}}}"}}
""")
    run = world.start("cause")
    outputs = world.run_until(run, "completed")["outputs"]
    equal(outputs["pay"], "unknown_outcome because of timeout")
    equal(outputs["why"], "http.closed")
    assert "Empty reply" in outputs["message"], outputs
    steps = {s["id"]: s for s in world.admin.get(f"/api/v1/runs/{run}/steps").json["items"]}
    equal(steps["fall"]["error"]["cause"]["code"], "http.closed")
    events = world.admin.get(f"/api/v1/runs/{run}/events?limit=200").json["items"]
    causes = [e["cause"]["code"] for e in events if e["kind"] == "attempt.failed"]
    equal(causes, ["timeout", "http.closed"])


@suite.case("a cause survives a restart of the server")
def _(world):
    _, run = run_step(world, f"{{method: POST, url: '{partner.url}/close/restart'}}")
    world.restart()
    equal(world.run(run)["error"]["cause"]["code"], "http.closed")


# ---- A4: redirects and answers

@suite.case("after 301, 302 and 303 a POST is followed by a GET without body and Content-Type")
def _(world):
    for number in (301, 302, 303):
        tag = f"t{next(tags)}"
        partner.extra[f"to{number}"] = redirect(f"/ok/{tag}", number)
        step, _ = run_step(world, f"{{method: POST, url: '{partner.url}/to{number}/{tag}', follow_redirects: true, "
                                  "body: {amount: 5}}")
        first, second = partner.requests(tag)
        equal((first.method, first.body), ("POST", b'{"amount":5}'))
        equal((second.method, second.body, second.header("Content-Type")), ("GET", b"", []))
        equal(second.header("Content-Length"), [])
        equal(first.header("Idempotency-Key"), second.header("Idempotency-Key"))
        equal((step["status"], step["output"]["status"], step["attempts"]), ("completed", 200, 1))


@suite.case("after 307 and 308 the same request is sent on; PUT and DELETE keep their method after 302")
def _(world):
    for number, method, body in ((307, "POST", b'{"a":1}'), (308, "PATCH", b'{"a":1}'), (302, "PUT", b'{"a":1}'),
                                 (301, "DELETE", b""), (303, "HEAD", b"")):
        tag = f"t{next(tags)}"
        partner.extra[f"on{number}"] = redirect(f"/ok/{tag}", number)
        config = f"{{method: {method}, url: '{partner.url}/on{number}/{tag}', follow_redirects: true"
        run_step(world, config + (", body: {a: 1}}" if body else "}"))
        equal([(r.method, r.body) for r in partner.requests(tag)], [(method, body)] * 2)


@suite.case("what may be secret does not follow a redirect to another origin, and stays within the same one")
def _(world):
    partner.extra["away"] = lambda c, r: c.sendall(answer("307 Go", b"", f"Location: {other.url}/ok/away")) or True
    partner.extra["near"] = redirect("/ok/near", 307)
    headers = "headers: {Authorization: Bearer x, Cookie: a=b, X-Api-Key: k, Accept: text/plain}"
    for path, there in (("away", other), ("near", partner)):
        run_step(world, f"{{url: '{partner.url}/{path}/{path}', follow_redirects: true, {headers}}}")
        got = there.requests(path)[-1]
        equal([bool(got.header(h)) for h in ("Authorization", "Cookie", "X-Api-Key", "Accept", "Idempotency-Key")],
              [path == "near"] * 3 + [True] * 2)


@suite.case("redirects have an end, and lead to http and https only")
def _(world):
    partner.extra["ring"] = redirect("/ring/ring", 302)
    step, _ = run_step(world, f"{{url: '{partner.url}/ring/ring', follow_redirects: true}}", more=
                       "retry: {max_attempts: 3, base_delay: 1ms}")
    equal((step["error"]["code"], step["attempts"], len(partner.requests("ring"))), ("http.redirect", 1, 6))
    for place in ("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:1/", "http://user:pw@127.0.0.1/",
                  "javascript:alert(1)"):
        partner.extra["odd"] = redirect(place, 302)
        step, _ = run_step(world, f"{{url: '{partner.url}/odd/odd', follow_redirects: true}}")
        equal((place, step["error"]["code"]), (place, "http.redirect"))
        assert "not followed" in step["error"]["message"], step


@suite.case("when it fails after a redirect, a step that is not idempotent does not know its outcome")
def _(world):
    more = "retry: {max_attempts: 3, base_delay: 1ms, retry_on: ['*']}\n    timeout: 2s"
    for number, then, code in ((303, "close", "unknown_outcome"), (303, "503", "unknown_outcome"),
                               (307, "close", "unknown_outcome"), (302, "429", "unknown_outcome")):
        tag = f"t{next(tags)}"
        partner.extra["seq"] = redirect(f"/{then}/{tag}", number)
        step, _ = run_step(world, f"{{method: POST, url: '{partner.url}/seq/{tag}', follow_redirects: true, body: x}}",
                           more=more)
        equal((number, then, step["error"]["code"], step["attempts"], len(partner.requests(tag))),
              (number, then, code, 1, 2))
    tag = f"t{next(tags)}"
    partner.extra["seq"] = redirect(f"/503/{tag}", 307)
    step, _ = run_step(world, f"{{method: POST, url: '{partner.url}/seq/{tag}', follow_redirects: true, body: x}}",
                       more=more)
    equal((step["error"]["code"], step["attempts"], len(partner.requests(tag))), ("http.503", 3, 6))


@suite.case("a 3xx that is not followed is not done: the error names where it led and follow_redirects")
def _(world):
    step, _ = run_step(world, f"{{method: POST, url: '{partner.url}/302/plain', body: {{amount: 5}}}}")
    equal(step["error"]["code"], "http.302")
    for part in ("/ok/there", "follow_redirects", "not counted as done"):
        assert part in step["error"]["message"], step
    equal(len(partner.requests("plain")), 1)
    step, _ = run_step(world, f"{{url: '{partner.url}/300/plain', follow_redirects: true}}")
    equal(step["error"]["code"], "http.300")
    assert "follow_redirects" not in step["error"]["message"], step


@suite.case("a mark before JSON is passed over, JSON that is none is said with its place, other text stays text")
def _(world):
    step, _ = run_step(world, f"{{url: '{partner.url}/bom/x'}}")
    equal(step["output"]["body"], {"a": 1})
    step, run = run_step(world, f"{{url: '{partner.url}/bad_json/x'}}")
    equal(step["error"]["code"], "http.not_json")
    assert "would do it again" in world.run(run)["error"]["hint"], world.run(run)
    for part in ("200", "line 1, column 1", "<html>oops", "announced as JSON"):
        assert part in step["error"]["message"], step
    step, _ = run_step(world, f"{{url: '{partner.url}/ndjson/x'}}")
    equal(step["output"]["body"], '{"a":1}\n{"a":2}\n')
    step, _ = run_step(world, f"{{url: '{partner.url}/twice_header/x'}}")
    equal((step["output"]["headers"]["x-a"], step["output"]["headers"]["set-cookie"]), ("1, 2", "a=b, c\nd=e"))
    step, _ = run_step(world, f"{{url: '{partner.url}/empty/x'}}")
    equal((step["output"]["status"], step["output"]["body"]), (204, None))


# ---- A7: values in requests

@suite.case("a text is sent as text, a value as JSON, numbers and booleans in headers as JSON has them")
def _(world):
    for body, sent, kind in (("hello", b"hello", "text/plain; charset=utf-8"), ("[1, 2.50]", b"[1,2.50]",
                             "application/json"), ("''", b"", "text/plain; charset=utf-8")):
        tag = f"t{next(tags)}"
        run_step(world, f"{{url: '{partner.url}/ok/{tag}', body: {body}, headers: {{X-N: 1.50, X-B: true, X-E: ''}}}}")
        (got,) = partner.requests(tag)
        equal((got.method, got.body, got.header("Content-Type")), ("POST", sent, [kind]))
        equal((got.header("X-N"), got.header("X-B"), got.header("X-E")), (["1.50"], ["true"], [""]))
        equal(got.header("Content-Length"), [str(len(sent))])
        equal(len(got.header("Idempotency-Key")), 1)


@suite.case("a value cannot make another request line, header or framing: refused before anything is sent")
def _(world):
    before = partner.connections
    template = "method: '{{ inputs.m | default(\"GET\") }}'"
    for method in ("GET /other HTTP/1.1\r\nX: y", "get", "", "FETCH", "GET ", "CONNECT", "POST\u0000"):
        step, _ = run_step(world, f"{{{template}, url: '{partner.url}/ok/never'}}", {"m": method})
        equal((method, step["error"]["code"]), (method, "config.value"))
        assert "config.method" in step["error"]["message"], step
    for value in ("a\r\nEvil: yes", "a\nb", "a\u0000b", "\u007f", "\u0001"):
        step, _ = run_step(world, f"{{url: '{partner.url}/ok/never', headers: {{X-A: '{{{{ inputs.v }}}}'}}}}",
                           {"v": value})
        equal((value, step["error"]["code"]), (value, "config.value"))
        assert "config.headers.X-A" in step["error"]["message"], step
    for name in ("Idempotency-Key", "idempotency-key", "Content-Length", "Transfer-Encoding", "Host", "Connection",
                 "TE", "Trailer", "Upgrade", "Expect", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection",
                 "Idempotency_Key", "CONTENT_LENGTH", "Transfer_Encoding", "proxy_authorization",
                 "Accept-Encoding"):
        step, _ = run_step(world, f"{{url: '{partner.url}/ok/never', headers: {{{name}: mine}}}}")
        equal((name, step["error"]["code"]), (name, "config.value"))
        assert f"config.headers.{name}" in step["error"]["message"], step
    for headers in ("{'X A': b}", "{'X:': b}", "{'': b}", "{X-A: a, x-a: b}", "{'X\\r\\nY': b}"):
        step, _ = run_step(world, f"{{url: '{partner.url}/ok/never', headers: {headers}}}")
        equal((headers, step["error"]["code"]), (headers, "config.value"))
        assert "config.headers" in step["error"]["message"], step
    equal((partner.connections, partner.requests("never")), (before, []))


@suite.case("a value cannot lead a URL to another host than the definition's")
def _(world):
    before, here = partner.connections, f"127.0.0.1:{partner.port}"
    for url, value in (("http://{{ inputs.v }}.corp.example/pay", f"{here}/\u0000"),
                       ("http://{{ inputs.v }}.corp.example/pay", f"{here}/"),
                       ("http://{{ inputs.v }}.corp.example/pay", f"{here}/?"),
                       ("http://{{ inputs.v }}.corp.example/pay", f"{here}#"),
                       ("http://{{ inputs.v }}.corp.example/pay", f"{here}\\"),
                       ("http://{{ inputs.v }}.corp.example/pay", f"user@{here}/"),
                       ("http://{{ inputs.v }}.corp.example:80/pay", f"{here}/?"),
                       (f"http://{here}" + "{{ inputs.v }}", "@evil.example/"),
                       ("http://api.example{{ inputs.v }}", ".evil.example/"),
                       ("http://api.example{{ inputs.v }}/pay", ".evil.example"),
                       ("http://api.example{{ inputs.v }}/pay", f"@{here}"),
                       ("http://a.{{ inputs.v }}x{{ inputs.v }}.example/", f"{here}/"),
                       ("http://api.example:{{ inputs.v }}/", f"x@{here}"),
                       ("http://api.example:{{ inputs.v }}/", "99999"), ("http://api.example:{{ inputs.v }}/", "0"),
                       ("http://api.example:{{ inputs.v }}/", "80:80"), ("http://api.example:{{ inputs.v }}/", "-1"),
                       ("http://api.example:{{ inputs.v }}/", "8a"), ("{{ inputs.v }}", "http://[::1/"),
                       ("{{ inputs.v }}", "http://[::1]x/"), ("{{ inputs.v }}", "http://[fe80::1%25lo]/"),
                       ("{{ inputs.v }}", "http://[127.0.0.1]/"), ("{{ inputs.v }}", "http://a;b.example/"),
                       ("{{ inputs.v }}", "http://a*b.example/"), ("{{ inputs.v }}", "http://b\u00fccher.example/"),
                       ("http://{{ inputs.v }}/pay", f"{here}/other?x="),
                       ("http://{{ inputs.v }}/pay", ""),
                       ("{{ inputs.v }}/pay", "file:///etc"),
                       ("{{ inputs.v }}", f"http://{here}/a b"),
                       ("{{ inputs.v }}", f"http://{here}/\r\nX: y"),
                       ("{{ inputs.v }}", f"http://a:b@{here}/"),
                       ("{{ inputs.v }}", "http://"), ("{{ inputs.v }}", ""), ("{{ inputs.v }}", "//x/"),
                       ("{{ inputs.v }}", f"http://{here}/" + "x" * 9000)):
        step, _ = run_step(world, json.dumps({"url": url}), {"v": value})
        equal((url, value[:60], step["error"]["code"]), (url, value[:60], "config.value"))
        assert "config.url" in step["error"]["message"], step
    equal(partner.connections, before)
    tag = f"t{next(tags)}"
    for url, value in ((f"http://{here}/ok/{tag}/" + "{{ inputs.v }}", "a/../b?c=d#e"),
                       ("http://{{ inputs.v }}" + f":{partner.port}/ok/{tag}", "127.0.0.1"),
                       ("http://127.0.{{ inputs.v }}.1" + f":{partner.port}/ok/{tag}", "0"),
                       ("http://127.{{ inputs.v }}" + f"/ok/{tag}", f"0.0.1:{partner.port}"),
                       (f"http://127.0.0.1:{{{{ inputs.v }}}}/ok/{tag}", str(partner.port)),
                       ("http://127.0.0.1{{ inputs.v }}" + f"/ok/{tag}", f":{partner.port}"),
                       (f"http://{here}" + "{{ inputs.v }}", f"/ok/{tag}"),
                       ("{{ inputs.v }}" + f"/ok/{tag}", f"http://{here}"),
                       ("{{ inputs.v }}", f"HTTP://{here}/ok/{tag}")):
        step, _ = run_step(world, json.dumps({"url": url}), {"v": value})
        equal((url, value, step["status"]), (url, value, "completed"))


@suite.case("what is wrong as it stands is found when the workflow is applied")
def _(world):
    for config, part in (("{url: 'ftp://a.example/'}", "url"), ("{url: 'a.example'}", "url"),
                         ("{url: 'http://a.example', method: FETCH}", "method"),
                         ("{url: 'http://a.example', method: 'GET /x'}", "method")):
        refused(world.admin.apply(f"id: bad\nsteps:\n  - {{id: a, action: http.request, config: {config}}}\n"), 422,
                "INVALID", part)


# ---- A8: where requests go

@suite.case("an address that is not allowed is not connected to, whichever way it is written")
def _(world):
    before = other.connections
    port = other.port
    for host in ("127.0.0.2", "127.1.1", "2130706434", "0x7f.0.0.2", "0177.0.0.2", "[::1]", "[::ffff:127.0.0.2]",
                 "[::ffff:7f00:2]", "[::127.0.0.2]", "0.0.0.0", "0", "[::]", "10.0.0.1", "192.168.1.1", "172.16.0.1",
                 "169.254.169.254", "100.64.0.1", "[fe80::1]", "[fd00::1]", "[fc00::1]", "[64:ff9b::7f00:2]",
                 "[2002:7f00:2::]", "224.0.0.1", "255.255.255.255", "[ff02::1]", "198.18.0.1", "192.0.2.1",
                 "[2001:db8::1]"):
        step, _ = run_step(world, json.dumps({"url": f"http://{host}:{port}/ok/never"}), more=
                           "timeout: 2s\n    retry: {max_attempts: 3, base_delay: 1ms}")
        equal((host, step["error"]["code"], step["attempts"]), (host, "http.address_refused", 1))
        assert "--allow-address" in step["error"]["message"], step
    equal((other.connections, other.requests("never")), (before, []))


@suite.case("a redirect to an address that is not allowed is not followed there; a name that is allowed may be used")
def _(world):
    before = other.connections
    for host in ("127.0.0.2", "[::1]", "[::ffff:127.0.0.2]", "2130706434"):
        partner.extra["ssrf"] = redirect(f"http://{host}:{other.port}/ok/never", 302)
        for method in ("GET", "POST"):
            step, _ = run_step(world, f"{{method: {method}, url: '{partner.url}/ssrf/x', follow_redirects: true}}",
                               more="retry: {max_attempts: 3, base_delay: 1ms, retry_on: ['*']}")
            equal((host, step["error"]["code"], step["attempts"]), (host, "http.address_refused", 1))
    equal(other.connections, before)
    for host in ("localhost", "LOCALHOST", "127.0.0.1", "[::ffff:127.0.0.1]", "0x7f000001"):
        tag = f"t{next(tags)}"
        step, _ = run_step(world, json.dumps({"url": f"http://{host}:{partner.port}/ok/{tag}"}))
        equal((host, step["status"]), (host, "completed"))


@suite.case("without an option a server connects to nothing on its own machine; dev connects to loopback")
def _(world):
    before = partner.connections
    plain = World(suite.exe)
    step, _ = run_step(plain, f"{{url: '{partner.url}/ok/never'}}")
    plain.close()
    equal((step["error"]["code"], partner.connections), ("http.address_refused", before))
    assert "127.0.0.1" in step["error"]["message"] and "loopback" in step["error"]["message"], step


@suite.case("proxies and passwords of the environment are not used")
def _(world):
    before, proxy = other.connections, other.url
    plain = World(suite.exe, suite.options, env={"http_proxy": proxy, "HTTP_PROXY": proxy, "all_proxy": proxy,
                                                 "ALL_PROXY": proxy, "no_proxy": ""})
    with open(os.path.join(plain.folder, ".netrc"), "w", encoding="ascii") as file:
        file.write("default login ann password secret\n")
    tag = f"t{next(tags)}"
    step, _ = run_step(plain, f"{{url: '{partner.url}/401/{tag}'}}")
    plain.close()
    (got,) = partner.requests(tag)
    equal((step["error"]["code"], got.header("Authorization"), other.connections), ("http.401", [], before))


# ---- TLS

def tls_partner(folder):
    """A partner behind a certificate that nobody trusts."""
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1",
                           "-keyout", "key.pem", "-out", "cert.pem", "-days", "2"], cwd=folder, capture_output=True,
                          check=False)
    if made.returncode != 0:
        raise Skip("openssl makes no certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"))
    made = Partner()
    made.server.socket = context.wrap_socket(made.server.socket, server_side=True)
    return made


@suite.case("a connection that is not encrypted as it should be had no effect, and the policy decides")
def _(world):
    more = "retry: {max_attempts: 3, base_delay: 1ms, retry_on: ['*']}\n    timeout: 2s"
    if shutil.which("openssl") is None:
        raise Skip("no openssl")
    secret = tls_partner(world.folder)
    step, _ = run_step(world, f"{{method: POST, url: 'https://127.0.0.1:{secret.port}/ok/never', body: x}}", more=more)
    equal((step["error"]["code"], step["attempts"], secret.requests("never")), ("http.tls", 3, []))
    step, _ = run_step(world, f"{{method: POST, url: 'https://127.0.0.1:{partner.port}/ok/never', body: x}}", more=more)
    equal((step["error"]["code"][:5], step["attempts"], partner.requests("never")), ("http.", 3, []))
    assert step["error"]["code"] in ("http.tls", "http.connect"), step
    secret.close()


@suite.case("a body with HEAD is refused, not left out")
def _(world):
    step, _ = run_step(world, f"{{method: HEAD, url: '{partner.url}/ok/never', body: x}}")
    equal(step["error"]["code"], "config.value")
    assert "config.body" in step["error"]["message"], step


suite.run()
