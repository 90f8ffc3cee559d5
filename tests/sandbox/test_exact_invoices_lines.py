"""Lines of sales invoices: items, prices, VAT (exact-online-api 6.2)."""

from decimal import Decimal

import pytest

from sandbox.exact import demo
from tests.sandbox import exact_kit
from tests.sandbox.exact_kit import NOBODY, business
from tests.sandbox.invoice_kit import LINES, Invoicing


@pytest.fixture
def exact(box):
    exact_kit.start(box)
    return Invoicing(box)


@pytest.fixture(scope="module")
def standing():
    """A sandbox whose drafts do not matter to each other."""
    with exact_kit.running() as client:
        yield Invoicing(client.box)


def numbers(row, *names):
    return tuple(Decimal(str(row[name])) for name in names)


def line_of(exact, *lines, **fields):
    """Return the first line of a new draft as the API shows it."""
    return exact.draft_lines(exact.draft(*lines, **fields))[0]


# --- prices -----------------------------------------------------------------


def test_a_net_price_alone_leaves_the_unit_price_at_nought(standing):
    line = line_of(standing, standing.invoice_line("12.50"))
    assert numbers(line, "NetPrice", "UnitPrice", "AmountFC") == (
        Decimal("12.5"),
        0,
        25,
    )


def test_the_net_price_leads_over_the_unit_price(standing):
    line = line_of(standing, standing.invoice_line("8.00", UnitPrice=10))
    assert numbers(line, "NetPrice", "UnitPrice", "AmountFC") == (8, 10, 16)


def test_a_unit_price_alone_counts_less_the_discount(standing):
    line = line_of(
        standing, standing.invoice_line(None, UnitPrice=10, Discount=Decimal("0.1"))
    )
    assert numbers(line, "NetPrice", "UnitPrice", "Discount", "AmountFC") == (
        9,
        10,
        Decimal("0.1"),
        18,
    )


def test_without_any_price_a_line_costs_nothing(standing):
    line = line_of(standing, standing.invoice_line(None))
    assert numbers(line, "NetPrice", "UnitPrice", "AmountFC", "VATAmountFC") == (
        0,
        0,
        0,
        0,
    )


def test_a_quantity_that_is_left_out_is_one(standing):
    line = line_of(standing, standing.invoice_line(quantity=None))
    assert numbers(line, "Quantity", "AmountFC") == (1, 50)


def test_a_negative_quantity_credits(standing):
    draft = standing.draft(standing.invoice_line("50.00", -1))
    assert numbers(draft, "AmountFC", "AmountFCExclVat", "VATAmountFC") == (
        Decimal("-60.5"),
        -50,
        Decimal("-10.5"),
    )


def test_a_posted_line_amount_has_no_effect(standing):
    line = line_of(standing, standing.invoice_line("50.00", 2, AmountFC=1))
    assert line["AmountFC"] == 100


def test_six_decimals_of_a_price_are_kept_and_the_amount_is_in_cents(standing):
    line = line_of(standing, standing.invoice_line("3.3333337", 3))
    assert numbers(line, "NetPrice", "AmountFC", "VATAmountFC") == (
        Decimal("3.333334"),
        10,
        Decimal("2.1"),
    )


@pytest.mark.parametrize(
    ("decimals", "price", "amount"),
    [(2, "3.33", "9.99"), (3, "3.333", "10"), (5, "3.33333", "10")],
)
def test_fewer_decimals_of_a_price_by_option(exact, decimals, price, amount):
    exact.option(invoice_price_decimals=decimals)
    line = line_of(exact, exact.invoice_line("3.333333", 3))
    assert numbers(line, "NetPrice", "AmountFC") == (Decimal(price), Decimal(amount))


@pytest.mark.parametrize(("half", "amount"), [("up", "0.13"), ("even", "0.12")])
def test_where_half_a_cent_goes_is_an_option(exact, half, amount):
    exact.option(invoice_half=half)
    line = line_of(exact, exact.invoice_line("0.125", 1))
    assert Decimal(str(line["AmountFC"])) == Decimal(amount)
    line = line_of(exact, exact.invoice_line("0.125", -1))
    assert Decimal(str(line["AmountFC"])) == -Decimal(amount)


# --- VAT --------------------------------------------------------------------


def test_vat_is_added_per_line_and_rounded_per_line(standing):
    line = standing.invoice_line("0.07", 1)  # 0.0147
    draft = standing.draft(line, line, line)
    assert numbers(draft, "AmountFCExclVat", "VATAmountFC", "AmountFC") == (
        Decimal("0.21"),
        Decimal("0.03"),
        Decimal("0.24"),
    )


def test_with_an_including_code_the_price_is_gross(standing):
    draft = standing.draft(standing.invoice_line("12.10", 2, vat="4"))
    assert numbers(draft, "AmountFC", "AmountFCExclVat", "VATAmountFC") == (
        Decimal("24.2"),
        20,
        Decimal("4.2"),
    )
    (line,) = standing.draft_lines(draft)
    assert numbers(line, "NetPrice", "AmountFC") == (Decimal("12.1"), 20)


