"""The control interface: JSON over HTTP, for tests and for people with curl."""

import inspect
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from .errors import ControlError
from .jsonio import dumps, loads
from .server import Reply
from .service import control_commands

_logger = logging.getLogger(__name__)

JSON = (("Content-Type", "application/json"),)


def _json(value: Any, status: str = "200 OK") -> Reply:
    return Reply(status, JSON, dumps(value).encode())


def _reason(error: Exception) -> str:
    text = str(error.args[0]) if isinstance(error, KeyError) else str(error)
    return text or type(error).__name__


class ControlApp:
    """Routes control requests to the core and to the services."""

    def __init__(self, box: Any) -> None:
        self.box = box

    def __call__(self, environ: dict, body: bytes) -> Reply:
        method = environ["REQUEST_METHOD"]
        parts = [part for part in environ["PATH_INFO"].split("/") if part]
        query = {k: v[-1] for k, v in parse_qs(environ["QUERY_STRING"]).items()}
        try:
            params = loads(body) if body else {}
            if not isinstance(params, dict):
                return _json({"error": "the body must be a JSON object"}, "400 Bad")
            return _json(self._route(method, parts, query, params))
        except (ControlError, TypeError, ValueError, LookupError) as error:
            _logger.debug("control command refused", exc_info=True)
            return _json({"error": _reason(error)}, "400 Bad Request")

    def _route(self, method: str, parts: list, query: dict, params: dict) -> Any:
        if not parts:
            return self._index()
        if parts[0] == "core":
            name = f"_core_{parts[1]}_{method.lower()}" if len(parts) == 2 else ""
            command = getattr(self, name, None)
            if command is None:
                text = f"no core command {method} {'/'.join(parts[1:])}"
                raise ControlError(text)
            return command(query, params)
        service = self.box.services.get(parts[0])
        if service is None:
            text = f"no service {parts[0]}; there are {sorted(self.box.services)}"
            raise ControlError(text)
        if method == "GET" and len(parts) == 1:
            return describe(service)
        if method == "POST" and len(parts) == 2:
            return self._run(service, parts[1], params)
        text = "POST /<service>/<command>, or GET /<service>"
        raise ControlError(text)

    def _index(self) -> dict:
        return {
            "core": sorted(
                f"{name.rsplit('_', 1)[1].upper()} core/{name.split('_')[2]}"
                for name in dir(self)
                if name.startswith("_core_")
            ),
            **{name: sorted(control_commands(s)) for name, s in self._services()},
        }

    def _services(self) -> list:
        return sorted(self.box.services.items())

    def _run(self, service: Any, name: str, params: dict) -> Any:
        command = control_commands(service).get(name)
        if command is None:
            text = f"{service.name} has no command {name}"
            raise ControlError(text)
        inspect.signature(command).bind(**params)
        result = command(**params)
        self.box.changed(service)
        return result

    def _core_clock_get(self, query: dict, params: dict) -> dict:
        clock = self.box.clock
        return {"now": clock.now(), "frozen": clock.frozen, "skew": clock.skew}

    def _core_clock_post(self, query: dict, params: dict) -> dict:
        unknown = set(params) - {"set", "advance", "freeze", "skew"}
        if unknown:
            text = f"unknown: {sorted(unknown)}"
            raise ControlError(text)
        clock = self.box.clock
        if "freeze" in params:
            (clock.freeze if params["freeze"] else clock.unfreeze)()
        if "set" in params:
            clock.set(params["set"])
        if "advance" in params:
            clock.advance(float(params["advance"]))
        if "skew" in params:
            clock.skew = float(params["skew"])
        self.box.changed()
        return self._core_clock_get(query, params)

    def _core_state_get(self, query: dict, params: dict) -> dict:
        return self.box.dump()

    def _core_faults_get(self, query: dict, params: dict) -> list:
        return self.box.faults.list()

    def _core_faults_post(self, query: dict, params: dict) -> dict:
        if "kind" not in params:
            text = "kind is missing"
            raise ControlError(text)
        return self.box.faults.add(**params).as_dict()

    def _core_faults_delete(self, query: dict, params: dict) -> dict:
        self.box.faults.clear()
        return {}

    def _core_calls_get(self, query: dict, params: dict) -> dict:
        since = int(query.pop("since", 0))
        calls = self.box.calls
        entries = calls.list(since=since, **query)
        return {"last": calls.last, "calls": entries, "totals": calls.summary()}

    def _core_calls_delete(self, query: dict, params: dict) -> dict:
        self.box.calls.clear()
        return {}

    def _core_reset_post(self, query: dict, params: dict) -> dict:
        self.box.reset(**params)
        return {}


def describe(service: Any) -> dict[str, dict[str, str]]:
    """Return each command of a service with its parameters and docstring."""
    commands: dict[str, Callable] = control_commands(service)
    return {
        name: {
            "parameters": str(inspect.signature(command)),
            "text": inspect.getdoc(command) or "",
        }
        for name, command in sorted(commands.items())
    }
