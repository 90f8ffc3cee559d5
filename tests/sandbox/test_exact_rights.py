"""Rights of users and modules of divisions (exact-online-api 8.7)."""

from urllib.parse import quote

import pytest

from sandbox.core import ControlError, loads
from sandbox.exact import demo
from sandbox.exact.metadata import endpoints
from tests.sandbox import exact_kit

ITEMS = "logistics/Items"
PRICES = "logistics/SalesItemPrices"
MUG = {"Code": "MUG-1", "Description": "Mok"}
LOGISTICS = (
    ITEMS,
    PRICES,
    "logistics/ItemGroups",
    "logistics/Units",
    "sync/Logistics/Items",
    "bulk/Logistics/Items",
)
INVOICING = (
    "salesinvoice/SalesInvoices",
    "salesinvoice/SalesInvoiceLines",
    "salesinvoice/Layouts",
    "sync/SalesInvoice/SalesInvoices",
)
WAREHOUSES = "inventory/Warehouses"


def has_right(exact, endpoint, action):
    url = exact.url("users/UserHasRights")
    query = f"endpoint={quote(repr(endpoint))}&action={quote(repr(action))}"
    answer = exact.call("GET", f"{url}?{query}")
    assert answer.status_code == 200, answer.text
    return loads(answer.text)["d"]["UserHasRights"]


def status(exact, path):
    url = exact.url(path, select=endpoints()[path].key, top=1)
    return exact.call("GET", url).status_code


@pytest.fixture
def switch(exact):
    def turn(module, on):
        return exact.service.control_set_module(demo.MAIN, module, on)["modules"]

    return turn


def test_a_division_invoices_and_has_items_unless_told_otherwise(exact):
    exact.service.control_add_division(500)
    given = {"invoicing", "items", "webhooks"}
    assert exact.service.state.divisions[500].modules == given
    exact.service.control_add_division(501, modules=[])
    assert exact.service.state.divisions[501].modules == set()


@pytest.mark.parametrize(
    ("module", "paths"), [("items", LOGISTICS), ("invoicing", INVOICING)]
)
def test_without_a_module_its_endpoints_are_forbidden(exact, switch, module, paths):
    exact.service.control_set_option(approved_filter=False)
    for path in paths:
        assert status(exact, path) == 200
        assert has_right(exact, path, "GET")
    assert module not in switch(module, False)
    for path in paths:
        assert status(exact, path) == 403
        assert exact.post(path, MUG).status_code == 403
        assert not has_right(exact, path, "GET")
        assert not has_right(exact, path, "POST")
    # Booking goes on.
    assert has_right(exact, "salesentry/SalesEntries", "POST")
    exact.book()


def test_a_module_comes_back(exact, switch):
    switch("items", False)
    answer = exact.post(ITEMS, MUG)
    assert answer.status_code == 403
    assert exact_kit.error_text(answer) == "Forbidden"
    assert "items" in switch("items", True)
    assert has_right(exact, ITEMS, "POST")
    exact.created(ITEMS, MUG)


def test_modules_are_per_division(exact, switch):
    switch("items", False)
    other = exact_kit.Exact(exact.box, division=demo.SECOND)
    assert has_right(other, ITEMS, "POST")
    other.created(ITEMS, MUG)


def test_modules_that_do_not_exist(exact):
    with pytest.raises(ControlError):
        exact.service.control_set_module(demo.MAIN, "logistics")


def test_modules_are_kept(exact, switch):
    switch("items", False)
    switch("stock", True)
    exact.service.load(exact.service.dump())
    found = exact.service.state.divisions[demo.MAIN].modules
    assert found == {"invoicing", "journal", "stock", "webhooks"}


def test_warehouses_and_stock_items_need_the_stock_module(exact, switch):
    assert status(exact, WAREHOUSES) == 403
    stocked = {**MUG, "IsStockItem": True}
    assert exact.refused(ITEMS, stocked) == "Niet toegestaan: IsStockItem"
    switch("stock", True)
    rows = exact.rows(WAREHOUSES, select="ID,Code,Description,Main")
    assert [(row["Code"], row["Main"]) for row in rows] == [("1", 1)]
    assert exact.post(WAREHOUSES, {"Code": "2"}).status_code == 405
    exact.created(ITEMS, stocked)


# --- users ------------------------------------------------------------------


@pytest.mark.parametrize("path", [ITEMS, PRICES])
def test_a_user_may_lack_the_right_to_write(exact, path):
    made = exact.service.control_add_item(demo.MAIN, "A", price=1)
    key = made["ID"] if path == ITEMS else made["Prices"][0]["ID"]
    exact.service.control_set_rights(demo.USER_NL, demo.MAIN, path, ["GET"])
    assert has_right(exact, path, "GET")
    for action in ("POST", "PUT", "DELETE"):
        assert not has_right(exact, path, action)
    assert exact.post(path, MUG).status_code == 403
    assert exact.put(path, key, {"Description": "B"}).status_code == 403
    assert exact.delete(path, key).status_code == 403
    exact.rows(path, select="ID", filter=f"ID eq guid'{key}'")
    exact.service.control_set_rights(demo.USER_NL, demo.MAIN, path)
    assert has_right(exact, path, "DELETE")
    assert exact.delete(path, key).status_code == 204


def test_a_right_is_per_endpoint_and_user(exact):
    exact.service.control_set_rights(demo.USER_NL, demo.MAIN, ITEMS, [])
    url = exact.url(ITEMS, select="ID", filter="Code eq 'A'")
    assert exact.call("GET", url).status_code == 403
    assert not has_right(exact, ITEMS, "GET")
    assert has_right(exact, PRICES, "POST")
    other = exact_kit.Exact(exact.box, demo.USER_EN)
    assert has_right(other, ITEMS, "POST")
    other.created(ITEMS, MUG)


def test_a_right_to_what_is_not_offered_does_not_exist(shared):
    assert has_right(shared, "logistics/Units", "GET")
    assert not has_right(shared, "logistics/Units", "POST")
    assert not has_right(shared, "logistics/Nonsense", "GET")


def test_an_app_may_lack_the_scope(exact):
    exact.service.control_set_app_scope(demo.CLIENT_ID, ITEMS, ["GET"])
    answer = exact.post(ITEMS, MUG)
    assert answer.status_code == 403
    text = "Forbidden - Application Scope Violated. Cannot write"
    assert exact_kit.error_text(answer) == text
