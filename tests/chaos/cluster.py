"""A PostgreSQL cluster of the run's own, that can be killed and started again."""

import contextlib
import importlib.machinery
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60


def _bin_postgres():
    """Return ``bin/postgres`` as a module: how a cluster is made is told there."""
    path = str(ROOT / "bin" / "postgres")
    loader = importlib.machinery.SourceFileLoader("bin_postgres", path)
    loader.path_mtime = None
    spec = importlib.util.spec_from_loader("bin_postgres", loader)
    module = importlib.util.module_from_spec(spec)
    exec(compile(Path(path).read_text(), path, "exec"), module.__dict__)  # noqa: S102
    return module


class Cluster:
    """A cluster in a folder of its own; ``with`` makes and removes it.

    Unlike the one of ``bin/postgres`` it writes to disk before it says so, as far as a
    killed server needs it.
    """

    def __enter__(self):
        self._tool = _bin_postgres()
        self.folder = Path(tempfile.mkdtemp(prefix="lec-chaos-"))
        self.log = self.folder / "server.log"
        self.data, self.socket = self.folder / "data", self.folder / "socket"
        self.socket.mkdir(mode=0o700)
        if account := self._tool.server_account():
            for path in (self.folder, self.socket):
                os.chown(path, account["user"], account["group"])
        self.programs = self._tool.programs()
        options = ["--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"]
        options += ["--auth-local=trust", "--auth-host=reject", "--no-sync"]
        self._run("initdb", *options, f"--pgdata={self.data}")
        settings = self._tool.SETTINGS.format(socket=self.socket)
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(settings + "full_page_writes = on\n")
        self.start()
        self.psql("postgres", "CREATE ROLE odoo LOGIN CREATEDB", user="postgres")
        return self

    def __exit__(self, *_exc):
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "--pgdata", self.data, "stop", "--mode=immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program, *arguments, **options):
        path = self.programs / program
        return self._tool.as_server(
            path, *arguments, cwd=self.folder, check=True, **options
        )

    @property
    def environment(self):
        """The variables by which PostgreSQL's clients find it."""
        return {"PGHOST": str(self.socket), "PGPORT": "5432", "PGUSER": "odoo"}

    def psql(self, database, statement, user="odoo"):
        subprocess.run(
            [self.programs / "psql", "-h", self.socket, "-U", user, "-d", database]
            + ["-XAtqc", statement],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def start(self):
        wait = ["--wait", f"--timeout={PATIENCE}", "--log", self.log]
        self._run("pg_ctl", "--pgdata", self.data, "start", *wait)

    def restart(self, mode="fast"):
        """Stop the server as ``mode`` says, and start it again.

        :param mode: ``fast``; ``immediate``, as when the machine lost power; or
            ``kill``, as when the kernel ends one of its processes for want of memory
        """
        if mode == "kill":
            self._kill_a_backend()
            return
        self._run("pg_ctl", "--pgdata", self.data, "stop", "--wait", f"--mode={mode}")
        self.start()

    def _kill_a_backend(self):
        """End one backend by SIGKILL: the server ends all others and recovers."""
        main = int((self.data / "postmaster.pid").read_text().split()[0])
        for child in children(main):
            if "idle" in command(child) or "odoo" in command(child):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
                break
        self._wait_until_up()

    def _wait_until_up(self):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(subprocess.CalledProcessError):
                self._run("pg_isready", "-h", self.socket)
                return
            time.sleep(0.1)

    def copy(self, source, database):
        """Copy a database of the server of this process's PGHOST to this one."""
        self.psql("postgres", f'CREATE DATABASE "{database}"')
        dump = subprocess.Popen(
            [self.programs / "pg_dump", "--no-owner", "--no-privileges", source],
            stdout=subprocess.PIPE,
        )
        subprocess.run(
            [self.programs / "psql", "-h", self.socket, "-U", "odoo", "-d", database]
            + ["-Xq", "-v", "ON_ERROR_STOP=1", "--single-transaction"],
            stdin=dump.stdout,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        if dump.wait(PATIENCE):
            message = f"{source} could not be dumped"
            raise RuntimeError(message)

    def dump(self, database, path):
        """Keep a database in a file, to be looked at."""
        with path.open("wb") as output:
            subprocess.run(
                [self.programs / "pg_dump", "-h", self.socket, "-U", "odoo", database],
                stdout=output,
                check=True,
            )


def children(pid):
    """Return the ids of the processes that a process started and that still run."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(each) for each in text.split()]


def command(pid):
    """Return the command line of a process, empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
    except OSError:
        return ""
