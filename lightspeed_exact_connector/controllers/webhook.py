"""What the routes have in common that vendors post webhooks to."""

from odoo import SUPERUSER_ID
from odoo.http import HttpDispatcher, Response, request

from ..clients.errors import ConnectorError

#: Longest body that is read; an order with a thousand lines is half of it.
MOST_BYTES = 1_000_000

#: Type of a route whose body is read as it came, whatever its content type says.
RAW = "lightspeed_exact_webhook"

#: What a route of a webhook is: nobody's session, no form, posted to only.
WEBHOOK = {
    "type": RAW,
    "auth": "none",
    "methods": ["POST"],
    "csrf": False,
    "save_session": False,
    # Odoo takes what nobody is logged in for as something that only reads.
    "readonly": False,
    "max_content_length": MOST_BYTES,
}


class WebhookDispatcher(HttpDispatcher):
    """Leaves the body alone: Odoo's own would read some content types as a form.

    A signature is over the bytes as they came.
    """

    routing_type = RAW

    def dispatch(self, endpoint, args):
        self.request.params = dict(args)
        return self.request.registry["ir.http"]._dispatch(endpoint)


def raw_body():
    """Return the body of the request as it came, at most :data:`MOST_BYTES`.

    Without a length nothing is read, unless the body is sent in chunks.  It is kept for
    when Odoo runs the request again after a conflict in the database.

    :rtype: bytes
    :raise werkzeug.exceptions.RequestEntityTooLarge: said or found to be longer
    """
    return request.httprequest.get_data(parse_form_data=False)


def engine():
    """Return the environment that webhooks work in: nobody is logged in.

    :rtype: odoo.api.Environment
    """
    return request.env(user=SUPERUSER_ID)


def is_live(env):
    """Return whether this database acts on webhooks: a copy ignores them.

    :rtype: bool
    """
    try:
        env["lightspeed.exact.identity"]._check_live()
    except ConnectorError:
        return False
    return True


def answer(status=200):
    """Return an answer without a body.

    :param int status: 200 for what was taken, also when there was nothing to do; 403
        for what is not signed, whatever else is wrong with it
    """
    return Response(status=status)
