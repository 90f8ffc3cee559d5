import json

from odoo import api, fields, models

from ..accounting.customer import email_key
from ..accounting.listing import ListRow, digest_of
from ..accounting.payload import moment as read_moment
from ..accounting.payload import text as read_text
from .moments import naive

# What the shop's list gave without a number is kept under one of our own.
UNREADABLE = "?"

# Longest text that is kept of what cannot be read.
MOST_KEPT = 1_000_000


def kept_text(raw):
    """Return what a shop gave as text to keep, whatever it is.

    :rtype: str
    """
    try:
        text = json.dumps(raw, default=str)
    except (RecursionError, ValueError):
        return "{}"
    if len(text) <= MOST_KEPT:
        return text
    return json.dumps({"beginning": text[:MOST_KEPT]})


class LightspeedExactOrder(models.Model):
    """Storing: what the shop's lists bring, page by page."""

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _store_page(self, sweep, rows, mark=False):
        """Store a page of the shop's list; the caller commits.

        :param sweep: the sweep that reads the list, see ``_sweep_…``
        :param list rows: as the list call gave them
        :param bool mark: remember of unchanged ones, too, that this sweep has met them
        :return: how many this sweep had not met yet
        :rtype: int
        """
        pairs, unreadable = [], []
        for raw in rows:
            row = sweep._readable(raw)
            if row:
                pairs.append((row, raw))
            else:
                unreadable.append(raw)
        fresh = self._store_unreadable(sweep, unreadable) if unreadable else 0
        return fresh + self._store_rows(sweep, pairs, mark)

    @api.model
    def _store_unreadable(self, sweep, rows):
        """Keep rows without an identity, each once and held: a person must look.

        When the shop is repaired the row comes with its number, as a document of its
        own; the one that is kept here is skipped by a person then.

        :return: how many this sweep had not met yet
        :rtype: int
        """
        link = sweep._sweep_link()
        kind = "order" if sweep == link else "invoice"
        found = {}
        for raw in rows:
            text = kept_text(raw)
            digest = digest_of(text)
            raw = raw if isinstance(raw, dict) else {}
            row = ListRow(
                remote_id=UNREADABLE + digest[:24],
                number=read_text(raw.get("number"))[:64] or "?",
                status=read_text(raw.get("status")),
                payment_status=read_text(raw.get("paymentStatus")),
                created_at=read_moment(raw.get("createdAt")),
                updated_at=read_moment(raw.get("updatedAt")),
                gross=None,
                digest=digest,
                content_digest=digest,
            )
            found[kind, row.remote_id] = (row, raw, text)
        known = self._known_documents(link, found)
        started_at = sweep.sweep_started_at or fields.Datetime.now()
        met = [
            order
            for order in known.values()
            if order.seen_at and order.seen_at >= started_at
        ]
        for order in known.values():
            order.seen_at = fields.Datetime.now()
        self.create(
            [
                {
                    **self._identity_values(link, kind, row),
                    **self._row_values(row, raw),
                    "payload": text,
                    "state": "held",
                    "reason_code": "unreadable_order",
                    "reason_params": {"field": "id", "problem": "missing"},
                }
                for key, (row, raw, text) in found.items()
                if key not in known
            ]
        )
        return len(found) - len(met)

    @api.model
    def _store_rows(self, sweep, pairs, mark=False):
        """Store rows of the shop's list; see :meth:`_store_page`.

        :param list pairs: a row in its known form, and as the list call gave it
        """
        link = sweep._sweep_link()
        found = {
            (sweep._sweep_kind(row), row.remote_id): (row, raw) for row, raw in pairs
        }
        known = self._known_documents(link, found)
        started_at = sweep.sweep_started_at or fields.Datetime.now()
        met = [
            order
            for order in known.values()
            if order.seen_at and order.seen_at >= started_at
        ]
        self._learn_statuses(row for row, _raw in found.values())
        fresh = self.create(
            [
                {
                    **self._identity_values(link, key[0], row),
                    **self._values_of_row(row, raw),
                }
                for key, (row, raw) in found.items()
                if key not in known
            ]
        )
        fresh._after_storing()
        changed = self.browse()
        for key, order in known.items():
            row, raw = found[key]
            if order.digest != row.digest or order._goes_over(link):
                order._take_change(link, row, raw)
                changed |= order
        if mark:
            unchanged = self.browse(order.id for order in known.values()) - changed
            unchanged.write({"seen_at": fields.Datetime.now()})
        (fresh | changed)._judge()
        return len(found) - len(met)

    @api.model
    def _known_documents(self, link, keys):
        """Return the documents that are stored already, by kind and id in the shop."""
        kinds = {kind for kind, _remote_id in keys}
        documents = self.search(
            [
                ("shop_id", "=", link.shop_id.id),
                ("source_kind", "in", list(kinds)),
                ("remote_id", "in", [remote_id for _kind, remote_id in keys]),
            ]
        )
        known = {(order.source_kind, order.remote_id): order for order in documents}
        return {key: order for key, order in known.items() if key in keys}

    @api.model
    def _learn_statuses(self, rows):
        """Learn the statuses that occur; those of invoices are about the payment."""
        found = {"order": set(), "payment": set()}
        for row in rows:
            if isinstance(row, ListRow):
                found["order"].add(row.status)
                found["payment"].add(row.payment_status)
            else:
                found["payment"].add(row.status)
        statuses = self.env["lightspeed.status"].sudo()
        for kind, codes in found.items():
            statuses._learn(kind, codes)

    @api.model
    def _identity_values(self, link, kind, row):
        before = link.started_at or fields.Datetime.now()
        updated = naive(row.updated_at) or fields.Datetime.now()
        return {
            "link_id": link.id,
            "shop_id": link.shop_id.id,
            "administration_id": link.administration_id.id,
            "company_id": link.company_id.id,
            "source_kind": kind,
            "remote_id": row.remote_id,
            "currency_id": (link.shop_id.currency_id or link.company_id.currency_id).id,
            "is_history": updated < before,
        }

    @api.model
    def _values_of_row(self, row, raw):
        """Return the field values that a list gives, of whichever list it is."""
        if isinstance(row, ListRow):
            return self._row_values(row, raw)
        return self._invoice_row_values(row, raw)

    @api.model
    def _row_values(self, row, raw):
        """Return the field values that the list of orders gives."""
        return {
            **self._customer_values(raw),
            "number": row.number or row.remote_id,
            "order_date": naive(row.created_at),
            "remote_updated_at": naive(row.updated_at),
            "remote_status": row.status or False,
            "remote_payment_status": row.payment_status or False,
            # Shown only; the booking is proved against the exact figure.
            "amount_total": float(row.gross) if row.gross is not None else 0,
            "digest": row.digest,
            "content_digest": row.content_digest,
            "seen_at": fields.Datetime.now(),
        }

    @api.model
    def _customer_values(self, raw):
        """Return the field values that an order gives about its customer."""
        email = read_text(raw.get("email"))
        names = ("firstname", "middlename", "lastname")
        name = " ".join(filter(None, (read_text(raw.get(key)) for key in names)))
        return {
            "email": email or False,
            "email_key": email_key(email) or False,
            "customer_name": read_text(raw.get("companyName")) or name or False,
        }

    def _goes_over(self, link):
        """Return whether another link of the shop takes the document over.

        What may be in the books stays with the administration it was sent to.
        """
        self.ensure_one()
        if self.link_id == link:
            return False
        if self.administration_id == link.administration_id:
            return True
        return self.state != "booked" and not self._has_open_write()

    def _take_change(self, link, row, raw):
        """Take over a changed row of the list."""
        self.ensure_one()
        values = self._values_of_row(row, raw)
        if self.state == "booked":
            # It stays what was booked.
            values.pop("payload", None)
            values.update(self._change_values(row))
        elif self._has_open_write_cached():
            # What was sent is still to be finished: from what was read for it.
            values.pop("payload", None)
        if self._goes_over(link):
            if self.administration_id != link.administration_id:
                values["customer_id"] = False
            values.update(
                link_id=link.id,
                administration_id=link.administration_id.id,
                company_id=link.company_id.id,
            )
        self.write(values)
