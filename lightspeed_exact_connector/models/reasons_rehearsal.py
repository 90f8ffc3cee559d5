"""Why an order is not booked although all is well: the link only observes."""

from odoo.tools import LazyTranslate

from .reason import Reason

_lt = LazyTranslate(__name__)

# Who can do something about it, unless the entry says otherwise.
WHO = "agency"

REASONS = {
    "observed": Reason(
        _lt("Observed: would be booked as %(reference)s on %(day)s, %(total)s in all."),
        _lt("A manager has it booked with “Book from now on” on the link."),
    ),
    "observed_correction": Reason(
        _lt("The link only observes: what changed after the booking waits."),
        _lt("A manager has it corrected with “Book from now on” on the link."),
    ),
}
