import hashlib
import hmac
import secrets

from odoo import api, fields, models

# Parameter of the key with which identities are hashed; system administrators only.
KEY_PARAMETER = "lightspeed_exact_connector.pseudonym_key"

# What the hash of an identity begins with.
HIDDEN = "hidden:"

# Identities that are no person's.
NOT_PERSONAL = ("collective:", "relation:", HIDDEN)


class ExactCustomer(models.Model):
    """A relation of which is forgotten whom it stands for.

    What stays is the relation's code in Exact and a keyed hash of the identity, by
    which the next order of the same customer finds the same relation.  Whoever has the
    key, in this database, and knows the address can tell that it is the same: the hash
    is pseudonymous and still personal data (GDPR, recital 26).
    """

    # A room of its own, beside what is remembered.
    _inherit = "exact.customer"  # pylint: disable=consider-merging-classes-inherited

    forgotten_at = fields.Datetime(
        string="Personal data removed on", readonly=True, copy=False
    )

    @api.depends("identity")
    @api.depends_context("lang")
    def _compute_known_by(self):
        hidden = self.filtered(lambda row: (row.identity or "").startswith(HIDDEN))
        for customer in hidden:
            customer.known_by = self.env._("Personal data removed")
        return super(ExactCustomer, self - hidden)._compute_known_by()

    def write(self, vals):
        """Take no name again for a relation that was forgotten."""
        if not vals.get("name"):
            return super().write(vals)
        forgotten = self.filtered("forgotten_at")
        nameless = {key: value for key, value in vals.items() if key != "name"}
        super(ExactCustomer, forgotten).write(nameless)
        return super(ExactCustomer, self - forgotten).write(vals)

    @api.model
    def _pseudonym(self, key):
        """Return the hash under which an identity is kept once it is forgotten.

        :param str key: see ``accounting.customer.Identity``; a hash stays what it is
        :rtype: str
        """
        if key.startswith(HIDDEN):
            return key
        secret = self._pseudonym_key().encode()
        return HIDDEN + hmac.new(secret, key.encode(), hashlib.sha256).hexdigest()

    @api.model
    def _pseudonym_key(self):
        """Return the key of the hashes, made when it is needed first."""
        # In sudo mode: the parameter is for system administrators only.
        parameters = self.env["ir.config_parameter"].sudo()
        key = parameters.get_param(KEY_PARAMETER)
        if not key:
            key = secrets.token_urlsafe(32)
            parameters.set_param(KEY_PARAMETER, key)
        return key

    @api.model
    def _has_pseudonyms(self):
        """Return whether anybody was ever forgotten in this database."""
        # In sudo mode: the parameter is for system administrators only.
        return bool(self.env["ir.config_parameter"].sudo().get_param(KEY_PARAMETER))

    @api.model
    def _has_forgotten(self, administration):
        """Return whether anybody was forgotten in an administration."""
        if not self._has_pseudonyms():
            return False
        domain = [
            ("administration_id", "=", administration.id),
            ("forgotten_at", "!=", False),
        ]
        return bool(self.search_count(domain, limit=1))

    @api.model
    def _known(self, administration, key):
        known = super()._known(administration, key)
        if known or not self._has_forgotten(administration):
            return known
        return super()._known(administration, self._pseudonym(key))

    @api.model
    def _known_keys(self, administration, keys):
        if not keys or not self._has_forgotten(administration):
            return super()._known_keys(administration, keys)
        spelled = {}
        for key in keys:
            spelled[key] = spelled[self._pseudonym(key)] = key
        found = super()._known_keys(administration, spelled)
        return list({spelled[key] for key in found})

    def _is_person(self):
        """Return whether the relation stands for one customer who can be named."""
        self.ensure_one()
        return not (self.identity or "").startswith(NOT_PERSONAL)

    def _forget(self):
        """Forget for whom these relations stand, and what wrote them to Exact."""
        operations = self.env["lightspeed.exact.operation"]
        for customer in self.filtered(lambda row: row._is_person()):
            key = customer.identity
            made = operations.search(
                [
                    ("administration_id", "=", customer.administration_id.id),
                    ("kind", "=", "relation"),
                    ("reference_key", "=", key.partition("#")[0]),
                ]
            )
            if "#" not in key:
                made._forget_relation()
            customer.write(
                {
                    "identity": self._pseudonym(key),
                    "name": False,
                    "vat_number": False,
                    "checked_at": False,
                    "forgotten_at": fields.Datetime.now(),
                }
            )
