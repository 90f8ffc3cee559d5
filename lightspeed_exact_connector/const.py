"""Names and numbers that several rooms of the addon share."""

OAUTH_CALLBACK_ROUTE = "/lightspeed_exact/exact/callback"

# Where the browser of a merchant comes who installed an app; the app's number follows.
INSTALL_ROUTE = "/lightspeed_exact/lightspeed/install"

# Where a merchant without a user connects a shop; a token follows once.
INVITATION_ROUTE = "/lightspeed_exact/invitation"

# So long an invitation is open, unless somebody chooses otherwise.
INVITATION_DAYS = 14

# So long an installed shop waits for a manager who confirms it.
CLAIM_DAYS = 7

# Below this vendors post their webhooks.
HOOKS_ROUTE = "/lightspeed_exact/hooks"

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

# Overlap of the incremental pull: it is not documented in which zone Lightspeed
# reads a filter without one; two hours cover Amsterdam, one hour is for shifts.
POLL_OVERLAP_HOURS = 3

# After an unknown outcome nothing is sent before a call can no longer land: its own
# longest duration plus this margin, and Exact was asked twice, so far apart.
SETTLE_MARGIN_SECONDS = 120
LOOKUP_SPACING_SECONDS = 60

# An intention older than this is not sent any more: whoever waits for it counts from
# the stored send time.
SEND_WITHIN_SECONDS = 15

# After this long a lane starts no further call.  A call that is under way may take
# longer; the watchdog of a cron worker (120 s) covers one pass over all ready jobs.
LANE_SECONDS = 20

# What is due within this time is taken now: a cron that runs every five minutes would
# otherwise miss it by a second and come back five minutes later.
DUE_MARGIN_SECONDS = 60

# Seconds for an answer of Lightspeed, which is only read from.
LIGHTSPEED_SECONDS = 20

# Seconds for an answer of VIES, which passes the question on to a member state.
VIES_SECONDS = 20

# Where another address of VIES stands, for a test environment: a system parameter.
VIES_URL_PARAMETER = "lightspeed_exact_connector.vies_url"

# How long an answer of VIES counts: a company may register or end any day.
VIES_VALID_HOURS = 24
VIES_INVALID_HOURS = 1

# A connection that nothing used for so long is renewed, so that its 30 days never end.
KEEP_ALIVE_HOURS = 24

# So many days before the end of a consent its responsible user is told.
CONSENT_WARNING_DAYS = 7
LANES = 4

# Trouble is told when it has lasted so long (a choice of each link), and is over when
# it stayed away so long: what fails, works and fails again meanwhile is one incident.
ALERT_MINUTES = 60
INCIDENT_SETTLE_MINUTES = 30

# A backlog that grew so many days in a row, each with its quota used up, is told.
BACKLOG_DAYS = 3
