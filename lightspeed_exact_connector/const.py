"""Names and numbers that several rooms of the addon share."""

OAUTH_CALLBACK_ROUTE = "/lightspeed_exact/exact/callback"

# How long the browser may take between *Connect* and Exact's redirect back.
OAUTH_STATE_HOURS = 1

# What *Open in Exact* shows; no address of an entry is published (`_Division_` is known
# from the address of attachments, Exact reference, 7.6).
ENTRY_PAGE = "docs/FinMenu.aspx?_Division_={division}"

# Back offices of the clusters, below which `sales-orders/edit?id=` shows an order.
BACKOFFICES = {
    "eu1": "https://seoshop.webshopapp.com/backoffice",
    "us1": "https://store.shoplightspeed.com/backoffice",
}

# Exact's `YourRef`: nothing is published about its length (Exact reference, 12).
YOUR_REF_LIMIT = 30

# Overlap of the incremental pull: it is not documented in which zone Lightspeed
# reads a filter without one; two hours cover Amsterdam, one hour is for shifts.
POLL_OVERLAP_HOURS = 3

# Lightspeed's largest page (Lightspeed reference, 3.2).
PAGE_SIZE = 250

# After an unknown outcome nothing is sent before a call can no longer land: its own
# longest duration plus this margin, and Exact was asked twice, so far apart.
SETTLE_MARGIN_SECONDS = 120
LOOKUP_SPACING_SECONDS = 60

# An intention older than this is not sent any more: whoever waits for it counts from
# the stored send time.
SEND_WITHIN_SECONDS = 15

# One slice of a lane: well within the watchdog of a cron worker, which covers one
# pass over all ready jobs.
LANE_SECONDS = 20
LANES = 4
