"""What becomes of a document: refused, credited, changed, cleared, skipped, waiting."""

from odoo.tools import LazyTranslate

from .reason import Reason

_lt = LazyTranslate(__name__)

# Who can do something about it, unless the entry says otherwise.
WHO = "bookkeeper"

REASONS = {
    "entry_gone": Reason(
        _lt("%(reference)s was deleted in Exact Online after it was booked."),
        _lt(
            "Retry to book it once more under a reference of its own, or skip the "
            "order with a reason if it must stay out of the books."
        ),
    ),
    "entry_other": Reason(
        _lt(
            "What was booked was deleted in Exact Online, but a document there has "
            "its reference %(reference)s."
        ),
        _lt(
            "Skip the order with a reason if that document is right; else delete it "
            "in Exact Online and retry."
        ),
    ),
    "clearing_gone": Reason(
        _lt("The document was deleted in Exact Online."),
        _lt("Book the order again; what is booked then is cleared by itself."),
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
        "merchant",
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
    "refused.item_invalid": Reason(
        _lt("An item cannot be used on the document: %(detail)s"),
        _lt(
            "Make it a sales item that is valid on the day of the document in Exact "
            "Online, and retry."
        ),
    ),
    "refused.vat_percentage": Reason(
        _lt("The VAT percentage does not fit the VAT code: %(detail)s"),
        _lt("Refresh the reference data and check the ledger rules."),
    ),
    "refused.email_invalid": Reason(
        _lt("Exact Online does not accept the e-mail address: %(detail)s"),
        _lt("Correct the e-mail address on the order in Lightspeed and retry."),
        "merchant",
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
        "agency",
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
        "nobody",
    ),
    "clearing_nothing": Reason(
        _lt("Nothing is left to clear."), _lt("Nothing to do."), "nobody"
    ),
    "clearing_not_paid": Reason(
        _lt("The shop says that the order is not paid yet (%(payment_status)s)."),
        _lt("Nothing to do: it is cleared when the shop says that it is paid."),
        "nobody",
    ),
    "clearing_by_hand": Reason(
        _lt("%(user)s clears this by hand in Exact Online."),
        _lt("Nothing to do."),
        "nobody",
    ),
    "customer_without_email": Reason(
        _lt("The order has no e-mail address, so the customer cannot be recognised."),
        _lt(
            "Add the e-mail address to the order in Lightspeed and retry, or choose on "
            "the link that such orders go to a collective debtor."
        ),
        "merchant",
    ),
    "customer_email_invalid": Reason(
        _lt("The e-mail address %(email)s cannot be used in Exact Online."),
        _lt("Correct the e-mail address on the order in Lightspeed and retry."),
        "merchant",
    ),
    "timezone_unknown": Reason(
        _lt("The time zone %(timezone)s of the shop is unknown to this server."),
        _lt("Choose another time zone on the shop and retry."),
        "merchant",
    ),
    # === SKIPS === #
    "cancelled": Reason(
        _lt("The order was cancelled in the shop."), _lt("Nothing to do."), "nobody"
    ),
    "zero_total": Reason(
        _lt("The order total is zero."),
        _lt("Choose on the link what happens to orders of zero."),
    ),
    "before_start": Reason(
        _lt("The order lies before the start of the link (%(moment)s)."),
        _lt("Set an earlier start on the link if it must be booked after all."),
        "nobody",
    ),
    "invoice_cancelled": Reason(
        _lt("The invoice or credit note was cancelled in the shop."),
        _lt("Nothing to do."),
        "nobody",
    ),
    "not_the_source": Reason(
        _lt("The link books the other kind of document: orders or invoices."),
        _lt("Nothing to do, unless the link should book the other one."),
        "nobody",
    ),
    "credits_off": Reason(
        _lt("The link does not look at credit notes."),
        _lt("Choose on the link what happens to credit notes."),
        "nobody",
    ),
    "by_user": Reason(
        _lt("Skipped by %(user)s: %(words)s"),
        _lt("Press Retry to book it after all."),
        "nobody",
    ),
    # === WAITS === #
    "status_not_reached": Reason(
        _lt("The order has status %(status)s, payment %(payment_status)s."),
        _lt("It is booked when it reaches the statuses chosen on the link."),
        "nobody",
    ),
    "waits_for_day": Reason(
        _lt("The order is booked with the others of %(day)s, in one entry."),
        _lt("Nothing to do: the entry is made in the night after that day."),
        "nobody",
    ),
    "invoice_not_paid": Reason(
        _lt("The invoice has status %(payment_status)s."),
        _lt(
            "It is booked once it is paid. Choose on the link whether invoices are "
            "booked before that."
        ),
        "nobody",
    ),
    "credit_of_cancelled": Reason(
        _lt("What this credit note credits was cancelled before it was booked."),
        _lt("Nothing to do."),
        "nobody",
    ),
    "origin_not_booked": Reason(
        _lt("The order of this credit note is not booked yet."),
        _lt("It goes on by itself once the order is booked or skipped."),
        "nobody",
    ),
    "outcome_unknown": Reason(
        _lt(
            "The answer of Exact Online was lost; the document is looked up before "
            "anything is sent again."
        ),
        _lt("Nothing to do: this takes some minutes."),
        "nobody",
    ),
    "not_shown_yet": Reason(
        _lt(
            "What this document needs was made in Exact Online a moment ago, and Exact "
            "Online does not show it yet."
        ),
        _lt("Nothing to do: this takes some minutes."),
        "nobody",
    ),
    "family_under_way": Reason(
        _lt("Another document of the same order, %(number)s, is not finished yet."),
        _lt("Nothing to do: this one follows by itself."),
        "nobody",
    ),
}
