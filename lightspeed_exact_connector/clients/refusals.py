"""Recognise Exact's business refusals, to explain them (Exact reference 8.6).

``error.code`` of Exact is always empty and its texts are in the language of the
connected user, so nothing may ever *depend* on what is recognised here.
"""

import re

UNKNOWN = "unknown"

# The colon of Exact may be followed by brackets, dashes of any kind, or nothing.
_RULES = (
    # (pattern, code, whether the subject is part of the code)
    (r"periode is afgesloten|period (?:is |has been )?closed", "period_closed", False),
    (
        r"(?:onbekend|ongeldig): ?boekjaar"
        r"|(?:unknown|invalid): ?(?:fiscal|financial) year",
        "unknown_year",
        False,
    ),
    (
        r"(?:ongeldige referentie|invalid reference): ?(?P<subject>.+)",
        "reference_invalid",
        True,
    ),
    (r"(?:verplicht|mandatory|required): ?", "mandatory", False),
    (
        r"ongeldig: ?(?:klant|factuur voor|besteld door|relatie) ?\(type\)"
        r"|invalid: ?(?:customer|invoice to|ordered by|account) ?\(type\)",
        "customer_type",
        False,
    ),
    (r"ongeldig: ?dagboek|invalid: ?journal", "journal_type", False),
    (
        r"ongeldig: ?grootboekrekening ?\(?type|invalid: ?g/?l account ?\(?type",
        "gl_account_type",
        False,
    ),
    (r"ongeldig: ?artikel\b|invalid: ?item\b", "item_invalid", False),
    (
        r"ongeldig: ?btw-percentage|invalid: ?vat[ -]percentage",
        "vat_percentage",
        False,
    ),
    (r"ongeldig: ?e-?mail|invalid: ?e-?mail", "email_invalid", False),
    (
        r"(?:in gebruik|in use): ?(?:boekstuknummer|factuurnummer|entry n|invoice n)",
        "entry_number_in_use",
        False,
    ),
    (r"bestaat reeds|bestaat al|already exists?", "exists", False),
    (r"reeds verwerkt|already processed", "already_processed", False),
    (
        r"geblokkeerd: ?\S|blocked: ?\S",
        "blocked",
        False,
    ),
)
_COMPILED = tuple(
    (re.compile(pattern, re.IGNORECASE), code, with_subject)
    for pattern, code, with_subject in _RULES
)


def classify(messages):
    """What a refusal is about.

    :param messages: the vendor's sentences, Dutch or English (``Rejected.messages``)
    :return: of the first sentence that is recognised: ``"period_closed"``,
        ``"unknown_year"``, ``"reference_invalid:<vendor's word>"``, ``"mandatory"``,
        ``"customer_type"``, ``"journal_type"``, ``"gl_account_type"``,
        ``"item_invalid"``, ``"vat_percentage"``, ``"email_invalid"``, ``"exists"``,
        ``"entry_number_in_use"``, ``"already_processed"``, ``"blocked"``; else
        ``"unknown"``
    :rtype: str
    """
    for message in messages:
        # Blanks of any kind; Exact uses no-break ones in places.
        text = " ".join(str(message).split())
        for pattern, code, with_subject in _COMPILED:
            found = pattern.search(text)
            if found:
                if not with_subject:
                    return code
                return f"{code}:{found['subject'].strip(' .')[:60]}"
    return UNKNOWN
