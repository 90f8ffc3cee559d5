from contextlib import closing

from odoo import api, models
from odoo.exceptions import UserError

from ..accounting import customer as relations
from ..accounting.exact_values import pad_account_code, trim
from ..clients.errors import (
    AuthenticationError,
    ConnectorError,
    NotSentError,
    RateLimited,
    TemporaryError,
)
from ..clients.exact import any_of, chunks
from .service_errors import problem_of

RELATION_FIELDS = [
    "ID",
    "Code",
    "Name",
    "Status",
    "Email",
    "VATNumber",
    "Country",
    "Blocked",
]


class ExactAdministration(models.Model):
    """Customers: which relations Exact has, asked for in as few calls as possible."""

    # A room of its own, beside the slice of work.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    def _look_up_customers(self, work, batch):
        """Ask Exact for the customers of a batch that nobody has met yet.

        Only those who may be known by e-mail address, see ``_asked_by_email``.

        :return: whether posting may go on
        :rtype: bool
        """
        wanted = {
            order.email_key: order.email
            for order in batch._asked_by_email()
            if order.email_key not in work.absent
        }
        customers = self.env["exact.customer"]
        known = customers._known_keys(self, wanted)
        for key in known + self._unsettled_relations(wanted):
            wanted.pop(key, None)
        try:
            rows = self._find_relations(work.client, wanted)
        except (
            TemporaryError,
            NotSentError,
            RateLimited,
            AuthenticationError,
        ) as error:
            self._stopped(error)
            return False
        except ConnectorError:
            # The orders meet the same refusal one by one, each with its own reason.
            return True
        for key, email in wanted.items():
            row = relations.choose_relation(rows, email)
            if row is None:
                work.absent.add(key)
            elif row.get("Status") == "C" and not row.get("Blocked"):
                customers._remember(self, key, row, "found")
        self._commit()
        return True

    def _unsettled_relations(self, keys):
        """Return the identities whose relation may be on its way to Exact.

        Their operation settles that itself, see ``lightspeed.exact.operation``.
        """
        operations = self.env["lightspeed.exact.operation"].search(
            [
                ("administration_id", "=", self.id),
                ("kind", "=", "relation"),
                ("state", "=", "sending"),
                ("reference_key", "in", list(keys)),
            ]
        )
        return operations.mapped("reference_key")

    @api.model
    def _find_relations(self, client, wanted):
        """Return the relations that have one of these e-mail addresses.

        :param dict wanted: e-mail key to e-mail as typed
        :rtype: list(dict)
        """
        spellings = sorted({*wanted, *(email.strip() for email in wanted.values())})
        rows = []
        for part in chunks("Email", spellings):
            rows += client.list(
                "crm/Accounts",
                select=RELATION_FIELDS,
                filter=any_of("Email", part),
            )
        return rows

    @api.model
    def _find_companies(self, client, identity, typed):
        """Return the relations with a VAT number, in any likely spelling, or an e-mail.

        One call: both are fields that Exact lets a list be filtered by (Exact
        reference, 4.1).

        :param Identity identity: of kind ``vat_number``
        :param str typed: the VAT number as the customer typed it
        :rtype: list(dict)
        """
        terms = [
            any_of("VATNumber", relations.spellings(identity.vat_number, typed or ""))
        ]
        key = relations.email_key(identity.email)
        if key:
            terms.append(any_of("Email", sorted({key, identity.email.strip()})))
        return list(
            client.list(
                "crm/Accounts", select=RELATION_FIELDS, filter=" or ".join(terms)
            )
        )

    def _relations_of(self, work, identity, typed):
        """Return the relations that a customer may be, by VAT number or e-mail address.

        :param Work work: what the slice carries
        :param Identity identity: never a collective one
        :param str typed: the VAT number as the customer typed it
        :rtype: list(dict)
        """
        if identity.kind == "vat_number":
            return self._find_companies(work.client, identity, typed)
        return self._find_relations(work.client, {identity.key: identity.email})

    def _made_relations(self, work, identity, typed, operation):
        """Return what an operation may have made: never what another one has made.

        :param operation: that makes the relation; see ``_relations_of``
        :rtype: list(dict)
        """
        rows = self._relations_of(work, identity, typed)
        if identity.kind == "vat_number":
            # Made for this number only; the e-mail address may be a consumer's, too.
            rows = [
                row
                for row in rows
                if relations.same_number(relations.number_of(row), identity.vat_number)
            ]
        others = operation.search(
            [
                ("administration_id", "=", operation.administration_id.id),
                ("kind", "=", "relation"),
                ("id", "!=", operation.id),
                ("remote_id", "in", [row["ID"] for row in rows]),
            ]
        )
        taken = set(others.mapped("remote_id"))
        return [row for row in rows if row["ID"] not in taken]

    def _relation_by_code(self, code):
        """Return the relation of Exact with a code, for a person who chose it.

        :return: a row of ``crm/Accounts``, ``None`` when there is none
        :rtype: dict
        :raise UserError: Exact could not be asked
        """
        self.ensure_one()
        try:
            with closing(self._client()) as client:
                rows = list(
                    client.list(
                        "crm/Accounts",
                        select=RELATION_FIELDS,
                        filter=any_of("Code", [pad_account_code(code)]),
                    )
                )
        except ConnectorError as error:
            raise UserError(self._problem_sentence(*problem_of(error, self))) from error
        return next((row for row in rows if trim(row.get("Code")) == trim(code)), None)
