from uuid import UUID

from odoo import models

from ..accounting import customer as relations
from ..accounting.booking import Hold
from ..accounting.money import dumps
from .exact_administration_slice import RELATION_FIELDS


class LightspeedExactOrder(models.Model):
    """The customer of an order as a relation (relatie) in Exact Online."""

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    def _relation(self, work, sale, booking):
        """Return the relation of the customer: known, found, or made.

        One per e-mail address; later changes are pushed neither way.

        :param Sale sale: the order
        :param Booking booking: what was decided for it
        :raise Hold: the relation cannot be used
        :raise ConnectorError: Exact could not be asked
        """
        customers = self.env["exact.customer"]
        administration = self.administration_id
        key = relations.email_key(sale.customer.email)
        known = customers.search(
            [("administration_id", "=", administration.id), ("email_key", "=", key)]
        )
        if known:
            return known
        payload = relations.relation(sale)
        operation = self.env["lightspeed.exact.operation"]._intend(
            administration, "relation", key, key
        )
        if operation.state == "sending":
            operation._recover(
                lambda: self._relations_in_exact(work, sale), lambda row: []
            )
        row = self._relation_in_exact(work, sale, operation)
        if row:
            origin = "created" if row["ID"] == operation.remote_id else "found"
            return self._usable_relation(customers, key, row, origin)
        operation._set_payload(dumps(payload), force=self.force)
        operation._send(work.client)
        row = {
            "ID": operation.remote_id,
            "Code": operation.remote_number,
            "Name": payload["Name"],
        }
        return customers._remember(administration, key, row, "created")

    def _relation_in_exact(self, work, sale, operation):
        """Return the relation that Exact has for the customer, ``None`` without one.

        One that the connector made is known by its identity, whatever has become of
        its e-mail address; any other by its e-mail address.
        """
        if operation.state == "done":
            made = work.find(
                "crm/Accounts", RELATION_FIELDS, "ID", UUID(operation.remote_id)
            )
            if made:
                return made[0]
        elif relations.email_key(sale.customer.email) in work.absent:
            return None
        return relations.choose_relation(
            self._relations_in_exact(work, sale), sale.customer.email
        )

    def _usable_relation(self, customers, key, row, origin):
        """Remember a relation that was found, when a sale can be booked on it."""
        if row.get("Blocked"):
            raise Hold("relation_blocked", code=(row.get("Code") or "").strip())
        if row.get("Status") != "C":
            raise Hold(
                "relation_not_customer",
                code=(row.get("Code") or "").strip(),
                status=(row.get("Status") or "-").strip(),
            )
        return customers._remember(self.administration_id, key, row, origin)

    def _relations_in_exact(self, work, sale):
        email = sale.customer.email
        key = relations.email_key(email)
        return self.administration_id._find_relations(work.client, {key: email})
