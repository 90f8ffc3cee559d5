import logging

from odoo.exceptions import AccessError
from odoo.http import Controller, request, route

from ..clients.errors import ConnectorError
from ..const import OAUTH_CALLBACK_ROUTE
from ..models.reasons import describe
from ..models.service_errors import problem_of
from .merchant_invitation import come_back

_logger = logging.getLogger(__name__)


class ExactOAuthController(Controller):
    @route(OAUTH_CALLBACK_ROUTE, type="http", auth="public", methods=["GET"])
    def exact_oauth_callback(self, state=None, code=None, error=None, **_kwargs):
        """Take the browser back from Exact Online's consent page.

        Exact knows one address.  A merchant comes back to it without a user, with a
        state that was signed for an open invitation; everybody else must be logged in.

        :param str state: what ``action_connect`` or an invitation signed
        :param str code: to exchange for tokens; absent when the user refused
        :param str error: set by Exact when the user refused; not an error for us
        :return: a redirect to the connection, or a page that says what is wrong
        """
        # In sudo mode: who has an invitation is not logged in.
        invitations = request.env["lightspeed.exact.invitation"].sudo()
        values = invitations._state_values(state)
        if values is not None:
            return come_back(values, code, error)
        # As with auth="user".
        request.env["ir.http"]._auth_method_user()
        connection = request.env["exact.connection"]._verify_state(state)
        if not connection:
            return self._error_page(
                request.env._(
                    "This consent is not valid (any more). Press Connect again."
                )
            )
        if error or not code:
            return request.redirect(self._url(connection))
        try:
            connection._finish_consent(code)
        except AccessError as refusal:
            return self._error_page(str(refusal), connection)
        except ConnectorError as refusal:
            _logger.info(
                "Consent for Exact connection %s failed: %s",
                connection.id,
                refusal.code,
            )
            text = describe(request.env, *problem_of(refusal, connection))
            return self._error_page(" ".join(text), connection)
        return request.redirect(self._url(connection))

    def _url(self, connection):
        return f"/odoo/exact.connection/{connection.id}" if connection else "/odoo"

    def _error_page(self, message, connection=None):
        return request.render(
            "lightspeed_exact_connector.exact_oauth_error",
            {"message": message, "back_url": self._url(connection)},
            status=400,
        )
