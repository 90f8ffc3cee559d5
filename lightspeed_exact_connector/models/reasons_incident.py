"""What an incident says that no single call or order does."""

from odoo.tools import LazyTranslate

from .reason import Reason

_lt = LazyTranslate(__name__)

# Who can do something about it, unless the entry says otherwise.
WHO = "agency"

REASONS = {
    "backlog": Reason(
        _lt(
            "The day's calls of Exact Online are used up %(days)s days in a row, and "
            "more orders wait each day: %(count)s now."
        ),
        _lt(
            "Spread the shops over more administrations, let orders go in one entry a "
            "day, or ask Exact Online for a larger quota."
        ),
    ),
    "backlog_reading": Reason(
        _lt(
            "The shop's calls are used up each day: its lists are not read to the end."
        ),
        _lt(
            "See in the shop which other apps use its calls, or look at the shop less "
            "often."
        ),
    ),
}
