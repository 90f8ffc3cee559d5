from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold
from odoo.addons.lightspeed_exact_connector.accounting.customer import (
    CustomerPolicy,
    Identity,
    address_line,
    choose_company,
    choose_relation,
    email_key,
    identify,
    listed,
    needs_email,
    relation,
    spellings,
)
from odoo.addons.lightspeed_exact_connector.accounting.sale import Address
from odoo.addons.lightspeed_exact_connector.accounting.texts import width
from odoo.addons.lightspeed_exact_connector.accounting.vat import vat_number

from tests.accounting.samples import country, payload, sale

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


# === IDENTITY === #

BELGIAN = "BE0123456789"


def company(**changes):
    values = {
        "isCompany": True,
        "companyName": "Bakkerij BV",
        "companyVatNumber": "NL000099995B84",
    }
    return {**values, **changes}


def identity(order, treatment="domestic", **choices):
    found = sale(**order)
    return identify(found, treatment, vat_number(found), CustomerPolicy(**choices))


COLLECTIVE = {"kind": "collective", "collectives": {"": "1000", "BE": "1001"}}
BY_NUMBER = {"match_vat_number": True}
GUEST = {"customer": False}
TO_BELGIUM = {"addressShippingCountry": country("be")}
OF_BELGIUM = {**TO_BELGIUM, "addressBillingCountry": country("be")}
EMAIL_KEY = "klant@example.com"
NL_KEY = "vat:NL000099995B84"


@pytest.mark.parametrize(
    ("order", "choices", "key"),
    [
        # One relation for each e-mail address.
        ({}, {}, EMAIL_KEY),
        ({"email": " Klant@Example.com"}, {}, EMAIL_KEY),
        (GUEST, {}, EMAIL_KEY),
        (company(), {}, EMAIL_KEY),
        # Companies by VAT number.
        (company(), BY_NUMBER, NL_KEY),
        (company(email=""), BY_NUMBER, NL_KEY),
        (company(**GUEST), BY_NUMBER, NL_KEY),
        (company(companyVatNumber="nl 0000.99995.b84"), BY_NUMBER, NL_KEY),
        (company(companyVatNumber="000099995B84"), BY_NUMBER, NL_KEY),
        (company(companyVatNumber="volgt nog"), BY_NUMBER, EMAIL_KEY),
        (company(companyVatNumber=""), BY_NUMBER, EMAIL_KEY),
        # Exact would refuse a Belgian number on a Dutch relation.
        (company(companyVatNumber=BELGIAN), BY_NUMBER, EMAIL_KEY),
        ({"companyVatNumber": "NL000099995B84"}, BY_NUMBER, NL_KEY),
        ({"companyVatNumber": "geen"}, BY_NUMBER, EMAIL_KEY),
        # Consumers on a collective debtor.
        ({}, COLLECTIVE, "collective:1000"),
        ({"email": ""}, COLLECTIVE, "collective:1000"),
        ({"companyVatNumber": "geen"}, COLLECTIVE, "collective:1000"),
        (TO_BELGIUM, COLLECTIVE, "collective:1001"),
        ({**TO_BELGIUM, "shipmentIsPickup": True}, COLLECTIVE, "collective:1000"),
        ({"shipmentIsPickup": True}, {**COLLECTIVE, "country": "BE"},
         "collective:1001"),
        ({**OF_BELGIUM, "addressShippingCountry": False}, COLLECTIVE,
         "collective:1001"),
        (company(), COLLECTIVE, EMAIL_KEY),
        (company(companyName="", companyVatNumber=""), COLLECTIVE, EMAIL_KEY),
        (company(isCompany=False, companyVatNumber=""), COLLECTIVE, EMAIL_KEY),
        (company(), {**COLLECTIVE, **BY_NUMBER}, NL_KEY),
        # Guests and orders without e-mail address.
        (GUEST, {**COLLECTIVE, "kind": "email", "guests": "collective"},
         "collective:1000"),
        ({}, {**COLLECTIVE, "kind": "email", "guests": "collective"}, EMAIL_KEY),
        (company(**GUEST), {**COLLECTIVE, "kind": "email", "guests": "collective"},
         EMAIL_KEY),
        ({"email": ""}, {**COLLECTIVE, "kind": "email", "empty_email": "collective"},
         "collective:1000"),
        (company(email=""), {**COLLECTIVE, "empty_email": "collective"},
         "collective:1000"),
    ],
)  # fmt: skip
def test_identity(order, choices, key):
    found = identity(order, **choices)
    assert found.key == key
    assert not found.strict
    kinds = {"vat": "vat_number", "collective": "collective"}
    assert found.kind == kinds.get(key.partition(":")[0], "email")


