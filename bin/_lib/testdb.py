"""Makes the database of the tests: fresh, with the addon installed, without a warning.

usage: testdb.py DATABASE          make it
       testdb.py DATABASE COPY     make it, and a copy of it

What the addon depends on is installed once, in a template database that is copied and
is named after Odoo's version and those addons.
"""

import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg2
from psycopg2 import sql

import odoo.release

ROOT = Path(os.environ["ROOT"])
ADDON = os.environ["ADDON"]
LOGS = ROOT / ".local" / "logs"
FILESTORE = Path(os.environ["ODOO_DATA_DIR"]) / "filestore"
BAD_LINE = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) ")


def execute(statement, *names, args=None):
    """Run one statement on the server itself: outside of a transaction."""
    connection = psycopg2.connect(dbname="postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)), args)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def drop(name):
    execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    shutil.rmtree(FILESTORE / name, ignore_errors=True)


def copy(template, name):
    drop(name)
    execute("CREATE DATABASE {} TEMPLATE {}", name, template)
    if (FILESTORE / template).exists():
        shutil.copytree(FILESTORE / template, FILESTORE / name)


def exists(name):
    return bool(execute("SELECT 1 FROM pg_database WHERE datname = %s", args=[name]))


def install(name, modules, log):
    """Install addons with a real Odoo process; its log must be clean."""
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [ROOT / "bin" / "odoo", "--database", name, "--init", ",".join(modules)]
    with log.open("wb") as output:
        status = subprocess.run(
            [*command, "--stop-after-init"],
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    lines = log.read_text().splitlines()
    bad = [line for line in lines if BAD_LINE.match(line)]
    if status or bad:
        print(*(bad or lines[-30:]), sep="\n", file=sys.stderr)
        sys.exit(f"error: installing {', '.join(modules)} failed or warned; see {log}")


def main():
    name = sys.argv[1]
    manifest = ast.literal_eval((ROOT / ADDON / "__manifest__.py").read_text())
    depends = sorted({"base", "web", *manifest["depends"]})
    version = f"{odoo.release.version} {odoo.release.__file__} {depends}"
    prefix = f"{name}_base_"
    template = prefix + hashlib.sha256(version.encode()).hexdigest()[:8]
    if not exists(template):
        for (old,) in execute("SELECT datname FROM pg_database"):
            if old.startswith(prefix):
                drop(old)
        print(f"   (once: a template with {', '.join(depends)})", file=sys.stderr)
        building = f"{prefix}new"
        drop(building)
        install(building, depends, LOGS / "template.log")
        shutil.rmtree(FILESTORE / template, ignore_errors=True)
        if (FILESTORE / building).exists():
            (FILESTORE / building).rename(FILESTORE / template)
        execute("ALTER DATABASE {} RENAME TO {}", building, template)
    copy(template, name)
    install(name, [ADDON], LOGS / "install.log")
    for other in sys.argv[2:]:
        copy(name, other)


if __name__ == "__main__":
    main()
