"""The booking summary: its figures are those of the proof, its page takes any text."""

import re
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.summary import (
    TEXTS,
    Words,
    file_name,
    summary,
)
from odoo.addons.lightspeed_exact_connector.documents import summary_pdf
from odoo.addons.lightspeed_exact_connector.documents.summary_pdf import render

from .samples import NOW, policy, sale

DUTCH = Words({"title": "Boekingsoverzicht", "total": "Totaal"}, ",", ".")
TOLD = {
    "number": "ORD00412",
    "customer": "Anna Voorbeeld",
    "date": "03-06-2026",
    "treatment": "binnenland",
    "reason": "Geleverd in Nederland.",
}


def booked():
    return decide(sale(), policy(), status_reached_at=None, now=NOW)


def amount(text):
    return Decimal(text.replace(".", "").replace(",", "."))


def pages(pdf):
    return len(re.findall(rb"/Type /Page\b", pdf))


class TestTexts:
    def test_the_figures_are_those_of_the_proof(self):
        booking = booked()
        page = summary(booking, DUTCH, TOLD)
        assert amount(page.total[-1]) == booking.proof.order_gross == Decimal("62.16")
        for column in (-3, -2, -1):
            of_lines = sum(amount(row[column]) for row in page.lines)
            of_rates = sum(amount(row[column]) for row in page.rates)
            assert of_lines == of_rates == amount(page.total[column])
        assert [(row[0], amount(row[1]), amount(row[2])) for row in page.rates] == [
            (DUTCH.rate(rate), net, vat) for rate, net, vat in booking.proof.per_rate
        ]

    def test_it_tells_what_a_bookkeeper_wants_to_know(self):
        booking = booked()
        page = summary(booking, DUTCH, TOLD)
        facts = dict(page.facts)
        assert page.title == f"Boekingsoverzicht {booking.reference}"
        assert facts[TEXTS["reference"]] == booking.reference
        assert facts[TEXTS["number"]] == "ORD00412"
        assert facts[TEXTS["customer"]] == "Anna Voorbeeld"
        assert facts[TEXTS["date"]] == "03-06-2026"
        assert facts[TEXTS["treatment"]] == "binnenland"
        assert facts[TEXTS["reason"]] == "Geleverd in Nederland."
        assert TEXTS["original"] not in facts
        for row, line in zip(page.lines, booking.lines, strict=True):
            assert row[0] == line.description
            assert row[2:4] == (line.gl_code, line.vat_code)
            assert amount(row[4]) == line.net
            assert amount(row[5]) == line.vat

    def test_a_credit_names_what_it_credits(self):
        booking = replace(booked(), kind="credit", original="ORD00001")
        assert (TEXTS["original"], "ORD00001") in summary(booking, DUTCH, {}).facts

    def test_without_words_it_is_english_and_plain(self):
        booking = booked()
        page = summary(booking, Words(), {})
        assert page.title.startswith("Booking summary")
        assert (TEXTS["date"], booking.entry_date.isoformat()) in page.facts
        assert page.total[-1] == "62.16"

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("1234567.895", "1.234.567,90"),
            ("-0.005", "-0,01"),
            ("0", "0,00"),
            ("-1000", "-1.000,00"),
        ],
    )
    def test_amounts_are_written_as_the_language_does(self, value, text):
        assert DUTCH.amount(Decimal(value)) == text

    def test_rates_and_quantities_have_no_needless_zeros(self):
        assert DUTCH.rate(Decimal("0.0550")) == "5,5 %"
        assert DUTCH.number(Decimal("3.000")) == "3"
        assert DUTCH.number(None) == ""

    @pytest.mark.parametrize(
        ("reference", "name"),
        [
            ("WEB-100045", "WEB-100045.pdf"),
            ("ORD/1 é", "ORD-1.pdf"),
            ("../..", "document.pdf"),
            ("", "document.pdf"),
        ],
    )
    def test_a_file_name_is_taken_everywhere(self, reference, name):
        assert file_name(reference) == name


class TestPage:
    def test_a_retry_gives_the_very_same_bytes(self):
        page = summary(booked(), DUTCH, TOLD)
        first = render(page)
        assert first.startswith(b"%PDF-")
        assert pages(first) == 1
        assert render(page) == first

    def test_another_process_gives_the_same_bytes(self):
        page = summary(booked(), DUTCH, TOLD)
        code = (
            "import sys; sys.path[:0] = ['.']\n"
            "import tests.conftest\n"
            "tests.conftest._import_addon_without_odoo()\n"
            "from tests.accounting import test_summary as t\n"
            "page = t.summary(t.booked(), t.DUTCH, t.TOLD)\n"
            "sys.stdout.buffer.write(t.render(page))\n"
        )
        made = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, timeout=60
        )
        assert made.stdout == render(page)

    def test_another_booking_gives_other_bytes(self):
        page = summary(booked(), DUTCH, TOLD)
        other = summary(booked(), DUTCH, {**TOLD, "customer": "Jan Jansen"})
        assert render(page) != render(other)

    def test_hundreds_of_lines_take_several_pages(self):
        booking = booked()
        booking = replace(booking, lines=booking.lines * 150)
        pdf = render(summary(booking, DUTCH, TOLD))
        assert pages(pdf) > 5
        assert len(pdf) < 500_000

    @pytest.mark.parametrize(
        "text",
        [
            "x" * 5000,
            "word " * 3000,
            "<b>&amp; <para> </font> ]]> %s {0}",
            "Zażółć gęślą jaźń, Ελληνικά, Кириллица, עברית, العربية",
            "陶器のマグ 한국어 中文，全角",
            "mug \U0001f600 \U00020000 \ud83d \x00\x07\n\r\t\u202e\ufeff\u200d",
            "e" + "\u0301" * 200,
            "",
        ],
    )
    def test_any_text_gives_a_page(self, text):
        booking = booked()
        lines = tuple(replace(line, description=text) for line in booking.lines)
        booking = replace(booking, lines=lines, reference=text[:40])
        told = dict.fromkeys(TOLD, text)
        words = Words(dict.fromkeys(TEXTS, text), ",", "\u202f")
        pdf = render(summary(booking, words, told))
        assert pages(pdf) >= 1
        assert render(summary(booking, words, told)) == pdf

    def test_without_a_font_of_the_system_another_one_does(self, monkeypatch):
        page = summary(booked(), DUTCH, {**TOLD, "customer": "Łukasz 한"})
        for families in (summary_pdf.FAMILIES[1:], ()):
            summary_pdf._fonts.cache_clear()
            monkeypatch.setattr(summary_pdf, "FAMILIES", families)
            pdf = render(page)
            assert pages(pdf) == 1
            assert render(page) == pdf
        summary_pdf._fonts.cache_clear()
