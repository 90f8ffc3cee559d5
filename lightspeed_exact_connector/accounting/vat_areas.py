"""What a destination counts as for the VAT on goods: country and postcode to an area.

Directive 2006/112/EC: article 5 names the territory, article 6 what lies outside it,
article 7 what counts as another country.  Postcodes are those of the national postal
services.  A wrong hit would book a taxed sale as an export, so only a whole postcode
decides, never a part of one.
"""

import re
import unicodedata
from dataclasses import dataclass

#: Member states of the European Union by ISO code, since 1 February 2020.
# fmt: off
EU_COUNTRIES = frozenset((
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
))
# fmt: on
#: Northern Ireland: goods follow EU VAT (Windsor Framework), numbers start with XI.
NORTHERN_IRELAND = "XI"
_UNITED_KINGDOM = "GB"
#: Codes in use for a country that has another one in ISO 3166.
_ALIASES = {"EL": "GR", "UK": "GB"}
#: Countries that count as another one.  Article 7: Monaco is France; the Isle of Man
#: is the United Kingdom, so an export.  Liechtenstein shares the Swiss VAT area.
_COUNTS_AS = {"MC": "FR", "IM": "GB", "LI": "CH"}

AZORES = "PT-20"
MADEIRA = "PT-30"
CORSICA = "FR-20R"
AUSTRIAN_VALLEYS = "AT-VALLEYS"
#: Areas inside with rates of their own -> the member state they belong to.  Azores,
#: Madeira (article 105), Corsica (Code général des impôts 297), Jungholz and
#: Mittelberg, the Kleinwalsertal (article 104).
_MEMBER_OF = {
    AZORES: "PT",
    MADEIRA: "PT",
    CORSICA: "FR",
    AUSTRIAN_VALLEYS: "AT",
}

#: Country -> forms of a whole postcode (see :func:`normal_postcode`) -> area.
_POSTCODES = {
    "AT": ((r"6691|699[123]", AUSTRIAN_VALLEYS),),
    "DE": (
        (r"27498", "DE-HELGOLAND"),
        (r"78266", "DE-BUESINGEN"),
        # The German postcodes of Jungholz (87491) and the Kleinwalsertal.
        (r"87491|8756[789]", AUSTRIAN_VALLEYS),
    ),
    # Greenland keeps postcodes of the Danish series.
    "DK": ((r"39\d\d", "GL"), (r"FO\d{3}", "FO")),
    "ES": ((r"(?:35|38)\d{3}", "IC"), (r"5[12]\d{3}", "EA")),
    "FI": ((r"22\d{3}", "AX"),),
    "FR": (
        (r"20\d{3}|2[AB]\d{3}", CORSICA),
        (r"97133|977\d\d", "BL"),
        (r"97150|978\d\d", "MF"),
        (r"971\d\d", "GP"),
        (r"972\d\d", "MQ"),
        (r"973\d\d", "GF"),
        (r"974\d\d", "RE"),
        (r"975\d\d", "PM"),
        (r"976\d\d", "YT"),
        (r"984\d\d", "TF"),
        (r"986\d\d", "WF"),
        (r"987\d\d", "PF"),
        (r"988\d\d", "NC"),
        # 980xx is Monaco, so France.
    ),
    # Karyes and Dafni, the two post offices of Mount Athos.
    "GR": ((r"6308[67]", "GR-69"),),
    "IT": (
        (r"23041", "IT-LIVIGNO"),
        # Since 2020 in the customs union, still outside VAT (Directive 2019/475).
        (r"22061", "IT-CAMPIONE"),
        (r"4789\d", "SM"),
        (r"00120", "VA"),
    ),
    "PT": ((r"9[5-9]\d\d(?:\d{3})?", AZORES), (r"9[0-4]\d\d(?:\d{3})?", MADEIRA)),
    "GB": (
        (r"BT\d{1,2}(?:\d[A-Z]{2})?", NORTHERN_IRELAND),
        (r"JE\d{1,2}(?:\d[A-Z]{2})?", "JE"),
        (r"GY\d{1,2}(?:\d[A-Z]{2})?", "GG"),
        (r"GX111AA", "GI"),
    ),
}
_POSTCODES = {
    country: tuple((re.compile(form, re.ASCII), area) for form, area in forms)
    for country, forms in _POSTCODES.items()
}
#: Postcodes that neighbours share: only together with the name of the place.
#: Livigno had 23030 until 2009; Campione the Swiss 6911, of four digits.
_PLACES = (
    ("IT", re.compile(r"23030|"), re.compile(r"LIVIGNO"), "IT-LIVIGNO"),
    (
        "IT",
        re.compile(r"6911|CH6911|"),
        re.compile(r"CAMPIONED.?ITALIA"),
        "IT-CAMPIONE",
    ),
    # The British bases on Cyprus count as Cyprus (article 7); British forces' post
    # (BF1) goes by way of the United Kingdom and is no such address.
    (
        "GB",
        re.compile(r"\d{4}|", re.ASCII),
        re.compile(r"AKROTIRI|DHEKELIA|DEKELIA|EPISKOPI"),
        "CY",
    ),
)
#: What people write before a postcode, beside the ISO code.
_PREFIXES = {
    "AT": ("A",),
    "DE": ("D",),
    "DK": ("DK",),
    "ES": ("E",),
    "FI": ("FIN", "AX"),
    "FR": ("F",),
    "GR": ("EL",),
    "IT": ("I",),
    "PT": ("P",),
}
_NO_CODE = re.compile(r"[\s.\-_]+")


