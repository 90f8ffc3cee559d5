from odoo import fields, models


class ExactToken(models.Model):
    """The token pair of one connection.

    A row of its own that people never edit and no business transaction writes: it is
    read and written through cursors of its own (see ``exact.connection``).
    """

    _name = "exact.token"
    _description = "Exact Online Token"
    _rec_name = "connection_id"
    _log_access = False

    connection_id = fields.Many2one(
        "exact.connection", required=True, ondelete="cascade", index=True
    )
    access_token = fields.Text(copy=False)
    refresh_token = fields.Text(copy=False)
    issued_at = fields.Datetime()
    expires_at = fields.Datetime()
    refresh_expires_at = fields.Datetime()
    state = fields.Selection(
        [("connected", "Connected"), ("reconnect", "Reconnect needed")],
        required=True,
        default="connected",
    )
    problem_code = fields.Char()
    problem_detail = fields.Char()

    _connection_uniq = models.Constraint(
        "UNIQUE(connection_id)", "A connection has one token pair."
    )
