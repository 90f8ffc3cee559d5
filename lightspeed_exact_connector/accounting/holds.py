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
    "zero_total": (),
    # The customer.
    "customer_without_email": (),
    "customer_email_invalid": ("email",),
    # VAT: ``reason`` is one of vat.SUSPICIONS.
    "vat_suspicious": ("reason", "country", "shop_country", "vat_number"),
    "vat_mismatch": ("line", "rate", "vat", "expected"),
    # Totals.
    "total_mismatch": ("order_total", "lines_total", "difference"),
    "net_mismatch": ("order_net", "lines_net", "difference"),
    "proof_failed": ("order_total", "booked_total"),
    # Products; ``line`` is the title.
    "gift_card_sold_with_vat": ("line",),
    "gift_card_sold_rule_missing": ("line",),
    "margin_sold_with_vat": ("line",),
    # Ledger rules; ``rate`` is a fraction.
    "rule_missing": ("line_kind", "treatment", "rate", "country"),
    "exempt_rule_missing": ("line_kind", "country"),
    "rounding_rule_missing": ("difference",),
    "oss_code_missing": ("country", "rate", "line_kind"),
    "vat_code_type": ("line_kind", "rate", "vat_code", "vat_type"),
    "vat_code_rate": ("line_kind", "rate", "vat_code", "percentage"),
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
)
