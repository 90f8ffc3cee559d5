import logging
import re

from odoo.http import Controller, Response, request, route

from ..clients.lightspeed_webhooks import verify_webhook
from ..clients.wire import json_text
from ..const import HOOKS_ROUTE
from .webhook import WEBHOOK, answer, engine, raw_body

_logger = logging.getLogger(__name__)

#: Group of what changed, key of its object and header of its id (Lightspeed reference
#: 7.2) -> kind of the hint.
GROUPS = {
    "orders": ("order", "X-Order-Id", "order"),
    "invoices": ("invoice", "X-Invoice-Id", "invoice"),
}

_ID = re.compile(r"[1-9][0-9]{0,17}")
_ACTION = re.compile(r"[a-z]{1,32}")

# Where there is no shop as much is computed as where there is one.
_NO_SECRETS = ["", ""]


class LightspeedWebhookController(Controller):
    @route(f"{HOOKS_ROUTE}/lightspeed/<string:key>", **WEBHOOK)
    def lightspeed_webhook(self, key):
        """Take a webhook of a shop: store what changed, wake a lane, answer.

        Nothing of the body is kept or believed: its signature proves that the shop has
        something to say, and its id tells about what.

        :param str key: of the shop, from the address that it was given
        :return: 403 without a body for whatever is not signed by this very shop; else
            200, also where there is nothing to do
        """
        body = raw_body()
        env = engine()
        shop = env["lightspeed.shop"]._of_webhook(key)
        headers = request.httprequest.headers
        # As much is done for an unknown one as for one that is known.
        some = shop or shop.search([], limit=1)
        secrets = some._webhook_secrets() if some else _NO_SECRETS
        signed = verify_webhook(body, headers.get("X-Signature"), secrets)
        if not (shop and signed and self._is_of(shop, headers.get("X-Shop-Id"))):
            return answer(403)
        # A copy of the database ignores what was meant for its original.
        is_live = env["lightspeed.exact.identity"]._is_live()
        if is_live and shop._takes_webhooks():
            self._take(env, shop, headers, body)
        return answer()

    def _is_of(self, shop, number):
        """Return whether a webhook says it is of this shop (a number or its text)."""
        said = (number or "").strip().lstrip("0")
        return bool(said) and said == (shop.remote_id or "").strip().lstrip("0")

    def _take(self, env, shop, headers, body):
        group, _slash, action = (headers.get("X-Event") or "").partition("/")
        content = json_text(body)
        content = content if isinstance(content, dict) else {}
        group = group or self._group_of(headers, content)
        if group and group not in GROUPS:
            return
        kind, remote_id = "all", ""
        if group:
            name, header, kind = GROUPS[group]
            remote_id = self._id(content.get(name), headers.get(header))
        if not remote_id:
            kind = "all"
        action = action if _ACTION.fullmatch(action) else ""
        env["lightspeed.exact.hint"]._receive(
            "lightspeed", kind, remote_id, action, shop_id=shop.id
        )
        env["lightspeed.shop.webhook"]._received(shop)
        _logger.debug("Shop %s said that %s changed", shop.id, kind)

    def _group_of(self, headers, content):
        """Return the group of an event that no header names."""
        for group, (name, header, _kind) in GROUPS.items():
            if headers.get(header) or name in content:
                return group
        return ""

    def _id(self, row, said):
        """Return the id of what changed: as it is signed, else as a header says.

        The body of what was deleted is not documented (Lightspeed reference 7.2).

        :return: at most 18 digits, or nothing
        :rtype: str
        """
        inside = row.get("id") if isinstance(row, dict) else None
        for value in (inside, said):
            text = "" if isinstance(value, bool) else str(value)
            if _ID.fullmatch(text):
                return text
        return ""

    @route(
        f"{HOOKS_ROUTE}/ping/<string:nonce>",
        type="http",
        auth="none",
        methods=["GET"],
        save_session=False,
    )
    def ping(self, nonce):
        """Answer our own question whether this address leads to this database."""
        pong = engine()["lightspeed.exact.webhook"]._pong(nonce)
        if not pong:
            return answer(404)
        return Response(pong, content_type="text/plain")
