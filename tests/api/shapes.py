"""Whatever the shape of a request: one answer, or a closed connection, at once; nothing behind a bad one is answered."""
import os
import random
import re
import socket
import time

from harness import Suite, equal

suite = Suite(options=["--head-timeout", "2s", "--transfer-timeout", "3s"])
SOON_S = 5.0  # a deadline and its tick; nearly all take a millisecond

HOST = b"Host: localhost\r\n"
GET = b"GET /healthz HTTP/1.1\r\n" + HOST
POST = b"POST /api/v1/runs HTTP/1.1\r\n" + HOST


def exchange(port, raw, half_close=False):
    """(statuses of all answers, everything that came, seconds) until the server closes."""
    began = time.monotonic()
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout=SOON_S) as connection:
        try:
            connection.sendall(raw)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            while (piece := connection.recv(65536)):
                got += piece
        except ConnectionError:
            pass
    return [int(s) for s in re.findall(rb"HTTP/1\.1 (\d{3}) ", got)], got, time.monotonic() - began


def behind(raw):
    """The shape, and a good request behind it, which must not be answered."""
    return raw + b"GET /behind HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


CLOSED = [
    ("both lengths", POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("both lengths, the other way", POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    ("two different lengths", POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
    ("the same length twice", POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400),
    ("a list of lengths", POST + b"Content-Length: 5, 5\r\n\r\nhello", 400),
    ("a length with a sign", POST + b"Content-Length: +5\r\n\r\nhello", 400),
    ("a negative length", POST + b"Content-Length: -5\r\n\r\nhello", 400),
    ("a length in hex", POST + b"Content-Length: 0x5\r\n\r\nhello", 400),
    ("a length that overflows", POST + b"Content-Length: 18446744073709551617\r\n\r\nh", 400),
    ("an empty length", POST + b"Content-Length:\r\n\r\n", 400),
    ("an unknown coding", POST + b"Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n", 400),
    ("identity", POST + b"Transfer-Encoding: identity\r\n\r\n", 400),
    ("a coding with a prefix", POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    ("two codings", POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
    ("chunked twice", POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("a blank before the colon", POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    ("a tab before the colon", POST + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", 400),
    ("a vertical tab in the coding", POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400),
    ("a folded line", GET + b"X: a\r\n b\r\n\r\n", 400),
    ("a folded coding", POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400),
    ("a folded first line", b"GET /healthz HTTP/1.1\r\n Host: localhost\r\n\r\n", 400),
    ("bare line feeds", b"GET /healthz HTTP/1.1\nHost: x\n\n", 400),
    ("one bare line feed", GET + b"X: y\nZ: w\r\n\r\n", 400),
    ("a bare line feed at the end", GET + b"X: y\r\n\n", 400),
    ("a bare carriage return", GET + b"X: a\rb\r\n\r\n", 400),
    ("a NUL in a value", GET + b"X: a\0b\r\n\r\n", 400),
    ("a NUL in a name", GET + b"X\0: b\r\n\r\n", 400),
    ("a NUL in the target", b"GET /health\0z HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("a control character in a value", GET + b"X: \x01\r\n\r\n", 400),
    ("no Host", b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    ("two Hosts", GET + b"Host: y\r\n\r\n", 400),
    ("the same Host twice", GET + HOST + b"\r\n", 400),
    ("an empty Host", b"GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", 400),
    ("a Host with a path", b"GET /healthz HTTP/1.1\r\nHost: x/y\r\n\r\n", 400),
    ("a Host with a name of a person", b"GET /healthz HTTP/1.1\r\nHost: a@x\r\n\r\n", 400),
    ("a Host with a bad port", b"GET /healthz HTTP/1.1\r\nHost: x:99999\r\n\r\n", 400),
    ("another host in the target", b"GET http://y/healthz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("a scheme alone", b"GET http:// HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("a scheme and no host", b"GET http:///healthz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("a scheme alone without a Host", b"GET https:// HTTP/1.0\r\n\r\n", 400),
    ("no version", b"GET /healthz\r\n\r\n", 400),
    ("two blanks", b"GET  /healthz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("a blank in the target", b"GET /health z HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("a tab for a blank", b"GET\t/healthz\tHTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("a fragment", b"GET /healthz#x HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("a lower-case version", b"GET /healthz http/1.1\r\n" + HOST + b"\r\n", 400),
    ("a long method", b"M" * 200 + b" /healthz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("no header name", GET + b": y\r\n\r\n", 400),
    ("no colon", GET + b"what is this\r\n\r\n", 400),
    ("two tokens", GET + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", 400),
    ("two keys", POST + b"Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n", 400),
    ("HTTP/1.0 with chunks", b"POST /api/v1/runs HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("HTTP/1.2", b"GET /healthz HTTP/1.2\r\n" + HOST + b"\r\n", 505),
    ("HTTP/2 by surprise", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("an unknown expectation", POST + b"Expect: wonders\r\nContent-Length: 5\r\n\r\nhello", 417),
    ("a head of 9 KB", GET + b"X: " + b"y" * 9000 + b"\r\n\r\n", 431),
    ("a head of 1 MB", GET + b"X: " + b"y" * 1000000 + b"\r\n\r\n", 431),
    ("a header line of 1 MB without an end", GET + b"X: " + b"y" * 1000000, 431),
    ("10,000 headers", GET + b"X: y\r\n" * 10000 + b"\r\n", 431),
    ("200 short headers", GET + b"X: y\r\n" * 200 + b"\r\n", 431),
    ("a target of 20 KB", b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    ("3,000 query parameters", b"GET /api/v1/runs?" + b"a=b&" * 3000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    ("100,000 query parameters", b"GET /api/v1/runs?" + b"a=b&" * 100000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500, 400),
    ("zeros", b"\0" * 5000, 400),
    ("an empty line too many", b"\r\n\r\n" + GET + b"\r\n", 400),
]


@suite.case("a head that two readers may read differently gets its refusal and a closed connection, and nothing behind it")
def _(world):
    for name, raw, status in CLOSED:
        statuses, got, seconds = exchange(world.server.port, behind(raw))
        assert statuses == [status], (name, statuses, got[:300])
        assert b"behind" not in got and b"Connection: close" in got, (name, got[:500])
        assert b"application/problem+json" in got, (name, got[:300])
        assert seconds < SOON_S, (name, seconds)


@suite.case("the same holds for a second request of a connection")
def _(world):
    for name, raw, status in CLOSED:
        if name == "an empty line too many":
            continue
        statuses, got, _ = exchange(world.server.port, behind(GET + b"\r\n" + raw))
        assert statuses == [200, status], (name, statuses, got[:300])


@suite.case("a body whose chunks are not well formed is refused, and the connection closed")
def _(world):
    head = (f"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {world.tokens['ann']}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n").encode()
    for chunks in (b"zz\r\n", b"-1\r\n", b"0x1\r\na\r\n", b"+1\r\na\r\n", b" 1\r\na\r\n", b"1 \r\na\r\n", b"1\na\r\n",
                   b"1\r\nab\r\n", b"1\r\na\n", b"123456789\r\n", b"ffffffffffffffff1\r\n", b"0\r\n\n", b"0\r\n x\r\n\r\n",
                   b"1;" + b"x" * 1000 + b"\r\na\r\n", b"0\r\n" + b"T: x\r\n" * 5000, b"1\r\na\r\n\0"):
        statuses, got, seconds = exchange(world.server.port, behind(head + chunks))
        assert statuses == [400] and b"behind" not in got, (chunks[:50], statuses, got[:300])
        assert seconds < SOON_S, chunks[:50]
    good = b"5;x=y\r\n{\"wor\r\n0a\r\nkflow\":\"no\r\n003\r\nne\"\r\n1\r\n}\r\n0\r\nT: x\r\n\r\n"
    statuses, got, _ = exchange(world.server.port, behind(head + good))
    equal(statuses, [404, 404])
    assert b"none" in got and b"behind" in got, got


@suite.case("a query with too many parameters is told so at once, however many")
def _(world):
    for count in (33, 300, 1500):
        query = "&".join(f"a{i}=1" for i in range(count))
        statuses, got, seconds = exchange(
            world.server.port, f"GET /api/v1/runs?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        equal((count, statuses), (count, [414]))
        assert seconds < 1 and b"LIMIT_EXCEEDED" in got, (count, seconds, got)


@suite.case("unusual shapes that have one reading get their one answer")
def _(world):
    port = world.server.port
    token = f"Authorization: Bearer {world.token}\r\n".encode()
    for raw, status in (
            (GET, 200), (b"\r\n" + GET, 200), (b"GET /healthz HTTP/1.0\r\n", 200), (b"HEAD /healthz HTTP/1.1\r\n" + HOST, 200),
            (b"GET http://LOCALHOST/healthz HTTP/1.1\r\n" + HOST, 200), (b"get /healthz HTTP/1.1\r\n" + HOST, 405),
            (b"TRACE /healthz HTTP/1.1\r\n" + HOST, 405), (b"BREW /healthz HTTP/1.1\r\n" + HOST, 405),
            (b"CONNECT x:80 HTTP/1.1\r\n" + HOST, 400), (b"OPTIONS * HTTP/1.1\r\n" + HOST, 400),
            (b"OPTIONS /healthz HTTP/1.1\r\n" + HOST, 204), (b"GET //healthz HTTP/1.1\r\n" + HOST, 404),
            (b"GET /./healthz HTTP/1.1\r\n" + HOST, 404), (b"GET /x/../healthz HTTP/1.1\r\n" + HOST, 404),
            (b"GET /%2e%2e/healthz HTTP/1.1\r\n" + HOST, 404), (b"GET /healthz%00 HTTP/1.1\r\n" + HOST, 400),
            (b"GET /healthz%0d%0aX:%20y HTTP/1.1\r\n" + HOST, 400), (b"GET /%zz HTTP/1.1\r\n" + HOST, 400),
            (b"GET /%ff HTTP/1.1\r\n" + HOST, 400), (b"GET /\xff HTTP/1.1\r\n" + HOST, 400),
            (b"GET /healthz;x HTTP/1.1\r\n" + HOST, 404), (b"GET /" + b"%41" * 2000 + b" HTTP/1.1\r\n" + HOST, 404),
            (b"GET /" + b"a/" * 500 + b" HTTP/1.1\r\n" + HOST, 414), (b"GET /?" + b"&" * 5000 + b" HTTP/1.1\r\n" + HOST, 302),
            (b"GET /api/v1/runs HTTP/1.1\r\n" + HOST, 401), (b"GET /api/v1/runs HTTP/1.1\r\n" + HOST + token, 200)):
        statuses, got, seconds = exchange(port, raw + b"Connection: close\r\n\r\n")
        equal((raw[:60], statuses), (raw[:60], [status]))
        assert seconds < 1, (raw[:60], seconds, got[:100])


@suite.case("a body where none is taken is refused from its head, and what follows is not taken for a request")
def _(world):
    smuggled = b"GET /behind HTTP/1.1\r\nHost: localhost\r\n\r\n"
    token = f"Authorization: Bearer {world.token}\r\n".encode()
    for method in (b"GET", b"DELETE", b"HEAD"):
        path = b"/api/v1/tokens/tok_0c5q2m7k9d3ae" if method == b"DELETE" else b"/api/v1/runs"
        head = method + b" " + path + b" HTTP/1.1\r\n" + HOST + token
        for rest in (b"Content-Length: %d\r\n\r\n" % len(smuggled) + smuggled,
                     b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(smuggled) + smuggled + b"\r\n0\r\n\r\n"):
            statuses, got, _ = exchange(world.server.port, head + rest)
            equal((method, statuses), (method, [400]))
            assert b"behind" not in got, got
    equal(exchange(world.server.port, b"GET /healthz HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n"
                                      b"Connection: close\r\n\r\n0\r\n\r\n")[0], [200])


@suite.case("requests behind one another on one connection are answered in order, also a thousand at once")
def _(world):
    raw = (GET + b"\r\n" + b"GET /nowhere HTTP/1.1\r\n" + HOST + b"\r\n") * 500 + GET + b"Connection: close\r\n\r\n"
    statuses, _, _ = exchange(world.server.port, raw)
    equal(statuses, [200, 404] * 500 + [200])


@suite.case("the order of refusals: path, method, token, permission, parameters, type, length; none needs the body")
def _(world):
    def ask(method, path, *lines):
        head = "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "Content-Length: 3900000", "", "{"])
        statuses, got, seconds = exchange(world.server.port, head.encode(), half_close=True)
        assert len(statuses) == 1 and seconds < 1 and b"Connection: close" in got, (method, path, statuses, seconds)
        return statuses[0]
    ann = f"Authorization: Bearer {world.tokens['ann']}"
    equal(ask("POST", "/api/v1/nowhere"), 404)
    equal(ask("PATCH", "/api/v1/runs"), 405)
    equal(ask("POST", "/api/v1/runs"), 401)
    equal(ask("POST", "/api/v1/runs", "Authorization: Bearer pawl_wrong"), 401)
    equal(ask("POST", "/api/v1/definitions", ann), 403)
    equal(ask("POST", "/api/v1/runs?x=1", ann), 400)
    equal(ask("POST", "/api/v1/runs", ann, "Content-Type: text/plain"), 415)
    equal(ask("GET", "/api/v1/runs", ann), 400)


@suite.case("heads with random faults get an answer or a closed connection, in time, and the server goes on")
def _(world):
    rounds = int(os.environ.get("PAWL_ROUNDS", "600"))
    dice = random.Random(20261128)
    token = world.tokens["ann"].encode()
    seeds = [GET + b"\r\n", POST + b"Authorization: Bearer " + token + b"\r\nContent-Type: application/json\r\n"
             b"Content-Length: 19\r\n\r\n{\"workflow\":\"none\"}",
             POST + b"Authorization: Bearer " + token + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
             b"13\r\n{\"workflow\":\"none\"}\r\n0\r\n\r\n",
             b"GET /api/v1/runs?status=running&limit=5 HTTP/1.1\r\nHost: a:1\r\nAuthorization: Bearer " + token + b"\r\n\r\n"]
    pieces = [b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b"\r\n ", b"%", b"%00", b"\xff", b"0", b"9" * 30, b"chunked",
              b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: y\r\n", b"Connection: close\r\n", b";", b",",
              b"HTTP/1.0", b"Expect: 100-continue\r\n", b"A" * 9000]
    for number in range(rounds):
        raw = bytearray(b"".join(dice.choice(seeds) for _ in range(dice.choice((1, 1, 2)))))
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(raw))
            what = dice.randrange(4)
            if what == 0:
                raw[at] = dice.randrange(256)
            elif what == 1:
                raw[at:at] = dice.choice(pieces)
            elif what == 2:
                del raw[at:at + dice.randint(1, 20)]
            else:
                raw[at:at] = raw[dice.randrange(len(raw)):][:dice.randint(1, 40)]
        statuses, got, seconds = exchange(world.server.port, bytes(raw), half_close=True)
        assert seconds < SOON_S, (number, bytes(raw), seconds)
        assert all(100 <= s < 600 and s != 500 for s in statuses) and len(statuses) <= 6, (number, bytes(raw), statuses)
        assert got == b"" or got.startswith(b"HTTP/1.1 "), (number, bytes(raw), got[:200])
    equal(world.nobody.get("/healthz").status, 200)


suite.run()
