import logging

from odoo.http import Controller, route

from ..clients.exact_webhooks import guid_text, verified
from ..const import HOOKS_ROUTE
from .webhook import WEBHOOK, answer, engine, raw_body

_logger = logging.getLogger(__name__)


class ExactWebhookController(Controller):
    @route(f"{HOOKS_ROUTE}/exact/<string:key>", **WEBHOOK)
    def exact_webhook(self, key):
        """Take a webhook of an administration: store what changed, wake a lane.

        While Exact makes a subscription it posts an empty, unsigned body here, and
        wants it answered (Exact reference, 7.7).  The key was stored before Exact was
        asked for anything, so that is answered whatever else is under way.  Nothing
        else that is not signed does anything, and what is signed is not believed: the
        address in it is not followed, and the document is read again before use.

        :param str key: of the administration, from the address that Exact was given
        :return: 403 without a body for whatever is not signed for this administration;
            else 200, also where there is nothing to do
        """
        body = raw_body()
        env = engine()
        administration = env["exact.administration"]._of_webhook(key)
        if administration and not body.strip():
            return answer()
        # As much is done for an unknown one as for one that is known.
        some = administration or administration.search([], limit=1)
        notice = verified(body, some.app_id._webhook_secret())
        if not (administration and self._is_of(administration, notice)):
            return answer(403)
        # A copy of the database ignores what was meant for its original.
        is_live = env["lightspeed.exact.identity"]._is_live()
        if is_live and administration._takes_webhooks():
            self._take(env, administration, notice)
        return answer()

    def _is_of(self, administration, notice):
        """Return whether a webhook says it is about this administration.

        The app's id is not always said (Exact reference, 7.7).
        """
        if notice is None or notice.division != administration.division:
            return False
        own = (administration.app_id.client_id or "").strip()
        return notice.client_id in ("", own, guid_text(own))

    def _take(self, env, administration, notice):
        env["exact.webhook"]._received(administration, notice.topic)
        known = env["lightspeed.exact.booking"]._tells_something(administration, notice)
        if not known:
            return
        env["lightspeed.exact.hint"]._receive(
            "exact",
            notice.topic,
            notice.key,
            notice.action.lower(),
            administration_id=administration.id,
        )
        _logger.debug(
            "Administration %s: a document of %s changed",
            administration.id,
            notice.topic,
        )
