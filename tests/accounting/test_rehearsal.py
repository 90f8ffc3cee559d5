"""A rehearsal adds up what would be booked beside the shop's own totals."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting import rehearsal
from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.rehearsal import Result

from tests.accounting.samples import NOW, policy, product, sale, simple


def rehearsed(own, **changes):
    """Decide a sale as posting does, and keep what a rehearsal keeps."""
    found = rehearsal.figures(own)
    try:
        booking = decide(own, policy(**changes), status_reached_at=None, now=NOW)
    except Hold as hold:
        return Result(own.number, found, code=hold.code, params=hold.params)
    return Result(own.number, found, booking)


def two_rates():
    return sale(simple(product("121.00", "100.00"), product("10.90", "10.00", "0.09")))


def only(results):
    (found,) = rehearsal.summary(results)["currencies"]
    return found


def test_what_would_be_booked_is_the_shops_own_total():
    found = only([rehearsed(two_rates()), rehearsed(sale())])
    assert found["shop"] == found["compared"]
    assert found["booked"]["gross"] == found["shop"]["gross"]
    assert found["booked"]["count"] == 2
    assert found["difference"]["gross"] == "0.00"


def test_each_rate_stands_beside_the_shops():
    found = only([rehearsed(two_rates())])
    assert found["rates"] == [
        ["0.09", "10.00", "0.90", "10.00", "0.90", "0.00", "0.00"],
        ["0.21", "100.00", "21.00", "100.00", "21.00", "0.00", "0.00"],
    ]


def test_a_difference_is_told_to_the_cent():
    result = rehearsed(two_rates())
    figures = replace(result.figures, net=Decimal("110.01"))
    found = only([replace(result, figures=figures)])
    assert found["difference"] == {"gross": "0.00", "net": "-0.01", "vat": "0.01"}


def test_vat_codes_add_up_to_what_would_be_booked():
    found = only([rehearsed(two_rates()), rehearsed(two_rates())])
    net = sum(Decimal(row[2]) for row in found["codes"])
    vat = sum(Decimal(row[3]) for row in found["codes"])
    assert (net, vat) == (Decimal("220.00"), Decimal("43.80"))
    assert sum(row[4] for row in found["codes"]) == 4


def test_a_document_counts_once_for_its_country():
    found = only([rehearsed(two_rates()), rehearsed(two_rates())])
    assert [(row[0], row[1], row[2], row[5]) for row in found["places"]] == [
        ("domestic", "NL", "0.09", 2),
        ("domestic", "NL", "0.21", 2),
    ]


def test_holds_with_the_same_sentence_are_one_cause():
    held = [
        replace(rehearsed(sale(), rules=()), number=f"ORD{number}")
        for number in range(3)
    ]
    found = rehearsal.summary([*held, rehearsed(two_rates())])
    assert [(row[0], row[2]) for row in found["holds"]] == [
        ("rule_missing", ["ORD0", "ORD1", "ORD2"])
    ]
    (totals,) = found["currencies"]
    assert totals["held"]["count"] == 3
    assert totals["booked"]["count"] == 1
    assert totals["shop"]["count"] == 4


def test_what_a_rule_leaves_out_is_no_hold():
    own = sale()
    skipped = Result(
        own.number, rehearsal.figures(own), code="zero_total", skipped=True
    )
    found = rehearsal.summary([skipped])
    assert found["holds"] == []
    assert found["skips"] == [["zero_total", {}, [own.number]]]
    assert found["currencies"][0]["skipped"]["count"] == 1


def test_what_cannot_be_read_is_counted_apart():
    found = rehearsal.summary([Result("?", None, code="unreadable_order")])
    assert (found["unread"], found["currencies"]) == (1, [])
    assert found["holds"][0][0] == "unreadable_order"


def test_currencies_are_never_added_up():
    euros = rehearsed(two_rates())
    pounds = replace(euros, figures=replace(euros.figures, currency="GBP"))
    found = rehearsal.summary([euros, pounds])["currencies"]
    assert [(row["currency"], row["shop"]["count"]) for row in found] == [
        ("EUR", 1),
        ("GBP", 1),
    ]


def test_nothing_gives_an_empty_summary():
    assert rehearsal.summary([]) == {
        "currencies": [],
        "unread": 0,
        "holds": [],
        "skips": [],
    }


def test_a_summary_is_kept_as_json():
    found = rehearsal.summary([rehearsed(two_rates()), rehearsed(sale(), rules=())])
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize("own", [sale(), two_rates()])
def test_figures_are_kept_exactly(own):
    found = rehearsal.figures(own)
    kept = json.loads(json.dumps(rehearsal.dump(found)))
    assert rehearsal.load(kept) == found
