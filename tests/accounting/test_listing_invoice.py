import json
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold
from odoo.addons.lightspeed_exact_connector.accounting.listing_invoice import (
    invoice_row,
)

from tests.accounting.invoice_samples import INVOICE, ORIGINAL, invoice

BEFORE = invoice_row(invoice())


def test_a_row():
    assert (BEFORE.remote_id, BEFORE.number) == ("332615050", "INV00401")
    assert (BEFORE.status, BEFORE.order_id) == ("paid", "315967958")
    assert BEFORE.gross == Decimal("62.16")
    assert BEFORE.created_at == datetime(2026, 6, 2, 22, 56, 14, tzinfo=timezone.utc)
    assert (BEFORE.is_credit_note, BEFORE.original_id) == (False, "")
    bare = invoice_row({"id": "7", "priceIncl": "x", "order": False})
    assert (bare.number, bare.gross, bare.order_id) == ("", None, "")
    for row in ({}, {"id": False}, [], None, "x"):
        with pytest.raises(Hold):
            invoice_row(row)


@pytest.mark.parametrize("amount", [Decimal("62.16"), Decimal("-62.16")])
def test_a_credit_note_has_a_total_without_a_sign(amount):
    row = invoice_row(invoice(isCreditNote=True, invoice=ORIGINAL, priceIncl=amount))
    assert (row.is_credit_note, row.original_id) == (True, "332615050")
    assert row.gross == Decimal("62.16")


def test_the_link_to_an_original_alone_makes_a_credit_note():
    assert invoice_row(invoice(invoice=ORIGINAL)).is_credit_note
    assert invoice_row(invoice(isCreditNote=True)).original_id == ""
    nowhere = {"resource": {"id": False, "url": "invoices"}}
    assert not invoice_row(invoice(invoice=nowhere)).is_credit_note
    plain = invoice_row(invoice(invoice=332615050, order="315967958"))
    assert plain.is_credit_note
    assert (plain.original_id, plain.order_id) == ("332615050", "315967958")
    assert invoice_row(invoice(order=True)).order_id == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"updatedAt": "2027-01-01T00:00:00Z"},
        {"doNotifyPaid": True},
        {"creditNote": ORIGINAL},
        {"customer": False},
        {"priceIncl": "62.1600"},
    ],
)
def test_what_does_not_count(changes):
    assert invoice_row(invoice(**changes)).digest == BEFORE.digest


@pytest.mark.parametrize(
    "changes",
    [
        {"priceIncl": 62.17},
        {"priceExcl": 52},
        {"number": "INV9"},
        {"isCreditNote": True},
        {"order": False},
    ],
)
def test_content_counts_in_both(changes):
    after = invoice_row(invoice(**changes))
    assert after.digest != BEFORE.digest
    assert after.content_digest != BEFORE.content_digest


def test_the_status_counts_in_the_digest_only():
    after = invoice_row(invoice(status="not_paid"))
    assert after.digest != BEFORE.digest
    assert after.content_digest == BEFORE.content_digest


def test_the_make_of_numbers_does_not_count():
    assert invoice_row(json.loads(INVOICE)) == BEFORE
