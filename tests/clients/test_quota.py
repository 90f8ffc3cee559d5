"""Quotas: what the headers tell, on our clock."""

import json
from datetime import timedelta

import pytest
from requests.structures import CaseInsensitiveDict

from odoo.addons.lightspeed_exact_connector.clients.errors import RateLimited
from odoo.addons.lightspeed_exact_connector.clients.quota import (
    Quota,
    Window,
    next_minute,
)

from tests.clients.scripted import NOW

# Exact's clock is 08:18:25; ours may be wrong by minutes.
OURS = NOW - timedelta(minutes=7)


def exact_headers(minute=58, day=4766, **more):
    """The headers of Exact reference 2.2, for NOW (08:18:25)."""
    day_reset = int(NOW.replace(hour=0, minute=0, second=0).timestamp()) + 86400
    minute_reset = int(NOW.replace(second=0).timestamp()) + 60
    headers = {}
    if day is not None:
        headers |= {
            "X-RateLimit-Limit": "5000",
            "X-RateLimit-Remaining": str(day),
            "X-RateLimit-Reset": str(day_reset * 1000),
        }
    if minute is not None:
        headers |= {
            "X-RateLimit-Minutely-Limit": "60",
            "X-RateLimit-Minutely-Remaining": str(minute),
            "X-RateLimit-Minutely-Reset": str(minute_reset * 1000),
        }
    return CaseInsensitiveDict(headers | more)


def lightspeed_headers(
    limit="300/3000/12000", remaining="298/2965/11910", reset="202/802/8002"
):
    return CaseInsensitiveDict(
        {
            "x-ratelimit-limit": limit,
            "x-ratelimit-remaining": remaining,
            "x-ratelimit-reset": reset,
        }
    )


def test_lightspeed_tells_three_windows():
    quota = Quota()
    assert quota.update_lightspeed(lightspeed_headers(), NOW)
    assert quota.windows == {
        "5min": Window("5min", 300, 298, NOW + timedelta(seconds=203)),
        "hour": Window("hour", 3000, 2965, NOW + timedelta(seconds=803)),
        "day": Window("day", 12000, 11910, NOW + timedelta(seconds=8003)),
    }


def test_the_numbers_of_another_key_are_read_not_assumed():
    quota = Quota()
    quota.update_lightspeed(
        lightspeed_headers("1000/12000/288000", "999/11999/287999"), NOW
    )
    assert [window.limit for window in quota.windows.values()] == [1000, 12000, 288000]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"remaining": "1/2", "reset": "1/2"},
        {"remaining": "", "reset": ""},
        {"remaining": "many/2/3"},
        {"reset": "soon/2/3"},
        {"remaining": "1/2/3/4"},
    ],
)
def test_unreadable_lightspeed_headers_tell_nothing(headers):
    quota = Quota()
    known = lightspeed_headers(**headers) if headers else CaseInsensitiveDict()
    assert not quota.update_lightspeed(known, NOW)
    assert quota.windows == {}


def test_limits_may_be_missing():
    quota = Quota()
    assert quota.update_lightspeed(lightspeed_headers(limit=""), NOW)
    assert quota.windows["day"].limit is None


def test_exact_is_read_on_its_own_clock():
    quota = Quota()
    assert quota.update_exact(exact_headers(), OURS, NOW)
    assert quota.windows["minute"] == Window(
        "minute", 60, 58, OURS + timedelta(seconds=35)
    )
    assert quota.windows["day"].remaining == 4766
    assert quota.windows["day"].reset_at - OURS == timedelta(
        hours=15, minutes=41, seconds=35
    )


@pytest.mark.parametrize("ours", [NOW - timedelta(days=3), NOW + timedelta(days=3)])
def test_without_a_date_a_wrong_clock_waits_a_window_at_most(ours):
    quota = Quota()
    quota.update_exact(exact_headers(), ours, None)
    assert timedelta(0) <= quota.windows["minute"].reset_at - ours
    assert quota.windows["minute"].reset_at - ours <= timedelta(seconds=62)
    assert quota.windows["day"].reset_at - ours <= timedelta(days=1)


def test_an_unreadable_reset_means_the_next_minute():
    headers = exact_headers(0, None, **{"X-RateLimit-Minutely-Reset": "soon"})
    quota = Quota()
    quota.update_exact(headers, OURS, NOW)
    assert quota.windows["minute"].reset_at == OURS + timedelta(seconds=37)


def test_a_refusal_brings_only_the_window_that_was_hit():
    quota = Quota()
    quota.update_exact(exact_headers(), OURS, NOW)
    quota.update_exact(exact_headers(3, None), OURS, NOW, refused=True)
    assert quota.windows["minute"].remaining == 0
    assert quota.windows["day"].remaining == 4766


def test_the_next_minute_is_theirs_and_a_bit():
    assert next_minute(OURS, NOW) == OURS + timedelta(seconds=37)
    assert next_minute(NOW) == NOW + timedelta(seconds=37)


def test_knowing_nothing_allows_everything():
    Quota().check(NOW)


@pytest.mark.parametrize("remaining", [0, -1])
def test_a_call_that_would_be_refused_is_not_made(remaining):
    reset_at = NOW + timedelta(seconds=35)
    quota = Quota([Window("minute", 60, remaining, reset_at)])
    with pytest.raises(RateLimited) as caught:
        quota.check(NOW)
    assert caught.value.retry_at == reset_at
    assert caught.value.window == "minute"
    assert caught.value.landed is False
    quota.check(reset_at)


def test_the_window_that_opens_last_counts():
    quota = Quota(
        [
            Window("day", 5000, 0, NOW + timedelta(hours=3)),
            Window("minute", 60, 0, NOW + timedelta(seconds=30)),
        ]
    )
    with pytest.raises(RateLimited) as caught:
        quota.check(NOW)
    assert caught.value.window == "day"


def test_a_reserve_is_kept_of_the_day_only():
    quota = Quota(
        [
            Window("minute", 60, 5, NOW + timedelta(seconds=30)),
            Window("day", 5000, 500, NOW + timedelta(hours=3)),
        ]
    )
    quota.check(NOW, reserve=499)
    with pytest.raises(RateLimited) as caught:
        quota.check(NOW, reserve=500)
    assert caught.value.window == "day"
    with pytest.raises(RateLimited) as caught:
        quota.check(NOW, reserve={"minute": 10})
    assert caught.value.window == "minute"


def test_calls_without_headers_are_counted_down():
    quota = Quota([Window("minute", 60, 2, NOW + timedelta(seconds=30))])
    quota.used()
    quota.check(NOW)
    quota.used(1)
    with pytest.raises(RateLimited):
        quota.check(NOW)


def test_it_can_be_stored_and_shared():
    quota = Quota()
    quota.update_exact(exact_headers(), OURS, NOW)
    stored = json.loads(json.dumps(quota.to_json()))
    assert Quota.from_json(stored).windows == quota.windows


@pytest.mark.parametrize(
    "stored",
    [
        None,
        False,
        {},
        {"day": None},
        {"day": [1, 2]},
        {"day": [1, "2", "2026-11-23T00:00:00+00:00"]},
        {"day": [1, 2, "2026-11-23T00:00:00"]},
        {"day": [1, 2, "never"]},
        {"day": [1, 2, None]},
    ],
)
def test_what_cannot_be_read_back_is_forgotten(stored):
    assert Quota.from_json(stored).windows == {}
