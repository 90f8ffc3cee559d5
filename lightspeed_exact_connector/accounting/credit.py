"""Credit notes, reversals and differences: bookings made from what was booked.

A credit keeps the ledger accounts and VAT codes of the document it credits, whatever
the rules say today; amounts are those of the shop's credit note, to the cent.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from .booking import Article, Booking, BookingLine, Hold, Policy
from .descriptions import DESCRIPTION_LIMIT, label, line_description
from .exact_values import guid, trim
from .lines import article_of, group_lines, rounding_line
from .money import CENT, ZERO, cents, normal, plain
from .sale import LineKind, Sale, SaleLine
from .texts import cut
from .totals import check_totals, check_vat, proof_of, prove
from .vat import Treatment


def credit_note(
    note: Sale,
    original: Booking,
    policy: Policy,
    *,
    left: Decimal,
    any_kind: bool = False,
) -> Booking:
    """Return the booking of a credit note: negative, with the original's accounts.

    Everything but reference, date and description, which the caller knows.

    :param note: the credit note with positive amounts, see ``parse_invoice``
    :param original: what was booked for its order or invoice, with its parts
    :param left: what has not been credited of it yet, VAT included
    :param any_kind: the original's lines do not say what they are for, see
        :func:`adopted`
    :raise Hold: ``credit_exceeds``, ``credit_line_unknown``, ``credit_rate_differs``,
        ``no_lines``, and those of the totals
    """
    if not any(line.gross or line.net for line in note.lines):
        raise Hold("no_lines")
    if note.gross > left:
        raise Hold(
            "credit_exceeds",
            credit=plain(note.gross),
            left=plain(left),
            original=original.reference,
        )
    rounding = check_totals(note, policy)
    lines = []
    for line in note.lines:
        if not line.gross and not line.net and policy.zero_lines == "skip":
            continue
        check_vat(line, extra=CENT)
        part = _part_of(line, original, any_kind)
        lines.append(
            replace(
                part,
                kind=line.kind if any_kind else part.kind,
                description=line_description(line, policy),
                quantity=line.quantity,
                net=line.net,
                vat=line.vat,
                source_id=line.remote_id or part.source_id,
                article=_article(line, part),
            )
        )
    if rounding:
        lines.append(_rounding(note, original, policy, rounding))
    parts = tuple(lines)
    if policy.grouping != "product":
        lines = group_lines(lines, policy)
    positive = replace(
        original,
        lines=tuple(lines),
        parts=parts,
        proof=prove(note, lines),
        threshold_net=_counting_net(original, parts),
    )
    return negative(positive, original=original.reference)


def _counting_net(original: Booking, parts) -> Decimal:
    """Return what of a document's parts counts for the threshold of distance sales.

    What :func:`vat.cross_border_net` counts of a sale: no vouchers, no goods under the
    margin scheme.
    """
    if not original.threshold_net:
        return ZERO
    out = (Treatment.MARGIN.value, Treatment.OUT_OF_SCOPE.value)
    counting = (
        part.net
        for part in parts
        if part.kind != LineKind.ROUNDING and part.treatment not in out
    )
    return sum(counting, ZERO)


def _part_of(line: SaleLine, original: Booking, any_kind: bool) -> BookingLine:
    """Return the part of the original that a line of a credit note gives back.

    The order line's id says which; without one, parts of the same kind and rate that
    all stand on the same accounts.
    """
    parts = original.parts or original.lines
    same = [part for part in parts if line.remote_id == part.source_id != ""]
    if not same:
        kinds = _kinds(line.kind)
        same = [part for part in parts if any_kind or part.kind in kinds]
        fitting = [part for part in same if part.rate == line.rate]
        if same and not fitting:
            raise _other_rate(line, same[0])
        same = fitting
    if not same or len({_account(part) for part in same}) > 1:
        raise Hold(
            "credit_line_unknown",
            line=line.title or line.kind.value,
            original=original.reference,
        )
    if same[0].rate != line.rate:
        raise _other_rate(line, same[0])
    return same[0]


def _article(line: SaleLine, part: BookingLine) -> Article | None:
    """Return what a line gives back: the original's article where it is that line.

    A voucher that was sold is a product in the shop's documents only.
    """
    if part.kind != LineKind.PRODUCT:
        return None
    if part.article and line.remote_id == part.source_id != "":
        return part.article
    return article_of(line)


def _kinds(kind: LineKind) -> set[LineKind]:
    """A gift card that was sold is a product in the shop's documents."""
    if kind == LineKind.PRODUCT:
        return {LineKind.PRODUCT, LineKind.GIFT_CARD}
    return {kind}


