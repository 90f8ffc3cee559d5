import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold
from odoo.addons.lightspeed_exact_connector.accounting.customer import (
    address_line,
    choose_relation,
    email_key,
    relation,
)
from odoo.addons.lightspeed_exact_connector.accounting.sale import Address
from odoo.addons.lightspeed_exact_connector.accounting.texts import width

from tests.accounting.samples import country, sale

LIMITS = {
    "Name": 50,
    "Email": 100,
    "Phone": 17,
    "AddressLine1": 60,
    "AddressLine2": 60,
    "Postcode": 20,
    "City": 40,
    "VATNumber": 20,
    "ChamberOfCommerce": 40,
}


def test_the_sample_customer():
    assert relation(sale()) == {
        "Name": "Anna Voorbeeld",
        "Status": "C",
        "Email": "klant@example.com",
        "AddressLine1": "Dorpsstraat 1",
        "Postcode": "1234 AB",
        "City": "Utrecht",
        "Country": "NL",
        "Language": "NL",
    }


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"middlename": "van der"}, "Anna van der Voorbeeld"),
        ({"isCompany": True, "companyName": "Bakkerij BV"}, "Bakkerij BV"),
        ({"isCompany": True, "companyName": ""}, "Anna Voorbeeld"),
        ({"isCompany": False, "companyName": "Bakkerij BV"}, "Anna Voorbeeld"),
        ({"firstname": "", "lastname": False}, "Anna Voorbeeld"),
        (
            {"firstname": "", "lastname": "", "addressBillingName": None},
            "klant@example.com",
        ),
        ({"firstname": "x" * 60, "lastname": ""}, "x" * 50),
        ({"firstname": "x" * 49 + "😀", "lastname": ""}, "x" * 49),
    ],
)
def test_name(changes, name):
    assert relation(sale(**changes))["Name"] == name


@pytest.mark.parametrize(
    ("field", "changes", "expected"),
    [
        ("Phone", {"phone": "+31 (0)6-12345678"}, "+31 0 6-12345678"),
        ("Phone", {"phone": "+31 6 12 34 56 78 90"}, "+3161234567890"),
        ("Phone", {"phone": "06 bellen na 6"}, None),
        ("Phone", {"phone": "1" * 18}, None),
        ("Phone", {"phone": "", "mobile": "0612345678"}, "0612345678"),
        ("VATNumber", {"companyVatNumber": "nl123456789b01"}, "NL123456789B01"),
        ("VATNumber", {"companyVatNumber": "123456789B01"}, "NL123456789B01"),
        ("VATNumber", {"companyVatNumber": "onbekend"}, None),
        ("ChamberOfCommerce", {"companyCoCNumber": "01234567"}, "01234567"),
        ("ChamberOfCommerce", {"companyCoCNumber": "1" * 41}, None),
        ("Language", {"language": {"code": "us"}}, "EN"),
        ("Language", {"language": False}, None),
        ("Country", {"addressBillingCountry": country("gb")}, "GB"),
        ("Country", {"addressBillingCountry": False}, None),
        ("State", {"addressBillingRegion": "Utrecht"}, None),
        ("Postcode", {"addressBillingZipcode": "9" * 21}, None),
        ("AddressLine2", {"addressBillingStreet2": "Achterhuis"}, "Achterhuis"),
        ("Email", {"email": " Klant@Example.com "}, "Klant@Example.com"),
    ],
)
def test_fields(field, changes, expected):
    assert relation(sale(**changes)).get(field) == expected


def test_without_a_billing_address_the_shipping_address():
    found = relation(
        sale(
            addressBillingStreet="",
            addressBillingCity="",
            addressBillingZipcode="",
            addressShippingStreet="Kade",
            addressShippingNumber="2",
            addressShippingCountry=country("be"),
        )
    )
    assert found["AddressLine1"] == "Kade 2"
    assert found["Country"] == "BE"


