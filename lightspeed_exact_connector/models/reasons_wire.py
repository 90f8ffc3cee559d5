"""What goes wrong on the wire, or with a connection."""

from odoo.tools import LazyTranslate

from .reason import Reason

_lt = LazyTranslate(__name__)

REASONS = {
    # === WIRE: BOTH === #
    "temporary": Reason(
        _lt("%(service)s could not be reached: %(detail)s"),
        _lt("Nothing to do: it is tried again by itself."),
    ),
    "bad_answer": Reason(
        _lt("%(service)s gave an answer that makes no sense: %(detail)s"),
        _lt("Nothing to do: it is tried again by itself. If it lasts, check the host."),
    ),
    "rate_limited": Reason(
        _lt("The quota of %(service)s is used up until %(until)s."),
        _lt("Nothing to do: work goes on by itself."),
    ),
    "not_found": Reason(
        _lt("%(service)s does not know what was asked for: %(detail)s"),
        _lt("Check the number or the language, and retry."),
    ),
    "bad_request": Reason(
        _lt("%(service)s did not understand the request: %(detail)s"),
        _lt("Report this to the agency."),
    ),
    "access_denied": Reason(
        _lt("%(service)s refuses access: %(detail)s"),
        _lt("Give the key or the user the missing right, then test again."),
    ),
    "authentication": Reason(
        _lt("%(service)s refuses the credentials."),
        _lt("Check the key and the secret; a revoked key must be replaced."),
    ),
    "not_tested": Reason(
        _lt("The connection of the shop was not tested since it was changed."),
        _lt("Press Test connection on the shop."),
    ),
    "unreadable_rows": Reason(
        _lt("%(count)s rows of the shop's lists have no number: left out."),
        _lt("Report this to the agency; all others go on."),
    ),
    "invoices_unread": Reason(
        _lt("The shop's list of invoices and credit notes cannot be read: %(detail)s"),
        _lt(
            "Orders go on; credit notes are tried again at each look. Give the key the "
            "right to read orders, or choose on the link not to look at credit notes."
        ),
    ),
    "client_errors": Reason(
        _lt("Exact Online refused %(count)s calls within an hour."),
        _lt(
            "Nothing to do: posting rests for an hour, so that Exact Online does not "
            "block the connector. Solve the orders that are held meanwhile."
        ),
    ),
    "no_right": Reason(
        _lt("The Exact Online user of the connection may not make this: %(what)s."),
        _lt(
            "Give the user that right in Exact Online and refresh the reference data, "
            "or press Try again on the cause; other work goes on."
        ),
    ),
    "not_configured": Reason(
        _lt("%(service)s has no credentials yet."), _lt("Fill in the credentials.")
    ),
    "neutralized": Reason(
        _lt("This is a copy of a database: it does not talk to live systems."),
        _lt("Work in the original database."),
    ),
    "internal": Reason(
        _lt("Something unexpected went wrong: %(detail)s"),
        _lt("Report this to the agency; the server's log has the details."),
    ),
    # === WIRE: VIES === #
    "vies.unavailable": Reason(
        _lt("%(service)s cannot say now whether the VAT number is valid: %(detail)s"),
        _lt(
            "Nothing to do: it is asked again by itself. Some countries do not answer "
            "at night or for some hours."
        ),
    ),
    "vies.requester": Reason(
        _lt("VIES does not know your own VAT number %(number)s as valid."),
        _lt("Check the VAT number of your company and retry."),
    ),
    "vies.blocked": Reason(
        _lt("%(service)s refuses the question: %(detail)s"),
        _lt(
            "It is tried again by itself. If it lasts, ask the European Commission for "
            "the reason."
        ),
    ),
    # === WIRE: LIGHTSPEED === #
    "lightspeed.other_shop": Reason(
        _lt("These are the credentials of another shop."),
        _lt("Make a shop of its own for it; the orders here belong to the first one."),
    ),
    "lightspeed.language": Reason(
        _lt("Language “%(language)s” is not active in the shop."),
        _lt("Choose one of the shop's active languages."),
    ),
    "lightspeed.permissions": Reason(
        _lt("The API key may not read: %(areas)s."),
        _lt("Give the key these rights in the shop under Settings, Developers."),
    ),
    # === WIRE: EXACT === #
    "reconnect": Reason(
        _lt("Exact Online wants a new consent: %(detail)s"),
        _lt("Press Connect on the connection; waiting orders go on by themselves."),
    ),
    "exact.oauth.too_early": Reason(
        _lt("Exact Online gives no new token yet."),
        _lt("Nothing to do: it is tried again by itself."),
    ),
}
