"""OData literals, and the recognition of Exact's sentences."""

import uuid
from datetime import date, datetime, timezone
from urllib.parse import quote as percent_encoded

import pytest

from odoo.addons.lightspeed_exact_connector.clients import exact, odata
from odoo.addons.lightspeed_exact_connector.clients.refusals import classify

GUID = "6f6a0c9e-0c3c-4d2e-9a2f-0f1d1f0a7c01"


def test_the_helpers_can_be_had_from_the_client_module():
    assert exact.quote is odata.quote
    assert exact.any_of is odata.any_of
    assert exact.chunks is odata.chunks


def test_quotes_are_doubled():
    assert odata.quote("Bakkerij 't Hoekje") == "'Bakkerij ''t Hoekje'"
    assert odata.quote("' or 1 eq 1 or Name eq '") == (
        "''' or 1 eq 1 or Name eq '''"  # still one text
    )


def test_guids():
    assert odata.guid_literal(GUID.upper()) == f"guid'{GUID}'"
    assert odata.guid_literal(uuid.UUID(GUID)) == f"guid'{GUID}'"
    with pytest.raises(ValueError, match="badly formed"):
        odata.guid_literal("x' or true")


def test_dates():
    assert odata.date_literal(date(2026, 11, 23)) == "datetime'2026-11-23T00:00:00'"
    moment = datetime(2026, 11, 23, 16, 31, 5, 999)
    assert odata.date_literal(moment) == "datetime'2026-11-23T16:31:05'"
    with pytest.raises(ValueError, match="server time"):
        odata.date_literal(moment.replace(tzinfo=timezone.utc))


def test_any_of():
    assert odata.any_of("Code", ["a", "b'c"]) == "(Code eq 'a' or Code eq 'b''c')"
    assert odata.any_of("ID", [uuid.UUID(GUID)]) == f"(ID eq guid'{GUID}')"
    assert odata.any_of("Type", [20, True]) == "(Type eq 20 or Type eq true)"
    with pytest.raises(ValueError, match="value"):
        odata.any_of("Code", [])
    with pytest.raises(TypeError):
        odata.any_of("Code", [1.5])


def test_chunks_keep_the_number_of_terms():
    values = [f"WEB-{number}" for number in range(95)]
    parts = list(odata.chunks("YourRef", iter(values)))
    assert [len(part) for part in parts] == [40, 40, 15]
    assert [value for part in parts for value in part] == values
    assert list(odata.chunks("YourRef", [])) == []


def test_chunks_keep_the_length_of_the_address():
    values = ["é" * 50 + str(number) for number in range(95)]
    parts = list(odata.chunks("Email", values))
    assert [value for part in parts for value in part] == values
    assert max(len(part) for part in parts) < 40
    for part in parts:
        assert len(percent_encoded(odata.any_of("Email", part))) <= 4000


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("Periode is afgesloten: 2025 – 12", "period_closed"),
        ("Period closed: 2025 - 12", "period_closed"),
        ("Onbekend: Boekjaar (Periode – datumtabel)", "unknown_year"),
        ("Unknown: Fiscal year (Period - date table)", "unknown_year"),
        ("Ongeldige referentie: Journals", "reference_invalid:Journals"),
        ("Ongeldige referentie: Btw-code", "reference_invalid:Btw-code"),
        (
            "Invalid reference: Payment condition",
            "reference_invalid:Payment condition",
        ),
        ("Verplicht: Factuur voor", "mandatory"),
        ("Mandatory: Invoice to", "mandatory"),
        ("Ongeldig: Klant (Type)", "customer_type"),
        ("Ongeldig: Factuur voor (Type)", "customer_type"),
        ("Invalid: Customer (Type)", "customer_type"),
        ("Ongeldig: Dagboek (type)", "journal_type"),
        ("Invalid: Journal (type)", "journal_type"),
        ("Ongeldig: Grootboekrekeningtype", "gl_account_type"),
        ("Invalid: G/L account type", "gl_account_type"),
        ("Ongeldig: Artikel (Verkoopartikel)", "item_invalid"),
        ("Invalid: Item (Start date - End date)", "item_invalid"),
        ("Ongeldig: Artikelgroep", "unknown"),
        ("Ongeldig: Btw-percentage []", "vat_percentage"),
        ("Invalid: VAT percentage []", "vat_percentage"),
        ("Ongeldig: E-mail []", "email_invalid"),
        ("Invalid: Email []", "email_invalid"),
        ("Gegeven bestaat reeds.", "exists"),
        ("Data already exists", "exists"),
        ("Verkoopordernummer: Bestaat reeds", "exists"),
        ("In gebruik: Boekstuknummer", "entry_number_in_use"),
        ("In use: Entry number", "entry_number_in_use"),
        ("Reeds verwerkt", "already_processed"),
        ("Already processed", "already_processed"),
        ("Geblokkeerd:\u00a0Grootboekrekening", "blocked"),
        ("Blocked: G/L account", "blocked"),
        ("Période clôturée", "unknown"),
        ("", "unknown"),
    ],
)
def test_sentences_are_recognised(sentence, code):
    assert classify([sentence]) == code
    assert classify([sentence.upper()]).lower() == code.lower()
    assert classify(["Something new", sentence]) == code


def test_no_sentence_at_all():
    assert classify([]) == "unknown"
