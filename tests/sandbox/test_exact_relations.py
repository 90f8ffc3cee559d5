"""Accounts, contacts, addresses, bank accounts (exact-online-api 4)."""

import pytest

from tests.sandbox.exact_kit import NOBODY, business

ACCOUNTS = "crm/Accounts"
FULL = {"Prefer": "return=representation"}


def account(exact, **fields):
    return exact.created(ACCOUNTS, {"Name": "Jan Jansen", **fields}, **FULL)


def one(exact, key, path=ACCOUNTS):
    return exact.get(f"{path}(guid'{key}')")


REFUSALS = [
    ({"Name": None}, "Verplicht: Naam"),
    ({"Name": "  "}, "Verplicht: Naam"),
    ({"Name": "x" * 51}, "Ongeldig: Naam (maximaal 50 tekens)"),
    ({"Email": "x" * 90 + "@example.com"}, "Ongeldig: E-mail (maximaal 100 tekens)"),
    ({"Code": "WEB1"}, "Ongeldig: Code"),
    ({"Code": "-5"}, "Ongeldig: Code"),
    ({"Code": "1" * 19}, "Ongeldig: Code (maximaal 18 tekens)"),
    ({"Code": "1000"}, "Gegeven bestaat reeds."),
    ({"Code": "1000".rjust(18)}, "Gegeven bestaat reeds."),
    ({"Status": "X"}, "Ongeldig: Status"),
    ({"Status": "c"}, "Ongeldig: Status"),
    ({"Email": "jan"}, "Ongeldig: E-mail []"),
    ({"Email": "jan@example"}, "Ongeldig: E-mail []"),
    ({"Email": "jan @example.com"}, "Ongeldig: E-mail []"),
    ({"Email": "a@example.com;b@example.com"}, "Ongeldig: E-mail []"),
    ({"Country": "XX"}, "Ongeldige referentie: Land"),
    ({"Country": "nl"}, "Ongeldige referentie: Land"),
    ({"Country": "UK"}, "Ongeldige referentie: Land"),
    ({"State": "XX"}, "Ongeldige referentie: Provincie"),
    ({"State": "UT", "Country": "DE"}, "Ongeldige referentie: Provincie"),
    ({"Language": "nl"}, "Ongeldige referentie: Taal"),
    ({"VATNumber": "NL123456789"}, "Ongeldig: Btw-nummer"),
    ({"VATNumber": "NL123.456.789.B01"}, "Ongeldig: Btw-nummer"),
    ({"VATNumber": "DE123456789"}, "Ongeldig: Btw-nummer"),
    ({"VATNumber": "GR123456789", "Country": "GR"}, "Ongeldig: Btw-nummer"),
    ({"SalesVATCode": "99"}, "Ongeldige referentie: Btw-code"),
    ({"PaymentConditionSales": "99"}, "Ongeldige referentie: Betalingsconditie"),
    ({"GLAccountSales": NOBODY}, "Ongeldige referentie: Grootboekrekening"),
    ({"InvoiceAccount": NOBODY}, "Ongeldige referentie: Relatie"),
    ({"MainContact": NOBODY}, "Ongeldige referentie: Contactpersoon"),
    ({"InvoicingMethod": 3}, "Ongeldig: InvoicingMethod"),
]


@pytest.mark.parametrize(("fields", "text"), REFUSALS)
def test_refusals(shared, fields, text):
    before = shared.service.control_accounts(shared.division)
    found = shared.refused(ACCOUNTS, {"Name": "Jan Jansen", **fields})
    assert text in found.split("\r\n")
    assert shared.service.control_accounts(shared.division) == before


def test_a_debtor_account_must_be_one(exact):
    text = exact.refused(ACCOUNTS, {"Name": "Jan", "GLAR": exact.gl("8000")})
    assert text == "Ongeldig: Grootboekrekeningtype"
    assert account(exact, GLAR=exact.gl("1300"))["GLAR"] == exact.gl("1300")


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("NL123456789B01", "NL"),
        ("BE0123456789", "BE"),
        ("EL123456789", "GR"),
        ("GB123456789", "GB"),
        ("FRAB123456789", "FR"),
    ],
)
def test_vat_numbers_of_their_country(exact, number, country):
    assert account(exact, VATNumber=number, Country=country)["VATNumber"] == number


def test_the_code_is_the_next_number(exact):
    assert account(exact)["Code"].strip() == "1001"
    assert account(exact, Code="2000")["Code"].strip() == "2000"
    assert account(exact)["Code"].strip() == "2001"
    assert account(exact, Code="123456789012345678")["Code"] == "123456789012345678"
    assert account(exact)["Code"].strip() == "2002"


def test_e_mail_and_name_are_not_unique(exact):
    keys = {account(exact, Email="jan@example.com")["ID"] for _ in range(2)}
    rows = exact.rows(ACCOUNTS, select="ID", filter="Email eq 'jan@example.com'")
    assert {row["ID"] for row in rows} == keys


def test_what_is_filled_in(exact):
    row = account(exact, IsPurchase=False, IsSales=True, Type="D", SalesCurrency="CHF")
    # Read-only values are ignored, an inactive currency silently emptied.
    assert row["IsPurchase"] is True
    assert row["IsSales"] is False
    assert row["Type"] == "A"
    assert row["SalesCurrency"] is None
    assert row["Status"] == "A"
    assert row["Country"] == "NL "
    assert account(exact, SalesCurrency="USD")["SalesCurrency"] == "USD"


