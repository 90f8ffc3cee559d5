"""Faults that only Lightspeed has.

==============  ===============================================================
rate_5min       429, the five-minute window exhausted
rate_hour       429, the hour window exhausted
rate_day        429, the day window exhausted
error_200       200 with an error body (reference 9.10); params {message}
not_found_once  404, as sub-resources of orders answer at times (9.11)
unauthorized    401, as after an uninstall
==============  ===============================================================
"""

from werkzeug import Response

from sandbox.core import dumps

from .errors import ACCESS_DENIED, NOT_FOUND
from .limits import RateLimit
from .render import error_body
from .shop import Credential
from .throttle import JSON, too_many
from .world import World

_WINDOWS = {"rate_5min": 0, "rate_hour": 1, "rate_day": 2}
_ERRORS = {
    "error_200": (200, 500, "Internal error."),
    "not_found_once": (404, 404, NOT_FOUND),
    "unauthorized": (401, 401, ACCESS_DENIED),
}


def fault_response(
    world: World, credential: Credential | None, kind: str, params: dict
) -> Response | None:
    """Return the answer of a fault; None when the kind is not one of these."""
    environ = params["environ"]
    if kind in _WINDOWS:
        if credential is None:
            return _error(environ, *_ERRORS["unauthorized"])
        return too_many(world, credential, environ, (_WINDOWS[kind],))
    if kind not in _ERRORS:
        return None
    status, code, message = _ERRORS[kind]
    response = _error(environ, status, code, params.get("message", message))
    if credential is not None and status != 401:
        limit: RateLimit = credential.limit
        response.headers.update(limit.headers(world.clock.now()))
    return response


def _error(environ: dict, status: int, code: int, message: str) -> Response:
    body = dumps(error_body(environ, code, message))
    return Response(body, status, content_type=JSON)
