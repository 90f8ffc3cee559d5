"""A booking summary as PDF: the same bytes for the same summary, whatever its texts."""

import io
import re
from functools import cache
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, Table

from ..accounting.summary import Summary

MARGIN = 18 * mm
SIZE = 8.5

# A system's own font knows most writings; the other comes with reportlab.
FAMILIES = (("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"), ("Vera.ttf", "VeraBd.ttf"))

# Fonts that a reader brings along, for writings of tens of thousands of characters.
ASIAN = (
    (re.compile("[\uac00-\ud7af\u1100-\u11ff\u3130-\u318f]"), "HYSMyeongJo-Medium"),
    (re.compile("[\u3040-\u30ff\u31f0-\u31ff]"), "HeiseiMin-W3"),
    (
        re.compile("[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]"),
        "STSong-Light",
    ),
)
UNKNOWN = "?"

LINE_WIDTHS = (0.32, 0.11, 0.11, 0.1, 0.12, 0.12, 0.12)
RATE_WIDTHS = (0.64, 0.12, 0.12, 0.12)


def render(summary: Summary) -> bytes:
    """Return the summary as a PDF of as many pages as it takes.

    :param summary: any texts; characters that no font has become question marks
    """
    target = io.BytesIO()
    page = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=summary.title,
        author="",
        creator="",
        # No moment of making and no random identity: a retry gives the same bytes.
        invariant=1,
    )
    style = _Style(page.width)
    page.build(
        [
            Paragraph(style.marked(summary.title, bold=True), style.title),
            Spacer(0, 4 * mm),
            *_facts(summary, style),
            Spacer(0, 6 * mm),
            _table(
                summary.line_heading,
                summary.lines,
                (summary.total[0], "", "", "", *summary.total[1:]),
                LINE_WIDTHS,
                style,
            ),
            Spacer(0, 6 * mm),
            _table(
                summary.rate_heading, summary.rates, summary.total, RATE_WIDTHS, style
            ),
        ],
        onFirstPage=_page_number,
        onLaterPages=_page_number,
    )
    return target.getvalue()


class _Style:
    """Fonts and paragraph styles of one document."""

    def __init__(self, width):
        self.width = width
        self.regular, self.bold = _fonts()
        common = {"fontName": self.regular, "leading": SIZE * 1.25}
        self.text = ParagraphStyle("text", fontSize=SIZE, **common)
        self.figure = ParagraphStyle("figure", parent=self.text, alignment=TA_RIGHT)
        self.title = ParagraphStyle(
            "title", fontName=self.bold, fontSize=14, leading=18, splitLongWords=1
        )

    def marked(self, text, bold=False):
        """Return a text as markup in which each character has a font that has it."""
        font = self.bold if bold else self.regular
        runs = []
        for char in text:
            name, char = _font_of(char, font)
            if runs and runs[-1][0] == name:
                runs[-1][1].append(char)
            else:
                runs.append((name, [char]))
        return "".join(
            f'<font name="{name}">{escape("".join(chars))}</font>'
            for name, chars in runs
        )

    def cell(self, text, figure=False, bold=False):
        style = self.figure if figure else self.text
        return Paragraph(self.marked(text, bold), style)


def _facts(summary, style):
    rows = [
        [style.cell(label, bold=True), style.cell(text)]
        for label, text in summary.facts
    ]
    if not rows:
        return []
    table = Table(rows, colWidths=[style.width * 0.24, style.width * 0.76])
    table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_PADDING])
    return [table]


def _table(heading, rows, total, widths, style):
    """Return a table whose heading is repeated on each page."""
    # The first column is words, the last three are amounts, codes are between.
    figures = {len(widths) - 3, len(widths) - 2, len(widths) - 1}
    if len(widths) > 4:
        figures.add(1)

    def cells(row, bold=False):
        return [
            style.cell(text, column in figures, bold) for column, text in enumerate(row)
        ]

    table = LongTable(
        [cells(heading, True), *map(cells, rows), cells(total, True)],
        colWidths=[style.width * width for width in widths],
        repeatRows=1,
    )
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.6, colors.black),
            ("LINEABOVE", (0, -1), (-1, -1), 0.6, colors.black),
            *_PADDING,
        ]
    )
    return table


_PADDING = [
    ("LEFTPADDING", (0, 0), (-1, -1), 2),
    ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ("TOPPADDING", (0, 0), (-1, -1), 1.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
]


def _page_number(canvas, page):
    canvas.saveState()
    canvas.setFont(_fonts()[0], 7)
    canvas.drawRightString(A4[0] - MARGIN, MARGIN / 2, str(page.page))
    canvas.restoreState()


# === FONTS === #


@cache
def _fonts():
    """Return the names of a regular and a bold font, registered."""
    for regular, bold in FAMILIES:
        names = (f"lec-{regular[:-4]}", f"lec-{bold[:-4]}")
        try:
            for name, file in zip(names, (regular, bold), strict=True):
                pdfmetrics.registerFont(TTFont(name, file))
        except (TTFError, OSError):
            continue
        return names
    return "Helvetica", "Helvetica-Bold"


@cache
def _asian(name):
    """Return whether a font for an Asian writing could be registered."""
    try:
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    except (KeyError, OSError, ValueError):
        return False
    return True


@cache
def _glyphs(font):
    face = getattr(pdfmetrics.getFont(font), "face", None)
    return frozenset(getattr(face, "charToGlyph", ()))


def _font_of(char, font):
    """Return a font that has a character, and the character that is shown for it."""
    glyphs = _glyphs(font)
    if ord(char) in glyphs if glyphs else _is_latin(char):
        return font, char
    for pattern, name in ASIAN:
        if pattern.match(char):
            return (name, char) if _asian(name) else (font, UNKNOWN)
    return font, UNKNOWN


def _is_latin(char):
    """Return whether the fonts that every reader has know a character."""
    return 32 <= ord(char) < 127 or 160 <= ord(char) < 256
