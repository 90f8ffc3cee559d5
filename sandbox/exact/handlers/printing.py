"""Printing = finalising a sales invoice (reference 6.3)."""

import base64
from typing import Any

from ..booking import check_journal, check_period
from ..context import Context
from ..division import Division
from ..edm import from_json
from ..errors import Problems, refuse
from ..invoicing import PROCESSED, check_party, invoice_lines
from ..posting import Sequence, post, totals
from ..store import Row, new_guid
from ..texts import report
from .base import Handler
from .sales_entries import SalesEntryHandler
from .sales_invoices import check_open, touch_invoice

ENTRIES = "salesentry/SalesEntries"
LAYOUT, MAIL_TEXT = 1, 2
SALES_INVOICE_DOCUMENT = 10
#: `InvoicingMethod` of a relation (4.1): what `SendOutputBasedOnAccount` follows.
_BY_EMAIL, _BY_POSTBOX = {2, 8}, {4}
#: Taken over from the invoice by its entry, where it is set.
_COPIED = (
    "Currency",
    "Description",
    "DueDate",
    "Journal",
    "OrderNumber",
    "PaymentCondition",
    "PaymentReference",
    "Rate",
    "YourRef",
)


class PrintingHandler(Handler):
    """`salesinvoice/PrintedSalesInvoices`: POST only; the answer is not kept.

    A part that fails (document, e-mail, Peppol, postbox) fills its error field; the
    invoice is printed all the same, and the answer is 201.
    """

    def read(self, data: Any, *, update: bool = False) -> Row:
        result = super().read(data, update=update)
        # The key names the invoice here: it is the client's, not Exact's.
        key = self.endpoint.key_prop
        if isinstance(data, dict) and data.get(key.name) is not None:
            result[key.name] = from_json(key, data[key.name])
        return result

    def create(self, ctx: Context, data: Row) -> Row:
        invoice = self._invoice(ctx, data)
        problems = Problems()
        self.check_values(data, problems)
        for name, kind in (("DocumentLayout", LAYOUT), ("EmailLayout", MAIL_TEXT)):
            layout = ctx.division["Layouts"].get(data.get(name))
            if data.get(name) and (layout is None or layout.get("Type") != kind):
                problems.add("reference", name)
        sender = data.get("SenderEmailAddress")
        if sender and not _is_address(sender):
            problems.add("email")
        entry = self._entry(ctx, invoice, data, problems)
        problems.check()
        return self._print(ctx, invoice, entry, data)

    def _invoice(self, ctx: Context, data: Row) -> Row:
        key = data.get("InvoiceID")
        if key is None:
            raise refuse("mandatory", "InvoiceID")
        invoice = ctx.division["SalesInvoices"].get(key)
        if invoice is None:
            raise refuse("reference", "InvoiceID")
        check_open(invoice)
        return invoice

    @staticmethod
    def _entry(ctx: Context, invoice: Row, data: Row, problems: Problems) -> Row:
        """Return the header of the sales entry, checked as any entry is.

        The date is the one asked for, else the draft's own (its `OrderDate`).
        """
        division = ctx.division
        date = data.get("InvoiceDate") or invoice["OrderDate"]
        date = date.replace(hour=0, minute=0, second=0, microsecond=0)
        for name in ("OrderedBy", "InvoiceTo"):
            if name == "OrderedBy" or invoice[name] != invoice["OrderedBy"]:
                check_party(division, invoice[name], name, date, problems)
        check_journal(division, invoice["Journal"], problems)
        entry = {name: invoice.get(name) for name in _COPIED}
        entry.update(
            Customer=invoice["InvoiceTo"],
            EntryDate=date,
            ReportingYear=data.get("ReportingYear"),
            ReportingPeriod=data.get("ReportingPeriod"),
        )
        period = check_period(division, entry, problems)
        if period is not None:
            entry["ReportingYear"], entry["ReportingPeriod"] = period
        return entry

    def _print(self, ctx: Context, invoice: Row, header: Row, data: Row) -> Row:
        number = _take_number(ctx.division, header)
        entry = _book(ctx, invoice, {**header, "EntryNumber": number})
        touch_invoice(
            ctx,
            invoice,
            {
                "Status": PROCESSED,
                "InvoiceNumber": number,
                "InvoiceDate": entry["EntryDate"],
            },
        )
        answer: Row = {**data, "InvoiceID": invoice["InvoiceID"]}
        answer.update(self._document(ctx, invoice, entry))
        answer.update(_send(ctx, invoice, data, answer["Document"]))
        return answer

    @staticmethod
    def _document(ctx: Context, invoice: Row, entry: Row) -> Row:
        """Make the PDF document, unless a fault was asked for."""
        failed = ctx.state.options["print_document_error"]
        if failed:
            return {"Document": None, "DocumentCreationError": failed}
        document = _make_document(ctx, invoice, entry)
        link = {"Document": document["ID"]}
        ctx.division["SalesEntries"].update(entry, link)
        # A document that the draft was given stays with the invoice.
        touch_invoice(ctx, invoice, {**link, **_own_document(invoice)})
        text = report("document_made", ctx.language, document["HID"])
        return {**link, "DocumentCreationSuccess": text}


def _own_document(invoice: Row) -> Row:
    own = invoice.get("Document")
    return {"Document": own} if own else {}


def _is_address(text: str) -> bool:
    name, _at, host = text.partition("@")
    return bool(name) and "." in host and not set(text) & set(" ,;<>")


# --- numbers, ledger --------------------------------------------------------


def _take_number(division: Division, header: Row) -> int:
    """Return the journal's next number that no invoice and no entry has."""
    journal = division.by_code("Journals", header["Journal"])
    assert journal is not None
    year = header["ReportingYear"]
    invoices = Sequence.of(division, journal, year, "InvoiceNumber")
    entries = Sequence.of(division, journal, year, "EntryNumber")
    number = invoices.take_next()
    while entries.used(number):
        number = invoices.take_next()
    entries.note(number)
    return number


