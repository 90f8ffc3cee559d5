"""A server that misbehaves on purpose: each request takes the next step of a script."""

import contextlib
import json
import socket
import struct
import threading
import time
from datetime import datetime, timedelta, timezone

NOW = datetime(2026, 11, 23, 8, 18, 25, tzinfo=timezone.utc)
DATE = "Mon, 23 Nov 2026 08:18:25 GMT"


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, now=NOW):
        self.now = now

    def __call__(self):
        return self.now

    def advance(self, **kwargs):
        self.now += timedelta(**kwargs)


class Request:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _version = lines[0].split(" ")
        self.headers = {
            name.lower(): value
            for name, value in (line.split(": ", 1) for line in lines[1:] if line)
        }
        self.body = body


def reply(status=200, body=b"", content_type="application/json", close=False, **more):
    """Bytes of a whole answer; ``more`` are headers, with ``_`` for ``-``."""
    if not isinstance(body, bytes):
        body = (body if isinstance(body, str) else json.dumps(body)).encode()
    headers = {
        "Date": DATE,
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    if close:
        headers["Connection"] = "close"
    head = f"HTTP/1.1 {status} Whatever\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in headers.items() if value is not None
    )
    return head.encode() + b"\r\n" + body


def closes(_sock):
    """Close the connection without an answer."""
    return False


def resets(sock):
    """Reset the connection (TCP RST) without an answer."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def sends(data):
    """Send these bytes, then close."""

    def step(sock):
        sock.sendall(data)
        return False

    return step


class Scripted:
    """``with Scripted(step, ...) as server``: steps are bytes to send, or callables.

    A callable gets the socket and returns whether the connection stays open.
    """

    def __init__(self, *steps):
        self.steps = list(steps)
        self.requests = []
        self.connections = 0
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self):
        self._threads[0].start()
        return self

    def __exit__(self, *_exc):
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in list(self._threads):
            thread.join(5)

    def hangs(self, _sock):
        """Never answer."""
        self.over.wait(30)
        return False

    def drips(self, sock):
        """Send an endless answer, a byte now and then."""
        data = b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n" + b" " * 999999
        with contextlib.suppress(OSError):
            for byte in data:
                sock.sendall(bytes([byte]))
                if self.over.wait(0.01):
                    break
        return False

    def _accept(self):
        while not self.over.is_set():
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock):
        with sock, contextlib.suppress(OSError):
            sock.settimeout(30)
            stays = True
            while stays and not self.over.is_set():
                request = self._read(sock)
                if request is None:
                    return
                self.requests.append(request)
                step = self.steps.pop(0) if self.steps else closes
                if isinstance(step, bytes):
                    sock.sendall(step)
                    stays = b"Connection: close" not in step
                else:
                    stays = step(sock)

    def _read(self, sock):
        data = b""
        sock.settimeout(0.05)
        while b"\r\n\r\n" not in data:
            try:
                piece = sock.recv(65536)
            except TimeoutError:
                if self.over.is_set():
                    return None
                continue
            if not piece:
                return None
            data += piece
        sock.settimeout(30)
        head, _blank, body = data.partition(b"\r\n\r\n")
        request = Request(head, body)
        while len(request.body) < int(request.headers.get("content-length", 0)):
            request.body += sock.recv(65536)
        return request


def wait_until(condition, seconds=5):
    """Wait for something that another thread does."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.005)
