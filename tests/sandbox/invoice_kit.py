"""Items, payloads and shortcuts for the tests of sales invoices."""

from decimal import Decimal

from tests.sandbox.exact_kit import Exact

INVOICES = "salesinvoice/SalesInvoices"
LINES = "salesinvoice/SalesInvoiceLines"
PRINTED = "salesinvoice/PrintedSalesInvoices"
LINE_FIELDS = (
    "ID,LineNumber,Item,ItemCode,ItemDescription,Description,Quantity,NetPrice,"
    "UnitPrice,Discount,UnitCode,GLAccount,VATCode,VATPercentage,AmountFC,AmountDC,"
    "VATAmountFC,VATAmountDC,CostCenter,Notes"
)


class Invoicing(Exact):
    """A connected app that makes sales invoices."""

    def item(self, code="MOK", **fields):
        """Return the GUID of a sales item, made when it is not there yet."""
        found = self.service.control_items(self.division, code)
        if found:
            return found[0]["ID"]
        values = {
            "Description": f"Artikel {code}",
            "StartDate": "2020-01-01",
            **fields,
        }
        return self.service.control_add_item(self.division, code, **values)["ID"]

    def layout(self, kind=1):
        rows = self.service.control_layouts(self.division)
        return next(row["ID"] for row in rows if row["Type"] == kind)

    def invoice_line(self, price="50.00", quantity=2, vat="2", **fields):
        values = {"Item": fields.pop("Item", None) or self.item()}
        if price is not None:
            values["NetPrice"] = Decimal(price)
        if quantity is not None:
            values["Quantity"] = quantity
        if vat is not None:
            values["VATCode"] = vat
        return {**values, **fields}

    def invoice(self, *lines, **fields):
        """Return the payload of a sales invoice."""
        values = {
            "OrderedBy": fields.pop("OrderedBy", None) or self.customer(),
            "Journal": "70",
            "OrderDate": "2026-06-03T00:00:00",
            "SalesInvoiceLines": list(lines) or [self.invoice_line()],
        }
        return {**values, **fields}

    def draft(self, *lines, **fields):
        """Return the answer to the POST of a sales invoice."""
        return self.created(INVOICES, self.invoice(*lines, **fields))

    def draft_lines(self, invoice):
        """Return an invoice's lines as the API shows them."""
        key = f"InvoiceID eq guid'{invoice['InvoiceID']}'"
        rows = self.rows(LINES, filter=key, select=LINE_FIELDS)
        return sorted(rows, key=lambda row: row["LineNumber"])

    def print(self, invoice, **fields):
        """Return the answer to the POST that prints an invoice."""
        key = invoice["InvoiceID"]
        return self.created(PRINTED, {"InvoiceID": key, **fields})

    def refused_print(self, invoice, **fields):
        return self.refused(PRINTED, {"InvoiceID": invoice["InvoiceID"], **fields})

    def read(self, invoice, **options):
        """Return an invoice as the API shows it now."""
        return self.get(f"{INVOICES}(guid'{invoice['InvoiceID']}')", **options)

    def refused_invoice(self, *lines, **fields):
        return self.refused(INVOICES, self.invoice(*lines, **fields))

    def option(self, **options):
        self.service.control_set_option(**options)
