"""Log lines without anything about a person, and without credentials.

What an exception says may hold values: a name that could not be read, or PostgreSQL's
*Failing row contains*.  Where it happened and what kind of error it was is told.  Odoo
logs a statement that failed as a whole, with every value: also when two people merely
saved the same order at the same moment.
"""

import logging
import re
import traceback

from psycopg2 import DataError
from psycopg2 import Error as DatabaseErrors

# Tables of the connector, and those of its chatter.
_OURS = re.compile(r"\b((exact|lightspeed|vies)_[a-z_]+|mail_message|mail_mail)\b")
# Values in a statement, as the database driver writes them.
_VALUES = re.compile(r"\bE'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'", re.DOTALL)

# The address of a request to our public pages: what comes after may open something.
_PAGES = re.compile(
    r"(/lightspeed_exact/(?:exact/callback|lightspeed/install|invitation)[/?])\S+"
)


class WithoutValues(logging.Filter):
    """Takes the values out of the failed statements about our tables."""

    def filter(self, record):
        if str(record.msg).startswith("bad query") and len(record.args) == 2:
            query, error = _text(record.args[0]), record.args[1]
            if _OURS.search(query):
                record.args = (without_values(query), said_of(error))
        return True


class TroubleFilter(logging.Filter):
    """Tells of an exception where it happened, and not what it says."""

    def filter(self, record):
        if record.exc_info and record.exc_info[1] is not None:
            places = places_of(record.exc_info[1])
            # Without arguments it is no pattern.
            record.msg, record.args = f"{record.getMessage()}\n{places}", None
            record.exc_info = record.exc_text = None
        return True


class HideValues(logging.Filter):
    """Keeps the values of a call out of Odoo's log, when secrets may be among them.

    At DEBUG Odoo logs each call that comes from outside, with what it brings.
    """

    def filter(self, record):
        args = record.args
        if isinstance(args, tuple) and len(args) == 3:
            model, method, _values = args
            if getattr(model, "_secret_fields", None):
                record.args = (model, method, "…")
        return True


class HideAddresses(logging.Filter):
    """Keeps out of the log of requests what an address of ours brings or opens."""

    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(
                _PAGES.sub(r"\1…", value) if isinstance(value, str) else value
                for value in record.args
            )
        return True


def without_values(query):
    """Return a statement with dots for its values.

    :param str query: as it was sent
    :rtype: str
    """
    return _VALUES.sub("'...'", query)


def said_of(error):
    """Return what an error of a statement says without quoting values.

    :rtype: str
    """
    if isinstance(error, DatabaseErrors) and not isinstance(error, DataError):
        # The name of a constraint or column; what follows quotes values.
        return str(error).partition("\n")[0]
    return type(error).__name__


def places_of(error):
    """Return the way to an exception, and to what caused it, as text.

    :rtype: str
    """
    parts = []
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        lines = "".join(traceback.format_tb(error.__traceback__))
        parts.append(f"{lines}{type(error).__module__}.{type(error).__qualname__}")
        error = error.__cause__ or error.__context__
    return "\nbecause of:\n".join(parts)


def keep_private(package):
    """Let no logger of a package tell what is about a person; harmless to do again.

    :param str package: its name; all its modules are imported
    """
    for name in list(logging.root.manager.loggerDict):
        if name == package or name.startswith(f"{package}."):
            _add(logging.getLogger(name), TroubleFilter)
    _add(logging.getLogger("odoo.sql_db"), WithoutValues)
    _add(logging.getLogger("odoo.service.model"), HideValues)
    _add(logging.getLogger("werkzeug"), HideAddresses)


def _text(value):
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _add(logger, kind):
    if not any(isinstance(each, kind) for each in logger.filters):
        logger.addFilter(kind())
