"""Proposals for ledger rules, from the administration's own reference data."""

# Words in the description of a G/L account that tell what it is for.
SHIPPING_WORDS = ("verzend", "vracht", "porti", "shipping", "freight", "versand")
PAYMENT_WORDS = ("betaalkosten", "transactiekosten", "payment cost", "betaalmethode")
OSS_WORDS = ("afstandsverk", "loketsysteem", "one stop", "one-stop", " oss", "(oss")
EXPORT_WORDS = ("export", "uitvoer", "buiten de eu", "ausfuhr", "outside the eu")
ROUNDING_WORDS = ("afrond", "rounding", "rundung", "betalingsverschil")

REVENUE = 110


def propose_rules(link):
    """Return values for the ledger rules that a link still misses.

    One rule for each kind of line and each VAT rate of the shop, one for each kind of
    line of distance sales, one each for export, intra-Community supplies and rounding;
    nothing is proposed where the administration offers nothing that fits.

    :param link: a ``lightspeed.exact.link``
    :rtype: list(dict)
    """
    values = []
    for kind in ("product", "shipping", "payment"):
        for rate in link._shop_rates():
            if any(rule._covers(kind, rate) for rule in link.rule_ids):
                continue
            code = _vat_code(link, rate)
            account = _account(link, kind, code)
            if code and account:
                values.append(
                    {
                        "link_id": link.id,
                        "line_kind": kind,
                        "treatment": "domestic",
                        "rate": rate,
                        "gl_account_id": account.id,
                        "vat_code_id": code.id,
                        "is_proposal": True,
                    }
                )
    return values + _distance_sales(link) + _without_vat(link) + _rounding(link)


def _vat_code(link, rate):
    """Return the domestic sales code, excluding VAT, of a rate: the first by code."""
    country = link.shop_id.country_id.code
    codes = link.administration_id.vat_code_ids.filtered(
        lambda code: (
            code.vat_type == "E"
            and code.transaction_type in ("S", "B")
            and not code.is_blocked
            and not code.is_charged
            and code.oss_country in (False, country)
            and code._rate() == rate
        )
    )
    # A code for sales only says more than one for both.
    return codes.sorted(lambda code: (code.transaction_type != "S", code.code))[:1]


def _distance_sales(link):
    """Return a rule for each kind of line of distance sales, when there are codes."""
    if not link._oss_codes():
        return []
    values = []
    for kind in ("product", "shipping", "payment"):
        if any(
            rule.treatment == "oss" and rule.line_kind in (False, kind)
            for rule in link.rule_ids
        ):
            continue
        account = _account(link, kind, None, OSS_WORDS)
        if account:
            values.append(
                {
                    "link_id": link.id,
                    "line_kind": kind,
                    "treatment": "oss",
                    "any_rate": True,
                    "gl_account_id": account.id,
                    "vat_code_source": "oss",
                    "is_proposal": True,
                }
            )
    return values


def _without_vat(link):
    """Return rules for export and intra-Community supplies: for the only code of each.

    Where several codes fit, or none, a bookkeeper must choose.
    """
    codes = link.administration_id.vat_code_ids.filtered(
        lambda code: (
            code.vat_type in ("E", "B")
            and code._fits_sales()
            and not code._rate()
            and not code.oss_country
            and not code.is_margin
        )
    )
    found = {
        "reverse_charge": codes.filtered(lambda code: code.eu_sales_listing == "L"),
        "export": codes.filtered(
            lambda code: (
                code.eu_sales_listing in (False, "N") and _has_word(code, EXPORT_WORDS)
            )
        ),
    }
    values = []
    for treatment, code in found.items():
        if len(code) != 1 or treatment in link.rule_ids.mapped("treatment"):
            continue
        account = _account(link, "product", code)
        if account:
            values.append(
                {
                    "link_id": link.id,
                    "treatment": treatment,
                    "rate": 0,
                    "gl_account_id": account.id,
                    "vat_code_id": code.id,
                    "is_proposal": True,
                }
            )
    return values


def _account(link, kind, code, wanted=()):
    """Return the revenue account to propose for a kind of line.

    :param wanted: words of the account that is best where the kind has none
    """
    accounts = link.administration_id.gl_account_ids.filtered(
        lambda account: account.account_type == REVENUE and not account.is_blocked
    )
    words = {"shipping": SHIPPING_WORDS, "payment": PAYMENT_WORDS}
    named = accounts.filtered(lambda account: _has_word(account, words.get(kind, ())))
    if named:
        return named[:1]
    named = accounts.filtered(lambda account: _has_word(account, wanted))
    if named:
        return named[:1]
    other = accounts.filtered(
        lambda account: not _has_word(account, SHIPPING_WORDS + PAYMENT_WORDS)
    )
    same_code = other.filtered(lambda account: code and account.vat_code == code.code)
    return (same_code or other)[:1]


def _rounding(link):
    """Return the rounding rule, when there is none and the data offers one."""
    if any(rule.line_kind == "rounding" for rule in link.rule_ids):
        return []
    administration = link.administration_id
    usable = administration.gl_account_ids.filtered(
        lambda account: not account.is_blocked and account._fits_sales_line()
    )
    account = next(
        (
            account
            for word in ROUNDING_WORDS
            for account in usable
            if _has_word(account, [word])
        ),
        None,
    )
    code = administration.vat_code_ids.filtered(
        lambda code: (
            code.vat_type in ("N", "B")
            and not code.is_blocked
            and code.transaction_type != "P"
        )
    ).sorted(lambda code: (code.vat_type != "N", code.code))[:1]
    if not account or not code:
        return []
    return [
        {
            "link_id": link.id,
            "line_kind": "rounding",
            "any_rate": True,
            "gl_account_id": account.id,
            "vat_code_id": code.id,
            "is_proposal": True,
        }
    ]


def _has_word(row, words):
    name = " " + (row.name or "").lower()
    return any(word in name for word in words)
