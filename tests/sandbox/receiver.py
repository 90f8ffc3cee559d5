"""A receiver of webhooks: a real HTTP server that remembers what it was sent."""

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Received:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: dict
    body: bytes


class Receiver:
    """Answers every request with `status` (or what `answer(request)` returns)."""

    def __init__(self):
        self.status = 200
        self.answer = None
        self.got = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()

    @property
    def port(self):
        return self._server.server_address[1]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hooks"

    def take(self):
        """Return what came since the last call."""
        with self._lock:
            got, self.got = self.got, []
        return got

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = Received(
                    self.command, self.path, dict(self.headers.items()), body
                )
                with receiver._lock:
                    receiver.got.append(request)
                answer = receiver.answer
                status = answer(request) if answer else receiver.status
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        return Handler


@contextmanager
def receiving():
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.stop()
