"""Whatever comes, a sale has one treatment and one reason."""

from dataclasses import replace
from datetime import date, datetime, timezone
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting.sale import LineKind, Scheme
from odoo.addons.lightspeed_exact_connector.accounting.vat import (
    Treatment,
    cross_border_net,
    explain,
)
from odoo.addons.lightspeed_exact_connector.accounting.vat_areas import EU_COUNTRIES
from odoo.addons.lightspeed_exact_connector.accounting.vat_position import (
    Period,
    VatPosition,
)
from odoo.addons.lightspeed_exact_connector.accounting.vat_rates import (
    rates,
)

from tests.accounting.samples import country, position, product, sale, simple
from tests.accounting.vat_samples import (
    NUMBERS,
    judge,
    order,
    special,
    verdict,
)

# === WHATEVER COMES === #

TEXT = st.text(max_size=12)
ISO = st.one_of(
    st.sampled_from(["nl", "de", "be", "fr", "gb", "xi", "es", "it", "mc", "ax", "us"]),
    TEXT,
)
NUMBER = st.one_of(
    TEXT,
    st.sampled_from(sorted(NUMBERS.values())),
    st.builds(
        str.__add__,
        st.sampled_from(sorted({*EU_COUNTRIES, "EL", "XI", "GB", "CH", "NO"})),
        st.text("0123456789ABCXYZ+*", min_size=5, max_size=12),
    ),
)
RATES = st.sampled_from(["0", "0.21", "0.19", "0.09", "0.055", "0.3", "0.5"])
POSITIONS = st.builds(
    VatPosition,
    country=ISO,
    postcode=TEXT,
    vat_number=NUMBER,
    oss=st.sampled_from([(), (Period(),)]),
    small_business=st.sampled_from([(), (Period(),)]),
    cross_border_net=st.sampled_from([{}, {2026: Decimal(20_000)}]),
    foreign_registrations=st.sampled_from([(), ("DE", "el")]),
    other_prefixes=st.booleans(),
)


@settings(max_examples=400, deadline=None)
@given(
    seller_=POSITIONS,
    to=ISO,
    billing=ISO,
    postcode=st.one_of(TEXT, st.from_regex(r"[A-Z]{0,3}-?\d{3,5}", fullmatch=True)),
    city=st.one_of(TEXT, st.sampled_from(["Livigno", "Campione d'Italia"])),
    number=NUMBER,
    lines=st.lists(
        st.tuples(RATES, st.integers(-300, 300), st.sampled_from(list(LineKind)),
                  st.sampled_from(list(Scheme))),
        max_size=4,
    ),
    pickup=st.booleans(),
    day=st.dates(date(2018, 1, 1), date(2040, 1, 1)),
)  # fmt: skip
def test_every_sale_gets_a_treatment_and_a_reason(
    seller_, to, billing, postcode, city, number, lines, pickup, day
):
    rows = [
        product(round(net * (1 + Decimal(rate)), 2), net, rate)
        for rate, net, _kind, _scheme in lines
    ]
    found = sale(
        simple(
            *rows,
            addressShippingCountry=country(to),
            addressBillingCountry=country(billing),
            addressShippingZipcode=postcode,
            addressShippingCity=city,
            companyVatNumber=number,
            shipmentIsPickup=pickup,
        )
    )
    for index, (_rate, _net, kind, scheme) in enumerate(lines):
        found = special(found, index, kind=kind, scheme=scheme)
    decision = judge(found, seller_, day)
    assert decision == explain(found, seller_, day)
    assert decision.treatment not in (Treatment.MARGIN, Treatment.OUT_OF_SCOPE)
    net = cross_border_net(found, decision)
    assert not net or decision.treatment in (
        Treatment.OSS,
        Treatment.LOCAL,
        Treatment.DOMESTIC,
        Treatment.SMALL_BUSINESS,
    )


@settings(max_examples=300, deadline=None)
@given(
    member=st.sampled_from(sorted(EU_COUNTRIES - {"NL"})),
    day=st.dates(date(2019, 1, 1), date(2027, 1, 1)),
    data=st.data(),
)
def test_a_rate_in_force_is_never_refused(member, day, data):
    rate = data.draw(st.sampled_from(sorted(rates(member, day) - {Decimal(0)})))
    found = order(member.lower(), str(rate), postcode="")
    moment = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
    found = replace(found, created_at=moment)
    assert verdict(found, day=day) == ("oss", "eu_consumer")
    home = position(member)
    assert verdict(found, home, day) == ("domestic", "domestic")
