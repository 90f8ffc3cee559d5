"""What of a shop's raw document is about a person, and what is left without it.

Structure and money stay, so that what was booked can still be explained.  A text stays
only under a name that is known to hold none about a person: a field that a shop or an
app adds is taken away with the rest.
"""

# Names under which nothing stays, whatever it is.
PERSONAL = frozenset(
    {
        "birthdate",
        "comment",
        "companycocnumber",
        "companyname",
        "companyvatnumber",
        "custom",
        "customer",
        "customfields",
        "email",
        "extra",
        "fields",
        "firstname",
        "gender",
        "ipaddress",
        "lastname",
        "memo",
        "message",
        "metafields",
        "middlename",
        "mobile",
        "nationalid",
        "phone",
        "referralid",
        "remoteip",
        "trackingcode",
        "useragent",
    }
)

# An address, but for what the VAT of the sale depends on.
_ADDRESSES = ("addressbilling", "addressshipping")
_PLACE = ("country", "region", "regiondata", "company")

# Names whose texts are no person's.
_KEPT = frozenset(
    {
        "articlecode",
        "brandtitle",
        "channel",
        "code",
        "code3",
        "createdat",
        "currency",
        "deliverydate",
        "discountcouponcode",
        "ean",
        "id",
        "invoicedat",
        "language",
        "method",
        "number",
        "paymentid",
        "paymentstatus",
        "paymenttitle",
        "producttitle",
        "shipmentid",
        "shipmentstatus",
        "shipmenttitle",
        "shippingdate",
        "sku",
        "status",
        "suppliertitle",
        "title",
        "type",
        "updatedat",
        "varianttitle",
    }
)
# Beginnings of names that hold amounts, also where a shop writes them as texts.
_AMOUNTS = (
    "amount",
    "base",
    "discount",
    "paymentbase",
    "paymentprice",
    "paymenttax",
    "price",
    "quantity",
    "rate",
    "shipmentbase",
    "shipmentprice",
    "shipmenttax",
    "tax",
    "total",
)


def without_person(value, keep_zipcode=False, name=""):
    """Return a raw document of the shop without what is about a person.

    The same structure: a text becomes empty, anything else ``False``.

    :param value: parsed JSON, of an order or an invoice with what belongs to it
    :param bool keep_zipcode: the postal code decides about the VAT (a part of a member
        state that is outside its VAT area)
    :param str name: the name under which the value stands
    """
    folded = name.casefold()
    if _is_personal(folded, keep_zipcode):
        return "" if isinstance(value, str) else False
    if isinstance(value, dict):
        return {
            key: without_person(each, keep_zipcode, key) for key, each in value.items()
        }
    if isinstance(value, list):
        return [without_person(each, keep_zipcode, name) for each in value]
    if isinstance(value, str) and not _may_stay(folded):
        return ""
    return value


def _is_personal(name, keep_zipcode):
    for kind in _ADDRESSES:
        if name.startswith(kind):
            part = name.removeprefix(kind)
            return not (part in _PLACE or (keep_zipcode and part == "zipcode"))
    return name in PERSONAL


def _may_stay(name):
    return (
        not name
        or name in _KEPT
        or name.startswith(_AMOUNTS)
        or name.endswith(("zipcode", "region"))
    )


def mentions(value, words):
    """Return whether a raw document names a person, by any of some texts.

    :param value: parsed JSON
    :param words: texts, in lower case
    :rtype: bool
    """
    if isinstance(value, dict):
        return any(mentions(each, words) for each in value.values())
    if isinstance(value, list):
        return any(mentions(each, words) for each in value)
    text = str(value).casefold() if isinstance(value, str) else ""
    return any(word in text for word in words)
