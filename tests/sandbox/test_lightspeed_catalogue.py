"""The catalogue: products, variants, taxes, brands (Lightspeed reference 3.2, 6)."""

import time
from collections import Counter

import pytest

from sandbox.core import ControlError

NO_AMOUNTS = {"priceExcl", "priceIncl", "articleCode", "sku", "ean", "tax", "taxRate"}
#: Reference 6; the vendor spells `stockBuyMininum` so.
VARIANT_FIELDS = (
    "id createdAt updatedAt isDefault sortOrder articleCode ean sku hs unitPrice "
    "unitUnit priceExcl priceIncl priceCost oldPriceExcl oldPriceIncl stockTracking "
    "stockLevel stockAlert stockMinimum stockSold stockBuyMininum stockBuyMinimum "
    "stockBuyMaximum weight weightValue weightUnit volume colli sizeX sizeY sizeZ "
    "matrix title taxType image tax additionalcost options product movements "
    "metafields"
)
PRODUCT_FIELDS = (
    "id createdAt updatedAt isVisible visibility hasMatrix data01 data02 data03 url "
    "title fulltitle description content set brand deliverydate supplier type image "
    "images categories relations metafields reviews attributes tags variants "
    "movements"
)


def ids(entries):
    return [entry["id"] for entry in entries]


def pages(api, path, limit=250):
    """Return all rows of a list, read page by page."""
    rows, page = [], 1
    mark = "&" if "?" in path else "?"
    while True:
        found = api.get(f"{path}{mark}limit={limit}&page={page}")
        rows += found
        if len(found) < limit:
            return rows
        page += 1


@pytest.fixture
def catalogue(box, api):
    """A shop with everything that is unusual, and what the commands told of it."""
    return box.lightspeed.control_add_catalogue(
        api.shop,
        40,
        variants=3,
        without_code=4,
        duplicates=3,
        other_case=2,
        hidden=5,
        without_tax=6,
        auto_tax=7,
    )


# --- what the objects have --------------------------------------------------


def test_a_product_has_no_price_code_or_tax(api, catalogue):
    rows = pages(api, "products.json")
    assert sorted(ids(rows)) == catalogue["products"]
    for row in (*rows, api.get(f"products/{rows[0]['id']}.json")):
        assert set(row) == set(PRODUCT_FIELDS.split())
        assert not NO_AMOUNTS & set(row)


def test_a_variant_has_every_field_of_the_reference(api, catalogue):
    rows = pages(api, "variants.json")
    assert len(rows) == catalogue["variants"] == 120
    assert {frozenset(row) for row in rows} == {frozenset(VARIANT_FIELDS.split())}
    first = rows[0]
    assert api.get(f"variants/{first['id']}.json") == first
    product = first["product"]["resource"]
    assert product["id"] in catalogue["products"]
    assert product["url"] == f"products/{product['id']}"
    assert first["weightValue"] == "0.000"


def test_a_price_is_told_including_and_excluding_the_variants_tax(api, catalogue):
    rates = {tax["id"]: tax["rate"] for tax in api.get("taxes.json")}
    for row in pages(api, "variants.json"):
        if row["tax"]:
            rate = rates[row["tax"]["resource"]["id"]]
            assert abs(row["priceExcl"] * (1 + rate) - row["priceIncl"]) < 0.0002
            assert round(row["priceIncl"], 2) == row["priceIncl"]


def test_in_a_shop_with_net_prices_the_net_price_is_round(box, make_shop):
    shop = make_shop(prices="excl")
    box.lightspeed.control_add_catalogue(shop.shop, 20)
    rows = shop.get("variants.json")
    assert all(round(row["priceExcl"], 2) == row["priceExcl"] for row in rows)
    assert any(round(row["priceIncl"], 2) != row["priceIncl"] for row in rows)


def test_brands_and_taxes(box, api):
    brand = box.lightspeed.control_add_brand(api.shop, "Voorbeeldmerk")["brand"]
    made = box.lightspeed.control_add_product(
        api.shop, "Mok", "M", "12.10", brand=brand
    )
    product = api.get(f"products/{made['product']}.json")
    assert product["brand"]["resource"]["id"] == brand
    assert ids(api.get(f"products.json?brand={brand}")) == [made["product"]]
    (shown,) = api.get("brands.json")
    assert shown == api.get(f"brands/{brand}.json")
    assert (shown["title"], shown["isVisible"]) == ("Voorbeeldmerk", True)
    assert shown["products"]["resource"]["url"] == f"products?brand={brand}"
    assert api.get("brands/count.json") == 1
    taxes = api.get("taxes.json")
    assert {frozenset(tax) for tax in taxes} == {
        frozenset({"id", "isDefault", "rate", "title"})
    }
    assert sorted((tax["rate"], tax["isDefault"]) for tax in taxes) == [
        (0.09, False),
        (0.21, True),
    ]
    assert api.get(f"taxes/{taxes[0]['id']}.json") == taxes[0]
    assert api.get("taxes/count.json") == 2


