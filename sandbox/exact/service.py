"""The service: routes, faults, persistence (exact-online-api 1, 8, 10)."""

import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any

from werkzeug import Request, Response

from ..core import ActionLock, Clock, Delivery, Postman, Service
from .api import Api, error_response, json_response
from .control import ControlMixin
from .control_invoices import InvoicesMixin
from .control_items import ItemsMixin
from .control_journals import JournalsMixin
from .control_reports import ReportsMixin
from .control_webhooks import WebhooksMixin
from .errors import forbidden, refuse
from .limits import Limits, Parallel, Quota
from .oauth import TOO_EARLY, OAuth
from .pages import AUTH_PATH, CONSENT_PATH, LOGIN_PATH, Pages, token_form
from .state import State
from .webhooks import Check, WebhookDesk, settle

TOKEN_PATH = "/api/oauth2/token"
ATTACHMENT_PATH = "/docs/SysAttachment.aspx"


class ExactService(
    ControlMixin,
    InvoicesMixin,
    ItemsMixin,
    JournalsMixin,
    ReportsMixin,
    WebhooksMixin,
    Service,
):
    """Exact Online. `control_*` methods: see `control.py` and `control_*.py`."""

    name = "exact"
    fault_kinds = frozenset({"error_velocity", "division_blocked"})

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.state = State()
        self.postman = Postman(clock)
        self._build()
        self.lock = ActionLock(lambda: self.desk.flush())

    def _build(self) -> None:
        """Make what works on the state, after the state was replaced."""
        self.limits = Limits()
        self.parallel = Parallel()
        self.oauth = OAuth(self.state, self.limits, self.clock)
        self.desk = WebhookDesk(self.state, self.clock, self.postman)
        self.pages = Pages(self.state, self.oauth, self.touch)
        self.api = Api(self.state, self.oauth, self.limits, self.clock, self.touch)

    # --- WSGI ---------------------------------------------------------------

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        request = Request(environ)
        return self._respond(request)(environ, start_response)

    def _respond(self, request: Request) -> Response:
        path = request.path
        if path.startswith("/api/v1/"):
            return self._api_call(request)
        with self.lock:
            if path == TOKEN_PATH:
                return self._token(request)
            if path in {AUTH_PATH, LOGIN_PATH, CONSENT_PATH}:
                return self.pages.handle(request)
            if path == ATTACHMENT_PATH and request.method == "GET":
                return self.api.attachment(request)
        return error_response(404, "Not found.")

    def _api_call(self, request: Request) -> Response:
        with self.lock:
            owner = self.api.owner(request)
        name = f"{request.method} {request.path}"
        running = self.parallel.call(owner, name) if owner else nullcontext()
        with running:
            latency = self.state.options["latency"]
            if latency:
                time.sleep(float(latency))
            with self.lock:
                response = self.api.handle(request)
                checks = self._take_checks()
            # Without the lock: a receiver may call back.
            for check in checks:
                response = self._check(check, response)
            return response

    def _take_checks(self) -> list[Check]:
        checks: list[Check] = []
        for division in self.state.divisions.values():
            checks += division.checks
            division.checks.clear()
        return checks

    def _check(self, check: Check, response: Response) -> Response:
        """Ask a new receiver, now or later; return the answer to the API call."""
        options = self.state.options
        if options["webhook_check"] == "never":
            self._settle(check, True)
            return response
        address = check.row["CallbackURL"]

        def done(row: Delivery) -> None:
            self._settle(check, row.state == "delivered")
            self.changed_alone()

        if options["webhook_check"] == "after":
            delay = float(options["webhook_check_delay"])
            self.postman.post("check", address, {}, b"", delay=delay, done=done)
            return response
        row = self.postman.send_now("check", address, {}, b"")
        self._settle(check, row.state == "delivered")
        if row.state == "delivered":
            return response
        language = options["language"] or self.state.users[check.user].language
        answer = row.status or row.reason
        text = refuse("callback", answer).localised(language)
        limits = {k: v for k, v in response.headers if k.startswith("X-RateLimit")}
        return error_response(500, text, limits)

    def _settle(self, check: Check, good: bool) -> None:
        with self.lock:
            settle(check, good)
            self.touch()

    def _token(self, request: Request) -> Response:
        """Answer the token endpoint (1.3): POST, form encoded, nothing else."""
        if request.method != "POST":
            return Response("", 405)
        form = token_form(request)
        if form is None:
            return json_response({"error": "invalid_request"}, 400)
        answer = self.oauth.token(form)
        if answer.changed:
            self.touch()
        if answer.data is None:
            return error_response(answer.status, None, answer.headers)
        return json_response(answer.data, answer.status, answer.headers)

    # --- faults -------------------------------------------------------------

    def fault_response(self, kind: str, params: dict) -> Response | None:
        """Return the answer of a fault of Exact's own (reference 10).

        * `rate_minute`, `rate_day`: 429 with the headers of that window
        * `unauthorized`: 401
        * `no_division_access`, `division_blocked`: 403 with the `Reason`
        * `business` {text}: 500 with a JSON error
        * `refresh_rotated`: a refused refresh; needs `handled: true`, so that the
          token did rotate (1.4)
        * `error_velocity`: 429 without any rate header
        """
        maker = getattr(self, f"_fault_{kind}", None)
        return maker(params) if maker else None

    def _rate_fault(self, params: dict, window: str) -> Response:
        request = Request(params["environ"])
        with self.lock:
            owner = self.api.owner(request) or ("", 0)
            headers = self.limits.headers(owner, self.clock.now(), window)
        left = "X-RateLimit-Remaining"
        if window == "minute":
            left = "X-RateLimit-Minutely-Remaining"
        return error_response(429, None, {**headers, left: "0"})

    def _fault_rate_minute(self, params: dict) -> Response:
        return self._rate_fault(params, "minute")

    def _fault_rate_day(self, params: dict) -> Response:
        return self._rate_fault(params, "day")

    def _fault_error_velocity(self, params: dict) -> Response:
        return error_response(429, None)

    def _fault_unauthorized(self, params: dict) -> Response:
        return error_response(401, None, {"WWW-Authenticate": "Bearer"})

    def _fault_no_division_access(self, params: dict) -> Response:
        error = forbidden("NoDivisionAccess")
        return error_response(403, error.message, error.headers)

    def _fault_division_blocked(self, params: dict) -> Response:
        error = forbidden("DivisionBlocked")
        return error_response(403, error.message, error.headers)

    def _fault_business(self, params: dict) -> Response:
        text = params.get("text", "Ongeldige referentie: Journals")
        return error_response(500, text)

    def _fault_refresh_rotated(self, params: dict) -> Response:
        if not params.get("handled"):
            text = 'refresh_rotated needs params {"handled": true}'
            return Response(text, 500, mimetype="text/plain")
        data = {"error": "access_denied", "error_description": TOO_EARLY}
        reason = f"TooEarlyToRefreshTokens: {TOO_EARLY}"
        return json_response(data, 400, {"Reason": reason})

    # --- persistence --------------------------------------------------------

    def dump(self) -> Any:
        with self.lock:
            return {**self.state.dump(), "quota": asdict(self.limits.default)}

    def load(self, data: Any) -> None:
        with self.lock:
            self.state = State.load(data)
            self._build()
            self.limits.default = Quota(**data["quota"])

    def reset(self) -> None:
        with self.lock:
            self.state = State()
            self._build()
            self.postman.reset()
            self.touch()

    def stop(self) -> None:
        self.postman.stop()
