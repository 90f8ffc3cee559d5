"""The endpoints and their properties (`metadata.json`, exact-online-api 0).

Lengths: what the data file knows, made stricter with the lengths that section 12
advises to keep to, because Exact publishes hardly any.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("metadata.json")

#: Lengths a client is advised to keep to (exact-online-api 12); they win over the
#: data file's guesses.
ADVISED_LENGTHS = {"YourRef": 30, "PaymentReference": 25}
ADVISED_BY_ENDPOINT = {
    "salesentry/SalesEntries": {"Description": 60},
    "salesentry/SalesEntryLines": {"Description": 60},
    "generaljournalentry/GeneralJournalEntryLines": {"Description": 60},
    "salesinvoice/SalesInvoices": {"Description": 60},
    "salesinvoice/SalesInvoiceLines": {"Description": 60},
    "salesorder/SalesOrders": {"Description": 60},
}

#: Left-padded codes: Account.Code and the copies of it in other rows (8.3).
_LEFT_PADDED = {"AccountCode", "CustomerCode", "DivisionCustomerCode"}
#: Right-padded values, by property name (8.3): the widths seen in real answers.
_RIGHT_PADDED = {
    "Country": 3,
    "OssCountry": 3,
    "State": 3,
    "VATCode": 3,
    "SalesVATCode": 3,
    "SalesVatCode": 3,
    "PurchaseVATCode": 3,
    "SearchCode": 9,
    "Unit": 8,
    "DefaultItemUnit": 8,
}
#: Entities whose `Language` is ten wide (8.3: seen on accounts).
_LANGUAGE_PADDED = ("Accounts", "Contacts")


@dataclass(frozen=True, slots=True)
class Prop:
    """One property of an endpoint.

    :param type: Edm type without the prefix, or "Collection"
    :param post: mandatory, mandatory-standalone, optional, server or no
    :param put: optional, url or no
    :param collection: for a collection, the name of the endpoint of its rows
    :param pad: width in answers; negative = padded on the left
    """

    name: str
    type: str
    post: str = "no"
    put: str = "no"
    max: int | None = None
    pad: int = 0
    collection: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint, such as `crm/Accounts`."""

    path: str
    methods: frozenset[str]
    page_size: int
    key: str
    entity_type: str
    props: dict[str, Prop]

    @property
    def key_prop(self) -> Prop:
        return self.props[self.key]

    @property
    def kind(self) -> str:
        """Return "sync", "bulk" or "normal"."""
        head = self.path.split("/", 1)[0]
        return head if head in {"sync", "bulk"} else "normal"


def _pad(path: str, name: str, extra: dict[str, Any]) -> int:
    entity = path.rsplit("/", 1)[-1]
    if name in _LEFT_PADDED or (entity == "Accounts" and name == "Code"):
        return -18
    if entity == "VATCodes" and name == "Code":
        return 3
    if entity == "Units" and name == "Code":
        return 8
    if name == "Language" and entity in _LANGUAGE_PADDED:
        return 10
    if name == "SearchCode" and entity != "Accounts":
        return 0
    return _RIGHT_PADDED.get(name, extra.get("pad", 0))


def _prop(path: str, row: list[Any]) -> Prop:
    name, kind, post, put, *rest = row
    extra = rest[0] if rest else {}
    collection = None
    if kind.startswith("Collection("):
        kind, collection = "Collection", kind[len("Collection(") : -1]
    length = ADVISED_BY_ENDPOINT.get(path, {}).get(name)
    length = length or ADVISED_LENGTHS.get(name) or extra.get("max")
    if kind != "String":
        length = None
    return Prop(
        name=name,
        type=kind,
        post=post,
        put=put,
        max=length,
        pad=_pad(path, name, extra) if kind == "String" else 0,
        collection=collection,
    )


@cache
def endpoints() -> dict[str, Endpoint]:
    """Return all endpoints by path (`crm/Accounts`)."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))["endpoints"]
    return {
        path: Endpoint(
            path=path,
            methods=frozenset(item["methods"]),
            page_size=item["page_size"],
            key=item["key"],
            entity_type=item["entity_type"],
            props={row[0]: _prop(path, row) for row in item["properties"]},
        )
        for path, item in data.items()
    }
