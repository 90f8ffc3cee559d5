"""The sellers as the code under test is told of them: positions, ledger rules.

The only module here that knows the addon.  Rules are written as a bookkeeper would,
general ones and exceptions, and not one for every row of the oracle's table.
"""

import uuid
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache

from odoo.addons.lightspeed_exact_connector.accounting.booking import (
    InvoicePolicy,
    OssCode,
    Policy,
    ProductRule,
    Rule,
)
from odoo.addons.lightspeed_exact_connector.accounting.customer_policy import (
    CustomerPolicy,
)
from odoo.addons.lightspeed_exact_connector.accounting.sale import LineKind
from odoo.addons.lightspeed_exact_connector.accounting.vat_position import (
    Period,
    VatPosition,
)

from tests.books import law
from tests.books.worlds import (
    ACCOUNTS,
    CODES,
    INVOICE_CODE,
    World,
    oss_code,
    oss_rates,
    voucher_code,
)

#: Code of the collective debtor.
COLLECTIVE = "1000"
#: What the shop's vouchers and second-hand goods are; the first that fits counts.
PRODUCT_RULES = (
    ProductRule("multi_purpose", 1, article="BON-MULTI"),
    ProductRule("single_purpose", 2, article="BON-SINGLE*"),
    ProductRule("margin", 3, article="marge-*"),
)


def gl_id(world: World, code: str) -> str:
    """Return the GUID of a G/L account of a made-up administration."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{world.accounts}/{code}"))


def rows(world: World) -> list[tuple]:
    """Return the rules, ``None`` is "any".

    :return: kind, treatment, rate, country, account, code, its type and percentage
    """
    accounts = ACCOUNTS[world.accounts]
    vat_type = "I" if world.including else "E"
    found = []
    for rate, account, code in world.home_rates:
        found += [(None, "domestic", rate, None, account, code, vat_type, rate)]
        for kind in ("shipping", "payment"):
            row = (kind, "domestic", rate, None, accounts[kind], code, vat_type, rate)
            found.append(row)
    voucher = (accounts["gift_card"], voucher_code(world))
    found.append(("gift_card", None, None, None, *voucher, "N", "0"))
    if world.bare:
        return found
    for treatment, kind in (
        ("exempt", "N"),
        ("small_business", "N"),
        ("reverse_charge", "B"),
        ("export", "B"),
        ("margin", "N"),
    ):
        row = (accounts[treatment], CODES[treatment], kind, "0")
        found.append((None, treatment, None, None, *row))
    rounding = (accounts["rounding"], CODES["rounding"])
    found.append(("rounding", None, None, None, *rounding, "N", "0"))
    return found + _abroad(world)


def _abroad(world: World) -> list[tuple]:
    if world.auto_oss:
        account = ACCOUNTS[world.accounts]["oss"]
        return [(None, "oss", None, None, account, "", "", "0")]
    found = []
    treatments = ["oss"] if world.oss else []
    treatments += ["local"] if world.registrations else []
    for treatment in treatments:
        for country in law.RATES:
            for rate in oss_rates(country):
                code = oss_code(country, Decimal(rate))
                account = ACCOUNTS[world.accounts][treatment]
                where = "GB" if country == "XI" else country
                row = (None, treatment, rate, where, account, code, "E", rate)
                found.append(row)
    return found


@cache
def rules(world: World) -> tuple[Rule, ...]:
    """Return the ledger rules of a seller."""
    return tuple(
        Rule(
            key=key,
            line_kind=LineKind(kind) if kind else None,
            treatment=treatment,
            rate=None if rate is None else Decimal(rate),
            country=country,
            gl_account=gl_id(world, account),
            gl_code=account,
            vat_code=code,
            vat_type=vat_type,
            vat_percentage=Decimal(percentage),
            oss_auto=world.auto_oss and treatment == "oss",
        )
        for key, (
            kind,
            treatment,
            rate,
            country,
            account,
            code,
            vat_type,
            percentage,
        ) in enumerate(rows(world), start=1)
    )


@cache
def oss_codes() -> dict:
    """Return the VAT codes of distance sales by country and rate."""
    return {
        ("GB" if country == "XI" else country, Decimal(rate)): OssCode(
            oss_code(country, Decimal(rate)), "E", Decimal(rate)
        )
        for country in law.RATES
        for rate in oss_rates(country)
    }


def position(world: World, year: int, sold: int) -> VatPosition:
    """Return how a seller stands for VAT when it sold that much abroad this year.

    :param sold: cents
    """
    return VatPosition(
        country=world.country,
        postcode=world.postcode,
        oss=tuple(Period(start, end) for start, end in world.oss),
        small_business=(Period(date(2020, 1, 1)),) if world.small else (),
        cross_border_net={
            year: Decimal(sold).scaleb(-2),
            year - 1: Decimal(world.previous_net).scaleb(-2),
        },
        foreign_registrations=world.registrations,
    )


def policy(world: World, year: int, sold: int) -> Policy:
    """Return all choices of a seller's link."""
    return Policy(
        vat=position(world, year, sold),
        currency=world.books or world.currency,
        currency_rule="exact_rate" if world.books else "hold",
        currencies=frozenset({"EUR", "USD"}),
        oss_codes=oss_codes() if world.auto_oss else {},
        timezone=world.timezone,
        journal="70",
        rules=rules(world),
        customers=customers(world),
        product_rules=PRODUCT_RULES,
    )


def customers(world: World) -> CustomerPolicy:
    """Return which relations a seller's customers are."""
    if world.customers == "collective":
        return CustomerPolicy(kind="collective", collectives={"": COLLECTIVE})
    return CustomerPolicy()


def grouped(policy: Policy) -> Policy:
    """Return the same choices with one line for each account and VAT code."""
    return replace(policy, grouping="account")


def invoicing(policy: Policy, **choices) -> Policy:
    """Return the same choices with sales invoices as what is made.

    Rules for gift cards without a VAT code have one without VAT: an invoice's line
    would take the customer's or the item's.

    :param choices: of the invoice profile
    """
    return replace(
        policy,
        rules=tuple(
            rule
            if rule.vat_code or rule.oss_auto
            else replace(rule, vat_code=INVOICE_CODE)
            for rule in policy.rules
        ),
        document_kind="sales_invoice",
        invoice=InvoicePolicy(**choices),
    )


def item_code(kind: str, rate: Fraction, article: str, strategy: str) -> str:
    """Return the code of the item on a line of an invoice.

    :param kind: product, shipping, payment, gift_card or rounding
    :param strategy: ``article`` or ``general``
    """
    codes = {
        "shipping": "WEB-SHIPPING",
        "payment": "WEB-PAYMENT",
        "gift_card": "WEB-GIFTCARD",
        "rounding": "WEB-ROUNDING",
    }
    if kind != "product":
        return codes[kind]
    return article if strategy == "article" else f"WEB-{float(rate * 100):g}"
