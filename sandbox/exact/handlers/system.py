"""Who am I and which divisions are there (exact-online-api 3)."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from ..context import Context
from ..division import Division
from ..edm import local_time, utc_offset
from ..store import Row, Table
from .base import Computed, Handler

_LANGUAGES = {"NL": "nl-NL", "EN": "en-GB", "FR": "fr-FR", "DE": "de-DE"}


class MeHandler(Handler):
    """`current/Me`: one row, always in `results` (3.1)."""

    def keys(self, ctx: Context, after: Any | None) -> Iterator[Any]:
        return iter([ctx.user.id] if after is None else [])

    def lookup(self, ctx: Context, name: str, value: Any) -> Iterable[Any] | None:
        return None

    def row(self, ctx: Context, key: Any) -> Row | None:
        return me(ctx) if key == ctx.user.id else None

    def uri(self, ctx: Context, row: Row) -> str:
        return f"{ctx.base}/api/v1/current/Me(guid'{row['UserID']}')"


def me(ctx: Context) -> Row:
    """Return the user's own row.

    `CurrentDivision` follows the user's last choice in the browser and may be
    outside the consent. `ServerTime` is plain text, local time.
    """
    user, division = ctx.user, ctx.division
    first, _blank, last = user.full_name.partition(" ")
    language = user.language.upper()
    now = local_time(ctx.clock).replace(microsecond=0)
    return {
        "UserID": user.id,
        "UserName": user.username,
        "FullName": user.full_name,
        "FirstName": first,
        "LastName": last or first,
        "Email": user.email,
        "Language": language,
        "LanguageCode": _LANGUAGES.get(language, "en-GB"),
        "CurrentDivision": division.code,
        "AccountingDivision": None,
        "DivisionCustomer": None,
        "DivisionCustomerCode": division.profile["CustomerCode"],
        "DivisionCustomerName": division.profile["CustomerName"],
        "CustomerCode": division.profile["CustomerCode"],
        "PackageCode": "BASIC",
        "Legislation": int(division.profile["Legislation"]),
        "ServerTime": now.isoformat(),
        "ServerUtcOffset": utc_offset(ctx.clock),
    }


class DivisionHandler(Handler):
    """The divisions that this user may open and that were consented to (3.2).

    Serves system/Divisions, system/AllDivisions and hrm/Divisions; the names of
    some fields differ between them.
    """

    computed: ClassVar[dict[str, Computed]] = {
        "HID": lambda ctx, row: row["Hid"],
        "Main": lambda ctx, row: row["IsMainDivision"],
        "Current": lambda ctx, row: row["Code"] == ctx.user.current_division,
    }

    def lookup(self, ctx: Context, name: str, value: Any) -> Iterable[Any] | None:
        return None

    def keys(self, ctx: Context, after: Any | None) -> Iterator[Any]:
        allowed = sorted(set(ctx.user.divisions) & set(ctx.chain.divisions))
        return iter([code for code in allowed if after is None or code > after])

    def row(self, ctx: Context, key: Any) -> Row | None:
        if key not in set(self.keys(ctx, None)):
            return None
        return profile_row(ctx.state.divisions[key])

    def table(self, ctx: Context) -> Table:  # pragma: no cover - rows are made up
        raise NotImplementedError


def profile_row(division: Division) -> Row:
    """Return a division as a row."""
    return {**division.profile, "Code": division.code, "Hid": division.hid}
