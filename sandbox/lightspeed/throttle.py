"""The answer to too many requests."""

from datetime import timedelta
from wsgiref.handlers import format_date_time

from werkzeug import Response

from sandbox.core import dumps

from .errors import TOO_MANY
from .limits import RateLimit
from .render import error_body
from .shop import Credential
from .world import World

JSON = "application/json; charset=utf-8"


def too_many(
    world: World, credential: Credential, environ: dict, windows: tuple[int, ...]
) -> Response:
    """Return a 429: the exhausted windows show -1 (reference 2)."""
    now = world.clock.now()
    limit: RateLimit = credential.limit
    headers = limit.headers(now, windows)
    wait = max(limit.resets(now)[i] for i in windows)
    how = world.shops[credential.shop].options.retry_after
    if how == "seconds":
        headers["Retry-After"] = str(wait)
    elif how == "date":
        moment = now + timedelta(seconds=wait)
        headers["Retry-After"] = format_date_time(moment.timestamp())
    body = dumps(error_body(environ, 429, TOO_MANY))
    return Response(body, 429, headers, content_type=JSON)
