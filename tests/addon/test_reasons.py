"""The reason catalogue: every code has a sentence, with exactly what it gets."""

import ast
import inspect
import re
from datetime import datetime, timezone
from pathlib import Path
from string import ascii_letters

from odoo.tests import TransactionCase, tagged

from odoo.addons.lightspeed_exact_connector.accounting.holds import HOLDS, PROBLEMS
from odoo.addons.lightspeed_exact_connector.accounting.sale import LineKind
from odoo.addons.lightspeed_exact_connector.accounting.vat import (
    REASONS as VAT_REASONS,
)
from odoo.addons.lightspeed_exact_connector.accounting.vat import (
    SUSPICIONS,
    Treatment,
)
from odoo.addons.lightspeed_exact_connector.clients import errors, refusals
from odoo.addons.lightspeed_exact_connector.models.lightspeed_exact_link_held import (
    RELEASABLE,
)
from odoo.addons.lightspeed_exact_connector.models.lightspeed_exact_operation import (
    Pending,
)
from odoo.addons.lightspeed_exact_connector.models.reasons import (
    LABELS,
    REASONS,
    as_percentage,
    describe,
    explain_treatment,
)
from odoo.addons.lightspeed_exact_connector.models.reasons_vat import (
    SUSPICIONS as VAT_TEXTS,
)
from odoo.addons.lightspeed_exact_connector.models.reasons_vat import (
    TREATMENT_REASONS,
)
from odoo.addons.lightspeed_exact_connector.models.service_errors import problem_of

ADDON = Path(inspect.getfile(errors)).parent.parent


def placeholders(text):
    """Return the names that a text wants to be filled in."""
    return set(re.findall(r"%\((\w+)\)s", str(text)))


def wanted(code):
    reason = REASONS[code]
    return placeholders(reason.text._source) | placeholders(reason.advice._source)


def error_types():
    return [
        kind
        for _name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.ConnectorError)
    ]


def make_error(kind, **values):
    if issubclass(kind, errors.RateLimited):
        values["retry_at"] = datetime(2026, 1, 1, tzinfo=timezone.utc)
    return kind("The vendor's own words.", **values)


