"""A WSGI application as a real HTTP/1.1 server in a thread.

Between the socket and the application stand the faults, the call log and the
sandbox clock (for the `Date` header).
"""

import io
import json
import logging
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from werkzeug import Response

from .calls import MAX_BODY, CallLog
from .clock import Clock
from .faults import Fault, Faults
from .service import Service

_logger = logging.getLogger(__name__)

LOGIN_PAGE = (
    "<!DOCTYPE html><html><head><title>Log in</title></head>"
    "<body><form method='post'><input name='user'><input name='password'>"
    "</form></body></html>"
)
UNAVAILABLE_PAGE = (
    "<html><head><title>503 Service Temporarily Unavailable</title></head>"
    "<body><h1>503 Service Temporarily Unavailable</h1></body></html>"
)


@dataclass
class Reply:
    """What goes over the wire; `close` without a status sends nothing at all."""

    status: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    close: bool = False
    reset: bool = False
    #: Announce this length instead of the body's own.
    length: int | None = None

    @property
    def code(self) -> int | None:
        return int(self.status.split(" ", 1)[0]) if self.status else None


def call_wsgi(app: Callable, environ: dict) -> Reply:
    """Run a WSGI application to the end and collect what it says."""
    started: list = []

    def start_response(status: str, headers: list, exc_info: Any = None) -> Callable:
        started[:] = [status, headers]
        return lambda data: None

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    return Reply(started[0], tuple(started[1]), body)


def as_reply(response: Response, environ: dict) -> Reply:
    """Turn a werkzeug response into a reply."""
    return call_wsgi(response, environ)


