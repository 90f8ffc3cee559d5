"""Small helpers without a room of their own."""

import ipaddress


def is_loopback(host):
    """Return whether a host name or address is this machine itself."""
    if not host:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