def _book(ctx: Context, invoice: Row, header: Row) -> Row:
    """Make the sales entry with the invoice's number, and its ledger lines.

    The entry is processed: it changes with the invoice only, so not at all.
    """
    division = ctx.division
    entries = SalesEntryHandler(ENTRIES)
    lines = [_entry_line(line) for line in invoice_lines(division, invoice)]
    entry = entries.insert(
        ctx,
        {
            **header,
            "InvoiceNumber": header["EntryNumber"],
            "Status": PROCESSED,
            **totals(header, lines),
        },
    )
    for number, line in enumerate(lines, 1):
        values = {**line, "EntryID": entry["EntryID"], "LineNumber": number}
        entries.lines.insert(ctx, values)
    audit = {"Modified": ctx.now, "Modifier": ctx.user.id}
    post(division, entry, lines, audit)
    return entry


def _entry_line(line: Row) -> Row:
    names = ("GLAccount", "Description", "VATCode", "VATPercentage", "Quantity")
    return {
        **{name: line.get(name) for name in (*names, "CostCenter", "CostUnit")},
        "AmountFC": line["AmountFC"],
        "VATAmountFC": line["VATAmountFC"],
        "VATBaseAmountFC": line["AmountFC"],
    }


# --- document ---------------------------------------------------------------


def _make_document(ctx: Context, invoice: Row, entry: Row) -> Row:
    """Store the invoice's PDF; it is found by `SalesInvoiceNumber` (6.3)."""
    division, number = ctx.division, invoice["InvoiceNumber"]
    stamp = {
        "Created": ctx.now,
        "Modified": ctx.now,
        "Creator": ctx.user.id,
        "Modifier": ctx.user.id,
    }
    document = division["Documents"].insert(
        {
            "Type": SALES_INVOICE_DOCUMENT,
            "Subject": f"Factuur {number}",
            "Account": invoice["InvoiceTo"],
            "AmountFC": invoice["AmountFC"],
            "Currency": invoice["Currency"],
            "DocumentDate": entry["EntryDate"],
            "FinancialTransactionEntryID": entry["EntryID"],
            "HID": division.count("document"),
            "SalesInvoiceNumber": number,
            **stamp,
        }
    )
    content = pdf(f"Factuur {number}", f"Totaal {invoice['AmountFC']:f}")
    division["DocumentAttachments"].insert(
        {
            "Document": document["ID"],
            "FileName": f"{number}.pdf",
            "FileSize": len(content),
            "Attachment": base64.b64encode(content).decode("ascii"),
            **stamp,
        }
    )
    return document


def pdf(*texts: str) -> bytes:
    """Return a PDF of one page with a few lines of plain text."""
    lines = " T* ".join(f"({text}) Tj" for text in texts)
    page = f"BT /F1 12 Tf 14 TL 72 770 Td {lines} ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(page)} >>\nstream\n{page}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    result, places = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(result))
        result += f"{number} 0 obj\n{text}\nendobj\n"
    start, size = len(result), len(objects) + 1
    result += f"xref\n0 {size}\n0000000000 65535 f \n"
    result += "".join(f"{place:010d} 00000 n \n" for place in places)
    result += f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return result.encode("ascii")


# --- sending ----------------------------------------------------------------


def _send(ctx: Context, invoice: Row, data: Row, document: str | None) -> Row:
    """Send what was asked for; return the outcome fields."""
    customer = ctx.division["Accounts"].rows[invoice["InvoiceTo"]]
    method = None
    if data.get("SendOutputBasedOnAccount"):
        method = customer.get("InvoicingMethod")
    ways = (
        (
            "email",
            "Email",
            data.get("SendEmailToCustomer") or method in _BY_EMAIL,
            customer.get("Email"),
        ),
        (
            "peppol",
            "Peppol",
            data.get("SendInvoiceViaPeppol"),
            customer.get("PeppolIdentifier"),
        ),
        (
            "postbox",
            "PostboxMessage",
            data.get("SendInvoiceToCustomerPostbox") or method in _BY_POSTBOX,
            # Only who is invoiced by mailbox has one here.
            customer["Name"] if customer.get("InvoicingMethod") == 4 else None,
        ),
    )
    result: Row = {}
    for channel, field, wanted, receiver in ways:
        if not wanted:
            continue
        error = _send_error(ctx, channel, receiver, document)
        if error:
            result[f"{field}CreationError"] = error
        else:
            result[f"{field}CreationSuccess"] = report(
                f"{channel}_sent", ctx.language, receiver
            )
            _note_sent(ctx, invoice, data, channel, receiver)
    return result


def _send_error(
    ctx: Context, channel: str, receiver: str | None, document: str | None
) -> str | None:
    failed = ctx.state.options[f"print_{channel}_error"]
    if failed:
        return failed
    if document is None:
        return report("no_document", ctx.language)
    return None if receiver else report(f"no_{channel}", ctx.language)


def _note_sent(
    ctx: Context, invoice: Row, data: Row, channel: str, receiver: str | None
) -> None:
    """Remember what went out, for `control_outbox`."""
    values = {
        "ID": new_guid(),
        "Channel": channel,
        "To": receiver,
        "From": data.get("SenderEmailAddress") or ctx.division.profile["Email"],
        "InvoiceID": invoice["InvoiceID"],
        "EmailLayout": data.get("EmailLayout"),
        "ExtraText": data.get("ExtraText"),
        "Sent": ctx.now,
    }
    present = {name: value for name, value in values.items() if value is not None}
    ctx.division["Outbox"].insert(present)
