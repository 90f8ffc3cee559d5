"""What is sent to the receivers of webhook subscriptions (reference 7.7)."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from ..core import Delivery, Postman, dumps
from .division import Division
from .edm import local_time
from .state import App, State
from .store import Row

#: Topic -> endpoint of the object; the topic has the name of the object's table.
TOPICS = {
    "Accounts": "crm/Accounts",
    "Documents": "documents/Documents",
    "Items": "logistics/Items",
    "SalesEntries": "salesentry/SalesEntries",
    "SalesInvoices": "salesinvoice/SalesInvoices",
}
#: Topics that may be subscribed to, but about which nothing happens here.
QUIET = frozenset({"BankEntries", "GoodsDeliveries"})
#: Only this topic knows `IsInstant`.
INSTANT = "GoodsDeliveries"

SUBSCRIPTIONS = "WebhookSubscriptions"


@dataclass
class Check:
    """A subscription whose receiver has not been asked yet.

    :param user: name of the user who subscribed
    :param before: what stood there before; None for a new one
    """

    division: Division
    row: Row
    user: str
    before: Row | None = None


class WebhookDesk:
    """Turns what happened in one action into deliveries."""

    def __init__(self, state: State, clock: Any, postman: Postman) -> None:
        self.state = state
        self.clock = clock
        self.postman = postman

    # --- what happened ------------------------------------------------------

    def flush(self) -> None:
        """Queue the deliveries of the action that ends."""
        for division in self.state.divisions.values():
            if division.changes:
                changes, division.changes = division.changes, []
                self._flush(division, changes)

    def _flush(self, division: Division, changes: list[tuple[str, str, Row]]) -> None:
        pairs = [
            (topic, action, key, hook)
            for topic, action, key in _merged(changes, division)
            for hook in division[SUBSCRIPTIONS].all("Topic", topic)
            if hook.get("Checked")
        ]
        options = self.state.options
        if options["webhook_order"] == "shuffled":
            self.postman.random.shuffle(pairs)
        elif options["webhook_order"] == "reversed":
            pairs.reverse()
        for topic, action, key, hook in pairs:
            copies = 1 + self._strikes(options["webhook_duplicates"])
            for _copy in range(copies):
                self._send(division, topic, action, key, hook)

    def _strikes(self, share: float) -> bool:
        return share > 0 and self.postman.random.random() < share

    def _send(
        self, division: Division, topic: str, action: str, key: str, hook: Row
    ) -> Delivery:
        options = self.state.options
        app = self.state.apps[hook["ClientID"]]
        lost = self._strikes(options["webhook_lost"])
        return self.postman.post(
            f"{topic}/{action}",
            hook["CallbackURL"],
            {"Content-Type": "application/json; charset=utf-8"},
            self.body(app, hook["Base"], division.code, topic, action, key).encode(),
            delay=options["webhook_delay"],
            state="lost" if lost else "waiting",
            retries=options["webhook_retries"],
            retry_after=options["webhook_retry_after"],
            about={"division": division.code, "key": key, "subscription": hook["ID"]},
        )

    # --- the payload --------------------------------------------------------

    def body(
        self, app: App, base: str, division: int, topic: str, action: str, key: str
    ) -> str:
        """Write a payload; its hash is over the text of `Content` as it stands.

        :param base: scheme and host of `ExactOnlineEndpoint`
        """
        url = f"{base}/api/v1/{division}/{TOPICS[topic]}(guid'{key}')"
        content = {
            "Topic": topic,
            "ClientId": app.client_id,
            "Division": division,
            "Action": action,
            "Key": key,
            "ExactOnlineEndpoint": url,
            "EventCreatedOn": _moment(self.clock),
        }
        text = self._written(content)
        secret = app.webhook_secret
        if self.state.options["webhook_hash"] == "wrong":
            secret += "x"
        if self.state.options["webhook_hash"] == "absent":
            return f'{{"Content":{text}}}'
        return f'{{"Content":{text},"HashCode":"{hash_code(text, secret)}"}}'

    def _written(self, content: dict[str, Any]) -> str:
        """Write `Content` in the form that the options ask for."""
        options = self.state.options
        if not options["webhook_client_id"]:
            del content["ClientId"]
        content.update(options["webhook_extra"])
        form = options["webhook_form"]
        if form == "reordered":
            content = dict(reversed(content.items()))
        if form == "spaced":
            text = json.dumps(content, ensure_ascii=False, indent=2)
            return text.replace("\n", "\r\n")
        text = dumps(content)
        return text.replace("/", "\\/") if form == "escaped" else text


def hash_code(text: str, secret: str) -> str:
    """Return the HMAC of the raw text of `Content`, in capitals (7.7)."""
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256)
    return digest.hexdigest().upper()


def _moment(clock: Any) -> str:
    moment = local_time(clock)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}"


def _merged(
    changes: list[tuple[str, str, Row]], division: Division
) -> list[tuple[str, str, str]]:
    """Return one change per object of an action: what it comes down to."""
    found: dict[tuple[str, str], list[str]] = {}
    for topic, action, row in changes:
        key = row[division[topic].key]
        found.setdefault((topic, key), []).append(action)
    merged = []
    for (topic, key), actions in found.items():
        made, gone = actions[0] == "Create", actions[-1] == "Delete"
        if made and gone:
            continue
        action = "Create" if made else "Delete" if gone else "Update"
        merged.append((topic, action, key))
    return merged


# --- asking the receiver ----------------------------------------------------


def settle(check: Check, good: bool) -> None:
    """Let a subscription count from now on, or undo it."""
    table = check.division[SUBSCRIPTIONS]
    row = table.get(check.row["ID"])
    if row is None:
        return
    if good:
        table.update(row, {"Checked": True})
    elif check.before is None:
        table.delete(row)
    else:
        table.update(row, check.before)
