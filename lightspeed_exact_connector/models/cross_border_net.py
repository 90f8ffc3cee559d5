from collections.abc import Mapping
from decimal import Decimal


class CrossBorderNet(Mapping):
    """Calendar year to net sold to consumers in other member states, asked for late.

    Only few sales depend on it: it costs a query when the first year is looked up, and
    none otherwise.

    :param entity: the legal entity
    :param date through: last day that counts; ``None`` for all there is
    :param exclude_order: whose bookings do not count: it is being decided
    """

    def __init__(self, entity, through=None, exclude_order=None):
        self._entity = entity
        self._through = through
        self._exclude_order = exclude_order
        self._found = None

    @property
    def _sums(self):
        if self._found is None:
            self._found = self._entity._cross_border_sums(
                self._through, self._exclude_order
            )
        return self._found

    def __getitem__(self, year) -> Decimal:
        return self._sums[year]

    def __iter__(self):
        return iter(self._sums)

    def __len__(self):
        return len(self._sums)
