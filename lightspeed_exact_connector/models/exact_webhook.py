import logging

from odoo import api, fields, models

from ..accounting.booking import Hold
from ..accounting.money import dumps
from ..clients.exact_webhooks import SUBSCRIPTION_FIELDS, SUBSCRIPTIONS, guid_text
from ..clients.odata import guid_literal

_logger = logging.getLogger(__name__)


class ExactWebhook(models.Model):
    """The subscription of one administration to one kind of change in Exact Online.

    Only the engine writes it.  A subscription is recognised by the path of its
    address, which has the key of the administration in it: those of others are never
    touched, unless a person says so.
    """

    _name = "exact.webhook"
    _description = "Subscription to Changes in Exact Online"
    _inherit = ["lightspeed.exact.problem.mixin"]
    _order = "administration_id, topic"
    _rec_name = "topic"

    administration_id = fields.Many2one(
        "exact.administration", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="administration_id.company_id", store=True, index=True
    )
    topic = fields.Selection(
        [("SalesEntries", "Sales entries"), ("SalesInvoices", "Sales invoices")],
        string="Changes of",
        required=True,
    )
    state = fields.Selection(
        [
            ("new", "Not made yet"),
            ("active", "Active"),
            ("problem", "Not working"),
        ],
        required=True,
        default="new",
    )
    operation_id = fields.Many2one("lightspeed.exact.operation", ondelete="restrict")
    remote_id = fields.Char(string="Exact ID")
    checked_at = fields.Datetime(string="Last checked")
    received_at = fields.Datetime(string="Last received")

    _topic_uniq = models.Constraint(
        "UNIQUE(administration_id, topic)",
        "An administration has one subscription of a kind.",
    )

    # === MAKING === #
    def _settle_lost(self, work):
        """Find out what became of a subscription whose answer was lost.

        :raise Pending: it is too early to know
        :raise Hold: there are several
        :raise ConnectorError: Exact could not be asked
        """
        operation = self.operation_id
        if operation.state != "sending":
            return
        address = operation._intended()["CallbackURL"]
        operation._recover(
            work.client,
            lambda: [
                row
                for row in work.find(
                    SUBSCRIPTIONS, SUBSCRIPTION_FIELDS, "Topic", self.topic
                )
                if row.get("CallbackURL") == address
            ],
            # Topic and address are all there is to it.
            lambda row: [],
        )

    def _subscribe(self, work, address):
        """Make the subscription; the administration's key is committed already.

        :param str address: to which Exact posts
        :raise Hold: Exact refused it
        :raise ConnectorError: technical trouble; the outcome may be unknown
        """
        administration = self.administration_id
        operation = self.env["lightspeed.exact.operation"]._intend(
            administration, "webhook", self.topic, self.topic.upper()
        )
        self.operation_id = operation
        payload = {"CallbackURL": address, "Topic": self.topic}
        # Once a day at most: what Exact refused may be our own address, and whether
        # that is reached has nothing to do with what is sent.
        operation._set_payload(dumps(payload), force=True)
        operation._send(work.client)
        self._is_active(operation.remote_id)

    def _is_active(self, remote_id):
        self._clear_problem()
        self.write(
            {
                "state": "active",
                "remote_id": remote_id,
                "checked_at": fields.Datetime.now(),
            }
        )

    def _has_trouble(self, code, params=None):
        for row in self:
            _logger.info(
                "Webhooks of administration %s: %s", row.administration_id.id, code
            )
        self._set_problem(code, params)
        self.write({"state": "problem", "checked_at": fields.Datetime.now()})

    def _try(self, work, address):
        """Make the subscription, and remember a refusal here."""
        try:
            self._subscribe(work, address)
        except Hold as hold:
            self._has_trouble(
                "exact_webhooks.refused", {"detail": hold.params.get("detail") or ""}
            )

    # === REMOVING === #
    @api.model
    def _end(self, client, row):
        """End a subscription; one that is gone already is no trouble.

        :param dict row: of Exact
        :raise ConnectorError: it may be there still
        """
        client.delete(f"{SUBSCRIPTIONS}({guid_literal(row['ID'])})")

    def _forget(self):
        """Forget subscriptions that are not in Exact any more."""
        operations = self.operation_id
        self.unlink()
        if operations:
            operations._forget_made()

    # === RECEIVING === #
    @api.model
    def _received(self, administration, topic):
        """Remember that a webhook came; not more than once in a minute.

        :param str topic: as it was said; unknown ones are nobody's
        """
        row = self.sudo().search(
            [("administration_id", "=", administration.id), ("topic", "=", topic)],
            limit=1,
        )
        self.env["lightspeed.exact.webhook"]._note_received(row)


def of_app(row, client_id):
    """Return whether a subscription is one of the app.

    An app is said to see its own only; where a row tells, it is believed.

    :param dict row: of Exact
    :param str client_id: of the app
    :rtype: bool
    """
    said = guid_text(row.get("ClientID"))
    return not said or said == (guid_text(client_id) or client_id)
