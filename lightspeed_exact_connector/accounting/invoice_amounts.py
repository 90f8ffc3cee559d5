"""Amounts of invoice lines, so that Exact's own arithmetic comes to the shop's cents.

Exact multiplies quantity and price and takes the VAT of each line from its code
(Exact reference 5.4 and 6.2): lines are written so that this gives the amounts of the
booking.  All arithmetic here is on whole cents, exact.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations_with_replacement

from .booking import BookingLine, Hold
from .money import CENT, ZERO, cents, normal
from .totals import money_text

#: Types of VAT codes by which Exact computes VAT (Exact reference 7.3).
CHARGING = ("E", "I")
INCLUDING = "I"
#: Strictly less than this from a cent, any way to round comes to it.
_HALF = Decimal("0.005")
#: Pieces that are taken off lines of one VAT code and rate, at most: so many, and one
#: for each few lines.  A line of a grouped booking may be of hundreds of lines of the
#: shop, whose roundings add up to many cents.
MOST_PIECES = 40
_LINES_PER_PIECE = 4
#: The largest piece that is taken off a line for the sake of a cent, in cents.
_LARGEST = 200
#: So many of the best pieces are tried two at a time.
_BEST = 24


@dataclass(frozen=True)
class Piece:
    """A line of an invoice: a booking's line, or a part of it.

    :ivar line: the booking's line that it is of
    :ivar amount: what Exact must make of quantity and price: net, gross with an
        including VAT code; 2 decimals
    :ivar vat: the VAT amount that goes along, 2 decimals
    :ivar is_rounding: a small part, taken off for the sake of a cent of VAT
    """

    line: BookingLine
    amount: Decimal
    vat: Decimal
    is_rounding: bool = False


def amount_of(line: BookingLine) -> Decimal:
    """Return what Exact is sent of a line: gross with an including code, else net."""
    return cents(line.gross if line.vat_type == INCLUDING else line.net)


def computed_vat(amount: int, rate: Decimal, vat_type: str) -> int:
    """Return the VAT that Exact computes of an amount, both in whole cents.

    Halves are rounded away from zero, which the vendor does not confirm (Exact
    reference 5.4): the VAT amounts that are sent along help where it is otherwise.

    :param rate: fraction
    :param vat_type: see :class:`booking.Rule`
    """
    if vat_type not in CHARGING:
        return 0
    part, whole = rate.as_integer_ratio()
    if vat_type == INCLUDING:
        whole += part
    vat = (2 * abs(amount) * part + whole) // (2 * whole)
    return vat if amount >= 0 else -vat


# === PIECES === #


def pieces_of(lines: Iterable[BookingLine], *, split: bool) -> list[Piece]:
    """Return the pieces that a booking's lines are sent in; most are a line each.

    Where the VAT that Exact computes for the lines of one code, treatment and rate
    misses the shop's, a small piece is taken off a line, the largest first: two
    roundings make up for the cent.  With an including code that is done for each G/L
    account by itself, since VAT moves net there.

    :param split: ``False`` for one piece per line, whatever the VAT
    :raise Hold: ``invoice_vat_differs`` when a few pieces do not do
    """
    whole = [Piece(line, amount_of(line), cents(line.vat)) for line in lines]
    if not split:
        return whole
    groups = {}
    for place, piece in enumerate(whole):
        groups.setdefault(_group(piece.line), []).append(place)
    parts = {place: [piece] for place, piece in enumerate(whole)}
    for places in groups.values():
        _settle(parts, places)
    return [piece for place in range(len(whole)) for piece in parts[place]]


def is_hidden(lines: Iterable[BookingLine]) -> bool:
    """Say whether Exact's own VAT would be wrong in a way that no total shows.

    A cent more under one code and one less under another, or VAT within an amount
    that includes it.
    """
    missing = {}
    for line in lines:
        own = computed_vat(_cents(amount_of(line)), line.rate, line.vat_type)
        key = (line.vat_code, line.vat_type)
        missing[key] = missing.get(key, 0) + _cents(cents(line.vat)) - own
    shown = (gap for (_code, kind), gap in missing.items() if kind != INCLUDING)
    return any(missing.values()) and not sum(shown)


def _group(line: BookingLine) -> tuple:
    account = ()
    if line.vat_type == INCLUDING:
        account = (line.gl_account, line.cost_center, line.cost_unit)
    return (line.vat_code, line.vat_type, line.treatment, line.rate, account)


def _settle(parts: dict[int, list[Piece]], places: list[int]) -> None:
    """Take pieces off lines until the VAT of a group is the shop's."""
    pieces = [parts[place][0] for place in places]
    first = pieces[0].line
    wanted = sum((_cents(piece.vat) for piece in pieces), 0)
    found = sum((_vat(piece) for piece in pieces), 0)
    missing = wanted - found
    if not missing:
        return
    taken, most = 0, MOST_PIECES + len(places) // _LINES_PER_PIECE
    largest = sorted(places, key=lambda place: -abs(parts[place][0].amount))
    while missing and taken <= most:
        place, split = _best_split(parts, largest, missing)
        if split is None:
            break
        small, gained = split
        missing -= gained
        taken += len(small)
        main, *others = parts[place]
        parts[place] = [*_apart(main, small), *others]
    if missing or taken > most:
        raise Hold(
            "invoice_vat_differs",
            rate=normal(first.rate),
            vat=money_text(_money(wanted)),
            expected=money_text(_money(found)),
        )


