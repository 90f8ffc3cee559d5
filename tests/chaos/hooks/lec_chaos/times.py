"""The times of the addon, shortened together so that their order stays.

A text that is not found exactly once ends the process: nothing runs with times that
nobody has looked at.

With these a call that left may still land 3 + 2 + 3 + 12 = 20 seconds after its
intention, and is sent again only after that; the sandbox carries out what it calls
*late* at most 8 seconds after it came.
"""

#: Seconds, by name; the tests compare the sandbox's delays with them.
SEND_WITHIN, LEAVE, ANSWER, MARGIN, SPACING = 3, 2, 3, 12, 2

#: Module -> (text, other text), each there exactly once.
TIMES = {
    "const": (
        ("SETTLE_MARGIN_SECONDS = 120", f"SETTLE_MARGIN_SECONDS = {MARGIN}"),
        ("LOOKUP_SPACING_SECONDS = 60", f"LOOKUP_SPACING_SECONDS = {SPACING}"),
        ("SEND_WITHIN_SECONDS = 15", f"SEND_WITHIN_SECONDS = {SEND_WITHIN}"),
        ("LANE_SECONDS = 20", "LANE_SECONDS = 5"),
        ("DUE_MARGIN_SECONDS = 60", "DUE_MARGIN_SECONDS = 1"),
        ("LIGHTSPEED_SECONDS = 20", f"LIGHTSPEED_SECONDS = {ANSWER}"),
        ("VIES_SECONDS = 20", f"VIES_SECONDS = {ANSWER}"),
    ),
    # A dead process may have one call under way; so many die here that their calls
    # would be all there are.
    "clients.quota_ledger": (
        ("BLIND = timedelta(minutes=1)", "BLIND = timedelta(seconds=4)"),
        ("GONE = timedelta(minutes=5)", "GONE = timedelta(seconds=20)"),
    ),
    # Lists of more than a page: orders move between pages while they are read.
    "clients.lightspeed": (("MAX_LIMIT = 250", "MAX_LIMIT = 30"),),
    "clients.connections": (("LEAVE_SECONDS = 30", f"LEAVE_SECONDS = {LEAVE}"),),
    "clients.transport": (
        ("CONNECT_SECONDS = 10", f"CONNECT_SECONDS = {LEAVE}"),
        ("ANSWER_SECONDS = 60", f"ANSWER_SECONDS = {ANSWER}"),
    ),
    # The vendors' windows: as those of the stand-ins, see `tests/chaos/quotas.py`.
    "clients.quota": (
        (
            "_SECONDS = {MINUTE: 60, FIVE_MINUTES: 300, HOUR: 3600, DAY: 86400}",
            "_SECONDS = {MINUTE: 4, FIVE_MINUTES: 4, HOUR: 6, DAY: 8}",
        ),
        (
            "whole = theirs.replace(second=0, microsecond=0) + timedelta(minutes=1)",
            "whole = theirs + timedelta(seconds=4)",
        ),
        # Of the client errors that are made here no more than the addon can rest from.
        ("ERROR_SPAN = timedelta(hours=1)", "ERROR_SPAN = timedelta(seconds=10)"),
    ),
    "models.exact_administration_slice": (
        (
            "timedelta(minutes=min(2 ** min(failures, 6), 60))",
            "timedelta(seconds=min(2 ** min(failures, 3), 5))",
        ),
    ),
    "models.lightspeed_exact_link_poll": (
        (
            "interval = timedelta(minutes=self.poll_minutes)",
            "interval = timedelta(seconds=self.poll_minutes)",
        ),
    ),
    "models.lightspeed_exact_order_credit": (
        ("FAMILY_PAUSE = timedelta(minutes=2)", "FAMILY_PAUSE = timedelta(seconds=2)"),
    ),
    "models.exact_administration_payments": (
        (
            "CLEARING_PAUSE = timedelta(minutes=10)",
            "CLEARING_PAUSE = timedelta(seconds=5)",
        ),
        ("CLEARING_REST = timedelta(hours=1)", "CLEARING_REST = timedelta(seconds=5)"),
    ),
    "models.exact_connection_tokens": (
        (
            "timedelta(minutes=min(2 ** min(failures, 6), LONGEST_WAIT))",
            "timedelta(seconds=min(2 ** min(failures, 2), LONGEST_WAIT))",
        ),
        (
            "TOO_EARLY_REST = timedelta(seconds=30)",
            "TOO_EARLY_REST = timedelta(seconds=2)",
        ),
    ),
}


def shorten(name, text):
    """Return the source of a module with its times shortened."""
    for old, new in TIMES.get(name, ()):
        if text.count(old) != 1:
            message = f"{name}: not found exactly once: {old}"
            raise RuntimeError(message)
        text = text.replace(old, new)
    return text
