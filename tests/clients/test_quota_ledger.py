"""A quota that several processes share: never more calls than the vendor allows."""

import json
import random
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from odoo.addons.lightspeed_exact_connector.clients.errors import RateLimited
from odoo.addons.lightspeed_exact_connector.clients.quota import Window
from odoo.addons.lightspeed_exact_connector.clients.quota_ledger import (
    BLOCK,
    GONE,
    Ledger,
    Report,
)
from odoo.addons.lightspeed_exact_connector.clients.quota_shared import SharedQuota

START = datetime(2026, 3, 4, 10, 0, 7, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


class Vendor:
    """Counts calls in fixed windows, and says how many are left."""

    def __init__(self, limit, day=5000):
        self.limits = {"minute": limit, "day": day}
        self.used = {}
        self.refused = 0

    def call(self, now):
        ends = {
            "minute": now.replace(second=0, microsecond=0) + MINUTE,
            "day": now.replace(hour=0, minute=0, second=0, microsecond=0)
            + timedelta(days=1),
        }
        used = {name: self.used.get((name, end), 0) for name, end in ends.items()}
        if any(used[name] >= self.limits[name] for name in ends):
            self.refused += 1
        else:
            for name, end in ends.items():
                used[name] += 1
                self.used[name, end] = used[name]
        # The end is known to the second only, never too early.
        late = timedelta(microseconds=now.microsecond)
        return [
            Window(name, self.limits[name], self.limits[name] - used[name], end + late)
            for name, end in ends.items()
        ]


class Hall:
    """Processes with one ledger and one clock, moved by hand."""

    def __init__(self, ledger=None):
        self.ledger = ledger or Ledger()
        self.now = START
        self.exchanges = 0

    def process(self):
        return SharedQuota(self.exchange)

    def exchange(self, report):
        self.exchanges += 1
        # As it is stored between two of them.
        kept = json.loads(json.dumps(self.ledger.to_json()))
        self.ledger = Ledger.from_json(*kept, self.ledger.last)
        return self.ledger.exchange(report, self.now)

    def call(self, quota, vendor):
        """One call from its beginning to its answer."""
        quota.check(self.now)
        quota._learn(vendor.call(self.now))

    def call_while_possible(self, quota, vendor):
        count = 0
        while True:
            try:
                self.call(quota, vendor)
            except RateLimited as error:
                return count, error
            count += 1


def test_one_process_makes_every_call_that_there_is():
    hall, vendor = Hall(), Vendor(60)
    count, error = hall.call_while_possible(hall.process(), vendor)
    assert (count, vendor.refused) == (60, 0)
    assert (error.window, error.retry_at) == (
        "minute",
        START.replace(second=0) + MINUTE,
    )
    # Calls are taken in blocks; fewer at a time when few are left.
    assert hall.exchanges < 30


def test_what_a_process_gives_back_the_next_one_has():
    hall, vendor = Hall(), Vendor(60)
    for _each in range(12):
        quota = hall.process()
        for _call in range(3):
            hall.call(quota, vendor)
        quota.close()
    count, _error = hall.call_while_possible(hall.process(), vendor)
    assert (count, vendor.refused) == (24, 0)


def test_calls_of_a_process_that_died_are_not_made_again_in_its_window():
    hall, vendor = Hall(), Vendor(60)
    killed = hall.process()
    for _call in range(5):
        hall.call(killed, vendor)
    count, _error = hall.call_while_possible(hall.process(), vendor)
    assert 60 - 5 - BLOCK <= count <= 55
    hall.now += MINUTE
    again, _error = hall.call_while_possible(hall.process(), vendor)
    # One call of it may be under way.
    assert again == 59
    hall.now += GONE + MINUTE
    assert hall.call_while_possible(hall.process(), vendor)[0] == 60
    assert vendor.refused == 0


def test_a_call_of_somebody_else_with_the_same_key_is_noticed():
    hall, vendor = Hall(), Vendor(20)
    quota = hall.process()
    for _call in range(3):
        hall.call(quota, vendor)
    for _foreign in range(12):
        vendor.call(hall.now)
    assert hall.call_while_possible(quota, vendor)[0] == 5
    # Another process of ours knows it by now.
    assert hall.call_while_possible(hall.process(), vendor)[0] == 0
    assert vendor.refused == 0


def test_a_lower_limit_is_believed_at_once():
    hall, vendor = Hall(), Vendor(60)
    quota = hall.process()
    hall.call(quota, vendor)
    hall.now += MINUTE
    vendor.limits["minute"] = 4
    assert hall.call_while_possible(quota, vendor)[0] == 4
    assert vendor.refused == 0


def test_the_day_is_waited_for_when_it_is_used_up():
    hall, vendor = Hall(), Vendor(60, day=7)
    count, error = hall.call_while_possible(hall.process(), vendor)
    assert (count, error.window) == (7, "day")
    assert error.retry_at == datetime(2026, 3, 5, tzinfo=timezone.utc)


def test_a_late_answer_does_not_give_calls_back():
    ledger = Ledger()
    ends = START.replace(second=0) + MINUTE
    for token in ("one", "other"):
        ledger.exchange(Report(token), START)
    seen = Window("minute", 60, 40, ends)
    ledger.exchange(Report("one", seen=(seen,)), START)
    before = ledger.windows["minute"].remaining
    late = replace(seen, remaining=55)
    ledger.exchange(Report("other", seen=(late,), wants=False), START)
    assert ledger.windows["minute"].remaining <= before


def test_client_errors_of_all_processes_are_added_up_per_endpoint():
    hall = Hall()
    for number in range(6):
        quota = hall.process()
        quota.check(hall.now, endpoint="crm/accounts")
        quota.note_error("crm/accounts", hall.now)
        quota.close()
        hall.now += timedelta(seconds=number)
    quota = hall.process()
    with pytest.raises(RateLimited) as caught:
        quota.check(hall.now, endpoint="crm/accounts")
    assert (caught.value.code, caught.value.window) == ("client_errors", "errors")
    assert caught.value.retry_at == START + timedelta(hours=1)
    quota.check(hall.now, endpoint="salesentry/salesentries")
    hall.now = caught.value.retry_at
    hall.process().check(hall.now, endpoint="crm/accounts")


@pytest.mark.parametrize("seed", range(200))
def test_processes_in_any_order_are_never_refused(seed):
    """Calls overlap, end late, in other windows; processes die, begin and end."""
    dice = random.Random(seed)
    limit = dice.choice((2, 5, 20, 60))
    hall, vendor = Hall(), Vendor(limit, day=dice.choice((150, 5000)))
    quotas = [hall.process() for _each in range(dice.randint(2, 5))]
    # Nobody knows the limit before the first answer.
    hall.call(quotas[0], vendor)
    quotas[0].close()
    under_way = {}
    for _step in range(1500):
        hall.now += timedelta(milliseconds=dice.choice((0, 5, 60, 400, 2500)))
        quota = dice.choice(quotas)
        if quota in under_way:
            kind, windows = under_way.pop(quota)
            if kind == "sent":
                windows = vendor.call(hall.now)
                if dice.random() < 0.5:
                    under_way[quota] = ("answered", windows)
                    continue
            if dice.random() < 0.05:
                quota.used()
            else:
                quota._learn(windows)
            continue
        chance = dice.random()
        if chance < 0.01:
            quotas[quotas.index(quota)] = hall.process()
        elif chance < 0.1:
            quota.close()
        else:
            try:
                quota.check(hall.now)
            except RateLimited:
                continue
            under_way[quota] = ("sent", None)
    assert vendor.refused == 0
    minutes = [used for (name, _end), used in vendor.used.items() if name == "minute"]
    assert sum(minutes) > 10
