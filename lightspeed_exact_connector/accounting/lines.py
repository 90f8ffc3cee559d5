"""Lines: which ledger rule books each line of a sale, and what it says in Exact."""

from dataclasses import dataclass, replace
from decimal import Decimal

from . import rules as ledger_rules
from .booking import Article, BookingLine, Hold, Policy, Rule
from .descriptions import group_description, label, line_description
from .money import ZERO, cents, normal
from .sale import LineKind, Sale, SaleLine
from .totals import check_vat, money_text
from .vat import Treatment, destination, line_treatment

#: Types of VAT codes (Exact reference 7.3): VAT comes on top, or is in the amount.
_CHARGING = ("E", "I")
#: Base only; none.
_WITHOUT_VAT = ("B", "N")
#: Lines that need no VAT code: they are no supply.
_NO_SUPPLY = (LineKind.ROUNDING, LineKind.GIFT_CARD)


@dataclass(frozen=True)
class _Chosen:
    rule: Rule
    treatment: Treatment


def has_money(line: SaleLine) -> bool:
    """Say whether a line costs anything."""
    return bool(line.gross or line.net)


def book_lines(sale: Sale, policy: Policy, treatment: Treatment) -> list[BookingLine]:
    """Return the booking's lines, one for each of the sale's.

    :raise Hold: ``vat_mismatch`` and everything :func:`choose_rule` raises
    """
    lines = []
    for line in sale.lines:
        if policy.zero_lines == "skip" and not has_money(line):
            continue
        check_vat(line)
        chosen = choose_rule(sale, policy, line, treatment)
        lines.append(
            BookingLine(
                kind=line.kind,
                description=line_description(line, policy),
                quantity=line.quantity,
                net=line.net,
                vat=line.vat,
                rate=line.rate,
                treatment=chosen.treatment.value,
                gl_account=chosen.rule.gl_account,
                vat_code=chosen.rule.vat_code or "",
                rule_key=chosen.rule.key,
                gl_code=chosen.rule.gl_code,
                cost_center=chosen.rule.cost_center,
                cost_unit=chosen.rule.cost_unit,
                vat_type=chosen.rule.vat_type or "N",
                source_id=line.remote_id,
                country=_country(sale, policy),
                article=article_of(line),
            )
        )
    return lines


def article_of(line: SaleLine) -> Article | None:
    """Return what a line sold, ``None`` for costs and gift cards."""
    if line.kind != LineKind.PRODUCT:
        return None
    return Article(
        code=line.article_code,
        sku=line.sku,
        ean=line.ean,
        title=line.title,
        variant_id=line.variant_id,
    )


# === RULES === #


def choose_rule(
    sale: Sale, policy: Policy, line: SaleLine, treatment: Treatment
) -> _Chosen:
    """Return the rule that books a line, and the line's own treatment.

    A line without VAT in a sale at home is exempt, also between taxed ones.  Whether
    that is right only a bookkeeper can say, so a general rule is not enough: the rule
    must name the treatment or the rate.

    :param treatment: of the sale
    :raise Hold: ``rule_missing``, ``exempt_rule_missing``, ``oss_code_missing``,
        ``vat_code_type``, ``vat_code_rate``
    """
    own = line_treatment(line, treatment)
    country = _country(sale, policy)
    if own == Treatment.EXEMPT:
        rule = _exempt_rule(sale, policy, line, country)
    else:
        rule = _find(sale, policy, line, own, country)
        if rule is None:
            raise _rule_missing(line.kind, own, line.rate, country)
    return _Chosen(checked(rule, policy, line.kind, line.rate, country), own)


def _exempt_rule(sale: Sale, policy: Policy, line: SaleLine, country: str) -> Rule:
    for treatment in (Treatment.EXEMPT, Treatment.DOMESTIC):
        rule = _find(sale, policy, line, treatment, country)
        if rule is not None and names_exempt(rule):
            return rule
    raise Hold("exempt_rule_missing", line_kind=line.kind.value, country=country)


def names_exempt(rule: Rule) -> bool:
    """Say whether a rule is meant for lines without VAT: nobody else decides that."""
    return rule.treatment == Treatment.EXEMPT or rule.rate == 0


def _find(sale, policy, line, treatment, country) -> Rule | None:
    return find_rule(
        policy,
        line_kind=line.kind,
        treatment=treatment,
        rate=line.rate,
        country=country,
        payment_method=sale.payment_method,
        line=line,
    )


def find_rule(
    policy: Policy,
    *,
    line_kind: LineKind,
    treatment: Treatment,
    rate: Decimal,
    country: str,
    payment_method: str = "",
    line: SaleLine | None = None,
) -> Rule | None:
    """Return the policy's most specific rule, see :func:`rules.match`.

    :param line: gives article, category and brand, where there is one
    """
    product = {}
    if line is not None:
        product = {
            "article_code": line.article_code,
            "sku": line.sku,
            "brand": line.brand,
            "categories": policy.categories.get(line.product_id, frozenset()),
        }
    return ledger_rules.match(
        policy.rules,
        line_kind=line_kind,
        treatment=treatment,
        rate=rate,
        country=country,
        payment_method=payment_method,
        **product,
    )


