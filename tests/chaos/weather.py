"""What goes wrong on the way to the vendors: a tenth of all calls."""

import random
from collections import Counter

from tests.chaos.hooks.lec_chaos.times import ANSWER

API = "^/api/v1/"
TOKENS = "oauth2/token"
#: Part of all calls that a fault strikes, beside one of each kind that surely does.
SHARE = 0.08
#: Among so many calls of a service.
EARLY = 60

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
        self.random = random.Random(f"{seed}/weather")
        self._rules = []
        self._storms = 0

    def storm(self):
        """Let a tenth of all calls go wrong, each kind of fault alike."""
        self._storms += 1
        for service, kinds, path in (
            ("exact", EXACT, API),
            ("exact", HARMLESS_TOKENS, TOKENS),
            ("lightspeed", LIGHTSPEED, ""),
            ("vies", VIES, ""),
        ):
            if self._storms == 1 and path != TOKENS:
                self._add_once(service, kinds, path)
            self._add_always(service, kinds, path)

    def _add_once(self, service, kinds, path):
        for kind, params in kinds:
            early = self.random.randrange(EARLY)
            self._add(kind, service, path, params, times=1, after=early)

    def _add_always(self, service, kinds, path):
        left = 1.0
        share = SHARE / len(kinds)
        for kind, params in kinds:
            # The first that strikes wins: those behind it see fewer calls.
            seed = self.random.randrange(2**32)
            options = {"times": None, "probability": share / left, "seed": seed}
            self._add(kind, service, path, params, **options)
            left -= share

    def _add(self, kind, service, path, params, **options):
        rule = self.box.faults.add(kind, service, path=path, params=params, **options)
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
