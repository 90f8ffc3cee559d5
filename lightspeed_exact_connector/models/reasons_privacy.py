"""What is told of orders whose bookings are no longer kept."""

from odoo.tools import LazyTranslate

from .reason import Reason

_lt = LazyTranslate(__name__)

# Who can do something about it, unless the entry says otherwise.
WHO = "bookkeeper"

REASONS = {
    "books_removed": Reason(
        _lt(
            "Order %(number)s changed in the shop, but the time for which its booking "
            "is kept is over: it is not booked again."
        ),
        _lt("When the change matters, book it by hand in Exact Online."),
    ),
    "credit_of_removed": Reason(
        _lt(
            "It credits order %(number)s, whose booking is no longer kept here: the "
            "legal time was over. Its accounts and VAT codes are not known any more."
        ),
        _lt("Book the credit by hand in Exact Online, then skip this one."),
    ),
}
