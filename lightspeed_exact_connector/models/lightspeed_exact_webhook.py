import hmac as compare
import ipaddress
import re
import secrets
from contextlib import closing
from datetime import timedelta
from urllib.parse import urlsplit

import psycopg2.errors

from odoo import api, fields, models
from odoo.tools import SQL, hmac, mute_logger

from ..clients.errors import ConnectorError
from ..clients.transport import Transport
from ..clients.wire import is_loopback
from ..const import HOOKS_ROUTE

# The moment of the last webhook is stored once in so many seconds.
RECEIVED_SECONDS = 60

# Seconds to connect to our own address, and for its answer.
PING_SECONDS = (3, 5)

_NONCE = re.compile(r"[0-9a-f]{32}")
_PING_SCOPE = "lightspeed_exact_ping"


class LightspeedExactWebhook(models.AbstractModel):
    """The address to which vendors post webhooks, and whether they would reach it.

    A request without a session finds its database by the host name: where several
    databases share a server, ``dbfilter`` must leave exactly one for that host, or the
    proxy in front must set ``X-Odoo-Database``.  So the address is called as a vendor
    would call it, and must answer with a signature that only this database makes.
    """

    _name = "lightspeed.exact.webhook"
    _description = "Address of Webhooks"

    @api.model
    def _address(self, *parts):
        """Return the public address below which vendors post.

        :param str parts: what comes after, such as a vendor and a key
        :rtype: str
        """
        base = self.env["lightspeed.shop"].get_base_url().rstrip("/")
        return "/".join((base + HOOKS_ROUTE, *parts))

    @api.model
    def _address_problem(self, vendor_url):
        """Return why the vendor cannot post to us, before anything is tried.

        :param str vendor_url: where the vendor is: a stand-in on this machine may post
            to this machine
        :return: code of the reason catalogue and its values, or ``None``
        :rtype: tuple | None
        """
        parts = urlsplit(self._address())
        host = (parts.hostname or "").lower()
        local = is_loopback(urlsplit(vendor_url or "").hostname or "")
        if not (local and is_loopback(host)):
            if self._is_private(host):
                return "webhooks.private", {"address": f"{parts.scheme}://{host}"}
            if parts.scheme != "https":
                return "webhooks.insecure", {"address": f"{parts.scheme}://{host}"}
        return None

    @api.model
    def _is_private(self, host):
        """Return whether a host is reached from its own network only.

        :rtype: bool
        """
        try:
            return not ipaddress.ip_address(host).is_global
        except ValueError:
            inner = (".local", ".localhost", ".internal", ".lan", ".test")
            return "." not in host or host.endswith(inner)

    @api.model
    def _note_received(self, row):
        """Remember that a webhook came; not more than once in a minute.

        :param row: the subscription, of any model with ``received_at``; or nothing
        """
        now = fields.Datetime.now()
        limit = now - timedelta(seconds=RECEIVED_SECONDS)
        if not row or (row.received_at and row.received_at > limit):
            return
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.env.execute_query(
                    SQL(
                        "UPDATE %s SET received_at = %s WHERE id = %s RETURNING id",
                        SQL.identifier(row._table),
                        now,
                        row.id,
                    )
                )
        except psycopg2.errors.SerializationFailure:
            # Another one was written at this moment.
            return
        row.invalidate_recordset(["received_at"])

    @api.model
    def _ping(self):
        """Call our own public address, as a vendor would: without a session.

        :return: code of the reason catalogue and its values, or ``None`` when this
            very database answered
        :rtype: tuple | None
        """
        nonce = secrets.token_hex(16)
        address = self._address("ping", nonce)
        host = urlsplit(address).hostname
        try:
            with closing(Transport(timeout=PING_SECONDS)) as transport:
                answer = transport.request("GET", address)
        except ConnectorError as error:
            detail = error.detail or error.code
            return "webhooks.unreachable", {"address": host, "detail": detail}
        if answer.status >= 500:
            detail = f"{answer.status}"
            return "webhooks.unreachable", {"address": host, "detail": detail}
        expected = self._pong(nonce).encode()
        if answer.status == 200 and compare.compare_digest(answer.content, expected):
            return None
        return "webhooks.other_database", {"address": host}

    @api.model
    def _pong(self, nonce):
        """Return the answer to a ping: only this database can give it.

        :param str nonce: 32 hexadecimal digits; nothing else is signed
        :return: empty when it is not such a one
        :rtype: str
        """
        if not _NONCE.fullmatch(nonce or ""):
            return ""
        return hmac(self.env(su=True), _PING_SCOPE, nonce)
