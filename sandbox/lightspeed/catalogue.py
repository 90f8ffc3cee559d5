"""Control commands about the catalogue: taxes, brands, products, variants."""

import random
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from sandbox.core import ControlError, Service

from .forms import PRODUCT, VARIANT
from .money import dec, unit
from .shop import Shop
from .world import World


class CatalogueCommands(Service):
    """A shop is named by its id or its name, a product or variant by its id."""

    world: World

    def control_add_tax(
        self,
        shop: Any,
        rate: Any,
        title: str | None = None,
        default: bool = False,
        overrides: list[dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """Add a tax; overrides: [{country, rate}]. Returns tax (id)."""
        with self.lock:
            found = self.world.shop(shop)
            value = dec(rate)
            row = {
                "id": self.world.new_id("tax"),
                "isDefault": default,
                "rate": value,
                "title": title or f"BTW {(value * 100).normalize():f}%",
            }
            found["taxes"].put(row)
            for entry in overrides or []:
                self._add_override(found, row["id"], entry["country"], entry["rate"])
            self.touch()
            return {"tax": row["id"]}

    def _add_override(self, shop: Shop, tax: int, country: str, rate: Any) -> int:
        if not re.fullmatch("[a-z]{2}", country):
            text = f"a country is two lower-case letters, not {country!r}"
            raise ControlError(text)
        row_id = self.world.new_id("taxOverride")
        values = {"tax": tax, "country": country, "rate": dec(rate)}
        shop["taxOverrides"].put({"id": row_id, **values})
        return row_id

    def control_add_tax_override(
        self, shop: Any, tax: int, country: str, rate: Any
    ) -> dict[str, Any]:
        """Give a tax another rate in a country (two lower-case letters; 6).

        It shows at taxes/{id}/overrides; what an order charges is up to its lines.
        """
        with self.lock:
            found = self.world.shop(shop)
            if found["taxes"].get(tax) is None:
                text = f"no tax {tax}"
                raise ControlError(text)
            row_id = self._add_override(found, tax, country, rate)
            self.touch()
            return {"taxOverride": row_id}

    def control_add_brand(self, shop: Any, title: str) -> dict[str, Any]:
        """Add a brand (6), for `brand` of add_product. Returns brand (id)."""
        with self.lock:
            found = self.world.shop(shop)
            now = self.world.now()
            row = {
                "id": self.world.new_id("brand"),
                "created": now,
                "updated": now,
                "fields": {"url": title.lower().replace(" ", "-"), "title": title},
            }
            found["brands"].put(row)
            self.touch()
            return {"brand": row["id"]}

    def control_add_product(
        self,
        shop: Any,
        title: str,
        article_code: str = "",
        price_incl: Any = None,
        price_excl: Any = None,
        rate: Any = "0.21",
        cost: Any = 0,
        ean: str = "",
        sku: str = "",
        stock: int = 40,
        brand: int | None = None,
        variants: list[dict[str, Any]] | None = None,
        fields: dict[str, Any] | None = None,
        variant_fields: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Add a product with one default variant, or with `variants`.

        variants: [{title, article_code, price_incl | price_excl, ean, sku, stock,
        tax}]; the tax is the shop's with this rate, or an id here, null for none.
        brand: of add_brand. An order line with this article_code links to the variant
        and takes the brand's title unless it has its own. Returns product and
        variants (ids).
        """
        base = {
            "article_code": article_code,
            "price_incl": price_incl,
            "price_excl": price_excl,
            "ean": ean,
            "sku": sku,
            "stock": stock,
        }
        with self.lock:
            found = self.world.shop(shop)
            product = self._put_product(found, title, brand, fields or {})
            ids = []
            for position, entry in enumerate(variants or [{}]):
                spec = {**base, **entry, "position": position}
                extra = variant_fields or {}
                ids.append(
                    self._add_variant(found, product, spec, dec(rate), cost, extra)
                )
            self.world.emit(found, "products", "created", product)
            for variant in ids:
                self.world.emit(found, "variants", "created", variant)
            self.touch()
            return {"product": product, "variants": ids}

    def _put_product(
        self, shop: Shop, title: str, brand: int | None, fields: dict[str, Any]
    ) -> int:
        now = self.world.now()
        row = {
            "id": self.world.new_id("product"),
            "created": now,
            "updated": now,
            "brand": brand,
            "fields": {
                "url": title.lower().replace(" ", "-"),
                "title": title,
                "fulltitle": title,
                **fields,
            },
        }
        shop["products"].put(row)
        return row["id"]

    def _add_variant(
        self, shop: Shop, product: int, spec: dict, rate: Any, cost: Any, extra: dict
    ) -> int:
        excl, incl = spec["price_excl"], spec["price_incl"]
        if excl is None and incl is None:
            incl = 0
        excl = unit(dec(incl) / (1 + rate)) if excl is None else dec(excl)
        incl = unit(excl * (1 + rate)) if incl is None else dec(incl)
        if "tax" in spec:
            tax = spec["tax"]
        else:
            same = (t["id"] for t in shop["taxes"].all() if t["rate"] == rate)
            tax = next(same, None)
        now = self.world.now()
        row = {
            "id": self.world.new_id("variant"),
            "created": now,
            "updated": now,
            "product": product,
            "tax": tax,
            "fields": {
                "isDefault": spec["position"] == 0,
                "sortOrder": spec["position"] + 1,
                "title": spec.get("title", "Default"),
                "articleCode": spec["article_code"],
                "ean": spec["ean"],
                "sku": spec["sku"],
                "priceExcl": excl,
                "priceIncl": incl,
                "priceCost": dec(cost),
                "stockLevel": spec["stock"],
                **extra,
            },
        }
        shop["variants"].put(row)
        return row["id"]

    # --- changes ------------------------------------------------------------

    def control_edit_product(
        self, shop: Any, product: int, **fields: Any
    ) -> dict[str, Any]:
        """Change fields of a product as its payload has them (isVisible, title, …).

        `brand` is an id or null. It counts as updated now.
        """
        return self._edit(shop, "products", product, fields, PRODUCT, ("brand",))

    def control_edit_variant(
        self, shop: Any, variant: int, **fields: Any
    ) -> dict[str, Any]:
        """Change fields of a variant as its payload has them (articleCode, …).

        `tax` is an id, or null for none. It counts as updated now.
        """
        return self._edit(shop, "variants", variant, fields, VARIANT, ("tax",))

    def _edit(
        self,
        shop: Any,
        table: str,
        row_id: int,
        fields: dict[str, Any],
        form: dict[str, Any],
        links: tuple[str, ...],
    ) -> dict[str, Any]:
        with self.lock:
            found = self.world.shop(shop)
            row = self._row(found, table, row_id)
            unknown = fields.keys() - form.keys() - set(links)
            if unknown:
                text = f"unknown fields {sorted(unknown)}"
                raise ControlError(text)
            for name, value in fields.items():
                if name in links:
                    row[name] = value
                else:
                    exact = isinstance(value, float) or name.startswith("price")
                    row["fields"][name] = dec(value) if exact else value
            row["updated"] = self.world.now()
            found[table].put(row)
            product = row.get("product", row_id)
            self.world.emit(found, "products", "updated", product)
            if table == "variants":
                self.world.emit(found, "variants", "updated", row_id)
            self.touch()
            return {"id": row_id}

    def control_delete_product(self, shop: Any, product: int) -> dict[str, Any]:
        """Delete a product with its variants; orders keep what they have."""
        with self.lock:
            found = self.world.shop(shop)
            row = self._row(found, "products", product)
            variants = sorted(found["variants"].ids("product", product))
            for variant in variants:
                gone = found["variants"].get(variant)
                found["variants"].delete(variant)
                self.world.emit(found, "variants", "deleted", variant, gone)
            found["products"].delete(product)
            self.world.emit(found, "products", "deleted", product, row)
            self.touch()
            return {"product": product, "variants": variants}

    @staticmethod
    def _row(shop: Shop, table: str, row_id: int) -> dict[str, Any]:
        row = shop[table].get(row_id)
        if row is None:
            text = f"no {row_id} in {table}"
            raise ControlError(text)
        return row

    # --- many at once -------------------------------------------------------

    def control_add_catalogue(
        self,
        shop: Any,
        count: int,
        variants: int = 1,
        seed: int = 1,
        without_code: int = 0,
        duplicates: int = 0,
        other_case: int = 0,
        hidden: int = 0,
        without_tax: int = 0,
        auto_tax: int = 0,
        prefix: str = "ART",
    ) -> dict[str, Any]:
        """Add `count` products of `variants` variants each, the same from a seed.

        Of all variants so many have no code, the very code of another one
        (`duplicates`) or that in other letters (`other_case`); no tax link
        (`without_tax`) or taxType "auto" (`auto_tax`). `hidden`: invisible products.
        The shop's taxes take turns. Returns the ids of products and, with the code,
        of every variant that is special: {products, variants (count), without_code,
        duplicates: [[variant, variant it repeats, code], …], other_case, hidden,
        without_tax, auto_tax}.
        """
        total = count * variants
        special = without_code + duplicates + other_case
        repeats = duplicates + other_case
        if min(count, variants) < 1 or special + min(repeats, 1) > total:
            text = "more special variants than there are"
            raise ControlError(text)
        draw = random.Random(seed)
        with self.lock:
            plan = _Plan(draw, total, without_code, duplicates, other_case, prefix)
            plan.draw_flags(draw, count, hidden, without_tax, auto_tax)
            found = self.world.shop(shop)
            made = list(self._make_catalogue(found, count, variants, plan, draw))
            self.touch()
            return plan.report(
                [product for product, _variants in made],
                [variant for _product, ids in made for variant in ids],
            )

    def _make_catalogue(
        self,
        shop: Shop,
        count: int,
        variants: int,
        plan: "_Plan",
        draw: random.Random,
    ) -> Iterator[tuple[int, list[int]]]:
        taxes = [(tax["id"], tax["rate"]) for tax in shop["taxes"].all()]
        taxes = taxes or [(None, dec("0.21"))]
        for number in range(count):
            title = f"Artikel {number + 1:05d}"
            shown = number not in plan.hidden
            fields = {
                "isVisible": shown,
                "visibility": "visible" if shown else "hidden",
                "hasMatrix": variants > 1,
            }
            product = self._put_product(shop, title, None, fields)
            tax, rate = taxes[number % len(taxes)]
            ids = []
            for position in range(variants):
                place = number * variants + position
                price = Decimal(draw.randint(50, 25_000)) / 100
                spec = {
                    "position": position,
                    "article_code": plan.codes[place],
                    "price_incl": price if shop.incl else None,
                    "price_excl": None if shop.incl else price,
                    "ean": "",
                    "sku": plan.codes[place],
                    "stock": draw.randint(0, 100),
                    "tax": None if place in plan.without_tax else tax,
                }
                if variants > 1:
                    spec["title"] = f"Maat {position + 1}"
                extra = {"taxType": "auto"} if place in plan.auto_tax else {}
                ids.append(self._add_variant(shop, product, spec, rate, 0, extra))
            self.world.emit(shop, "products", "created", product)
            yield product, ids


class _Plan:
    """What is special about which variant (or product), by its place."""

    hidden: set[int]
    without_tax: set[int]
    auto_tax: set[int]

    def __init__(
        self,
        draw: random.Random,
        total: int,
        without_code: int,
        duplicates: int,
        other_case: int,
        prefix: str,
    ) -> None:
        places = draw.sample(range(total), without_code + duplicates + other_case)
        self.codes = [f"{prefix}-{place + 1:06d}" for place in range(total)]
        self.without_code = places[:without_code]
        special = set(places)
        normal = [place for place in range(total) if place not in special]
        self.duplicates = self._repeat(
            draw, places[without_code : without_code + duplicates], normal, str
        )
        self.other_case = self._repeat(
            draw, places[without_code + duplicates :], normal, str.swapcase
        )
        for place in self.without_code:
            self.codes[place] = ""

    def _repeat(
        self,
        draw: random.Random,
        places: list[int],
        normal: list[int],
        change: Callable[[str], str],
    ) -> list[tuple[int, int]]:
        pairs = [(place, draw.choice(normal)) for place in places]
        for place, original in pairs:
            self.codes[place] = change(self.codes[original])
        return pairs

    def draw_flags(
        self,
        draw: random.Random,
        products: int,
        hidden: int,
        without_tax: int,
        auto_tax: int,
    ) -> None:
        """Choose the hidden products and what is unusual about a variant's tax.

        :raises ControlError: more than there are
        """
        total = len(self.codes)
        if hidden > products or without_tax + auto_tax > total:
            text = "more special variants than there are"
            raise ControlError(text)
        self.hidden = set(draw.sample(range(products), hidden))
        places = draw.sample(range(total), without_tax + auto_tax)
        self.without_tax = set(places[:without_tax])
        self.auto_tax = set(places[without_tax:])

    def report(self, products: list[int], variants: list[int]) -> dict[str, Any]:
        """Return what was made, ids instead of places."""

        def pairs(repeats: list[tuple[int, int]]) -> list[list[Any]]:
            return [
                [variants[place], variants[original], self.codes[place]]
                for place, original in repeats
            ]

        return {
            "products": products,
            "variants": len(variants),
            "without_code": sorted(variants[place] for place in self.without_code),
            "duplicates": pairs(self.duplicates),
            "other_case": pairs(self.other_case),
            "hidden": sorted(products[place] for place in self.hidden),
            "without_tax": sorted(variants[place] for place in self.without_tax),
            "auto_tax": sorted(variants[place] for place in self.auto_tax),
        }
