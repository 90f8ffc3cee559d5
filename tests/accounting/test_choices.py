"""The digest of choices changes with a choice, and with nothing else."""

from collections import UserDict
from dataclasses import replace
from datetime import date
from decimal import Decimal

from odoo.addons.lightspeed_exact_connector.accounting.booking import FilingPolicy
from odoo.addons.lightspeed_exact_connector.accounting.choices import digest

from tests.accounting.samples import policy, position


def test_the_same_choices_have_the_same_digest():
    assert digest(policy()) == digest(policy())
    assert len(digest(policy())) == 64


def test_every_choice_counts():
    own = policy()
    others = [
        replace(own, journal="71"),
        replace(own, grouping="account"),
        replace(own, rounding_limit=Decimal("0.01")),
        replace(own, rules=own.rules[1:]),
        replace(own, rules=(replace(own.rules[0], gl_code="9"), *own.rules[1:])),
        replace(own, vat=replace(own.vat, country="BE")),
        replace(own, filing=FilingPolicy(late="shift")),
    ]
    found = {digest(each) for each in [own, *others]}
    assert len(found) == len(others) + 1


def test_what_nobody_chose_does_not_count():
    own = policy()
    others = [
        replace(own, labels={"product": "Producten"}),
        replace(own, categories={"1": frozenset(("mokken",))}),
        replace(own, filing=replace(own.filing, filed_through=date(2026, 1, 31))),
        replace(own, vat=replace(own.vat, cross_border_net={2026: Decimal(9)})),
        replace(own, rules=tuple(replace(rule, key=99) for rule in own.rules)),
    ]
    assert {digest(each) for each in others} == {digest(own)}


def test_how_a_number_is_written_does_not_count():
    assert digest([Decimal("0.10")]) == digest([Decimal("0.1")])


def test_the_order_of_names_and_sets_does_not_count():
    assert digest({"a": 1, "b": 2}) == digest(UserDict({"b": 2, "a": 1}))
    assert digest(frozenset("abc")) == digest(frozenset("cba"))
    assert digest(position()) == digest(replace(position()))
