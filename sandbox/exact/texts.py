"""Texts of business refusals and descriptions, Dutch and English.

The sentences of exact-online-api 8.6 stand here literally; the ones that the
reference does not have (marked *own*) follow the same pattern.
"""

from typing import Any

#: key -> (Dutch, English); `{0}` is a label of `LABELS` or a literal.
TEXTS = {
    "mandatory": ("Verplicht: {0}", "Mandatory: {0}"),
    "reference": ("Ongeldige referentie: {0}", "Invalid reference: {0}"),
    "invalid": ("Ongeldig: {0}", "Invalid: {0}"),
    "blocked": ("Geblokkeerd: {0}", "Blocked: {0}"),
    "in_use": ("In gebruik: {0}", "In use: {0}"),
    "exists": ("Gegeven bestaat reeds.", "Data already exists."),
    "gl_type": ("Ongeldig: Grootboekrekeningtype", "Invalid: G/L account type"),
    "customer_type": ("Ongeldig: Klant (Type)", "Invalid: Customer (Type)"),
    "invoice_to_type": (
        "Ongeldig: Factuur voor (Type)",
        "Invalid: Invoice to (Type)",
    ),
    "customer_dates": (  # own
        "Ongeldig: Klant (Startdatum - Einddatum)",
        "Invalid: Customer (Start date - End date)",
    ),
    "journal_type": ("Ongeldig: Dagboek (type)", "Invalid: Journal (type)"),
    "vat_percentage": (
        "Ongeldig: Btw-percentage []",
        "Invalid: VAT percentage []",
    ),
    "email": ("Ongeldig: E-mail []", "Invalid: Email []"),
    "order_number_exists": (
        "Verkoopordernummer: Bestaat reeds",
        "Sales order number: Already exists",
    ),
    "period_closed": (
        "Periode is afgesloten: {0} – {1}",
        "Period is closed: {0} – {1}",
    ),
    "unknown_year": (
        "Onbekend: Boekjaar (Periode – datumtabel)",
        "Unknown: Fiscal year (Period - date table)",
    ),
    "processed": ("Reeds verwerkt", "Already processed"),
    "gl_blocked": (
        "Geblokkeerd: Grootboekrekening",
        "Blocked: G/L account",
    ),
    "too_long": (  # own
        "Ongeldig: {0} (maximaal {1} tekens)",
        "Invalid: {0} (maximum {1} characters)",
    ),
    "decimals": (  # own
        "Ongeldig: {0} (maximaal 2 decimalen)",
        "Invalid: {0} (maximum 2 decimals)",
    ),
    "unbalanced": (  # own
        "Boekstuk is niet in evenwicht: {0}",
        "Entry is not balanced: {0}",
    ),
    # Seen in one language only (7.6).
    "document_type": ("Document Type not allowed", "Document Type not allowed"),
    "not_allowed": ("Niet toegestaan: {0}", "Not allowed: {0}"),  # own
}

#: Names of fields and things, per language.
LABELS = {
    "Account": ("Relatie", "Account"),
    "AccountCode": ("Code", "Code"),
    "AmountFC": ("Bedrag", "Amount"),
    "AmountVATFC": ("Btw-bedrag", "VAT amount"),
    "Attachment": ("Bijlage", "Attachment"),
    "BankAccount": ("Bankrekening", "Bank account"),
    "Code": ("Code", "Code"),
    "Contact": ("Contactpersoon", "Contact"),
    "CostCenter": ("Kostenplaats", "Cost center"),
    "CostUnit": ("Kostendrager", "Cost unit"),
    "Country": ("Land", "Country"),
    "Currency": ("Valuta", "Currency"),
    "Customer": ("Klant", "Customer"),
    "Description": ("Omschrijving", "Description"),
    "Document": ("Document", "Document"),
    "Email": ("E-mail", "Email"),
    "EntryNumber": ("Boekstuknummer", "Entry number"),
    "FileName": ("Bestandsnaam", "File name"),
    "FirstName": ("Voornaam", "First name"),
    "GLAccount": ("Grootboekrekening", "G/L account"),
    "GeneralJournalEntryLines": ("Regels", "Lines"),
    "InvoiceNumber": ("Factuurnummer", "Invoice number"),
    "Journal": ("Dagboek", "Journal"),
    "JournalCode": ("Dagboek", "Journal"),
    "Language": ("Taal", "Language"),
    "LastName": ("Achternaam", "Last name"),
    "Name": ("Naam", "Name"),
    "PaymentCondition": ("Betalingsconditie", "Payment condition"),
    "Project": ("Project", "Project"),
    "Rate": ("Koers", "Exchange rate"),
    "SalesEntryLines": ("Regels", "Lines"),
    "SalesVATCode": ("Btw-code", "VAT code"),
    "State": ("Provincie", "State"),
    "Status": ("Status", "Status"),
    "Subject": ("Onderwerp", "Subject"),
    "Type": ("Type", "Type"),
    "VATAmountFC": ("Btw-bedrag", "VAT amount"),
    "VATCode": ("Btw-code", "VAT code"),
    "VATNumber": ("Btw-nummer", "VAT number"),
    "YourRef": ("Uw ref.", "Your ref."),
    # Literal in both languages (8.6: "Ongeldige referentie: Journals").
    "Journals": ("Journals", "Journals"),
}

_DESCRIPTIONS = {
    "entry_20": ("Verkoopboeking", "Sales entry"),
    "entry_21": ("Verkoopcreditnota", "Sales credit note"),
    "entry_90": ("Overige", "Other"),
    "status_20": ("Open", "Open"),
    "status_50": ("Verwerkt", "Processed"),
}


def _pick(pair: tuple[str, str], language: str) -> str:
    return pair[0] if language.upper().startswith("NL") else pair[1]


def label(name: Any, language: str) -> str:
    """Return the name of a field in a language; unknown names stay as they are."""
    pair = LABELS.get(name) if isinstance(name, str) else None
    return _pick(pair, language) if pair else str(name)


def text(key: str, language: str, *args: Any) -> str:
    """Return a refusal in a language ("NL…" is Dutch, everything else English)."""
    return _pick(TEXTS[key], language).format(*(label(arg, language) for arg in args))


def description(key: str, language: str) -> str | None:
    """Return a description such as `StatusDescription` in a language."""
    pair = _DESCRIPTIONS.get(key)
    return _pick(pair, language) if pair else None
