"""What a stand-in service offers to the sandbox around it."""

import inspect
import threading
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug import Response

from .clock import Clock


class Service:
    """Base class (optional: the sandbox only needs these names).

    * `name`, `lock`, `__call__` (WSGI); `base_path`, below which its API is
    * `control_<command>(**params)`: the control interface
    * `fault_response(kind, params)`: vendor-specific faults
    * `dump`, `load`, `reset`: persistence
    * `stop`: called when the sandbox stops
    * `revision`: raised by `touch()` on every change, so that the state file is
      written after changes only
    """

    name = "service"
    base_path = ""
    #: Vendor-specific fault kinds beyond `faults.VENDOR_KINDS`.
    fault_kinds: frozenset[str] = frozenset()

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.revision = 0
        #: Called after a change that no request or command made; without the lock.
        self.changed_alone: Callable[[], None] = lambda: None

    def touch(self) -> None:
        """Note that the state changed."""
        self.revision += 1

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        raise NotImplementedError

    def fault_response(self, kind: str, params: dict) -> Response | None:
        """Return the answer of a vendor-specific fault; None = unknown kind.

        :param params: the fault's own `params` plus `environ`, the WSGI environ
        """
        return None

    def dump(self) -> Any:
        raise NotImplementedError

    def load(self, data: Any) -> None:
        raise NotImplementedError

    def reset(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        """End what runs by itself."""


def control_commands(service: Any) -> dict[str, Callable]:
    """Return a service's control commands by name."""
    prefix = "control_"
    return {
        name[len(prefix) :]: method
        for name, method in inspect.getmembers(service, callable)
        if name.startswith(prefix)
    }
