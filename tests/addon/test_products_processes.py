"""A transfer of products by a real process, which is killed in the middle.

Three hundred variants in every run; ``LEC_CATALOGUE=20000`` measures as many as the
largest shops have (an hour on two cores) and prints what it took.
"""

import json
import os
import subprocess
import sys
import time

import pytest

from sandbox.exact import demo as exact_demo
from tests.addon import test_processes
from tests.addon.test_processes import PATIENCE

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(4 * 3600)]

VARIANTS = int(os.environ.get("LEC_CATALOGUE", "300"))
# For so many variants a second and a half is enough on any machine.
LONGEST = PATIENCE + 1.5 * VARIANTS
# MB that a process may grow from its first slice on.
GROWTH = 40

connected = test_processes.connected


def go_on(place):
    """Let a process work until it is done or has to wait; return what it tells."""
    worker = place.start("products", patience=LONGEST)
    try:
        output, _errors = worker.communicate(timeout=LONGEST + PATIENCE)
    except subprocess.TimeoutExpired:
        place.kill(worker)
        raise
    log = place.log("products").read_text()
    assert worker.returncode == 0, log
    assert " ERROR " not in log, log
    return json.loads(output.splitlines()[-1])


def wait_for(condition):
    """Wait until a process that reads a whole catalogue got so far."""
    until = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)


def settle(place):
    place.settle()
    place.sql("UPDATE lightspeed_exact_product_transfer SET next_at = NULL")
    place.sql("UPDATE lightspeed_product_variant SET next_attempt_at = NULL")


def test_a_killed_transfer_goes_on_and_makes_each_item_once(connected, capsys):
    place, box = connected, connected.box
    box.exact.control_set_limits(minute=1_000_000, day=10_000_000)
    box.lightspeed.control_set_rate_limits(
        place.shop, limits=[100_000, 1_000_000, 10_000_000]
    )
    report = box.lightspeed.control_add_catalogue(
        place.shop, VARIANTS // 2, variants=2, without_code=2, duplicates=2
    )
    worker = place.start("products", patience=LONGEST)
    wait_for(lambda: place.calls("POST", "SalesItemPrices"))
    place.kill(worker)
    made = len(box.exact.control_items(exact_demo.MAIN))
    assert 0 < made < VARIANTS
    for _time in range(6):
        settle(place)
        told = go_on(place)
        if told["state"] == "done":
            break
    assert told["state"] == "done", told
    twice = {variant for pair in report["duplicates"] for variant in pair[:2]}
    expected = report["variants"] - 2 - len(twice)
    assert told["total_count"] == report["variants"]
    assert told["made_count"] == expected
    items = box.exact.control_items(exact_demo.MAIN)
    assert len(items) == len({item["Code"].casefold() for item in items}) == expected
    assert all(len(item["Prices"]) == 1 for item in items)
    for state, used in told["memory"].items():
        assert max(used) - used[0] < GROWTH, (state, used)
    with capsys.disabled():
        sys.stdout.write(f"\n{VARIANTS} variants: {json.dumps(told)}\n")
