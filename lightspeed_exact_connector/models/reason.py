"""One entry of the reason catalogue."""

from collections import namedtuple

# What it means, what to do about it, and who can: both texts take the values of the
# record.  Without ``who`` it is the one that its module names.
Reason = namedtuple("Reason", "text advice who", defaults=("",))


def with_who(reasons, who):
    """Return entries that all say who can do something about them.

    :param dict reasons: of a module, code to :class:`Reason`
    :param str who: for those that do not say it themselves
    :rtype: dict(str, Reason)
    """
    return {
        code: reason if reason.who else reason._replace(who=who)
        for code, reason in reasons.items()
    }
