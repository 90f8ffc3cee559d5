"""From a sale to a booking: what goes into the books, or why nothing may.

The steps are functions of their own; :func:`decide` only puts them in order.  What
comes out equals the order's total to the cent, or a hold is raised.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from . import rules as ledger_rules
from .booking import Booking, BookingLine, Hold, Policy, Proof, Rule, Skip
from .customer import identify
from .dates import entry_date
from .descriptions import (
    booking_description,
    group_description,
    label,
    line_description,
)
from .money import CENT, ZERO, cents, normal, plain
from .payments import gift_card_amount, payment_condition
from .periods import place
from .reference import your_ref
from .sale import LineKind, Sale, SaleLine
from .vat import Treatment, VatDecision, cross_border_net, destination, explain
from .vat_position import oss_period

_CANCELLED = "cancelled"
#: Half a cent: what rounding one amount to cents can be off.
_HALF_CENT = Decimal("0.005")
#: Types of VAT codes (Exact reference 7.3): excluding; base only; none.
_EXCLUDING = "E"
_WITHOUT_VAT = ("B", "N")


def decide(
    sale: Sale, policy: Policy, *, status_reached_at: datetime | None, now: datetime
) -> Booking | Skip:
    """Return how a sale is booked, or that it is not, by rule.

    :param status_reached_at: when the order could first be booked, see
        :func:`dates.status_reached_at`; only for the date source ``status``
    :param now: the moment of the synchronisation, aware; only for ``sync``
    :raise Hold: a person must look; see :mod:`holds`
    """
    if sale.status == _CANCELLED:
        return Skip("cancelled", {"number": sale.number})
    refuse(sale, policy)
    rounding = check_totals(sale, policy)
    skip = skip_zero_total(sale, policy)
    if skip:
        return skip
    day, source = entry_date(sale, policy, status_reached_at=status_reached_at, now=now)
    booked_on, shifted_from = place(day, policy.filing)
    decision = decide_treatment(sale, policy, day)
    treatment = decision.treatment
    # Held now, not after the document was prepared.
    identify(sale, treatment.value, decision.number, policy.customers)
    lines = book_lines(sale, policy, treatment)
    if rounding:
        lines.append(rounding_line(sale, policy, treatment, rounding))
    parts = tuple(lines)
    if policy.grouping != "product":
        lines = group_lines(lines, policy)
    return Booking(
        reference=your_ref(policy.reference_prefix, sale.number),
        journal=policy.journal,
        entry_date=booked_on,
        date_source=source,
        currency=sale.currency,
        description=booking_description(sale, policy, shifted_from),
        treatment=treatment.value,
        lines=tuple(lines),
        proof=prove(sale, lines),
        payment_condition=payment_condition(sale, policy),
        parts=parts,
        treatment_reason=decision.reason,
        treatment_params=decision.params,
        country=decision.country,
        vat_number=decision.number,
        needs_vies=decision.needs_vies,
        threshold_net=cross_border_net(sale, decision),
        oss_period=oss_period(day) if treatment == Treatment.OSS else "",
        shifted_from=shifted_from,
    )


# === WHAT AN ORDER MAY NOT BE === #


def refuse(sale: Sale, policy: Policy) -> None:
    """Hold what cannot be booked whatever its amounts are.

    :raise Hold: ``no_lines``, ``currency``, and everything
        :func:`payments.gift_card_amount` raises
    """
    if not sale.lines:
        raise Hold("no_lines")
    currency = (policy.currency or "").upper()
    if not sale.currency or sale.currency.upper() != currency:
        raise Hold("currency", order_currency=sale.currency, currency=currency)
    gift_card_amount(sale, policy)


def skip_zero_total(sale: Sale, policy: Policy) -> Skip | None:
    """Skip an order that costs nothing, when the policy says so.

    Only when every line is zero: lines that cancel each other out may still carry
    VAT, and a person must look at them.

    :raise Hold: ``zero_total``
    """
    if sale.gross:
        return None
    if policy.zero_total == "skip" and not any(map(_has_money, sale.lines)):
        return Skip("zero_total", {"number": sale.number})
    raise Hold("zero_total")


def _has_money(line) -> bool:
    return bool(line.gross or line.net)


def decide_treatment(sale: Sale, policy: Policy, day: date) -> VatDecision:
    """Return the VAT treatment of the sale, and why.

    :param day: the date of the booking
    :raise Hold: ``vat_suspicious``
    """
    decision = explain(sale, policy.vat, day)
    if decision.treatment == Treatment.SUSPICIOUS:
        params = decision.params
        raise Hold(
            "vat_suspicious",
            reason=decision.reason,
            area=params["area"],
            country=params["country"],
            shop_country=params["shop_country"],
            vat_number=params["vat_number"],
            rate=params["rate"],
            threshold=params["threshold"],
            total=params["total"],
            year=params["year"],
        )
    return decision


# === TOTALS === #


def check_totals(sale: Sale, policy: Policy) -> Decimal:
    """Return what a rounding line must take, zero for nearly every order.

    The lines must add up to the order's total (Lightspeed reference 4.5); a few cents
    may be missing, up to ``policy.rounding_limit``.  The net total is derived in shops
    with prices including VAT, so a cent for each line is let pass there.

    :raise Hold: ``total_mismatch``, ``net_mismatch``
    """
    lines_gross = sum((line.gross for line in sale.lines), ZERO)
    difference = sale.gross - lines_gross
    if abs(difference) > policy.rounding_limit:
        raise Hold(
            "total_mismatch",
            order_total=_money(sale.gross),
            lines_total=_money(lines_gross),
            difference=_money(difference),
        )
    lines_net = sum((line.net for line in sale.lines), ZERO)
    net_difference = sale.net - lines_net
    if abs(net_difference) > policy.rounding_limit + CENT * len(sale.lines):
        raise Hold(
            "net_mismatch",
            order_net=_money(sale.net),
            lines_net=_money(lines_net),
            difference=_money(net_difference),
        )
    return difference


def check_vat(line: SaleLine, extra: Decimal = ZERO) -> None:
    """Refuse a line whose VAT is not that of its rate.

    :param extra: what else may be between them; a part of a line that is credited
        takes a share of the line's own rounding
    :raise Hold: ``vat_mismatch``
    """
    by_net = line.net * line.rate
    by_gross = line.gross * line.rate / (1 + line.rate)
    distance = min(abs(line.vat - by_net), abs(line.vat - by_gross))
    if distance > vat_tolerance(line) + (extra if line.rate else ZERO):
        raise Hold(
            "vat_mismatch",
            line=line.title or line.kind.value,
            rate=normal(line.rate),
            vat=_money(line.vat),
            expected=_money(cents(by_gross)),
        )


def vat_tolerance(line: SaleLine) -> Decimal:
    """Return how far a line's VAT may be from its rate's.

    Gross and net are rounded each, and the discount in between was (Lightspeed
    reference 4.5): one cent in all.  Where the shop rounds the price of one unit, each
    unit can add half a cent; that share is bounded by half a percent of the line, so
    that two rates a point apart can never be taken for each other however many units
    there are.  Each further tax component is rounded by itself.  At rate 0 there is
    nothing to round: the VAT must be exactly zero.
    """
    if not line.rate:
        return ZERO
    units = _HALF_CENT * min(abs(line.quantity), abs(line.gross))
    return CENT + units + _HALF_CENT * max(len(line.taxes) - 1, 0)


# === LINES === #


@dataclass(frozen=True)
class _Chosen:
    rule: Rule
    treatment: Treatment


def book_lines(sale: Sale, policy: Policy, treatment: Treatment) -> list[BookingLine]:
    """Return the booking's lines, one for each of the sale's.

    :raise Hold: ``vat_mismatch`` and everything :func:`choose_rule` raises
    """
    lines = []
    for line in sale.lines:
        if policy.zero_lines == "skip" and not _has_money(line):
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
                vat_code=chosen.rule.vat_code,
                rule_key=chosen.rule.key,
                gl_code=chosen.rule.gl_code,
                cost_center=chosen.rule.cost_center,
                cost_unit=chosen.rule.cost_unit,
                vat_type=chosen.rule.vat_type,
                source_id=line.remote_id,
            )
        )
    return lines


def choose_rule(
    sale: Sale, policy: Policy, line: SaleLine, treatment: Treatment
) -> _Chosen:
    """Return the rule that books a line, and the line's own treatment.

    A line without VAT in a sale at home is exempt, also between taxed ones.  Whether
    that is right only a bookkeeper can say, so a general rule is not enough: the rule
    must name the treatment or the rate.

    :raise Hold: ``rule_missing``, ``exempt_rule_missing``, ``vat_code_type``,
        ``vat_code_rate``
    """
    if treatment in (Treatment.DOMESTIC, Treatment.EXEMPT) and not line.rate:
        return _exempt_rule(sale, policy, line)
    rule = _match(sale, policy, line.kind, treatment, line.rate)
    if rule is None:
        raise Hold(
            "rule_missing",
            line_kind=line.kind.value,
            treatment=treatment.value,
            rate=normal(line.rate),
            country=destination(sale, policy.vat),
        )
    check_vat_code(rule, line.kind, line.rate)
    return _Chosen(rule, treatment)


def _exempt_rule(sale: Sale, policy: Policy, line: SaleLine) -> _Chosen:
    rule = _match(sale, policy, line.kind, Treatment.EXEMPT, line.rate)
    if rule is None or not _names_exempt(rule):
        rule = _match(sale, policy, line.kind, Treatment.DOMESTIC, line.rate)
    if rule is None or not _names_exempt(rule):
        raise Hold(
            "exempt_rule_missing",
            line_kind=line.kind.value,
            country=destination(sale, policy.vat),
        )
    check_vat_code(rule, line.kind, line.rate)
    return _Chosen(rule, Treatment.EXEMPT)


def _names_exempt(rule: Rule) -> bool:
    return rule.treatment == Treatment.EXEMPT or rule.rate == 0


def _match(sale, policy, kind, treatment, rate):
    return ledger_rules.match(
        policy.rules,
        line_kind=kind,
        treatment=treatment,
        rate=rate,
        country=destination(sale, policy.vat),
        payment_method=sale.payment_method,
    )


def check_vat_code(rule: Rule, kind: LineKind, rate: Decimal) -> None:
    """Refuse a rule whose VAT code would make Exact book other amounts.

    Net amounts need an excluding code (Exact reference 5.4); codes without VAT are
    for lines without VAT, and the percentage must be the line's.

    :raise Hold: ``vat_code_type``, ``vat_code_rate``
    """
    vat_type = (rule.vat_type or "").strip().upper()
    fits = vat_type == _EXCLUDING or (vat_type in _WITHOUT_VAT and not rate)
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


def rounding_line(
    sale: Sale, policy: Policy, treatment: Treatment, difference: Decimal
) -> BookingLine:
    """Return the line that takes the cents by which the lines miss the total.

    It carries no VAT: its rule has no VAT code, or one of 0%.

    :param difference: order total minus the lines' total
    :raise Hold: ``rounding_rule_missing``, ``vat_code_type``, ``vat_code_rate``
    """
    rule = _match(sale, policy, LineKind.ROUNDING, treatment, ZERO)
    if rule is None:
        raise Hold("rounding_rule_missing", difference=_money(difference))
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
    )


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
        net=sum((line.net for line in group), ZERO),
        vat=sum((line.vat for line in group), ZERO),
    )


# === PROOF === #


def prove(sale: Sale, lines: list[BookingLine]) -> Proof:
    """Return the proof that the lines are the order, in total and per VAT rate.

    :raise Hold: ``proof_failed``; that is a fault of this program
    """
    booked = sum((line.gross for line in lines), ZERO)
    ordered = [line for line in lines if line.kind != LineKind.ROUNDING]
    whole_cents = all(
        amount == cents(amount) for line in lines for amount in (line.net, line.vat)
    )
    if (
        not whole_cents
        or booked != sale.gross
        or _per_rate(ordered) != _per_rate(sale.lines)
    ):
        raise Hold(
            "proof_failed",
            order_total=_money(sale.gross),
            booked_total=_money(booked),
        )
    rounding = [line.gross for line in lines if line.kind == LineKind.ROUNDING]
    rates = _per_rate(lines)
    return Proof(
        order_gross=sale.gross,
        booked_gross=booked,
        per_rate=tuple((rate, *rates[rate]) for rate in sorted(rates)),
        rounding=sum(rounding, ZERO),
    )


def _per_rate(lines) -> dict:
    """Return rate -> (net, VAT); a rate that comes to nothing is left out."""
    sums = {}
    for line in lines:
        net, vat = sums.get(line.rate, (ZERO, ZERO))
        sums[line.rate] = (net + line.net, vat + line.vat)
    return {rate: amounts for rate, amounts in sums.items() if any(amounts)}


def _money(value: Decimal) -> str:
    return plain(value.quantize(CENT)) if value == cents(value) else plain(value)
