"""What the pages have in common that anybody may open."""

from werkzeug.exceptions import MethodNotAllowed

from odoo.http import request


def get_only():
    """Refuse what a route for GET is also asked for: a look that must change nothing.

    :raise werkzeug.exceptions.MethodNotAllowed: HEAD or OPTIONS
    """
    if request.httprequest.method != "GET":
        raise MethodNotAllowed(["GET"])


def choose_language(code):
    """Let a page be in a language, where it is switched on here; else in English.

    :param str code: two letters; anything else counts as English
    """
    installed = request.env["res.lang"].sudo().get_installed()
    found = [lang for lang, _name in installed if lang.partition("_")[0] == code]
    request.update_context(lang=found[0] if found else "en_US")


def public_page(template, values, status=200):
    """Return a page that is kept nowhere, tells nobody its address, and is in no frame.

    :param str template: name of the QWeb template
    :param dict values: for the template
    :rtype: odoo.http.Response
    """
    lang = (request.env.context.get("lang") or "en_US").replace("_", "-")
    response = request.render(
        f"lightspeed_exact_connector.{template}",
        {**values, "html_data": {"lang": lang}},
        status=status,
    )
    response.headers.update(
        {
            "Cache-Control": "no-store",
            "Content-Security-Policy": "frame-ancestors 'none'",
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
        }
    )
    return response
