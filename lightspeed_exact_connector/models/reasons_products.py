"""Why a product of the shop does not become an item, or not yet."""

from odoo.tools import LazyTranslate

from .reason import Reason

_lt = LazyTranslate(__name__)

# Who can do something about it, unless the entry says otherwise.
WHO = "merchant"

REASONS = {
    "product_code_twice": Reason(
        _lt("Other variants with the same code (%(count)s): %(others)s"),
        _lt("Give each variant a code of its own in the shop, then read again."),
    ),
    "product_rate_unknown": Reason(
        _lt("The shop does not tell the VAT rate of this variant."),
        _lt("Choose a tax for the product in the shop, then read again."),
    ),
    "product_is_voucher": Reason(
        _lt("A product rule says that this is a voucher: it is no article."),
        _lt("Nothing to do: a sale of it goes to the item of gift cards."),
        "nobody",
    ),
    "product_price_currency": Reason(
        _lt("The prices of the shop are in %(currency)s, which is not in use there."),
        _lt(
            "Add the currency in Exact Online, press Refresh reference data, and "
            "transfer again. The item itself has been made."
        ),
        "bookkeeper",
    ),
    "products_refused": Reason(
        _lt("Exact Online refused %(count)s items or prices in a row."),
        _lt(
            "Read the reasons of the variants and solve what is wrong with all of "
            "them, then press Resume."
        ),
        "bookkeeper",
    ),
    "products_rights": Reason(
        _lt("The Exact Online user may not make items and their sales prices."),
        _lt(
            "Have the rights for items and sales prices given to the user of the "
            "connection, or connect another user. The package of the administration "
            "must have items, too."
        ),
        "bookkeeper",
    ),
}
