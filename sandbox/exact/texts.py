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
    "item_type": (  # own
        "Ongeldig: Artikel (Verkoopartikel)",
        "Invalid: Item (Sales item)",
    ),
    "item_dates": (  # own
        "Ongeldig: Artikel (Startdatum - Einddatum)",
        "Invalid: Item (Start date - End date)",
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
    "price_decimals": (  # own
        "Ongeldig: {0} (maximaal {1} decimalen)",
        "Invalid: {0} (maximum {1} decimals)",
    ),
    "callback": (  # own
        "Ongeldig: Callback-URL (geen antwoord: {0})",
        "Invalid: Callback URL (no answer: {0})",
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
    "CallbackURL": ("Callback-URL", "Callback URL"),
    "Code": ("Code", "Code"),
    "Contact": ("Contactpersoon", "Contact"),
    "CostCenter": ("Kostenplaats", "Cost center"),
    "CostUnit": ("Kostendrager", "Cost unit"),
    "Country": ("Land", "Country"),
    "Currency": ("Valuta", "Currency"),
    "Customer": ("Klant", "Customer"),
    "DeliverTo": ("Leveren aan", "Deliver to"),
    "Description": ("Omschrijving", "Description"),
    "Discount": ("Korting", "Discount"),
    "Document": ("Document", "Document"),
    "DocumentLayout": ("Documentlay-out", "Document layout"),
    "Email": ("E-mail", "Email"),
    "EmailLayout": ("E-maillay-out", "Email layout"),
    "Employee": ("Medewerker", "Employee"),
    "EndDate": ("Einddatum", "End date"),
    "EntryNumber": ("Boekstuknummer", "Entry number"),
    "FileName": ("Bestandsnaam", "File name"),
    "FirstName": ("Voornaam", "First name"),
    "GLAccount": ("Grootboekrekening", "G/L account"),
    "GeneralJournalEntryLines": ("Regels", "Lines"),
    "InvoiceDate": ("Factuurdatum", "Invoice date"),
    "InvoiceID": ("Verkoopfactuur", "Sales invoice"),
    "InvoiceNumber": ("Factuurnummer", "Invoice number"),
    "InvoiceTo": ("Factuur voor", "Invoice to"),
    "Item": ("Artikel", "Item"),
    "ItemGroup": ("Artikelgroep", "Item group"),
    "Journal": ("Dagboek", "Journal"),
    "JournalCode": ("Dagboek", "Journal"),
    "Language": ("Taal", "Language"),
    "LastName": ("Achternaam", "Last name"),
    "Name": ("Naam", "Name"),
    "NetPrice": ("Nettoprijs", "Net price"),
    "OrderNumber": ("Verkoopordernummer", "Sales order number"),
    "OrderedBy": ("Besteld door", "Ordered by"),
    "PaymentCondition": ("Betalingsconditie", "Payment condition"),
    "Price": ("Prijs", "Price"),
    "Project": ("Project", "Project"),
    "Quantity": ("Aantal", "Quantity"),
    "Rate": ("Koers", "Exchange rate"),
    "SalesEntryLines": ("Regels", "Lines"),
    "SalesInvoiceLines": ("Regels", "Lines"),
    "SalesInvoiceOrderChargeLines": ("Orderkosten", "Order charges"),
    "SalesVATCode": ("Btw-code", "VAT code"),
    "SalesVatCode": ("Btw-code", "VAT code"),
    "State": ("Provincie", "State"),
    "Status": ("Status", "Status"),
    "StartDate": ("Startdatum", "Start date"),
    "Subject": ("Onderwerp", "Subject"),
    "Topic": ("Onderwerp", "Topic"),
    "Type": ("Type", "Type"),
    "Unit": ("Eenheid", "Unit"),
    "UnitPrice": ("Prijs", "Unit price"),
    "VATAmountFC": ("Btw-bedrag", "VAT amount"),
    "VATCode": ("Btw-code", "VAT code"),
    "VATNumber": ("Btw-nummer", "VAT number"),
    "Warehouse": ("Magazijn", "Warehouse"),
    "YourRef": ("Uw ref.", "Your ref."),
    # Literal in both languages (8.6: "Ongeldige referentie: Journals").
    "Journals": ("Journals", "Journals"),
}

_DESCRIPTIONS = {
    "entry_20": ("Verkoopboeking", "Sales entry"),
    "entry_21": ("Verkoopcreditnota", "Sales credit note"),
    "entry_90": ("Overige", "Other"),
    "invoice_8020": ("Verkoopfactuur", "Sales invoice"),
    "invoice_8021": ("Verkoopcreditnota", "Sales credit note"),
    "invoice_8023": ("Directe verkoopfactuur", "Direct sales invoice"),
    "invoice_8024": ("Directe verkoopcreditnota", "Direct sales credit note"),
    "status_10": ("Concept", "Draft"),
    "status_20": ("Open", "Open"),
    "status_50": ("Verwerkt", "Processed"),
}

#: What printing an invoice reports (6.3: the fields are known, their texts are not).
REPORTS = {
    "document_made": ("Document aangemaakt: {0}", "Document created: {0}"),
    "email_sent": ("E-mail verzonden naar {0}", "Email sent to {0}"),
    "no_email": (
        "E-mail niet verzonden: klant heeft geen e-mailadres",
        "Email not sent: the customer has no email address",
    ),
    "no_document": (
        "Niet verzonden: er is geen document",
        "Not sent: there is no document",
    ),
    "peppol_sent": ("Via Peppol verzonden naar {0}", "Sent through Peppol to {0}"),
    "no_peppol": (
        "Niet via Peppol verzonden: klant heeft geen Peppol-ID",
        "Not sent through Peppol: the customer has no Peppol ID",
    ),
    "postbox_sent": ("Naar postvak verzonden van {0}", "Sent to the mailbox of {0}"),
    "no_postbox": (
        "Niet naar postvak verzonden: klant heeft geen postvak",
        "Not sent to a mailbox: the customer has none",
    ),
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


def report(key: str, language: str, *args: Any) -> str:
    """Return a line of what printing reports in a language."""
    return _pick(REPORTS[key], language).format(*args)
