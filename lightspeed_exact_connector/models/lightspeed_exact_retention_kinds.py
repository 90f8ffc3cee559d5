from collections import namedtuple
from datetime import timedelta

from odoo import api, fields, models

from .exact_customer_privacy import NOT_PERSONAL
from .lightspeed_exact_rehearsal import WORKING

# A kind of what is held: of which model, which of it is over (of the settings), and how
# it is removed.  Whatever was removed is in the domain no longer.
Kind = namedtuple("Kind", "name model domain remove")

# Nothing is to be done with the order any more, as far as anybody knows.
SETTLED = [
    ("follow_up", "=", False),
    ("proposal", "=", False),
    # Of an order that is skipped, one stays planned for ever.
    "|",
    ("state", "!=", "booked"),
    ("booking_ids", "not any", [("state", "=", "planned")]),
    ("booking_ids", "not any", [("operation_id.state", "=", "sending")]),
    ("operation_ids", "not any", [("state", "=", "sending")]),
    ("clearing_ids", "not any", [("state", "in", ("planned", "failed", "held"))]),
]
BOOKING = [("kind", "in", ("sales_entry", "sales_invoice"))]
UNTIDY = [("tidy_at", "!=", False)]

# A rehearsal is about the choices of its moment: nobody needs it long.
REHEARSAL_DAYS = 90


