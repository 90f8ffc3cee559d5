"""The Dutch translation: complete, sound, and used wherever a person reads."""

import inspect
import io
import re
from collections import Counter
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

from odoo.addons.lightspeed_exact_connector.models import reasons
from odoo.addons.lightspeed_exact_connector.models.reasons import describe

from tests.addon.connector_case import ConnectorCase

ADDON = "lightspeed_exact_connector"
FOLDER = Path(inspect.getfile(reasons)).parent.parent / "i18n"
TEMPLATE = FOLDER / f"{ADDON}.pot"
DUTCH = FOLDER / "nl.po"

# What a translation must leave as it is; a title in a tag is text.
KEPT = re.compile(r"%\(\w+\)[a-z]|%%|%s|%d|\{\w*\}|<[^>]+>|[“”→]")
TITLE = re.compile(r'title="[^"]*"')


def kept(text):
    """Count what must be the same in a text and its translation."""
    return Counter(TITLE.sub("title", part) for part in KEPT.findall(text))


def edges(text):
    """Return what a text starts and ends with, where that matters to its reader."""
    return text[:1] == "\n", text[-1:] if text[-1:] in ".:?\n " else ""


class DutchCase:
    """Dutch is switched on in the database, with the texts of this addon."""

    def load_dutch(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.env["ir.module.module"]._load_module_terms([ADDON], ["nl_NL"])

    def dutch(self, records):
        return records.with_context(lang="nl_NL")


@tagged("post_install", "-at_install")
class TestTranslationFiles(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = polib.pofile(str(TEMPLATE))
        cls.translated = polib.pofile(str(DUTCH))

    def test_the_template_holds_what_odoo_exports_now(self):
        buffer = io.BytesIO()
        trans_export(None, [ADDON], buffer, "po", self.env)
        exported = {e.msgid: e for e in polib.pofile(buffer.getvalue().decode())}
        committed = {entry.msgid: entry for entry in self.template}
        missing = [e for text, e in exported.items() if text not in committed]
        gone = [e for text, e in committed.items() if text not in exported]
        self.assertGreater(len(exported), 500)
        self.assertEqual(self.own_texts(missing), [], "missing: run bin/i18n")
        self.assertEqual(self.own_texts(gone), [], "gone: run bin/i18n")

    def own_texts(self, entries):
        """Return the texts that are not merely those of fields of Odoo's own mixins."""
        return [entry.msgid for entry in entries if self.is_own(entry)]

    def is_own(self, entry):
        for occurrence, _line in entry.occurrences:
            if not occurrence.startswith("model:ir.model.fields,"):
                return True
            xmlid = occurrence.rpartition(":")[2]
            row = self.env.ref(xmlid, raise_if_not_found=False)
            if not row or ADDON in self.env[row.model]._fields[row.name]._modules:
                return True
        return False

    def test_texts_of_odoos_own_fields_are_told_from_the_addons(self):
        own = {entry.msgid: self.is_own(entry) for entry in self.template}
        self.assertTrue(own["Order statuses"])
        self.assertTrue(own["Choose a sales journal."])
        self.assertFalse(own["If checked, new messages require your attention."])
        self.assertLess(list(own.values()).count(False), 50)

    def test_every_text_has_a_dutch_translation(self):
        self.assertEqual(
            [entry.msgid for entry in self.translated],
            [entry.msgid for entry in self.template],
        )
        self.assertEqual([e.msgid for e in self.translated.untranslated_entries()], [])
        self.assertEqual([e.msgid for e in self.translated.fuzzy_entries()], [])
        self.assertEqual([e.msgid for e in self.translated.obsolete_entries()], [])

    def test_a_translation_keeps_placeholders_tags_and_quotes(self):
        for entry in self.translated:
            with self.subTest(text=entry.msgid):
                self.assertEqual(kept(entry.msgstr), kept(entry.msgid))
                self.assertEqual(edges(entry.msgstr), edges(entry.msgid))

    def test_a_placeholder_that_a_translation_lost_is_found(self):
        self.assertNotEqual(kept("at %(rate)s"), kept("bij %(tarief)s"))
        self.assertNotEqual(kept("{number}"), kept("{nummer}"))
        self.assertNotEqual(kept("0 %% also"), kept("0 % ook"))
        self.assertNotEqual(kept("<b>Held</b>"), kept("<b>Vastgehouden"))
        self.assertNotEqual(kept('<i class="a"/>'), kept('<i class="b"/>'))
        self.assertEqual(kept('<i title="Problem"/>'), kept('<i title="Probleem"/>'))

    def test_nothing_in_the_files_changes_by_itself(self):
        for file in (self.template, self.translated):
            self.assertNotIn("POT-Creation-Date", file.metadata)
            self.assertNotIn("PO-Revision-Date", file.metadata)
        self.assertEqual(self.translated.metadata["Language"], "nl")


@tagged("post_install", "-at_install")
class TestDutchScreens(DutchCase, TransactionCase):
    def setUp(self):
        super().setUp()
        self.load_dutch()

    def test_menus_read_dutch(self):
        for menu, name in (
            ("lightspeed_exact_link_menu", "Koppelingen"),
            ("exact_journal_menu", "Dagboeken"),
            ("lightspeed_exact_configuration_reference_menu", "Stamgegevens"),
        ):
            record = self.env.ref(f"{ADDON}.{menu}")
            self.assertEqual(self.dutch(record).name, name)

    def test_fields_read_dutch(self):
        links = self.dutch(self.env["lightspeed.exact.link"])
        fields = links.fields_get()
        self.assertEqual(fields["journal_id"]["string"], "Dagboek")
        self.assertEqual(fields["administration_id"]["string"], "Administratie")
        self.assertIn(("paused", "Gepauzeerd"), fields["state"]["selection"])
        self.assertIn("{number}", fields["description_template"]["help"])
        self.assertIn("Laat leeg", fields["description_template"]["help"])

    def test_countries_of_an_app_read_dutch(self):
        apps = self.dutch(self.env["exact.app"])
        countries = dict(apps.fields_get(["country"])["country"]["selection"])
        self.assertEqual(countries["de"], "Duitsland")

    def test_statuses_read_dutch(self):
        status = self.env.ref(f"{ADDON}.lightspeed_status_order_completed_shipped")
        self.assertEqual(self.dutch(status).name, "Afgerond, verzonden")

    def test_odoo_takes_over_the_translation_of_every_view_and_help_text(self):
        found = 0
        for entry in polib.pofile(str(DUTCH)):
            for occurrence, _line in entry.occurrences:
                kind, _, rest = occurrence.partition(":")
                if kind != "model_terms":
                    continue
                field, _, xmlid = rest.partition(":")
                name = field.rpartition(",")[2]
                record = self.dutch(self.env.ref(xmlid))
                terms = record._fields[name].get_trans_terms(record[name])
                with self.subTest(record=xmlid):
                    self.assertIn(words(entry.msgstr), map(words, terms))
                found += 1
        self.assertGreater(found, 200)


@tagged("post_install", "-at_install")
class TestDutchSentences(DutchCase, ConnectorCase):
    def setUp(self):
        super().setUp()
        self.load_dutch()

    def test_a_held_order_says_why_in_dutch(self):
        link = self.make_link()
        added = self.add_order(customer={"email": "", "firstname": "Anna"})
        self.run_link(link)
        order = self.order(added["number"])
        self.assertEqual(order.reason_code, "customer_without_email")
        self.assertIn("no e-mail address", order.reason)
        self.assertEqual(
            self.dutch(order).reason,
            "De order heeft geen e-mailadres, dus de klant kan niet worden herkend.",
        )
        self.assertEqual(
            self.dutch(order).advice,
            "Vul het e-mailadres in bij de order in Lightspeed en probeer het opnieuw, "
            "of kies op de koppeling dat zulke orders naar een verzameldebiteur gaan.",
        )

    def test_what_a_link_still_misses_reads_dutch(self):
        link = self.make_link(start=False, journal_id=False)
        link.journal_id = False
        self.assertIn("Kies een verkoopdagboek.", self.dutch(link).missing_text)

    def test_the_catalogue_speaks_dutch(self):
        env = self.env(context={**self.env.context, "lang": "nl_NL"})
        values = {
            "line_kind": "shipping",
            "treatment": "reverse_charge",
            "rate": "0",
            "country": "BE",
        }
        self.assertEqual(
            describe(env, "rule_missing", values),
            (
                "Er is geen grootboekregel voor verzendkosten, intracommunautaire "
                "levering (btw verlegd), 0 %, BE.",
                "Voeg de grootboekregel toe op de koppeling; alle orders die erop "
                "wachten, komen dan vrij.",
            ),
        )

    def test_every_sentence_of_the_catalogue_is_another_one_in_dutch(self):
        env = self.env(context={**self.env.context, "lang": "nl_NL"})
        for code in reasons.REASONS:
            with self.subTest(code=code):
                english, dutch = describe(self.env, code), describe(env, code)
                self.assertNotEqual(english[0], dutch[0])
                self.assertNotEqual(english[1], dutch[1])


def words(text):
    """Return a text with every run of white space as one blank."""
    return " ".join(text.split())
