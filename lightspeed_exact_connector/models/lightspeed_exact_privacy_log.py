from odoo import api, fields, models


class LightspeedExactPrivacyLog(models.Model):
    """Who handed over or removed personal data, when, and how much: never whose.

    Written by the connector only, and changed by nobody.
    """

    _name = "lightspeed.exact.privacy.log"
    _description = "Record of Handling Personal Data"
    _order = "id desc"
    _rec_name = "kind"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    kind = fields.Selection(
        [
            ("search", "Looked up"),
            ("export", "Handed over"),
            ("erasure", "Erased on request"),
            ("retention", "Removed by retention"),
        ],
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one("res.users", string="By", readonly=True)
    done_at = fields.Datetime(string="On", required=True, readonly=True)
    counts = fields.Json(readonly=True)
    counts_text = fields.Text(string="What", compute="_compute_counts_text")

    @api.depends("counts")
    @api.depends_context("lang")
    def _compute_counts_text(self):
        labels = self.env["lightspeed.exact.retention"]._labels()
        for row in self:
            row.counts_text = "\n".join(
                f"{labels.get(name, name)}: {count}"
                for name, count in (row.counts or {}).items()
            )

    @api.model
    def _note(self, company, kind, counts):
        """Keep that something was done; counts only.

        :param company: whose data it was
        :param str kind: see ``kind``
        :param dict counts: kind of data to how many
        """
        # In sudo mode: nobody writes this himself.
        return self.sudo().create(
            {
                "company_id": company.id,
                "kind": kind,
                "user_id": self.env.uid,
                "done_at": fields.Datetime.now(),
                "counts": counts,
            }
        )
