"""Faults: what goes wrong on the way to a service, and when.

Generic kinds (all services):

=================  ============================================================
lost_before        connection closed, nothing handled
lost_after         handled, connection closed without an answer
reset_before       as lost_before, with a TCP reset
reset_after        as lost_after, with a TCP reset
slow               {seconds} handled after waiting
hang_after         {seconds} handled, answer withheld so long, then closed
late               {seconds} closed at once, handled so many seconds later
empty_500          500 without a body
html_503           503 with an HTML page
html_200           200 with an HTML log-in page
status             {status, body, content_type, headers}
truncated          handled; body cut in half, Content-Length of the half
truncated_length   handled; body cut in half, Content-Length of the whole
=================  ============================================================

`empty_500`, `html_503`, `html_200`, `status` and the vendor kinds take
`{"handled": true}` in `params`: the request is handled first, and the answer lost.
"""

import random
import re
import threading
from dataclasses import dataclass, field
from typing import Any

from .errors import ControlError

GENERIC_KINDS = frozenset(
    {
        "lost_before",
        "lost_after",
        "reset_before",
        "reset_after",
        "slow",
        "hang_after",
        "late",
        "empty_500",
        "html_503",
        "html_200",
        "status",
        "truncated",
        "truncated_length",
    }
)

#: Kinds that each vendor answers itself, through `Service.fault_response`.
VENDOR_KINDS = {
    "lightspeed": frozenset(
        {
            "rate_5min",
            "rate_hour",
            "rate_day",
            "error_200",
            "not_found_once",
            "unauthorized",
        }
    ),
    "exact": frozenset(
        {
            "rate_minute",
            "rate_day",
            "unauthorized",
            "no_division_access",
            "business",
            "refresh_rotated",
        }
    ),
}


@dataclass
class Fault:
    """One rule; see the module's text for the kinds."""

    kind: str
    service: str | None = None
    method: str | None = None
    path: str | None = None
    query: str | None = None
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    seed: int | None = None
    params: dict[str, Any] = field(default_factory=dict)
    id: int = 0
    matched: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            text = "times must be 1 or more, or null for always"
            raise ControlError(text)
        try:
            self._path = re.compile(self.path) if self.path else None
            self._query = re.compile(self.query) if self.query else None
        except re.error as error:
            text = f"not a regular expression: {error}"
            raise ControlError(text) from error
        self._random = random.Random(self.seed)

    def matches(self, service: str, method: str, path: str, query: str) -> bool:
        """Say whether a request is one this fault is about."""
        if self.service is not None and self.service != service:
            return False
        if self.method is not None and self.method.upper() != method:
            return False
        if self._path is not None and not self._path.search(path):
            return False
        return self._query is None or bool(self._query.search(query))

    def draw(self) -> bool:
        """Count a match and say whether the fault strikes now."""
        if self.times is not None and self.fired >= self.times:
            return False
        self.matched += 1
        if self.matched <= self.after:
            return False
        if self.probability < 1 and self._random.random() >= self.probability:
            return False
        self.fired += 1
        return True

    def as_dict(self) -> dict[str, Any]:
        return {
            name: getattr(self, name)
            for name in (
                "id",
                "service",
                "method",
                "path",
                "query",
                "kind",
                "times",
                "after",
                "probability",
                "seed",
                "params",
                "matched",
                "fired",
            )
        }


class Faults:
    """The rules in force, in the order they were added."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []
        self._last_id = 0
        self._kinds = dict(VENDOR_KINDS)

    def allow(self, service: str, kinds: "frozenset[str]") -> None:
        """Let a service have more kinds of its own (`Service.fault_kinds`)."""
        self._kinds[service] = self._kinds.get(service, frozenset()) | kinds

    def _check_kind(self, kind: str, service: str | None) -> None:
        if service is not None and service not in self._kinds:
            text = f"unknown service {service}"
            raise ControlError(text)
        vendor = self._kinds[service] if service else frozenset()
        if kind not in GENERIC_KINDS and kind not in vendor:
            text = f"unknown kind {kind} for service {service}"
            raise ControlError(text)

    def add(self, kind: str, service: str | None = None, **options: Any) -> Fault:
        """Add a rule; the first rule that strikes wins.

        :param kind: see the module's text
        :param service: "lightspeed", "exact", "vies" or None for all
        :param options: method, path (regular expression searched in the path),
            query (the same, in the percent-decoded query), times (default 1;
            None = always), after (skip the first n matches), probability, seed,
            params
        """
        self._check_kind(kind, service)
        try:
            rule = Fault(kind, service, **options)
        except TypeError as error:
            raise ControlError(str(error)) from error
        with self._lock:
            self._last_id += 1
            rule.id = self._last_id
            self._rules.append(rule)
        return rule

    def take(self, service: str, method: str, path: str, query: str) -> Fault | None:
        """Return the fault that strikes this request, if any."""
        if not self._rules:
            return None
        with self._lock:
            for rule in self._rules:
                if rule.matches(service, method, path, query) and rule.draw():
                    return rule
        return None

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def list(self) -> "list[dict[str, Any]]":
        with self._lock:
            return [rule.as_dict() for rule in self._rules]
