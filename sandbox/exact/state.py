"""Apps, users, grants, tokens and divisions: everything that is remembered."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from ..core import ControlError
from .division import Division
from .store import new_guid

#: Switches of `control_set_option`, with their (strict) defaults.
OPTIONS: dict[str, Any] = {
    # Lists of Accounts and Items need a filter on an approved field (8.4).
    "approved_filter": True,
    # A page that is exactly full is followed by an empty one (8.2).
    "empty_last_page": True,
    # A second consent by a user breaks the app's first chain (1.5); "company": that
    # of every user who opened one of the same divisions for the app.
    "chain_breaking": True,
    # A refresh token that was used before breaks its chain (1.5: "or a reused token").
    "reuse_breaks_chain": False,
    # "NL" or "EN" for every refusal, whatever the user's language; None = user's.
    "language": None,
    # A sales entry without `Document` gets one made by Exact (5.7).
    "auto_document": False,
    # `Document` of a sales entry may be changed later; some companies refuse (5.7).
    "document_put": True,
    # IDs of the document types that the user may make; None: all (7.6, "Document Type
    # not allowed").
    "document_types": None,
    # What happens to an InvoiceNumber that is in use: "replace" (5.1) or "refuse".
    "duplicate_invoice_number": "replace",
    # A line's amount with an including VAT code is read as net, the VAT added: whether
    # it is gross is not documented for sales entries (5.4).
    "including_as_net": False,
    # A line's own VATAmountFC counts on a sales invoice, as on an entry: marked as
    # writable, but its effect is not known (6.2).
    "invoice_line_vat": False,
    # Decimals of a price on a sales invoice that are kept (6).
    "invoice_price_decimals": 6,
    # Where half a cent of a sales invoice goes: "up" (away from zero), "even", "down".
    "invoice_half": "up",
    # Two sales invoices may not have the same OrderNumber (6.1: an own one is taken).
    "order_number_unique": True,
    # Text with which a part of printing fails although the invoice is printed (6.3).
    "print_document_error": None,
    "print_email_error": None,
    "print_peppol_error": None,
    "print_postbox_error": None,
    # A relation in GB may have an XI (Northern Ireland) VAT number.
    "xi_vat_numbers": False,
    # When a callback is asked: "before" the answer to the POST, "after" it, or "never"
    # (7.7: about a second after the POST), and how many seconds after it.
    "webhook_check": "before",
    "webhook_check_delay": 1,
    # One subscription per topic and division for each "app", or for all: "division".
    "webhook_unique": "app",
    # What differs in a payload (7.7): ClientId, further keys, the way it is written,
    # and its hash.
    "webhook_client_id": True,
    "webhook_extra": {},
    "webhook_form": "plain",
    "webhook_hash": "good",
    # How deliveries come: order within one action, share of doubles and losses (0 to
    # 1), seconds later, tries after an answer that is not 2xx.
    "webhook_order": "shuffled",
    "webhook_duplicates": 0,
    "webhook_lost": 0,
    "webhook_delay": 0,
    "webhook_retries": 0,
    "webhook_retry_after": 60,
    # Every API call takes so many real seconds longer.
    "latency": 0,
}

#: The values that an option may have, where not any text or number will do.
CHOICES: dict[str, tuple[Any, ...]] = {
    "chain_breaking": (True, False, "company"),
    "duplicate_invoice_number": ("replace", "refuse"),
    "webhook_check": ("before", "after", "never"),
    "webhook_unique": ("app", "division"),
    "webhook_form": ("plain", "spaced", "reordered", "escaped"),
    "webhook_hash": ("good", "wrong", "absent"),
    "webhook_order": ("kept", "shuffled", "reversed"),
    "invoice_half": ("up", "even", "down"),
    "invoice_price_decimals": (2, 3, 4, 5, 6),
}


@dataclass
class App:
    """An app registration; `scopes` limits methods per endpoint (8.7)."""

    client_id: str
    client_secret: str
    name: str
    redirect_uris: list[str] = field(default_factory=list)
    #: endpoint or "*" -> allowed methods; an empty dict allows everything
    scopes: dict[str, list[str]] = field(default_factory=dict)
    #: Key of the hash in webhooks (7.7); the app registration shows it.
    webhook_secret: str = field(default_factory=new_guid)


@dataclass
class User:
    """A person who can log in to Exact Online.

    :param divisions: codes of the divisions this user may open
    :param rights: division -> endpoint or "*" -> allowed methods; what is not
        listed is allowed
    :param blocked: a `Reason` of 8.7 (BlockedUser, LicenseExpired, …) or None
    """

    username: str
    password: str
    full_name: str
    language: str = "NL"
    email: str = ""
    id: str = field(default_factory=new_guid)
    divisions: list[int] = field(default_factory=list)
    current_division: int | None = None
    rights: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    blocked: str | None = None

    def allows(self, division: int, endpoint: str, method: str) -> bool:
        """Say whether the user's rights let a method through."""
        if division not in self.divisions:
            return False
        rights = self.rights.get(str(division), {})
        methods = rights.get(endpoint, rights.get("*"))
        return methods is None or method in methods


