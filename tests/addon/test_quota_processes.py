"""Real processes that use one quota: none of them ever sends a call too many."""

import sys

import pytest

from tests.addon import test_processes

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

connected = test_processes.connected

MINUTE = 30
FIVE_MINUTES = 40
# At most so many calls are taken at once, see the ledger.
BLOCK = 10


def refused(place):
    return [
        call
        for service in ("exact", "lightspeed")
        for call in place.box.calls.list(service=service)
        if call["status"] == 429
    ]


def test_three_processes_share_a_small_quota_without_a_refusal(connected, capsys):
    place = connected
    place.clear()
    place.box.exact.control_set_limits(minute=MINUTE, forget=True)
    place.box.lightspeed.control_set_rate_limits(
        place.shop, limits=[FIVE_MINUTES, 3000, 12000], used=[0, 0, 0]
    )
    killed = place.run("quota", count=3, killed=1)
    after = place.run("quota", count=3)
    exact, shop = (sum(made[service] for made in killed + after) for service in (0, 1))
    # A minute may end meanwhile: then there are more.
    assert exact >= MINUTE - 2 * BLOCK
    assert shop >= FIVE_MINUTES - 2 * BLOCK
    assert not refused(place)
    with capsys.disabled():
        sys.stdout.write(
            f"\n3 processes, {MINUTE} a minute: {exact} calls of Exact, {shop} of the"
            f" shop ({FIVE_MINUTES} in five minutes), {len(refused(place))} refused\n"
        )


def test_lanes_with_a_small_minute_are_not_refused(connected):
    place = connected
    place.clear()
    numbers = [place.add_order(number) for number in range(8)]
    place.box.exact.control_set_limits(minute=5, forget=True)
    place.run("lane", count=3)
    assert not refused(place)
    # Whatever the minute left undone waits for the next one.
    place.box.exact.control_set_limits(minute=1000, forget=True)
    place.sql("DELETE FROM lightspeed_exact_quota")
    place.settle()
    place.run("lane", count=3)
    assert place.states() == ["booked"] * len(numbers)
    assert not refused(place)
