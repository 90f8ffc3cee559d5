"""Items, sales prices, groups and units (exact-online-api 6.4, 8, 10)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from sandbox.core import ControlError
from sandbox.exact import demo
from tests.sandbox import exact_kit
from tests.sandbox.exact_kit import NOBODY, Exact, business
from tests.sandbox.invoice_kit import INVOICES, Invoicing

ITEMS = "logistics/Items"
PRICES = "logistics/SalesItemPrices"
FULL = {"Prefer": "return=representation"}


def group(exact, code):
    rows = exact.rows("logistics/ItemGroups", select="ID,Code")
    return next(row["ID"] for row in rows if row["Code"] == code)


def item(exact, code="MUG-1", **fields):
    values = {"Code": code, "Description": "Mok", "IsSalesItem": True, **fields}
    return exact.created(ITEMS, values)["ID"]


def read(exact, key, *names):
    select = ",".join(names)
    return exact.rows(ITEMS, select=select, filter=f"ID eq guid'{key}'")[0]


def refused(exact, **fields):
    values = {"Code": "X", "Description": "X", **fields}
    return exact.refused(ITEMS, values)


def refused_price(exact, key, **fields):
    return exact.refused(PRICES, {"Item": key, "Price": 1, **fields})


# --- items ------------------------------------------------------------------


def test_a_new_item_answers_with_its_key_only(exact):
    made = exact.created(ITEMS, {"Code": "A", "Description": "B"})
    shown = {name for name, value in made.items() if value not in (None, 0)}
    assert shown == {"__metadata", "ID"}


def test_a_new_item_answers_in_full_when_asked_to(exact):
    values = {
        "Code": " MUG-1 ",
        "Description": "Mok",
        "IsSalesItem": True,
        "Unit": "doos",
        "ItemGroup": group(exact, "DIE"),
        "SalesVatCode": "2",
        "GLRevenue": exact.gl("8010"),
        "Barcode": "8712345678906",
        "StartDate": "2026-01-01",
    }
    made = exact.created(ITEMS, values, **FULL)
    assert made["Code"] == "MUG-1"
    assert (made["Unit"], made["UnitDescription"]) == ("doos    ", "Doos")
    assert made["ItemGroupCode"] == "DIE"
    assert (made["SalesVatCode"], made["GLRevenueCode"]) == ("2  ", "8010")
    assert made["SalesVatCodeDescription"]
    assert made["Barcode"] == "8712345678906"
    assert (made["IsSalesItem"], made["IsStockItem"]) == (True, False)
    assert made["EndDate"] is None
    assert made["StandardSalesPrice"] is None
    assert made["__metadata"]["type"] == "Exact.Web.Api.Models.Item"


def test_an_item_takes_group_account_and_unit_when_it_has_none(exact):
    made = exact.created(ITEMS, {"Code": "A", "Description": "B"}, **FULL)
    assert made["ItemGroupCode"] == "STD"
    assert made["GLRevenueCode"] == "8000"
    assert made["Unit"] == "stuk    "
    assert made["SalesVatCode"] is None
    assert made["IsSalesItem"] is False


def test_code_and_description_are_mandatory(exact):
    text = exact.refused(ITEMS, {"IsSalesItem": True})
    assert text == "Verplicht: Code\r\nVerplicht: Omschrijving"
    text = exact.refused(ITEMS, {"Code": " ", "Description": ""})
    assert text == "Verplicht: Code\r\nVerplicht: Omschrijving"


@pytest.mark.parametrize("code", ["Mug-1", "mug-1", " MUG-1", "MUG-1  "])
def test_a_code_exists_once_whatever_its_case(exact, code):
    item(exact, "Mug-1")
    assert refused(exact, Code=code) == "Gegeven bestaat reeds."
    other = item(exact, "Mug-2")
    answer = exact.put(ITEMS, other, {"Code": code})
    assert business(answer) == "Gegeven bestaat reeds."


def test_texts_that_are_too_long_are_refused(exact):
    assert refused(exact, Code="x" * 31) == "Ongeldig: Code (maximaal 30 tekens)"
    text = refused(exact, Description="x" * 61)
    assert text == "Ongeldig: Omschrijving (maximaal 60 tekens)"
    text = refused(exact, Barcode="x" * 65)
    assert text == "Ongeldig: Barcode (maximaal 64 tekens)"
    item(exact, f" {'x' * 30} ", Description="x" * 60, Barcode="1" * 64)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"Unit": "kilo"}, "Ongeldige referentie: Eenheid"),
        ({"ItemGroup": NOBODY}, "Ongeldige referentie: Artikelgroep"),
        ({"SalesVatCode": "99"}, "Ongeldige referentie: Btw-code"),
        ({"SalesVatCode": "5"}, "Ongeldig: Btw-code"),
        ({"GLRevenue": NOBODY}, "Ongeldige referentie: Grootboekrekening"),
        ({"GLCosts": NOBODY}, "Ongeldige referentie: Grootboekrekening"),
        ({"CostPriceCurrency": "XXX"}, "Ongeldige referentie: Valuta"),
        ({"CostPriceStandard": Decimal("1.234")}, None),
        ({"IsStockItem": True}, "Niet toegestaan: IsStockItem"),
        ({"StartDate": "2026-02-01", "EndDate": "2026-01-31"}, "Ongeldig: Einddatum"),
    ],
)
def test_references_and_values_are_checked(exact, fields, text):
    found = refused(exact, **fields)
    assert found == (text or "Ongeldig: CostPriceStandard (maximaal 2 decimalen)")
    assert exact.service.control_items(demo.MAIN) == []


@pytest.mark.parametrize("code", ["1300", "1500", "4990", "1210"])
def test_revenue_goes_to_an_account_of_the_kind_revenue(exact, code):
    text = refused(exact, GLRevenue=exact.gl(code))
    assert text == "Ongeldig: Grootboekrekeningtype"


def test_blocked_things_are_refused(exact):
    exact.service.control_block_vat_code(demo.MAIN, "2")
    exact.service.control_block_gl_account(demo.MAIN, "8010")
    text = refused(exact, SalesVatCode="2", GLRevenue=exact.gl("8010"))
    assert text == "Geblokkeerd: Btw-code\r\nGeblokkeerd: Grootboekrekening"


def test_all_refusals_come_at_once_in_the_users_language(box):
    exact_kit.start(box)
    exact = Exact(box, demo.USER_EN)
    item(exact)
    text = refused(exact, Code="MUG-1", Unit="kilo", SalesVatCode="99")
    assert text == (
        "Data already exists.\r\nInvalid reference: Unit\r\nInvalid reference: VAT code"
    )


@pytest.mark.parametrize(
    ("data", "part"),
    [
        ({"Code": "A", "Description": "B", "Price": 1}, "property name 'Price'"),
        ({"Code": "A", "Description": "B", "SalesVATCode": "2"}, "'SalesVATCode'"),
        ({"Code": "A", "Description": "B", "GLRevenue": "8000"}, "to type 'Guid'"),
        ({"Code": 1, "Description": "B"}, "property 'Code'"),
        ([], "valid top-level"),
    ],
)
def test_payloads_of_the_wrong_form(shared, data, part):
    answer = shared.post(ITEMS, data)
    assert answer.status_code == 400
    assert part in exact_kit.error_text(answer)


def test_read_only_properties_are_ignored(exact):
    key = item(
        exact,
        ID=NOBODY,
        StandardSalesPrice=9,
        Stock=4,
        GLRevenueCode="8010",
        AverageCost=Decimal("1.50"),
    )
    assert key != NOBODY
    found = read(exact, key, "StandardSalesPrice", "Stock", "GLRevenueCode")
    assert (found["StandardSalesPrice"], found["Stock"]) == (None, None)
    assert found["GLRevenueCode"] == "8000"
    answer = exact.put(ITEMS, key, {"AverageCost": 7, "StandardSalesPrice": 7})
    assert answer.status_code == 204
    assert read(exact, key, "AverageCost")["AverageCost"] == 1.5


def test_a_change_touches_only_what_it_names(exact):
    key = item(exact, Unit="doos", SalesVatCode="2", GLRevenue=exact.gl("8010"))
    answer = exact.put(ITEMS, key, {"Description": "Beker", "Code": "mug-1"})
    assert (answer.status_code, answer.content) == (204, b"")
    found = read(exact, key, "Code", "Description", "Unit", "GLRevenueCode")
    assert (found["Code"], found["Description"]) == ("mug-1", "Beker")
    assert (found["Unit"], found["GLRevenueCode"]) == ("doos    ", "8010")
    values = {"Unit": None, "GLRevenue": None, "SalesVatCode": None, "EndDate": None}
    assert exact.put(ITEMS, key, values).status_code == 204
    found = read(exact, key, "Unit", "GLRevenueCode", "SalesVatCode")
    assert (found["Unit"], found["GLRevenueCode"]) == ("stuk    ", "8000")
    assert found["SalesVatCode"] is None
    assert business(exact.put(ITEMS, key, {"Code": ""})) == "Verplicht: Code"
    assert exact.put(ITEMS, NOBODY, {"Description": "B"}).status_code == 404


def test_items_are_found_by_code(exact):
    keys = [item(exact, f"A{number}") for number in range(3)]
    text = "Code eq 'A0' or Code eq 'A2' or Code eq 'A7'"
    rows = exact.rows(ITEMS, select="ID,Code", filter=text)
    assert {row["ID"] for row in rows} == {keys[0], keys[2]}
    # Stricter than known: a look-up minds the case, uniqueness does not.
    assert exact.rows(ITEMS, select="ID", filter="Code eq 'a0'") == []


def test_a_list_without_approved_filter_is_refused_by_switch(exact):
    key = item(exact)
    url = exact.url(ITEMS, select="ID", filter="Description eq 'Mok'")
    answer = exact.call("GET", url)
    assert answer.status_code == 400
    assert "mandatory filtering" in exact_kit.error_text(answer)
    exact.service.control_set_option(approved_filter=False)
    assert [row["ID"] for row in exact.rows(ITEMS, select="ID")] == [key]


def test_sync_and_bulk_read_the_same_items(exact):
    first, second = item(exact, "A"), item(exact, "B")
    exact.put(ITEMS, first, {"Description": "Later"})
    sync = "sync/Logistics/Items"
    rows = exact.rows(sync, select="ID,Timestamp", filter="Timestamp gt 1L")
    assert [row["ID"] for row in rows] == [second, first]
    newest = rows[0]["Timestamp"]
    text = f"Timestamp gt {newest}L"
    rows = exact.rows(sync, select="Code,Unit", filter=text)
    assert [(row["Code"], row["Unit"]) for row in rows] == [("A", "stuk    ")]
    rows = exact.rows("bulk/Logistics/Items", select="ID")
    assert {row["ID"] for row in rows} == {first, second}
    for path in (sync, "bulk/Logistics/Items"):
        assert exact.post(path, {"Code": "C", "Description": "C"}).status_code == 405


def test_a_deleted_item_takes_its_prices_along(exact):
    key = item(exact)
    exact.created(PRICES, {"Item": key, "Price": 1})
    assert exact.delete(ITEMS, key).status_code == 204
    assert exact.rows(PRICES, select="ID") == []
    assert exact.delete(ITEMS, key).status_code == 404
    rows = exact.rows(
        "sync/Deleted", select="EntityKey,EntityType", filter="Timestamp gt 1L"
    )
    assert [row["EntityType"] for row in rows] == [8, 9]
    item(exact)


def test_an_item_in_use_cannot_be_deleted(box):
    exact_kit.start(box)
    exact = Invoicing(box)
    key = item(exact)
    invoice = exact.draft(exact.invoice_line(Item=key))
    assert business(exact.delete(ITEMS, key)) == "In gebruik: Artikel"
    with pytest.raises(ControlError):
        exact.service.control_delete_item(demo.MAIN, "MUG-1")
    assert read(exact, key, "Code")["Code"] == "MUG-1"
    # A draft that is gone needs it no longer.
    assert exact.delete(INVOICES, invoice["InvoiceID"]).status_code == 204
    assert exact.delete(ITEMS, key).status_code == 204


# --- prices -----------------------------------------------------------------


def test_the_standard_price_follows_the_sales_prices(exact):
    key = item(exact)
    made = exact.created(PRICES, {"Item": key, "Price": Decimal("12.345")})
    assert (made["Currency"], made["Unit"]) == ("EUR", "stuk    ")
    assert (made["Quantity"], made["ItemCode"]) == (1, "MUG-1")
    price = read(exact, key, "StandardSalesPrice")["StandardSalesPrice"]
    assert price == Decimal("12.345")
    answer = exact.put(PRICES, made["ID"], {"Price": 13})
    assert (answer.status_code, answer.content) == (204, b"")
    assert read(exact, key, "StandardSalesPrice")["StandardSalesPrice"] == 13
    exact.delete(PRICES, made["ID"])
    assert read(exact, key, "StandardSalesPrice")["StandardSalesPrice"] is None


def test_the_standard_price_is_the_one_of_today_for_everybody(exact, box):
    key = item(exact)
    for values in (
        {"Price": 10, "StartDate": "2026-01-01"},
        {"Price": 11, "StartDate": "2026-06-01"},
        {"Price": 12, "StartDate": "2026-06-04"},
        {"Price": 8, "Quantity": 10},
        {"Price": 7, "Account": exact.customer()},
        {"Price": 6, "Currency": "USD"},
        {"Price": 5, "Unit": "doos", "NumberOfItemsPerUnit": 6},
        {"Price": 4, "StartDate": "2026-05-01", "EndDate": "2026-06-02"},
    ):
        exact.created(PRICES, {"Item": key, **values})
    assert read(exact, key, "StandardSalesPrice")["StandardSalesPrice"] == 11
    box.clock.advance(timedelta(days=1).total_seconds())
    exact.tokens = exact.connect()
    assert read(exact, key, "StandardSalesPrice")["StandardSalesPrice"] == 12


def test_a_price_is_unique_per_combination(exact):
    key, other = item(exact, "A"), item(exact, "B")
    customer = exact.customer()
    exact.created(PRICES, {"Item": key, "Price": 1})
    exists = "Gegeven bestaat reeds."
    assert refused_price(exact, key, Price=2) == exists
    given = {"Currency": "EUR", "Unit": "stuk ", "Quantity": Decimal("1.0")}
    assert refused_price(exact, key, StartDate="2026-06-03", **given) == exists
    for values in (
        {"Item": other},
        {"Account": customer},
        {"Currency": "USD"},
        {"Unit": "doos"},
        {"Quantity": 2},
        {"StartDate": "2026-06-04"},
    ):
        made = exact.created(PRICES, {"Item": key, "Price": 1, **values})
        if "Item" not in values:
            back = {
                **dict.fromkeys(values),
                "StartDate": "2026-06-03",
            }
            assert business(exact.put(PRICES, made["ID"], back)) == exists
        again = {"Item": key, **values}
        assert refused_price(exact, again.pop("Item"), **again) == exists


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"Price": None}, "Verplicht: Prijs"),
        ({"Item": None}, "Verplicht: Artikel"),
        ({"Item": NOBODY}, "Ongeldige referentie: Artikel"),
        ({"Account": NOBODY}, "Ongeldige referentie: Relatie"),
        ({"Currency": "XXX"}, "Ongeldige referentie: Valuta"),
        ({"Unit": "kilo"}, "Ongeldige referentie: Eenheid"),
        ({"Project": NOBODY}, "Ongeldige referentie: Project"),
        ({"Quantity": 0}, "Ongeldig: Aantal"),
        ({"Price": -1}, "Ongeldig: Prijs"),
        ({"Price": Decimal("1.2345")}, "Ongeldig: Prijs (maximaal 3 decimalen)"),
        ({"StartDate": "2026-02-01", "EndDate": "2026-01-31"}, "Ongeldig: Einddatum"),
    ],
)
def test_prices_are_checked(exact, fields, text):
    assert refused_price(exact, item(exact), **fields) == text


# --- groups and units -------------------------------------------------------


@pytest.mark.parametrize("path", ["logistics/ItemGroups", "logistics/Units"])
def test_groups_and_units_are_read_only(shared, path):
    key = shared.rows(path, select="ID")[0]["ID"]
    assert shared.post(path, {"Code": "X"}).status_code == 405
    assert shared.put(path, key, {"Code": "X"}).status_code == 405
    assert shared.delete(path, key).status_code == 405


def test_groups_and_units(shared):
    names = "Code,GLRevenueCode,IsDefault"
    rows = shared.rows("logistics/ItemGroups", select=names)
    found = {(row["Code"], row["GLRevenueCode"], row["IsDefault"]) for row in rows}
    assert found == {("STD", "8000", 1), ("DIE", "8000", 0)}
    rows = shared.rows("logistics/Units", select="Code,Main,Active")
    assert {row["Code"]: row["Main"] for row in rows} == {
        "stuk    ": 1,
        "uur     ": 0,
        "doos    ": 0,
    }
    rows = shared.rows("logistics/Units", select="Code", filter="Code eq 'uur'")
    assert [row["Code"] for row in rows] == ["uur     "]


# --- by hand ----------------------------------------------------------------


def test_somebody_keeps_items_in_exact(exact):
    service = exact.service
    made = service.control_add_item(
        demo.MAIN, "MUG-1", "Mok", price=12.1, GLRevenue="8010", ItemGroup="DIE"
    )
    assert (made["GLRevenue"], made["ItemGroup"]) == ("8010", "DIE")
    assert made["StandardSalesPrice"] == Decimal("12.1")
    service.control_add_item_price(demo.MAIN, "mug-1", "9.50", Quantity=10)
    found = service.control_rename_item(demo.MAIN, "MUG-1", "MOK")
    assert [row["Price"] for row in found["Prices"]] == [
        Decimal("12.1"),
        Decimal("9.50"),
    ]
    service.control_edit_item(demo.MAIN, "MOK", SalesVatCode="2")
    ended = service.control_end_item(demo.MAIN, "MOK")
    assert (ended["StartDate"], ended["EndDate"]) == ("2026-06-02", "2026-06-02")
    ended = service.control_end_item(demo.MAIN, made["ID"], "2026-12-31")
    assert service.control_items(demo.MAIN) == [ended]
    assert service.control_items(demo.MAIN, "mok") == [ended]
    assert service.control_delete_item(demo.MAIN, "MOK")["Code"] == "MOK"
    assert service.control_items(demo.MAIN) == []


def test_what_nobody_can_do_in_exact(exact):
    service = exact.service
    service.control_add_item(demo.MAIN, "A")
    for wrong in (
        lambda: service.control_add_item(demo.MAIN, "a"),
        lambda: service.control_add_item(demo.MAIN, "B", price="-1"),
        lambda: service.control_edit_item(demo.MAIN, "A", Unit="kilo"),
        lambda: service.control_end_item(demo.MAIN, "A", "tomorrow"),
        lambda: service.control_delete_item(demo.MAIN, "C"),
        lambda: service.control_add_item_price(demo.MAIN, "A", None),
    ):
        with pytest.raises(ControlError):
            wrong()
    assert [row["Code"] for row in service.control_items(demo.MAIN)] == ["A"]
