"""The choices of a link about customers; see :mod:`customer` for what they come to."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CustomerPolicy:
    """Which relation in Exact the customer of a sale is.

    :ivar kind: ``email``: a relation for each e-mail address; ``collective``:
        consumers go to a collective debtor, companies have a relation of their own
    :ivar collectives: country of delivery (ISO alpha-2) -> code of the collective
        debtor in Exact; ``""`` is the one of all other countries
    :ivar match_vat_number: companies are known by their VAT number first
    :ivar empty_email: ``hold`` or ``collective``: an order without e-mail address
    :ivar guests: ``customer`` (as any other) or ``collective``: consumers who have no
        account in the shop
    :ivar country: ISO alpha-2 of the shop: where goods are that are picked up
    :ivar payment_condition: code, of new relations; ``""`` for none
    :ivar vat_code: code of sales, of new relations that are charged VAT
    :ivar language: two letters, where the shop's language is unknown
    """

    kind: str = "email"
    collectives: Mapping[str, str] = field(default_factory=dict)
    match_vat_number: bool = False
    empty_email: str = "hold"
    guests: str = "customer"
    country: str = ""
    payment_condition: str = ""
    vat_code: str = ""
    language: str = ""