def test_changes(exact):
    first, second = account(exact, Code="5000"), account(exact)
    answer = exact.put(ACCOUNTS, second["ID"], {"Code": "5000"})
    assert business(answer) == "Gegeven bestaat reeds."
    assert business(exact.put(ACCOUNTS, first["ID"], {"Name": None})) == (
        "Verplicht: Naam"
    )
    changes = {"Code": "5000", "Name": "Piet", "Status": "C", "Email": None}
    assert exact.put(ACCOUNTS, first["ID"], changes).status_code == 204
    row = one(exact, first["ID"])
    assert (row["Name"], row["Status"], row["Email"]) == ("Piet", "C", None)
    rows = exact.rows(ACCOUNTS, select="ID", filter="Name eq 'Piet'")
    assert len(rows) == 1


def test_an_account_in_use_stays(exact):
    key = exact.customer()
    exact.book(Customer=key)
    assert business(exact.delete(ACCOUNTS, key)) == "In gebruik: Relatie"
    free = exact.customer()
    assert exact.delete(ACCOUNTS, free).status_code == 204
    rows = exact.rows("sync/Deleted", select="EntityKey,EntityType")
    assert (rows[0]["EntityKey"], rows[0]["EntityType"]) == (free, 2)


def test_an_account_writes_its_visit_address(exact):
    key = account(exact, AddressLine1="Dorpsstraat 1", City="Utrecht")["ID"]
    exact.put(ACCOUNTS, key, {"AddressLine1": "Dorpsstraat 2"})
    rows = exact.rows(
        "crm/Addresses",
        select="AddressLine1,City,Type,Main,Country",
        filter=f"Account eq guid'{key}'",
    )
    assert len(rows) == 1
    assert rows[0]["AddressLine1"] == "Dorpsstraat 2"
    assert (rows[0]["Type"], rows[0]["Main"]) == (1, True)
    assert (rows[0]["City"], rows[0]["Country"]) == ("Utrecht", "NL ")


# --- contacts ---------------------------------------------------------------


def test_contacts(exact):
    path, owner = "crm/Contacts", account(exact)["ID"]
    assert exact.refused(path, {}) == (
        "Verplicht: Relatie\r\nVerplicht: Voornaam\r\nVerplicht: Achternaam"
    )
    values = {"Account": owner, "FirstName": "Jan", "LastName": "Jansen"}
    assert exact.refused(path, {**values, "Account": NOBODY}) == (
        "Ongeldige referentie: Relatie"
    )
    assert exact.refused(path, {**values, "Email": "x"}) == "Ongeldig: E-mail []"
    row = exact.created(path, {**values, "IsMainContact": False}, **FULL)
    assert row["FullName"] == "Jan Jansen"
    assert row["AccountName"] == "Jan Jansen"
    assert row["IsMainContact"] is True
    assert one(exact, owner)["MainContact"] == row["ID"]
    # The account of a contact cannot be changed.
    other = account(exact)["ID"]
    assert exact.put(path, row["ID"], {"Account": other}).status_code == 204
    assert one(exact, row["ID"], path)["Account"] == owner
    assert exact.delete(path, row["ID"]).status_code == 204
    assert one(exact, owner)["MainContact"] is None


def test_a_contact_is_no_customer(exact):
    owner = exact.customer()
    values = {"Account": owner, "FirstName": "Jan", "LastName": "Jansen"}
    contact = exact.created("crm/Contacts", values)["ID"]
    assert exact.refused_entry(Customer=contact).startswith(
        "Ongeldige referentie: Klant"
    )


# --- addresses, bank accounts -----------------------------------------------


def test_an_equal_address_is_returned(exact):
    path, owner = "crm/Addresses", account(exact)["ID"]
    values = {
        "Account": owner,
        "Type": 4,
        "AddressLine1": "Dorpsstraat 1",
        "Postcode": "1234AB",
        "City": "Utrecht",
        "Country": "NL",
    }
    first = exact.created(path, values)["ID"]
    assert exact.created(path, values)["ID"] == first
    assert exact.created(path, {**values, "Type": 3})["ID"] != first
    assert exact.created(path, {**values, "City": "Zeist"})["ID"] != first
    assert exact.refused(path, {**values, "Account": None}) == "Verplicht: Relatie"
    assert exact.refused(path, {**values, "Type": 9}) == "Ongeldig: Type"
    assert exact.refused(path, {**values, "Country": "XX"}) == (
        "Ongeldige referentie: Land"
    )
    assert exact.put(path, first, {"City": "Houten"}).status_code == 204
    assert exact.delete(path, first).status_code == 204


def test_bank_accounts(exact):
    path, owner = "crm/BankAccounts", account(exact)["ID"]
    assert exact.refused(path, {}) == "Verplicht: Relatie\r\nVerplicht: Bankrekening"
    number = "NL00TEST0123456789"
    values = {"Account": owner, "BankAccount": number, "IBAN": "ignored", "Type": "X"}
    row = exact.created(path, values)
    assert (row["IBAN"], row["Type"]) == (number, "A")
    expanded = exact.get(f"{ACCOUNTS}(guid'{owner}')", expand="BankAccounts")
    assert expanded["BankAccounts"]["results"][0]["BankAccount"] == number
