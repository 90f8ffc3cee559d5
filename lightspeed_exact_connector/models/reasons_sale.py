"""Why an order cannot be booked as it is: its data, its amounts, its VAT, its date."""

from odoo.tools import LazyTranslate

from .reason import Reason

_lt = LazyTranslate(__name__)

# Who can do something about it, unless the entry says otherwise.
WHO = "bookkeeper"

REASONS = {
    # === HOLDS: THE ORDER ITSELF === #
    "unreadable_order": Reason(
        _lt("The order could not be read: %(field)s (%(problem)s)."),
        _lt("Look at the raw data and report it to the agency; nothing is lost."),
        "agency",
    ),
    "no_lines": Reason(
        _lt("The order has no lines."),
        _lt("Check the order in Lightspeed; retry, or skip it with a reason."),
        "merchant",
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
        "merchant",
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
        "merchant",
    ),
    "vat_mismatch": Reason(
        _lt(
            "The VAT of line “%(line)s” is %(vat)s, at %(rate)s it should be "
            "%(expected)s."
        ),
        _lt("Check the line in Lightspeed; correct it there and retry."),
        "merchant",
    ),
    "proof_failed": Reason(
        _lt(
            "The booking (%(booked_total)s) would not equal the order "
            "(%(order_total)s)."
        ),
        _lt("Report this to the agency; nothing has been sent."),
        "agency",
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
        "merchant",
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
        "merchant",
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
        "merchant",
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
}
