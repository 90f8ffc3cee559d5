"""Why a document could not be attached to what is booked."""

from odoo.tools import LazyTranslate

from .reason import Reason

_lt = LazyTranslate(__name__)

# Who can do something about it, unless the entry says otherwise.
WHO = "bookkeeper"

# Another choice of the link lets these go.
HELD_FOR_A_DOCUMENT = (
    "attachment_denied",
    "attachment_refused",
    "attachment_type",
    "attachment_unavailable",
)

# Sentences of the client that fetches the shop's invoices.
LABELS = {
    "The shop has no invoice of it.": _lt("the shop has no invoice of it"),
    "The file is too large.": _lt("the file is too large"),
    "It is not a PDF.": _lt("what the address gives is not a PDF"),
}

REASONS = {
    "attachment_denied": Reason(
        _lt("Exact Online does not let the connector make documents: %(detail)s"),
        _lt(
            "Give the user of the connection the right to make documents and retry, or "
            "choose on the link to book without an attachment."
        ),
    ),
    "attachment_type": Reason(
        _lt("Exact Online does not take documents of this type: %(detail)s"),
        _lt(
            "Let the user of the connection make documents of the type Sales invoice "
            "and retry, or choose on the link to book without an attachment."
        ),
    ),
    "attachment_refused": Reason(
        _lt("Exact Online refused what was to be attached: %(detail)s"),
        _lt(
            "Solve the cause in Exact Online and retry, or choose on the link to book "
            "without an attachment."
        ),
    ),
    "attachment_by_choice": Reason(
        _lt("A person chose to book this order without its attachment."),
        _lt("Nothing to do."),
        "nobody",
    ),
    "attachment_unavailable": Reason(
        _lt("There was nothing to attach: %(detail)s"),
        _lt("Retry later, or choose on the link to book without an attachment."),
    ),
}