@pytest.mark.parametrize(
    ("order", "choices", "code", "params"),
    [
        ({"email": ""}, {}, "customer_without_email", {}),
        ({"email": " "}, {"guests": "collective"}, "customer_without_email", {}),
        (company(email=""), {}, "customer_without_email", {}),
        (company(email=""), COLLECTIVE, "customer_without_email", {}),
        ({}, {"kind": "collective"}, "collective_missing", {"country": "NL"}),
        (TO_BELGIUM, {"kind": "collective", "collectives": {"NL": "1"}},
         "collective_missing", {"country": "BE"}),
        ({"email": ""}, {"empty_email": "collective"}, "collective_missing",
         {"country": "NL"}),
        (GUEST, {"guests": "collective"}, "collective_missing", {"country": "NL"}),
    ],
)  # fmt: skip
def test_customers_that_are_held(order, choices, code, params):
    with pytest.raises(Hold) as caught:
        identity(order, **choices)
    assert (caught.value.code, caught.value.params) == (code, params)


@pytest.mark.parametrize(
    "choices",
    [
        {},
        BY_NUMBER,
        COLLECTIVE,
        {**COLLECTIVE, "guests": "collective", "empty_email": "collective"},
    ],
)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        GUEST,
        {"email": ""},
        {"isCompany": False, "companyName": ""},
        {"addressBillingCountry": country("nl")},
        {"companyVatNumber": "BE 123.456.789"},
    ],
)
def test_a_reverse_charge_goes_by_vat_number_whatever_was_chosen(changes, choices):
    order = {**company(companyVatNumber=BELGIAN), **OF_BELGIUM, **changes}
    found = identity(order, "reverse_charge", **choices)
    assert (found.key, found.vat_number) == (f"vat:{BELGIAN}", BELGIAN)
    assert found.strict


@pytest.mark.parametrize("number", ["", "volgt nog", "BE12"])
def test_a_reverse_charge_without_a_number_is_held(number):
    with pytest.raises(Hold) as caught:
        identify(sale(), "reverse_charge", number, CustomerPolicy())
    assert caught.value.code == "reverse_charge_without_number"


@given(
    st.sampled_from(["", "NL000099995B84", BELGIAN, "geen"]),
    st.booleans(),
    st.sampled_from(["", "Bakkerij BV"]),
    st.sampled_from([False, {"resource": {"id": 7}}]),
    st.sampled_from(["email", "collective"]),
    st.booleans(),
    st.sampled_from(["customer", "collective"]),
)
def test_whoever_is_known_by_e_mail_was_asked_for(
    number, flag, name, customer, kind, match, guests
):
    order = payload(
        companyVatNumber=number, isCompany=flag, companyName=name, customer=customer
    )
    choices = CustomerPolicy(
        kind=kind, match_vat_number=match, guests=guests, collectives={"": "1000"}
    )
    is_company, listed_number, is_guest = listed(order)
    asked = needs_email(
        choices, is_company=is_company, vat_number=listed_number, is_guest=is_guest
    )
    found = sale(order)
    known = identify(found, "domestic", vat_number(found), choices)
    assert asked == (known.kind == "email")


def test_a_row_that_tells_nothing_is_that_of_a_guest():
    assert listed({}) == (False, "", True)


