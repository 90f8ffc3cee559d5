"""Lightspeed eCom: webhooks (Lightspeed reference, 7)."""

import hashlib
import hmac
import re

from .lightspeed_catalogue import row_id

MOST_WEBHOOKS = 10
"""How many a shop may have, where it does not say (Lightspeed reference, 7.1)."""

_SIGNATURE = re.compile(r"[0-9a-f]{32}")


def verify_webhook(body, signature, secrets):
    """Whether a webhook is signed with one of the secrets (7.2).

    The signature is ``md5(body + secret)`` over the bytes as they came, in lower-case
    hex.  The work is the same whichever secret fits, and when none does.

    :param bytes body: as received: encoding it anew loses the ``\\/`` of the vendor
    :param signature: the header ``X-Signature``, or ``None``
    :param secrets: candidates, see :func:`.lightspeed.app_password`; empty ones never
        fit
    :rtype: bool
    """
    text = signature or ""
    known = bool(_SIGNATURE.fullmatch(text))
    given = (text if known else "-" * 32).encode()
    matches = [
        bool(secret) & hmac.compare_digest(_sign(body, secret or ""), given)
        for secret in secrets
    ]
    return known and any(matches)


def _sign(body, secret):
    # The vendor's own scheme; there is no other choice.
    digest = hashlib.md5(body, usedforsecurity=False)
    digest.update(secret.encode())
    return digest.hexdigest().encode()


class WebhookCalls:
    """Subscriptions to webhooks; a room of :class:`.lightspeed.LightspeedClient`."""

    def webhooks(self):
        """All subscriptions of the shop, also those of others.

        :rtype: list[dict]
        """
        return list(self._all("webhooks.json"))

    def webhook_limit(self):
        """How many subscriptions the shop may have (1.4).

        :rtype: int
        """
        most = self._object("shop/limits.json").get("maxWebhooks")
        known = isinstance(most, int) and not isinstance(most, bool) and most >= 0
        return most if known else MOST_WEBHOOKS

    def create_webhook(self, values):
        """Subscribe.  Doubles are accepted and each fires: list before.

        :param dict values: ``itemGroup``, ``itemAction``, ``language``, ``format``,
            ``address`` and ``isActive``
        :return: the subscription as the shop has it
        :rtype: dict
        """
        return self._write("POST", "webhooks.json", {"webhook": values})

    def update_webhook(self, id, values):
        """Change a subscription.

        :param dict values: what changes
        :rtype: dict
        """
        return self._write("PUT", f"webhooks/{row_id(id)}.json", {"webhook": values})

    def delete_webhook(self, id):
        """End a subscription."""
        self._write("DELETE", f"webhooks/{row_id(id)}.json")
