"""The sandbox as a whole: services, servers, state."""

import importlib
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

from .calls import CallLog
from .clock import Clock
from .control import ControlApp
from .faults import Faults
from .server import Gate, HttpServer
from .service import Service
from .state import StateFile

SERVICES = {
    "lightspeed": ("sandbox.lightspeed", "LightspeedService"),
    "exact": ("sandbox.exact", "ExactService"),
    "vies": ("sandbox.vies", "ViesService"),
}


def _make_services(clock: Clock) -> dict[str, Service]:
    made = {}
    for name, (module, attribute) in SERVICES.items():
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            continue
        maker = getattr(found, attribute, None)
        if maker is not None:
            made[name] = maker(clock)
    return made


class Sandbox:
    """All stand-ins, on free ports unless told otherwise.

    Use it as a context manager, or `start()` and `stop()` it.

    :param demo: fill an empty sandbox with the demo data
    :param state: a file that keeps the state between runs
    :param now: where the clock starts; the real time by default
    """

    def __init__(
        self,
        *,
        demo: bool = False,
        state: str | Path | None = None,
        lightspeed_port: int = 0,
        exact_port: int = 0,
        vies_port: int = 0,
        control_port: int = 0,
        now: datetime | str | None = None,
    ) -> None:
        self.clock = Clock(now)
        self.faults = Faults()
        self.calls = CallLog()
        self.services = _make_services(self.clock)
        for name, service in self.services.items():
            self.faults.allow(name, getattr(service, "fault_kinds", frozenset()))
            service.changed_alone = partial(self.changed, service)
        self.lightspeed: Any = self.services.get("lightspeed")
        self.exact: Any = self.services.get("exact")
        self.vies: Any = self.services.get("vies")
        self._ports = {
            "lightspeed": lightspeed_port,
            "exact": exact_port,
            "vies": vies_port,
            "control": control_port,
        }
        self._servers: dict[str, HttpServer] = {}
        self._revisions: dict[str, int] = {}
        self._state = StateFile(state) if state else None
        stored = self._state.read() if self._state else None
        if stored is not None:
            self.load(stored)
        elif demo:
            self.seed_demo()

    def seed_demo(self) -> None:
        """Add the demo data."""
        importlib.import_module("sandbox.demo").seed(self)
        self.changed()

    def start(self) -> "Sandbox":
        """Open the servers."""
        for name, service in self.services.items():
            gate = Gate(service, self.clock, self.faults, self.calls, self.handled)
            self._servers[name] = HttpServer(gate, self.clock, self._ports[name])
        control = ControlApp(self)
        self._servers["control"] = HttpServer(
            control, self.clock, self._ports["control"]
        )
        for server in self._servers.values():
            server.start()
        return self

    def stop(self) -> None:
        """Close the servers; what is under way is cut off."""
        for server in self._servers.values():
            server.stop()
        self._servers.clear()
        for service in self.services.values():
            service.stop()

    def __enter__(self) -> "Sandbox":
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def url(self, name: str) -> str:
        """Return the base URL of "lightspeed", "exact", "vies" or "control"."""
        return self.urls[name]

    @property
    def urls(self) -> dict[str, str]:
        return {
            name: server.url + getattr(self.services.get(name), "base_path", "")
            for name, server in self._servers.items()
        }

    @property
    def lightspeed_url(self) -> str:
        return self.url("lightspeed")

    @property
    def exact_url(self) -> str:
        return self.url("exact")

    @property
    def vies_url(self) -> str:
        return self.url("vies")

    @property
    def control_url(self) -> str:
        return self.url("control")

    def handled(self, service: Service) -> None:
        """Save the state if handling a request changed something."""
        revision = getattr(service, "revision", None)
        if revision is None or revision != self._revisions.get(service.name):
            self.changed(service)

    def changed(self, service: Service | None = None) -> None:
        """Save the state, if it is kept."""
        if service is not None:
            self._revisions[service.name] = getattr(service, "revision", 0)
        if self._state is not None:
            self._state.save(self.dump)

    def dump(self) -> dict[str, Any]:
        """Return the whole state as JSON values."""
        data: dict[str, Any] = {"clock": self.clock.dump()}
        for name, service in self.services.items():
            with service.lock:
                data[name] = service.dump()
        return data

    def load(self, data: dict[str, Any]) -> None:
        """Replace the whole state."""
        self.clock.load(data["clock"])
        for name, service in self.services.items():
            if name in data:
                with service.lock:
                    service.load(data[name])

    def reset(self, demo: bool = False) -> None:
        """Empty everything: services, faults, calls, and the clock's setting."""
        self.clock.unfreeze()
        self.clock.set(datetime.now(timezone.utc))
        self.clock.skew = 0.0
        self.faults.clear()
        self.calls.clear()
        for service in self.services.values():
            with service.lock:
                service.reset()
        if demo:
            self.seed_demo()
        self.changed()
