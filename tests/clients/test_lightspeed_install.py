"""The install of an app: what is believed, and what is not."""

import hashlib
from datetime import datetime, timedelta, timezone

import pytest

from odoo.addons.lightspeed_exact_connector.clients.errors import BadRequest
from odoo.addons.lightspeed_exact_connector.clients.lightspeed import app_password
from odoo.addons.lightspeed_exact_connector.clients.lightspeed_install import (
    OLDEST,
    SKEW,
    read_install,
)

from sandbox.lightspeed.install import signature

# The test vector of Lightspeed reference 1.3.
APP_SECRET = "fedcba9876543210fedcba9876543210"
TOKEN = "0123456789abcdef0123456789abcdef"
QUERY = {
    "language": ["nl"],
    "shop_id": ["123456"],
    "timestamp": ["1735689600"],
    "token": [TOKEN],
    "signature": ["27d8ddc8fffcfebdacce28ccb1ff651f"],
}
MOMENT = datetime.fromtimestamp(1735689600, timezone.utc)
SECOND = timedelta(seconds=1)


def signed(*, over=("language", "shop_id", "timestamp", "token"), **values):
    """Return a query with these values instead, signed over these names."""
    plain = {name: row[0] for name, row in QUERY.items() if name != "signature"}
    plain.update(values)
    text = signature({name: plain[name] for name in over}, APP_SECRET)
    return {name: [value] for name, value in {**plain, "signature": text}.items()}


def refusal(query, secret=APP_SECRET, now=MOMENT):
    with pytest.raises(BadRequest) as caught:
        read_install(query, secret, now)
    # What is shown or logged of it opens nothing.
    assert TOKEN not in str(caught.value) and APP_SECRET not in str(caught.value)
    return caught.value.code


def test_the_test_vector_of_the_reference_is_believed():
    install = read_install(QUERY, APP_SECRET, MOMENT)
    assert (install.shop_number, install.language) == ("123456", "nl")
    assert (install.moment, install.cluster) == (MOMENT, "eu1")
    assert install.token == TOKEN
    assert app_password(TOKEN, APP_SECRET) == "48a21658bef9d4a8de881f6ae5ac4d6f"
    assert TOKEN not in repr(install)


@pytest.mark.parametrize(
    ("sent", "cluster"), [("eu1", "eu1"), ("us1", "us1"), ("live", "eu1")]
)
def test_the_cluster_is_taken_signed_or_not(sent, cluster):
    query = {**QUERY, "cluster_id": [sent]}
    assert read_install(query, APP_SECRET, MOMENT).cluster == cluster
    over = ("cluster_id", "language", "shop_id", "timestamp", "token")
    query = signed(over=over, cluster_id=sent)
    assert read_install(query, APP_SECRET, MOMENT).cluster == cluster
    # What was signed with another cluster fits neither way.
    query["cluster_id"] = ["us1" if sent != "us1" else "eu1"]
    assert refusal(query) == "install.forged"


def test_other_parameters_do_no_harm():
    query = {**QUERY, "utm_source": ["x"], "app_id": ["1", "2"]}
    assert read_install(query, APP_SECRET, MOMENT).shop_number == "123456"


def test_a_shop_number_is_the_same_with_zeros_before_it():
    query = signed(shop_id="000001")
    assert read_install(query, APP_SECRET, MOMENT).shop_number == "1"


@pytest.mark.parametrize("age", [-SKEW, timedelta(0), OLDEST])
def test_an_install_of_now_is_fresh_in_both_directions(age):
    assert read_install(QUERY, APP_SECRET, MOMENT + age).moment == MOMENT


@pytest.mark.parametrize(
    "age", [-SKEW - SECOND, OLDEST + SECOND, timedelta(days=400), -timedelta(days=400)]
)
def test_an_install_of_another_moment_is_refused(age):
    assert refusal(QUERY, now=MOMENT + age) == "install.stale"


@pytest.mark.parametrize("timestamp", ["100000000", "99999999999"])
def test_a_moment_far_away_is_refused_although_it_is_signed(timestamp):
    assert refusal(signed(timestamp=timestamp)) == "install.stale"


@pytest.mark.parametrize(
    "change",
    [
        {"shop_id": ["123457"]},
        {"language": ["en"]},
        {"timestamp": ["1735689601"]},
        {"token": ["f" + TOKEN[1:]]},
        {"signature": ["0" * 32]},
        {"signature": [hashlib.md5(b"").hexdigest()]},
    ],
)
def test_what_was_changed_is_refused(change):
    assert refusal({**QUERY, **change}) == "install.forged"


def test_the_secret_of_another_app_or_none_opens_nothing():
    assert refusal(QUERY, secret=APP_SECRET[::-1]) == "install.forged"
    plain = "language=nlshop_id=123456timestamp=1735689600token=" + TOKEN
    unsigned = {**QUERY, "signature": [hashlib.md5(plain.encode()).hexdigest()]}
    assert refusal(unsigned, secret="") == "install.forged"


@pytest.mark.parametrize("name", sorted(QUERY))
@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        [""],
        ["x" * 100_000],
        ["\0"],
        ["é"],
        ["１２３４５６"],
        ["-1"],
        ["0"],
        ["1e9"],
        ["nl\n"],
        ["' OR 1=1 --"],
        ["{{7*7}}"],
    ],
)
def test_what_has_another_form_is_refused(name, values):
    query = {**QUERY, name: values}
    if values is None:
        del query[name]
    assert refusal(query) == "install.unreadable"


@pytest.mark.parametrize("name", sorted(QUERY))
def test_what_comes_twice_is_refused(name):
    assert refusal({**QUERY, name: QUERY[name] * 2}) == "install.unreadable"


@pytest.mark.parametrize(
    "sent", [["xx1"], ["EU1"], ["eu1", "us1"], ["../x"], ["a" * 9999], ["\0"]]
)
def test_a_cluster_that_is_not_known_is_refused(sent):
    assert refusal({**QUERY, "cluster_id": sent}) == "install.unreadable"