@dataclass
class Grant:
    """An authorization code (1.2)."""

    code: str
    client_id: str
    user: str
    redirect_uri: str
    divisions: list[int]
    issued_at: datetime
    used: bool = False


@dataclass
class Chain:
    """What one consent started: a row of token pairs (1.4)."""

    id: str
    client_id: str
    user: str
    divisions: list[int]
    broken: bool = False


@dataclass
class Token:
    """An access token or a refresh token."""

    value: str
    chain: str
    issued_at: datetime
    #: Refresh tokens only: replaced by a newer one.
    rotated: bool = False


@dataclass
class State:
    """Everything the service remembers."""

    apps: dict[str, App] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    divisions: dict[int, Division] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    chains: dict[str, Chain] = field(default_factory=dict)
    access: dict[str, Token] = field(default_factory=dict)
    refresh: dict[str, Token] = field(default_factory=dict)
    #: Browser sessions: cookie value -> user name.
    sessions: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=lambda: dict(OPTIONS))

    def app(self, client_id: str) -> App:
        """Return an app.

        :raises ControlError: unknown
        """
        if client_id not in self.apps:
            text = f"unknown app {client_id}"
            raise ControlError(text)
        return self.apps[client_id]

    def user(self, name: str) -> User:
        """Return a user by user name.

        :raises ControlError: unknown
        """
        if name not in self.users:
            text = f"unknown user {name}"
            raise ControlError(text)
        return self.users[name]

    def user_by_id(self, user_id: str | None) -> User | None:
        return next((user for user in self.users.values() if user.id == user_id), None)

    def division(self, code: int) -> Division:
        """Return a division.

        :raises ControlError: unknown
        """
        if code not in self.divisions:
            text = f"unknown division {code}"
            raise ControlError(text)
        return self.divisions[code]

    def dump(self) -> dict[str, Any]:
        def rows(items: dict[str, Any]) -> list[dict[str, Any]]:
            return [_plain(asdict(item)) for item in items.values()]

        return {
            "apps": rows(self.apps),
            "users": rows(self.users),
            "divisions": [division.dump() for division in self.divisions.values()],
            "grants": rows(self.grants),
            "chains": rows(self.chains),
            "access": rows(self.access),
            "refresh": rows(self.refresh),
            "sessions": self.sessions,
            "options": self.options,
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> "State":
        state = cls(
            apps={row["client_id"]: App(**row) for row in data["apps"]},
            users={row["username"]: User(**row) for row in data["users"]},
            grants={row["code"]: Grant(**_dated(row)) for row in data["grants"]},
            chains={row["id"]: Chain(**row) for row in data["chains"]},
            access={row["value"]: Token(**_dated(row)) for row in data["access"]},
            refresh={row["value"]: Token(**_dated(row)) for row in data["refresh"]},
            sessions=dict(data["sessions"]),
        )
        state.options.update(data["options"])
        for row in data["divisions"]:
            division = Division.load(row)
            state.divisions[division.code] = division
        return state


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    if "issued_at" in row:
        row["issued_at"] = row["issued_at"].isoformat()
    return row


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "issued_at": datetime.fromisoformat(row["issued_at"])}