class Gate:
    """Takes one request through faults and log to the service.

    :param on_change: called after every handled request
    """

    def __init__(
        self,
        service: Service,
        clock: Clock,
        faults: Faults,
        calls: CallLog,
        on_change: Callable[[Service], None],
    ) -> None:
        self.service = service
        self.clock = clock
        self.faults = faults
        self.calls = calls
        self.on_change = on_change

    def __call__(self, environ: dict, body: bytes) -> Reply:
        started = time.monotonic()
        method, path = environ["REQUEST_METHOD"], _path(environ)
        query = unquote(environ["QUERY_STRING"].replace("+", " "))
        fault = self.faults.take(self.service.name, method, path, query)
        row = self.calls.open(
            at=self.clock.now().isoformat(),
            service=self.service.name,
            method=method,
            path=path,
            query=environ["QUERY_STRING"],
            request_body=_loggable(body),
            headers=_headers(environ),
            fault=fault.kind if fault else None,
        )
        run = _Run(self, environ, body)
        if fault is not None and fault.kind == "late":
            self._handle_late(fault, run, row, started)
            return Reply(close=True)
        reply = self._apply(fault, run) if fault else run()
        shown = run.reply if run.reply is not None and reply.close else reply
        self.calls.close(row, shown.code, time.monotonic() - started)
        return reply

    def handle(self, environ: dict, body: bytes) -> Reply:
        """Let the service handle the request."""
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        try:
            reply = call_wsgi(self.service, environ)
        except Exception:
            _logger.exception("The sandbox itself failed")
            return Reply("500 Sandbox Bug", (("Content-Type", "text/plain"),), b"bug")
        self.on_change(self.service)
        return reply

    def _handle_late(
        self, fault: Fault, run: "_Run", row: dict, started: float
    ) -> None:
        def work() -> None:
            reply = run()
            self.calls.close(row, reply.code, time.monotonic() - started)

        timer = threading.Timer(float(fault.params.get("seconds", 1)), work)
        timer.daemon = True
        timer.start()

    def _apply(self, fault: Fault, run: "_Run") -> Reply:
        plain = getattr(self, f"_fault_{fault.kind}", None)
        if plain is not None:
            return plain(fault.params, run)
        if fault.params.get("handled"):
            run()
        params = {**fault.params, "environ": run.environ}
        response = self.service.fault_response(fault.kind, params)
        if response is None:
            _logger.error("%s does not know fault %s", self.service.name, fault.kind)
            response = Response("unknown fault", 500)
        return as_reply(response, run.environ)

    def _fault_lost_before(self, params: dict, run: "_Run") -> Reply:
        return Reply(close=True)

    def _fault_lost_after(self, params: dict, run: "_Run") -> Reply:
        run()
        return Reply(close=True)

    def _fault_reset_before(self, params: dict, run: "_Run") -> Reply:
        return Reply(close=True, reset=True)

    def _fault_reset_after(self, params: dict, run: "_Run") -> Reply:
        run()
        return Reply(close=True, reset=True)

    def _fault_slow(self, params: dict, run: "_Run") -> Reply:
        time.sleep(float(params.get("seconds", 1)))
        return run()

    def _fault_hang_after(self, params: dict, run: "_Run") -> Reply:
        run()
        time.sleep(float(params.get("seconds", 1)))
        return Reply(close=True)

    def _fault_empty_500(self, params: dict, run: "_Run") -> Reply:
        if params.get("handled"):
            run()
        return Reply("500 Internal Server Error", ())

    def _fault_html_503(self, params: dict, run: "_Run") -> Reply:
        if params.get("handled"):
            run()
        return _page("503 Service Unavailable", UNAVAILABLE_PAGE)

    def _fault_html_200(self, params: dict, run: "_Run") -> Reply:
        if params.get("handled"):
            run()
        return _page("200 OK", LOGIN_PAGE)

    def _fault_status(self, params: dict, run: "_Run") -> Reply:
        if params.get("handled"):
            run()
        body = params.get("body", "")
        if not isinstance(body, str):
            body = json.dumps(body)
        kind = params.get("content_type", "application/json")
        headers = {"Content-Type": kind, **params.get("headers", {})}
        return Reply(
            f"{int(params.get('status', 500))} Fault",
            tuple((name, str(value)) for name, value in headers.items()),
            body.encode(),
        )

    def _fault_truncated(self, params: dict, run: "_Run") -> Reply:
        reply = run()
        half = reply.body[: len(reply.body) // 2]
        return Reply(reply.status, reply.headers, half)

    def _fault_truncated_length(self, params: dict, run: "_Run") -> Reply:
        reply = run()
        full = len(reply.body)
        return Reply(
            reply.status, reply.headers, reply.body[: full // 2], True, length=full
        )


class _Run:
    """Handles the request at most once, and remembers the answer."""

    def __init__(self, gate: Gate, environ: dict, body: bytes) -> None:
        self.gate = gate
        self.environ = environ
        self.body = body
        self.reply: Reply | None = None

    def __call__(self) -> Reply:
        self.reply = self.gate.handle(self.environ, self.body)
        return self.reply


def _page(status: str, text: str) -> Reply:
    return Reply(status, (("Content-Type", "text/html; charset=utf-8"),), text.encode())


def _path(environ: dict) -> str:
    return environ["PATH_INFO"].encode("latin1").decode("utf-8", "replace")


def _loggable(body: bytes) -> Any:
    if not body:
        return None
    text = body[:MAX_BODY].decode("utf-8", "replace")
    if len(body) > MAX_BODY:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _headers(environ: dict) -> dict[str, str]:
    headers = {
        key[5:].replace("_", "-").title(): value
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["Content-Type"] = environ["CONTENT_TYPE"]
    if "Authorization" in headers:
        headers["Authorization"] = headers["Authorization"].split(" ", 1)[0] + " ***"
    return headers


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    server: "HttpServer"

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        # Every method goes the same way.
        setattr(self, f"do_{self.command}", self._serve)
        return True

    def _serve(self) -> None:
        body = self._read_body()
        if body is None:
            return
        reply = self.server.gate(self._environ(), body)
        if reply.status is None:
            self._drop(reply.reset)
            return
        self._send(reply)

    def _read_body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        length = self.headers.get("Content-Length")
        if length is None:
            if self.command in {"POST", "PUT", "PATCH"}:
                self.close_connection = True
                self._send(Reply("411 Length Required", (), b""))
                return None
            return b""
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _read_chunks(self) -> bytes:
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0].strip() or b"0", 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)

    def _environ(self) -> dict:
        path, _, query = self.path.partition("?")
        host, port = self.server.server_address[:2]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin1"),
            "QUERY_STRING": query,
            "RAW_URI": self.path,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.input": io.BytesIO(),
            "wsgi.input_terminated": True,
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            if key in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
                environ[key] = value
            else:
                key = f"HTTP_{key}"
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def _drop(self, reset: bool) -> None:
        self.close_connection = True
        if reset:
            # SO_LINGER of 0 s makes the kernel send RST instead of FIN.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.server.reset_sockets.add(self.connection)

    def _send(self, reply: Reply) -> None:
        lines = [f"HTTP/1.1 {reply.status}"]
        skip = {"content-length", "date", "connection"}
        lines += [
            f"{name}: {value}"
            for name, value in reply.headers
            if name.lower() not in skip
        ]
        moment = self.server.clock.header_now().replace(microsecond=0)
        lines.append(f"Date: {format_datetime(moment, usegmt=True)}")
        length = len(reply.body) if reply.length is None else reply.length
        if reply.code != 204:
            lines.append(f"Content-Length: {length}")
        if reply.close:
            self.close_connection = True
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join(lines) + "\r\n\r\n"
        body = b"" if self.command == "HEAD" else reply.body
        self.wfile.write(head.encode("latin1", "replace") + body)

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the call log has it."""


class HttpServer(ThreadingMixIn, TCPServer):
    """One service on one port of 127.0.0.1."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, gate: Callable[[dict, bytes], Reply], clock: Clock, port: int):
        self.gate = gate
        self.clock = clock
        self.reset_sockets: set[socket.socket] = set()
        self._open: set[socket.socket] = set()
        self._thread: threading.Thread | None = None
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        if request in self.reset_sockets:
            self.reset_sockets.discard(request)
            self.close_request(request)
            return
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that hang up are part of the play."""

    def start(self) -> None:
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and cut the connections that are still open."""
        self.shutdown()
        self.server_close()
        for request in list(self._open):
            self.shutdown_request(request)
        if self._thread is not None:
            self._thread.join()