@pytest.mark.parametrize(
    ("street", "number", "extension", "expected"),
    [
        ("Dorpsstraat", "1", "", "Dorpsstraat 1"),
        ("Dorpsstraat", "1", "A", "Dorpsstraat 1 A"),
        ("Dorpsstraat", "1", "-2", "Dorpsstraat 1-2"),
        ("Dorpsstraat 1", "1", "", "Dorpsstraat 1"),
        ("Dorpsstraat 1", "1", "A", "Dorpsstraat 1 A"),
        ("Dorpsstraat 1a", "1", "A", "Dorpsstraat 1a"),
        ("Dorpsstraat 1-a", "1", "a", "Dorpsstraat 1-a"),
        ("Dorpsstraat 1 bis", "1", "", "Dorpsstraat 1 bis"),
        ("Dorpsstraat 11", "1", "", "Dorpsstraat 11 1"),
        ("Plein 1940", "40", "", "Plein 1940 40"),
        ("Plein 1940", "5", "", "Plein 1940 5"),
        ("12 rue du Port", "12", "", "12 rue du Port"),
        ("Dorpsstraat 1 A", "", "A", "Dorpsstraat 1 A"),
        ("Dorpsstraat", "", "", "Dorpsstraat"),
        ("", "1", "", "1"),
        ("x" * 70, "12", "A", "x" * 55 + " 12 A"),
        ("x" * 70, "1" * 60, "", "x" * 10 + " " + "1" * 49),
    ],
)
def test_address_line(street, number, extension, expected):
    found = Address(street=street, number=number, extension=extension)
    assert address_line(found) == expected


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("", "customer_without_email"),
        (False, "customer_without_email"),
        ("klant", "customer_email_invalid"),
        ("klant@example", "customer_email_invalid"),
        ("a@b@example.com", "customer_email_invalid"),
        ("a@example.com;b@example.com", "customer_email_invalid"),
        ("a..b@example.com", "customer_email_invalid"),
        ("a@example..com", "customer_email_invalid"),
        ("a@-example.com", "customer_email_invalid"),
        ("x" * 90 + "@example.com", "customer_email_invalid"),
    ],
)
def test_bad_addresses_are_held(email, code):
    with pytest.raises(Hold) as caught:
        relation(sale(email=email))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "email", ["a@example.com", "o'b+web@sub.example.co.uk", "é@voorbeeld.example"]
)
def test_good_addresses(email):
    assert relation(sale(email=email))["Email"] == email


def test_email_key():
    assert email_key(" Klant @Example.COM\t") == "klant@example.com"


def row(code, status="C", email="klant@example.com", **more):
    return {
        "ID": code,
        "Code": code.rjust(18),
        "Status": status,
        "Email": email,
        **more,
    }


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], None),
        ([row("9", email="x@example.com")], None),
        ([row("9", email=None)], None),
        ([row("10"), row("9")], "9"),
        ([row("9", "P"), row("10")], "10"),
        ([row("9", "P"), row("8", "S")], "8"),
        ([row("A1"), row("10")], "10"),
        ([row("9", Blocked=True), row("10")], "10"),
        ([row("9", email="KLANT@example.com ")], "9"),
    ],
)
def test_choose_relation(rows, expected):
    found = choose_relation(rows, "Klant@example.com")
    assert (found and found["ID"]) == expected
    assert choose_relation(rows, "") is None


@given(st.text(max_size=90), st.text(max_size=90), st.text(max_size=90))
def test_whatever_is_typed_fits(first, second, third):
    found = relation(
        sale(
            firstname=first,
            phone=second,
            companyName=third,
            isCompany=True,
            companyVatNumber=first,
            companyCoCNumber=second,
            addressBillingStreet=first,
            addressBillingNumber=second,
            addressBillingExtension=third,
            addressBillingZipcode=second,
            addressBillingCity=third,
            addressBillingStreet2=third,
        )
    )
    assert found["Name"]
    for field, limit in LIMITS.items():
        assert width(found.get(field, "")) <= limit
