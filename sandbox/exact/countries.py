"""Countries, states, languages and VAT numbers, as far as relations need them."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: ISO 3166-1 alpha-2.
COUNTRIES = _words(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL "
    "BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV "
    "CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD "
    "GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM "
    "IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK "
    "LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW "
    "MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR "
    "PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS "
    "ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY "
    "UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)

#: States per country; a state of any other country is refused.
STATES = {
    "NL": _words("DR FL FR GE GR LI NB NH OV UT ZE ZH"),
    "BE": _words("ANT BRU HAI LIE LIM LUX NAM OVL VBR WBR WVL"),
}

LANGUAGES = _words(
    "BG CS DA DE EL EN ES ET FI FR GA HR HU IT LT LV MT NL NO PL PT RO SK SL SV"
)

#: VAT number forms per country (without blanks, dots or dashes).
_VAT_FORMS = {
    "AT": r"ATU\d{8}",
    "BE": r"BE[01]\d{9}",
    "BG": r"BG\d{9,10}",
    "CH": r"CHE\d{9}(MWST|TVA|IVA)?",
    "CY": r"CY\d{8}[A-Z]",
    "CZ": r"CZ\d{8,10}",
    "DE": r"DE\d{9}",
    "DK": r"DK\d{8}",
    "EE": r"EE\d{9}",
    "ES": r"ES[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"FI\d{8}",
    "FR": r"FR[A-HJ-NP-Z0-9]{2}\d{9}",
    "GB": r"GB(\d{9}|\d{12}|(GD|HA)\d{3})",
    "GR": r"EL\d{9}",
    "HR": r"HR\d{11}",
    "HU": r"HU\d{8}",
    "IE": r"IE(\d{7}[A-W][A-I]?|\d[A-Z+*]\d{5}[A-W])",
    "IT": r"IT\d{11}",
    "LT": r"LT(\d{9}|\d{12})",
    "LU": r"LU\d{8}",
    "LV": r"LV\d{11}",
    "MT": r"MT\d{8}",
    "NL": r"NL\d{9}B\d{2}",
    "NO": r"NO\d{9}(MVA)?",
    "PL": r"PL\d{10}",
    "PT": r"PT\d{9}",
    "RO": r"RO\d{2,10}",
    "SE": r"SE\d{12}",
    "SI": r"SI\d{8}",
    "SK": r"SK\d{10}",
}
#: VAT number prefix per EU country.
EU_VAT_PREFIXES = {
    code: "EL" if code == "GR" else code
    for code in _words(
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE "
        "SI SK"
    )
}
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,63}\Z"
)


def valid_email(value: str) -> bool:
    """Say whether a text is one plain e-mail address."""
    return bool(_EMAIL.match(value))


def valid_vat_number(
    value: str, country: str, *, northern_ireland: bool = False
) -> bool:
    """Say whether a VAT number has the form of its country (4.1).

    Countries without a known form take up to 20 letters and digits.

    :param northern_ireland: a relation in GB may have an XI number
    """
    if northern_ireland and country == "GB" and value.startswith("XI"):
        value = "GB" + value[2:]
    form = _VAT_FORMS.get(country, r"[A-Z0-9]{2,20}")
    return bool(re.fullmatch(form, value))


def valid_state(value: str, country: str) -> bool:
    """Say whether a state belongs to a country (4.1)."""
    return value in STATES.get(country, frozenset())
