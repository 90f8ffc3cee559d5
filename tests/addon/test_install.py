"""The addon upgrades, uninstalls and installs again, each without a warning.

In a database of its own, with real Odoo processes.
"""

import re
import subprocess
from pathlib import Path

import pytest

from tests.addon.database import copied_database

ROOT = Path(__file__).resolve().parent.parent.parent
ADDON = "lightspeed_exact_connector"
BAD_LINE = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) .*", re.MULTILINE)

UNINSTALL = f"""
module = env["ir.module.module"].search([("name", "=", "{ADDON}")])
module.button_immediate_uninstall()
env.cr.commit()
print("STATE", env["ir.module.module"].browse(module.id).state)
"""

# What an uninstalled addon leaves behind: it must be nothing.
LEFT = f"""
data = env["ir.model.data"].search_count([("module", "=", "{ADDON}")])
models = env["ir.model"].search_count([("model", "=like", "lightspeed.%")])
crons = env["ir.cron"].with_context(active_test=False).search_count(
    [("code", "=like", "%_cron_run%")]
)
groups = env["res.groups"].search_count([("name", "=", "Lightspeed to Exact")])
activities = env["mail.activity.type"].with_context(active_test=False).search_count(
    [("res_model", "=like", "exact.%")]
)
env.cr.execute(
    "SELECT table_name FROM information_schema.tables"
    " WHERE table_schema = current_schema()"
    " AND table_name ~ '^(exact|lightspeed)_'"
)
tables = env.cr.fetchall()
print("LEFT", data, models, crons, groups, activities, tables)
"""


def odoo(*arguments, script=None):
    """Run Odoo; its log must be clean."""
    done = subprocess.run(
        [ROOT / "bin" / "odoo", *arguments],
        input=script,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    bad = [match.group() for match in BAD_LINE.finditer(done.stdout)]
    assert not bad, "\n".join(bad)
    return done.stdout


@pytest.fixture(scope="module")
def database():
    with copied_database("install") as name:
        yield name


@pytest.mark.slow
def test_the_addon_upgrades_uninstalls_and_installs_again_cleanly(database):
    odoo("-d", database, "-u", ADDON, "--stop-after-init", "--no-http")
    shell = ("shell", "-d", database, "--no-http")
    assert "STATE uninstalled" in odoo(*shell, script=UNINSTALL)
    assert "LEFT 0 0 0 0 0 []" in odoo(*shell, script=LEFT)
    odoo("-d", database, "-i", ADDON, "--stop-after-init", "--no-http")
