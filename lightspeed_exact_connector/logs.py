"""Keeps what customers and credentials are out of Odoo's own log.

Odoo logs a statement that failed as a whole, with every value: also when two people
merely saved the same order at the same moment.
"""

import logging
import re

# Tables of the connector.
_OURS = re.compile(r"\b(exact|lightspeed|vies)_[a-z_]+")
# Values in a statement, as the database driver writes them.
_VALUES = re.compile(r"\bE'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'", re.DOTALL)


class WithoutValues(logging.Filter):
    """Takes the values out of the failed statements about our tables."""

    def filter(self, record):
        if str(record.msg).startswith("bad query") and len(record.args) == 2:
            query, error = (_text(each) for each in record.args)
            if _OURS.search(query):
                # What follows the first line quotes values, too.
                record.args = (without_values(query), error.partition("\n")[0])
        return True


def without_values(query):
    """Return a statement with dots for its values.

    :param str query: as it was sent
    :rtype: str
    """
    return _VALUES.sub("'...'", query)


def _text(value):
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


logging.getLogger("odoo.sql_db").addFilter(WithoutValues())
