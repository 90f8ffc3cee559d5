"""What the routes have in common that vendors post webhooks to."""

from inspect import signature

from werkzeug.exceptions import (
    LengthRequired,
    MethodNotAllowed,
    RequestEntityTooLarge,
)
from werkzeug.wsgi import get_input_stream

from odoo import SUPERUSER_ID
from odoo.http import HttpDispatcher, Response, request

#: Longest body that is read; an order with a thousand lines is half of it.
MOST_BYTES = 1_000_000

#: Type of a route whose body is read as it came, whatever its content type says.
RAW = "lightspeed_exact_webhook"

# Older ones read what comes in chunks to its end, however far that is.
_LIMITS_CHUNKS = "max_content_length" in signature(get_input_stream).parameters

#: What a route of a webhook is: nobody's session, no form, posted to only.
WEBHOOK = {
    "type": RAW,
    "auth": "none",
    "methods": ["POST"],
    "csrf": False,
    "save_session": False,
    # Odoo takes what nobody is logged in for as something that only reads.
    "readonly": False,
    # One more than is taken, so that it can be told.
    "max_content_length": MOST_BYTES + 1,
}


class WebhookDispatcher(HttpDispatcher):
    """Leaves the body alone: Odoo's own would take some content types for a form.

    A signature is over the bytes as they came.
    """

    routing_type = RAW

    def dispatch(self, endpoint, args):
        if self.request.httprequest.method not in endpoint.routing["methods"]:
            raise MethodNotAllowed(endpoint.routing["methods"])
        self.request.params = dict(args)
        return self.request.registry["ir.http"]._dispatch(endpoint)


def raw_body():
    """Return the body of the request as it came, at most :data:`MOST_BYTES`.

    Without a length only one that is sent in chunks is read.

    :rtype: bytes
    :raise werkzeug.exceptions.RequestEntityTooLarge: said or found to be longer
    :raise werkzeug.exceptions.LengthRequired: in chunks that nothing would limit
    """
    httprequest = request.httprequest
    if httprequest.content_length is None and not _LIMITS_CHUNKS:
        raise LengthRequired
    if (httprequest.content_length or 0) > MOST_BYTES:
        raise RequestEntityTooLarge
    # Kept by the request: Odoo runs it again after a conflict in the database.
    body = httprequest.get_data()
    if len(body) > MOST_BYTES:
        raise RequestEntityTooLarge
    return body


def engine():
    """Return the environment that webhooks work in: nobody is logged in.

    :rtype: odoo.api.Environment
    """
    return request.env(user=SUPERUSER_ID)


def answer(status=200):
    """Return an answer without a body.

    :param int status: 200 for what was taken, also when there was nothing to do; 403
        for what is not signed, whatever else is wrong with it
    """
    return Response(status=status)