def _other_rate(line: SaleLine, part: BookingLine) -> Hold:
    return Hold(
        "credit_rate_differs",
        line=line.title or line.kind.value,
        rate=normal(line.rate),
        booked_rate=normal(part.rate),
    )


def _rounding(note, original, policy, difference):
    """Return the rounding line: as the original's, else by today's rule."""
    for part in original.parts or original.lines:
        if part.kind == LineKind.ROUNDING:
            return replace(
                part,
                description=label(LineKind.ROUNDING, policy),
                net=difference,
                vat=ZERO.quantize(CENT),
            )
    return rounding_line(note, policy, Treatment(original.treatment), difference)


def adopted(entry: dict, rows: list[dict], rates: Mapping, like: Booking) -> Booking:
    """Return an entry that somebody else made in Exact as an original to credit.

    Reading, a line's amount is without VAT (Exact reference 5.4).

    :param entry: a row of ``salesentry/SalesEntries`` with ``YourRef``, ``AmountFC``
    :param rows: its lines: ``GLAccount``, ``GLAccountCode``, ``VATCode``,
        ``AmountFC``, ``VATAmountFC``, ``CostCenter``, ``CostUnit``
    :param rates: VAT code, trimmed -> (type of the code, rate as a fraction)
    :param like: gives journal, currency, treatment and the rest
    :raise ValueError: an amount or an account cannot be read
    """
    lines = []
    for row in rows:
        code = trim(row.get("VATCode"))
        vat_type, rate = rates.get(code, ("N", ZERO))
        lines.append(
            BookingLine(
                kind=LineKind.PRODUCT,
                description="",
                quantity=None,
                net=cents(row.get("AmountFC")),
                vat=cents(row.get("VATAmountFC") or 0),
                rate=rate,
                treatment=like.treatment,
                gl_account=guid(row.get("GLAccount")),
                vat_code=code,
                rule_key=0,
                gl_code=trim(row.get("GLAccountCode")),
                cost_center=trim(row.get("CostCenter")),
                cost_unit=trim(row.get("CostUnit")),
                vat_type=vat_type,
                country=like.country,
            )
        )
    found = _of_lines(like, lines, "sale")
    return replace(found, reference=trim(entry.get("YourRef")), original="")


def negative(booking: Booking, **changes) -> Booking:
    """Return a booking that takes another one back, to the cent.

    :param changes: fields of the booking that are to be others
    """
    lines = tuple(_negative_line(line) for line in booking.lines)
    values = {
        "kind": "credit",
        "lines": lines,
        "parts": tuple(_negative_line(line) for line in booking.parts),
        "proof": proof_of(lines, -booking.proof.order_gross),
        "original": booking.reference,
        "threshold_net": -booking.threshold_net,
        "number": "",
    }
    return replace(booking, **{**values, **changes})


def _negative_line(line: BookingLine) -> BookingLine:
    quantity = None if line.quantity is None else -line.quantity
    return replace(line, net=-line.net, vat=-line.vat, quantity=quantity)


# === WHAT STANDS IN THE BOOKS, AND DIFFERENCES === #


def gross_of(bookings) -> Decimal:
    """Return what several bookings come to together, VAT included."""
    return sum((booking.gross for booking in bookings), ZERO)


def reversal(bookings: list[Booking]) -> Booking | None:
    """Return the booking that takes back what is left of several, oldest first.

    :return: ``None`` when nothing is left
    """
    left = _sum_parts([part for booking in bookings for part in _parts(booking)])
    if not left:
        return None
    lines = [_negative_line(line) for line in left]
    taken = _of_lines(bookings[-1], lines, "credit")
    return replace(taken, threshold_net=-_threshold_net(bookings))


