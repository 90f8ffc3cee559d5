"""Log lines without anything about a person.

What an exception says may hold values: a name that could not be read, or PostgreSQL's
*Failing row contains*.  Where it happened and what kind of error it was is told.
"""

import logging
import re
import traceback


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


class TroubleFilter(logging.Filter):
    """Tells of an exception where it happened, and not what it says."""

    def filter(self, record):
        if record.exc_info and record.exc_info[1] is not None:
            places = places_of(record.exc_info[1])
            # Without arguments it is no pattern.
            record.msg, record.args = f"{record.getMessage()}\n{places}", None
            record.exc_info = record.exc_text = None
        return True


class StatementFilter(logging.Filter):
    """Takes the values out of what Odoo logs of a statement that failed.

    Odoo logs the whole statement; of ours the table is enough, as whoever sent it
    says what it was about.
    """

    TABLE = re.compile(
        r'"?\b((?:lightspeed_|exact_|vies_check)\w*|mail_message|mail_mail)\b'
    )

    def filter(self, record):
        if str(record.msg).startswith("bad query") and record.args:
            query, error = record.args[0], record.args[-1]
            if isinstance(query, bytes):
                query = query.decode(errors="replace")
            table = self.TABLE.search(str(query))
            if table:
                record.msg = "bad query on %s: %s"
                record.args = (table[1], type(error).__name__)
        return True


def keep_private(package):
    """Let no logger of a package tell what is about a person; harmless to do again.

    :param str package: its name; all its modules are imported
    """
    for name in list(logging.root.manager.loggerDict):
        if name == package or name.startswith(f"{package}."):
            _add(logging.getLogger(name), TroubleFilter)
    _add(logging.getLogger("odoo.sql_db"), StatementFilter)


def _add(logger, kind):
    if not any(isinstance(each, kind) for each in logger.filters):
        logger.addFilter(kind())
