import logging
from datetime import datetime, timezone

from odoo.http import Controller, request, route

from ..clients.errors import BadRequest
from ..clients.lightspeed_install import read_install
from ..const import INSTALL_ROUTE, INVITATION_ROUTE
from ..models.groups import MANAGER
from ..models.reasons import describe
from .merchant_invitation import invitation_of_browser
from .public_page import choose_language, get_only, public_page

_logger = logging.getLogger(__name__)


class LightspeedInstallController(Controller):
    @route(
        f"{INSTALL_ROUTE}/<string:number>",
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
    )
    def lightspeed_install(self, number, **_query):
        """Take the browser of a merchant who installed the app in a shop.

        What is signed and fresh becomes a claim, and nothing more: whoever may install
        apps in some shop can come here.

        :param str number: of the app, from the address that Lightspeed has
        :return: a manager goes on to the claim; anybody else sees a page
        """
        get_only()
        query = request.httprequest.args.to_dict(flat=False)
        self._choose_language(query)
        # In sudo mode: nobody has to be logged in.
        app = request.env["lightspeed.app"].sudo()._of_install(number)
        try:
            install = read_install(
                query, app._install_secret(), datetime.now(timezone.utc)
            )
        except BadRequest as refusal:
            return self._refusal(refusal.code)
        if not request.env["lightspeed.exact.identity"]._is_live():
            return self._refusal("neutralized")
        user = request.env.user
        manager = user.has_group(MANAGER)
        # In sudo mode: nobody writes a claim by hand.
        invitation = invitation_of_browser()
        if invitation.app_id != app:
            invitation = invitation.browse()
        company = user.company_id if manager else None
        claim = (
            request.env["lightspeed.exact.claim"]
            .sudo()
            ._receive(app, install, invitation.company_id or company)
        )
        _logger.info("App %s was installed: claim %s", app.id, claim.id)
        if invitation and claim._take_invitation(invitation):
            claim.filtered("is_open")._tell_responsible()
            return request.redirect(INVITATION_ROUTE)
        if manager and claim.sudo(False).has_access("read"):
            if claim.is_open and not claim.read_at:
                claim._read_shop()
            return request.redirect(f"/odoo/lightspeed.exact.claim/{claim.id}")
        claim.filtered("is_open")._tell_responsible()
        return public_page("lightspeed_install_done", {})

    def _choose_language(self, query):
        """Let the page be in the language of who is logged in, else of the shop."""
        if request.env.user._is_public():
            choose_language((query.get("language") or [""])[0])

    def _refusal(self, code):
        text, advice = describe(request.env, code)
        return public_page(
            "lightspeed_install_refused", {"message": text, "advice": advice}, 400
        )
