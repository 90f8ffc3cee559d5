"""Which handler serves which path.

A new kind of document slots in here: write a `Handler` and name its paths.
"""

from functools import cache

from ..metadata import Prop, endpoints
from .base import CodedHandler, Handler
from .documents import AttachmentHandler, DocumentHandler, DocumentTypeHandler
from .items import ItemHandler, SalesItemPriceHandler
from .journal_entries import JournalEntryHandler, JournalEntryLineHandler
from .ledger import (
    CurrencyHandler,
    ExchangeRateHandler,
    GLAccountHandler,
    JournalHandler,
    ReceivableHandler,
    ReceivablesListHandler,
    TransactionLineHandler,
    VatCodeHandler,
)
from .printing import PrintingHandler
from .relations import (
    AccountHandler,
    AddressHandler,
    BankAccountHandler,
    ContactHandler,
)
from .sales_entries import SalesEntryHandler, SalesEntryLineHandler
from .sales_invoices import (
    SalesInvoiceHandler,
    SalesInvoiceLineHandler,
    SalesInvoiceSyncHandler,
)
from .system import DivisionHandler, MeHandler
from .webhooks import WebhookSubscriptionHandler

HANDLERS: dict[str, type[Handler]] = {
    "current/Me": MeHandler,
    "system/Divisions": DivisionHandler,
    "system/AllDivisions": DivisionHandler,
    "hrm/Divisions": DivisionHandler,
    "crm/Accounts": AccountHandler,
    "sync/CRM/Accounts": AccountHandler,
    "bulk/CRM/Accounts": AccountHandler,
    "crm/Contacts": ContactHandler,
    "crm/Addresses": AddressHandler,
    "crm/BankAccounts": BankAccountHandler,
    "salesentry/SalesEntries": SalesEntryHandler,
    "salesentry/SalesEntryLines": SalesEntryLineHandler,
    "salesinvoice/SalesInvoices": SalesInvoiceHandler,
    "bulk/SalesInvoice/SalesInvoices": SalesInvoiceHandler,
    "sync/SalesInvoice/SalesInvoices": SalesInvoiceSyncHandler,
    "salesinvoice/SalesInvoiceLines": SalesInvoiceLineHandler,
    "salesinvoice/PrintedSalesInvoices": PrintingHandler,
    "generaljournalentry/GeneralJournalEntries": JournalEntryHandler,
    "generaljournalentry/GeneralJournalEntryLines": JournalEntryLineHandler,
    "financial/GLAccounts": GLAccountHandler,
    "sync/Financial/GLAccounts": GLAccountHandler,
    "financial/Journals": JournalHandler,
    "financial/ExchangeRates": ExchangeRateHandler,
    "vat/VATCodes": VatCodeHandler,
    "general/Currencies": CurrencyHandler,
    "cashflow/PaymentConditions": CodedHandler,
    "cashflow/Receivables": ReceivableHandler,
    "bulk/Cashflow/Receivables": ReceivableHandler,
    "sync/Cashflow/PaymentTerms": ReceivableHandler,
    "read/financial/ReceivablesList": ReceivablesListHandler,
    "financialtransaction/TransactionLines": TransactionLineHandler,
    "sync/Financial/TransactionLines": TransactionLineHandler,
    "logistics/Items": ItemHandler,
    "sync/Logistics/Items": ItemHandler,
    "bulk/Logistics/Items": ItemHandler,
    "logistics/SalesItemPrices": SalesItemPriceHandler,
    "documents/Documents": DocumentHandler,
    "documents/DocumentAttachments": AttachmentHandler,
    "documents/DocumentTypes": DocumentTypeHandler,
    "webhooks/WebhookSubscriptions": WebhookSubscriptionHandler,
}


@cache
def handler(path: str) -> Handler | None:
    """Return the handler of a path such as `crm/Accounts`; None when unknown."""
    if path not in endpoints():
        return None
    return HANDLERS.get(path, Handler)(path)


@cache
def nested_handler(path: str, prop: Prop) -> Handler | None:
    """Return the handler of a collection's rows; None when they are not modelled."""
    service = path.rsplit("/", 1)[0]
    for candidate in (service, "crm", "vat", "salesinvoice"):
        found = next(
            (
                name
                for name in endpoints()
                if name.lower() == f"{candidate}/{prop.collection}".lower()
            ),
            None,
        )
        if found is not None:
            return handler(found)
    return None
