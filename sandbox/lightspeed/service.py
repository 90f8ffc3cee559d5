"""The stand-in Lightspeed eCom REST API as a WSGI application.

Order of the checks (a choice, strict first; each has its status):

1. credentials                                     401, without rate-limit headers
2. rate limit of these credentials                 429
3. `.json` at the end of the path                  404; 406 for `.xml`
4. language active in this shop                    404
5. known path                                      404
6. method of this path                             405
7. right to read or write in the path's area       403
8. query parameters, body, existence of ids        400 and 404
"""

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug import Response
from werkzeug.wsgi import get_host

from sandbox.core import (
    ActionLock,
    Clock,
    Postman,
    Service,
    WebhookCommands,
    dumps,
)

from .context import Context, Literal
from .control import ControlCommands
from .errors import (
    ACCESS_DENIED,
    BAD_LANGUAGE,
    NO_PERMISSION,
    NOT_ALLOWED,
    NOT_FOUND,
    ApiError,
)
from .faults import fault_response
from .install import install_page
from .listing import parse_query
from .render import Renderer, error_body
from .routes import Route, find_route
from .shop import Credential, Shop
from .throttle import JSON, too_many
from .webhooks import WebhookDesk
from .world import World


class LightspeedService(ControlCommands, WebhookCommands, Service):
    """Any number of shops, told apart by their credentials."""

    name = "lightspeed"

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.world = World(clock)
        self.postman = Postman(clock)
        self.lock = ActionLock(self._tell)

    def _tell(self) -> None:
        """Queue the webhooks of the request or command that ends."""
        if self.world.events:
            WebhookDesk(self.world, self.postman).flush()

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        with self.lock:
            page = install_page(self.world, environ)
            if page is not None:
                self.touch()
                response = page
            else:
                response = self._respond(environ)
        return response(environ, start_response)

    def fault_response(self, kind: str, params: dict) -> Response | None:
        """Return the answer of a Lightspeed fault (see `faults.py`)."""
        with self.lock:
            environ = params["environ"]
            credential = self._credential(environ)
            return fault_response(self.world, credential, kind, params)

    def dump(self) -> Any:
        return self.world.dump()

    def load(self, data: Any) -> None:
        self.world.load(data)

    def reset(self) -> None:
        listeners = self.world.listeners
        self.world = World(self.clock)
        self.world.listeners = listeners
        self.postman.reset()
        self.touch()

    def stop(self) -> None:
        self.postman.stop()

    def _respond(self, environ: dict) -> Response:
        credential = self._credential(environ)
        if credential is None:
            body = error_body(environ, 401, ACCESS_DENIED)
            return Response(dumps(body), 401, content_type=JSON)
        now = self.clock.now()
        limit = credential.limit
        if not limit.hit(now):
            return too_many(self.world, credential, environ, limit.exhausted())
        headers = limit.headers(now)
        try:
            status, answer = self._handle(environ, credential)
        except ApiError as error:
            status, answer = (
                error.status,
                error_body(environ, error.status, error.text),
            )
        if environ["REQUEST_METHOD"] != "GET" and status < 300:
            self.touch()
        if isinstance(answer, Literal):
            return Response(
                answer.text, status, headers, content_type=answer.content_type
            )
        text = "" if status == 204 else dumps(answer)
        return Response(text, status, headers, content_type=JSON)

    def _credential(self, environ: dict) -> Credential | None:
        """Find whom HTTP Basic names (reference 1.2)."""
        scheme, _, value = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            text = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        username, _, password = text.partition(":")
        return self.world.credentials.get((username, password))

    def _handle(self, environ: dict, credential: Credential) -> tuple[int, Any]:
        shop = self.world.shops[credential.shop]
        language, route, ids = self._route(environ, shop)
        method = environ["REQUEST_METHOD"]
        handler = route.methods.get(method)
        if handler is None:
            raise ApiError(405, NOT_ALLOWED)
        if not credential.may(route.area, write=method != "GET"):
            raise ApiError(403, NO_PERMISSION)
        base = f"http://{get_host(environ)}"
        return handler(
            Context(
                self.world,
                shop,
                credential,
                Renderer(shop, base, language),
                environ,
                ids,
                parse_query(environ["QUERY_STRING"]),
            )
        )

    def _route(self, environ: dict, shop: Shop) -> tuple[str, Route, tuple[int, ...]]:
        language, _, path = environ["PATH_INFO"].lstrip("/").partition("/")
        if path.endswith(".xml"):
            raise ApiError(406, "Not acceptable.")
        if not path.endswith(".json"):
            raise ApiError(404, NOT_FOUND)
        if language not in shop.languages:
            raise ApiError(404, BAD_LANGUAGE)
        route, ids = find_route(path.removesuffix(".json").split("/"))
        if route is None:
            raise ApiError(404, NOT_FOUND)
        return language, route, ids
