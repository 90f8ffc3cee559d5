"""Control commands about access: apps, users, consent, tokens, rights, limits."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from ..core import Clock, ControlError
from .division import DEFAULT_MODULES, PROFILE, Division
from .edm import parse_datetime
from .handlers.base import MODULES
from .limits import Limits, Parallel
from .metadata import endpoints
from .oauth import OAuth
from .state import CHOICES, OPTIONS, App, State, User
from .store import new_guid

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class ControlMixin:
    """Commands that set the stage, and ones that look behind it."""

    state: State
    limits: Limits
    parallel: Parallel
    oauth: OAuth
    clock: Clock
    lock: Any
    touch: Any

    # --- apps, users, divisions ---------------------------------------------

    def control_add_app(
        self,
        client_id: str | None = None,
        client_secret: str = "",
        name: str = "Demo app",
        redirect_uris: Iterable[str] = (),
        webhook_secret: str | None = None,
    ) -> dict[str, Any]:
        """Register an app; id and secrets are made when left out."""
        with self.lock:
            app = App(client_id or new_guid(), client_secret or new_guid(), name)
            app.webhook_secret = webhook_secret or app.webhook_secret
            self.state.apps[app.client_id] = app
            for uri in redirect_uris:
                self.control_add_redirect_uri(app.client_id, uri)
            self.touch()
            return {
                "client_id": app.client_id,
                "client_secret": app.client_secret,
                "webhook_secret": app.webhook_secret,
            }

    def control_add_redirect_uri(
        self, client_id: str, redirect_uri: str
    ) -> dict[str, Any]:
        """Let an app use a redirect URI: https, or http on the loopback."""
        with self.lock:
            app = self.state.app(client_id)
            parts = urlsplit(redirect_uri)
            local = parts.scheme == "http" and parts.hostname in LOOPBACK
            if not (parts.scheme == "https" or local) or parts.fragment:
                text = f"redirect URI must be https: {redirect_uri}"
                raise ControlError(text)
            if redirect_uri not in app.redirect_uris:
                app.redirect_uris.append(redirect_uri)
            self.touch()
            return {"redirect_uris": app.redirect_uris}

    def control_add_user(
        self,
        username: str,
        password: str = "demo",
        full_name: str = "",
        language: str = "NL",
        email: str = "",
        divisions: Iterable[int] = (),
        current_division: int | None = None,
    ) -> dict[str, Any]:
        """Add a user ("NL": refusals in Dutch, else English) with divisions."""
        with self.lock:
            codes = [self.state.division(code).code for code in divisions]
            user = User(username, password, full_name or username, language, email)
            user.divisions = codes
            user.current_division = current_division or (codes[0] if codes else None)
            self.state.users[username] = user
            self.touch()
            return {"username": username, "id": user.id, "divisions": codes}

    def control_edit_user(self, username: str, **changes: Any) -> dict[str, Any]:
        """Change a user: password, full_name, language, email, divisions,
        current_division, blocked (a `Reason` such as "BlockedUser", or null)."""
        names = {"password", "full_name", "language", "email", "divisions"}
        unknown = set(changes) - names - {"current_division", "blocked"}
        if unknown:
            text = f"unknown: {sorted(unknown)}"
            raise ControlError(text)
        with self.lock:
            user = self.state.user(username)
            for name, value in changes.items():
                setattr(user, name, value)
            self.touch()
            return {"username": username, "divisions": user.divisions}

    def control_add_division(
        self,
        code: int,
        chart: str | None = "NL",
        users: Iterable[str] = (),
        modules: Iterable[str] = DEFAULT_MODULES,
        payment_condition: str | None = None,
        years: Iterable[int] = (),
        **profile: Any,
    ) -> dict[str, Any]:
        """Add a division with a chart of accounts ("NL", "BE" or null for none).

        Other parameters are fields of system/Divisions (Description, Country,
        Currency, BlockingStatus, …). `users` get access; `years` are set up
        (default: this year and the two before).
        """
        from .chart import fill

        unknown = set(profile) - set(PROFILE)
        if unknown:
            text = f"unknown: {sorted(unknown)}"
            raise ControlError(text)
        with self.lock:
            if code in self.state.divisions:
                text = f"division {code} exists"
                raise ControlError(text)
            for name, value in profile.items():
                if name.endswith("Date") and isinstance(value, str):
                    profile[name] = parse_datetime(value)
            hid = 100 + len(self.state.divisions) + 1
            division = Division(code, hid, **profile)
            division.payment_condition = payment_condition
            division.modules = _modules(modules)
            this_year = self.clock.now().year
            fill(division, chart, list(years) or range(this_year - 2, this_year + 1))
            self.state.divisions[code] = division
            for username in users:
                self.state.user(username).divisions.append(code)
            self.touch()
            return {"division": code}

    def control_edit_division(self, division: int, **changes: Any) -> dict[str, Any]:
        """Change a division: fields of system/Divisions, `payment_condition`
        (code or null), `modules` (list of names, see README)."""
        with self.lock:
            found = self.state.division(division)
            for name, value in changes.items():
                if name == "payment_condition":
                    found.payment_condition = value
                elif name == "modules":
                    found.modules = _modules(value)
                elif name in PROFILE:
                    dated = name.endswith("Date") and isinstance(value, str)
                    found.profile[name] = parse_datetime(value) if dated else value
                else:
                    text = f"unknown: {name}"
                    raise ControlError(text)
            self.touch()
            return {"division": division}

    def control_set_module(
        self, division: int, module: str, on: bool = True
    ) -> dict[str, Any]:
        """License a module to a division, or take it away: 403 on its endpoints.

        "invoicing" is sales invoices, "items" items, "stock" an edition with stock,
        in which invoices of type 8023 and 8024 exist.
        """
        with self.lock:
            found = self.state.division(division)
            names = _modules([module])
            found.modules = found.modules | names if on else found.modules - names
            self.touch()
            return {"modules": sorted(found.modules)}

    def control_set_rights(
        self,
        username: str,
        division: int,
        endpoint: str = "*",
        methods: Iterable[str] | None = None,
    ) -> dict[str, Any]:
        """Limit a user's methods on an endpoint ("*": all); null lifts the limit."""
        with self.lock:
            user = self.state.user(username)
            _check_endpoint(endpoint)
            rights = user.rights.setdefault(str(division), {})
            _set_methods(rights, endpoint, methods)
            self.touch()
            return {"rights": rights}

    def control_set_app_scope(
        self,
        client_id: str,
        endpoint: str = "*",
        methods: Iterable[str] | None = None,
    ) -> dict[str, Any]:
        """Limit an app's methods on an endpoint: 403 "Application Scope Violated"."""
        with self.lock:
            app = self.state.app(client_id)
            _check_endpoint(endpoint)
            _set_methods(app.scopes, endpoint, methods)
            self.touch()
            return {"scopes": app.scopes}

    # --- consent and tokens -------------------------------------------------

    def control_consent(
        self,
        client_id: str,
        user: str,
        redirect_uri: str,
        state: str | None = None,
        divisions: Iterable[int] | None = None,
    ) -> dict[str, Any]:
        """Consent without a browser; `divisions` null = all of the user's.

        Answers `code` (decoded) and `redirect` (the URL the browser would go to).
        """
        with self.lock:
            app, person = self.state.app(client_id), self.state.user(user)
            params = {
                "client_id": client_id,
                "redirect_uri": redirect_uri,
                "response_type": "code",
            }
            if self.oauth.check_request(params) is None:
                text = f"not a registered redirect URI: {redirect_uri}"
                raise ControlError(text)
            codes = person.divisions if divisions is None else list(divisions)
            grant = self.oauth.grant(app, person, redirect_uri, codes)
            redirect = self.oauth.redirect(redirect_uri, code=grant.code, state=state)
            self.touch()
            return {"code": grant.code, "redirect": redirect}

    def control_expire_tokens(
        self,
        user: str | None = None,
        client_id: str | None = None,
        refresh: bool = False,
    ) -> dict[str, Any]:
        """Let access tokens expire now; with `refresh` the refresh tokens too."""
        with self.lock:
            chains = self._chains(user, client_id)
            now = self.clock.now()
            old = now - (timedelta(days=31) if refresh else timedelta(seconds=601))
            expired = 0
            for tokens in (self.state.access, self.state.refresh):
                for token in tokens.values():
                    if token.chain in chains:
                        token.issued_at = min(token.issued_at, old)
                        expired += 1
            self.touch()
            return {"tokens": expired}

    def control_revoke(
        self, user: str | None = None, client_id: str | None = None
    ) -> dict[str, Any]:
        """Withdraw the consent: refresh tokens are dead, access tokens too."""
        with self.lock:
            chains = self._chains(user, client_id)
            for chain in chains:
                self.state.chains[chain].broken = True
            gone = [
                value
                for value, token in self.state.access.items()
                if token.chain in chains
            ]
            for value in gone:
                del self.state.access[value]
            self.touch()
            return {"chains": len(chains)}

    def _chains(self, user: str | None, client_id: str | None) -> set[str]:
        return {
            chain.id
            for chain in self.state.chains.values()
            if user in {None, chain.user} and client_id in {None, chain.client_id}
        }

    # --- limits, options, statistics ----------------------------------------

    def control_set_limits(
        self,
        minute: int | None = None,
        day: int | None = None,
        token_day: int | None = None,
        errors: int | None = None,
        client_id: str | None = None,
        division: int | None = None,
        forget: bool = False,
    ) -> dict[str, Any]:
        """Set quotas: calls a minute and a day, token calls a day, errors an hour.

        With client_id and division: minute and day of that pair only. `forget`
        starts all counters again.
        """
        given = {"minute": minute, "day": day, "token_day": token_day}
        given["errors"] = errors
        numbers = {name: value for name, value in given.items() if value is not None}
        with self.lock:
            if client_id is not None and division is not None:
                quota = self.limits.set_own((client_id, division), **numbers)
            else:
                quota = self.limits.default
                for name, value in numbers.items():
                    setattr(quota, name, value)
            if forget:
                self.limits.forget()
            return {name: getattr(quota, name) for name in given}

    def control_set_option(self, **options: Any) -> dict[str, Any]:
        """Set switches; see `state.OPTIONS` for the names, and their meaning.

        approved_filter, empty_last_page, auto_document, document_put,
        including_as_net, reuse_breaks_chain, xi_vat_numbers (true/false),
        chain_breaking (true, false, "company"),
        invoice_line_vat, order_number_unique (true/false), language ("NL", "EN", null),
        document_types (list of IDs, null),
        invoice_price_decimals (2 to 6), invoice_half ("up", "even", "down"),
        print_document_error, print_email_error, print_peppol_error,
        print_postbox_error (text, null),
        duplicate_invoice_number ("replace", "refuse"), latency (seconds),
        webhook_check ("before", "after", "never"), webhook_check_delay (seconds),
        webhook_unique ("app", "division"), webhook_client_id (true/false),
        webhook_extra (keys and values added to Content),
        webhook_form ("plain", "spaced", "reordered", "escaped"),
        webhook_hash ("good", "wrong", "absent"),
        webhook_order ("kept", "shuffled", "reversed"),
        webhook_duplicates, webhook_lost (share, 0 to 1), webhook_delay (seconds),
        webhook_retries (times), webhook_retry_after (seconds).
        """
        unknown = set(options) - set(OPTIONS)
        if unknown:
            text = f"unknown: {sorted(unknown)}"
            raise ControlError(text)
        for name, value in options.items():
            if value not in CHOICES.get(name, (value,)):
                text = f"{name}: one of {list(CHOICES[name])}"
                raise ControlError(text)
        with self.lock:
            self.state.options.update(options)
            self.touch()
            return dict(self.state.options)

    def control_parallel_peak(self, forget: bool = False) -> dict[str, Any]:
        """Return the most calls at once, per app and division, and the overlaps.

        1 means that all calls were sequential, as Exact asks (2.1). Only the time
        inside the service counts: the option `latency` makes overlaps visible.
        """
        peaks = [
            {"client_id": app, "division": division, "peak": peak}
            for (app, division), peak in self.parallel.peaks().items()
        ]
        answer = {
            "peak": max((row["peak"] for row in peaks), default=0),
            "peaks": peaks,
            "overlaps": list(self.parallel.overlaps),
        }
        if forget:
            self.parallel.forget()
        return answer

    def control_stats(self) -> dict[str, Any]:
        """Return token calls, refused calls, calls in the windows, parallel peak."""
        with self.lock:
            now = self.clock.now()
            owners = self.parallel.peaks()
            return {
                "token_calls": self.limits.token_calls,
                "token_calls_by_user": self.limits.token_use(),
                "refused": dict(self.limits.refused),
                "calls": [
                    {
                        "client_id": owner[0],
                        "division": owner[1],
                        **self.limits.calls(owner, now),
                    }
                    for owner in owners
                ],
                "parallel_peak": max(owners.values(), default=0),
                "entries": {
                    code: len(division["SalesEntries"])
                    for code, division in self.state.divisions.items()
                },
            }


def _check_endpoint(endpoint: str) -> None:
    if endpoint != "*" and endpoint not in endpoints():
        text = f"unknown endpoint {endpoint}"
        raise ControlError(text)


def _set_methods(
    rights: dict[str, list[str]], endpoint: str, methods: Iterable[str] | None
) -> None:
    if methods is None:
        rights.pop(endpoint, None)
    else:
        rights[endpoint] = [method.upper() for method in methods]


def _modules(names: Iterable[str]) -> set[str]:
    unknown = set(names) - set(MODULES.values())
    if unknown:
        text = f"unknown modules: {sorted(unknown)}"
        raise ControlError(text)
    return set(names)
