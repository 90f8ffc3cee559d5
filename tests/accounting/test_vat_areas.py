"""What an address counts as for VAT on goods."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting.vat_areas import (
    EU_COUNTRIES,
    area,
    normal_country,
    normal_postcode,
)

#: Outside the EU's VAT area, by postcode in the country that people choose.
OUTSIDE = [
    ("ES", "35001", "IC"),
    ("ES", "35 660", "IC"),
    ("ES", "ES-35001", "IC"),
    ("ES", "E-38001", "IC"),
    ("ES", "38911", "IC"),
    ("ES", "51001", "EA"),
    ("ES", "51080", "EA"),
    ("ES", "52001", "EA"),
    ("ES", "52006", "EA"),
    ("FI", "22100", "AX"),
    ("FI", "FI-22950", "AX"),
    ("FI", "FIN-22100", "AX"),
    ("FI", "AX-22100", "AX"),
    ("DE", "78266", "DE-BUESINGEN"),
    ("DE", "D-78266", "DE-BUESINGEN"),
    ("DE", "27498", "DE-HELGOLAND"),
    ("DE", "D-27498", "DE-HELGOLAND"),
    ("DE", "DE 27498", "DE-HELGOLAND"),
    ("DE", "２７４９８", "DE-HELGOLAND"),
    ("IT", "23041", "IT-LIVIGNO"),
    ("IT", "I-23041", "IT-LIVIGNO"),
    ("IT", "IT 23041", "IT-LIVIGNO"),
    ("IT", "22061", "IT-CAMPIONE"),
    ("IT", "47890", "SM"),
    ("IT", "00120", "VA"),
    ("GR", "63086", "GR-69"),
    ("GR", "630 87", "GR-69"),
    ("GR", "GR-63086", "GR-69"),
    ("EL", "EL 63086", "GR-69"),
    ("FR", "97110", "GP"),
    ("FR", "FR 97110", "GP"),
    ("FR", "F-97110", "GP"),
    ("FR", "97133", "BL"),
    ("FR", "97150", "MF"),
    ("FR", "97200", "MQ"),
    ("FR", "97300", "GF"),
    ("FR", "97400", "RE"),
    ("FR", "97500", "PM"),
    ("FR", "97600", "YT"),
    ("FR", "97700", "BL"),
    ("FR", "97800", "MF"),
    ("FR", "98413", "TF"),
    ("FR", "98600", "WF"),
    ("FR", "98714", "PF"),
    ("FR", "98800", "NC"),
    ("DK", "3900", "GL"),
    ("DK", "FO-100", "FO"),
    ("GB", "JE2 3AB", "JE"),
    ("GB", "GY1 1AA", "GG"),
    ("GB", "GX11 1AA", "GI"),
    ("GB", "SW1A 1AA", "GB"),
    ("UK", "SW1A 1AA", "GB"),
    ("GB", "IM1 1AA", "GB"),
]
#: Countries and territories with an ISO code of their own.
ISO_OUTSIDE = (
    "AD AX BL CH EA FO GF GG GI GL GP IC JE MF MQ NC NO PF PM RE SM TF US VA WF YT"
)
#: Inside: postcode -> code, member state.
INSIDE = [
    ("NL", "1234 AB", "NL", "NL"),
    ("GR", "104 31", "GR", "GR"),
    ("EL", "10431", "GR", "GR"),
    ("MC", "98000", "FR", "FR"),
    ("FR", "98000", "FR", "FR"),
    ("FR", "75001", "FR", "FR"),
    ("FR", "98500", "FR", "FR"),
    ("FR", "20000", "FR-20R", "FR"),
    ("FR", "F-20250", "FR-20R", "FR"),
    ("FR", "2A004", "FR-20R", "FR"),
    ("FR", "2b200", "FR-20R", "FR"),
    ("GB", "BT1 1AA", "XI", "XI"),
    ("GB", "bt92 0zz", "XI", "XI"),
    ("GB", "BT1", "XI", "XI"),
    ("GB", "GB-BT1 1AA", "XI", "XI"),
    ("XI", "", "XI", "XI"),
    ("PT", "9500-123", "PT-20", "PT"),
    ("PT", "9980-024", "PT-20", "PT"),
    ("PT", "9500", "PT-20", "PT"),
    ("PT", "P-9000-001", "PT-30", "PT"),
    ("PT", "9499", "PT-30", "PT"),
    ("PT", "1000-001", "PT", "PT"),
    ("AT", "6691", "AT-VALLEYS", "AT"),
    ("AT", "A-6691", "AT-VALLEYS", "AT"),
    ("AT", "6991", "AT-VALLEYS", "AT"),
    ("AT", "6992", "AT-VALLEYS", "AT"),
    ("AT", "6993", "AT-VALLEYS", "AT"),
    ("DE", "87491", "AT-VALLEYS", "AT"),
    ("DE", "D-87568", "AT-VALLEYS", "AT"),
    ("AT", "6990", "AT", "AT"),
    ("AT", "6900", "AT", "AT"),
    ("CY", "7501", "CY", "CY"),
    ("DE", "87561", "DE", "DE"),
]
#: Near misses: never a part of a postcode, never another country's.
NEVER = [
    ("ES", "3500", "ES"),
    ("ES", "350011", "ES"),
    ("ES", "135001", "ES"),
    ("ES", "28035", "ES"),
    ("ES", "35001 Las Palmas", "ES"),
    ("FI", "02210", "FI"),
    ("FI", "2210", "FI"),
    ("DE", "27499", "DE"),
    ("DE", "2749", "DE"),
    ("DE", "78267", "DE"),
    ("DE", "2749O", "DE"),
    ("IT", "23030", "IT"),
    ("IT", "23042", "IT"),
    ("IT", "22060", "IT"),
    ("IT", "00121", "IT"),
    ("IT", "47900", "IT"),
    ("GR", "63085", "GR"),
    ("GR", "63088", "GR"),
    ("FR", "9711", "FR"),
    ("FR", "19711", "FR"),
    ("FR", "97900", "FR"),
    ("NL", "9711 AB", "NL"),
    ("NL", "3500", "NL"),
    ("BE", "6691", "BE"),
    ("LU", "6691", "LU"),
    ("PT", "8999-999", "PT"),
    ("PT", "950", "PT"),
    ("DK", "3800", "DK"),
    ("GB", "BTX 1AA", "GB"),
    ("GB", "B1 1BT", "GB"),
    ("NL", "", "NL"),
]


@pytest.mark.parametrize(("country", "postcode", "code"), OUTSIDE)
def test_outside(country, postcode, code):
    found = area(country, postcode)
    assert (found.code, found.inside, found.member) == (code, False, "")
    assert area(country.lower(), f" {postcode.lower()} ").code == code


@pytest.mark.parametrize("iso", ISO_OUTSIDE.split())
def test_a_code_of_its_own_is_outside_whatever_the_postcode(iso):
    for postcode in ("", "12345", "75001"):
        assert area(iso, postcode).code == iso
        assert not area(iso, postcode).inside


@pytest.mark.parametrize(("country", "postcode", "code", "member"), INSIDE)
def test_inside(country, postcode, code, member):
    found = area(country, postcode)
    assert (found.code, found.member, found.inside) == (code, member, True)


@pytest.mark.parametrize(("country", "postcode", "code"), NEVER)
def test_near_misses_stay_what_they_are(country, postcode, code):
    assert area(country, postcode).code == code


@pytest.mark.parametrize(
    ("country", "postcode", "city", "code"),
    [
        ("IT", "23030", "Livigno", "IT-LIVIGNO"),
        ("IT", "23030", " LIVIGNO ", "IT-LIVIGNO"),
        ("IT", "", "Livigno", "IT-LIVIGNO"),
        ("IT", "23030", "Valdidentro", "IT"),
        ("IT", "20121", "Livigno", "IT"),
        ("IT", "20121", "Via Livigno", "IT"),
        ("IT", "6911", "Campione d'Italia", "IT-CAMPIONE"),
        ("IT", "CH-6911", "Campione d'Italia", "IT-CAMPIONE"),
        ("IT", "20121", "Campione d'Italia", "IT"),
        ("IT", "25010", "Campione del Garda", "IT"),
        ("IT", "", "Campione", "IT"),
        ("GB", "", "Akrotiri", "CY"),
        ("GB", "7502", "Dhekelia", "CY"),
        ("GB", "SW1A 1AA", "Episkopi", "GB"),
        ("NL", "23030", "Livigno", "NL"),
    ],
)
def test_places_whose_postcode_is_shared(country, postcode, city, code):
    assert area(country, postcode, city).code == code


@pytest.mark.parametrize(
    ("postcode", "number", "code"),
    [
        ("", "XI123456727", "XI"),
        ("", "GB123456727", "GB"),
        ("", "", "GB"),
        ("SW1A 1AA", "XI123456727", "GB"),
        ("BT1 1AA", "GB123456727", "XI"),
    ],
)
def test_northern_ireland_without_a_postcode(postcode, number, code):
    assert area("GB", postcode, number=number).code == code


def test_territories():
    assert area("PT", "9500").territory == area("PT", "1000").territory == "PT"
    assert area("XI").territory == area("IM").territory == area("GB").territory == "GB"
    assert area("MC").territory == area("FR", "20000").territory == "FR"
    assert area("ES", "35001").territory == area("IC").territory == "IC"
    assert area("LI").territory == area("CH").territory == "CH"
    assert area("").territory == ""


def test_there_are_27_member_states():
    assert len(EU_COUNTRIES) == 27
    assert all(area(member).inside for member in EU_COUNTRIES)


@pytest.mark.parametrize(
    ("country", "postcode", "expected"),
    [
        ("DE", "D-27498", "27498"),
        ("DE", "D 27498", "27498"),
        ("FR", "fr97110", "97110"),
        ("PT", "9500-123", "9500123"),
        ("NL", "NL-1234 AB", "1234AB"),
        ("GB", "BT1 1AA", "BT11AA"),
        ("DE", "DE", "DE"),
        ("DE", None, ""),
    ],
)
def test_postcodes_as_people_type_them(country, postcode, expected):
    assert normal_postcode(country, postcode) == expected


def test_countries_as_people_type_them():
    assert normal_country(" el ") == "GR"
    assert normal_country(None) == ""


@given(st.text(max_size=6), st.text(max_size=12), st.text(max_size=12))
def test_any_address_is_somewhere(country, postcode, city):
    found = area(country, postcode, city)
    assert found.inside == (found.territory in EU_COUNTRIES or found.code == "XI")