@dataclass(frozen=True)
class Area:
    """What a destination counts as for VAT on goods.

    :ivar code: ISO alpha-2 of the country that it counts as; ``XI`` for Northern
        Ireland; a code of its own for a part of a country with rules of its own
        (``PT-20``, ``IC``, ``DE-HELGOLAND``); ``""`` when nobody knows
    :ivar member: ISO alpha-2 of the member state whose VAT applies there, ``XI`` for
        Northern Ireland; ``""`` outside the EU's VAT area
    """

    code: str
    member: str = ""

    @property
    def inside(self) -> bool:
        """Say whether goods there are inside the EU's VAT area."""
        return bool(self.member)

    @property
    def territory(self) -> str:
        """Return what must be equal for a sale to be one inside the country.

        The United Kingdom is one: Northern Ireland is inside the EU's VAT area only
        as seen from there.
        """
        if self.code == NORTHERN_IRELAND:
            return _UNITED_KINGDOM
        return self.member or self.code


def area(country: str, postcode: str = "", city: str = "", number: str = "") -> Area:
    """Return what an address counts as.

    :param country: ISO alpha-2, in any case
    :param postcode: as typed; with or without the country before it
    :param city: as typed; only where the postcode alone is not enough
    :param number: normalised VAT number: an ``XI`` one tells Northern Ireland when
        there is no postcode
    """
    iso = normal_country(country)
    typed = normal_postcode(iso, postcode)
    found = _by_postcode(iso, typed) or _by_place(iso, typed, city)
    if not found and iso == _UNITED_KINGDOM and not typed:
        found = NORTHERN_IRELAND if number.startswith(NORTHERN_IRELAND) else ""
    code = found or _COUNTS_AS.get(iso, iso)
    return Area(code, _member(code))


def normal_country(country: str) -> str:
    """Return an ISO code in capitals, without blanks; ``EL`` becomes ``GR``."""
    found = (country or "").strip().upper()
    return _ALIASES.get(found, found)


def normal_postcode(country: str, postcode: str) -> str:
    """Return a postcode in capitals, without separators and country.

    ``D-27498``, ``FR 97110`` and ``9500-123`` become ``27498``, ``97110``, ``9500123``.

    :param country: ISO alpha-2 in capitals
    """
    found = unicodedata.normalize("NFKC", postcode or "").upper()
    found = _NO_CODE.sub("", found)
    for prefix in (country, *_PREFIXES.get(country, ())):
        rest = found.removeprefix(prefix)
        digits = rest[:1].isdigit() or country == _UNITED_KINGDOM
        if prefix and rest != found and digits:
            return rest
    return found


def _by_postcode(iso, postcode):
    for form, code in _POSTCODES.get(iso, ()):
        if form.fullmatch(postcode):
            return code
    return ""


def _by_place(iso, postcode, city):
    name = _NO_CODE.sub("", unicodedata.normalize("NFKC", city or "").upper())
    for country, form, place, code in _PLACES:
        if iso == country and form.fullmatch(postcode) and place.fullmatch(name):
            return code
    return ""


def _member(code: str) -> str:
    if code in EU_COUNTRIES or code == NORTHERN_IRELAND:
        return code
    return _MEMBER_OF.get(code, "")