class LightspeedExactRetention(models.Model):
    """What is removed when, kind by kind."""

    # A room of its own, beside the run.
    _inherit = "lightspeed.exact.retention"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _kinds(self):
        """Return the kinds in the order in which they are removed.

        :rtype: list(Kind)
        """
        own = type(self)
        return [
            Kind(
                "payloads",
                "lightspeed.exact.order",
                own._old_payloads,
                lambda rows: rows._remove_payload(),
            ),
            Kind(
                "sent",
                "lightspeed.exact.operation",
                own._old_sent,
                lambda rows: rows.write({"payload": False}),
            ),
            Kind(
                "answers",
                "lightspeed.exact.operation",
                own._old_answers,
                lambda rows: rows.write({"error_detail": False}),
            ),
            Kind(
                "orders",
                "lightspeed.exact.order",
                own._old_orders,
                lambda rows: rows._forget("retention"),
            ),
            Kind(
                "books",
                "lightspeed.exact.order",
                own._old_books,
                lambda rows: rows._remove_books(),
            ),
            Kind(
                "customers",
                "exact.customer",
                own._old_customers,
                lambda rows: rows._forget(),
            ),
            Kind("checks", "vies.check", own._old_checks, lambda rows: rows.unlink()),
            Kind(
                "incidents",
                "lightspeed.exact.incident",
                own._old_incidents,
                lambda rows: rows.unlink(),
            ),
            Kind(
                "causes",
                "lightspeed.exact.cause",
                own._old_causes,
                lambda rows: rows.unlink(),
            ),
            Kind(
                "rehearsals",
                "lightspeed.exact.rehearsal",
                own._old_rehearsals,
                lambda rows: rows.unlink(),
            ),
        ]

    @api.model
    def _labels(self):
        """Return the kinds in words, and those of an erasure.

        :rtype: dict(str, str)
        """
        return {
            "payloads": self.env._("Raw data of orders"),
            "sent": self.env._("Names and addresses that were sent"),
            "answers": self.env._("Answers of Exact Online to refused writes"),
            "orders": self.env._("Personal data of orders that were never booked"),
            "books": self.env._("Orders whose legal time is over"),
            "customers": self.env._("Customers without orders that must be kept"),
            "checks": self.env._("VAT number checks that no booking needs"),
            "incidents": self.env._("Incidents that are over"),
            "causes": self.env._("Causes of refusals that are solved"),
            "rehearsals": self.env._("Rehearsals"),
            "found": self.env._("Records found"),
            "erased": self.env._("Records erased"),
            "kept": self.env._("Records that must stay"),
        }

    # === WHEN === #
    def _before(self, days):
        """Return the moment so many days ago, naive UTC."""
        return fields.Datetime.now() - timedelta(days=days)

    def _untouched(self, moment):
        """Return the domain of orders that the shop left alone since a moment."""
        return [
            ("create_date", "<", moment),
            "|",
            ("remote_updated_at", "=", False),
            ("remote_updated_at", "<", moment),
        ]

    # === WHAT === #
    def _old_payloads(self):
        moment = self._before(self.raw_days)
        return [
            ("payload", "!=", False),
            ("state", "in", ("booked", "skipped")),
            "|",
            ("booked_at", "=", False),
            ("booked_at", "<", moment),
            *self._untouched(moment),
            *SETTLED,
        ]

    def _old_sent(self):
        """What was sent to make a relation; what was booked stays as it was sent."""
        return [
            ("payload", "!=", False),
            ("kind", "in", ("relation", "attachment")),
            ("state", "in", ("done", "refused")),
            ("write_date", "<", self._before(self.raw_days)),
            *self._order_is_settled(),
        ]

    def _old_answers(self):
        return [
            ("error_detail", "not in", (False, "")),
            ("state", "in", ("done", "refused")),
            ("write_date", "<", self._before(self.log_days)),
            *self._order_is_settled(),
        ]

    def _order_is_settled(self):
        return [
            "|",
            ("order_id", "=", False),
            ("order_id.state", "in", ("booked", "skipped")),
        ]

    def _old_orders(self):
        return [
            ("forgotten_at", "=", False),
            ("state", "in", ("skipped", "waiting")),
            ("reason_code", "not in", ("waits_for_day", "observed")),
            ("booking_ids", "not any", [("state", "!=", "planned")]),
            ("booking_ids", "not any", [("operation_id.state", "=", "done")]),
            ("operation_ids", "not any", [("state", "=", "done"), *BOOKING]),
            *self._untouched(self._before(self.order_days)),
            *SETTLED,
        ]

    def _old_books(self):
        """Orders of which nothing was booked, also by others of them, within a term."""
        books, oss = self._free_through()
        within_term = [
            "|",
            ("entry_date", ">", books),
            "&",
            "|",
            ("oss_period", "!=", False),
            ("treatment", "=", "oss"),
            ("entry_date", ">", oss),
        ]
        return [
            ("books_removed_at", "=", False),
            ("state", "=", "booked"),
            ("booking_ids", "!=", False),
            ("booking_ids", "not any", within_term),
            # A credit is explained by what it credits, and a day by all its orders.
            ("credit_ids", "not any", [("booking_ids", "any", within_term)]),
            ("credit_ids", "not any", [("state", "not in", ("booked", "skipped"))]),
            ("operation_ids", "not any", UNTIDY),
            *self._untouched(self._before(self.raw_days)),
            *SETTLED,
        ]

    def _old_customers(self):
        return [
            ("forgotten_at", "=", False),
            ("order_ids", "not any", [("forgotten_at", "=", False)]),
            ("create_date", "<", self._before(self.order_days)),
            *[("identity", "not =like", f"{kind}%") for kind in NOT_PERSONAL],
        ]

    def _old_checks(self):
        bookings = self.env["lightspeed.exact.booking"].sudo()
        orders = self.env["lightspeed.exact.order"].sudo()
        company = ("company_id", "=", self.company_id.id)
        used = bookings._search([company, ("vies_check_id", "!=", False)])
        wanted = orders._search([company, ("vies_check_id", "!=", False)])
        return [
            company,
            ("checked_at", "<", self._before(self.log_days)),
            ("id", "not in", used.subselect("vies_check_id")),
            ("id", "not in", wanted.subselect("vies_check_id")),
        ]

    def _old_incidents(self):
        return [
            ("company_id", "=", self.company_id.id),
            ("ended_at", "!=", False),
            ("ended_at", "<", self._before(self.log_days)),
        ]

    def _old_rehearsals(self):
        """What was rehearsed; who approved it stays on the link."""
        return [
            ("state", "not in", WORKING),
            ("create_date", "<", self._before(REHEARSAL_DAYS)),
        ]

    def _old_causes(self):
        return [
            ("state", "in", ("solved", "noticed")),
            ("last_seen", "<", self._before(self.log_days)),
            ("order_ids", "=", False),
        ]
