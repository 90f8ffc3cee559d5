"""VAT numbers as people type them, their form and their check digits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting import vat_numbers
from odoo.addons.lightspeed_exact_connector.accounting.vat_areas import EU_COUNTRIES


@pytest.mark.parametrize(
    ("number", "of", "expected", "good"),
    [
        ("", "NL", "", False),
        ("NL123456789B01", "NL", "NL123456789B01", True),
        ("nl 1234.56.789 b01", "", "NL123456789B01", True),
        ("123456789B01", "NL", "NL123456789B01", True),
        ("BE 0123.456.749", "", "BE0123456749", True),
        ("BE 123.456.749", "", "BE0123456749", True),
        ("123456749", "BE", "BE0123456749", True),
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
def test_form(number, of, expected, good):
    found = vat_numbers.normalise(number, of)
    assert found == expected
    assert vat_numbers.has_form(found) is good


#: Fictitious: digits in order or zeros, then the check digits that belong to them.
VALID = [
    "ATU12345675",
    "BE0000000097",
    "BG123456786",
    "CY10000000D",
    "CZ12345679",
    "DE123456788",
    "DK12345674",
    "EE123456780",
    "EL123456783",
    "ESB12345674",
    "FI12345671",
    "FR11123456782",
    "HR12345678903",
    "HU12345676",
    "IE1234567T",
    "IT12345670017",
    "LT123456715",
    "LU12345613",
    "LV40000000000",
    "MT12345634",
    "NL000099995B57",
    "PL1234567802",
    "PT123456789",
    "RO12345674",
    "SE123456789701",
    "SI12345679",
    "SK2020000004",
    "XI123456727",
]


@pytest.mark.parametrize("number", VALID)
def test_check_digits(number):
    assert vat_numbers.has_form(number)
    assert vat_numbers.is_valid(number)


def test_every_country_of_the_system_has_an_example():
    countries = {vat_numbers.country_of(number) for number in VALID}
    assert countries == {*EU_COUNTRIES, "XI"}


@pytest.mark.parametrize("number", [each for each in VALID if each[:2] != "CZ"])
def test_another_last_digit_is_wrong(number):
    at = max(place for place, sign in enumerate(number) if sign.isdigit())
    if number.startswith("NL"):
        at = 10  # the last of the nine, before B and two more
    if number.startswith("SE"):
        at = 11  # before the constant 01
    wrong = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
    assert vat_numbers.has_form(wrong)
    assert not vat_numbers.is_valid(wrong)


@pytest.mark.parametrize(
    "number",
    ["", "DE", "n/a", "DE12345678", "GB123456727", "CHE123456788", "US123456789"],
)
def test_what_is_no_number_of_the_system(number):
    assert not vat_numbers.is_valid(number)


SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+*"


@settings(max_examples=500)
@given(
    st.sampled_from(sorted(vat_numbers._FORMS)),
    st.one_of(st.text(max_size=14), st.text(SIGNS, min_size=5, max_size=13)),
)
def test_any_text_is_judged(prefix, rest):
    number = vat_numbers.normalise(prefix + rest)
    assert not vat_numbers.is_valid(number) or vat_numbers.is_eu(number)
    assert vat_numbers.normalise(number) == number


@settings(max_examples=500)
@given(st.sampled_from(sorted(vat_numbers._FORMS.items())).flatmap(
    lambda row: st.tuples(st.just(row[0]), st.from_regex(row[1], fullmatch=True))
))  # fmt: skip
def test_every_number_of_a_form_is_judged(parts):
    number = "".join(parts)
    assert vat_numbers.is_valid(number) in (True, False)
