"""Items (reference 6.4): they can be read; writing is not modelled yet."""

from .base import Handler


class ItemHandler(Handler):
    """`logistics/Items`, and its twins under `sync/` and `bulk/`."""

    sparse = True
    approved = ("Code", "ID", "Modified")
