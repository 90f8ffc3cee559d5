"""The REST API under `/api/v1`: routes, checks and answers (reference 8).

The order of the checks: length of the URL, token, quota, error velocity, path,
`Accept`, division, rights, method, query or payload, bookkeeping.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from werkzeug import Request, Response

from ..core import Clock, dumps
from .context import Context
from .edm import load_json
from .errors import (
    SCOPE_VIOLATED,
    TOP_LEVEL,
    ApiError,
    BusinessError,
    error_json,
    forbidden,
    payload_error,
    syntax_error,
)
from .handlers import handler
from .handlers.base import Handler, licensed
from .handlers.documents import content
from .handlers.registry import nested_handler
from .limits import Limits
from .oauth import OAuth
from .odata_filter import parse_key_literal
from .odata_query import Page, Reader, count_query, list_query, single_query
from .state import App, Chain, State, User
from .store import Row

MAX_URL = 6000
ME = "current/Me"
RIGHTS = "users/UserHasRights"
_PATH = re.compile(
    r"/api/v1/(?:(?P<me>current/Me)|(?P<division>\d{1,9})/(?P<path>[A-Za-z/]+?))"
    r"(?:\((?P<key>[^()]*)\))?(?:/(?P<tail>\$count|[A-Za-z]+))?\Z"
)
_XML_STUB = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
    '<code></code><message xml:lang="">Not Acceptable</message></error>'
)


@dataclass
class Target:
    """What a path points at."""

    division: int | None
    path: str
    key: str | None = None
    tail: str | None = None


def parse_path(path: str) -> Target | None:
    """Take a path apart; None when it cannot be one of the API's."""
    match = _PATH.match(path)
    if match is None:
        return None
    division = int(match["division"]) if match["division"] else None
    name, key, tail = match["me"] or match["path"], match["key"], match["tail"]
    if tail and key is None and tail != "$count":
        # `crm/Accounts` without a key: what looked like a tail is the entity.
        name, tail = f"{name}/{tail}", None
    return Target(division, name, key, tail)


