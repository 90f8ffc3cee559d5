"""Control commands of every service that sends webhooks."""

from typing import Any

from .errors import ControlError
from .webhooks import MODES, Postman


class WebhookCommands:
    """Control commands of every service that has a `postman`."""

    postman: Postman

    def control_webhooks_drain(
        self, timeout: float = 30, delayed: bool = False
    ) -> dict[str, Any]:
        """Wait until no webhook waits or is under way; `delayed`: send those that
        wait for a later moment or are held now, too. Returns last, states (counts)."""
        return self.postman.drain(timeout, delayed)

    def control_webhook_deliveries(
        self, since: int = 0, event: str | None = None, state: str | None = None
    ) -> list[dict[str, Any]]:
        """List deliveries: id, event, address, state, reason, status, answer, seconds,
        at, due, again, about, headers, body.

        state: waiting, sending, delivered, refused, failed, lost, off, not_delivered.
        """
        return self.postman.list(since, event, state)

    def control_webhook_redeliver(self, delivery: int) -> dict[str, Any]:
        """Send one once more, the same bytes; returns the new delivery."""
        return self.postman.again(delivery).shown()

    def control_webhook_forge(
        self,
        address: str,
        body: str = "",
        headers: dict[str, str] | None = None,
        event: str = "forged",
    ) -> dict[str, Any]:
        """Send any body with any headers to an address; returns the delivery."""
        return self.postman.post(event, address, headers or {}, body.encode()).shown()

    def control_webhooks_set(
        self,
        deliver: str | None = None,
        parallel: bool | None = None,
        timeout: float | None = None,
        seed: int | None = None,
        routes: dict[str, int] | None = None,
        shuffle: bool = False,
    ) -> dict[str, Any]:
        """Say how webhooks are sent; returns the settings.

        deliver: "on", "off" (only written down), "hold" (kept until "on").
        parallel: several at once to one address. timeout: real seconds for an answer.
        seed: of order, duplicates and losses. routes: {host: port on 127.0.0.1}.
        shuffle: bring what waits (is held) in another order now.
        """
        if deliver is not None and deliver not in MODES:
            text = f"deliver is one of {MODES}"
            raise ControlError(text)
        postman = self.postman
        if parallel is not None:
            postman.parallel = parallel
        if timeout is not None:
            postman.timeout = float(timeout)
        if seed is not None:
            postman.random.seed(seed)
        if routes is not None:
            postman.routes = {host: int(port) for host, port in routes.items()}
        if shuffle:
            postman.shuffle()
        # Last: from here on they go out.
        postman.mode = deliver or postman.mode
        postman.wake()
        return {
            "deliver": postman.mode,
            "parallel": postman.parallel,
            "timeout": postman.timeout,
            "routes": postman.routes,
        }

    def control_webhooks_clear(self) -> dict[str, Any]:
        """Forget the deliveries, also those that wait."""
        self.postman.clear()
        return {}
