"""What becomes of a sales invoice: made, compared, finalised, left open, deleted."""

from odoo.tools import LazyTranslate

from .reason import Reason

_lt = LazyTranslate(__name__)

# Who can do something about it, unless the entry says otherwise.
WHO = "bookkeeper"

REASONS = {
    # === HOLDS === #
    "invoice_profile_missing": Reason(
        _lt("The link has no invoice profile."),
        _lt("Choose an invoice profile on the link; it releases these orders."),
    ),
    "invoice_total_wrong": Reason(
        _lt(
            "The invoice in Exact Online comes to %(booked)s, the order total is "
            "%(expected)s. It was not finalised and not sent."
        ),
        _lt(
            "Correct the open invoice in Exact Online, or delete it there; then retry: "
            "it is read again, and made once more if it was deleted."
        ),
    ),
    "invoice_print_denied": Reason(
        _lt(
            "The Exact Online user of the connection has no right to finalise sales "
            "invoices: the invoice is open in Exact Online."
        ),
        _lt(
            "Give the user that right and refresh the reference data: the invoices "
            "go on then. Or process them in Exact Online, or leave invoices open in "
            "the invoice profile and retry."
        ),
    ),
    "invoice_gone": Reason(
        _lt(
            "Invoice %(reference)s was deleted in Exact Online before it was processed."
        ),
        _lt(
            "Retry to make it once more, or skip the order with a reason if it must "
            "stay out of the books."
        ),
    ),
    "invoice_other": Reason(
        _lt(
            "The invoice of this order was deleted in Exact Online, but another one "
            "has its reference %(reference)s."
        ),
        _lt(
            "Skip the order with a reason if that invoice is right; else delete it in "
            "Exact Online and retry."
        ),
    ),
    "invoice_not_processed": Reason(
        _lt(
            "Exact Online accepted the finalising of invoice %(reference)s, but still "
            "shows it as open."
        ),
        _lt("Look at the invoice in Exact Online, process it there, and retry."),
    ),
    "draft_open": Reason(
        _lt(
            "Invoice %(reference)s is still open in Exact Online: it cannot be "
            "credited or corrected."
        ),
        _lt(
            "Process it in Exact Online and choose again; or delete it there: then the "
            "order can be made anew as it is now."
        ),
    ),
    "invoice_changed": Reason(
        _lt(
            "The invoice was changed in Exact Online: it comes to %(booked)s, the "
            "order total is %(expected)s."
        ),
        _lt("Correct it in Exact Online, unless it was meant."),
    ),
    "credit_original_draft": Reason(
        _lt(
            "Invoice %(reference)s, to which this credit note belongs, is still open "
            "in Exact Online."
        ),
        _lt("Process that invoice in Exact Online and retry, or delete it and skip."),
    ),
    # === WAITS === #
    "origin_draft": Reason(
        _lt("The invoice of this order is still open in Exact Online."),
        _lt(
            "It goes on by itself once the invoice is processed. Delete the open "
            "invoice in Exact Online if nothing of it is to be charged."
        ),
        "nobody",
    ),
    "clearing_draft": Reason(
        _lt("The invoice is not processed in Exact Online yet."),
        _lt("Nothing to do: it is cleared when the invoice is processed."),
        "nobody",
    ),
}
