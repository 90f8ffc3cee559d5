"""From the clients' typed errors to what a record remembers."""

from zoneinfo import ZoneInfo

import psycopg2

from ..clients.errors import AccessDenied, RateLimited
from ..clients.quota import CLIENT_ERRORS_AN_HOUR
from .reasons import REASONS

SERVICES = {
    "lightspeed.exact.claim": "Lightspeed",
    "lightspeed.shop": "Lightspeed",
    "exact.connection": "Exact Online",
    "exact.administration": "Exact Online",
    "vies.check": "VIES",
}


def problem_of(error, record):
    """Return the code and values under which a record remembers an error.

    :param ConnectorError error: what a client raised
    :param record: the shop, connection, administration or VAT number check that was
        called
    :return: code of the reason catalogue and values for its sentence
    :rtype: tuple(str, dict)
    """
    params = {"service": _service(error, record)}
    if error.detail:
        params["detail"] = error.detail[:500]
    if error.status:
        params["status"] = error.status
    if isinstance(error, RateLimited):
        params["until"] = _local(error.retry_at, record)
        params["count"] = CLIENT_ERRORS_AN_HOUR
    if error.code == "lightspeed.permissions":
        params["areas"] = error.detail
    if isinstance(error, AccessDenied) and error.reason:
        # The area of the shop, or Exact's own word: it tells what right is missing.
        params["detail"] = f"{error.reason}: {error.detail}"[:500]
    if error.code == "lightspeed.language":
        params["language"] = record.language
    return _catalogued(error), params


def _local(moment, record):
    """Return a moment in the time zone of the shop or of the administration's shops.

    :rtype: str
    """
    shop = record if record._name == "lightspeed.shop" else None
    if record._name == "exact.administration":
        shop = record.link_ids.shop_id[:1]
    zone = (shop and shop.timezone) or "UTC"
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"


def _service(error, record):
    """Return the name of the service that an error is of."""
    # A sale is checked in the middle of work for an administration.
    if error.code.startswith("vies."):
        return SERVICES["vies.check"]
    return SERVICES.get(record._name, record._description)


def _catalogued(error):
    """Return the most precise code that the reason catalogue has for an error."""
    codes = [error.code, *(getattr(kind, "code", "") for kind in type(error).__mro__)]
    return next((code for code in codes if code in REASONS), "internal")


def database_is_away(error):
    """Return whether an error says that PostgreSQL went away, and nothing else.

    No row can be written then, and nothing of the work is to blame.

    :param BaseException error: what was raised
    :rtype: bool
    """
    lost = isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError))
    # The driver's own word for a connection that broke.
    if not lost and type(error) is not psycopg2.DatabaseError:
        return False
    # Without a code it is not the server that speaks; with these it is shutting down.
    return error.pgcode is None or error.pgcode.startswith("57P")
