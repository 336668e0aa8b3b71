"""One client must not stop all: slow ones, many, large ones, and those that go away."""
import os
import re
import resource
import select
import socket
import struct
import time

from harness import WAITING, Client, Suite, equal

suite = Suite(options=["--head-timeout", "1s", "--transfer-timeout", "2s", "--idle-timeout", "1s", "--body-mb", "16"])


def descriptors(count):
    """Room for so many of our own."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


def dial(world):
    return socket.create_connection(("127.0.0.1", world.server.port), timeout=20)


def rss(world):
    with open(f"/proc/{world.server.process.pid}/status", encoding="utf-8") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) * 1024


def open_files(world):
    return len(os.listdir(f"/proc/{world.server.process.pid}/fd"))


def is_open(world, port):
    """Whether the server still has its end of our connection: one that it has closed belongs to nobody."""
    with open("/proc/net/tcp", encoding="ascii") as file:
        for line in file:
            fields = line.split()
            if fields[1].endswith(f":{world.server.port:04X}") and fields[2].endswith(f":{port:04X}"):
                return fields[9] != "0"
    return False


def until_closed(connection):
    """(what came, seconds) until the server closes."""
    began, got = time.monotonic(), b""
    try:
        while (piece := connection.recv(65536)):
            got += piece
    except ConnectionError:
        pass
    return got, time.monotonic() - began


def quick(world):
    """How long an ordinary request on a new connection takes, in seconds; the best of five: the machine may be busy."""
    times = []
    for _ in range(5):
        began = time.monotonic()
        client = Client(world.server.port, world.tokens["ann"])
        equal(client.get("/api/v1/runs?limit=1").status, 200)
        times.append(time.monotonic() - began)
        client.connection.close()
    return min(times)


@suite.case("700 connections at a byte a second disturb nobody, and are gone after the head's deadline")
def _(world):
    descriptors(2000)
    before = open_files(world)
    slow = [dial(world) for _ in range(700)]
    for connection in slow:
        connection.sendall(b"G")
    assert quick(world) < 0.1
    end = time.monotonic() + 8
    head = b"ET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"y" * 100
    for at, byte in enumerate(head):
        if time.monotonic() > end or open_files(world) <= before + 5:
            break
        for connection in slow:
            try:
                connection.send(bytes([byte]))
            except OSError:
                pass
        assert quick(world) < 0.1, at
        time.sleep(0.2)
    assert open_files(world) <= before + 5, (before, open_files(world))
    got, _ = until_closed(slow[0])
    assert got == b"" or b" 408 " in got, got
    for connection in slow:
        connection.close()


@suite.case("250 bodies of 3.9 MB without a token cost no memory, and each is told 401")
def _(world):
    quick(world)
    before = rss(world)
    head = b"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 3900000\r\n\r\n"
    connections = [dial(world) for _ in range(250)]
    refused = 0
    for connection in connections:
        connection.settimeout(5)
        try:
            connection.sendall(head + b"x" * 100000)
        except OSError:
            pass
    grown = rss(world) - before
    assert grown < 16 * 1024 * 1024, grown
    for connection in connections:
        try:
            refused += b" 401 " in connection.recv(4096)
        except OSError:
            pass
        connection.close()
    assert refused == 250, refused


@suite.case("bodies of one person have a share of the memory; another person is served beside them")
def _(world):
    world.apply(WAITING)
    quick(world)
    before = rss(world)

    def head(who, size):
        return (f"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {world.tokens[who]}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n").encode()
    connections = []
    for _ in range(60):
        connection = dial(world)
        connection.sendall(head("ann", 3900000) + b"{" + b" " * 99999)
        connections.append(connection)
    waiting = list(connections)  # which of them is let in is the server's to say
    while len(waiting) > 1:
        ready, _, _ = select.select(waiting, [], [], 20)
        assert ready, len(waiting)
        for connection in ready:
            got = connection.recv(4096)
            assert b" 503 " in got and b"Retry-After" in got, got
            waiting.remove(connection)
    assert rss(world) - before < 32 * 1024 * 1024, rss(world) - before
    equal(world.bob.post("/api/v1/runs", {"workflow": "waiting"}).status, 201)
    text = '{"workflow": "waiting"}' + " " * 3000000
    equal(world.bob.post("/api/v1/runs", raw=text.encode()).status, 201)
    got, seconds = until_closed(waiting[0])  # it sends no more
    assert b" 408 " in got and seconds < 5, (got, seconds)
    for connection in connections:
        connection.close()
    equal(world.ann.post("/api/v1/runs", raw=text.encode()).status, 201)


@suite.case("a body without an end is cut at its limit, and the refusal arrives")
def _(world):
    connection = dial(world)
    connection.sendall(f"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {world.tokens['ann']}\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n".encode())
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    sent = 0
    try:
        while sent < 64 * 1024 * 1024:
            connection.sendall(chunk)
            sent += len(chunk)
            connection.setblocking(False)
            try:
                got = connection.recv(4096)
                break
            except BlockingIOError:
                pass
            finally:
                connection.settimeout(20)
    except ConnectionError:
        got = b""
    assert b" 413 " in got, (sent, got)
    assert sent < 24 * 1024 * 1024, sent
    connection.close()


@suite.case("a client that closes in mid-body, in mid-head or in a stream is noticed at once")
def _(world):
    run = world.start("waiting")
    stream = world.stream("ann", f"/api/v1/runs/{run}/events/stream")  # what the first one opens stays open
    stream.event()
    stream.close()
    token = f"Authorization: Bearer {world.tokens['ann']}\r\n"
    noticed = {}
    for raw in (f"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\n{token}Content-Length: 5000\r\n\r\n{{", "GET /heal",
                f"GET /api/v1/runs/{run}/events/stream HTTP/1.1\r\nHost: localhost\r\n{token}\r\n"):
        for abrupt in (False, False, False, True, True, True):
            if raw in noticed and abrupt in noticed[raw]:
                continue  # a busy machine gets three tries
            before = open_files(world)
            connections = [dial(world) for _ in range(20)]
            for connection in connections:
                connection.sendall(raw.encode())
            if "stream" in raw:
                for connection in connections:
                    assert b"200 OK" in connection.recv(4096)
            world.until(lambda: open_files(world) >= before + 18)  # one of those before may just be going
            began = time.monotonic()
            for connection in connections:
                if abrupt:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
            world.until(lambda: open_files(world) <= before + 2)
            if time.monotonic() - began < 0.9:
                noticed.setdefault(raw, set()).add(abrupt)
        equal(noticed.get(raw), {False, True})


@suite.case("an answer that is not read is given up after its time")
def _(world):
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", world.server.port))
    ask = f"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {world.tokens['ann']}\r\n\r\n".encode()
    port = connection.getsockname()[1]
    world.until(lambda: is_open(world, port))  # one that is not accepted yet belongs to nobody either
    began = time.monotonic()
    try:
        for _ in range(150):
            connection.sendall(ask)
    except ConnectionError:
        pass  # given up already: the machine is busy, and this loop was slow
    world.until(lambda: not is_open(world, port))
    assert time.monotonic() - began > 1
    connection.close()


@suite.case("a connection between requests is closed after its time, one in use is not")
def _(world):
    idle, busy = dial(world), dial(world)
    ask = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    idle.sendall(ask)
    assert b"200 OK" in idle.recv(4096)
    began = time.monotonic()
    while time.monotonic() - began < 2.2:
        busy.sendall(ask)
        assert b"200 OK" in busy.recv(4096)
        time.sleep(0.15)
    equal(idle.recv(10), b"")
    busy.close()
    idle.close()


suite.run()
