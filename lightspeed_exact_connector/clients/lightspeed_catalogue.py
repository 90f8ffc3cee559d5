"""Lightspeed eCom: the calls for what a shop sells (Lightspeed reference, 6)."""


def row_id(value):
    """The id of a row, as it stands in a path.

    :raise ValueError: not a whole positive number
    """
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()):
        raise ValueError("Ids of Lightspeed are whole numbers.")
    return text


class CatalogueCalls:
    """Products, variants and brands; a room of :class:`.lightspeed.LightspeedClient`.

    The lists are in the order of its ``orders``, with the same filters but ``status``
    (3.2).  Their rows are returned as they are: one that makes no sense must not hide
    the others.
    """

    def product_count(self, **filters):
        """How many products match the filters (3.1).

        :rtype: int
        """
        return self._count("products/count.json", filters)

    def products(self, page, limit, **filters):
        """One page of products: title and visibility, neither price nor code.

        :param int page: from 1
        :rtype: list
        """
        return self._rows("products.json", self._paging(page, limit, filters))

    def product(self, id):
        """One product.

        :rtype: dict
        """
        return self._object(f"products/{row_id(id)}.json")

    def variant_count(self, **filters):
        """How many variants match the filters (3.1).

        :rtype: int
        """
        return self._count("variants/count.json", filters)

    def variants(self, page, limit, **filters):
        """One page of variants: codes, prices and VAT.

        :param int page: from 1
        :rtype: list
        """
        return self._rows("variants.json", self._paging(page, limit, filters))

    def brand_count(self):
        """How many brands there are (3.1).

        :rtype: int
        """
        return self._count("brands/count.json", {})

    def brands(self, page, limit):
        """One page of brands.

        :param int page: from 1
        :rtype: list
        """
        return self._rows("brands.json", self._paging(page, limit, {}))
