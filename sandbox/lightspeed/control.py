"""Control commands about shops, keys and apps."""

from typing import Any

from sandbox.core import ControlError

from .catalogue import CatalogueCommands
from .commands import OrderCommands
from .install import install
from .limits import DEFAULT_LIMITS
from .shop import AREAS, Shop, read_permissions
from .world import App, new_secret

_CURRENCIES = {
    "EUR": ("€", "Euro"),
    "USD": ("$", "US Dollar"),
    "CAD": ("$", "Canadian Dollar"),
    "GBP": ("£", "British Pound"),
}


class ControlCommands(OrderCommands, CatalogueCommands):
    """The `control_…` methods; a shop is named by its id or its name."""

    def control_add_shop(
        self,
        name: str,
        prices: str = "incl",
        country: str = "nl",
        cluster: str = "eu1",
        language: str = "nl",
        languages: list[str] | None = None,
        currency: str = "EUR",
        key: str | None = None,
        secret: str | None = None,
        order_prefix: str = "ORD",
        invoice_prefix: str = "INV",
        credit_prefix: str | None = None,
        digits: int = 5,
        permissions: dict[str, Any] | None = None,
        taxes: list[Any] | None = None,
        settings: dict[str, Any] | None = None,
        options: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Add a shop with a key of its own.

        prices: "incl" or "excl". taxes: rates, default [0.21, 0.09]. settings: title,
        domain, email, street, zipcode, city, vat_number, coc_number, status.
        options: see set_options. Returns shop (id), name, key, secret, language.
        """
        if cluster not in {"eu1", "us1"}:
            text = "cluster is eu1 or us1"
            raise ControlError(text)
        with self.lock:
            if any(s.settings["name"] == name for s in self.world.shops.values()):
                text = f"there is a shop {name!r} already"
                raise ControlError(text)
            shop = Shop(
                self.world.new_id("shop"),
                {
                    "name": name,
                    "title": name,
                    "created": self.world.now(),
                    "cluster": cluster,
                    "country": country,
                    "status": "live",
                    "subdomain": name.lower(),
                    "domain": f"www.{name.lower()}.example",
                    "email": f"info@{name.lower()}.example",
                    "street": "Dorpsstraat 1",
                    "zipcode": "1234 AB",
                    "city": "Utrecht",
                    "vat_number": "NL000000000B00",
                    "coc_number": "00000000",
                    "currency": _currency(currency),
                    "prefixes": {
                        "order": order_prefix,
                        "invoice": invoice_prefix,
                        "credit": credit_prefix,
                        "shipment": "SHIP",
                    },
                    "digits": digits,
                    **(settings or {}),
                },
            )
            shop.options.update({"prices": prices, **(options or {})})
            shop.set_languages(languages or [language], language)
            self.world.shops[shop.id] = shop
            for position, rate in enumerate(taxes or ["0.21", "0.09"]):
                self.control_add_tax(shop.id, rate, default=position == 0)
            self._add_methods(shop)
            return self.control_add_credentials(shop.id, key, secret, permissions)

    def _add_methods(self, shop: Shop) -> None:
        for key, title in (("mollie", "iDEAL"), ("invoice", "Op rekening")):
            self._add_payment_method(shop, key, title)
        row_id = self.world.new_id("shippingmethod")
        fields = {
            "id": row_id,
            "type": "shipment",
            "isBackofficeOnly": False,
            "sortOrder": 1,
            "freeAbove": 0,
            "paymentPriceExcl": 0,
            "paymentPriceIncl": 0,
            "title": "PostNL",
            "description": "",
            "tax": False,
            "countries": [],
            "values": [],
        }
        shop["shippingmethods"].put({"id": row_id, "fields": fields})

    def _add_payment_method(self, shop: Shop, key: str, title: str) -> int:
        row_id = self.world.new_id("paymentmethod")
        fields = {"id": row_id, "key": key, "title": title}
        shop["paymentmethods"].put({"id": row_id, "fields": fields})
        return row_id

    def control_add_payment_method(
        self, shop: Any, key: str, title: str
    ) -> dict[str, Any]:
        """Add a payment method, {id, key, title} (6); a new shop has two."""
        with self.lock:
            row_id = self._add_payment_method(self.world.shop(shop), key, title)
            self.touch()
            return {"paymentmethod": row_id}

    def control_shops(self) -> list[dict[str, Any]]:
        """List the shops: shop (id), name, languages, orders (count), options."""
        with self.lock:
            return [
                {
                    "shop": shop.id,
                    "name": shop.settings["name"],
                    "languages": shop.languages,
                    "orders": len(shop["orders"]),
                    "options": shop.options.dump(),
                }
                for shop in self.world.shops.values()
            ]

    def control_set_options(self, shop: Any, **options: Any) -> dict[str, Any]:
        """Change a shop's options by name; returns all of them.

        prices, date_zone, sort, limit_over_max, retry_after, embedded_products_cap,
        invoice_moment, invoice_item_prices, credit_sign, cancel_invoices,
        events_envelope, metafields_bump, shop_id_text, max_webhooks, webhook_secret,
        webhook_signature, webhook_order, webhook_deleted, webhook_duplicates,
        webhook_lost, webhook_delay, webhook_retries, webhook_retry_after.
        """
        with self.lock:
            found = self.world.shop(shop)
            found.options.update(options)
            self.touch()
            return found.options.dump()

    def control_set_shop(self, shop: Any, **settings: Any) -> dict[str, Any]:
        """Change a shop's settings (see add_shop); currency is its three letters."""
        with self.lock:
            found = self.world.shop(shop)
            unknown = settings.keys() - found.settings.keys()
            if unknown:
                text = f"unknown settings {sorted(unknown)}"
                raise ControlError(text)
            if "currency" in settings:
                settings["currency"] = _currency(settings["currency"])
            found.settings.update(settings)
            self.touch()
            return found.settings

    def control_set_languages(
        self, shop: Any, active: list[str], default: str | None = None
    ) -> dict[str, Any]:
        """Say which languages are active; any other one in a path answers 404."""
        with self.lock:
            found = self.world.shop(shop)
            found.set_languages(active, default)
            self.touch()
            return {"active": found.languages, "default": found.default_language}

    def control_add_credentials(
        self,
        shop: Any,
        key: str | None = None,
        secret: str | None = None,
        permissions: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Add an API key to a shop. Returns shop, name, key, secret, language."""
        key, secret = key or new_secret(), secret or new_secret()
        if len(key) != 32 or len(secret) != 32:
            text = "key and secret have 32 characters each"
            raise ControlError(text)
        with self.lock:
            found = self.world.shop(shop)
            if (key, secret) in self.world.credentials:
                text = "these credentials exist already"
                raise ControlError(text)
            credential = self.world.add_credential(found, key, secret)
            credential.permissions.update(read_permissions(permissions or {}))
            self.touch()
            return {
                "shop": found.id,
                "name": found.settings["name"],
                "key": key,
                "secret": secret,
                "language": found.default_language,
            }

    def control_set_permissions(
        self, shop: Any, permissions: dict[str, Any], username: str | None = None
    ) -> dict[str, Any]:
        """Change rights of a shop's keys: {area: "rw" | "r" | "" | {read, write}}.

        Areas: content, products, customers, orders, settings, tracking. Areas not
        named stay as they are. username: only this key.
        """
        with self.lock:
            changes = read_permissions(permissions)
            found = self.world.credentials_of(shop, username)
            for credential in found:
                credential.permissions.update(changes)
            self.touch()
            return {area: found[0].permissions[area] for area in AREAS}

    def control_revoke_credentials(
        self, shop: Any = None, username: str | None = None
    ) -> dict[str, Any]:
        """Withdraw keys by shop, by username (key or app key), or by both."""
        with self.lock:
            found = self.world.credentials_of(shop, username)
            for credential in found:
                self.world.revoke(credential)
            self.touch()
            return {"revoked": len(found)}

    def control_set_rate_limits(
        self,
        shop: Any = None,
        username: str | None = None,
        limits: list[int] | None = None,
        used: list[int] | None = None,
    ) -> dict[str, Any]:
        """Change a key's limits, or how much of the current windows is used up.

        limits, used: three numbers each: per 5 minutes, hour, day. Without `limits`
        the limits stay; [300, 3000, 12000] is the normal set.
        """
        for numbers in (limits, used):
            if numbers is not None and len(numbers) != len(DEFAULT_LIMITS):
                text = "three numbers: 5 minutes, hour, day"
                raise ControlError(text)
        with self.lock:
            found = self.world.credentials_of(shop, username)
            for credential in found:
                limit = credential.limit
                limit.roll(self.clock.now())
                limit.limits = tuple(limits) if limits else limit.limits
                limit.used = list(used) if used else limit.used
            self.touch()
            limit = found[0].limit
            return {"limits": limit.limits, "used": limit.used}

    def control_add_app(
        self, install_url: str, key: str | None = None, secret: str | None = None
    ) -> dict[str, Any]:
        """Register an app; install_url gets the signed query. Returns key, secret."""
        app = App(key or new_secret(), secret or new_secret(), install_url)
        with self.lock:
            self.world.apps[app.key] = app
            self.touch()
            return {"key": app.key, "secret": app.secret}

    def control_install(
        self,
        app: str,
        shop: Any,
        language: str | None = None,
        timestamp: int | None = None,
        token: str | None = None,
        include_cluster: bool = True,
        sign_cluster: bool = False,
    ) -> dict[str, Any]:
        """Install an app (by key) in a shop, as a merchant does.

        timestamp and token: fixed values instead of now and a new one.
        include_cluster: send cluster_id. sign_cluster: sign it too (1.3, unknown).
        Returns url, query, params, username, password (of the API).
        """
        with self.lock:
            self.touch()
            return install(
                self.world,
                self.world.app(app),
                self.world.shop(shop),
                language=language,
                timestamp=timestamp,
                token=token,
                include_cluster=include_cluster,
                sign_cluster=sign_cluster,
            )

    def control_uninstall(self, app: str, shop: Any) -> dict[str, Any]:
        """Uninstall an app: 401 from now on, and its webhooks are gone."""
        return self.control_revoke_credentials(shop, app)

    def control_webhooks(self, shop: Any) -> list[dict[str, Any]]:
        """List a shop's webhook subscriptions."""
        with self.lock:
            return self.world.shop(shop)["webhooks"].all()


def _currency(code: str) -> dict[str, Any]:
    symbol, title = _CURRENCIES.get(code, (code, code))
    return {
        "shortcode": code,
        "symbol": symbol,
        "title": title,
        "isDefault": True,
        "currencyRate": "1.000000",
    }
