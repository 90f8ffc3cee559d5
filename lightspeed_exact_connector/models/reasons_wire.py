"""What goes wrong on the wire, or with a connection."""

from odoo.tools import LazyTranslate

from .reason import Reason

_lt = LazyTranslate(__name__)

# Who can do something about it, unless the entry says otherwise.
WHO = "agency"

REASONS = {
    # === WIRE: BOTH === #
    "temporary": Reason(
        _lt("%(service)s could not be reached: %(detail)s"),
        _lt("Nothing to do: it is tried again by itself."),
        "nobody",
    ),
    "bad_answer": Reason(
        _lt("%(service)s gave an answer that makes no sense: %(detail)s"),
        _lt("Nothing to do: it is tried again by itself. If it lasts, check the host."),
        "nobody",
    ),
    "rate_limited": Reason(
        _lt("The quota of %(service)s is used up until %(until)s."),
        _lt("Nothing to do: work goes on by itself."),
        "nobody",
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
        "merchant",
    ),
    "authentication": Reason(
        _lt("%(service)s refuses the credentials."),
        _lt("Check the key and the secret; a revoked key must be replaced."),
        "merchant",
    ),
    "not_tested": Reason(
        _lt("The connection of the shop was not tested since it was changed."),
        _lt("Press Test connection on the shop."),
    ),
    "unreadable_rows": Reason(
        _lt("%(count)s rows of the shop's lists have no number: kept as held orders."),
        _lt(
            "All others go on. Repair them in the shop, then skip what is held; or "
            "report this to the agency."
        ),
        "merchant",
    ),
    "invoices_unread": Reason(
        _lt("The shop's list of invoices and credit notes cannot be read: %(detail)s"),
        _lt(
            "Orders go on; credit notes are tried again at each look. Give the key the "
            "right to read orders, or choose on the link not to look at credit notes."
        ),
        "merchant",
    ),
    "client_errors": Reason(
        _lt("Exact Online refused %(count)s calls within an hour."),
        _lt(
            "Nothing to do: posting rests for an hour, so that Exact Online does not "
            "block the connector. Solve the orders that are held meanwhile."
        ),
        "nobody",
    ),
    "no_right": Reason(
        _lt("The Exact Online user of the connection may not make this: %(what)s."),
        _lt(
            "Give the user that right in Exact Online and refresh the reference data, "
            "or press Try again on the cause; other work goes on."
        ),
        "bookkeeper",
    ),
    "not_configured": Reason(
        _lt("%(service)s has no credentials yet."), _lt("Fill in the credentials.")
    ),
    "secret_key_missing": Reason(
        _lt(
            "The secrets are encrypted, and the key of the server's configuration is "
            "missing."
        ),
        _lt(
            "Let a system administrator put the key back (secret_keys). Nothing is "
            "lost meanwhile: work goes on by itself."
        ),
    ),
    "secret_key_wrong": Reason(
        _lt(
            "The secrets are encrypted with another key than that of the server's "
            "configuration."
        ),
        _lt(
            "Let a system administrator put the old key behind the new one "
            "(secret_keys). When it is lost, fill in the credentials again and press "
            "Connect."
        ),
    ),
    "secret_key_bad": Reason(
        _lt("A key in the server's configuration (secret_keys) is not valid."),
        _lt("Let a system administrator make a new Fernet key."),
    ),
    "secret_key_none": Reason(
        _lt("The server's configuration has no key to encrypt with (secret_keys)."),
        _lt(
            "Let a system administrator make a Fernet key, keep it in a safe place, "
            "and restart Odoo with it."
        ),
    ),
    "neutralized": Reason(
        _lt("This is a copy of a database: it does not talk to live systems."),
        _lt("Work in the original database."),
    ),
    "database_copy": Reason(
        _lt(
            "This database is not the one that was connected: it may be a copy, and "
            "would book every order a second time. Nothing is sent."
        ),
        _lt(
            "A manager says what it is: Configuration, This database. After a move to "
            "another server one click is enough; a copy is best left without "
            "credentials."
        ),
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
        "nobody",
    ),
    "vies.requester": Reason(
        _lt("VIES does not know your own VAT number %(number)s as valid."),
        _lt("Check the VAT number of your company and retry."),
        "bookkeeper",
    ),
    "vies.blocked": Reason(
        _lt("%(service)s refuses the question: %(detail)s"),
        _lt(
            "It is tried again by itself. If it lasts, ask the European Commission for "
            "the reason."
        ),
        "nobody",
    ),
    # === WIRE: LIGHTSPEED === #
    "lightspeed.other_shop": Reason(
        _lt("These are the credentials of another shop."),
        _lt("Make a shop of its own for it; the orders here belong to the first one."),
    ),
    "lightspeed.language": Reason(
        _lt("Language “%(language)s” is not active in the shop."),
        _lt("Choose one of the shop's active languages."),
        "merchant",
    ),
    "lightspeed.permissions": Reason(
        _lt("The API key may not read: %(areas)s."),
        _lt("Give the key these rights in the shop under Settings, Developers."),
        "merchant",
    ),
    "install.unreadable": Reason(
        _lt("This is not what Lightspeed sends when an app is installed."),
        _lt("Install the app again in the back office of the shop."),
    ),
    "install.forged": Reason(
        _lt("This install is not signed by Lightspeed for this app."),
        _lt("Install the app again in the back office of the shop."),
    ),
    "install.stale": Reason(
        _lt("This install is not of the last minutes."),
        _lt("Install the app again in the back office of the shop."),
    ),
    "invitation.tries": Reason(
        _lt("Too many keys were tried with this link."),
        _lt("Ask the agency for a new link."),
    ),
    # === WIRE: EXACT === #
    "reconnect": Reason(
        _lt("Exact Online wants a new consent: %(detail)s"),
        _lt("Press Connect on the connection; waiting orders go on by themselves."),
        "bookkeeper",
    ),
    "reconnect_killed": Reason(
        _lt(
            "The renewal of the access to Exact Online at %(at)s was cut short: this "
            "server stopped in the middle. Exact Online had replaced the key already, "
            "and nobody received the new one. It says: %(detail)s"
        ),
        _lt("Press Connect on the connection; waiting orders go on by themselves."),
        "bookkeeper",
    ),
    "reconnect_lost": Reason(
        _lt(
            "The answer of Exact Online to the renewal of the access at %(at)s was "
            "lost. Exact Online had replaced the key already, and nobody received the "
            "new one. It says: %(detail)s"
        ),
        _lt("Press Connect on the connection; waiting orders go on by themselves."),
        "bookkeeper",
    ),
    "reconnect_elsewhere": Reason(
        _lt(
            "The key of this connection was renewed elsewhere, such as by a copy of "
            "this database or an older backup. Exact Online says: %(detail)s"
        ),
        _lt(
            "Make sure that no other system uses this connection, then press Connect; "
            "waiting orders go on by themselves."
        ),
        "bookkeeper",
    ),
    "reconnect_other_consent": Reason(
        _lt(
            "%(user)s consented again at %(at)s on “%(other)s”, with the same app: "
            "that ended the consent of this connection."
        ),
        _lt(
            "Let all administrations of this Exact Online user share one connection: "
            "choose “%(other)s” on them. Or press Connect and log in as another user."
        ),
        "bookkeeper",
    ),
    "reconnect_chain": Reason(
        _lt(
            "Exact Online has ended this consent: it was withdrawn, or the same user "
            "consented again elsewhere. It says: %(detail)s"
        ),
        _lt("Press Connect on the connection; waiting orders go on by themselves."),
        "bookkeeper",
    ),
    "reconnect_expired": Reason(
        _lt(
            "The consent has ended: it was not renewed for 30 days, as this server "
            "was off or could not reach Exact Online."
        ),
        _lt("Press Connect on the connection; waiting orders go on by themselves."),
        "bookkeeper",
    ),
    "reconnect_client": Reason(
        _lt(
            "Exact Online does not accept the client ID or the secret of the app: "
            "%(detail)s"
        ),
        _lt(
            "Let a system administrator check both on the Exact app, then press "
            "Connect; waiting orders go on by themselves."
        ),
    ),
    "consent_ends": Reason(
        _lt(
            "The consent for Exact Online ends at %(until)s, as it could not be "
            "renewed for weeks. %(detail)s"
        ),
        _lt("Press Connect on the connection before then; so nothing has to wait."),
        "bookkeeper",
    ),
    "not_opened": Reason(
        _lt("%(user)s, who consented last, may not open this administration."),
        _lt(
            "Connect as a user who may, and tick this administration at Exact Online; "
            "or choose another connection here. Its orders wait and go nowhere else."
        ),
        "bookkeeper",
    ),
    "exact.oauth.too_early": Reason(
        _lt("Exact Online gives no new token yet."),
        _lt("Nothing to do: it is tried again by itself."),
        "nobody",
    ),
    "exact.oauth.unavailable": Reason(
        _lt("Exact Online does not renew the access now: %(detail)s"),
        _lt("Nothing to do: it is tried again at %(until)s."),
        "nobody",
    ),
    "exact.oauth.unsure": Reason(
        _lt("Nobody knows yet whether Exact Online has renewed the access."),
        _lt(
            "Nothing to do: it is asked again at %(until)s, when the last call can no "
            "longer be under way."
        ),
        "nobody",
    ),
    "exact.oauth.limit": Reason(
        _lt(
            "The 200 renewals that Exact Online allows a day to one user of an app are "
            "used up until %(until)s."
        ),
        _lt(
            "Nothing to do: work goes on by itself then. If it happens again, see "
            "which other connections or systems use this app with the same user."
        ),
        "nobody",
    ),
}
