"""Why webhooks do not work; orders come at each look all the same."""

from odoo.tools import LazyTranslate

from .reason import Reason

_lt = LazyTranslate(__name__)

# Who can do something about it, unless the entry says otherwise.
WHO = "agency"

REASONS = {
    "webhooks.insecure": Reason(
        _lt("Webhooks need an address that begins with https, and not %(address)s."),
        _lt("Let a system administrator set the public address of this Odoo."),
    ),
    "webhooks.private": Reason(
        _lt("No webhook gets to %(address)s: it is inside your own network."),
        _lt(
            "Let a system administrator set the public address of this Odoo (system "
            "parameter web.base.url), or switch webhooks off."
        ),
    ),
    "webhooks.unreachable": Reason(
        _lt("This Odoo does not reach its own public address %(address)s: %(detail)s"),
        _lt(
            "Nothing is lost: changes are found at each look. Webhooks may arrive all "
            "the same; if none does, check the address and the proxy in front of Odoo."
        ),
    ),
    "webhooks.other_database": Reason(
        _lt("At %(address)s another database answers, or none."),
        _lt(
            "Several databases share this server: let the server's dbfilter leave only "
            "this one for that host name, or the proxy name it in X-Odoo-Database."
        ),
    ),
    "exact_webhooks.no_secret": Reason(
        _lt("The Exact app %(app)s has no webhook secret."),
        _lt(
            "Let a system administrator copy it from the app registration at Exact "
            "Online, then press Check."
        ),
    ),
    "exact_webhooks.refused": Reason(
        _lt("Exact Online refused to send webhooks here: %(detail)s"),
        _lt(
            "Check that the internet reaches this Odoo, then press Check; it is also "
            "tried once a day. Changes are found without webhooks as well, where you "
            "let the connector look for them."
        ),
    ),
    "exact_webhooks.taken": Reason(
        _lt(
            "The Exact app has a subscription of this administration already, which "
            "sends its webhooks to %(address)s."
        ),
        _lt(
            "An app has one subscription of a kind. If that address is not used any "
            "more, press Take over; else switch webhooks off here."
        ),
    ),
    "exact_webhooks.denied": Reason(
        _lt(
            "The Exact Online user of the connection may not manage webhooks: "
            "%(detail)s"
        ),
        _lt(
            "Give the user the right to manage the administration in Exact Online, "
            "then press Check; or switch webhooks off."
        ),
    ),
    "webhooks.full": Reason(
        _lt("The shop has %(count)s webhooks and takes no more than %(most)s."),
        _lt("Remove one that is not used any more in the shop, then press Check."),
    ),
    "webhooks.refused": Reason(
        _lt("The API key may not read or change the webhooks of the shop: %(detail)s"),
        _lt(
            "Give the key the right to change settings in the shop under Settings, "
            "Developers, or switch webhooks off. Changes are found at each look."
        ),
    ),
}
