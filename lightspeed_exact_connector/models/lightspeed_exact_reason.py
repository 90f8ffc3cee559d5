import re

from odoo import api, fields, models
from odoo.tools import SQL

from .lightspeed_exact_solution import NAMES, SCREENS
from .reasons import REASONS, ROOMS, WHO

AREAS = [
    ("sale", "Order, amounts and VAT"),
    ("document", "Document in Exact Online"),
    ("attachment", "Attachment"),
    ("draft", "Open sales invoice"),
    ("products", "Products"),
    ("rehearsal", "Observing"),
    ("invoice", "Sales invoice and items"),
    ("webhooks", "Webhooks"),
    ("wire", "Connection"),
    ("incident", "Incident"),
    ("privacy", "Retention"),
]


class LightspeedExactReason(models.Model):
    """The reason catalogue to read: what can be told, and who can do what about it.

    Without a table: made of the catalogue itself, in the language of the reader.
    """

    _name = "lightspeed.exact.reason"
    _description = "Entry of the Reason Catalogue"
    _auto = False
    _order = "id"
    _rec_name = "text"

    code = fields.Char(readonly=True)
    area = fields.Selection(AREAS, string="About", readonly=True)
    text = fields.Char(
        string="What it says",
        readonly=True,
        depends_context=("lang",),
        help="… stands for what differs each time.",
    )
    advice = fields.Char(string="What to do", readonly=True, depends_context=("lang",))
    who = fields.Selection(WHO, readonly=True, help="Who can do something about it.")
    screen = fields.Char(
        string="Solved at",
        readonly=True,
        depends_context=("lang",),
        help="The screen that the button Solve of the work queue opens.",
    )

    @property
    def _table_query(self):
        return SQL(
            "SELECT * FROM (VALUES %s)"
            " AS c (id, code, area, text, advice, who, screen)",
            SQL(", ").join(self._rows()),
        )

    @api.model
    def _rows(self):
        """Yield each entry as a row."""
        areas = {code: area for area, room in ROOMS.items() for code in room.REASONS}
        for number, (code, reason) in enumerate(REASONS.items(), 1):
            screen = NAMES.get(SCREENS.get(code))
            yield SQL(
                "(%s, %s, %s, %s, %s, %s, %s)",
                number,
                code,
                areas[code],
                self._shown(reason.text),
                self._shown(reason.advice),
                reason.who,
                self.env._(screen) if screen else "",
            )

    @api.model
    def _shown(self, text):
        """Return a text with its values left open.

        :rtype: str
        """
        return re.sub(r"%\(\w+\)s", "…", self.env._(text)).replace("%%", "%")
