"""Real Odoo servers of the run: prefork, with cron workers that die and come back."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from cryptography.fernet import Fernet

from tests.chaos.cluster import ROOT, children, command

HERE = Path(__file__).resolve().parent
PATIENCE = 120


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Servers:
    """The processes of a run.

    :param str database: on the cluster
    :param dict environment: by which PostgreSQL is found
    :param Path folder: for logs, and what the processes tell
    """

    def __init__(self, database, environment, folder, seed, share):
        self.database = database
        self.folder = folder
        self.deaths_file = folder / "deaths.txt"
        self.calm_file = folder / "calm"
        self.ports = []
        self._masters = []
        self._options = []
        configuration = folder / "odoo.conf"
        configuration.write_text("[options]\n")
        # A data folder of its own: sessions and files go with the run.
        self.secret_key = Fernet.generate_key().decode()
        self.environment = {
            **os.environ,
            **environment,
            "ODOO_RC": str(configuration),
            "ODOO_DATA_DIR": str(folder / "data"),
            # Encrypted: no row of the database may hold a secret as it is.
            "LIGHTSPEED_EXACT_SECRET_KEYS": self.secret_key,
        }
        self._chaos = json.dumps(
            {
                "seed": seed,
                "share": share,
                "deaths": str(self.deaths_file),
                "calm": str(self.calm_file),
            }
        )

    # === SERVERS === #
    def log(self, name):
        return self.folder / f"{name}.log"

    def logs(self):
        """Return every log that Odoo wrote in this run."""
        return sorted(self.folder.glob("*.log"))

    def start(self, *, http):
        """Start a server with two cron workers, and one for people if ``http``."""
        options = ["--workers", "1", "--max-cron-threads", "2"]
        if http:
            port = _free_port()
            self.ports.append(port)
            options += ["--http-port", str(port), "--gevent-port", str(_free_port())]
        else:
            options += ["--no-http"]
        paths = f"{_addons_path(self.environment)},{HERE / 'hooks'}"
        options += ["--addons-path", paths, "--load", "base,web,lec_chaos"]
        options += ["--log-handler", "odoo.addons.lightspeed_exact_connector:DEBUG"]
        self._options.append(options)
        self._masters.append(self._start(len(self._masters)))

    def _start(self, place):
        with self.log(f"server{place + 1}").open("ab") as output:
            return subprocess.Popen(
                [ROOT / "bin" / "odoo", "-d", self.database, *self._options[place]],
                env={**self.environment, "LEC_CHAOS": self._chaos},
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def supervise(self):
        """Start a server again that ended, as the system does it that runs it.

        Odoo's first process ends when it wants a worker and PostgreSQL is away.

        :return: how many
        """
        ended = [
            place for place, each in enumerate(self._masters) if each.poll() is not None
        ]
        for place in ended:
            self._end(self._masters[place])
            self._masters[place] = self._start(place)
        return len(ended)

    def wait_until_ready(self):
        """Wait until every server has its registry and its workers."""
        until = time.monotonic() + PATIENCE
        for number, master in enumerate(self._masters, 1):
            while "Worker WorkerCron" not in self.log(f"server{number}").read_text():
                assert master.poll() is None, self.log(f"server{number}").read_text()
                assert time.monotonic() < until, "a server does not start"
                time.sleep(0.1)

    def workers(self):
        """Return the ids of the forked workers of all servers."""
        return [
            child
            for master in self._masters
            for child in children(master.pid)
            # What serves long polling is a program of its own.
            if "gevent" not in command(child).split()
        ]

    def kill(self, pid):
        """End a worker as Odoo itself ends one that takes too long."""
        if pid in self.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def stop(self):
        for master in self._masters:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(master.pid, signal.SIGTERM)
        for master in self._masters:
            with contextlib.suppress(subprocess.TimeoutExpired):
                master.wait(15)
            self._end(master)

    def _end(self, master):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(master.pid, signal.SIGKILL)
        master.wait(15)

    # === WHAT IS TOLD === #
    def be_calm(self):
        """Let no process die at a step any more."""
        self.calm_file.touch()

    def deaths(self):
        """Return the step of each death, in their order."""
        if not self.deaths_file.exists():
            return []
        lines = self.deaths_file.read_text().splitlines()
        return [line.split("\t")[1] for line in lines]

    def ask(self, role, **arguments):
        """Run a worker of ``worker.py`` and return its answer."""
        with self.log(f"worker-{role}").open("ab") as errors:
            answer = subprocess.run(
                [sys.executable, HERE / "worker.py", self.database, role]
                + [json.dumps(arguments)],
                env={
                    **self.environment,
                    "ODOO_ADDONS_PATH": _addons_path(self.environment),
                    "PYTHONPATH": str(ROOT),
                },
                stdout=subprocess.PIPE,
                stderr=errors,
                timeout=PATIENCE,
                check=False,
            )
        log = self.log(f"worker-{role}").read_text()
        assert answer.returncode == 0, log
        return json.loads(answer.stdout.splitlines()[-1])


def _addons_path(environment):
    script = f". '{ROOT}/bin/_lib/common.sh' && addons_path"
    return subprocess.check_output(["bash", "-c", script], text=True, env=environment)