# --- what is unusual --------------------------------------------------------


def test_the_command_tells_what_is_unusual(api, catalogue):
    rows = {row["id"]: row for row in pages(api, "variants.json")}
    empty = sorted(key for key, row in rows.items() if row["articleCode"] == "")
    assert empty == catalogue["without_code"]
    assert len(empty) == 4
    for name, count in (("duplicates", 3), ("other_case", 2)):
        assert len(catalogue[name]) == count
        for variant, original, code in catalogue[name]:
            assert rows[variant]["articleCode"] == code
            same = rows[original]["articleCode"] == code
            assert same == (name == "duplicates")
            assert rows[original]["articleCode"].lower() == code.lower()
    codes = Counter(row["articleCode"].lower() for row in rows.values())
    repeated = sum(count - 1 for code, count in codes.items() if code and count > 1)
    assert repeated == 5
    without = sorted(key for key, row in rows.items() if row["tax"] is False)
    assert without == catalogue["without_tax"]
    auto = sorted(key for key, row in rows.items() if row["taxType"] == "auto")
    assert auto == catalogue["auto_tax"]
    assert {row["taxType"] for row in rows.values()} == {None, "auto"}
    assert (
        len({row["tax"]["resource"]["id"] for row in rows.values() if row["tax"]}) == 2
    )
    products = pages(api, "products.json")
    hidden = sorted(row["id"] for row in products if not row["isVisible"])
    assert hidden == catalogue["hidden"]
    assert len(hidden) == 5
    seen = {(row["isVisible"], row["visibility"]) for row in products}
    assert seen == {(True, "visible"), (False, "hidden")}


def test_one_variant_of_a_product_is_the_default(api, catalogue):
    for product in catalogue["products"][:5]:
        rows = api.get(f"variants.json?product={product}")
        assert sorted(row["sortOrder"] for row in rows) == [1, 2, 3]
        assert [row["isDefault"] for row in rows] == [False, False, True]
        assert {row["product"]["resource"]["id"] for row in rows} == {product}


def test_a_seed_gives_the_same_catalogue(box, make_shop):
    shops = [make_shop("Een"), make_shop("Twee"), make_shop("Drie")]
    for shop, seed in zip(shops, (4, 4, 5), strict=True):
        box.lightspeed.control_add_catalogue(
            shop.shop, 30, seed=seed, duplicates=4, without_code=3
        )
    one, two, three = (
        [(row["articleCode"], row["priceIncl"]) for row in shop.get("variants.json")]
        for shop in shops
    )
    assert one == two
    assert one != three


@pytest.mark.parametrize(
    "options",
    [
        {"count": 0},
        {"count": 5, "variants": 0},
        {"count": 5, "without_code": 6},
        {"count": 5, "duplicates": 5},
        {"count": 5, "duplicates": 2, "other_case": 2, "without_code": 1},
        {"count": 5, "hidden": 6},
        {"count": 5, "without_tax": 3, "auto_tax": 3},
    ],
)
def test_a_catalogue_that_cannot_be(box, api, options):
    with pytest.raises(ControlError):
        box.lightspeed.control_add_catalogue(api.shop, **options)
    assert api.get("variants/count.json") == 0


