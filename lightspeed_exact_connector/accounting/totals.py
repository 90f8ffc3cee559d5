"""Totals: the sale adds up before it is booked, and the booking is the sale."""

from decimal import Decimal

from .booking import BookingLine, Hold, Policy, Proof
from .money import CENT, ZERO, cents, normal, plain
from .sale import LineKind, Sale, SaleLine
from .vat import Treatment, line_treatment

#: Half a cent: what rounding one amount to cents can be off.
_HALF_CENT = Decimal("0.005")

# === BEFORE: THE SALE === #


def check_totals(sale: Sale, policy: Policy) -> Decimal:
    """Return what a rounding line must take, zero for nearly every order.

    The lines must add up to the order's total (Lightspeed reference 4.5); a few cents
    may be missing, up to ``policy.rounding_limit``, but not all there is.  The net
    total is derived in shops with prices including VAT, so a cent for each line is let
    pass there.

    :raise Hold: ``total_mismatch``, ``net_mismatch``
    """
    lines_gross = sum((line.gross for line in sale.lines), ZERO)
    difference = sale.gross - lines_gross
    nothing = not any(line.gross or line.net for line in sale.lines)
    if abs(difference) > policy.rounding_limit or (difference and nothing):
        raise Hold(
            "total_mismatch",
            order_total=money_text(sale.gross),
            lines_total=money_text(lines_gross),
            difference=money_text(difference),
        )
    lines_net = sum((line.net for line in sale.lines), ZERO)
    net_difference = sale.net - lines_net
    if abs(net_difference) > policy.rounding_limit + CENT * len(sale.lines):
        raise Hold(
            "net_mismatch",
            order_net=money_text(sale.net),
            lines_net=money_text(lines_net),
            difference=money_text(net_difference),
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
            vat=money_text(line.vat),
            expected=money_text(cents(by_gross)),
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


# === AFTER: THE PROOF === #


def prove(
    sale: Sale, lines: list[BookingLine], treatment: Treatment | None = None
) -> Proof:
    """Return the proof that the lines are the order: in total, per rate and treatment.

    :param treatment: of the sale; without it the treatments are not compared
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
        or _sums(ordered, _rate) != _sums(sale.lines, _rate)
        or (treatment is not None and not _same_treatments(sale, ordered, treatment))
    ):
        raise Hold(
            "proof_failed",
            order_total=money_text(sale.gross),
            booked_total=money_text(booked),
        )
    return proof_of(lines, sale.gross)


def proof_of(lines, order_gross: Decimal) -> Proof:
    """Return the sums of booked lines beside the total that they must come to."""
    rounding = [line.gross for line in lines if line.kind == LineKind.ROUNDING]
    rates = _sums(lines, _rate)
    treatments = _sums(lines, lambda line: (line.treatment, line.rate))
    return Proof(
        order_gross=order_gross,
        booked_gross=sum((line.gross for line in lines), ZERO),
        per_rate=tuple((rate, *rates[rate]) for rate in sorted(rates)),
        rounding=sum(rounding, ZERO),
        per_treatment=tuple((*key, *treatments[key]) for key in sorted(treatments)),
    )


def _same_treatments(sale: Sale, lines, treatment: Treatment) -> bool:
    """Compare per treatment and rate; a line without VAT at home is exempt."""

    def of_sale(line):
        return line_treatment(line, treatment), line.rate

    def of_booking(line):
        return line.treatment, line.rate

    return _sums(sale.lines, of_sale) == _sums(lines, of_booking)


def _rate(line) -> Decimal:
    return line.rate


def _sums(lines, key) -> dict:
    """Return key -> (net, VAT); what comes to nothing is left out."""
    sums = {}
    for line in lines:
        net, vat = sums.get(key(line), (ZERO, ZERO))
        sums[key(line)] = (net + line.net, vat + line.vat)
    return {found: amounts for found, amounts in sums.items() if any(amounts)}


def money_text(value: Decimal) -> str:
    """Return an amount for a sentence, e.g. ``"12.50"``."""
    return plain(value.quantize(CENT)) if value == cents(value) else plain(value)
