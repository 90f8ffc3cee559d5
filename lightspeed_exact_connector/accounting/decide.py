"""From a sale to a booking: what goes into the books, or why nothing may.

The steps are functions of their own; :func:`decide` only puts them in order.  What
comes out equals the order's total to the cent, or a hold is raised.
"""

from dataclasses import replace
from datetime import date, datetime

from .booking import Booking, Hold, Policy, Proof, Skip
from .currencies import exchange_rate
from .customer import identify
from .dates import entry_date
from .descriptions import booking_description
from .lines import book_lines, group_lines, has_money, rounding_line
from .money import ZERO
from .payments import gift_card_amount, payment_condition
from .periods import place
from .products import mark_lines
from .reference import your_ref
from .sale import Sale
from .totals import check_totals, prove
from .vat import Treatment, VatDecision, cross_border_net, explain
from .vat_position import oss_period

_CANCELLED = "cancelled"


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
    sale = mark_lines(sale, policy)
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
    return replace(
        header(sale, policy, decision, day),
        entry_date=booked_on,
        date_source=source,
        description=booking_description(sale, policy, shifted_from),
        lines=tuple(lines),
        proof=prove(sale, lines, treatment),
        parts=parts,
        shifted_from=shifted_from,
    )


def header(sale: Sale, policy: Policy, decision: VatDecision, day: date) -> Booking:
    """Return the booking of a sale without its lines and without their proof.

    :param decision: the VAT treatment
    :param day: the date of the booking
    :raise Hold: those of :func:`currencies.exchange_rate`
    """
    treatment = decision.treatment
    return Booking(
        reference=your_ref(policy.reference_prefix, sale.number),
        journal=policy.journal,
        entry_date=day,
        date_source=policy.date_source,
        currency=sale.currency,
        description=booking_description(sale, policy),
        treatment=treatment.value,
        lines=(),
        proof=Proof(order_gross=sale.gross, booked_gross=ZERO, per_rate=()),
        payment_condition=payment_condition(sale, policy),
        treatment_reason=decision.reason,
        treatment_params=decision.params,
        country=decision.country,
        vat_number=decision.number,
        needs_vies=decision.needs_vies,
        threshold_net=cross_border_net(sale, decision),
        oss_period=oss_period(day) if treatment == Treatment.OSS else "",
        exchange_rate=exchange_rate(sale, policy),
        document_kind=policy.document_kind,
        number=sale.number,
    )


# === WHAT AN ORDER MAY NOT BE === #


def refuse(sale: Sale, policy: Policy) -> None:
    """Hold what cannot be booked whatever its amounts are.

    :raise Hold: ``no_lines``, and everything :func:`currencies.exchange_rate` and
        :func:`payments.gift_card_amount` raise
    """
    if not sale.lines:
        raise Hold("no_lines")
    exchange_rate(sale, policy)
    gift_card_amount(sale, policy)


def skip_zero_total(sale: Sale, policy: Policy) -> Skip | None:
    """Skip an order that costs nothing, when the policy says so.

    Only when every line is zero: lines that cancel each other out may still carry
    VAT, and a person must look at them.

    :raise Hold: ``zero_total``
    """
    if sale.gross:
        return None
    if policy.zero_total == "skip" and not any(map(has_money, sale.lines)):
        return Skip("zero_total", {"number": sale.number})
    raise Hold("zero_total")


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