# --- lists ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["products", "variants"])
def test_pages_counts_and_since_id(api, catalogue, name):
    rows = pages(api, f"{name}.json", limit=17)
    found = ids(rows)
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found) == api.get(f"{name}/count.json")
    middle = found[len(found) // 2]
    newer = ids(pages(api, f"{name}.json?since_id={middle}"))
    assert newer == [key for key in found if key > middle]
    assert api.get(f"{name}/count.json?since_id={middle}") == len(newer)
    assert ids(api.get(f"{name}.json?fields=id&limit=2")) == found[:2]
    assert set(api.get(f"{name}.json?fields=id,title&limit=1")[0]) == {"id", "title"}


def test_filters_of_variants(api, catalogue):
    product = catalogue["products"][3]
    path = f"variants.json?product={product}"
    assert len(api.get(path)) == 3
    assert api.get(f"variants/count.json?product={product}") == 3
    newest = api.get(f"{path}&limit=1")[0]["id"]
    assert api.get(f"{path}&since_id={newest}") == []
    assert len(api.get(f"{path}&fields=id,articleCode")) == 3
    assert api.get("variants.json?product=1") == []


@pytest.mark.parametrize(
    "query",
    [
        "articleCode=ART-000001",
        "sku=x",
        "brand=1",
        "product=x",
        "fields=id,code",
        "fields=price",
        "limit=0",
        "updated_at_min=2026-06-03",
        "isVisible=true",
    ],
)
def test_variants_take_documented_parameters_only(api, catalogue, query):
    api.refused(f"variants.json?{query}", 400)


@pytest.mark.parametrize("query", ["fields=priceIncl", "articleCode=x", "product=1"])
def test_products_take_documented_parameters_only(api, catalogue, query):
    api.refused(f"products.json?{query}", 400)


def test_only_what_changed_since(box, api, catalogue):
    box.clock.advance(3600)
    since = "updated_at_min=2026-06-03%2011:00:00"
    for name in ("products", "variants"):
        assert api.get(f"{name}.json?{since}") == []
    variant = api.get("variants.json?limit=1")[0]
    product = catalogue["products"][0]
    box.lightspeed.control_edit_variant(
        api.shop, variant["id"], articleCode="NEW", priceIncl="9.99", tax=None
    )
    box.lightspeed.control_edit_product(api.shop, product, isVisible=False)
    (changed,) = api.get(f"variants.json?{since}")
    assert (changed["id"], changed["articleCode"]) == (variant["id"], "NEW")
    assert (changed["priceIncl"], changed["tax"]) == (9.99, False)
    assert changed["createdAt"] == variant["createdAt"]
    assert ids(api.get(f"products.json?{since}")) == [product]
    assert api.get(f"variants/count.json?{since}") == 1


def test_a_deleted_product_is_gone_with_its_variants(box, api, catalogue):
    product = catalogue["products"][0]
    gone = box.lightspeed.control_delete_product(api.shop, product)
    assert len(gone["variants"]) == 3
    api.refused(f"products/{product}.json", 404)
    for variant in gone["variants"]:
        api.refused(f"variants/{variant}.json", 404)
    assert api.get("variants/count.json") == 117
    with pytest.raises(ControlError):
        box.lightspeed.control_delete_product(api.shop, product)
    with pytest.raises(ControlError):
        box.lightspeed.control_edit_variant(api.shop, gone["variants"][0], title="x")
    with pytest.raises(ControlError):
        box.lightspeed.control_edit_product(
            api.shop, catalogue["products"][1], nonsense=1
        )


# --- rights -----------------------------------------------------------------


def test_the_catalogue_takes_the_right_to_products(box, api, catalogue):
    product = catalogue["products"][0]
    paths = [
        "products.json",
        "products/count.json",
        f"products/{product}.json",
        "variants.json",
        "variants/count.json",
        f"variants.json?product={product}",
        "brands.json",
    ]
    box.lightspeed.control_set_permissions(api.shop, {"products": ""})
    for path in paths:
        api.refused(path, 403)
    assert api.get("taxes.json")
    box.lightspeed.control_set_permissions(api.shop, {"products": "r", "settings": ""})
    for path in paths:
        api.get(path)
    api.refused("taxes.json", 403)
    for path in paths:
        assert api(path, auth=("x" * 32, "y" * 32)).status_code == 401


def test_the_catalogue_cannot_be_written(api, catalogue):
    product = catalogue["products"][0]
    for path in ("products.json", "variants.json", "brands.json", "taxes.json"):
        api.refused(path, 405, "POST", json={"product": {"title": "x"}})
    api.refused(f"products/{product}.json", 405, "PUT", json={"product": {}})
    api.refused(f"products/{product}.json", 405, "DELETE")


def test_shops_see_only_their_own_catalogue(box, api, make_shop, catalogue):
    other = make_shop("Ander")
    assert other.get("variants.json") == []
    other.refused(f"products/{catalogue['products'][0]}.json", 404)


# --- size -------------------------------------------------------------------


def test_twenty_thousand_variants(box, api):
    start = time.monotonic()
    made = box.lightspeed.control_add_catalogue(
        api.shop, 8_000, variants=2, without_code=100, duplicates=60
    )
    more = box.lightspeed.control_add_catalogue(
        api.shop, 4_000, prefix="NEW", seed=2, hidden=200
    )
    assert made["variants"] + more["variants"] == 20_000
    assert api.get("variants/count.json") == 20_000
    fields = "fields=id,articleCode"
    rows = pages(api, f"variants.json?{fields}")
    assert len(set(ids(rows))) == 20_000
    assert sum(row["articleCode"] == "" for row in rows) == 100
    assert sum(row["articleCode"].startswith("NEW-") for row in rows) == 4_000
    # Generous: one machine takes four seconds for all of this.
    assert time.monotonic() - start < 60
    start = time.monotonic()
    assert len(api.get("variants.json?limit=250&page=80")) == 250
    assert len(api.get(f"variants.json?product={made['products'][4000]}")) == 2
    assert time.monotonic() - start < 5
