"""Administrations and their cached reference data."""

from odoo.exceptions import UserError

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase

MODELS = (
    "exact.journal",
    "exact.gl.account",
    "exact.vat.code",
    "exact.payment.condition",
    "exact.currency",
)


class TestReferenceData(ConnectorCase):
    def refresh(self, administration):
        with self.enter_registry_test_mode():
            administration.action_refresh()

    def rows(self, administration):
        """Return all cached rows, those that Exact no longer has as well."""
        return {
            model: self.env[model]
            .with_context(active_test=False)
            .search([("administration_id", "=", administration.id)])
            for model in MODELS
        }

    def state_of(self, administration):
        """Return what the database has, versions of the rows included."""
        self.env.flush_all()
        found = {}
        for model, rows in self.rows(administration).items():
            self.env.cr.execute(
                f"SELECT id, xmin, ctid, active FROM {rows._table}"
                " WHERE administration_id = %s ORDER BY id",
                [administration.id],
            )
            found[model] = self.env.cr.fetchall()
        return found

    # === ADMINISTRATIONS === #
    def test_every_administration_of_the_consent_is_listed(self):
        connection = self.make_connection()
        with self.enter_registry_test_mode():
            connection.action_fetch_administrations()
        found = self.env["exact.administration"].search(
            [("app_id", "=", connection.app_id.id)]
        )
        self.assertEqual(
            set(found.mapped("division")),
            {
                exact_demo.MAIN,
                exact_demo.SECOND,
                exact_demo.BELGIAN,
                exact_demo.BLOCKED,
                exact_demo.NO_SALES,
            },
        )
        main = found.filtered(lambda row: row.division == exact_demo.MAIN)
        self.assertEqual(main.name, "Voorbeeldwinkel B.V.")
        self.assertEqual(main.currency_code, "EUR")
        self.assertEqual(main.country_code, "NL")
        self.assertEqual(main.vat_number, "NL000099998B57")
        self.assertEqual(main.display_name, f"Voorbeeldwinkel B.V. ({exact_demo.MAIN})")
        self.assertEqual(main.connection_id, connection)

    def test_listing_again_makes_no_second_administration(self):
        connection = self.make_connection()
        with self.enter_registry_test_mode():
            connection.action_fetch_administrations()
            self.box.exact.control_edit_division(
                exact_demo.MAIN, Description="Nieuwe naam B.V."
            )
            connection.action_fetch_administrations()
        found = self.env["exact.administration"].search(
            [("app_id", "=", connection.app_id.id), ("division", "=", exact_demo.MAIN)]
        )
        self.assertEqual(found.mapped("name"), ["Nieuwe naam B.V."])

    # === REFERENCE DATA === #
    def test_reference_data_is_read(self):
        administration = self.make_administration()
        journal = administration.journal_ids.filtered(lambda row: row.code == "70")
        self.assertEqual((journal.name, journal.journal_type), ("Verkoopboek", 20))
        account = administration.gl_account_ids.filtered(lambda row: row.code == "8000")
        self.assertEqual((account.account_type, account.vat_code), (110, "2"))
        blocked = administration.gl_account_ids.filtered("is_blocked")
        self.assertEqual(blocked.mapped("code"), ["8900"])
        high = administration.vat_code_ids.filtered(lambda row: row.code == "2")
        self.assertEqual(
            (high.vat_type, high.transaction_type, str(high._rate())),
            ("E", "S", "0.210000"),
        )
        belgian = administration.vat_code_ids.filtered(lambda row: row.code == "BE1")
        self.assertEqual(belgian.oss_country, "BE")
        conditions = administration.payment_condition_ids
        self.assertIn(("30", 30), [(row.code, row.payment_days) for row in conditions])
        self.assertTrue(administration.refreshed_at)

    def test_a_refresh_without_news_writes_nothing(self):
        administration = self.make_administration()
        before = self.state_of(administration)
        self.refresh(administration)
        self.assertEqual(self.state_of(administration), before)

    def test_a_refresh_takes_over_what_changed_and_what_is_new(self):
        administration = self.make_administration()
        self.box.exact.control_block_gl_account(exact_demo.MAIN, "8000")
        self.box.exact.control_add_vat_code(exact_demo.MAIN, "AT1", "0.20")
        self.refresh(administration)
        account = administration.gl_account_ids.filtered(lambda row: row.code == "8000")
        self.assertTrue(account.is_blocked)
        self.assertIn("AT1", administration.vat_code_ids.mapped("code"))

    def test_what_exact_no_longer_has_is_archived_and_comes_back(self):
        administration = self.make_administration()
        table = self.box.exact.state.division(exact_demo.MAIN)["VATCodes"]
        row = table.first("Code", "FR1")
        table.delete(row)
        self.refresh(administration)
        codes = self.rows(administration)["exact.vat.code"]
        french = codes.filtered(lambda code: code.code == "FR1")
        self.assertEqual(len(french), 1)
        self.assertFalse(french.active)
        table.insert(row)
        self.refresh(administration)
        self.assertTrue(french.active)
        self.assertEqual(len(self.rows(administration)["exact.vat.code"]), len(codes))

    def test_a_refresh_that_fails_half_way_changes_nothing(self):
        administration = self.make_administration()
        before = self.state_of(administration)
        self.box.exact.control_block_gl_account(exact_demo.MAIN, "8000")
        self.box.faults.add("html_503", "exact", path="PaymentConditions", times=None)
        with self.assertRaises(UserError) as caught, self.cr.savepoint():
            self.refresh(administration)
        self.assertIn("Exact Online could not be reached", str(caught.exception))
        self.assertEqual(self.state_of(administration), before)

    def test_more_rows_than_a_page_are_all_read(self):
        for number in range(70):
            self.box.exact.control_add_vat_code(
                exact_demo.MAIN, f"X{number}", "0.21", description=f"Code {number}"
            )
        administration = self.make_administration()
        codes = administration.vat_code_ids.mapped("code")
        self.assertEqual(len([code for code in codes if code.startswith("X")]), 70)

    def test_a_row_without_a_description_is_known_by_its_code(self):
        administration = self.make_administration()
        table = self.box.exact.state.division(exact_demo.MAIN)["VATCodes"]
        table.update(table.first("Code", "FR1"), {"Description": "  "})
        self.refresh(administration)
        french = administration.vat_code_ids.filtered(lambda row: row.code == "FR1")
        self.assertEqual(french.name, "FR1")

    def answer(self, path, *rows):
        """Let Exact answer once with these rows."""
        body = {"d": {"results": [{"Description": None, **row} for row in rows]}}
        self.fault(
            "status",
            path,
            "GET",
            params={"handled": True, "status": 200, "body": body},
        )

    def test_odd_rows_are_read_as_far_as_they_can_be(self):
        administration = self.make_administration()
        empty = dict.fromkeys(("Type", "Percentage", "EUSalesListing", "OssCountry"))
        self.answer(
            "vat/VATCodes",
            {"ID": "v1", "Code": "1  ", **empty},
            {"ID": "v2", "Code": 2, "Type": "e", "Percentage": 0, "OssCountry": "el "},
            {"ID": "v3", "Code": "3", "Type": "?", "EUSalesListing": "l "},
            {"ID": "v6", "Code": "6", "Type": "E", "Percentage": 21},
            {"ID": "v7", "Code": "7", "Type": "E", "Percentage": "0.09"},
            {"ID": "v8", "Code": "8", "Type": "E", "Percentage": "high"},
            {"Code": "4"},
            {"ID": None, "Code": "5"},
        )
        self.answer(
            "financial/FinancialPeriods",
            {"ID": "p1", "FinYear": 2026, "FinPeriod": 1.0},
            {"ID": "p2", "FinYear": "2026", "FinPeriod": "2", "StartDate": "soon"},
            {"ID": "p3", "FinYear": None, "StartDate": "/Date(1767225600000)/"},
        )
        self.answer("general/Currencies", {"Code": "EUR"}, {"Code": None})
        self.answer("financial/Journals", {"ID": "j", "Code": 70, "Type": "20"})
        self.refresh(administration)
        codes = administration.vat_code_ids
        self.assertEqual(codes.mapped("code"), ["1", "2", "3", "6", "7", "8"])
        self.assertEqual(codes[:3].mapped("vat_type"), [False, "E", False])
        self.assertEqual(codes[:3].mapped("eu_sales_listing"), [False, False, "L"])
        self.assertEqual(
            [str(code._rate()) for code in codes[3:]],
            ["0.210000", "0.090000", "0.000000"],
        )
        periods = self.env["exact.period"].search(
            [("administration_id", "=", administration.id)]
        )
        self.assertEqual(set(periods.mapped("code")), {"2026-01", "2026-02", "0-00"})
        self.assertEqual(administration.currency_ids.mapped("code"), ["EUR"])
        self.assertEqual(administration.journal_ids.mapped("journal_type"), [20])
        # What decides bookings is worked out from such rows as well.
        link = self.make_link(start=False, administration=administration)
        self.assertIn(("GR", 0), link._oss_codes())
        self.assertTrue(link._policy())
        self.refresh(administration)
        self.assertIn("2", administration.vat_code_ids.mapped("code"))

    def test_periods_and_currencies_may_be_closed_to_the_user(self):
        paths = ("general/Currencies", "financial/FinancialPeriods")
        connection = self.make_connection()
        for status in (403, 404, 400):
            with self.subTest(status=status):
                for path in paths:
                    self.fault("status", path, "GET", params={"status": status})
                administration = self.make_administration(connection)
                self.assertFalse(administration.currency_ids)
                self.assertFalse(administration.period_count)
                self.assertTrue(administration.vat_code_ids)

    def test_each_administration_has_its_own_data(self):
        main = self.make_administration()
        belgian = self.make_administration(main.connection_id, exact_demo.BELGIAN)
        self.assertNotIn("VER", main.journal_ids.mapped("code"))
        self.assertIn("VER", belgian.journal_ids.mapped("code"))