def calls_in_models():
    """Yield (function name, call) of every call in the models' source."""
    for path in sorted((ADDON / "models").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                yield name, node


VAT_PARAMS = HOLDS["vat_suspicious"]


def text_of(node):
    return node.value if isinstance(node, ast.Constant) else None


@tagged("post_install", "-at_install")
class TestReasons(TransactionCase):
    def sentence(self, code, params):
        """Return the sentence of a code; nothing in it may be left open."""
        text, advice = describe(self.env, code, params)
        self.assertTrue(text and advice, code)
        self.assertNotIn("?", text + advice, code)
        self.assertNotIn("%(", text + advice, code)
        return text

    def values_of(self, names):
        return {name: "0.21" for name in names}

    # === EVERY CODE HAS A TEXT === #
    def test_every_hold_has_a_sentence_that_its_values_fill(self):
        for code, names in HOLDS.items():
            with self.subTest(code=code):
                self.assertIn(code, REASONS)
                self.assertLessEqual(wanted(code), set(names))
                self.sentence(code, self.values_of(names))

    def test_every_hold_of_the_models_has_a_sentence_that_its_values_fill(self):
        found = 0
        for name, call in calls_in_models():
            code = call.args and text_of(call.args[0])
            if name != "Hold" or not code:
                continue
            with self.subTest(code=code):
                given = {keyword.arg for keyword in call.keywords}
                self.assertIn(code, REASONS)
                self.assertLessEqual(wanted(code), given)
                found += 1
        self.assertGreater(found, 5)

    def test_every_code_that_a_model_writes_has_a_sentence(self):
        places = {"_set_state": 1, "_set_problem": 0, "_park": 1, "_fail": 0}
        places |= {"_hold": 0, "Pending": 1}
        found = {Pending(None).code}
        self.assertLessEqual(found, set(REASONS))
        for name, call in calls_in_models():
            place = places.get(name)
            if place is None or len(call.args) <= place:
                continue
            code = text_of(call.args[place])
            if code:
                self.assertIn(code, REASONS)
                found.add(code)
        self.assertGreaterEqual(found, {"by_user", "internal", "not_shown_yet"})

    def test_every_error_of_the_clients_has_a_sentence(self):
        shop = self.env["lightspeed.shop"].new({"language": "nl"})
        administration = self.env["exact.administration"].new({})
        for record in (shop, administration):
            for kind in error_types():
                with self.subTest(kind=kind.__name__, record=record._name):
                    code, params = problem_of(make_error(kind), record)
                    expected = {"internal"} if kind is errors.ConnectorError else set()
                    self.assertIn(code, expected or set(REASONS) - {"internal"})
                    self.sentence(code, params)

    def test_every_precise_code_of_the_clients_leads_to_its_own_sentence(self):
        shop = self.env["lightspeed.shop"].new({"language": "fr"})
        for code in ("lightspeed.language", "lightspeed.permissions"):
            error = errors.ConnectorError("orders, settings", code=code)
            self.assertEqual(problem_of(error, shop)[0], code)
        error = errors.NotFound("Unknown", code="lightspeed.language")
        self.assertIn("“fr”", self.sentence(*problem_of(error, shop)))
        error = errors.ConnectorError("orders, settings", code="lightspeed.permissions")
        self.assertIn("orders, settings", self.sentence(*problem_of(error, shop)))

    def test_every_code_that_the_clients_raise_by_name_has_a_sentence(self):
        for name, call in calls_in_models():
            kind = getattr(errors, name, None)
            if kind is None:
                continue
            for keyword in call.keywords:
                if keyword.arg == "code" and text_of(keyword.value):
                    with self.subTest(code=text_of(keyword.value)):
                        self.assertIn(text_of(keyword.value), REASONS)

    def test_every_refusal_that_is_recognised_has_a_sentence(self):
        for _pattern, code, _subject in refusals._RULES:
            with self.subTest(code=code):
                text = self.sentence(f"refused.{code}", {"detail": "Geblokkeerd: X"})
                self.assertIn("Geblokkeerd: X", text)

    def test_every_code_that_is_released_by_itself_exists(self):
        self.assertLessEqual(set(RELEASABLE), set(REASONS))

    def test_no_sentence_is_left_that_nothing_leads_to(self):
        known = set(HOLDS) | {kind.code for kind in error_types()}
        known |= {f"refused.{code}" for _pattern, code, _subject in refusals._RULES}
        sources = "\n".join(
            path.read_text()
            for folder in ("models", "clients", "accounting", "controllers")
            for path in sorted((ADDON / folder).glob("*.py"))
            if path.name != "reasons.py"
        )
        for code in sorted(set(REASONS) - known):
            with self.subTest(code=code):
                self.assertIn(f'"{code}"', sources)

    # === VAT === #
    def test_every_treatment_explains_itself(self):
        self.assertEqual(set(TREATMENT_REASONS), set(VAT_REASONS))
        params = dict.fromkeys(VAT_PARAMS, "DE")
        for code in VAT_REASONS:
            with self.subTest(code=code):
                text = explain_treatment(self.env, code, params | {"rate": ""})
                self.assertNotIn("%(", text)
                self.assertNotIn("?", text)
                self.assertTrue(text.endswith("."))
        self.assertEqual(explain_treatment(self.env, "", {}), "")
        self.assertEqual(explain_treatment(self.env, "unheard_of", None), "")

    def test_figures_and_places_of_a_treatment_are_shown(self):
        params = {
            "area": "XI",
            "country": "GB",
            "shop_country": "NL",
            "threshold": "10000.00",
            "total": "100.00",
            "year": "2026",
            "rate": "",
        }
        text = explain_treatment(self.env, "eu_consumer_below_threshold", params)
        for words in ("Northern Ireland", "100.00", "10000.00", "2026", "NL"):
            self.assertIn(words, text)
        self.assertNotIn("table of VAT rates", text)
        text = explain_treatment(self.env, "eu_consumer", params | {"rate": "0.2"})
        self.assertIn("20 %", text)
        self.assertIn("table of VAT rates", text)

    def test_every_suspicion_says_what_is_wrong(self):
        self.assertEqual(set(VAT_TEXTS), set(SUSPICIONS))
        params = dict.fromkeys(VAT_PARAMS, "DE") | {"rate": "0.19"}
        texts = {
            self.sentence("vat_suspicious", params | {"reason": reason})
            for reason in SUSPICIONS
        }
        self.assertEqual(len(texts), len(SUSPICIONS))
        self.assertTrue(any("19 %" in text for text in texts))

    # === HOW IT READS === #
    def test_every_word_of_the_vocabulary_has_a_label(self):
        words = {*PROBLEMS, *SUSPICIONS}
        words |= {kind.value for kind in LineKind}
        words |= {treatment.value for treatment in Treatment}
        self.assertLessEqual(words, set(LABELS))

    def test_every_sentence_is_a_sentence(self):
        for code, reason in REASONS.items():
            with self.subTest(code=code):
                for text in (reason.text._source, reason.advice._source):
                    self.assertTrue(text.endswith((".", ")s")), text)
                    self.assertIn(text[0], ascii_letters + "%")

    def test_words_and_rates_are_shown_as_people_read_them(self):
        text = self.sentence(
            "rule_missing",
            {
                "line_kind": "shipping",
                "treatment": "oss",
                "rate": "0.055",
                "country": "FR",
            },
        )
        self.assertIn("for shipping costs, distance sale (OSS), 5.5 %, FR.", text)
        self.assertEqual(as_percentage("1"), "100 %")
        self.assertEqual(as_percentage("0.000000"), "0 %")

    def test_differences_are_told_in_words_of_the_vocabulary(self):
        text = self.sentence(
            "document_conflict", {"reference": "ORD1", "differences": "total, date"}
        )
        self.assertIn("differs: total, date.", text)

    def test_a_missing_value_is_a_question_mark_and_no_error(self):
        text, _advice = describe(self.env, "document_several", {})
        self.assertIn("reference ?", text)

    def test_an_error_without_words_still_reads_as_a_sentence(self):
        for code in ("temporary", "bad_answer", "reconnect", "access_denied"):
            with self.subTest(code=code):
                self.sentence(code, {"service": "Exact Online"})

    def test_an_unknown_code_has_a_general_sentence(self):
        text = self.sentence("refused.something_new", {"detail": "Ongeldig: Iets"})
        self.assertEqual(text, "Exact Online refused the document: Ongeldig: Iets")
        self.assertIn("unexpected", self.sentence("never.heard_of", {}))
        self.assertEqual(describe(self.env, False), ("", ""))

    def test_a_percent_sign_of_the_vendor_does_no_harm(self):
        text = self.sentence("rejected", {"detail": "100% fout, %s en %d"})
        self.assertIn("100% fout, %s en %d", text)

    def test_a_dutch_sentence_wants_the_same_values(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        dutch = self.env(context={**self.env.context, "lang": "nl_NL"})
        for code, reason in REASONS.items():
            with self.subTest(code=code):
                self.assertTrue(describe(dutch, code, self.values_of(wanted(code)))[0])
                for text in (reason.text, reason.advice):
                    self.assertEqual(
                        placeholders(dutch._(text)), placeholders(text._source)
                    )
