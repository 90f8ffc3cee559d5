"""A booking is kept and read back without loss."""

import json
from dataclasses import replace
from datetime import date

import pytest

from odoo.addons.lightspeed_exact_connector.accounting import stored
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide

from .samples import NOW, policy, sale


@pytest.fixture
def booking():
    return decide(sale(), policy(), status_reached_at=None, now=NOW)


def test_a_booking_survives_json(booking):
    text = json.dumps(stored.dump(booking))
    assert stored.load(json.loads(text)) == booking


def test_amounts_are_kept_as_text(booking):
    kept = stored.dump(booking)
    assert kept["lines"][0]["net"] == str(booking.lines[0].net)
    assert kept["entry_date"] == booking.entry_date.isoformat()


def test_what_was_not_kept_yet_has_its_default(booking):
    kept = stored.dump(booking)
    del kept["parts"], kept["original"], kept["lines"][0]["source_id"]
    found = stored.load(kept)
    assert found.parts == ()
    assert found.lines[0] == replace(booking.lines[0], source_id="")


def test_what_a_later_version_keeps_is_left_alone(booking):
    assert stored.load({**stored.dump(booking), "unknown": 1}) == booking


@pytest.mark.parametrize("broken", [{}, {"lines": 1}, {"entry_date": "yesterday"}])
def test_what_is_no_booking_is_refused(broken, booking):
    with pytest.raises(ValueError):
        stored.load({**stored.dump(booking), **broken} if broken else broken)


def test_the_parts_are_there_beside_grouped_lines():
    found = decide(sale(), policy(grouping="account"), status_reached_at=None, now=NOW)
    assert len(found.parts) >= len(found.lines)
    assert isinstance(stored.load(stored.dump(found)).entry_date, date)
