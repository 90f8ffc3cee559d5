from contextlib import closing
from datetime import timedelta

from odoo import api, fields, models

from ..accounting.booking import Hold
from ..accounting.vat_numbers import is_eu, normalise
from ..clients.errors import BadAnswer, BadRequest
from ..clients.transport import CONNECT_SECONDS, Transport
from ..clients.vies import HOST, UNAVAILABLE, ViesClient
from ..const import (
    VIES_INVALID_HOURS,
    VIES_SECONDS,
    VIES_URL_PARAMETER,
    VIES_VALID_HOURS,
)
from .moments import naive


class ViesCheck(models.Model):
    """What VIES said of a VAT number on a day: evidence, never changed afterwards.

    A sale without VAT to a company in another member state needs it, asked with the
    own number: only then VIES gives the consultation number that a tax office accepts.
    """

    _name = "vies.check"
    _description = "VAT Number Check"
    _order = "checked_at desc, id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "name", "consultation_number"]
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    number = fields.Char(string="VAT number", required=True, readonly=True)
    requester = fields.Char(
        string="Own VAT number",
        required=True,
        readonly=True,
        help="The number with which VIES was asked.",
    )
    valid = fields.Boolean(readonly=True)
    consultation_number = fields.Char(
        string="Consultation number",
        readonly=True,
        help="With this number VIES can confirm that it was asked.",
    )
    name = fields.Char(
        string="Name at VIES",
        readonly=True,
        help="Not every member state tells name and address.",
    )
    address = fields.Char(string="Address at VIES", readonly=True)
    checked_at = fields.Datetime(string="Checked on", required=True, readonly=True)
    vies_date = fields.Char(
        string="Date at VIES", readonly=True, help="As it stands in the answer of VIES."
    )

    _number_idx = models.Index("(company_id, number, requester, checked_at DESC)")

    @api.model
    def _require(self, company, number, requester):
        """Return the evidence that a VAT number is valid, asked for when there is none.

        Fails closed: whatever is not a yes with a consultation number raises.  What
        VIES says is written in the caller's transaction, a no as well: commit it when
        the order is held.

        :param company: on whose behalf is asked
        :param str number: of the customer, as typed but with its prefix
        :param str requester: the company's own VAT number, likewise
        :return: a valid check of at most a day old
        :rtype: vies.check
        :raise Hold: (``vies_invalid``, ``vies_requester_missing``, ``vies.requester``)
            a person must look
        :raise ConnectorError: (``vies.unavailable``, ``vies.blocked``, ``neutralized``)
            nothing is known now; says nothing about shop or administration
        """
        number, requester = normalise(number or ""), normalise(requester or "")
        if not requester:
            raise Hold("vies_requester_missing")
        if not is_eu(requester):
            raise Hold("vies.requester", number=requester)
        if not is_eu(number):
            raise Hold("vies_invalid", number=number)
        check = self._fresh(company, number, requester) or self._ask(
            company, number, requester
        )
        if not check.valid:
            raise Hold("vies_invalid", number=number)
        return check

    @api.model
    def _fresh(self, company, number, requester):
        """Return the last check of a number while it counts, else no record.

        :rtype: vies.check
        """
        check = self._engine().search(
            [
                ("company_id", "=", company.id),
                ("number", "=", number),
                ("requester", "=", requester),
            ],
            limit=1,
        )
        hours = VIES_VALID_HOURS if check.valid else VIES_INVALID_HOURS
        oldest = fields.Datetime.now() - timedelta(hours=hours)
        return check.filtered(lambda row: row.checked_at > oldest)

    @api.model
    def _ask(self, company, number, requester):
        """Ask VIES, one call, and keep its answer.

        :rtype: vies.check
        :raise Hold: (``vies.requester``) VIES does not accept the own number
        :raise ConnectorError: it gave no answer, or a yes without evidence
        """
        with closing(self._client()) as client:
            try:
                answer = client.check(number, requester)
            except BadRequest as error:
                if error.code != "vies.requester":
                    raise
                raise Hold("vies.requester", number=requester) from error
        if answer.valid and not answer.consultation_number:
            raise BadAnswer(
                "There is no consultation number in the answer.", code=UNAVAILABLE
            )
        return self._engine().create(
            self._values_of(company, number, requester, answer)
        )

    @api.model
    def _values_of(self, company, number, requester, answer):
        """Return the field values of an answer."""
        return {
            "company_id": company.id,
            "number": number,
            "requester": requester,
            "valid": answer.valid,
            "consultation_number": answer.consultation_number or False,
            "name": answer.name or False,
            "address": answer.address or False,
            "checked_at": naive(answer.asked_at),
            "vies_date": answer.request_date or False,
        }

    @api.model
    def _client(self):
        """Return a client of VIES.

        :raise ConnectorError: this is a copy of a database, or the address in the
            system parameter is not https
        """
        self.env["lightspeed.exact.identity"]._check_live()
        # In sudo mode: the parameter is for system administrators only.
        parameters = self.env["ir.config_parameter"].sudo()
        return ViesClient(
            parameters.get_param(VIES_URL_PARAMETER) or HOST,
            transport=Transport(timeout=(CONNECT_SECONDS, VIES_SECONDS)),
        )

    @api.model
    def _engine(self):
        """Return the model as the connector sees it.

        In sudo mode: only the connector itself writes evidence, whoever looks on.
        """
        return self.sudo()
