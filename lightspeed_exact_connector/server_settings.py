"""Settings of the server itself: neither the database nor a copy of it has them."""

import configparser
import os

from odoo.tools import config

SECTION = "lightspeed_exact_connector"


def server_setting(name):
    """Return a setting of this addon in the server's configuration.

    From the environment variable ``LIGHTSPEED_EXACT_<NAME>``, else from the section
    ``[lightspeed_exact_connector]`` of Odoo's configuration file (Odoo itself reads
    the section ``[options]`` only, and warns of names there that it does not know).

    :param str name: lower case
    :return: ``""`` when it is not set
    :rtype: str
    """
    value = os.environ.get(f"LIGHTSPEED_EXACT_{name.upper()}")
    if value is None:
        parser = configparser.RawConfigParser()
        try:
            parser.read([config["config"] or ""])
            value = parser.get(SECTION, name, fallback="")
        except (configparser.Error, UnicodeDecodeError):
            # Odoo itself would not have started with it.
            value = ""
    return value.strip()
