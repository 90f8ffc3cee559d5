"""The reason catalogue: every code a person can meet, in words.

Codes come from ``accounting`` (holds and skips) and ``clients`` (errors); records
store code and values, never a sentence, so that everybody reads their own language.
Each entry says what it means and what to do about it.
"""

from collections import namedtuple
from decimal import Decimal, InvalidOperation

from odoo.tools import LazyTranslate, format_date

from .reasons_vat import AREAS, RATE_UNVERIFIED, SUSPICIONS, TREATMENT_REASONS

_lt = LazyTranslate(__name__)

Reason = namedtuple("Reason", "text advice")


class _Values(dict):
    """Values of a sentence: a missing one reads as a question mark."""

    def __missing__(self, key):
        return "?"


REASONS = {
    # === HOLDS: THE ORDER ITSELF === #
    "unreadable_order": Reason(
        _lt("The order could not be read: %(field)s (%(problem)s)."),
        _lt("Look at the raw payload and report it to the agency; nothing is lost."),
    ),
    "no_lines": Reason(
        _lt("The order has no lines."),
        _lt("Check the order in Lightspeed; retry, or skip it with a reason."),
    ),
    "currency": Reason(
        _lt(
            "The shop sells in %(order_currency)s, the administration keeps its books "
            "in %(currency)s."
        ),
        _lt(
            "Choose on the link how sales in another currency are booked, or choose an "
            "administration in the shop's currency."
        ),
    ),
    "currency_missing": Reason(
        _lt("The administration has no currency %(order_currency)s."),
        _lt(
            "Add the currency in Exact Online and refresh the reference data of the "
            "administration; that releases these orders."
        ),
    ),
    "currency_journal": Reason(
        _lt("Journal %(journal)s takes no entries in %(order_currency)s."),
        _lt(
            "Allow other currencies for the journal in Exact Online and refresh the "
            "reference data, or choose another journal on the link."
        ),
    ),
    "currency_rate_missing": Reason(
        _lt("There is no rate from %(order_currency)s to %(currency)s."),
        _lt("Fill in the fixed rate on the link."),
    ),
    "gift_card": Reason(
        _lt("The order is paid with a gift card; no rule says how to book that."),
        _lt(
            "Choose on the link, under Payments, on which account gift cards are owed; "
            "or book the order by hand in Exact Online and skip it here."
        ),
    ),
    "gift_card_unreadable": Reason(
        _lt(
            "The order is paid with a gift card, and its amount is not in the field "
            "“%(field)s” of the shop's data. The fields are: %(fields)s."
        ),
        _lt(
            "Name the right field on the link, under Payments; it releases these "
            "orders."
        ),
    ),
    "gift_card_amount": Reason(
        _lt("Gift cards paid %(amount)s of an order of %(total)s: that cannot be."),
        _lt(
            "Check on the link, under Payments, which field of the shop's data holds "
            "the amount; or book the order by hand and skip it here."
        ),
    ),
    # === CLEARING ENTRIES === #
    "clearing_order_changed": Reason(
        _lt("The order comes to %(order_total)s now, but %(booked_total)s was booked."),
        _lt("Settle the change of the order first; then retry, or clear it by hand."),
    ),
    "clearing_card_credit": Reason(
        _lt(
            "The order was paid with a gift card; what of the credit note goes back on "
            "the card is not known."
        ),
        _lt("Clear this credit note by hand in Exact Online."),
    ),
    "clearing_sides": Reason(
        _lt(
            "Exact Online booked this clearing entry the other way round: debit and "
            "credit are exchanged."
        ),
        _lt(
            "Correct the entry in Exact Online and report this to the agency; no more "
            "clearing entries are booked in this administration."
        ),
    ),
    "clearing_settings": Reason(
        _lt("The link has no general journal or no debtors account for clearing."),
        _lt("Choose both on the link, under Payments, and retry."),
    ),
    "clearing_no_rule": Reason(
        _lt("No payment rule says on which account “%(method)s” is cleared."),
        _lt(
            "Nothing to do if it is matched by hand. Otherwise add a payment rule on "
            "the link and retry."
        ),
    ),
    "clearing_nothing": Reason(_lt("Nothing is left to clear."), _lt("Nothing to do.")),
    "clearing_not_paid": Reason(
        _lt("The shop says that the order is not paid yet (%(payment_status)s)."),
        _lt("Nothing to do: it is cleared when the shop says that it is paid."),
    ),
    "clearing_by_hand": Reason(
        _lt("%(user)s clears this by hand in Exact Online."), _lt("Nothing to do.")
    ),
    "customer_without_email": Reason(
        _lt("The order has no e-mail address, so the customer cannot be recognised."),
        _lt(
            "Add the e-mail address to the order in Lightspeed and retry, or choose on "
            "the link that such orders go to a collective debtor."
        ),
    ),
    "customer_email_invalid": Reason(
        _lt("The e-mail address %(email)s cannot be used in Exact Online."),
        _lt("Correct the e-mail address on the order in Lightspeed and retry."),
    ),
    "timezone_unknown": Reason(
        _lt("The time zone %(timezone)s of the shop is unknown to this server."),
        _lt("Choose another time zone on the shop and retry."),
    ),
    # === HOLDS: AMOUNTS === #
    "total_mismatch": Reason(
        _lt(
            "The lines add up to %(lines_total)s, the order says %(order_total)s "
            "(difference %(difference)s)."
        ),
        _lt(
            "The difference is larger than the rounding limit of the link. Check the "
            "order in Lightspeed; correct it there and retry."
        ),
    ),
    "invoice_items_ambiguous": Reason(
        _lt(
            "The items of the invoice add up to %(lines_total)s as totals of a line "
            "and to %(units_total)s as prices of a unit; the invoice says %(total)s."
        ),
        _lt(
            "Nobody can tell what the items mean. Check the invoice in Lightspeed; "
            "book it by hand and skip it here."
        ),
    ),
    "net_mismatch": Reason(
        _lt(
            "Without VAT the lines add up to %(lines_net)s, the order says "
            "%(order_net)s (difference %(difference)s)."
        ),
        _lt("Check the VAT of the order in Lightspeed; correct it and retry."),
    ),
    "vat_mismatch": Reason(
        _lt(
            "The VAT of line “%(line)s” is %(vat)s, at %(rate)s it should be "
            "%(expected)s."
        ),
        _lt("Check the line in Lightspeed; correct it there and retry."),
    ),
    "proof_failed": Reason(
        _lt(
            "The booking (%(booked_total)s) would not equal the order "
            "(%(order_total)s)."
        ),
        _lt("Report this to the agency; nothing has been sent."),
    ),
    # === HOLDS: VAT AND LEDGER RULES === #
    "vat_suspicious": Reason(
        _lt("The VAT on this sale to %(area)s cannot be right: %(reason)s."),
        _lt(
            "A bookkeeper must decide. Correct the order in Lightspeed, or book it by "
            "hand and skip it here."
        ),
    ),
    "vies_invalid": Reason(
        _lt("VAT number %(number)s is not valid according to VIES."),
        _lt(
            "Without a valid number VAT is due. Ask the customer for the right number, "
            "correct the order in Lightspeed and retry; or book the order by hand and "
            "skip it here."
        ),
    ),
    "vies_requester_missing": Reason(
        _lt(
            "The VAT number of the customer cannot be checked: your own VAT number is "
            "not known."
        ),
        _lt("Fill in the VAT number of your company and retry."),
    ),
    "gift_card_split": Reason(
        _lt(
            "The order was paid with a gift card and has several invoices; which of "
            "them the card paid is not known."
        ),
        _lt("Book this invoice by hand in Exact Online and skip it here."),
    ),
    "gift_card_sold_with_vat": Reason(
        _lt(
            "VAT was charged on “%(line)s”, which is a gift card with VAT when it is "
            "used."
        ),
        _lt(
            "Sell it without VAT in the shop; or change the product rule on the link "
            "to a gift card with VAT when it is sold."
        ),
    ),
    "gift_card_sold_rule_missing": Reason(
        _lt(
            "The line “%(line)s” looks like a gift card that was sold without VAT; no "
            "product rule says what it is."
        ),
        _lt(
            "Add a product rule on the link that says whether there is VAT when it is "
            "sold or when it is used; that releases these orders."
        ),
    ),
    "margin_sold_with_vat": Reason(
        _lt("VAT was charged on “%(line)s”, which falls under the margin scheme."),
        _lt(
            "Sell it without VAT in the shop, or change the product rule on the link; "
            "VAT that is on the order must be paid."
        ),
    ),
    "exempt_rule_missing": Reason(
        _lt("No VAT was charged on a sale inside %(country)s (%(line_kind)s)."),
        _lt(
            "If this is right, add a ledger rule for sales without VAT inside the "
            "country on the link; it releases these orders."
        ),
    ),
    "rule_missing": Reason(
        _lt(
            "There is no ledger rule for %(line_kind)s, %(treatment)s, %(rate)s, "
            "%(country)s."
        ),
        _lt("Add the ledger rule on the link; it releases all orders that wait."),
    ),
    "rounding_rule_missing": Reason(
        _lt("A rounding difference of %(difference)s has no ledger rule."),
        _lt("Add a ledger rule for rounding on the link."),
    ),
    "oss_code_missing": Reason(
        _lt(
            "Exact Online has no VAT code for distance sales (OSS) to %(country)s at "
            "%(rate)s (%(line_kind)s)."
        ),
        _lt(
            "Add the VAT code with this OSS country and percentage in Exact Online and "
            "refresh the reference data of the administration; or choose a VAT code in "
            "a ledger rule for this country."
        ),
    ),
    "vat_code_type": Reason(
        _lt("VAT code %(vat_code)s is of kind %(vat_type)s; that does not fit."),
        _lt(
            "Choose a VAT code of kind E or I in the ledger rule; at 0 %% also B or N, "
            "for gift cards and rounding only these."
        ),
    ),
    "vat_code_rate": Reason(
        _lt(
            "VAT code %(vat_code)s has %(percentage)s, the line was sold with %(rate)s."
        ),
        _lt("Choose the VAT code of the right percentage in the ledger rule."),
    ),
    # === HOLDS: PERIODS === #
    "period_filed": Reason(
        _lt(
            "The order is of %(day)s; the VAT return through %(filed_through)s is "
            "filed."
        ),
        _lt(
            "Correct that return and book the order by hand, or choose on the legal "
            "entity that older documents are booked on the first day after it."
        ),
    ),
    "period_refused": Reason(
        _lt(
            "Exact Online refused period %(period)s before (%(detail)s); nothing is "
            "sent to it."
        ),
        _lt(
            "Open the period or set up the financial year in Exact Online, then press "
            "Try this period again at the periods of the administration."
        ),
    ),
    # === HOLDS: RELATION AND DOCUMENT === #
    "collective_missing": Reason(
        _lt("The link has no collective debtor for deliveries to %(country)s."),
        _lt(
            "Add a collective debtor on the link, for this country or without country; "
            "it releases these orders."
        ),
    ),
    "reverse_charge_without_number": Reason(
        _lt(
            "Reverse charge needs a relation with the customer's VAT number, and "
            "“%(vat_number)s” is none."
        ),
        _lt("Correct the VAT number on the order in Lightspeed and retry."),
    ),
    "relation_blocked": Reason(
        _lt("Relation %(code)s is blocked in Exact Online."),
        _lt("Unblock the relation in Exact Online and retry."),
    ),
    "relation_not_customer": Reason(
        _lt("Relation %(code)s in Exact Online is not a customer (status %(status)s)."),
        _lt("Give the relation the status Customer in Exact Online and retry."),
    ),
    "document_conflict": Reason(
        _lt(
            "Exact Online already has a document with reference %(reference)s that "
            "differs: %(differences)s."
        ),
        _lt("Compare both; skip the order here if the document in Exact is right."),
    ),
    "document_several": Reason(
        _lt("Exact Online has %(count)s documents with reference %(reference)s."),
        _lt("Keep one of them in Exact Online and retry."),
    ),
    "reference_in_use": Reason(
        _lt("Reference %(reference)s already belongs to another document."),
        _lt("Give this link a reference prefix of its own."),
    ),
    "booked_otherwise": Reason(
        _lt("The same sale is booked already, as %(number)s."),
        _lt("Nothing to book: skip this document with a reason."),
    ),
    "amount_differs": Reason(
        _lt("Exact Online booked %(booked)s, the order total is %(expected)s."),
        _lt("Correct the entry in Exact Online; posting waits until you resume it."),
    ),
    # === HOLDS: CREDIT NOTES === #
    "credit_by_choice": Reason(
        _lt("Credit notes are held for a person, by choice of the link."),
        _lt("Press Retry to book this one, or skip it with a reason."),
    ),
    "credit_without_origin": Reason(
        _lt("The order or invoice of this credit note was not booked here."),
        _lt(
            "Choose on the link what happens to such credit notes, or book it by hand "
            "and skip it here."
        ),
    ),
    # === HOLDS: REFUSED BY EXACT === #
    "rejected": Reason(
        _lt("Exact Online refused the document: %(detail)s"),
        _lt("Solve the cause in Exact Online or in the link, then retry."),
    ),
    "refused.period_closed": Reason(
        _lt("The period is closed in Exact Online: %(detail)s"),
        _lt("Open the period in Exact Online and retry, or book the order by hand."),
    ),
    "refused.unknown_year": Reason(
        _lt("The financial year does not exist in Exact Online: %(detail)s"),
        _lt("Set up the financial year in Exact Online and retry."),
    ),
    "refused.reference_invalid": Reason(
        _lt("Exact Online does not know something in the document: %(detail)s"),
        _lt(
            "Refresh the reference data, check the ledger rules, and retry. If it is "
            "the customer, forget the relation (Relations, Forget) first."
        ),
    ),
    "refused.mandatory": Reason(
        _lt("Exact Online misses something: %(detail)s"),
        _lt("Fill in what is missing (for instance a payment condition) and retry."),
    ),
    "refused.customer_type": Reason(
        _lt("The relation is not a customer in Exact Online: %(detail)s"),
        _lt("Give the relation the status Customer in Exact Online and retry."),
    ),
    "refused.journal_type": Reason(
        _lt("The journal is not a sales journal: %(detail)s"),
        _lt("Choose a sales journal on the link and retry."),
    ),
    "refused.gl_account_type": Reason(
        _lt("The G/L account cannot be used on a sales line: %(detail)s"),
        _lt("Choose a revenue account in the ledger rule."),
    ),
    "refused.vat_percentage": Reason(
        _lt("The VAT percentage does not fit the VAT code: %(detail)s"),
        _lt("Refresh the reference data and check the ledger rules."),
    ),
    "refused.email_invalid": Reason(
        _lt("Exact Online does not accept the e-mail address: %(detail)s"),
        _lt("Correct the e-mail address on the order in Lightspeed and retry."),
    ),
    "refused.exists": Reason(
        _lt("This already exists in Exact Online: %(detail)s"),
        _lt("Look it up in Exact Online; retry, or skip the order."),
    ),
    "refused.entry_number_in_use": Reason(
        _lt("The entry number is in use in Exact Online: %(detail)s"),
        _lt("Retry; Exact Online gives the next number."),
    ),
    "refused.already_processed": Reason(
        _lt("The document is already processed in Exact Online: %(detail)s"),
        _lt("Compare it with the order; skip the order if it is right."),
    ),
    "refused.blocked": Reason(
        _lt("Something the document uses is blocked in Exact Online: %(detail)s"),
        _lt("Unblock it in Exact Online or change the ledger rule; then retry."),
    ),
    # === HOLDS: CREDITS AND CHANGES === #
    "credit_exceeds": Reason(
        _lt(
            "The credit note of %(credit)s is more than is left of %(original)s "
            "(%(left)s)."
        ),
        _lt(
            "Compare the credit notes of the order in Lightspeed with the bookings; "
            "book the rest by hand, or skip the credit note with a reason."
        ),
    ),
    "credit_original_not_found": Reason(
        _lt(
            "No sales entry of the order of this credit note is in Exact Online "
            "(references %(references)s)."
        ),
        _lt(
            "Book the order in Exact Online under one of these references and retry; "
            "or book the credit note by hand and skip it here."
        ),
    ),
    "credit_original_unreadable": Reason(
        _lt("Entry %(reference)s in Exact Online cannot be taken as the original."),
        _lt("Book the credit note by hand in Exact Online and skip it here."),
    ),
    "credited_already": Reason(
        _lt("Order %(number)s was credited in full already."),
        _lt("Nothing is left to credit: skip this credit note with a reason."),
    ),
    "credit_line_unknown": Reason(
        _lt("Line “%(line)s” of the credit note cannot be found in %(original)s."),
        _lt("Book the credit note by hand in Exact Online and skip it here."),
    ),
    "credit_rate_differs": Reason(
        _lt(
            "Line “%(line)s” is credited at %(rate)s, it was booked at %(booked_rate)s."
        ),
        _lt("Check the credit note in Lightspeed; book it by hand and skip it here."),
    ),
    "difference_not_possible": Reason(
        _lt("Order %(number)s as it is now would not be booked at all."),
        _lt("Credit it in full, or accept the change as it is."),
    ),
    "difference_other_number": Reason(
        _lt(
            "The VAT number under which order %(number)s is supplied without VAT is "
            "not that of the booking: a difference cannot show that in the EU sales "
            "listing (ICP)."
        ),
        _lt("Credit it and book it again."),
    ),
    # === SKIPS === #
    "cancelled": Reason(
        _lt("The order was cancelled in the shop."), _lt("Nothing to do.")
    ),
    "zero_total": Reason(
        _lt("The order total is zero."),
        _lt("Choose on the link what happens to orders of zero."),
    ),
    "before_start": Reason(
        _lt("The order lies before the start of the link (%(moment)s)."),
        _lt("Set an earlier start on the link if it must be booked after all."),
    ),
    "invoice_cancelled": Reason(
        _lt("The invoice or credit note was cancelled in the shop."),
        _lt("Nothing to do."),
    ),
    "not_the_source": Reason(
        _lt("The link books the other kind of document: orders or invoices."),
        _lt("Nothing to do, unless the link should book the other one."),
    ),
    "credits_off": Reason(
        _lt("The link does not look at credit notes."),
        _lt("Choose on the link what happens to credit notes."),
    ),
    "by_user": Reason(
        _lt("Skipped by %(user)s: %(words)s"), _lt("Press Retry to book it after all.")
    ),
    # === WAITS === #
    "status_not_reached": Reason(
        _lt("The order has status %(status)s, payment %(payment_status)s."),
        _lt("It is booked when it reaches the statuses chosen on the link."),
    ),
    "waits_for_day": Reason(
        _lt("The order is booked with the others of %(day)s, in one entry."),
        _lt("Nothing to do: the entry is made in the night after that day."),
    ),
    "invoice_not_paid": Reason(
        _lt("The invoice has status %(payment_status)s."),
        _lt(
            "It is booked once it is paid. Choose on the link whether invoices are "
            "booked before that."
        ),
    ),
    "credit_of_cancelled": Reason(
        _lt("What this credit note credits was cancelled before it was booked."),
        _lt("Nothing to do."),
    ),
    "origin_not_booked": Reason(
        _lt("The order of this credit note is not booked yet."),
        _lt("It goes on by itself once the order is booked or skipped."),
    ),
    "outcome_unknown": Reason(
        _lt(
            "The answer of Exact Online was lost; the document is looked up before "
            "anything is sent again."
        ),
        _lt("Nothing to do: this takes some minutes."),
    ),
    "family_under_way": Reason(
        _lt("Another document of the same order, %(number)s, is not finished yet."),
        _lt("Nothing to do: this one follows by itself."),
    ),
    # === WIRE: BOTH === #
    "temporary": Reason(
        _lt("%(service)s could not be reached: %(detail)s"),
        _lt("Nothing to do: it is tried again by itself."),
    ),
    "bad_answer": Reason(
        _lt("%(service)s gave an answer that makes no sense: %(detail)s"),
        _lt("Nothing to do: it is tried again by itself. If it lasts, check the host."),
    ),
    "rate_limited": Reason(
        _lt("The quota of %(service)s is used up until %(until)s."),
        _lt("Nothing to do: work goes on by itself."),
    ),
    "not_found": Reason(
        _lt("%(service)s does not know what was asked for: %(detail)s"),
        _lt("Check the number or the language, and retry."),
    ),
    "bad_request": Reason(
        _lt("%(service)s did not understand the request: %(detail)s"),
        _lt("Report this to the agency."),
    ),
    "access_denied": Reason(
        _lt("%(service)s refuses access: %(detail)s"),
        _lt("Give the key or the user the missing right, then test again."),
    ),
    "authentication": Reason(
        _lt("%(service)s refuses the credentials."),
        _lt("Check the key and the secret; a revoked key must be replaced."),
    ),
    "not_tested": Reason(
        _lt("The connection of the shop was not tested since it was changed."),
        _lt("Press Test connection on the shop."),
    ),
    "unreadable_rows": Reason(
        _lt("%(count)s rows of the shop's lists have no number: left out."),
        _lt("Report this to the agency; all others go on."),
    ),
    "invoices_unread": Reason(
        _lt("The shop's list of invoices and credit notes cannot be read: %(detail)s"),
        _lt(
            "Orders go on; credit notes are tried again at each look. Give the key the "
            "right to read orders, or choose on the link not to look at credit notes."
        ),
    ),
    "client_errors": Reason(
        _lt("Exact Online refused %(count)s calls within an hour."),
        _lt(
            "Nothing to do: posting rests for an hour, so that Exact Online does not "
            "block the connector. Solve the orders that are held meanwhile."
        ),
    ),
    "not_configured": Reason(
        _lt("%(service)s has no credentials yet."), _lt("Fill in the credentials.")
    ),
    "neutralized": Reason(
        _lt("This is a copy of a database: it does not talk to live systems."),
        _lt("Work in the original database."),
    ),
    "internal": Reason(
        _lt("Something unexpected went wrong: %(detail)s"),
        _lt("Report this to the agency; the server's log has the details."),
    ),
    # === WIRE: VIES === #
    "vies.unavailable": Reason(
        _lt("%(service)s cannot say now whether the VAT number is valid: %(detail)s"),
        _lt(
            "Nothing to do: it is asked again by itself. Some countries do not answer "
            "at night or for some hours."
        ),
    ),
    "vies.requester": Reason(
        _lt("VIES does not know your own VAT number %(number)s as valid."),
        _lt("Check the VAT number of your company and retry."),
    ),
    "vies.blocked": Reason(
        _lt("%(service)s refuses the question: %(detail)s"),
        _lt(
            "It is tried again by itself. If it lasts, ask the European Commission for "
            "the reason."
        ),
    ),
    # === WIRE: LIGHTSPEED === #
    "lightspeed.other_shop": Reason(
        _lt("These are the credentials of another shop."),
        _lt("Make a shop of its own for it; the orders here belong to the first one."),
    ),
    "lightspeed.language": Reason(
        _lt("Language “%(language)s” is not active in the shop."),
        _lt("Choose one of the shop's active languages."),
    ),
    "lightspeed.permissions": Reason(
        _lt("The API key may not read: %(areas)s."),
        _lt("Give the key these rights in the shop under Settings, Developers."),
    ),
    # === WIRE: EXACT === #
    "reconnect": Reason(
        _lt("Exact Online wants a new consent: %(detail)s"),
        _lt("Press Connect on the connection; waiting orders go on by themselves."),
    ),
    "exact.oauth.too_early": Reason(
        _lt("Exact Online gives no new token yet."),
        _lt("Nothing to do: it is tried again by itself."),
    ),
}


