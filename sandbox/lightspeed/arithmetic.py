"""What an order's lines and costs amount to (reference 4.3 to 4.5).

Exact, with Decimal; only `taxRates[].amount` gets the vendor's float noise, on
purpose. Every priced thing (line, shipping, payment cost) becomes a `Priced`, from
which both the payload and the oracle are made.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.core import ControlError

from .money import ZERO, cents, dec, share, unit

TAX_NAME = "BTW"


@dataclass
class Rate:
    """One tax of a line, by name."""

    name: str
    rate: Decimal


@dataclass
class Priced:
    """Something with a price: exactly what is charged, and before discount."""

    kind: str
    rates: list[Rate]
    quantity: Decimal
    base_excl: Decimal
    base_incl: Decimal
    excl: Decimal
    incl: Decimal
    discount_excl: Decimal
    discount_incl: Decimal
    #: The unrounded amount that the taxes are computed over.
    taxed: Decimal
    spec: dict[str, Any] = field(default_factory=dict)

    @property
    def rate(self) -> Decimal:
        """The sum of the rates, without float noise."""
        return round(sum((r.rate for r in self.rates), ZERO), 6)

    @property
    def vat(self) -> Decimal:
        return self.incl - self.excl

    def tax_rates(self) -> list[dict[str, Any]]:
        """Return `taxRates`: amounts are unrounded floats (reference 0.7)."""
        return [
            {
                "name": r.name,
                "rate": r.rate,
                "amount": _noisy(r.rate, self.taxed),
            }
            for r in self.rates
        ]

    def tax_rate(self) -> Decimal:
        """Return `taxRate`: the sum of the rates."""
        return sum((r.rate for r in self.rates), ZERO)


def _noisy(rate: Decimal, base: Decimal) -> float | int:
    amount = float(rate) * float(base)
    return amount if amount else 0


def read_rates(spec: dict[str, Any]) -> list[Rate]:
    """Read `rate` (one tax) or `rates` ([{name, rate}])."""
    if "rates" in spec:
        return [Rate(r.get("name", TAX_NAME), dec(r["rate"])) for r in spec["rates"]]
    return [Rate(spec.get("tax_name", TAX_NAME), dec(spec.get("rate", "0.21")))]


def _factor(rates: list[Rate]) -> Decimal:
    return 1 + sum((r.rate for r in rates), ZERO)


def _either(spec: dict[str, Any], name: str, incl: bool, factor: Decimal) -> Decimal:
    """Read `<name>_incl` or `<name>_excl`, in the shop's own kind of price."""
    own, other = ("incl", "excl") if incl else ("excl", "incl")
    if spec.get(f"{name}_{own}") is not None:
        return dec(spec[f"{name}_{own}"])
    if spec.get(f"{name}_{other}") is None:
        return ZERO
    value = dec(spec[f"{name}_{other}"])
    return unit(value * factor if incl else value / factor)


def price(
    kind: str, spec: dict[str, Any], incl: bool, extra_discount: Decimal = ZERO
) -> Priced:
    """Compute one priced thing.

    In a price-including shop the amounts including tax are the exact ones and the
    others derived, line by line; in the other kind of shop the reverse.

    :param spec: unit_incl or unit_excl, quantity, rate or rates, discount_incl or
        discount_excl
    :param extra_discount: in the shop's own kind of price
    """
    rates = read_rates(spec)
    factor = _factor(rates)
    quantity = dec(spec.get("quantity", 1))
    base = _either(spec, "unit", incl, factor)
    discount = cents(_either(spec, "discount", incl, factor)) + extra_discount
    own = cents(base * quantity) - discount
    if incl:
        taxed = own / factor
        return Priced(
            kind,
            rates,
            quantity,
            base_excl=unit(base / factor),
            base_incl=base,
            excl=cents(taxed),
            incl=own,
            discount_excl=cents(discount / factor),
            discount_incl=discount,
            taxed=taxed,
            spec=spec,
        )
    return Priced(
        kind,
        rates,
        quantity,
        base_excl=base,
        base_incl=unit(base * factor),
        excl=own,
        incl=cents(own * factor),
        discount_excl=discount,
        discount_incl=cents(discount * factor),
        taxed=own,
        spec=spec,
    )


def price_cost(kind: str, spec: dict[str, Any] | None, incl: bool) -> Priced:
    """Compute shipping or payment costs.

    :param spec: incl or excl, rate or rates, discount_incl or discount_excl
    """
    spec = dict(spec or {})
    own, other = ("incl", "excl") if incl else ("excl", "incl")
    for name in (own, other):
        if name in spec:
            spec[f"unit_{name}"] = spec[name]
    spec.setdefault(f"unit_{own}", None)
    if not {"rate", "rates"} & spec.keys() and not _has_price(spec):
        spec["rates"] = []
    spec["quantity"] = 1
    return price(kind, spec, incl)


