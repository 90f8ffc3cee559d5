"""Renewals by real processes: killed at each step, and beside people who consent.

A renewal that was killed after Exact had rotated cannot be repaired by anybody but a
person: it has to be recognised, explained, and no call wasted on it.
"""

import contextlib
import threading

import pytest

from odoo.addons.lightspeed_exact_connector.const import OAUTH_CALLBACK_ROUTE

from sandbox.exact import demo as exact_demo
from tests.addon import test_processes
from tests.addon.test_processes import BASE_URL, PATIENCE, assert_booked_once

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

TOKEN = "oauth2/token"

connected = test_processes.connected


@pytest.fixture
def place(connected):
    """A fresh consent whose token has run out."""
    connected.clear()
    connected.run("consent", code=code(connected))
    expire(connected)
    connected.box.calls.clear()
    return connected


def code(place):
    answer = place.box.exact.control_consent(
        exact_demo.CLIENT_ID, exact_demo.USER_NL, BASE_URL + OAUTH_CALLBACK_ROUTE
    )
    return answer["code"]


def expire(place, seconds=700):
    """Let so much time pass for the tokens: here and at Exact."""
    moments = ("issued_at", "expires_at", "refresh_expires_at", "renewing_since")
    moments += ("unsure_since", "retry_at")
    moved = ", ".join(f"{name} = {name} - interval '{seconds} s'" for name in moments)
    place.sql(f"UPDATE exact_token SET {moved}")
    place.sql("UPDATE exact_administration SET parked_until = NULL")
    place.box.clock.advance(seconds)


def token(place, *names):
    ((*values,),) = place.sql(f"SELECT {', '.join(names)} FROM exact_token")
    return values


def activities(place):
    return place.sql(
        "SELECT note FROM mail_activity WHERE res_model = 'exact.connection'"
    )


@contextlib.contextmanager
def held_back(service, *, before):
    """Withhold the next token call until the second event, before or after it is done.

    :return: an event that is set when it arrived (or was done), and one to let it go
    """
    arrived, released = threading.Event(), threading.Event()
    respond = service._respond

    def waiting(request):
        if TOKEN not in request.path or arrived.is_set():
            return respond(request)
        answer = None if before else respond(request)
        arrived.set()
        released.wait(PATIENCE)
        return answer or respond(request)

    service._respond = waiting
    try:
        yield arrived, released
    finally:
        released.set()
        del service._respond


def killed(place):
    """Kill a process between Exact's rotation and our commit."""
    with held_back(place.box.exact, before=False) as (arrived, released):
        worker = place.start("renew", count=1)
        try:
            assert arrived.wait(PATIENCE)
        finally:
            place.kill(worker)
        (since,) = token(place, "renewing_since")
        assert since
        # Many at once, while the call may be under way: none of them sends anything.
        codes = place.run("renew", count=4)
        assert codes == ["exact.oauth.unsure"] * 4
        assert len(place.calls("POST", TOKEN)) == 1
        released.set()
        test_processes.wait_until(lambda: place.calls("POST", TOKEN)[0]["done"])


def test_killed_between_the_rotation_and_our_commit(place):
    killed(place)
    expire(place)
    codes = place.run("renew", count=8)
    # One asked Exact; the others found what it had written.
    assert sorted(codes) == ["exact.oauth.old_token"] + ["reconnect"] * 7
    assert len(place.calls("POST", TOKEN)) == 2
    assert token(place, "state", "problem_code") == ["reconnect", "reconnect_killed"]
    ((note,),) = activities(place)
    assert "this server stopped in the middle" in note
    # Polling stops, orders wait: nobody is asked anything any more.
    number = place.add_order(2)
    place.box.calls.clear()
    place.sql("UPDATE lightspeed_exact_link SET next_poll_at = create_date")
    place.run("lane", count=2)
    place.run("keep_alive")
    expire(place, 3600)
    place.run("renew", count=2)
    assert not place.box.calls.list()
    assert place.states() == []
    # A person connects again: everything goes on.
    place.run("consent", code=code(place))
    assert not activities(place)
    place.run("lane", count=2)
    assert_booked_once(place, [number])


def test_killed_before_exact_had_the_call(place):
    with held_back(place.box.exact, before=True) as (arrived, _released):
        worker = place.start("renew", count=1)
        try:
            assert arrived.wait(PATIENCE)
        finally:
            place.kill(worker)
        (sent,) = token(place, "refresh_token")
        # Exact never carries it out.
        place.box.exact.state.refresh[sent].rotated = False
        expire(place)
        assert place.run("renew", count=8) == [""] * 8
        (now,) = token(place, "refresh_token")
        assert now != sent
        assert len(place.calls("POST", TOKEN)) == 2
        assert token(place, "state", "unsure_since") == ["connected", None]
        assert not activities(place)


def test_a_consent_beside_a_renewal_is_what_counts_afterwards(place):
    with held_back(place.box.exact, before=False) as (arrived, released):
        worker = place.start("renew", count=1)
        assert arrived.wait(PATIENCE)
        person = place.start("consent", code=code(place))
        released.set()
        person.communicate(timeout=PATIENCE)
        worker.communicate(timeout=PATIENCE)
    assert person.returncode == worker.returncode == 0
    (refresh, state) = token(place, "refresh_token", "state")
    assert state == "connected"
    assert not place.box.exact.state.refresh[refresh].rotated


def test_disconnected_beside_a_renewal_stays_disconnected(place):
    with held_back(place.box.exact, before=False) as (arrived, released):
        worker = place.start("renew", count=1)
        assert arrived.wait(PATIENCE)
        person = place.start("disconnect")
        released.set()
        person.communicate(timeout=PATIENCE)
        worker.communicate(timeout=PATIENCE)
    assert person.returncode == 0, place.log("disconnect").read_text()
    assert place.sql("SELECT id FROM exact_token") == []