def explain_treatment(env, code, params=None):
    """Return why a sale has its VAT treatment, in the user's language.

    :param str code: one of ``vat.REASONS``; ``""`` for bookings that have none
    :param dict params: values for the sentence, see ``vat.VatDecision``
    :return: a sentence or two, ``""`` for an unknown code
    :rtype: str
    """
    if code not in TREATMENT_REASONS:
        return ""
    values = _Values(params or {})
    labels = _Values({key: _label(env, key, value) for key, value in values.items()})
    sentences = [env._(TREATMENT_REASONS[code])]
    if values.get("rate"):
        sentences.append(env._(RATE_UNVERIFIED))
    return " ".join(sentence % labels for sentence in sentences)


def describe(env, code, params=None):
    """Return what a code means and what to do, in the user's language.

    :param str code: key of the catalogue; unknown ones fall back to a general text
    :param dict params: values for the sentence
    :return: sentence and advice
    :rtype: tuple(str, str)
    """
    if not code:
        return "", ""
    values = _Values(params or {})
    values.setdefault("detail", env._("it gave no explanation"))
    reason = REASONS.get(code) or _fallback(code)
    labels = _Values({key: _label(env, key, value) for key, value in values.items()})
    if values.get("reason") in SUSPICIONS:
        # Why VAT is suspicious is a sentence of its own, with the same values.
        labels["reason"] = labels["reason"] % labels
    text, advice = env._(reason.text), env._(reason.advice)
    return text % labels, advice % labels