def _best_split(parts: dict[int, list[Piece]], places: list[int], missing: int):
    """Return which line to split and how, the one with the fewest pieces.

    :param places: lines of a group, the preferred one first
    :return: (place, what to take off it); the latter ``None`` when nothing helps
    """
    found = (None, None)
    for place in places:
        split = _split(parts[place][0], missing)
        if split and len(split[0]) == 1:
            return place, split
        if split and found[1] is None:
            found = (place, split)
    return found


def _split(piece: Piece, missing: int) -> tuple[tuple[int, ...], int] | None:
    """Return what to take off a piece, and by how many cents that moves its VAT.

    One small part where that does, else two; as near to what is missing as can be.

    :return: the parts in cents; ``None`` when nothing brings it nearer
    """
    amount, line = _cents(piece.amount), piece.line
    before = _vat(piece)

    def vat(part):
        return computed_vat(part, line.rate, line.vat_type)

    def gain(small):
        return vat(amount - sum(small)) + sum(map(vat, small)) - before

    singles = [(part,) for part in _small_parts(amount)]
    fitting = _first(singles, gain, missing)
    if fitting:
        return fitting
    upwards = missing > 0

    def leaning(small):
        exact = small[0] * line.rate
        if line.vat_type == INCLUDING:
            exact /= 1 + line.rate
        return (vat(small[0]) - exact) * (1 if upwards else -1)

    best = [part for (part,) in sorted(singles, key=leaning, reverse=True)[:_BEST]]
    pairs = combinations_with_replacement(sorted(best, key=abs), 2)
    pairs = [pair for pair in pairs if _stays(amount, sum(pair))]
    return _first(pairs, gain, missing)


def _first(choices, gain, missing: int):
    """Return the first choice that gains all that is missing, else one cent of it."""
    step = 1 if missing > 0 else -1
    near = None
    for small in choices:
        gained = gain(small)
        if gained == missing:
            return small, gained
        if near is None and gained == step:
            near = small, gained
    return near


def _small_parts(amount: int) -> Iterable[int]:
    """Yield what may be taken off, smallest first; of the other sign last.

    Of a line of nothing but VAT, which a difference may have, that is anything.
    """
    sign = 1 if amount >= 0 else -1
    for part in range(1, min(_LARGEST, abs(amount) - 1) + 1):
        yield sign * part
    for part in range(1, _LARGEST + 1):
        yield -sign * part


def _stays(amount: int, taken: int) -> bool:
    """Say whether something with the same sign is left, of nothing anything."""
    return amount * (amount - taken) > 0 if amount else taken != 0


def _apart(piece: Piece, small: tuple[int, ...]) -> list[Piece]:
    """Return a piece as what is left of it and its small parts; sums stay exact."""
    line = piece.line
    parts = [
        Piece(
            line,
            _money(part),
            _money(computed_vat(part, line.rate, line.vat_type)),
            is_rounding=True,
        )
        for part in small
    ]
    amount = piece.amount - sum((part.amount for part in parts), ZERO)
    vat = piece.vat - sum((part.vat for part in parts), ZERO)
    return [replace(piece, amount=amount, vat=vat), *parts]


def _vat(piece: Piece) -> int:
    return computed_vat(_cents(piece.amount), piece.line.rate, piece.line.vat_type)


def _cents(amount: Decimal) -> int:
    return int(amount.scaleb(2))


def _money(amount: int) -> Decimal:
    return cents(Decimal(amount).scaleb(-2))


# === QUANTITY AND PRICE === #


def quantity_and_price(
    piece: Piece, decimals: int
) -> tuple[Decimal, Decimal, Decimal | None]:
    """Return quantity and price whose product rounds to the piece's amount.

    A negative amount has a negative quantity: Exact refuses negative prices (Exact
    reference 6.2).  As few decimals as do, at least two; where none do, and for
    quantities with a fraction, it is one piece and the count belongs in the text.

    :param decimals: most decimals of a price
    :return: quantity, price, and the count for the text or ``None``
    """
    amount = abs(piece.amount)
    sign = -1 if piece.amount < 0 else 1
    one = Decimal(sign)
    count = piece.line.quantity
    if piece.is_rounding or count is None:
        return one, amount, None
    count = abs(count)
    if count and count == count.to_integral_value():
        count = count.quantize(Decimal(1))
        price = _price(amount, count, decimals)
        if price is not None:
            return sign * count, price, None
    return one, amount, count


def _price(amount: Decimal, count: Decimal, decimals: int) -> Decimal | None:
    exact = amount / count
    for places in range(2, max(decimals, 2) + 1):
        price = exact.quantize(CENT.scaleb(2 - places), rounding=ROUND_HALF_UP)
        if abs(price * count - amount) < _HALF and (price or not amount):
            return price
    return None
