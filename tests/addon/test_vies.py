"""VAT number checks: evidence that is kept, few questions, and a closed door."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold
from odoo.addons.lightspeed_exact_connector.clients import errors
from odoo.addons.lightspeed_exact_connector.clients.vies import HOST
from odoo.addons.lightspeed_exact_connector.const import VIES_URL_PARAMETER
from odoo.addons.lightspeed_exact_connector.models.reasons import REASONS, describe
from odoo.addons.lightspeed_exact_connector.models.service_errors import problem_of

from tests.addon.connector_case import GROUPS, ConnectorCase

OWN = "NL000099998B57"
BELGIAN = "BE0000000196"
UNKNOWN = "DE100000016"
HOUR = 3600
BUSY = (
    "SERVICE_UNAVAILABLE",
    "MS_UNAVAILABLE",
    "TIMEOUT",
    "GLOBAL_MAX_CONCURRENT_REQ",
    "GLOBAL_MAX_CONCURRENT_REQ_TIME",
    "MS_MAX_CONCURRENT_REQ",
    "MS_MAX_CONCURRENT_REQ_TIME",
)


class ViesCase(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.checks = self.env["vies.check"]

    def require(self, number=BELGIAN, requester=OWN, company=None):
        return self.checks._require(company or self.env.company, number, requester)

    def hold(self, code, *args, **kwargs):
        """Return the values of a hold; its sentence leaves nothing open.

        What was written before stays, as it does for an order that is held:
        ``assertRaises`` of Odoo would undo it.
        """
        held = None
        try:
            self.require(*args, **kwargs)
        except Hold as hold:
            held = hold
        self.assertEqual(held and held.code, code)
        text = " ".join(describe(self.env, code, held.params))
        self.assertNotIn("?", text)
        return held.params

    def fails(self, kind, code, *args, **kwargs):
        """Return the sentence for an error of exactly this type."""
        with self.assertRaises(errors.ConnectorError) as caught:
            self.require(*args, **kwargs)
        self.assertIs(type(caught.exception), kind)
        self.assertEqual(caught.exception.code, code)
        found, params = problem_of(caught.exception, self.checks)
        self.assertIn(found, REASONS)
        text = " ".join(describe(self.env, found, params))
        self.assertNotIn("?", text)
        return text

    def asked(self):
        return len(self.calls(service="vies"))


class TestEvidence(ViesCase):
    def test_a_valid_number_leaves_its_evidence(self):
        check = self.require("be 0000.000.196", "nl0000.99.998.B57")
        (consultation,) = self.box.vies.control_consultations()
        self.assertEqual(check.consultation_number, consultation["consultation_number"])
        self.assertRecordValues(
            check,
            [
                {
                    "company_id": self.env.company.id,
                    "number": BELGIAN,
                    "requester": OWN,
                    "valid": True,
                    "name": "Koffiehuis Voorbeeld BV",
                    "address": "Markt 3, 8000 Brugge",
                }
            ],
        )
        self.assertTrue(check.checked_at)
        self.assertEqual(check.vies_date[:10], consultation["at"][:10])
        self.assertEqual(check.display_name, BELGIAN)

    def test_a_number_that_is_not_valid_is_held_and_kept(self):
        self.assertEqual(self.hold("vies_invalid", UNKNOWN), {"number": UNKNOWN})
        check = self.checks.search([])
        self.assertEqual((check.number, check.requester), (UNKNOWN, OWN))
        self.assertFalse(check.valid)
        self.assertFalse(check.consultation_number)

    def test_a_yes_without_consultation_number_is_no_evidence(self):
        body = {"valid": True, "requestIdentifier": "", "name": "---"}
        self.fault("status", "", service="vies", params={"status": 200, "body": body})
        text = self.fails(errors.BadAnswer, "vies.unavailable")
        self.assertIn("no consultation number", text)
        self.assertFalse(self.checks.search([]))
        self.assertTrue(self.require().consultation_number)

    def test_evidence_is_found_by_number_name_and_consultation(self):
        check = self.require()
        for words in (BELGIAN, "Koffiehuis", check.consultation_number):
            with self.subTest(words=words):
                self.assertEqual(self.checks.name_search(words)[0][0], check.id)


class TestFewQuestions(ViesCase):
    def test_a_valid_number_is_asked_for_once_a_day(self):
        first = self.require()
        self.later(23 * HOUR)
        self.assertEqual(self.require("BE 0000 000 196"), first)
        self.assertEqual(self.asked(), 1)
        self.later(1.1 * HOUR)
        second = self.require()
        self.assertNotEqual(second, first)
        self.assertNotEqual(second.consultation_number, first.consultation_number)
        self.assertEqual(self.asked(), 2)

    def test_a_number_that_is_not_valid_is_asked_for_again_after_an_hour(self):
        self.hold("vies_invalid", UNKNOWN)
        self.later(0.9 * HOUR)
        self.hold("vies_invalid", UNKNOWN)
        self.assertEqual(self.asked(), 1)
        self.box.vies.control_add_number(UNKNOWN)
        self.later(0.2 * HOUR)
        self.assertTrue(self.require(UNKNOWN).valid)
        self.assertEqual(self.asked(), 2)

    def test_a_number_that_ended_is_not_valid_the_next_day(self):
        self.require()
        self.box.vies.control_add_number(BELGIAN, valid=False)
        self.later(25 * HOUR)
        self.hold("vies_invalid")
        self.hold("vies_invalid")
        self.assertEqual(self.asked(), 2)

    def test_every_company_and_every_own_number_asks_for_itself(self):
        other = self.env["res.company"].create({"name": "Ander"})
        first = self.require()
        found = (
            self.require(company=other),
            self.require(requester="BE0000000097"),
        )
        self.assertEqual(self.asked(), 3)
        self.assertEqual(found[0].company_id, other)
        numbers = {check.consultation_number for check in (first, *found)}
        self.assertEqual(len(numbers), 3)

    def test_what_vies_cannot_know_is_not_asked(self):
        self.hold("vies_requester_missing", requester="")
        self.hold("vies_requester_missing", requester=False)
        self.hold("vies.requester", requester="000099998B57")
        self.hold("vies.requester", requester="GB000000000")
        self.hold("vies_invalid", "GB000000000")
        self.hold("vies_invalid", "DE12")
        self.assertEqual(self.asked(), 0)
        self.assertFalse(self.checks.search([]))


class TestFailsClosed(ViesCase):
    def test_a_member_state_that_is_down_is_no_yes_and_no_no(self):
        self.box.vies.control_set_member_state("BE", available=False)
        text = self.fails(errors.TemporaryError, "vies.unavailable")
        self.assertIn("VIES cannot say now", text)
        self.assertIn("the tax office of that country does not answer", text)
        self.assertFalse(self.checks.search([]))
        self.box.vies.control_set_member_state("BE", available=True)
        self.assertTrue(self.require().valid)

    def test_old_evidence_does_not_help_while_vies_is_down(self):
        self.require()
        self.later(25 * HOUR)
        self.box.vies.control_set_member_state("BE", available=False)
        self.fails(errors.TemporaryError, "vies.unavailable")

    def test_no_fault_on_the_way_is_taken_for_an_answer(self):
        for kind, error in (
            ("lost_before", errors.TemporaryError),
            ("lost_after", errors.TemporaryError),
            ("html_503", errors.TemporaryError),
            ("html_200", errors.BadAnswer),
            ("truncated", errors.BadAnswer),
        ):
            with self.subTest(kind=kind):
                self.fault(kind, "check-vat-number", service="vies")
                self.fails(error, "vies.unavailable")
        self.assertEqual(self.asked(), 5)
        self.assertFalse(self.checks.search([]))
        self.fault("slow", "", service="vies", params={"seconds": 0.1})
        self.assertTrue(self.require().valid)

    def test_an_own_number_that_vies_does_not_know_is_for_a_person(self):
        params = self.hold("vies.requester", requester="NL000000012B57")
        self.assertEqual(params, {"number": "NL000000012B57"})
        self.assertFalse(self.checks.search([]))

    def test_a_server_that_is_blocked_says_so(self):
        params = {"error": "IP_BLOCKED", "status": 400}
        self.fault("error", "", service="vies", params=params)
        text = self.fails(errors.AccessDenied, "vies.blocked")
        self.assertIn("VIES refuses the question: the address of this server", text)

    def test_every_error_word_of_vies_is_shown_in_words(self):
        for word in (*BUSY, "IP_BLOCKED", "VAT_BLOCKED"):
            with self.subTest(word=word):
                self.fault("error", "", service="vies", params={"error": word})
                kind, code = errors.AccessDenied, "vies.blocked"
                if word in BUSY:
                    kind, code = errors.TemporaryError, "vies.unavailable"
                self.assertNotIn("_", self.fails(kind, code))

    def test_an_error_of_vies_is_called_so_in_work_for_an_administration(self):
        error = errors.TemporaryError("TIMEOUT", code="vies.unavailable")
        administration = self.env["exact.administration"].new({})
        code, params = problem_of(error, administration)
        self.assertEqual((code, params["service"]), ("vies.unavailable", "VIES"))
        error = errors.BadRequest("Answered 400.", code="vies.bad_request")
        code, params = problem_of(error, administration)
        self.assertEqual((code, params["service"]), ("bad_request", "VIES"))

    def test_a_copy_of_a_database_asks_nothing(self):
        known = self.require()
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "True")
        self.fails(errors.ConnectorError, "neutralized", "FR66000000018")
        self.assertEqual(self.asked(), 1)
        self.assertEqual(self.require(), known)

    def test_only_https_or_this_machine_is_asked(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param(VIES_URL_PARAMETER, "http://vies.example.com")
        self.fails(errors.BadRequest, "transport.insecure_url")
        parameters.set_param(VIES_URL_PARAMETER, False)
        self.assertTrue(HOST.startswith("https://ec.europa.eu/"))
        self.assertEqual(self.checks._client()._url, f"{HOST}/check-vat-number")


class TestWhoMay(ViesCase):
    def test_a_user_reads_and_nobody_writes(self):
        check = self.require()
        for group in ("user", "manager"):
            person = new_test_user(self.env, f"vies {group}", groups=GROUPS + group)
            mine = check.with_user(person)
            self.assertEqual(mine.read(["consultation_number"])[0]["id"], check.id)
            for operation in ("write", "create", "unlink"):
                with self.subTest(group=group, operation=operation):
                    self.assertFalse(mine.has_access(operation))

    def test_a_person_who_previews_needs_no_right_to_write(self):
        person = new_test_user(self.env, "vies preview", groups=f"{GROUPS}user")
        check = self.checks.with_user(person)._require(self.env.company, BELGIAN, OWN)
        self.assertTrue(check.with_user(person).consultation_number)

    def test_another_company_reads_nothing(self):
        check = self.require()
        other = self.env["res.company"].create({"name": "Ander"})
        stranger = new_test_user(
            self.env,
            "vies stranger",
            groups=f"{GROUPS}manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertFalse(self.checks.with_user(stranger).search([]))
        with (
            mute_logger("odoo.addons.base.models.ir_rule"),
            self.assertRaises(AccessError),
        ):
            check.with_user(stranger).read(["number"])

    def test_list_and_form_are_read_only(self):
        views = self.checks.get_views([(False, "list"), (False, "form")])["views"]
        for kind in ("list", "form"):
            for right in ("create", "edit", "delete"):
                self.assertIn(f'{right}="0"', views[kind]["arch"])
