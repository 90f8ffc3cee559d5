"""The install handshake of an app (reference 1.3)."""

from html import escape
from typing import Any
from urllib.parse import parse_qs, urlencode

from werkzeug import Response
from werkzeug.utils import redirect

from sandbox.core import ControlError

from .shop import Shop, md5
from .world import App, World, new_secret


def signature(params: dict[str, str], secret: str) -> str:
    """Sign the parameters: sorted, written without separators, then the secret."""
    text = "".join(f"{name}={params[name]}" for name in sorted(params))
    return md5(text + secret)


def app_password(token: str, secret: str) -> str:
    return md5(token + secret)


def install(
    world: World,
    app: App,
    shop: Shop,
    *,
    language: str | None = None,
    timestamp: int | None = None,
    token: str | None = None,
    include_cluster: bool = True,
    sign_cluster: bool = False,
) -> dict[str, Any]:
    """Install an app in a shop; an earlier install of it is withdrawn.

    :return: url, query, params, username and password
    """
    token = token or new_secret()
    if len(token) != 32:
        text = "a token has 32 characters"
        raise ControlError(text)
    for credential in list(world.credentials.values()):
        if credential.app == app.key and credential.shop == shop.id:
            world.revoke(credential)
    password = app_password(token, app.secret)
    world.add_credential(shop, app.key, password, app=app.key)
    moment = world.clock.now().timestamp() if timestamp is None else timestamp
    params = {
        "language": language or shop.default_language,
        "shop_id": str(shop.id),
        "timestamp": str(int(moment)),
        "token": token,
    }
    cluster = {"cluster_id": shop.settings["cluster"]}
    signed = {**params, **cluster} if sign_cluster else params
    sent = {
        **params,
        **(cluster if include_cluster else {}),
        "signature": signature(signed, app.secret),
    }
    query = urlencode(sent)
    joint = "&" if "?" in app.install_url else "?"
    return {
        "url": f"{app.install_url}{joint}{query}",
        "query": query,
        "params": sent,
        "username": app.key,
        "password": password,
    }


def install_page(world: World, environ: dict) -> Response | None:
    """Serve `/apps/<app key>/install?shop=<id>`: what the merchant's browser sees.

    Without `confirm=1` it is the page with the button; with it the app is installed
    and the browser sent to the app's install URL. None for any other path.
    """
    parts = environ["PATH_INFO"].strip("/").split("/")
    if len(parts) != 3 or parts[0] != "apps" or parts[2] != "install":
        return None
    query = {k: v[-1] for k, v in parse_qs(environ["QUERY_STRING"]).items()}
    try:
        app, shop = world.app(parts[1]), world.shop(query.get("shop"))
    except ControlError as error:
        return Response(str(error), 404)
    if query.get("confirm") != "1":
        title = escape(shop.settings["title"])
        url = f"?{urlencode({**query, 'confirm': '1'})}"
        html = (
            f"<!DOCTYPE html><title>App Store</title><h1>{title}</h1>"
            f'<p><a id="install" href="{escape(url)}">Installeren</a></p>'
        )
        return Response(html, content_type="text/html; charset=utf-8")
    return redirect(install(world, app, shop, language=query.get("language"))["url"])
