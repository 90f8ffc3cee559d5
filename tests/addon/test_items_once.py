"""Promise 1 for items: each article becomes at most one item in Exact."""

from unittest.mock import patch

from odoo.addons.lightspeed_exact_connector.clients.transport import Transport
from odoo.addons.lightspeed_exact_connector.models.lightspeed_exact_operation import (
    Pending,
)

from tests.addon.item_case import ITEMS, ItemCase
from tests.addon.once_case import SETTLED, SPACED, Killed, die


class TestItemsOnce(ItemCase):
    def operation_of(self, code):
        return self.env["lightspeed.exact.operation"].search(
            [("kind", "=", "item"), ("reference", "=", code)]
        )

    def insist(self, *needs):
        """Want items again until they are there, as the slices do."""
        for wait in (SETTLED, SPACED, SPACED):
            found = self.try_to_want(*needs)
            if isinstance(found, dict):
                return found
            self.later(wait)
        return self.want(*needs)

    # === LOST ANSWERS === #
    def test_an_item_is_made_once_whatever_happens_to_the_answer(self):
        handled = {"params": {"handled": True}}
        faults = (
            ("lost_after", {}),
            ("reset_after", {}),
            ("truncated", {}),
            ("truncated_length", {}),
            ("empty_500", handled),
            ("html_503", handled),
            ("html_200", handled),
            ("status", {"params": {"handled": True, "status": 201, "body": "{}"}}),
        )
        for number, (kind, options) in enumerate(faults):
            code = f"LOST-{number}"
            with self.subTest(kind=kind, **options):
                self.fault(kind, ITEMS, **options)
                before = len(self.calls("POST", ITEMS))
                self.assertNotIsInstance(self.try_to_want(code), dict)
                self.assertEqual(self.operation_of(code).state, "sending")
                self.insist(code)
                self.assertEqual(len(self.in_exact(code)), 1)
                self.assertEqual(len(self.calls("POST", ITEMS)) - before, 1)
                self.assertTrue(self.operation_of(code).adopted)
                item = self.known()[code]
                self.assertEqual(item.origin, "created")
                self.assertEqual(item.remote_id, self.in_exact(code)[0]["ID"])

    def test_an_item_that_did_not_land_is_made_after_two_look_ups(self):
        for kind in ("lost_before", "reset_before", "empty_500", "html_503"):
            with self.subTest(kind=kind):
                self.fault(kind, ITEMS)
                before = len(self.calls("POST", ITEMS))
                self.assertNotIsInstance(self.try_to_want(kind), dict)
                self.assertIsInstance(self.try_to_want(kind), Pending)
                self.assertEqual(len(self.calls("POST", ITEMS)) - before, 1)
                self.insist(kind)
                self.assertEqual(len(self.calls("POST", ITEMS)) - before, 2)
                self.assertEqual(len(self.in_exact(kind)), 1)

    def test_an_item_that_lands_late_is_found_by_the_second_look_up(self):
        self.fault("lost_before", ITEMS)
        self.try_to_want("MOK-1")
        self.later(SETTLED)
        self.assertIsInstance(self.try_to_want("MOK-1"), Pending)
        late = self.add_item("MOK-1")
        self.later(SPACED)
        self.assertEqual(self.want("MOK-1"), {"mok-1": late["ID"]})
        self.assertEqual(len(self.calls("POST", ITEMS)), 1)

    def test_what_certainly_did_not_land_is_sent_again_without_waiting(self):
        self.fault("unauthorized", ITEMS)
        self.try_to_want("MOK-1")
        self.assertEqual(self.operation_of("MOK-1").state, "ready")
        self.later(121)
        self.want("MOK-1")
        self.assertEqual(len(self.in_exact("MOK-1")), 1)

    def test_the_other_items_of_an_invoice_are_kept_while_one_is_unknown(self):
        self.fault("lost_after", ITEMS, after=1)
        self.try_to_want("MOK-1", "MOK-2", "MOK-3")
        self.assertEqual(list(self.known()), ["MOK-1"])
        since = self.box.calls.last
        self.insist("MOK-1", "MOK-2", "MOK-3")
        self.assertEqual(len(self.calls("POST", ITEMS, since=since)), 1)
        self.assertEqual(len(self.in_exact()), 3)

    # === KILLED === #
    def test_a_process_killed_at_any_moment_makes_each_item_once(self):
        seen = set()
        for number in range(1, 100):
            codes = [f"A-{number}", f"B-{number}"]
            try:
                with self.killed_at(number) as points:
                    self.want(*codes)
            except Killed as killed:
                seen.add(str(killed))
            else:
                break
            self.env.invalidate_all()
            with self.subTest(points=points):
                found = self.insist(*codes)
                self.assertEqual(
                    found,
                    {code.lower(): self.in_exact(code)[0]["ID"] for code in codes},
                )
        self.assertEqual(
            seen,
            {
                "before commit",
                "after commit",
                "before GET",
                "after GET",
                "before POST",
                "after POST",
            },
        )
        codes = [row["Code"] for row in self.in_exact()]
        self.assertEqual(len(codes), len(set(codes)))
        self.assertEqual(len(codes), 2 * number)

    def test_an_item_that_was_made_but_not_remembered_is_not_made_again(self):
        items = type(self.env["exact.item"])
        with patch.object(items, "_remember", die):
            try:
                self.want("MOK-1")
            except Killed:
                pass
            else:
                self.fail("it lived on")
        self.env.invalidate_all()
        self.assertFalse(self.known())
        self.want("MOK-1")
        self.assertEqual(len(self.calls("POST", ITEMS)), 1)
        self.assertEqual(self.known()["MOK-1"].origin, "created")

    def test_what_was_made_in_this_slice_and_forgotten_is_found_again(self):
        needs = {"mok-1": self.need("MOK-1")}
        with self.work() as (administration, work):
            one = administration._items(work, needs)["mok-1"]
            remote_id = one.remote_id
            one.unlink()
            # Absent as far as this slice knows.
            work.absent_items.add("mok-1")
            two = administration._items(work, needs)["mok-1"]
            self.assertEqual(two.remote_id, remote_id)
        self.assertEqual(len(self.calls("POST", ITEMS)), 1)

    # === RACES === #
    def test_a_second_worker_waits_for_what_the_first_is_sending(self):
        request, second = Transport.request, []

        def racing(transport, method, url, **options):
            if method == "POST" and ITEMS in url and not second:
                second.append(None)
                with self.slice(self.administration) as (administration, work):
                    try:
                        administration._items(work, {"mok-1": self.need("MOK-1")})
                    except Pending as pending:
                        second[0] = pending
            return request(transport, method, url, **options)

        with patch.object(Transport, "request", racing):
            self.want("MOK-1")
        self.assertIsInstance(second[0], Pending)
        self.assertEqual(len(self.calls("POST", ITEMS)), 1)
        self.assertEqual(len(self.in_exact("MOK-1")), 1)