def test_a_code_without_vat_adds_none(standing):
    for code in ("0", "6", "7", "M1"):
        draft = standing.draft(standing.invoice_line(vat=code))
        assert numbers(draft, "AmountFC", "VATAmountFC") == (100, 0)


def test_an_own_vat_amount_is_not_honoured(standing):
    line = standing.invoice_line("50.00", 2, VATAmountFC=Decimal("20.99"))
    assert standing.draft(line)["VATAmountFC"] == 21


def test_an_own_vat_amount_counts_where_exact_honours_it(exact):
    exact.option(invoice_line_vat=True)
    own = {"VATAmountFC": Decimal("20.99")}
    draft = exact.draft(exact.invoice_line("50.00", 2, **own))
    assert numbers(draft, "AmountFC", "VATAmountFC") == (
        Decimal("120.99"),
        Decimal("20.99"),
    )
    draft = exact.draft(exact.invoice_line("60.50", 2, vat="4", **own))
    assert numbers(draft, "AmountFC", "AmountFCExclVat") == (121, Decimal("100.01"))


def test_a_missing_code_is_the_customers_then_the_items_then_none(standing):
    item = standing.item("LAAG", SalesVatCode="1")
    plain = standing.item("ZONDER")
    dutch, export = standing.customer(), standing.customer(SalesVATCode="6")

    def code(item, customer, vat=None):
        line = standing.invoice_line("50.00", 1, vat, Item=item)
        shown = line_of(standing, line, OrderedBy=customer)
        return shown["VATCode"], Decimal(str(shown["VATAmountFC"]))

    assert code(item, export) == ("6  ", 0)
    assert code(item, dutch) == ("1  ", Decimal("4.5"))
    assert code(plain, dutch) == (None, 0)
    assert code(item, export, "2") == ("2  ", Decimal("10.5"))


def test_a_line_without_any_code_is_booked_without_vat(exact):
    draft = exact.draft(exact.invoice_line("50.00", 1, None))
    exact.print(draft)
    (row,) = exact.service.control_vat_return(demo.MAIN, 2026)
    assert (row["Code"], row["Base"], row["VAT"]) == ("", 50, 0)


def test_the_percentage_is_that_of_the_invoices_date(exact):
    exact.service.control_add_year(demo.MAIN, 2018)
    customer = exact.customer(StartDate="2010-01-01")
    item = exact.item("OUD", StartDate="2010-01-01")
    draft = exact.draft(
        exact.invoice_line("100.00", 1, "1", Item=item),
        OrderedBy=customer,
        OrderDate="2018-06-01",
    )
    assert draft["VATAmountFC"] == 6


# --- accounts and items -----------------------------------------------------


def test_the_account_is_the_lines_the_items_or_the_groups(standing):
    own = standing.item("EIGEN", GLRevenue="8010")
    group = standing.item("GROEP")

    def account(**fields):
        return line_of(standing, standing.invoice_line(**fields))["GLAccount"]

    assert account(Item=own) == standing.gl("8010")
    assert account(Item=group) == standing.gl("8000")
    assert account(Item=own, GLAccount=standing.gl("8100")) == standing.gl("8100")


def test_text_and_unit_are_the_items_unless_given(standing):
    line = line_of(standing, standing.invoice_line())
    assert (line["Description"], line["UnitCode"]) == ("Artikel MOK", "stuk")
    line = line_of(standing, standing.invoice_line(Description="X", UnitCode="doos"))
    assert (line["Description"], line["UnitCode"]) == ("X", "doos")


REFUSED = [
    ({"Item": None}, "Verplicht: Artikel"),
    ({"Item": NOBODY}, "Ongeldige referentie: Artikel"),
    ({"NetPrice": -1}, "Ongeldig: Nettoprijs"),
    ({"UnitPrice": -1}, "Ongeldig: Prijs"),
    ({"Discount": 10}, "Ongeldig: Korting"),
    ({"UnitCode": "ton"}, "Ongeldige referentie: Eenheid"),
    ({"VATCode": "99"}, "Ongeldige referentie: Btw-code"),
    ({"VATCode": "19"}, "Geblokkeerd: Btw-code"),
    ({"VATCode": "5"}, "Ongeldig: Btw-code"),
    ({"VATPercentage": Decimal("0.2")}, "Ongeldig: Btw-percentage []"),
    ({"VATCode": "6", "VATAmountFC": 1}, "Ongeldig: Btw-bedrag"),
    ({"GLAccount": NOBODY}, "Ongeldige referentie: Grootboekrekening"),
    ({"Project": NOBODY}, "Ongeldige referentie: Project"),
    ({"CostCenter": "X"}, "Ongeldige referentie: Kostenplaats"),
    (
        {"VATAmountFC": Decimal("1.001")},
        "Ongeldig: Btw-bedrag (maximaal 2 decimalen)",
    ),
    (
        {"Description": "x" * 61},
        "Ongeldig: Omschrijving (maximaal 60 tekens)",
    ),
]


