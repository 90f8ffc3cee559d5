"""Once, with real processes: what people and PostgreSQL do during a call."""

import contextlib
import json

import psycopg2
import psycopg2.errors
import pytest

from tests.addon import test_processes
from tests.addon.test_processes import (
    ENTRY,
    PATIENCE,
    assert_booked_once,
    held_back,
    wait_until,
)

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

connected = test_processes.connected


@pytest.fixture
def place(connected):
    """The same place, and everything in it switched on again."""
    connected.clear()
    for table in ("lightspeed_exact_link", "lightspeed_shop", "exact_administration"):
        connected.sql(f"UPDATE {table} SET active = true")
    connected.sql("UPDATE lightspeed_exact_link SET state = 'running'")
    return connected


@contextlib.contextmanager
def under_way(place, path=ENTRY, conflicts=False):
    """Let a worker wait for the answer to its first write; then let it finish.

    :param bool conflicts: whether PostgreSQL refuses something, which Odoo logs
    """
    log = place.log("lane")
    before = len(log.read_text()) if log.exists() else 0
    with held_back(place.box.exact, path) as (arrived, released):
        worker = place.start("lane", count=1)
        try:
            assert arrived.wait(PATIENCE)
            yield released
            released.set()
            worker.wait(PATIENCE)
        finally:
            place.kill(worker)
    text = log.read_text()[before:]
    assert conflicts or " ERROR " not in text, text


def people(place, act):
    """Let people do something; return what was refused, also by PostgreSQL itself."""
    worker = place.start("people", act=act)
    try:
        output, _errors = worker.communicate(timeout=PATIENCE)
    finally:
        place.kill(worker)
    assert worker.returncode == 0, place.log("people").read_text()
    return json.loads(output.splitlines()[-1])


def outcome(place):
    return place.sql(
        "SELECT state, COALESCE(adopted, false) FROM lightspeed_exact_operation"
        " WHERE kind = 'sales_entry'"
    )


@pytest.mark.parametrize("act", ["save", "pause", "archive", "forget"])
def test_whatever_people_save_the_outcome_is_written(place, act):
    number = place.add_order(1)
    with under_way(place):
        assert people(place, act) == []
    assert outcome(place) == [("done", False)]
    assert_booked_once(place, [number])


def test_nothing_is_pressed_moved_or_deleted_under_a_call(place):
    number = place.add_order(1)
    with under_way(place):
        refused = people(place, "press")
        assert len(refused) == 2, refused
        assert "under way" in refused[0]
        assert "Only an order that is booked" in refused[1]
        assert len(people(place, "move")) == 3
    assert outcome(place) == [("done", False)]
    assert_booked_once(place, [number])


def hold_and_release(place, number):
    """Let an order be refused once, and be ready again with nothing left to change."""
    place.box.faults.add(
        "business", "exact", method="POST", path=ENTRY, params={"text": "Onbekend"}
    )
    place.run("lane", count=1)
    assert place.states() == ["held"]
    place.sql("UPDATE lightspeed_exact_operation SET payload_digest = NULL")
    place.sql("UPDATE lightspeed_exact_order SET state = 'ready', has_work = true")


def test_skip_pressed_just_before_the_intention_is_refused_by_postgresql(place):
    number = place.add_order(1)
    hold_and_release(place, number)
    person = psycopg2.connect(dbname=place.database)
    try:
        person.set_session(isolation_level="REPEATABLE READ")
        with person.cursor() as cursor:
            cursor.execute("SELECT state FROM lightspeed_exact_operation")
            assert ("sending",) not in cursor.fetchall()
            with under_way(place):
                # As the button does: it has seen nothing under way.
                with pytest.raises(psycopg2.errors.SerializationFailure):
                    cursor.execute(
                        "UPDATE lightspeed_exact_order"
                        " SET state = 'skipped', has_work = false"
                    )
                person.rollback()
    finally:
        person.close()
    assert place.states() == ["booked"]
    assert [entry["YourRef"] for entry in place.entries()] == [number]


def test_without_its_lock_a_worker_and_the_next_one_book_each_order_once(place):
    numbers = [place.add_order(number) for number in range(3)]
    with held_back(place.box.exact) as (arrived, released):
        worker = place.start("lane", count=1)
        try:
            assert arrived.wait(PATIENCE)
            # PostgreSQL loses the connection that holds the lock of the administration.
            place.sql(
                "SELECT pg_terminate_backend(l.pid) FROM pg_locks l"
                " JOIN pg_database d ON d.oid = l.database"
                f" WHERE l.locktype = 'advisory' AND d.datname = '{place.database}'"
            )
            place.run("lane", count=1)
            released.set()
            worker.wait(PATIENCE)
        finally:
            place.kill(worker)
    place.settle()
    place.run("lane", count=1)
    assert place.states() == ["booked"] * len(numbers)
    assert sorted(entry["YourRef"] for entry in place.entries()) == sorted(numbers)
    assert len(place.calls("POST", ENTRY)) == len(numbers)


def test_an_upgrade_that_holds_the_table_while_the_answer_comes(place):
    number = place.add_order(1)
    upgrade = psycopg2.connect(dbname=place.database)
    try:
        with under_way(place, conflicts=True) as released, upgrade.cursor() as cursor:
            cursor.execute(
                "LOCK TABLE lightspeed_exact_operation IN ACCESS EXCLUSIVE MODE"
            )
            cursor.execute("UPDATE lightspeed_exact_operation SET write_date = now()")
            released.set()
            wait_until(
                lambda: place.sql(
                    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    f" AND datname = '{place.database}'"
                )
            )
            upgrade.commit()
    finally:
        upgrade.close()
    # The answer could not be written: what landed was found.
    assert outcome(place) == [("done", True)]
    assert_booked_once(place, [number])