def rule_for(
    policy: Policy, line_kind: LineKind, treatment: Treatment, rate: Decimal, country
) -> Rule:
    """Return the checked rule for any line of a kind, whatever its product is.

    :param country: ISO alpha-2
    :raise Hold: ``rule_missing``, ``oss_code_missing``, ``vat_code_type``,
        ``vat_code_rate``
    """
    rule = find_rule(
        policy, line_kind=line_kind, treatment=treatment, rate=rate, country=country
    )
    if rule is None:
        raise _rule_missing(line_kind, treatment, rate, country)
    return checked(rule, policy, line_kind, rate, country)


def _rule_missing(kind, treatment, rate, country) -> Hold:
    return Hold(
        "rule_missing",
        line_kind=kind.value,
        treatment=treatment.value,
        rate=normal(rate),
        country=country,
    )


def _country(sale: Sale, policy: Policy) -> str:
    return destination(sale, policy.vat)


# === VAT CODES === #


def checked(
    rule: Rule, policy: Policy, kind: LineKind, rate: Decimal, country: str
) -> Rule:
    """Return a rule with the VAT code that it books with, which fits the line.

    :raise Hold: ``oss_code_missing``, ``vat_code_type``, ``vat_code_rate``
    """
    if rule.oss_auto:
        code = policy.oss_codes.get((country, rate))
        if code is None:
            raise Hold(
                "oss_code_missing",
                country=country,
                rate=normal(rate),
                line_kind=kind.value,
            )
        rule = replace(
            rule,
            vat_code=code.code,
            vat_type=code.vat_type,
            vat_percentage=code.percentage,
        )
    if rule.vat_code or kind not in _NO_SUPPLY:
        check_vat_code(rule, kind, rate)
    return rule


def check_vat_code(rule: Rule, kind: LineKind, rate: Decimal) -> None:
    """Refuse a rule whose VAT code would make Exact book other amounts.

    With an excluding code Exact is sent net amounts, with an including one gross
    amounts (Exact reference 5.4); codes without VAT are for lines without VAT, and the
    percentage must be the line's.  What is no supply takes no including code.

    :raise Hold: ``vat_code_type``, ``vat_code_rate``
    """
    vat_type = (rule.vat_type or "").strip().upper()
    fits = vat_type in _CHARGING or (vat_type in _WITHOUT_VAT and not rate)
    if kind in _NO_SUPPLY and vat_type == "I":
        fits = False
    if not rule.vat_code or not fits:
        raise Hold(
            "vat_code_type",
            line_kind=kind.value,
            rate=normal(rate),
            vat_code=rule.vat_code or "",
            vat_type=vat_type,
        )
    if rule.vat_percentage != rate:
        raise Hold(
            "vat_code_rate",
            line_kind=kind.value,
            rate=normal(rate),
            vat_code=rule.vat_code,
            percentage=normal(rule.vat_percentage),
        )


# === ROUNDING === #


def rounding_line(
    sale: Sale, policy: Policy, treatment: Treatment, difference: Decimal
) -> BookingLine:
    """Return the line that takes the cents by which the lines miss the total.

    It carries no VAT: its rule has no VAT code, or one of 0%.  It has the treatment of
    the sale.

    :param difference: order total minus the lines' total
    :raise Hold: ``rounding_rule_missing``, ``vat_code_type``, ``vat_code_rate``
    """
    rule = find_rule(
        policy,
        line_kind=LineKind.ROUNDING,
        treatment=treatment,
        rate=ZERO,
        country=_country(sale, policy),
        payment_method=sale.payment_method,
    )
    if rule is None:
        raise Hold("rounding_rule_missing", difference=money_text(difference))
    if rule.vat_code:
        check_vat_code(rule, LineKind.ROUNDING, ZERO)
    return BookingLine(
        kind=LineKind.ROUNDING,
        description=label(LineKind.ROUNDING, policy),
        quantity=None,
        net=difference,
        vat=cents(ZERO),
        rate=ZERO,
        treatment=treatment.value,
        gl_account=rule.gl_account,
        vat_code=rule.vat_code or "",
        rule_key=rule.key,
        gl_code=rule.gl_code,
        cost_center=rule.cost_center,
        cost_unit=rule.cost_unit,
        vat_type=rule.vat_type or "N",
        country=_country(sale, policy),
    )


# === GROUPING === #


def group_lines(lines: list[BookingLine], policy: Policy) -> list[BookingLine]:
    """Return one line per account, cost, VAT code, treatment and rate; sums are exact.

    The rounding line stays by itself.
    """
    groups = {}
    for line in lines:
        rounding = line.kind == LineKind.ROUNDING
        costs = (line.cost_center, line.cost_unit)
        vat = (line.vat_code, line.treatment, line.rate)
        key = (line.gl_account, costs, vat, rounding)
        groups.setdefault(key, []).append(line)
    merged = [_merge(group, policy) for group in groups.values()]
    return [
        line for line in merged if line.net or line.vat or policy.zero_lines == "book"
    ]


def _merge(group: list[BookingLine], policy: Policy) -> BookingLine:
    first = group[0]
    if first.kind == LineKind.ROUNDING:
        return first
    return replace(
        first,
        description=group_description(
            [line.kind for line in group], first.rate, policy
        ),
        quantity=None,
        source_id="",
        article=None,
        net=sum((line.net for line in group), ZERO),
        vat=sum((line.vat for line in group), ZERO),
    )