@pytest.mark.parametrize(("fields", "text"), REFUSED)
def test_what_is_refused_on_a_line(standing, fields, text):
    line = {**standing.invoice_line(), **fields}
    assert standing.refused_invoice(line) == text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("1300", "Ongeldig: Grootboekrekeningtype"),
        ("1500", "Ongeldig: Grootboekrekeningtype"),
        ("8900", "Geblokkeerd: Grootboekrekening"),
        ("4900", "Verplicht: Kostenplaats"),
    ],
)
def test_the_account_must_allow_it(standing, code, text):
    line = standing.invoice_line(GLAccount=standing.gl(code))
    assert standing.refused_invoice(line) == text


def test_only_sales_items_that_are_in_force_can_be_sold(standing):
    bought = standing.item("INKOOP", IsSalesItem=False)
    ended = standing.item("OUD", EndDate="2026-06-02")
    later = standing.item("NIEUW", StartDate="2026-06-04")
    dates = "Ongeldig: Artikel (Startdatum - Einddatum)"
    for item, text in (
        (bought, "Ongeldig: Artikel (Verkoopartikel)"),
        (ended, dates),
        (later, dates),
    ):
        assert standing.refused_invoice(standing.invoice_line(Item=item)) == text
    # The invoice's date counts, not today.
    assert standing.draft(standing.invoice_line(Item=ended), OrderDate="2026-06-02")


# --- lines at their own endpoint --------------------------------------------


def test_a_line_can_be_added_to_a_draft(exact):
    draft = exact.draft()
    line = exact.invoice_line("10.00", 1, InvoiceID=draft["InvoiceID"])
    made = exact.created(LINES, line)
    assert (made["LineNumber"], made["AmountFC"]) == (2, 10)
    assert exact.read(draft)["AmountFC"] == Decimal("133.1")


def test_a_line_by_itself_needs_its_invoice(exact):
    text = "Verplicht: Verkoopfactuur"
    assert exact.refused(LINES, exact.invoice_line()) == text
    text = "Ongeldige referentie: Verkoopfactuur"
    assert exact.refused(LINES, exact.invoice_line(InvoiceID=NOBODY)) == text


def changed(exact, draft, **data):
    (line,) = exact.draft_lines(draft)
    answer = exact.put(LINES, line["ID"], data)
    assert answer.status_code == 204, answer.text
    (line,) = exact.draft_lines(draft)
    return line


def test_a_changed_line_is_computed_anew_and_so_is_the_invoice(exact):
    draft = exact.draft()
    line = changed(exact, draft, Quantity=3)
    assert numbers(line, "AmountFC", "VATAmountFC") == (150, Decimal("31.5"))
    assert numbers(exact.read(draft), "AmountFC") == (Decimal("181.5"),)
    line = changed(exact, draft, VATCode="1")
    assert numbers(line, "AmountFC", "VATAmountFC") == (150, Decimal("13.5"))
    line = changed(exact, draft, UnitPrice=20)
    assert numbers(line, "NetPrice", "AmountFC") == (20, 60)
    line = changed(exact, draft, Discount=Decimal("0.5"))
    assert numbers(line, "NetPrice", "UnitPrice", "AmountFC") == (10, 20, 30)


def test_an_own_vat_amount_stays_when_the_text_changes(exact):
    exact.option(invoice_line_vat=True)
    own = exact.invoice_line(VATAmountFC=Decimal("20.99"))
    draft = exact.draft(own)
    line = changed(exact, draft, Description="Anders")
    assert numbers(line, "VATAmountFC") == (Decimal("20.99"),)
    line = changed(exact, draft, NetPrice=50)
    assert numbers(line, "VATAmountFC") == (21,)


def test_another_item_brings_its_own_account_and_text(exact):
    draft = exact.draft()
    line = changed(exact, draft, Item=exact.item("BORD", GLRevenue="8010"))
    assert line["GLAccount"] == exact.gl("8010")
    assert line["Description"] == "Artikel BORD"


def test_the_account_of_a_line_cannot_be_put(exact):
    line = changed(exact, exact.draft(), GLAccount=exact.gl("8010"))
    assert line["GLAccount"] == exact.gl("8000")


def test_a_refused_change_of_a_line_changes_nothing(exact):
    draft = exact.draft()
    (line,) = exact.draft_lines(draft)
    answer = exact.put(LINES, line["ID"], {"NetPrice": -1})
    assert business(answer) == "Ongeldig: Nettoprijs"
    assert exact.draft_lines(draft) == [line]


def test_an_invoice_keeps_a_line(exact):
    draft = exact.draft(exact.invoice_line(), exact.invoice_line("10.00", 1))
    first, second = exact.draft_lines(draft)
    assert exact.delete(LINES, first["ID"]).status_code == 204
    assert exact.read(draft)["AmountFC"] == Decimal("12.1")
    assert business(exact.delete(LINES, second["ID"])) == "Verplicht: Regels"
