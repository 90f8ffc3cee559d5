"""Lightspeed eCom: the install of an app in a shop (Lightspeed reference, 1.3)."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from .errors import BadRequest
from .lightspeed import HOSTS, verify_install

OLDEST = timedelta(minutes=5)
"""An older install is not taken: the browser comes at once."""
SKEW = timedelta(minutes=1)
"""So far the vendor's clock may be ahead of ours."""

CLUSTERS = {"": "eu1", "live": "eu1", **{name: name for name in HOSTS}}
"""Name in the request to cluster (1.1); the older docs have no name."""

_FORMS = {
    "language": re.compile(r"[A-Za-z]{2}"),
    "shop_id": re.compile(r"0{0,8}[1-9][0-9]{0,14}"),
    "signature": re.compile(r"[0-9A-Fa-f]{32}"),
    "timestamp": re.compile(r"[0-9]{9,11}"),
    "token": re.compile(r"[0-9A-Fa-f]{32}"),
}


@dataclass(frozen=True)
class Install:
    """What a merchant's browser brought after *Install*, as Lightspeed signed it.

    :ivar shop_number: digits, without zeros before them
    :ivar cluster: a key of :data:`.lightspeed.HOSTS`; the vendor does not sign it, so
        that only an answer of that host proves it
    :ivar language: two lower-case letters
    :ivar moment: when the app was installed, aware UTC on the vendor's clock
    :ivar token: see :func:`.lightspeed.app_password`
    """

    shop_number: str
    cluster: str
    language: str
    moment: datetime
    token: str = field(repr=False)


def read_install(query, app_secret, now):
    """Read an install request; nothing but what is signed and fresh is believed.

    It carries no state: it proves that somebody who may install apps in this shop did
    so a moment ago, and not for whom.

    :param query: mapping of name to the list of its values, as it came
    :param str app_secret: the app's secret; with ``""`` nothing is believed
    :param datetime now: aware
    :rtype: Install
    :raise BadRequest: (``install.unreadable``) a part is missing, doubled or of another
        form; (``install.forged``) the signature does not fit; (``install.stale``) it
        is older than :data:`OLDEST`, or more than :data:`SKEW` ahead
    """
    values = {name: _single(query, name, form) for name, form in _FORMS.items()}
    sent = query.get("cluster_id") or [""]
    if len(sent) != 1 or sent[0] not in CLUSTERS:
        raise BadRequest("The cluster is not known.", code="install.unreadable")
    if not verify_install({**values, "cluster_id": sent[0]}, app_secret):
        raise BadRequest("The signature does not fit.", code="install.forged")
    moment = datetime.fromtimestamp(int(values["timestamp"]), timezone.utc)
    if not -SKEW <= now - moment <= OLDEST:
        raise BadRequest("The install is not of now.", code="install.stale")
    return Install(
        shop_number=values["shop_id"].lstrip("0"),
        cluster=CLUSTERS[sent[0]],
        language=values["language"].lower(),
        moment=moment,
        token=values["token"],
    )


def _single(query, name, form):
    """The one value of a part, as it is signed.

    :raise BadRequest: (``install.unreadable``)
    """
    found = query.get(name) or []
    if len(found) != 1 or not form.fullmatch(found[0]):
        raise BadRequest(f"“{name}” is not what it must be.", code="install.unreadable")
    return found[0]