def _fallback(code):
    """Return a general text for a code that has none of its own."""
    return REASONS["rejected" if code.startswith("refused.") else "internal"]


# Values that are words of our own, never texts of a shop or a person.
VOCABULARY = {"line_kind", "treatment", "reason", "problem", "detail"}

LABELS = {
    **SUSPICIONS,
    # Sentences of the clients, where the vendor gave none.
    "The connection broke before the whole answer came.": _lt(
        "the connection broke before the whole answer came"
    ),
    "No secure connection could be made.": _lt("no secure connection could be made"),
    "No connection could be made.": _lt("no connection could be made"),
    "This request cannot be written.": _lt("the request cannot be written"),
    "No whole answer came in time.": _lt("no whole answer came in time"),
    # Error words of VIES.
    "SERVICE_UNAVAILABLE": _lt("the service is not available"),
    "MS_UNAVAILABLE": _lt("the tax office of that country does not answer"),
    "TIMEOUT": _lt("the tax office of that country does not answer in time"),
    "GLOBAL_MAX_CONCURRENT_REQ": _lt("it has too many questions at the moment"),
    "GLOBAL_MAX_CONCURRENT_REQ_TIME": _lt("it has too many questions at the moment"),
    "MS_MAX_CONCURRENT_REQ": _lt("that country has too many questions at the moment"),
    "MS_MAX_CONCURRENT_REQ_TIME": _lt(
        "that country has too many questions at the moment"
    ),
    "IP_BLOCKED": _lt("the address of this server is blocked"),
    "VAT_BLOCKED": _lt("the VAT number is blocked"),
    "There is no consultation number in the answer.": _lt(
        "there is no consultation number in the answer"
    ),
    "product": _lt("products"),
    "shipping": _lt("shipping costs"),
    "payment": _lt("payment costs"),
    "gift_card": _lt("gift cards"),
    "rounding": _lt("rounding"),
    "domestic": _lt("domestic sale"),
    "oss": _lt("distance sale (OSS)"),
    "local": _lt("sale with VAT of another country (own registration)"),
    "reverse_charge": _lt("intra-Community supply (reverse charge)"),
    "export": _lt("export"),
    "exempt": _lt("no VAT inside the country"),
    "small_business": _lt("small-business scheme"),
    "margin": _lt("margin scheme"),
    "out_of_scope": _lt("no supply"),
    "suspicious": _lt("suspicious"),
    "missing": _lt("missing"),
    "not_an_object": _lt("of the wrong kind"),
    "not_a_list": _lt("of the wrong kind"),
    "not_a_number": _lt("not a number"),
    "not_a_text": _lt("not a text"),
    "not_a_moment": _lt("not a date and time"),
    "out_of_range": _lt("out of range"),
    "not_whole_cents": _lt("not whole cents"),
    "another_order": _lt("that of another order"),
    "customer": _lt("customer"),
    "journal": _lt("journal"),
    "date": _lt("date"),
    "total": _lt("total"),
    "reference": _lt("reference"),
    "currency": _lt("currency"),
}


def _label(env, key, value):
    """Show a value as a person reads it: vocabulary translated, rates in percent."""
    if key in VOCABULARY and isinstance(value, str) and value in LABELS:
        return env._(LABELS[value])
    if key == "area" and value in AREAS:
        return env._(AREAS[value])
    if key in ("rate", "percentage", "booked_rate"):
        return as_percentage(value)
    if key == "day":
        return format_date(env, value)
    if key == "differences":
        words = str(value).split(", ")
        return ", ".join(_label(env, "reason", word) for word in words)
    return value


def as_percentage(rate):
    """Return a fraction as people write it: ``0.21`` is ``21 %``.

    :param rate: Decimal or its text
    :rtype: str
    """
    try:
        return f"{(Decimal(rate) * 100).normalize():f} %"
    except (InvalidOperation, TypeError, ValueError):
        return str(rate)  # one odd row must not close a whole list
