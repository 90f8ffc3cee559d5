import logging
import re

from odoo.exceptions import UserError
from odoo.http import Controller, request, route

from ..clients.errors import ConnectorError
from ..clients.lightspeed import HOSTS
from ..const import INVITATION_ROUTE
from ..models.reasons import describe
from ..models.service_errors import problem_of
from .public_page import get_only, public_page

_logger = logging.getLogger(__name__)

#: What the session of a browser keeps that opened a link.
KEPT = "lightspeed_exact_invitation"

# A key and a secret have 32 characters each (Lightspeed reference, 1.1).
_CREDENTIAL = re.compile(r"[0-9A-Za-z]{32}")

_PAGE = {"type": "http", "auth": "public", "methods": ["GET"]}
_FORM = {**_PAGE, "methods": ["POST"], "max_content_length": 10_000}


def invitation_of_browser():
    """Return the open invitation whose link this browser has opened, in sudo mode.

    :rtype: lightspeed.exact.invitation
    """
    # In sudo mode: nobody has to be logged in.
    invitations = request.env["lightspeed.exact.invitation"].sudo()
    return invitations._of_browser(request.session.get(KEPT))


def come_back(values, code, error):
    """Take the browser back from Exact Online's consent page.

    :param list values: of the signed state
    :param code: to exchange for tokens; absent when the merchant refused
    :param error: set by Exact when the merchant refused
    """
    invitations = request.env["lightspeed.exact.invitation"].sudo()
    invitation = invitations._of_state(values, request.session.get(KEPT))
    if not invitation:
        return gone()
    request.update_context(lang=invitation.lang)
    if error or not code:
        return request.redirect(INVITATION_ROUTE)
    try:
        invitation.connection_id._finish_consent(code)
    except ConnectorError as refusal:
        _logger.info("Consent of invitation %s failed: %s", invitation.id, refusal.code)
        return page(invitation, exact_problem=words(invitation, refusal))
    invitation._tell_consent()
    return request.redirect(INVITATION_ROUTE)


def words(invitation, error):
    """Return what is wrong and what to do, for the merchant."""
    return describe(request.env, *problem_of(error, invitation.connection_id))


def page(invitation, shop_problem=(), exact_problem=()):
    """Return the page of an invitation, in its language.

    :param shop_problem: sentences that say what is wrong with the key
    :param exact_problem: sentences that say why there is no consent
    :rtype: odoo.http.Response
    """
    request.update_context(lang=invitation.lang)
    invitation = invitation.with_context(lang=invitation.lang)
    app = invitation.app_id
    return public_page(
        "invitation_page",
        {
            "merchant": invitation.name,
            "agency": invitation.company_id.name,
            "claim": invitation._shop_claim(),
            "listing_url": app.active and app.listing_url,
            "wants_exact": bool(invitation.exact_app_id),
            "exact_state": invitation.exact_state,
            "exact_user": invitation.exact_user,
            "shop_problem": [text for text in shop_problem if text],
            "exact_problem": [text for text in exact_problem if text],
            "csrf": request.csrf_token(),
            "action": INVITATION_ROUTE,
        },
        400 if shop_problem or exact_problem else 200,
    )


def gone():
    """Return the same page for whatever is not an open invitation."""
    request.session.can_save = False
    return public_page("invitation_gone", {}, 404)


class MerchantInvitationController(Controller):
    """The page on which a merchant connects a shop and Exact Online.

    The link itself is opened once: from then on the session of the browser has it.
    """

    @route(f"{INVITATION_ROUTE}/<string:token>", **_PAGE)
    def open_invitation(self, token):
        """Let a browser in that has the link; whatever else it brings stays outside.

        :param str token: anything
        """
        get_only()
        invitations = request.env["lightspeed.exact.invitation"].sudo()
        invitation = invitations._of_token(token)
        if not invitation:
            return gone()
        request.session[KEPT] = invitation._for_browser()
        return request.redirect(INVITATION_ROUTE)

    @route(INVITATION_ROUTE, **_PAGE)
    def show_invitation(self):
        """Show what is connected, and what is still to do."""
        get_only()
        invitation = invitation_of_browser()
        return page(invitation) if invitation else gone()

    @route(f"{INVITATION_ROUTE}/key", **_FORM)
    def take_key(self, api_key=None, api_secret=None, cluster=None, **_form):
        """Take the shop's own API key, when it opens a shop; it is never shown again.

        :return: the page: with what is wrong, or with the shop
        """
        invitation = invitation_of_browser()
        if not invitation:
            return gone()
        request.update_context(lang=invitation.lang)
        key, secret = (
            text.strip() if isinstance(text, str) else ""
            for text in (api_key, api_secret)
        )
        well_formed = _CREDENTIAL.fullmatch(key) and _CREDENTIAL.fullmatch(secret)
        if not well_formed or cluster not in HOSTS:
            return page(
                invitation,
                shop_problem=[
                    request.env._(
                        "A key and a secret have 32 letters and digits each. Copy "
                        "both from the back office of the shop."
                    )
                ],
            )
        claims = invitation.claim_ids.with_env(invitation.env)
        try:
            invitation._count_try()
            claim = claims._receive_key(invitation, cluster, key, secret)
        except ConnectorError as error:
            _logger.info("Invitation %s: key refused: %s", invitation.id, error.code)
            text = describe(request.env, *problem_of(error, claims.browse()))
            return page(invitation, shop_problem=text)
        claim._tell_responsible()
        return request.redirect(INVITATION_ROUTE)

    @route(f"{INVITATION_ROUTE}/exact", **_FORM)
    def start_consent(self, **_form):
        """Send the browser to Exact Online to ask for consent."""
        invitation = invitation_of_browser()
        if not invitation:
            return gone()
        request.update_context(lang=invitation.lang)
        try:
            url = invitation._consent_url(request.session[KEPT])
        except UserError as error:
            return page(invitation, exact_problem=[str(error)])
        except ConnectorError as error:
            return page(invitation, exact_problem=words(invitation, error))
        return request.redirect(url, local=False)
