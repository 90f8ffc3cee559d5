"""Between aware moments and what Odoo stores: naive UTC."""

from datetime import timezone


def aware(moment):
    """Return a naive UTC datetime of the database as an aware one.

    :rtype: datetime | None
    """
    return moment.replace(tzinfo=timezone.utc) if moment else None


def naive(moment):
    """Return an aware datetime as the naive UTC, in whole seconds, that Odoo stores.

    :rtype: datetime | bool
    """
    if not moment:
        return False
    return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
