"""Countries and languages as Lightspeed names them (reference 1.1, 6, 9.3)."""

from functools import cache

# code: (id, three letters, English title, Dutch title). The ids of nl, ca and us
# are the real ones; the others are made up.
_COUNTRIES = {
    "at": (14, "aut", "Austria", "Oostenrijk"),
    "be": (21, "bel", "Belgium", "België"),
    "bg": (33, "bgr", "Bulgaria", "Bulgarije"),
    "ca": (38, "can", "Canada", "Canada"),
    "ch": (43, "che", "Switzerland", "Zwitserland"),
    "cy": (56, "cyp", "Cyprus", "Cyprus"),
    "cz": (58, "cze", "Czech Republic", "Tsjechië"),
    "de": (57, "deu", "Germany", "Duitsland"),
    "dk": (59, "dnk", "Denmark", "Denemarken"),
    "ee": (64, "est", "Estonia", "Estland"),
    "es": (67, "esp", "Spain", "Spanje"),
    "fi": (72, "fin", "Finland", "Finland"),
    "fr": (74, "fra", "France", "Frankrijk"),
    "gb": (225, "gbr", "United Kingdom", "Verenigd Koninkrijk"),
    "gr": (85, "grc", "Greece", "Griekenland"),
    "hr": (98, "hrv", "Croatia", "Kroatië"),
    "hu": (99, "hun", "Hungary", "Hongarije"),
    "ie": (104, "irl", "Ireland", "Ierland"),
    "it": (108, "ita", "Italy", "Italië"),
    "lt": (126, "ltu", "Lithuania", "Litouwen"),
    "lu": (127, "lux", "Luxembourg", "Luxemburg"),
    "lv": (120, "lva", "Latvia", "Letland"),
    "mt": (135, "mlt", "Malta", "Malta"),
    "nl": (150, "nld", "Netherlands, The", "Nederland"),
    "no": (161, "nor", "Norway", "Noorwegen"),
    "pl": (172, "pol", "Poland", "Polen"),
    "pt": (173, "prt", "Portugal", "Portugal"),
    "ro": (177, "rou", "Romania", "Roemenië"),
    "se": (205, "swe", "Sweden", "Zweden"),
    "si": (193, "svn", "Slovenia", "Slovenië"),
    "sk": (192, "svk", "Slovakia", "Slowakije"),
    "us": (226, "usa", "United States", "Verenigde Staten"),
}

# code: (id, locale, title). nl, en and us are the real ids.
_LANGUAGES = {
    "nl": (1, "nl_NL", "Nederlands"),
    "de": (2, "de_DE", "Deutsch"),
    "en": (3, "en_GB", "English"),
    "fr": (4, "fr_FR", "Français"),
    "es": (5, "es_ES", "Español"),
    "it": (6, "it_IT", "Italiano"),
    "us": (18, "en_US", "English (US)"),
}

COUNTRY_CODES = tuple(_COUNTRIES)
LANGUAGE_CODES = tuple(_LANGUAGES)


@cache
def country(code: str, language: str = "en") -> dict:
    """Return a country's object; its title follows the request language.

    The object is shared: do not change it.
    """
    known = _COUNTRIES.get(code)
    if known is None:
        return {"id": 999, "code": code, "code3": code * 2, "title": code.upper()}
    number, code3, english, dutch = known
    title = dutch if language == "nl" else english
    return {"id": number, "code": code, "code3": code3, "title": title}


def language(code: str) -> dict:
    """Return a language's object as it stands in orders and webhooks."""
    number, locale, title = _LANGUAGES[code]
    return {"id": number, "code": code, "locale": locale, "title": title}
