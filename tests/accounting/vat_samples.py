"""Sales, sellers and numbers for the tests of the VAT treatment."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

from odoo.addons.lightspeed_exact_connector.accounting.sale import LineKind, Scheme
from odoo.addons.lightspeed_exact_connector.accounting.vat import (
    REASONS,
    SUSPICIONS,
    Treatment,
    explain,
)
from odoo.addons.lightspeed_exact_connector.accounting.vat_position import (
    Period,
)

from tests.accounting.samples import country, position, product, sale, simple

DAY = date(2026, 6, 3)
PARAMS = {
    "area",
    "country",
    "shop_country",
    "vat_number",
    "rate",
    "threshold",
    "total",
    "year",
}
#: Fictitious numbers with right check digits.
NUMBERS = {
    "BE": "BE0000000097",
    "DE": "DE123456788",
    "ES": "ESB12345674",
    "FR": "FR11123456782",
    "GR": "EL123456783",
    "NL": "NL000099998B57",
    "XI": "XI123456727",
}


def order(to="nl", rate="0.21", number="", *, billing=None, postcode="1000", **more):
    """An order of 100 net; ``rate`` may be several, one for each line."""
    several = rate if isinstance(rate, tuple) else (rate,)
    rows = [product(100 * (1 + Decimal(each)), 100, each) for each in several]
    return sale(
        simple(
            *rows,
            **{
                "addressShippingCountry": country(to) if to else False,
                "addressShippingZipcode": postcode,
                "addressShippingCity": "",
                "addressBillingCountry": country(billing or to)
                if billing or to
                else False,
                "addressBillingZipcode": postcode,
                "companyVatNumber": number,
                **more,
            },
        )
    )


def judge(found, seller=None, day=DAY):
    decision = explain(found, seller or position(), day)
    assert set(decision.params) == PARAMS
    assert all(isinstance(value, str) for value in decision.params.values())
    assert json.loads(json.dumps(decision.params)) == decision.params
    suspicious = decision.treatment is Treatment.SUSPICIOUS
    assert decision.reason in (SUSPICIONS if suspicious else REASONS)
    assert decision.needs_vies == (decision.treatment is Treatment.REVERSE_CHARGE)
    assert decision.country == decision.params["country"]
    return decision


def verdict(found, seller=None, day=DAY):
    decision = judge(found, seller, day)
    return decision.treatment.value, decision.reason


def seller(home="NL", oss=False, **changes):
    """A seller without OSS, as long as nothing else is said."""
    return position(home, oss=(Period(),) if oss else (), **changes)


def special(found, index=0, **changes):
    lines = list(found.lines)
    lines[index] = replace(lines[index], **changes)
    return replace(found, lines=tuple(lines))


MARGIN = {"scheme": Scheme.MARGIN}
VOUCHER = {"kind": LineKind.GIFT_CARD}

SMALL = seller(small_business=(Period(date(2026, 1, 1), date(2026, 12, 31)),))
