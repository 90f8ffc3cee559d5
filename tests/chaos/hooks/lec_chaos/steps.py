"""The named steps of a write at which a process may die, and dying there.

Whether a process dies at a step is drawn from the seed, the step, the write's kind and
reference and its attempt: not from time, nor from which process comes there first.
Each death is a line in a file that the run reads.
"""

import functools
import json
import os
import select
import signal
import threading
import zlib
from pathlib import Path

#: Told by the run: {"seed", "share" (of 10,000 for each step), "deaths", "calm"}.
SETTINGS = json.loads(os.environ.get("LEC_CHAOS", "{}"))

STEPS = (
    "before the intention",
    "after the intention",
    "under way",
    "handled, not answered",
    "answered, not recorded",
    "recorded, not committed",
    "outcome committed",
    "booked, not committed",
)

_here = threading.local()


def _spared(step, name):
    """Say whether nobody dies here: who comes after the dead draws anew."""
    if not SETTINGS or Path(SETTINGS["calm"]).exists():
        return True
    deaths = Path(SETTINGS["deaths"])
    before = deaths.read_text().count(f"\t{step}\t{name}\n") if deaths.exists() else 0
    text = f"{SETTINGS['seed']}/{step}/{name}/{before}"
    return zlib.crc32(text.encode()) % 10_000 >= SETTINGS["share"]


def die(step, name):
    """Die here, if that was drawn: as by ``kill -9``."""
    if _spared(step, name):
        return
    # One write of a short line: whole, whoever else writes.
    line = f"{os.getpid()}\t{step}\t{name}\n".encode()
    handle = os.open(SETTINGS["deaths"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, line)
    os.kill(os.getpid(), signal.SIGKILL)


def _name(operation, ahead=0):
    return f"{operation.kind}/{operation.reference}/{operation.attempts + ahead}"


def _arm_operation(module):
    operations = module.LightspeedExactOperation
    mark, record = operations._mark_sending, operations._record
    send, commit = operations._send, operations._commit

    @functools.wraps(send)
    def armed_send(self, client):
        _here.name = _name(self, 1)
        try:
            return send(self, client)
        finally:
            _here.name = None

    @functools.wraps(mark)
    def armed_mark(self, *arguments):
        name = _name(self, 1)
        die("before the intention", name)
        mark(self, *arguments)
        die("after the intention", name)

    @functools.wraps(record)
    def armed_record(self, values):
        name = _name(self)
        # The call is over: what is asked from here on is not this write.
        _here.name = None
        die("answered, not recorded", name)
        _here.recording = name
        try:
            record(self, values)
        finally:
            _here.recording = None
        die("outcome committed", name)

    @functools.wraps(commit)
    def armed_commit(self):
        if getattr(_here, "recording", None):
            die("recorded, not committed", _here.recording)
        commit(self)

    operations._send, operations._mark_sending = armed_send, armed_mark
    operations._record, operations._commit = armed_record, armed_commit


def _arm_order(module):
    orders = module.LightspeedExactOrder
    finish = orders._finish

    @functools.wraps(finish)
    def armed_finish(self, work, booking):
        finish(self, work, booking)
        die("booked, not committed", _name(booking.operation_id))

    orders._finish = armed_finish


def _arm_connections(module):
    watched = module._Watched
    getresponse = watched.getresponse

    @functools.wraps(getresponse)
    def armed_getresponse(self, *args, **kwargs):
        name = getattr(_here, "name", None)
        if name and self._method == "POST":
            # It is under way; what becomes of it is Exact's.
            die("under way", name)
            if not _spared("handled, not answered", name):
                select.select([self.sock], [], [], 2)
                die("handled, not answered", name)
        return getresponse(self, *args, **kwargs)

    watched.getresponse = armed_getresponse


MODULES = {
    "models.lightspeed_exact_operation": _arm_operation,
    "models.lightspeed_exact_order_process": _arm_order,
    "clients.connections": _arm_connections,
}


def arm(name, module):
    """Put the steps into a module of the addon that was just loaded."""
    if name in MODULES:
        MODULES[name](module)
