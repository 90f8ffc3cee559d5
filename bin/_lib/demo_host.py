"""What the demo runs on: ports, processes and the database, kept in .local/demo."""

import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent.parent
HOME = ROOT / ".local" / "demo"
LOGS = ROOT / ".local" / "logs"
ADDON = "lightspeed_exact_connector"
DATABASE = os.environ.get("LEC_DEMO_DB", "lec_demo")
TIMEOUT = 120


def say(text=""):
    print(text, flush=True)


# === PROCESSES === #


def free_port(wanted=0):
    """Return a port that is free now: the wanted one when it is."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    sys.exit("error: no free port on 127.0.0.1")


def ports():
    """Return the ports of the demo, the same at every start where possible."""
    file = HOME / "ports.json"
    wanted = json.loads(file.read_text()) if file.exists() else {"odoo": 8069}
    names = ("odoo", "gevent", "lightspeed", "exact", "vies", "control")
    found = {name: free_port(wanted.get(name, 0)) for name in names}
    file.write_text(json.dumps(found))
    return found


@contextlib.contextmanager
def process(name, command):
    """Run a command in the background; it ends with the block."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with open(LOGS / f"demo-{name}.log", "w") as log:
        child = subprocess.Popen(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield child
        finally:
            stop(child)


def stop(child):
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_for(url, child, name):
    """Wait until an address answers."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        if child.poll() is not None:
            sys.exit(f"error: {name} stopped; see .local/logs/demo-{name}.log")
        with contextlib.suppress(requests.RequestException):
            if requests.get(url, timeout=10).status_code < 500:
                return
        time.sleep(0.2)
    sys.exit(f"error: {name} does not answer; see .local/logs/demo-{name}.log")


def odoo(*arguments):
    return [sys.executable, str(ROOT / "bin" / "_lib" / "odoo"), *arguments]


# === DATABASE === #


def sources_digest():
    """Return a digest of the addon: another one means an upgrade is due."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / ADDON).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def database_exists():
    command = ["psql", "-AtX", "-c", "SELECT datname FROM pg_database", "postgres"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return DATABASE in names.split()


def prepare_database():
    """Install or upgrade the addon in the demo database, when that is due."""
    stamp = HOME / "installed"
    digest = sources_digest()
    exists = database_exists()
    if exists and stamp.exists() and stamp.read_text() == digest:
        return
    say("Upgrading the addon ..." if exists else "Installing Odoo and the addon ...")
    action = "-u" if exists else "-i"
    log = LOGS / "demo-install.log"
    LOGS.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as stream:
        done = subprocess.run(
            odoo("-d", DATABASE, action, ADDON, "--stop-after-init", "--no-http"),
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    if done.returncode:
        sys.exit(f"error: it failed; see {log.relative_to(ROOT)}")
    stamp.write_text(digest)
