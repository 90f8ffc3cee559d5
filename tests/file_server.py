"""A web server that gives files, as a shop's own server would."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer:
    """Gives what is in ``files``: path -> (status, headers, body)."""

    def __init__(self):
        self.files = {}
        self.asked = []
        self.url = ""

    def give(self, path, body, status=200, **headers):
        self.files[path] = (status, headers, body)


@contextmanager
def serving():
    """Serve on this machine, on any port, until the end of the block."""
    files = FileServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            files.asked.append((self.path, dict(self.headers)))
            status, headers, body = files.files.get(self.path, (404, {}, b"none"))
            if status is None:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    files.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield files
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
