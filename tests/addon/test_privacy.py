"""A person: what is held is handed over, erased, does not come back, is not logged."""

import base64
import io
import json
import logging
import zipfile

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from odoo.addons.lightspeed_exact_connector.accounting.personal import without_person
from odoo.addons.lightspeed_exact_connector.accounting.terms import kept_until
from odoo.addons.lightspeed_exact_connector.logs import TroubleFilter, WithoutValues

from tests.addon.connector_case import GROUPS, ConnectorCase

EMAIL = "Zonnestraal.Quirinia@example.com"
PERSON = {
    "email": EMAIL,
    "firstname": "Quirinia",
    "lastname": "Zonnestraal",
    "phone": "0612399871",
    "street": "Wulpendreef",
    "number": "77",
    "zipcode": "1234 ZX",
    "city": "Utrecht",
}
TRACES = ("zonnestraal", "quirinia", "wulpendreef", "0612399871", "1234 zx")


class PrivacyCase(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.number = self.add_person_order()

    def add_person_order(self):
        return self.add_order(customer=PERSON)["number"]

    def booked(self):
        link = self.make_link()
        self.run_link(link)
        return link, self.assert_booked(self.number, "49.90")

    def person(self, **values):
        person = self.env["lightspeed.exact.person"].create(
            values or {"email": EMAIL.upper()}
        )
        person.action_search()
        return person

    def traces(self):
        """Return where in the tables of the connector the person still is."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND (table_name LIKE 'lightspeed_%' OR table_name LIKE 'exact_%'"
            " OR table_name IN ('vies_check', 'mail_message'))"
        )
        found = {}
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')
            rows = [row for (row,) in self.env.cr.fetchall()]
            if any(trace in row.lower() for row in rows for trace in TRACES):
                found[table] = rows
        return set(found)


class TestSearch(PrivacyCase):
    def test_everything_about_a_person_is_found(self):
        _link, order = self.booked()
        self.add_order()
        for values in (
            {"email": EMAIL.upper()},
            {"name": "quirinia zonnestraal"},
            {"code": order.customer_id.code},
        ):
            with self.subTest(values):
                person = self.person(**values)
                self.assertIn(order.id, self.ids(person, "order"))
                self.assertEqual(self.ids(person, "customer"), order.customer_id.ids)

    def ids(self, person, kind):
        return person.line_ids.filtered(lambda line: line.kind == kind).mapped("res_id")

    def test_what_only_mentions_a_person_is_not_selected(self):
        self.add_order(comment="Cadeau voor Quirinia Zonnestraal")
        self.booked()
        person = self.person(name="Quirinia Zonnestraal")
        unsure = person.line_ids.filtered(lambda line: not line.is_sure)
        self.assertEqual(len(unsure), 1)
        self.assertFalse(unsure.selected)

    def test_too_little_to_search_by_is_refused(self):
        for values in ({}, {"name": "Ann"}):
            person = self.env["lightspeed.exact.person"].create(values)
            with self.assert_refuses(UserError, "Fill in"):
                person.action_search()

    def test_only_managers_look_people_up(self):
        self.booked()
        user = new_test_user(self.env, "user", groups=f"{GROUPS}user")
        with self.assertRaises(AccessError):
            self.env["lightspeed.exact.person"].with_user(user).create({"email": EMAIL})
        manager = new_test_user(self.env, "manager", groups=f"{GROUPS}manager")
        person = (
            self.env["lightspeed.exact.person"]
            .with_user(manager)
            .create({"email": EMAIL})
        )
        person.action_search()
        self.assertTrue(person.line_ids)
        other = new_test_user(self.env, "other", groups=f"{GROUPS}manager")
        self.assertFalse(self.env[person._name].with_user(other).search([]))

    def test_nobody_makes_up_what_is_erased(self):
        _link, order = self.booked()
        manager = new_test_user(self.env, "manager", groups=f"{GROUPS}manager")
        people = self.env["lightspeed.exact.person"].with_user(manager)
        person = people.create({"email": EMAIL})
        person.action_search()
        line = person.line_ids[0]
        line.selected = False
        for values in ({"res_id": order.id + 1}, {"res_model": "res.users"}):
            with self.assertRaises(AccessError):
                line.write(values)
        made_up = {"res_model": order._name, "res_id": order.id, "kind": "order"}
        with self.assertRaises(AccessError):
            people.create(
                {"line_ids": [(0, 0, {**made_up, "company_id": self.env.company.id})]}
            )
        self.assertFalse(order.forgotten_at)

    def test_other_companies_are_not_searched(self):
        self.booked()
        company = self.env["res.company"].create({"name": "Ander"})
        manager = new_test_user(
            self.env,
            "manager",
            groups=f"{GROUPS}manager",
            company_id=company.id,
            company_ids=company.ids,
        )
        person = self.env["lightspeed.exact.person"].with_user(manager)
        person = person.with_company(company).create({"email": EMAIL})
        person.action_search()
        self.assertFalse(person.line_ids)


class TestExport(PrivacyCase):
    def test_the_file_holds_what_is_known_and_says_what_stays(self):
        _link, order = self.booked()
        order.message_post(body="Gebeld met Quirinia")
        self.env["ir.attachment"].create(
            {
                "name": "brief.txt",
                "raw": b"Beste",
                "res_model": order._name,
                "res_id": order.id,
            }
        )
        person = self.person()
        person.action_export()
        archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(person.file)))
        found = json.loads(archive.read("personal-data.json"))
        self.assertEqual(found["order"][0]["email"], EMAIL)
        self.assertEqual(found["order"][0]["payload"]["order"]["number"], self.number)
        self.assertEqual(found["order"][0]["bookings"][0]["gross"], "49.90")
        self.assertIn("Quirinia", json.dumps(found["order"][0]["messages"]))
        self.assertIn("AWR", found["order"][0]["stays"]["what"])
        self.assertIn("Quirinia", json.dumps(found["operation"]))
        self.assertIn("Lightspeed", archive.read("read-me.txt").decode())
        self.assertTrue(any(name.startswith("files/") for name in archive.namelist()))


class TestErasure(PrivacyCase):
    def test_an_erased_person_is_in_no_table_and_the_books_stay(self):
        _link, order = self.booked()
        order.message_post(body="Gebeld met Quirinia")
        self.assertTrue(self.traces())
        person = self.person()
        line = person.line_ids.filtered(lambda line: line.kind == "order")
        self.assertEqual(line.verdict, "partly")
        self.assertEqual(line.until, kept_until(order.booking_ids.entry_date, 7))
        self.assertIn("AWR", line.why)
        person.action_erase()
        self.assertFalse(self.traces())
        self.assertEqual(order.booking_ids.gross, "49.90")
        self.assertEqual(order.booking_ids._content().gross, order._booked()[0].gross)
        self.assertIn('"priceIncl"', order.payload)
        self.assertEqual((order.state, order.forgotten_why), ("booked", "person"))
        self.assertEqual(person.erased_count, 3)

    def test_what_was_done_is_kept_without_saying_to_whom(self):
        self.booked()
        self.person().action_erase()
        rows = self.env["lightspeed.exact.privacy.log"].search([])
        self.assertEqual(set(rows.mapped("kind")), {"search", "erasure"})
        self.assertEqual(rows.user_id, self.env.user)
        self.assertIn("3", rows[0].counts_text)
        self.assertNotIn("lightspeed_exact_privacy_log", self.traces())

    def test_the_shop_does_not_bring_the_person_back(self):
        link, order = self.booked()
        self.person().action_erase()
        self.box.lightspeed.control_rebuild_order(
            self.shop_number,
            self.number,
            [{"title": "Theepot", "quantity": 1, "unit_incl": "60.00", "rate": "0.21"}],
        )
        self.run_link(link)
        self.assertEqual(order.proposal, "edited")
        self.assertFalse(self.traces())
        with self.enter_registry_test_mode():
            order.action_rebook()
        self.assertEqual(
            [str(each.gross) for each in order._booked()], ["49.90", "-49.90", "60.00"]
        )
        self.assertFalse(self.traces())
        self.assertEqual(len(self.relations(EMAIL)), 1)

    def test_a_credit_note_of_an_erased_order_is_booked_without_the_person(self):
        link, order = self.booked()
        self.person().action_erase()
        self.box.lightspeed.control_credit_order(
            self.shop_number, self.number, lines=[{"index": 0, "quantity": 1}]
        )
        self.run_link(link)
        note = order.credit_ids
        self.assertEqual(note.state, "booked", note.reason)
        self.assertEqual(note.booking_ids.gross, "-24.95")
        self.assertFalse(self.traces())

    def test_the_next_order_of_an_erased_person_finds_the_same_relation(self):
        link, order = self.booked()
        customer = order.customer_id
        self.person().action_erase()
        again = self.add_person_order()
        self.run_link(link)
        self.assertEqual(self.assert_booked(again, "49.90").customer_id, customer)
        self.assertEqual(len(self.relations(EMAIL)), 1)
        self.assertFalse(customer.name)
        # And by the hash both are found.
        orders = self.person().line_ids.filtered(lambda line: line.kind == "order")
        self.assertIn(self.order(again).id, orders.mapped("res_id"))

    def test_open_work_is_not_erased_before_it_is_settled(self):
        self.fault("business", "salesentry/SalesEntries")
        link = self.make_link()
        self.run_link(link)
        order = self.order(self.number)
        person = self.person()
        line = person.line_ids.filtered(lambda line: line.kind == "order")
        self.assertEqual((order.state, line.verdict), ("held", "stays"))
        person.action_erase()
        self.assertEqual(order.email, EMAIL)
        order.skip_reason = "Niet boeken"
        order.action_skip()
        self.person().action_erase()
        self.assertFalse(self.traces())
        self.run_link(link)
        self.assertEqual((order.state, order.email), ("skipped", False))


class TestRawData(PrivacyCase):
    def test_structure_and_money_stay(self):
        link, order = self.booked()
        payload = json.loads(order.payload)
        left = without_person(payload)
        self.assertEqual(set(left["order"]), set(payload["order"]))
        text = json.dumps(left).casefold()
        for trace in TRACES:
            self.assertNotIn(trace, text)
        sale = order._parsed(left)
        self.assertEqual(str(sale.gross), "49.90")
        self.assertEqual(link.state, "running")


class TestLogs(PrivacyCase):
    def test_no_log_line_holds_anything_about_a_person(self):
        """Through success, refusal, lost answers and a bug, with logging at DEBUG.

        Odoo's own log of statements (`--log-sql`) holds everything by its nature.
        """
        with self.everything_logged() as lines:
            self.fault("lost_after", "crm/Accounts")
            self.fault("business", "salesentry/SalesEntries")
            link = self.make_link()
            self.run_link(link)
            self.later(1200)
            self.run_link(link)
            self.later(1200)
            self.run_link(link)
            order = self.order(self.number)
            with self.enter_registry_test_mode():
                order.action_retry()
            self.assertEqual(order.state, "booked", order.reason)
            self.person().action_export()
            self.person().action_erase()
        text = "\n".join(lines).casefold()
        # The lines of the transport, which are at DEBUG.
        self.assertRegex(text, r"post 127\.0\.0\.1/\S*crm/accounts: .* ms")
        for trace in TRACES:
            self.assertNotIn(trace, text)

    def everything_logged(self):
        return _Everything()

    def test_an_exception_tells_where_and_not_what(self):
        record = self.logged(ValueError(f"cannot read {EMAIL}"))
        self.assertTrue(TroubleFilter().filter(record))
        text = logging.Formatter().format(record)
        self.assertIn("Order 7 failed", text)
        self.assertIn("test_privacy.py", text)
        self.assertIn("ValueError", text)
        self.assertNotIn(EMAIL, text)

    def logged(self, error):
        try:
            raise error
        except ValueError as caught:
            info = (type(caught), caught, caught.__traceback__)
        return logging.LogRecord(
            "x", logging.ERROR, "x.py", 1, "Order %s failed", (7,), info
        )

    def test_a_statement_that_failed_is_logged_without_its_values(self):
        query = b'UPDATE "lightspeed_exact_order" SET "email" = \'x@example.com\''
        record = logging.LogRecord(
            "odoo.sql_db",
            logging.ERROR,
            "x.py",
            1,
            "bad query: %s\nERROR: %s",
            (query, ValueError("Failing row contains (x@example.com)")),
            None,
        )
        WithoutValues().filter(record)
        self.assertEqual(
            record.getMessage(),
            'bad query: UPDATE "lightspeed_exact_order" SET "email" = \'...\'\n'
            "ERROR: ValueError",
        )

    def test_the_loggers_of_the_connector_have_the_filter(self):
        package = "odoo.addons.lightspeed_exact_connector"
        for name in (f"{package}.models.lightspeed_exact_lane", "odoo.sql_db"):
            kinds = {type(each).__name__ for each in logging.getLogger(name).filters}
            self.assertTrue(kinds & {"TroubleFilter", "WithoutValues"}, name)


class _Everything(logging.Handler):
    """Keeps every line of every logger, but for statements at DEBUG."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))

    def __enter__(self):
        root, sql = logging.getLogger(), logging.getLogger("odoo.sql_db")
        self.levels = (root.level, sql.level)
        root.addHandler(self)
        root.setLevel(logging.DEBUG)
        sql.setLevel(logging.INFO)
        return self.lines

    def __exit__(self, *_exception):
        root, sql = logging.getLogger(), logging.getLogger("odoo.sql_db")
        root.removeHandler(self)
        root.setLevel(self.levels[0])
        sql.setLevel(self.levels[1])
