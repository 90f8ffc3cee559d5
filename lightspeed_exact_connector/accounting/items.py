"""Items: which item in Exact a line of a sales invoice wants."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ItemNeed:
    """An item that a sales invoice or the transfer of products wants in Exact.

    :ivar key: what makes it one item in an administration: its code as Exact compares
        it, see :func:`reference.uniqueness_key`
    :ivar code: the item's code, as Exact takes it
    :ivar name: its description, as Exact takes it
    :ivar kind: ``article``, ``general``, ``shipping``, ``payment``, ``gift_card`` or
        ``rounding``
    :ivar vat_code: VAT code for sales, for an item that is made
    :ivar gl_account: GUID of its revenue account, for an item that is made
    :ivar barcode: EAN, ``""`` for none
    :ivar source: the shop's own code as it is there; ``""`` when it is no article
    :ivar variant_id: the shop's id of the variant, ``""`` for none
    """

    key: str
    code: str
    name: str
    kind: str = "article"
    vat_code: str = ""
    gl_account: str = ""
    barcode: str = ""
    source: str = ""
    variant_id: str = ""
