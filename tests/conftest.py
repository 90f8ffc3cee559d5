"""What every test run keeps to, with a database or without.

* Without ``ODOO_RC`` (``bin/test --fast``) no Odoo is loaded: only the pure parts of
  the addon can be imported then, by the same names.
* A skip that ``allowed_skips.txt`` does not list fails, and so does a test that logs a
  warning or worse without asserting or muting it.
* Nothing reaches any other machine.
"""

import fnmatch
import ipaddress
import logging
import os
import socket
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ADDON = "lightspeed_exact_connector"


def pytest_configure(config):
    # Processes that tests start (bin/odoo) have a configuration of their own.
    with_odoo = os.environ.pop("ODOO_RC", None) and config.pluginmanager.hasplugin(
        "odoo"
    )
    if not with_odoo:
        _import_addon_without_odoo()
        config.pluginmanager.unregister(name="odoo")
    _refuse_other_machines()
    config.pluginmanager.register(NoHiddenSkip(), "no-hidden-skip")
    config.pluginmanager.register(NoUnexpectedLog(), "no-unexpected-log")


if not os.environ.get("ODOO_RC"):
    # pytest-odoo's own, used in every test, would ask for a database.
    @pytest.fixture(scope="session")
    def load_registry():
        """Nothing to load."""

    @pytest.fixture(scope="session")
    def load_http():
        """Nothing to serve."""

    @pytest.fixture(scope="module")
    def enable_odoo_test_flag():
        """No flag to set."""


def _import_addon_without_odoo():
    """Let ``odoo.addons.<addon>.clients`` be imported without the addon's models."""
    name = f"odoo.addons.{ADDON}"
    package = types.ModuleType(name)
    package.__path__ = [str(ROOT / ADDON)]
    sys.modules[name] = package


# === NETWORK === #


def _is_local(host):
    if host in (None, "", "localhost", b"localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse_other_machines():
    connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo

    def local_connect(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(
            address[0]
        ):
            raise ConnectionRefusedError(f"tests talk to this machine only: {address}")
        return connect(self, address)

    def local_getaddrinfo(host, *args, **kwargs):
        if not _is_local(host):
            raise socket.gaierror(
                socket.EAI_NONAME, f"tests talk to this machine only: {host}"
            )
        return getaddrinfo(host, *args, **kwargs)

    socket.socket.connect = local_connect
    socket.getaddrinfo = local_getaddrinfo


# === SKIPS === #


class NoHiddenSkip:
    """Turn a skip into a failure unless it is listed, with a reason.

    A line of ``allowed_skips.txt`` is a pattern for the test's id (``*`` and ``?``),
    white space, and the reason.
    """

    def __init__(self):
        self.patterns = []
        listed = Path(__file__).with_name("allowed_skips.txt")
        for line in listed.read_text().splitlines() if listed.exists() else ():
            if not line.strip() or line.startswith("#"):
                continue
            pattern, _, reason = line.partition(" ")
            if not reason.strip():
                raise pytest.UsageError(f"{listed.name}: no reason given: {line}")
            self.patterns.append(pattern)

    def _refuse(self, report):
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        if any(fnmatch.fnmatchcase(report.nodeid, p) for p in self.patterns):
            return
        reason = report.longrepr
        if isinstance(reason, tuple):
            reason = reason[-1]
        report.outcome = "failed"
        report.longrepr = f"skipped, but not listed in allowed_skips.txt: {reason}"

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self):
        report = yield
        self._refuse(report)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self):
        report = yield
        self._refuse(report)
        return report


# === LOGS === #


class NoUnexpectedLog(logging.Handler):
    """Fail a test during which something logged a warning or worse.

    What a test expects it asserts (``assertLogs``, ``caplog``) or mutes
    (``mute_logger``): such records do not get here.
    """

    def __init__(self):
        super().__init__(logging.WARNING)
        self.records = []

    def emit(self, record):
        self.records.append(record)

    def pytest_sessionstart(self):
        logging.getLogger().addHandler(self)

    def pytest_sessionfinish(self):
        logging.getLogger().removeHandler(self)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item):
        result = yield
        records, self.records = self.records, []
        if "caplog" in getattr(item, "fixturenames", ()):
            # caplog catches at the root, like this handler: the test looked itself.
            return result
        if records:
            lines = [
                f"{record.levelname} {record.name}: {record.getMessage()}"
                for record in records
            ]
            pytest.fail("unexpected log lines:\n" + "\n".join(lines), pytrace=False)
        return result
