"""Which refusals of Exact meet other documents, too: one refused call, not hundreds."""

import hashlib
import json

# What Exact says of a setting: every document with the same settings meets it.
OF_SETTINGS = (
    "refused.journal_type",
    "refused.gl_account_type",
    "refused.vat_percentage",
    "no_right",
)
# What Exact says of one document only, or what is remembered elsewhere (periods).
OF_ONE = (
    "refused.customer_type",
    "refused.email_invalid",
    "refused.exists",
    "refused.entry_number_in_use",
    "refused.already_processed",
    "refused.item_invalid",
    "refused.period_closed",
    "refused.unknown_year",
)
ENOUGH = 2
"""Any other refusal is of the settings when so many documents met it."""

# Properties whose values are settings (Exact reference, 5 and 6).
_SETTINGS = (
    "Journal",
    "Type",
    "PaymentCondition",
    "Currency",
    "ItemGroup",
    "Unit",
    "SalesVatCode",
    "GLRevenue",
    "Status",
)
_SETTINGS_OF_LINES = ("GLAccount", "VATCode")


def is_shared(code, documents):
    """Return whether a refusal stops other documents with the same settings.

    :param str code: key of the reason catalogue
    :param int documents: how many documents met it in a row
    :rtype: bool
    """
    return code in OF_SETTINGS or (code not in OF_ONE and documents >= ENOUGH)


def shape(kind, payload):
    """Return what documents with the same settings have in common, as a digest.

    :param str kind: kind of the operation
    :param dict payload: what is sent
    :rtype: str
    """
    lines = {
        tuple(str(line.get(name)) for name in _SETTINGS_OF_LINES)
        for rows in payload.values()
        if isinstance(rows, list)
        for line in rows
        if isinstance(line, dict)
    }
    settings = [str(payload.get(name)) for name in _SETTINGS]
    text = json.dumps([kind, sorted(payload), settings, sorted(lines)])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def subject(detail):
    """Return what a refusal is about: what Exact names after the colon.

    :param str detail: Exact's sentence, in the language of the user
    :rtype: str
    """
    text = " ".join((detail or "").split())
    _before, colon, after = text.partition(":")
    return (after if colon and after.strip() else text).strip(" .")[:100]
