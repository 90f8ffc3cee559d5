"""One run from start to end, for the test and for ``bin/chaos``."""

import time
from collections import Counter

from tests.chaos.storm import Run
from tests.chaos.verdict import Verdict


def run(cluster, database, folder, *, orders, seed, seconds, tell):
    """Run, and compare.

    :return: what is wrong, and the figures
    :rtype: tuple(list(str), list(str))
    """
    began = time.monotonic()
    storm = Run(cluster, database, folder, orders, seed, seconds, tell)
    tell(f"seed {seed}, {orders} orders, logs in {folder}")
    with storm.ready():
        tell(f"ready after {time.monotonic() - began:.0f} s")
        storm.storm()
        storm.calm()
        verdict = Verdict(storm)
        problems = verdict.reach()
        lines = list(report(storm, verdict))
        if problems:
            cluster.dump(database, folder / "database.sql")
    lines.append(f"seconds in all: {time.monotonic() - began:.0f}")
    return problems, lines


def report(storm, verdict):
    """Yield the figures of a run as lines of text."""
    yield f"seed: {storm.seed}"
    for name, count in sorted(storm.figures.items()):
        yield f"{name}: {count}"
    faults = storm.weather.figures()
    for service in ("exact", "lightspeed", "vies"):
        calls = sum(
            call["n"] <= storm.storm_until
            for call in storm.box.calls.list(service, storm.storm_from)
        )
        struck = {name: n for (where, name), n in faults.items() if where == service}
        each = ", ".join(f"{name} {n}" for name, n in sorted(struck.items()))
        yield f"{service}: {calls} calls, {sum(struck.values())} faults: {each}"
    deaths = Counter(storm.servers.deaths())
    for step, count in sorted(deaths.items()):
        yield f"killed {step}: {count}"
    yield "came of it: " + ", ".join(
        f"{name} {count}" for name, count in sorted(verdict.figures.items())
    )
