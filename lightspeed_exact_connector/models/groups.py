"""The groups of the connector, asked for in code.

A button that a view hides is no protection: everybody who can read a record may call
its actions from outside.  So each of them asks by itself.
"""

from odoo.exceptions import AccessError

GROUP = "lightspeed_exact_connector.lightspeed_exact_connector_group_"
BOOKKEEPER = GROUP + "bookkeeper"
MANAGER = GROUP + "manager"


def has_group(env, group):
    """Return whether the person is in a group; the connector itself is in all.

    :param str group: xml id, such as :data:`BOOKKEEPER`
    :rtype: bool
    """
    return env.su or env.user.has_group(group)


def check_bookkeeper(records):
    """Refuse what is for bookkeepers (and managers), of records that one may see.

    :raise AccessError: for others
    """
    records.check_access("read")
    if not has_group(records.env, BOOKKEEPER):
        raise AccessError(
            records.env._("Only a bookkeeper or manager of the connector may do this.")
        )


def check_manager(records):
    """Refuse what is for managers, of records that one may see.

    :raise AccessError: for others
    """
    records.check_access("read")
    check_is_manager(records.env)


def check_is_manager(env):
    """Refuse what is for managers, where there is no record that they may see.

    :raise AccessError: for others
    """
    if not has_group(env, MANAGER):
        raise AccessError(env._("Only a manager of the connector may do this."))


def check_system(records):
    """Refuse what is for system administrators.

    :raise AccessError: for others
    """
    if not has_group(records.env, "base.group_system"):
        raise AccessError(records.env._("Only a system administrator may do this."))
