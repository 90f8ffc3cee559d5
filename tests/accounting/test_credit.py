"""Credit notes, reversals and differences, to the cent."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting import credit
from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.sale import LineKind

from .samples import NOW, policy, product, sale, simple

ZERO = Decimal(0)


def booked(order=None, **changes):
    found = sale(order)
    return found, decide(found, policy(**changes), status_reached_at=None, now=NOW)


def note_of(found, lines, **changes):
    """A credit note, with positive amounts, of some of a sale's lines."""
    return replace(
        found,
        number="INV9",
        lines=tuple(lines),
        gross=sum((line.gross for line in lines), ZERO),
        net=sum((line.net for line in lines), ZERO),
        **changes,
    )


def part(line, gross, net, quantity=1):
    return replace(
        line, gross=Decimal(gross), net=Decimal(net), quantity=Decimal(quantity)
    )


class TestCreditNote:
    def test_a_full_credit_is_the_original_with_another_sign(self):
        found, original = booked()
        made = credit.credit_note(
            note_of(found, found.lines), original, policy(), left=original.gross
        )
        assert made.gross == -original.gross
        assert made.kind == "credit"
        assert made.original == original.reference
        assert [(x.gl_account, x.vat_code, -x.net, -x.vat) for x in made.lines] == [
            (x.gl_account, x.vat_code, x.net, x.vat) for x in original.lines
        ]

    def test_a_part_of_a_line_keeps_account_and_code(self):
        found, original = booked()
        line = part(found.lines[0], "22.46", "18.56")
        made = credit.credit_note(
            note_of(found, [line]), original, policy(), left=original.gross
        )
        assert [(x.net, x.vat) for x in made.lines] == [
            (Decimal("-18.56"), Decimal("-3.90"))
        ]
        assert made.lines[0].vat_code == original.lines[0].vat_code
        assert made.lines[0].quantity == -1

    def test_shipping_alone(self):
        found, original = booked()
        lines = [x for x in found.lines if x.kind == LineKind.SHIPPING]
        made = credit.credit_note(
            note_of(found, lines), original, policy(), left=original.gross
        )
        assert made.gross == -lines[0].gross
        assert made.lines[0].kind == LineKind.SHIPPING

    def test_todays_rules_play_no_part(self):
        found, original = booked()
        made = credit.credit_note(
            note_of(found, found.lines), original, policy(rules=()), left=original.gross
        )
        assert made.gross == -original.gross

    def test_grouped_originals_are_credited_line_by_line(self):
        found, original = booked(grouping="account")
        line = part(found.lines[0], "22.46", "18.56")
        made = credit.credit_note(
            note_of(found, [line]),
            original,
            policy(grouping="account"),
            left=original.gross,
        )
        assert made.gross == Decimal("-22.46")

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"rate": Decimal("0.09"), "net": Decimal("41.20")}, "credit_rate_differs"),
            ({"remote_id": "999", "rate": Decimal("0.13")}, "credit_rate_differs"),
        ],
    )
    def test_what_does_not_fit_is_held(self, change, code):
        found, original = booked()
        line = replace(found.lines[0], **change)
        if "net" not in change:
            net = (line.gross / (1 + line.rate)).quantize(Decimal("0.01"))
            line = replace(line, net=net)
        with pytest.raises(Hold) as caught:
            credit.credit_note(
                note_of(found, [line]), original, policy(), left=original.gross
            )
        assert caught.value.code == code

    def test_more_than_is_left_is_held(self):
        found, original = booked()
        with pytest.raises(Hold) as caught:
            credit.credit_note(
                note_of(found, found.lines),
                original,
                policy(),
                left=original.gross - Decimal("0.01"),
            )
        assert caught.value.code == "credit_exceeds"
        assert caught.value.params["left"] == str(original.gross - Decimal("0.01"))

    def test_a_line_that_the_original_does_not_have_is_held(self):
        found, original = booked()
        only_costs = replace(
            original,
            parts=tuple(x for x in original.parts if x.kind != LineKind.PRODUCT),
        )
        with pytest.raises(Hold) as caught:
            credit.credit_note(
                note_of(found, found.lines[:1]),
                only_costs,
                policy(),
                left=original.gross,
            )
        assert caught.value.code == "credit_line_unknown"

    def test_an_empty_note_is_held(self):
        found, original = booked()
        with pytest.raises(Hold) as caught:
            credit.credit_note(note_of(found, []), original, policy(), left=ZERO)
        assert caught.value.code == "no_lines"