@pytest.mark.parametrize(
    ("number", "typed", "expected"),
    [
        ("NL000099995B84", "nl 0000.99995.b84",
         ["NL000099995B84", "nl 0000.99995.b84", "000099995B84"]),
        (BELGIAN, "", [BELGIAN, "0123456789", "BE123456789", "123456789"]),
        ("EL123456789", "EL123456789", ["EL123456789", "123456789", "GR123456789"]),
        ("DE123456789", "x" * 31, ["DE123456789", "123456789"]),
    ],
)  # fmt: skip
def test_spellings(number, typed, expected):
    assert spellings(number, typed) == expected


# === THE RELATION OF A COMPANY === #


def numbered(code, number, country="BE", **more):
    return row(code, VATNumber=number, Country=f"{country} ", **more)


def strictly(number=BELGIAN, email="klant@example.com"):
    return Identity("vat_number", f"vat:{number}", number, email, strict=True)


@pytest.mark.parametrize(
    ("rows", "strict", "domestic"),
    [
        ([], None, None),
        # A consumer's relation with the same e-mail address.
        ([row("9")], None, "9"),
        ([numbered("9", None)], None, "9"),
        ([numbered("9", "onbekend")], None, "9"),
        # Another company with the same e-mail address.
        ([numbered("9", "BE0999999999")], None, None),
        ([numbered("9", "BE0999999999"), row("8")], None, "8"),
        # The same number, however it is written.
        ([numbered("9", BELGIAN)], "9", "9"),
        ([numbered("9", "be 0123.456.789")], "9", "9"),
        ([numbered("9", "123456789")], "9", "9"),
        ([numbered("9", BELGIAN, email="ander@example.com")], "9", "9"),
        ([row("8"), numbered("9", BELGIAN)], "9", "9"),
        # Several.
        ([numbered("10", BELGIAN), numbered("9", BELGIAN)], "9", "9"),
        ([numbered("9", BELGIAN, status="P"), numbered("10", BELGIAN)], "10", "10"),
        ([numbered("9", BELGIAN, Blocked=True), numbered("10", BELGIAN)], "10", "10"),
        ([numbered("9", BELGIAN, Blocked=True)], "9", "9"),
    ],
)
def test_choose_company(rows, strict, domestic):
    found = choose_company(rows, strictly())
    assert (found and found["ID"]) == strict
    found = choose_company(rows, replace(strictly(), strict=False))
    assert (found and found["ID"]) == domestic


def test_a_company_without_e_mail_address_matches_no_relation_without_one():
    found = replace(strictly(email=""), strict=False)
    assert choose_company([numbered("9", None, email=None)], found) is None


def test_the_relation_of_a_company_carries_its_number_and_name():
    found = relation(
        sale(**company(isCompany=False, companyVatNumber="BE 123.456.789"),
             **OF_BELGIUM),
        CustomerPolicy(payment_condition="30", vat_code="2", language="FR"),
        strictly(),
    )  # fmt: skip
    assert found["VATNumber"] == BELGIAN
    assert found["Name"] == "Bakkerij BV"
    assert found["PaymentConditionSales"] == "30"
    assert "SalesVATCode" not in found
    assert found["Language"] == "NL"


@pytest.mark.parametrize("email", ["", "klant", "a@b@example.com"])
def test_a_company_that_goes_by_number_needs_no_e_mail_address(email):
    found = relation(sale(**company(email=email)), None, strictly())
    assert "Email" not in found


def test_a_company_without_any_name_is_called_by_its_number():
    order = {"firstname": "", "lastname": "", "email": "", "addressBillingName": ""}
    assert relation(sale(**order), None, strictly())["Name"] == BELGIAN


def test_a_number_of_another_country_is_left_out_where_nothing_depends_on_it():
    found = relation(sale(**company(companyVatNumber=BELGIAN)))
    assert "VATNumber" not in found


def test_defaults_of_new_relations():
    choices = CustomerPolicy(payment_condition="30", vat_code="2", language="fr")
    found = relation(sale(language=False), choices)
    assert found["PaymentConditionSales"] == "30"
    assert found["SalesVATCode"] == "2"
    assert found["Language"] == "FR"
    assert relation(sale(), choices)["Language"] == "NL"
