"""Control commands about webhooks."""

from typing import Any

from ..core import ControlError, Postman, WebhookCommands
from .state import State
from .webhooks import SUBSCRIPTIONS, TOPICS, WebhookDesk


class WebhooksMixin(WebhookCommands):
    """Subscriptions, the secret, and payloads made to measure."""

    state: State
    postman: Postman
    desk: WebhookDesk
    lock: Any
    touch: Any

    def control_set_webhook_secret(
        self, client_id: str, secret: str | None = None
    ) -> dict[str, Any]:
        """Set an app's webhook secret; without one only tell it."""
        with self.lock:
            app = self.state.app(client_id)
            if secret is not None:
                app.webhook_secret = secret
                self.touch()
            return {"client_id": client_id, "webhook_secret": app.webhook_secret}

    def control_webhook_subscriptions(self, division: int) -> list[dict[str, Any]]:
        """List subscriptions: ID, ClientID, Topic, CallbackURL, Checked (its receiver
        answered the empty POST)."""
        names = ("ID", "ClientID", "Topic", "CallbackURL", "Checked")
        with self.lock:
            rows = self.state.division(division)[SUBSCRIPTIONS]
            return [{name: row.get(name) for name in names} for row in rows]

    def control_drop_webhook_subscription(
        self, division: int, subscription: str
    ) -> dict[str, Any]:
        """Let a subscription (by ID or topic) vanish without a word."""
        with self.lock:
            table = self.state.division(division)[SUBSCRIPTIONS]
            row = table.get(subscription) or table.first("Topic", subscription)
            if row is None:
                text = f"no subscription {subscription}"
                raise ControlError(text)
            table.delete(row)
            self.touch()
            return {"ID": row["ID"]}

    def control_webhook_body(
        self,
        client_id: str,
        division: int,
        topic: str,
        action: str = "Update",
        key: str = "",
        base: str = "https://start.exactonline.nl",
    ) -> dict[str, Any]:
        """Return a signed payload, as the options say, of something that need not
        have happened; `webhook_forge` sends it."""
        if topic not in TOPICS:
            text = f"topic: one of {sorted(TOPICS)}"
            raise ControlError(text)
        with self.lock:
            app = self.state.app(client_id)
            body = self.desk.body(app, base, division, topic, action, key)
            return {"body": body}