class TestReversal:
    def test_it_takes_everything_back(self):
        _found, original = booked()
        back = credit.reversal([original])
        assert back.gross == -original.gross
        assert credit.reversal([original, back]) is None

    def test_after_a_partial_credit_only_the_rest(self):
        found, original = booked()
        line = part(found.lines[0], "22.46", "18.56")
        note = credit.credit_note(
            note_of(found, [line]), original, policy(), left=original.gross
        )
        back = credit.reversal([original, note])
        assert back.gross == -(original.gross - Decimal("22.46"))
        assert credit.reversal([original, note, back]) is None


class TestDifference:
    def wanted(self, *rows, **changes):
        return booked(simple(*rows, **changes))[1]

    def test_no_difference_is_none(self):
        _found, original = booked()
        assert credit.difference([original], original) is None
        assert credit.same_books([original], original)

    def test_another_price_is_one_line(self):
        first = self.wanted(product("12.10", "10.00"))
        second = self.wanted(product("24.20", "20.00"))
        entry = credit.difference([first], second)
        assert [(x.net, x.vat) for x in entry.lines] == [
            (Decimal("10.00"), Decimal("2.10"))
        ]
        assert entry.kind == "correction"

    def test_another_rate_moves_between_two_codes(self):
        first = self.wanted(product("12.10", "10.00"))
        second = self.wanted(product("12.10", "11.10", rate="0.09"))
        entry = credit.difference([first], second)
        assert entry.gross == 0
        assert {x.vat_code: x.gross for x in entry.lines} == {
            "2": Decimal("-12.10"),
            "1": Decimal("12.10"),
        }

    def test_titles_and_quantities_are_no_difference(self):
        first = self.wanted(product("12.10", "10.00"))
        second = self.wanted(
            product("6.05", "5.00", productTitle="Ander"), product("6.05", "5.00")
        )
        assert credit.same_books([first], second)

    def test_another_number_in_the_sales_listing_is_a_difference(self):
        _found, original = booked()
        supply = replace(
            original, treatment="reverse_charge", vat_number="BE0123456749"
        )
        other = replace(supply, vat_number="DE100000008")
        assert credit.same_books([supply], supply)
        assert not credit.same_books([supply], other)
        # Booked again under the other number: that counts from then on.
        assert credit.same_books([supply, credit.negative(supply), other], other)
        at_home = replace(original, vat_number="NL000099998B57")
        assert credit.same_books([original], at_home)


amounts = st.integers(min_value=1, max_value=100_000).map(
    lambda cents: Decimal(cents) / 100
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(amounts, st.sampled_from(["0.21", "0.09"])), min_size=1, max_size=8
    ),
    st.data(),
)
def test_any_split_into_credit_notes_comes_to_the_whole(rows, data):
    """Whatever is credited in whatever parts: together it is the original."""
    lines = []
    for number, (gross, rate) in enumerate(rows):
        net = (gross / (1 + Decimal(rate))).quantize(Decimal("0.01"))
        lines.append(product(gross, net, rate=rate, id=number + 1))
    found, original = booked(simple(*lines))
    groups = {}
    for line in found.lines:
        groups.setdefault(data.draw(st.integers(0, 2)), []).append(line)
    made, left = [], original.gross
    for group in groups.values():
        note = credit.credit_note(note_of(found, group), original, policy(), left=left)
        left += note.gross
        made.append(note)
    assert left == 0
    assert credit.reversal([original, *made]) is None
