from collections import namedtuple
from uuid import UUID

from odoo import api, models

from ..accounting import customer as relations
from ..accounting import parse
from ..accounting.booking import Hold, Skip
from ..accounting.listing_invoice import invoice_row
from ..accounting.money import dumps
from .exact_administration_slice import Work

# What stands in a rehearsed document where Exact would have an identity.
NOTHING = str(UUID(int=0))

# A relation that is nowhere.
NOBODY = namedtuple("Nobody", "remote_id")(NOTHING)


class RehearsalWork(Work):
    """Work without a client of Exact: nothing can be sent, whatever is asked for."""

    def __init__(self):
        super().__init__(None)

    @classmethod
    def beside(cls, work):
        """Return work that knows what other work knows, and can send nothing.

        It shares the clients of the shops: the other one closes them.

        :param Work work: of the same slice
        """
        mine = cls()
        mine.shops, mine.closed, mine.orders = work.shops, work.closed, work.orders
        mine._policies = work._policies
        return mine

    def close(self):
        for client in self.shops.values():
            client.close()


class LightspeedExactOrder(models.Model):
    """Rehearsing: the steps of posting, up to what would be sent.

    The document is kept nowhere.  It is decided and rendered by the very methods that
    post it; only where these would ask or write something in Exact a placeholder takes
    its place.
    """

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _unsaved(self, link, kind, remote_id, **values):
        """Return a document of the shop that is kept nowhere.

        :param link: the link by whose choices it is decided
        :param str kind: ``order``, ``invoice`` or ``credit_note``
        :param str remote_id: the shop's id
        :param values: further field values
        """
        known = self.search(
            [
                ("shop_id", "=", link.shop_id.id),
                ("source_kind", "=", kind),
                ("remote_id", "=", remote_id),
            ],
            limit=1,
        )
        return self.new(
            {
                "link_id": link.id,
                "shop_id": link.shop_id.id,
                "administration_id": link.administration_id.id,
                "company_id": link.company_id.id,
                "source_kind": kind,
                "remote_id": remote_id,
                "currency_id": link.shop_id.currency_id.id,
                **values,
            },
            # What is booked of it already does not count twice for the threshold.
            origin=known or None,
        )

    def _read_again(self, work):
        """Return what the shop has of this document, and keep nothing of it.

        :rtype: dict
        :raise Hold: it cannot be read
        :raise ConnectorError: the shop cannot be asked
        """
        if self.source_kind != "order":
            return self._read_invoice(work)
        client = work.shop_client(self.shop_id)
        order = client.order(self.remote_id)
        if parse.list_row(order).remote_id != self.remote_id:
            raise Hold("unreadable_order", field="id", problem="another_order")
        payload = {"order": order}
        if not parse.embedded_products_complete(order):
            payload["products"] = list(client.iter_order_products(self.remote_id))
        return payload

    def _rehearse(self, work, sale):
        """Return what would be booked of a sale; nothing is sent or kept.

        :param RehearsalWork work: what the slice carries
        :param Sale sale: what the shop gave
        :rtype: Booking | Skip
        :raise Hold: a person would have to look
        """
        decision = self._decide(work, sale)
        if not isinstance(decision, Skip):
            self._foresee(work, sale, decision)
        return decision

    def _foresee(self, work, sale, booking):
        """Take the steps between deciding and sending, with nothing in Exact.

        :param RehearsalWork work: what the slice carries
        :raise Hold: a person would have to look
        """
        customer = self._relation(work, sale, booking)
        # What cannot be written is held here as it would be then.
        dumps(self._document_payload(work, booking, customer))

    def _relation(self, work, sale, booking):
        """Ask Exact for no relation: only whether a collective debtor is chosen."""
        if not isinstance(work, RehearsalWork):
            return super()._relation(work, sale, booking)
        identity = relations.identify(
            sale,
            booking.treatment,
            booking.vat_number,
            work.policy(self.link_id).customers,
        )
        if identity.kind == "collective" and not self.env["exact.customer"]._known(
            self.administration_id, identity.key
        ):
            raise Hold("collective_missing", country=sale.shipping.country or "-")
        return NOBODY

    def _document_items(self, work, needs):
        if not isinstance(work, RehearsalWork):
            return super()._document_items(work, needs)
        return dict.fromkeys(needs, NOTHING)

    # === WHICH ONES === #
    @api.model
    def _reached_row(self, link, raw):
        """Return a row of the shop's list when it has reached what lets it be booked.

        When the link starts to book does not matter: that orders are older is the
        point of a rehearsal.

        :param raw: as the list call gave it
        :return: kind of the document and its row, ``None`` for others
        :rtype: tuple(str, ListRow | InvoiceRow) | None
        :raise Hold: the row cannot be read
        """
        if link.source == "order":
            kind, row = "order", parse.list_row(raw)
            status = {
                "remote_status": row.status,
                "remote_payment_status": row.payment_status,
            }
        else:
            row = invoice_row(raw)
            kind = "credit_note" if row.is_credit_note else "invoice"
            status = {
                "remote_status": "cancelled" if row.status == "cancelled" else False,
                "remote_payment_status": row.status,
            }
        if kind == "credit_note":
            # It follows what it credits: nothing is booked of that.
            return None
        document = self.new(
            {"link_id": link.id, "source_kind": kind, "remote_id": row.remote_id}
            | status
        )
        state, code = document._verdict(link, *link._trigger_codes())
        return (kind, row) if state == "ready" or code == "before_start" else None