def json_response(
    data: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    response = Response(dumps(data), status, mimetype="application/json")
    response.headers["Content-Type"] = "application/json; charset=utf-8"
    response.headers.update(headers or {})
    return response


def error_response(
    status: int, message: str | None, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an error in the form of 8.6; without a message the body is empty."""
    body = error_json(message) if message is not None else ""
    response = Response(body, status, mimetype="application/json")
    if message is not None:
        response.headers["Content-Type"] = "application/json; charset=utf-8"
    else:
        del response.headers["Content-Type"]
    response.headers.update(headers or {})
    return response


class Api:
    """Answers requests on `/api/v1` and on attachments.

    :param touch: called when something changed
    """

    def __init__(
        self,
        state: State,
        oauth: OAuth,
        limits: Limits,
        clock: Clock,
        touch: Callable[[], None],
    ) -> None:
        self.state = state
        self.oauth = oauth
        self.limits = limits
        self.clock = clock
        self.touch = touch

    # --- who calls what -----------------------------------------------------

    def owner(self, request: Request) -> tuple[str, int] | None:
        """Return (app, division) of a call, for quotas; None without a division."""
        target = parse_path(request.path)
        chain, _alive = self.oauth.authenticate(request.headers.get("Authorization"))
        if chain is None or target is None or target.division is None:
            return None
        return chain.client_id, target.division

    def handle(self, request: Request) -> Response:
        """Answer a request, with the rate headers of its division."""
        if len(request.environ.get("RAW_URI", request.url)) > MAX_URL:
            return error_response(414, None)
        target = parse_path(request.path)
        chain, alive = self.oauth.authenticate(request.headers.get("Authorization"))
        if chain is None:
            return error_response(401, None, {"WWW-Authenticate": "Bearer"})
        endpoint = target.path if target else request.path
        division = target.division if target else None
        key = (chain.client_id, chain.user, division or 0, endpoint)
        now = self.clock.now()
        owner = (chain.client_id, division) if division is not None else None
        if owner is not None:
            window = self.limits.take(owner, now)
            if window is not None:
                return error_response(
                    429, None, self.limits.headers(owner, now, window)
                )
        if self.limits.blocked(key, now):
            return error_response(429, None)
        response = self._answer(request, target, chain, alive)
        self.limits.note(key, response.status_code, now)
        if owner is not None:
            response.headers.update(self.limits.headers(owner, now))
        return response

    def _answer(
        self, request: Request, target: Target | None, chain: Chain, alive: bool
    ) -> Response:
        if not alive:
            return error_response(401, None, {"WWW-Authenticate": "Bearer"})
        user = self.state.users[chain.user]
        try:
            return self._route(request, target, chain, user)
        except ApiError as error:
            if error.status == 406:
                return Response(_XML_STUB, 406, mimetype="application/xml")
            return error_response(error.status, error.message, error.headers)
        except BusinessError as error:
            language = self.state.options["language"] or user.language
            return error_response(500, error.localised(language))

    def _route(
        self, request: Request, target: Target | None, chain: Chain, user: User
    ) -> Response:
        if target is None:
            raise ApiError(404, "Not found.")
        app = self.state.apps[chain.client_id]
        if target.path == RIGHTS and target.key is None and target.tail is None:
            ctx = self._context(request, target, chain, user, app)
            return self._user_has_rights(request, ctx)
        found = handler(target.path)
        if found is None or (target.path == ME) != (target.division is None):
            raise ApiError(404, "Not found.")
        if target.tail != "$count":
            _check_accept(request)
        ctx = self._context(request, target, chain, user, app)
        method = request.method
        self._check_rights(ctx, found, method)
        if method not in found.endpoint.methods:
            raise ApiError(405, "Method not allowed.")
        if method == "GET":
            return self._get(request, ctx, found, target)
        return self._write(request, ctx, found, target)

    def _context(
        self, request: Request, target: Target, chain: Chain, user: User, app: App
    ) -> Context:
        """Check the division and return the call's context (3.2, 8.7).

        :raises ApiError: 403 with a `Reason`
        """
        if user.blocked:
            raise forbidden(user.blocked)
        if not user.divisions:
            raise forbidden("NoDivisionAccess")
        code = target.division
        if code is None:
            code = user.current_division or user.divisions[0]
            division = self.state.divisions[code]
        elif target.path == "system/Divisions":
            # The number in the path of this call is not checked.
            mine = self.state.divisions[user.divisions[0]]
            division = self.state.divisions.get(code, mine)
        else:
            if code not in user.divisions or code not in chain.divisions:
                raise forbidden("NoDivisionAccess")
            division = self.state.divisions[code]
            if division.profile["BlockingStatus"]:
                raise forbidden("DivisionBlocked")
        return Context(
            state=self.state,
            clock=self.clock,
            app=app,
            user=user,
            chain=chain,
            division=division,
            base=request.host_url.rstrip("/"),
        )

    def _check_rights(self, ctx: Context, found: Handler, method: str) -> None:
        """Refuse what the app's scope, the user's rights or the division's modules
        do not allow (8.7)."""
        path = found.path
        methods = ctx.app.scopes.get(path, ctx.app.scopes.get("*"))
        if methods is not None and method not in methods:
            verb = "read" if method == "GET" else "write"
            raise forbidden(message=SCOPE_VIOLATED.format(verb))
        free = path in {ME, "system/Divisions"}
        if not free and not _allowed(ctx, path, method):
            raise forbidden()

    def _user_has_rights(self, request: Request, ctx: Context) -> Response:
        """Answer `users/UserHasRights?endpoint='…'&action='POST'` (8.7)."""
        if request.method != "GET":
            raise ApiError(405, "Method not allowed.")
        _check_accept(request)
        given = dict(_options(request))
        if set(given) != {"endpoint", "action"}:
            raise syntax_error()
        texts = [_quoted(given["endpoint"]), _quoted(given["action"])]
        found = handler(texts[0])
        allowed = (
            found is not None
            and texts[1] in found.endpoint.methods
            and _allowed(ctx, texts[0], texts[1])
        )
        return json_response({"d": {"UserHasRights": allowed}})

    # --- GET ----------------------------------------------------------------

    def _get(
        self, request: Request, ctx: Context, found: Handler, target: Target
    ) -> Response:
        options = _options(request)
        if target.key is not None:
            return self._get_one(ctx, found, target, options)
        if target.tail == "$count":
            query = count_query(found, ctx, options)
            number = Reader(found, ctx, query).count()
            return Response(str(number), mimetype="text/plain")
        query = list_query(found, ctx, options)
        page = Reader(found, ctx, query).page(request.base_url)
        size = found.endpoint.page_size
        bare = query.top is not None and query.top < size and target.path != ME
        return json_response({"d": _shape(page, bare)})

    def _get_one(
        self, ctx: Context, found: Handler, target: Target, options: list
    ) -> Response:
        if target.tail == "$count":
            raise syntax_error()
        row = self._row(ctx, found, target)
        if target.tail is not None:
            return self._get_nested(ctx, found, row, target.tail)
        query = single_query(found.endpoint, options)
        return json_response({"d": found.present(ctx, row, query.select, query.expand)})

    def _get_nested(
        self, ctx: Context, found: Handler, row: Row, name: str
    ) -> Response:
        """Answer the URI of a deferred collection."""
        prop = found.endpoint.props.get(name)
        if prop is None or prop.type != "Collection":
            raise ApiError(404, "Not found.")
        if nested_handler(found.path, prop) is None:
            return json_response({"d": {"results": []}})
        return json_response({"d": {"results": found.nested(ctx, row, prop)}})

    def _row(self, ctx: Context, found: Handler, target: Target) -> Row:
        assert target.key is not None
        key = parse_key_literal(target.key, found.endpoint.key_prop)
        row = found.row(ctx, key)
        if row is None or not found.visible(ctx, row):
            raise ApiError(404, "Not found.")
        return row

    # --- POST, PUT, DELETE --------------------------------------------------

    def _write(
        self, request: Request, ctx: Context, found: Handler, target: Target
    ) -> Response:
        if target.tail is not None or (target.key is None) != (
            request.method == "POST"
        ):
            raise ApiError(405 if request.method == "POST" else 400, "Bad Request")
        if request.query_string:
            raise syntax_error()
        found.check_modelled(ctx)
        if request.method == "POST":
            return self._post(request, ctx, found)
        row = self._row(ctx, found, target)
        if request.method == "PUT":
            found.update(ctx, row, found.read(_payload(request), update=True))
        else:
            found.delete(ctx, row)
        self.touch()
        return error_response(204, None)

    def _post(self, request: Request, ctx: Context, found: Handler) -> Response:
        row = found.create(ctx, found.read(_payload(request)))
        self.touch()
        full = "return=representation" in request.headers.get("Prefer", "")
        if found.sparse and not full:
            data = found.sparse_answer(ctx, row)
        else:
            data = found.present(ctx, row)
        location = data["__metadata"]["uri"]
        return json_response({"d": data}, 201, {"Location": location})

    # --- attachments --------------------------------------------------------

    def attachment(self, request: Request) -> Response:
        """Answer `/docs/SysAttachment.aspx?ID=…&_Division_=…&Download=1` (7.6)."""
        chain, alive = self.oauth.authenticate(request.headers.get("Authorization"))
        if chain is None or not alive:
            return error_response(401, None, {"WWW-Authenticate": "Bearer"})
        code = request.args.get("_Division_", type=int)
        user = self.state.users[chain.user]
        if code not in user.divisions or code not in chain.divisions:
            return error_response(403, "Forbidden", {"Reason": "NoDivisionAccess"})
        table = self.state.divisions[code]["DocumentAttachments"]
        row = table.get(request.args.get("ID", "").lower())
        if row is None or request.args.get("Download") != "1":
            return Response("<html><body>Exact Online</body></html>", 200)
        return Response(content(row), mimetype="application/octet-stream")


def _allowed(ctx: Context, path: str, method: str) -> bool:
    """Say whether the user has the right, and the division the module."""
    right = ctx.user.allows(ctx.division.code, path, method)
    return right and licensed(ctx.division, path, method)


def _check_accept(request: Request) -> None:
    """Demand JSON: the default is Atom XML, which is not modelled (8.1)."""
    accepted = [
        part.split(";", 1)[0].strip()
        for part in request.headers.get("Accept", "").split(",")
    ]
    if "application/json" not in accepted:
        raise ApiError(406, None)


def _options(request: Request) -> list[tuple[str, str]]:
    """Return the query options in order, percent-decoded."""
    text = request.query_string.decode("ascii", "replace")
    try:
        return parse_qsl(
            text, keep_blank_values=True, strict_parsing=bool(text), errors="strict"
        )
    except ValueError as error:
        raise syntax_error() from error


def _quoted(text: str) -> str:
    if len(text) < 2 or text[0] != "'" or text[-1] != "'":
        raise syntax_error()
    return text[1:-1]


def _payload(request: Request) -> Any:
    if request.mimetype != "application/json":
        raise ApiError(415, "Unsupported media type requested.")
    try:
        return load_json(request.get_data())
    except (ValueError, RecursionError) as error:
        raise payload_error(TOP_LEVEL) from error


def _shape(page: Page, bare: bool) -> Any:
    """Return a list in the shape of 8.2."""
    if page.count is None and bare:
        return page.rows
    shape: dict[str, Any] = {}
    if page.count is not None:
        shape["__count"] = str(page.count)
    shape["results"] = page.rows
    if page.next_url:
        shape["__next"] = page.next_url
    return shape
