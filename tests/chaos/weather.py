"""What goes wrong on the way to the vendors: a tenth of all calls."""

import zlib
from collections import Counter

from tests.chaos.hooks.lec_chaos.times import ANSWER

API = "^/api/v1/"
TOKENS = "oauth2/token"
#: Part of all calls that a fault strikes.
SHARE = 0.10

#: Longer than the client waits; shorter than what is still counted with.
HANG = {"seconds": ANSWER + 1}
HANDLED = {"handled": True}

#: Kind and what it takes; of both vendors.
COMMON = (
    ("lost_before", {}),
    ("lost_after", {}),
    ("reset_before", {}),
    ("reset_after", {}),
    ("hang_after", HANG),
    ("empty_500", {}),
    ("empty_500", HANDLED),
    ("html_503", {}),
    ("html_503", HANDLED),
    ("html_200", {}),
    ("html_200", HANDLED),
    ("truncated", {}),
    ("truncated_length", {}),
    ("slow", {"seconds": 1.5}),
    ("unauthorized", {}),
    ("rate_day", {}),
)
EXACT = (
    *COMMON,
    ("rate_minute", {}),
    ("late", {"seconds": 1}),
    ("late", {"seconds": 4}),
    ("late", {"seconds": 8}),
)
LIGHTSPEED = (
    *COMMON,
    ("rate_5min", {}),
    ("rate_hour", {}),
    ("error_200", {}),
    ("not_found_once", {}),
)
VIES = (
    ("lost_before", {}),
    ("empty_500", {}),
    ("html_503", {}),
    ("truncated", {}),
    ("hang_after", HANG),
    ("error", {"error": "MS_UNAVAILABLE"}),
)
#: A lost answer to a refresh ends the consent: a scene of its own (`storm.py`).
HARMLESS_TOKENS = (
    ("lost_before", {}),
    ("reset_before", {}),
    ("empty_500", {}),
    ("html_503", {}),
    ("html_200", {}),
    ("slow", {"seconds": 1.5}),
)


class Weather:
    """The faults of a run."""

    def __init__(self, box, seed):
        self.box = box
        self.seed = seed
        self._rules = []

    def storm(self):
        """Let a tenth of all calls go wrong, each kind of fault alike."""
        self._add("exact", EXACT, API)
        self._add("exact", HARMLESS_TOKENS, TOKENS)
        self._add("lightspeed", LIGHTSPEED, "")
        self._add("vies", VIES, "")

    def _add(self, service, kinds, path):
        left = 1.0
        share = SHARE / len(kinds)
        for place, (kind, params) in enumerate(kinds):
            # The first that strikes wins: those behind it see fewer calls.
            rule = self.box.faults.add(
                kind,
                service,
                path=path,
                times=None,
                probability=share / left,
                seed=zlib.crc32(f"{self.seed}/{service}/{path}/{place}".encode()),
                params=params,
            )
            left -= share
            self._rules.append(rule)

    def clear(self):
        self.box.faults.clear()

    def figures(self):
        """Return how often each kind of fault struck, by service.

        :rtype: Counter
        """
        found = Counter()
        for rule in self._rules:
            name = f"{rule.kind}, handled" if rule.params == HANDLED else rule.kind
            found[rule.service, name] += rule.fired
        return found