def difference(bookings: list[Booking], wanted: Booking) -> Booking | None:
    """Return the entry that turns what was booked into what should be.

    A line for each account and VAT code whose amounts are others; the wanted
    booking's date, customer and texts; the kind of document of what it corrects.

    :param bookings: what stands in the books, oldest first
    :param wanted: what would be booked now
    :return: ``None`` when there is no difference
    """
    booked = [part for each in bookings for part in _parts(each)]
    lines = _sum_parts(
        [*(_negative_line(part) for part in booked), *_parts(wanted)], by_account=True
    )
    if not lines:
        return None
    last = standing(bookings)
    if last.document_kind != wanted.document_kind:
        # Switched meanwhile: a journal goes with the kind of document.
        wanted = replace(wanted, document_kind=last.document_kind, journal=last.journal)
    return replace(
        _of_lines(wanted, lines, "correction"),
        original=bookings[-1].reference,
        entry_date=wanted.shifted_from or wanted.entry_date,
        threshold_net=wanted.threshold_net - _threshold_net(bookings),
    )


def standing(bookings: list[Booking]) -> Booking:
    """Return the booking that credit notes refer to: the last sale, with corrections.

    :param bookings: what stands in the books of an order, oldest first
    """
    sales = [place for place, each in enumerate(bookings) if each.kind == "sale"]
    last = sales[-1] if sales else 0
    later = [each for each in bookings[last + 1 :] if each.kind == "correction"]
    if not later:
        return bookings[last]
    parts = [part for each in (bookings[last], *later) for part in _parts(each)]
    return replace(bookings[last], parts=tuple(parts))


def same_books(bookings: list[Booking], wanted: Booking) -> bool:
    """Say whether a new decision would put the same into the books."""
    return difference(bookings, wanted) is None and same_supply(bookings, wanted)


def same_supply(bookings: list[Booking], wanted: Booking) -> bool:
    """Say whether both are under the same VAT number in the EU sales listing, if any.

    :param bookings: what stands in the books of an order, oldest first
    """
    return _listed_number(standing(bookings)) == _listed_number(wanted)


def _listed_number(booking: Booking) -> str:
    is_listed = booking.treatment == Treatment.REVERSE_CHARGE.value
    return booking.vat_number if is_listed else ""


def _threshold_net(bookings) -> Decimal:
    """Return what several bookings count for the threshold of distance sales."""
    return sum((booking.threshold_net for booking in bookings), ZERO)


def _parts(booking: Booking):
    return booking.parts or booking.lines


def _account(line: BookingLine) -> tuple:
    """Return what says where in the books a line stands."""
    return (
        line.gl_account,
        line.vat_code,
        line.cost_center,
        line.cost_unit,
        line.treatment,
        line.rate,
    )


def _sum_parts(parts, by_account=False) -> list[BookingLine]:
    """Return lines of what several parts come to; what comes to nothing is left out.

    :param by_account: one line per account and code; else also per line of the order
    """
    groups = {}
    for part in parts:
        own = () if by_account else (part.kind, part.source_id)
        groups.setdefault((_account(part), own), []).append(part)
    lines = []
    for group in groups.values():
        net = sum((part.net for part in group), ZERO)
        vat = sum((part.vat for part in group), ZERO)
        if net or vat:
            quantity = group[0].quantity if len(group) == 1 else None
            lines.append(
                replace(
                    group[0],
                    net=net,
                    vat=vat,
                    quantity=quantity,
                    article=_common_article(group),
                )
            )
    return lines


def _common_article(group: list[BookingLine]) -> Article | None:
    """Return the article that several lines share, ``None`` when there is none."""
    articles = {line.article for line in group}
    return articles.pop() if len(articles) == 1 else None


def _of_lines(booking: Booking, lines: list[BookingLine], kind: str) -> Booking:
    """Return a booking of these very lines; its proof is that of their sums."""
    return replace(
        booking,
        kind=kind,
        lines=tuple(lines),
        parts=tuple(lines),
        original=booking.reference,
        shifted_from=None,
        number="",
        proof=proof_of(lines, sum((line.gross for line in lines), ZERO)),
    )


def described(booking: Booking, words: str, *, reference, entry_date) -> Booking:
    """Return a booking with its own reference, date and description.

    Whether a credit or a correction may stand on its date, ``periods.placed`` says.

    :param words: the description, cut to what Exact takes
    """
    return replace(
        booking,
        reference=reference,
        entry_date=entry_date,
        shifted_from=booking.shifted_from if booking.kind == "sale" else None,
        description=cut(words, DESCRIPTION_LIMIT),
        number=booking.number if reference == booking.reference else "",
    )
