from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# What ends by itself: the calls that a vendor allows are used up.
QUOTA_CODES = ("rate_limited", "client_errors")

# What somebody should look at.
TROUBLE = ("reconnect", "trouble", "attention")


class LightspeedExactLink(models.Model):
    """How it goes with a link, in one word."""

    # A room of its own, beside what the word is made of.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    status = fields.Selection(
        [
            ("reconnect", "Reconnect"),
            ("trouble", "Trouble"),
            ("attention", "Needs attention"),
            ("quota", "Waiting for quota"),
            ("running", "Running"),
            ("paused", "Paused"),
            ("setup", "Not set up"),
        ],
        string="How it goes",
        compute="_compute_status",
        search="_search_status",
        help="Reconnect: Exact Online wants a new consent. Trouble: the shop or Exact "
        "Online cannot be used. Needs attention: orders are held, or are tried again. "
        "Waiting for quota: the calls of today are used up; it goes on by itself.",
    )

    # No dependencies, as the counts: it is asked for when it is looked at.
    def _compute_status(self):
        words = {}
        # In sudo mode: the word counts what it is of, whoever looks.
        groups = (
            self.sudo()
            .with_context(active_test=False)
            ._read_group([("id", "in", self._origin.ids)], ["status"], ["id:recordset"])
        )
        for word, links in groups:
            words.update(dict.fromkeys(links.ids, word))
        for link in self:
            link.status = words.get(link._origin.id, "setup")

    @api.model
    def _search_status(self, operator, value):
        if operator != "in":
            # Odoo turns the others around.
            return NotImplemented
        words = [word for word in value if word]
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s = ANY(%s)", model._field_to_sql(alias, "status", query), words
            ),
            predicate=lambda link: link.status in words,
        )

    @api.model
    def _field_to_sql(self, alias, field_expr, query=None):
        """Let links be searched, grouped and sorted by the word as by a column."""
        if field_expr != "status" or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        rows = query.make_alias(alias, "status")
        condition = SQL(
            "%s = %s", SQL.identifier(rows, "id"), SQL.identifier(alias, "id")
        )
        query.add_join("LEFT JOIN", rows, self._status_table(), condition)
        return SQL.identifier(rows, "status")

    @api.model
    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """Sort what needs somebody first: as the words stand in the field."""
        if field_name != "status":
            return super()._order_field_to_sql(
                alias, field_name, direction, nulls, query
            )
        words = [SQL("%s", word) for word, _label in self._fields["status"].selection]
        return SQL(
            "array_position(ARRAY[%s], %s) %s %s",
            SQL(", ").join(words),
            self._field_to_sql(alias, field_name, query),
            direction,
            nulls,
        )

    @api.model
    def _status_table(self):
        """Return a table of the links with the word of each.

        :rtype: SQL
        """
        # In sudo mode: the word counts what it is of, whoever looks.
        links = self.sudo().with_context(active_test=False)
        cases = [
            SQL("WHEN id IN %s THEN %s", links._search(domain).subselect(), word)
            for word, domain in links._status_domains()
        ]
        return SQL(
            "(SELECT id, CASE %s ELSE 'running' END AS status FROM %s)",
            SQL(" ").join(cases),
            SQL.identifier(self._table),
        )

    @api.model
    def _status_domains(self):
        """Return of which links a word is true; the first one counts.

        What a person must do goes before what ends by itself.

        :return: pairs of a value of ``status`` and a domain of links
        :rtype: list(tuple(str, Domain))
        """
        held = [("state", "in", ("held", "failed"))]
        quota = Domain("problem_code", "in", QUOTA_CODES)
        quota |= Domain("administration_id.problem_code", "in", QUOTA_CODES)
        return [
            ("setup", Domain("state", "=", "draft")),
            ("paused", Domain("state", "=", "paused")),
            ("reconnect", self._disconnected_domain()),
            ("trouble", self._trouble_domain()),
            ("attention", Domain("order_ids", "any", held)),
            ("quota", quota),
        ]

    @api.model
    def _disconnected_domain(self):
        """Return the links whose administration has no consent that still counts."""
        # In sudo mode: token rows are closed to everybody.  Their secrets are not read.
        tokens = (
            self.env["exact.token"]
            .sudo()
            .search_fetch(
                [
                    ("state", "=", "connected"),
                    "|",
                    ("refresh_expires_at", "=", False),
                    ("refresh_expires_at", ">=", fields.Datetime.now()),
                ],
                ["connection_id"],
                order="id",
            )
        )
        connected = tokens.connection_id.ids
        return Domain("administration_id.connection_id", "not in", connected)

    @api.model
    def _trouble_domain(self):
        """Return the links that remember a problem, or that an incident concerns."""
        well = (False, *QUOTA_CODES)
        domain = Domain("problem_code", "not in", well)
        domain |= Domain("administration_id.problem_code", "not in", well)
        incidents = self.env["lightspeed.exact.incident"].search_fetch(
            [
                ("ended_at", "=", False),
                ("recovered_at", "=", False),
                ("problem_code", "not in", QUOTA_CODES),
            ],
            ["res_model", "res_id"],
            order="id",
        )
        for path, model in (
            ("id", self._name),
            ("shop_id", "lightspeed.shop"),
            ("administration_id", "exact.administration"),
            ("administration_id.connection_id", "exact.connection"),
        ):
            rows = incidents.filtered(lambda row, model=model: row.res_model == model)
            domain |= Domain(path, "in", rows.mapped("res_id"))
        return domain
