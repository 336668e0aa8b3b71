"""The other side of http.request, on a free port of loopback: it reads each request whole, writes down what came,
and then behaves as the path's first word says: /BEHAVIOUR/TAG. Most behaviours are wrong on purpose."""
import gzip
import socket
import socketserver
import struct
import threading

BODY_MAX = 1024 * 1024  # of an answer that http.request reads


def answer(status, body=b"", *lines):
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


JSON = "Content-Type: application/json"
GZIP = gzip.compress(b"x" * 1000)

# What is written after the request was read. The connection stays open after those in STAYS.
WRITES = {
    "ok": answer("200 OK", b'{"ok":true}', JSON),
    "empty": answer("204 No Content"),
    "close": b"",
    "half_status": b"HTTP/1.1 20",
    "half_head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "garbage": b"\x00\x01\x02 what is this\r\n\r\n",
    "http09": b"<html>hello</html>",
    "bad_status": b"HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n",
    "status_zero": b"HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n",
    "only_100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "many_100": b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
    "switching": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    "bad_length": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nx",
    "big_body": answer("200 OK", b"x" * (BODY_MAX + 1)),
    "big_chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b"y" * 65536 + b"\r\n",
    "bomb": answer("200 OK", gzip.compress(b"z" * (20 * BODY_MAX)), "Content-Encoding: gzip"),
    "binary": answer("200 OK", b"\xff\xfe\x00\x01"),
    "bad_gzip": answer("200 OK", b"this is no gzip", "Content-Encoding: gzip"),
    "cut_gzip": answer("200 OK", GZIP[:20], "Content-Encoding: gzip"),
    "more_gzip": answer("200 OK", GZIP + b"more", "Content-Encoding: gzip"),
    "odd_encoding": answer("200 OK", b"x", "Content-Encoding: rot13"),
    "truncated": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
    "cut_chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "bad_chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
    "big_head": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + b"X-Pad: " + b"p" * 80000 + b"\r\n\r\n",
    "long_line": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Pad: " + b"p" * 400000 + b"\r\n\r\n",
    "long_status": b"HTTP/1.1 200 " + b"p" * 400000 + b"\r\nContent-Length: 0\r\n\r\n",
    "many_headers": b"HTTP/1.1 201 Made\r\nContent-Length: 0\r\n" + b"".join(
        b"X-%d: y\r\n" % n for n in range(300)) + b"\r\n",
    "bad_json": answer("200 OK", b"<html>oops", JSON),
    "bom": answer("200 OK", b'\xef\xbb\xbf{"a":1}', JSON),
    "twice_header": answer("200 OK", b"", "X-A: 1", "x-a: 2", "Set-Cookie: a=b, c", "Set-Cookie: d=e"),
    "ndjson": answer("200 OK", b'{"a":1}\n{"a":2}\n', "Content-Type: application/x-ndjson"),
    "302": answer("302 Found", b"", "Location: /ok/there"),
    "303": answer("303 See Other", b"", "Location: /ok/there"),
    "304": answer("304 Not Modified"),
    "300": answer("300 Multiple Choices", b"", "Location: /ok/there"),
    "302_nowhere": answer("302 Found"),
    "400": answer("400 Bad Request", b"no"),
    "401": answer("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="x"',
                  'WWW-Authenticate: Digest realm="x", nonce="y", qop="auth"', "WWW-Authenticate: Negotiate"),
    "407": answer("407 Proxy Authentication Required", b"", 'Proxy-Authenticate: Basic realm="x"'),
    "408": b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    "417": answer("417 Expectation Failed"),
    "421": answer("421 Misdirected Request"),
    "425": answer("425 Too Early"),
    "429": answer("429 Too Many Requests"),
    "500": answer("500 Oh", b"\xff\xfe", "Content-Type: application/json"),
    "503": answer("503 Busy", b"busy", "Alt-Svc: h2=\":1\"", "Refresh: 0"),
    "503_cut": b"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nbu",
    "503_gzip": answer("503 Busy", b"no gzip", "Content-Encoding: gzip"),
    "503_big": answer("503 Busy", b"x" * (BODY_MAX + 1)),
}
STAYS = {"ok", "empty", "bom", "bad_json", "binary", "302", "303", "304", "300", "302_nowhere", "400", "401", "407",
         "417", "421", "425", "429", "500", "503", "bad_gzip", "cut_gzip", "more_gzip", "odd_encoding", "twice_header", "ndjson",
         "many_headers", "big_head", "bad_length", "status_zero", "bad_status"}
HANGS = {"hang": b"", "hang_head": b"HTTP/1.1 200 OK\r\nContent-", "hang_body":
         b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "hang_503":
         b"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nhalf"}


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body

    def header(self, name):
        """All values of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def __repr__(self):
        return f"{self.method} {self.target} {self.headers} {self.body!r}"


def read_request(file):
    """The next request of a connection; None at its end. Strict: what is not a plain request raises."""
    line = file.readline(65536)
    if not line:
        return None
    method, target, version = line.decode("latin-1").rstrip("\r\n").split(" ")
    assert version == "HTTP/1.1" and line.endswith(b"\r\n"), line
    headers, length = [], 0
    while (line := file.readline(65536)) not in (b"\r\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name, value.strip()))
        length = int(value) if name.lower() == "content-length" else length
    return Request(method, target, headers, file.read(length))


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        partner = self.server.partner
        partner.connections += 1
        file = self.request.makefile("rb")
        try:
            while (request := read_request(file)) is not None:
                if not self.behave(partner, request):
                    return
        except (OSError, ValueError, AssertionError) as error:
            if not isinstance(error, OSError):
                partner.strange.append(repr(error))

    def behave(self, partner, request):
        """False: the connection ends."""
        behaviour, _, tag = request.target.lstrip("/").partition("?")[0].partition("/")
        with partner.lock:
            partner.seen.setdefault(tag, []).append(request)
            behaviour = partner.next_of(behaviour, tag)
        if behaviour in partner.extra:
            return bool(partner.extra[behaviour](self.request, request))
        if behaviour == "reset":
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.request.close()
            return False
        if behaviour in HANGS:
            self.request.sendall(HANGS[behaviour])
            self.request.settimeout(20)
            self.request.recv(1)  # until the other side gives up
            return False
        self.request.sendall(WRITES[behaviour])
        return behaviour in STAYS


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 512

    def handle_error(self, request, client_address):
        pass  # the other side may be gone; that is the point


class Partner:
    def __init__(self, address="127.0.0.1"):
        self.seen, self.strange, self.extra, self.lock = {}, [], {}, threading.Lock()
        self.connections = 0
        self.turns = {}  # tag: behaviours, one for each request
        self.server = Server((address, 0), Handler)
        self.server.partner = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def next_of(self, behaviour, tag):
        turns = self.turns.get(tag)
        return turns.pop(0) if turns else behaviour

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def requests(self, tag):
        with self.lock:
            return list(self.seen.get(tag, []))

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def closed_port():
    """A port of loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
