from datetime import timedelta
from uuid import UUID

from odoo import api, fields, models

from ..accounting import customer as relations
from ..accounting.booking import Hold
from ..accounting.money import dumps
from .exact_administration_customers import RELATION_FIELDS

# How long the VAT number of a relation, once read, counts for a reverse charge.
NUMBER_HOURS = 24


class LightspeedExactOrder(models.Model):
    """The customer of an order as a relation (relatie) in Exact Online."""

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    is_company = fields.Boolean(readonly=True)
    is_guest = fields.Boolean(
        string="Guest", readonly=True, help="Ordered without an account in the shop."
    )
    vat_number = fields.Char(
        string="VAT number",
        readonly=True,
        help="When it can tell which company the customer is.",
    )

    @api.model
    def _customer_values(self, raw):
        is_company, number, is_guest = relations.listed(raw)
        return {
            **super()._customer_values(raw),
            "is_company": is_company,
            "is_guest": is_guest,
            "vat_number": number or False,
        }

    def _asked_by_email(self):
        """Return the orders whose relation may be known by e-mail address.

        The list of the shop tells enough: an order on a collective debtor or of a
        company with a VAT number costs no look-up by e-mail address.
        """
        policies = {link: link._customer_policy() for link in self.link_id}
        return self.filtered(
            lambda order: (
                order.email_key
                and relations.needs_email(
                    policies[order.link_id],
                    is_company=order.is_company,
                    vat_number=order.vat_number or "",
                    is_guest=order.is_guest,
                )
            )
        )

    def _relation(self, work, sale, booking):
        """Return the relation of the customer: known, found, made, or collective.

        One per identity; later changes are pushed neither way.

        :param Sale sale: the order
        :param Booking booking: what was decided for it
        :rtype: exact.customer
        :raise Hold: the relation cannot be used
        :raise ConnectorError: Exact could not be asked
        """
        policy = work.policy(self.link_id).customers
        identity = relations.identify(
            sale, booking.treatment, booking.vat_number, policy
        )
        known = self.env["exact.customer"]._known(self.administration_id, identity.key)
        if identity.kind == "collective":
            if not known:
                raise Hold("collective_missing", country=sale.shipping.country or "-")
            return known
        if known and self._has_right_number(work, known, identity):
            return known
        return self._found_or_made(work, sale, identity, policy)

    def _found_or_made(self, work, sale, identity, policy):
        customers = self.env["exact.customer"]
        payload = relations.relation(sale, policy, identity)
        operation = self.env["lightspeed.exact.operation"]._intend(
            self.administration_id, "relation", identity.key, identity.key
        )
        if operation.state == "sending":
            typed = sale.customer.vat_number
            operation._recover(
                work.client,
                lambda: self.administration_id._made_relations(
                    work, identity, typed, operation
                ),
                lambda row: [],
            )
        row = self._relation_in_exact(work, sale, identity, operation)
        if row:
            origin = "created" if row["ID"] == operation.remote_id else "found"
            return self._usable_relation(customers, identity.key, row, origin)
        known = self._known_by_email(identity)
        if known:
            return known.copy({"identity": identity.key})
        operation._set_payload(dumps(payload), force=self.force)
        operation._send(work.client)
        row = {
            **payload,
            "ID": operation.remote_id,
            "Code": operation.remote_number,
        }
        return customers._remember(self.administration_id, identity.key, row, "created")

    # === WHAT IS REMEMBERED === #
    def _has_right_number(self, work, known, identity):
        """Return whether a remembered relation may carry this sale.

        Under reverse charge its VAT number in Exact must be the order's, as read
        within a day; one that is not stands for this customer no longer.

        :raise Hold: the relation was blocked or is no customer any more
        """
        if not identity.strict:
            return True
        fresh_from = fields.Datetime.now() - timedelta(hours=NUMBER_HOURS)
        if (
            known.checked_at
            and known.checked_at > fresh_from
            and relations.same_number(known.vat_number or "", identity.vat_number)
        ):
            return True
        rows = work.find("crm/Accounts", RELATION_FIELDS, "ID", UUID(known.remote_id))
        for row in rows:
            known.write(known._row_values(row))
            if relations.same_number(known.vat_number or "", identity.vat_number):
                self._check_usable(row)
                return True
        known._retire()
        return False

    def _known_by_email(self, identity):
        """Return the remembered relation of a company's e-mail address, if it will do.

        Its address in Exact may have become another one: then only we know it by this.
        """
        customers = self.env["exact.customer"]
        key = relations.email_key(identity.email)
        if identity.kind != "vat_number" or identity.strict or not key:
            return customers
        known = customers._known(self.administration_id, key)
        return known.filtered(lambda customer: not customer.vat_number)

    # === WHAT EXACT HAS === #
    def _relation_in_exact(self, work, sale, identity, operation):
        """Return the relation that Exact has for the customer, ``None`` without one.

        One that the connector made is known by its identity, whatever has become of
        its e-mail address; any other by its VAT number or e-mail address.
        """
        if operation.state == "done":
            made = work.find(
                "crm/Accounts", RELATION_FIELDS, "ID", UUID(operation.remote_id)
            )
            if made and self._is_right(made[0], identity):
                return made[0]
        elif identity.kind == "email" and identity.key in work.absent:
            return None
        rows = self.administration_id._relations_of(
            work, identity, sale.customer.vat_number
        )
        if identity.kind == "vat_number":
            return relations.choose_company(rows, identity)
        return relations.choose_relation(rows, identity.email)

    def _is_right(self, row, identity):
        """Return whether a relation has the VAT number that this sale wants, if any."""
        return not identity.strict or relations.same_number(
            relations.number_of(row), identity.vat_number
        )

    def _usable_relation(self, customers, key, row, origin):
        """Remember a relation that was found, when a sale can be booked on it."""
        self._check_usable(row)
        return customers._remember(self.administration_id, key, row, origin)

    def _check_usable(self, row):
        """Refuse a relation that Exact would refuse on a sale.

        :raise Hold: ``relation_blocked`` or ``relation_not_customer``
        """
        if row.get("Blocked"):
            raise Hold("relation_blocked", code=(row.get("Code") or "").strip())
        if row.get("Status") != "C":
            raise Hold(
                "relation_not_customer",
                code=(row.get("Code") or "").strip(),
                status=(row.get("Status") or "-").strip(),
            )
