"""Why no sales invoice can be made, and why a product has no item."""

from odoo.tools import LazyTranslate

from .reason import Reason

_lt = LazyTranslate(__name__)

# Who can do something about it, unless the entry says otherwise.
WHO = "bookkeeper"

REASONS = {
    # === HOLDS: AMOUNTS === #
    "invoice_exchange_rate": Reason(
        _lt(
            "A sales invoice takes no exchange rate of its own, and this sale in "
            "%(currency)s has one."
        ),
        _lt(
            "Let Exact Online apply its own rate (link, Amounts), or book this shop "
            "with sales entries; then retry."
        ),
    ),
    "invoice_vat_code_missing": Reason(
        _lt("Each line of a sales invoice needs a VAT code, and “%(line)s” has none."),
        _lt(
            "Set a VAT code on the ledger rule of this line; one without VAT where it "
            "is no sale."
        ),
    ),
    "invoice_vat_differs": Reason(
        _lt(
            "Exact Online would compute %(expected)s VAT at %(rate)s on the sales "
            "invoice, the shop has %(vat)s."
        ),
        _lt(
            "Choose in the invoice profile to send the VAT amounts along, or book this "
            "order by hand."
        ),
    ),
    "invoice_total_differs": Reason(
        _lt(
            "The sales invoice would come to %(invoice_total)s in Exact Online, the "
            "order total is %(order_total)s."
        ),
        _lt("Book this order by hand, and report it: the amounts should be equal."),
    ),
    # === HOLDS: ITEMS === #
    "item_code_missing": Reason(
        _lt("The product “%(line)s” has neither an article code nor an SKU."),
        _lt(
            "Give the product a code in Lightspeed, or choose the general item for "
            "products without a code in the invoice profile; then retry."
        ),
        "merchant",
    ),
    "item_code_clash": Reason(
        _lt(
            "Item code %(code)s would stand for two things in Exact Online: "
            "“%(first)s” and “%(second)s”."
        ),
        _lt(
            "Give one of them another code in Lightspeed or in the invoice profile, "
            "then retry."
        ),
        "merchant",
    ),
    "item_several": Reason(
        _lt("Exact Online has %(count)s items with code %(code)s."),
        _lt("Give all but one of them another code in Exact Online and retry."),
    ),
    "item_unusable": Reason(
        _lt("Item %(code)s in Exact Online cannot be sold: %(problem)s."),
        _lt(
            "Make it a sales item that is valid today in Exact Online, or give the "
            "product another code in Lightspeed; then retry."
        ),
    ),
    "item_hidden": Reason(
        _lt(
            "Exact Online says that item %(code)s exists already, and does not show "
            "it: %(detail)s"
        ),
        _lt(
            "Write the code of the item in Exact Online exactly as in the shop, with "
            "the same capitals; then retry."
        ),
    ),
    "item_refused": Reason(
        _lt("Exact Online refused to make item %(code)s: %(detail)s"),
        _lt(
            "Solve the cause in Exact Online, the ledger rule or the invoice profile, "
            "or make the item there by hand; then retry."
        ),
    ),
}
