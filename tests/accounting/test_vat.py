import pytest

from odoo.addons.lightspeed_exact_connector.accounting import vat_numbers
from odoo.addons.lightspeed_exact_connector.accounting.vat import (
    EU_COUNTRIES,
    SUSPICIONS,
    Treatment,
    explain,
    treatment,
    vat_area,
)

from tests.accounting.samples import country, product, sale, simple


def order(to="nl", rate="0.21", number="", *, billing=None, postcode="1000", **more):
    incl, excl = (121, 100) if float(rate) else (100, 100)
    return sale(
        simple(
            product(incl, excl, rate),
            addressShippingCountry=country(to) if to else False,
            addressShippingZipcode=postcode,
            addressBillingCountry=country(billing or to) if billing or to else False,
            addressBillingZipcode=postcode,
            companyVatNumber=number,
            **more,
        )
    )


@pytest.mark.parametrize(
    ("found", "shop", "expected", "code"),
    [
        (order(), "NL", "domestic", "domestic"),
        (order(number="DE123456789"), "NL", "domestic", "domestic"),
        (order(rate="0"), "NL", "exempt", "domestic_zero"),
        (order("de", "0.19"), "NL", "oss", "eu_consumer"),
        (order("de", "0.19", "DE123456789"), "NL", "oss", "eu_business_charged"),
        (order("de", "0", "DE123456789"), "NL", "reverse_charge", "eu_business"),
        (order("de", "0", "de 123.456-789"), "NL", "reverse_charge", "eu_business"),
        (order("de", "0", "123456789"), "NL", "reverse_charge", "eu_business"),
        (order("gr", "0", "EL123456789"), "NL", "reverse_charge", "eu_business"),
        (order("gr", "0", "GR123456789"), "NL", "reverse_charge", "eu_business"),
        (order("gr", "0", "123456789"), "NL", "reverse_charge", "eu_business"),
        # Goods to Germany for a Belgian company: another member state's number.
        (order("de", "0", "BE0123456789"), "NL", "reverse_charge", "eu_business"),
        (order("de", "0"), "NL", "suspicious", "eu_zero_without_number"),
        (order("de", "0", "n/a"), "NL", "suspicious", "eu_zero_number_malformed"),
        (order("de", "0", "NL123456789B01"), "NL", "suspicious",
         "eu_zero_number_domestic"),
        (order("gr", "0", "EL123456789"), "GR", "exempt", "domestic_zero"),
        (order("be", "0", "EL123456789"), "GR", "suspicious",
         "eu_zero_number_domestic"),
        (order("us", "0"), "NL", "export", "outside_eu"),
        (order("us", "0", "DE123456789"), "NL", "export", "outside_eu"),
        (order("ch", "0.21"), "NL", "suspicious", "charged_outside_eu"),
        # Monaco counts as France.
        (order("mc", "0.20", postcode="98000"), "NL", "oss", "eu_consumer"),
        (order("mc", "0.20", postcode="98000"), "FR", "domestic", "domestic"),
        (order("fr", "0.20"), "MC", "domestic", "domestic"),
        # Northern Ireland is in, Great Britain is not.
        (order("gb", "0", postcode="SW1A 1AA"), "NL", "export", "outside_eu"),
        (order("gb", "0.2", postcode="bt1 1aa"), "NL", "oss", "eu_consumer"),
        (order("gb", "0", "XI123456789", postcode="BT1 1AA"), "NL", "reverse_charge",
         "eu_business"),
        (order("gb", "0", "XI123456789", postcode=""), "NL", "reverse_charge",
         "eu_business"),
        (order("gb", "0", "XI123456789", postcode="SW1A"), "NL", "export",
         "outside_eu"),
        (order("gb", "0.2", postcode="BT1 1AA"), "GB", "domestic", "domestic"),
        # Parts of member states outside the VAT area.
        (order("es", "0", postcode="35001"), "NL", "export", "outside_eu"),
        (order("es", "0.21", postcode="35001"), "NL", "suspicious",
         "charged_outside_eu"),
        (order("es", "0.21", postcode="28001"), "NL", "oss", "eu_consumer"),
        (order("fr", "0", postcode="97400"), "NL", "export", "outside_eu"),
        (order("re", "0"), "NL", "export", "outside_eu"),
        # A shop outside the EU.
        (order("us", "0.08"), "US", "domestic", "domestic"),
        (order("nl", "0"), "US", "export", "outside_eu"),
        (order("nl", "0.21"), "US", "suspicious", "charged_outside_eu"),
        (order("us", "0"), "", "suspicious", "shop_country_unknown"),
        (order(""), None, "suspicious", "shop_country_unknown"),
        (order(), " nl ", "domestic", "domestic"),
        # Picked up in the shop, wherever the customer lives.
        (order("de", "0.21", shipmentIsPickup=True), "NL", "domestic", "domestic"),
        (order("us", "0", shipmentIsPickup=True), "NL", "exempt", "domestic_zero"),
        # No shipping country: the billing country, then the shop's.
        (order("", "0.19", billing="de"), "NL", "oss", "eu_consumer"),
        (order(""), "NL", "domestic", "domestic"),
    ],
)  # fmt: skip
def test_treatment(found, shop, expected, code):
    result, why, params = explain(found, shop)
    assert (result.value, why) == (expected, code)
    assert treatment(found, shop) is result
    assert set(params) == {"country", "shop_country", "vat_number"}
    assert (result is Treatment.SUSPICIOUS) == (why in SUSPICIONS)


def test_a_mixed_sale_is_charged_and_free_lines_do_not_count():
    mixed = simple(product(121, 100), product(5, 5, "0"))
    assert treatment(sale(mixed), "NL") == "domestic"
    free = simple(
        product(0, 0, "0.21"),
        product(5, 5, "0"),
        addressShippingCountry=country("us"),
    )
    assert treatment(sale(free), "NL") == "export"
    assert treatment(sale(simple(product(0, 0, "0.21"))), "NL") == "domestic"
    cent = simple(product("0.01", "0.01", "0.21"))
    assert treatment(sale(cent), "NL") == "domestic"


def test_member_states():
    assert len(EU_COUNTRIES) == 27
    assert vat_area(order("gr", "0.24"), "NL") == "GR"


@pytest.mark.parametrize(
    ("number", "of", "expected", "good"),
    [
        ("", "NL", "", False),
        ("NL123456789B01", "NL", "NL123456789B01", True),
        ("nl 1234.56.789 b01", "", "NL123456789B01", True),
        ("123456789B01", "NL", "NL123456789B01", True),
        ("123456789B01", "DE", "123456789B01", False),
        ("NL12345678B01", "NL", "NL12345678B01", False),
        ("CHE-123.456.789 MWST", "CH", "CHE123456789MWST", True),
        ("GB123456789", "GB", "GB123456789", True),
        ("U12345678", "AT", "ATU12345678", True),
        ("IE1234567WA", "IE", "IE1234567WA", True),
        ("ESX1234567X", "ES", "ESX1234567X", True),
        ("FRXX123456789", "FR", "FRXX123456789", True),
        ("DE12345678\u0663", "DE", "DE12345678\u0663", False),
    ],
)
def test_vat_numbers(number, of, expected, good):
    found = vat_numbers.normalise(number, of)
    assert found == expected
    assert vat_numbers.has_form(found) is good
