import json
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold
from odoo.addons.lightspeed_exact_connector.accounting.parse import list_row

from tests.accounting.samples import SAMPLE, country, payload

BEFORE = list_row(payload())


def test_a_row():
    assert (BEFORE.remote_id, BEFORE.number) == ("315967958", "ORD00412")
    assert BEFORE.status == "processing_awaiting_shipment"
    assert BEFORE.payment_status == "paid"
    assert BEFORE.gross == Decimal("62.16")
    assert BEFORE.created_at == datetime(2026, 6, 2, 22, 56, 12, tzinfo=timezone.utc)
    bare = list_row({"id": "7", "priceIncl": "x"})
    assert (bare.remote_id, bare.number, bare.gross) == ("7", "", None)
    for row in ({}, {"id": False}, [], None):
        with pytest.raises(Hold):
            list_row(row)


@pytest.mark.parametrize(
    "changes",
    [
        {"updatedAt": "2027-01-01T00:00:00Z"},
        {"memo": "x"},
        {"comment": "x"},
        {"shipmentStatus": "shipped"},
        {"shipmentTitle": "DHL"},
        {"products": {}},
        {"invoices": False},
        {"events": None},
        {"priceIncl": "62.1600"},
        {"priceIncl": 62.16},
        {"paymentPriceIncl": 0.50},
        {"shipmentDiscountIncl": None},
        {"customStatusId": 0},
        {"customStatusId": False},
        {"companyName": False},
        {"giftCardsPayment": None},
        {"isCompany": 0},
        {"addressBillingCountry": {"code": "NL", "title": "Nederland"}},
        {"taxRates": [{"name": "BTW", "rate": "0.090", "amount": 0.8917431192660551},
                      {"name": "BTW", "rate": 0.21, "amount": 7.7942975206611}]},
    ],
)  # fmt: skip
def test_what_does_not_count(changes):
    after = list_row(payload(**changes))
    assert after.digest == BEFORE.digest
    assert after.content_digest == BEFORE.content_digest


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "completed_shipped"},
        {"paymentStatus": "not_paid"},
        {"customStatusId": 12},
        {"lastname": "Ander"},
        {"phone": "1"},
    ],
)
def test_status_and_person_count_in_the_digest_only(changes):
    after = list_row(payload(**changes))
    assert after.digest != BEFORE.digest
    assert after.content_digest == BEFORE.content_digest


@pytest.mark.parametrize(
    "changes",
    [
        {"priceIncl": 62.17},
        {"priceIncl": -62.16},
        {"priceExcl": 52.35},
        {"shipmentPriceIncl": 6},
        {"taxRates": []},
        {"addressShippingCountry": country("de")},
        {"addressBillingZipcode": "01234 AB"},
        {"addressShippingCity": "Zeist"},
        {"email": "b@example.com"},
        {"companyVatNumber": "NL123456789B01"},
        {"isCompany": True},
        {"shipmentIsPickup": True},
        {"paymentId": "paypal"},
        {"giftCardsPayment": [{}]},
    ],
)
def test_content_counts_in_both(changes):
    after = list_row(payload(**changes))
    assert after.digest != BEFORE.digest
    assert after.content_digest != BEFORE.content_digest


def test_the_make_of_numbers_does_not_count():
    for arguments in ({}, {"parse_float": str, "parse_int": str}):
        assert list_row(json.loads(SAMPLE, **arguments)) == BEFORE


def test_a_postcode_is_no_number():
    one = list_row(payload(addressBillingZipcode="0012"))
    other = list_row(payload(addressBillingZipcode="12"))
    assert one.digest != other.digest
