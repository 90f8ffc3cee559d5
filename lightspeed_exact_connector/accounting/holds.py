"""Every reason for which this package holds an order, and what its sentence needs.

The sentences themselves are translated texts and belong to the models.  Amounts and
rates come as text (``"12.50"``, ``"0.21"``), everything else as text, too.
"""

#: Hold code -> names of its params.
HOLDS = {
    # The shop's answer cannot be read: ``field`` is the vendor's name of it,
    # ``problem`` one of PROBLEMS.
    "unreadable_order": ("field", "problem"),
    # What an order may not be.
    "no_lines": (),
    "currency": ("order_currency", "currency"),
    "currency_missing": ("order_currency",),
    "currency_journal": ("journal", "order_currency"),
    "currency_rate_missing": ("order_currency", "currency"),
    "gift_card": (),
    "gift_card_split": (),
    "gift_card_unreadable": ("field", "fields"),
    "gift_card_amount": ("amount", "total"),
    "zero_total": (),
    # The items of an invoice are neither line totals nor prices of a unit.
    "invoice_items_ambiguous": ("lines_total", "units_total", "total"),
    # The customer.
    "customer_without_email": (),
    "customer_email_invalid": ("email",),
    "collective_missing": ("country",),
    "reverse_charge_without_number": ("vat_number",),
    # VAT: ``reason`` is one of vat.SUSPICIONS.
    # ``rate`` is a fraction, or "" as are ``threshold``, ``total`` and ``year`` where
    # the reason has nothing to do with them.
    "vat_suspicious": (
        "reason",
        "area",
        "country",
        "shop_country",
        "vat_number",
        "rate",
        "threshold",
        "total",
        "year",
    ),
    "vat_mismatch": ("line", "rate", "vat", "expected"),
    # Totals.
    "total_mismatch": ("order_total", "lines_total", "difference"),
    "net_mismatch": ("order_net", "lines_net", "difference"),
    "proof_failed": ("order_total", "booked_total"),
    # Products; ``line`` is the title.
    "gift_card_sold_with_vat": ("line",),
    "gift_card_sold_rule_missing": ("line",),
    "margin_sold_with_vat": ("line",),
    # The catalogue.
    "product_rate_unknown": (),
    "product_is_voucher": (),
    # Ledger rules; ``rate`` is a fraction.
    "rule_missing": ("line_kind", "treatment", "rate", "country"),
    "exempt_rule_missing": ("line_kind", "country"),
    "rounding_rule_missing": ("difference",),
    "oss_code_missing": ("country", "rate", "line_kind"),
    "vat_code_type": ("line_kind", "rate", "vat_code", "vat_type"),
    "vat_code_rate": ("line_kind", "rate", "vat_code", "percentage"),
    # Sales invoices; ``line`` is the title, ``vat`` the shop's for all lines of a code
    # and rate, ``expected`` what Exact makes of them.
    "invoice_exchange_rate": ("currency",),
    "invoice_vat_code_missing": ("line",),
    "invoice_vat_differs": ("rate", "vat", "expected"),
    "invoice_total_differs": ("order_total", "invoice_total"),
    # Items; ``first`` and ``second`` are the shop's codes that Exact takes for one.
    "item_code_missing": ("line",),
    "item_code_clash": ("code", "first", "second"),
    # Credit notes.
    "credit_exceeds": ("credit", "left", "original"),
    "credit_line_unknown": ("line", "original"),
    "credit_rate_differs": ("line", "rate", "booked_rate"),
    # Periods; days as ISO dates, ``detail`` is what Exact said.
    "period_filed": ("day", "filed_through"),
    "period_refused": ("day", "period", "detail"),
    # Clearing entries.
    "clearing_order_changed": ("order_total", "booked_total"),
    "clearing_card_credit": (),
    "clearing_settings": (),
    # Configuration.
    "timezone_unknown": ("timezone",),
}

#: What may be wrong with a field of ``unreadable_order``.
PROBLEMS = (
    "missing",
    "not_an_object",
    "not_a_list",
    "not_a_number",
    "not_a_text",
    "not_a_moment",
    "out_of_range",
    "not_whole_cents",
    "another_order",
)