def _has_price(spec: dict[str, Any]) -> bool:
    return any(dec(spec.get(f"unit_{name}") or 0) for name in ("incl", "excl"))


@dataclass
class Discount:
    """The order's discount as its header tells it; informative only (4.4)."""

    kind: str = "amount"
    amount: Decimal = ZERO
    percentage: Decimal = ZERO
    code: str = ""


@dataclass
class Totals:
    """A whole order, computed."""

    lines: list[Priced]
    shipping: Priced
    payment: Priced
    discount: Discount
    #: "net": shipmentPrice is what is charged; "gross": before its discount (4.4).
    shipping_style: str = "net"

    @property
    def parts(self) -> list[Priced]:
        return [*self.lines, self.shipping, self.payment]

    @property
    def excl(self) -> Decimal:
        return sum((part.excl for part in self.parts), ZERO)

    @property
    def incl(self) -> Decimal:
        return sum((part.incl for part in self.parts), ZERO)

    def tax_rates(self) -> list[dict[str, Any]]:
        """Return the order's `taxRates`: product lines only (reference 0.3)."""
        found: dict[tuple[str, Decimal], Any] = {}
        for line in self.lines:
            for entry in line.tax_rates():
                key = (entry["name"], entry["rate"])
                found[key] = found.get(key, 0) + entry["amount"]
        return [
            {"name": name, "rate": rate, "amount": amount}
            for (name, rate), amount in found.items()
        ]


def _coupon(coupon: Any) -> dict[str, Any]:
    if coupon is None:
        return {}
    if isinstance(coupon, str):
        return {"code": coupon}
    unknown = set(coupon) - {"code", "amount", "percentage"}
    if unknown:
        text = f"coupon: unknown {sorted(unknown)}"
        raise ControlError(text)
    return coupon


def compute(
    lines: list[dict[str, Any]],
    shipping: dict[str, Any] | None,
    payment: dict[str, Any] | None,
    coupon: Any,
    incl: bool,
) -> Totals:
    """Compute an order.

    :param coupon: a code (the lines carry the discount themselves), or {code,
        amount | percentage}: spread over the lines by their value. An empty code is
        a rule's or a manual discount.
    """
    plain = [price("product", spec, incl) for spec in lines]
    wanted = _coupon(coupon)
    before = [cents((p.base_incl if incl else p.base_excl) * p.quantity) for p in plain]
    total = sum(before, ZERO)
    if "percentage" in wanted:
        # Each line separately, as the platform shows it.
        extra = [cents(value * dec(wanted["percentage"])) for value in before]
    elif "amount" in wanted:
        extra = share(dec(wanted["amount"]), before)
    else:
        extra = [ZERO] * len(lines)
    priced = [
        price("product", spec, incl, more)
        for spec, more in zip(lines, extra, strict=True)
    ]
    given = sum((p.discount_incl if incl else p.discount_excl for p in priced), ZERO)
    gross = sum((cents(p.base_incl * p.quantity) for p in priced), ZERO)
    discount = Discount(
        kind="percentage" if "percentage" in wanted else "amount",
        amount=given,
        percentage=unit(given / gross) if gross else ZERO,
        code=wanted.get("code", ""),
    )
    if total and "percentage" in wanted:
        discount.percentage = dec(wanted["percentage"])
    return Totals(
        priced,
        price_cost("shipping", shipping, incl),
        price_cost("payment", payment, incl),
        discount,
        (shipping or {}).get("style", "net"),
    )


def oracle_parts(parts: list[Priced]) -> dict[str, Any]:
    """Sum priced things into the truth that tests compare with.

    `rates` goes by the sum of each line's rates; VAT of a line is its rounded amount
    including tax minus its rounded amount excluding tax.
    """
    rates: dict[Decimal, list[Decimal]] = {}
    for part in parts:
        if not part.incl and not part.excl:
            continue
        sums = rates.setdefault(part.rate.normalize(), [ZERO, ZERO])
        sums[0] += part.excl
        sums[1] += part.vat
    net = sum((part.excl for part in parts), ZERO)
    gross = sum((part.incl for part in parts), ZERO)
    return {
        "gross": f"{gross:.2f}",
        "net": f"{net:.2f}",
        "vat": f"{gross - net:.2f}",
        "rates": [
            {
                "rate": f"{rate:f}",
                "net": f"{net:.2f}",
                "vat": f"{vat:.2f}",
                "gross": f"{net + vat:.2f}",
            }
            for rate, (net, vat) in sorted(rates.items())
        ],
        "lines": [
            {
                "kind": part.kind,
                "title": part.spec.get("title", ""),
                "rate": f"{part.rate.normalize():f}",
                "net": f"{part.excl:.2f}",
                "vat": f"{part.vat:.2f}",
                "gross": f"{part.incl:.2f}",
            }
            for part in parts
            if part.incl or part.excl or part.kind == "product"
        ],
    }
