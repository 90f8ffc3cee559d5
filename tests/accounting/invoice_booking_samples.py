"""Bookings and settings for the tests of sales invoices."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from odoo.addons.lightspeed_exact_connector.accounting.booking import (
    Article,
    Booking,
    BookingLine,
    InvoicePolicy,
)
from odoo.addons.lightspeed_exact_connector.accounting.invoice import (
    item_needs,
    sales_invoice,
)
from odoo.addons.lightspeed_exact_connector.accounting.sale import LineKind
from odoo.addons.lightspeed_exact_connector.accounting.totals import proof_of

from .samples import CUSTOMER, GL_COSTS, GL_PRODUCT

POLICY = InvoicePolicy()
MUG = Article(code="MOK-B", sku="MUG", ean="8712345678906", title="Mok", variant_id="7")


def line(net="10.00", vat="2.10", **changes):
    values = {
        "kind": LineKind.PRODUCT,
        "description": "2 x Mok",
        "quantity": Decimal(1),
        "net": Decimal(net),
        "vat": Decimal(vat),
        "rate": Decimal("0.21"),
        "treatment": "domestic",
        "gl_account": GL_PRODUCT,
        "vat_code": "2",
        "rule_key": 1,
        "vat_type": "E",
        "article": MUG,
    }
    found = BookingLine(**{**values, **changes})
    if found.kind != LineKind.PRODUCT and "article" not in changes:
        found = replace(found, article=None, gl_account=GL_COSTS)
    return found


def booking(*lines, **changes):
    values = {
        "reference": "ORD00412",
        "journal": "70",
        "entry_date": date(2026, 6, 3),
        "date_source": "order",
        "currency": "EUR",
        "description": "Webshop order ORD00412",
        "treatment": "domestic",
        "lines": lines,
        "parts": lines,
        "proof": proof_of(lines, sum(each.gross for each in lines)),
        "document_kind": "sales_invoice",
        "number": "ORD00412",
    }
    return Booking(**{**values, **changes})


def guids(booked, policy=POLICY):
    needs = item_needs(booked, policy)
    return {
        key: f"00000000-0000-4000-8000-{place:012d}" for place, key in enumerate(needs)
    }


def invoice(*lines, policy=POLICY, **changes):
    booked = booking(*lines, **changes)
    return sales_invoice(booked, CUSTOMER, guids(booked, policy), policy)


def invoice_lines(*lines, **changes):
    return invoice(*lines, **changes)["SalesInvoiceLines"]
