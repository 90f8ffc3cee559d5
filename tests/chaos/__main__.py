"""The long run; ``bin/chaos --help`` tells."""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.cluster import ROOT, Cluster
from tests.chaos.run import run


def main():
    parser = argparse.ArgumentParser(
        prog="bin/chaos",
        description="Books orders with real Odoo servers while everything breaks, and"
        " compares the books with an oracle. Ends with 0 if nothing is lost, doubled"
        " or wrong. It has a PostgreSQL of its own.",
    )
    parser.add_argument("--orders", type=int, default=2000, help="how many (2000)")
    parser.add_argument("--seed", type=int, help="as a run printed it; else drawn")
    parser.add_argument(
        "--minutes",
        type=float,
        default=0,
        help="let it break at least so long (0: until most orders came to an end)",
    )
    parser.add_argument(
        "--database",
        help="copy this database of the server of PGHOST, which has the addon, instead"
        " of installing it",
    )
    parser.add_argument("--logs", type=Path, help="keep the logs in this folder")
    options = parser.parse_args()
    # Whoever is told to end takes the servers and PostgreSQL along.
    signal.signal(signal.SIGTERM, lambda *_args: sys.exit(143))
    seed = options.seed
    if seed is None:
        seed = random.SystemRandom().randrange(10**6)
    folder = options.logs or Path(tempfile.mkdtemp(prefix="lec-chaos-logs-"))
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()

    def tell(text):
        print(f"[{time.monotonic() - began:5.0f} s] {text}", flush=True)

    with Cluster() as cluster:
        if options.database:
            cluster.copy(options.database, "chaos")
        else:
            install(cluster)
        problems, lines = run(
            cluster,
            "chaos",
            folder,
            orders=options.orders,
            seed=seed,
            seconds=options.minutes * 60,
            tell=tell,
        )
    print(*lines, sep="\n")
    if problems:
        print(f"{len(problems)} wrong; logs in {folder}:", *problems, sep="\n  ")
        return 1
    print("0 lost, 0 doubled, 0 wrong")
    if not options.logs:
        shutil.rmtree(folder)
    return 0


def install(cluster):
    """Make the database on the run's own cluster, as the tests make theirs."""

    subprocess.run(
        [sys.executable, ROOT / "bin" / "_lib" / "testdb.py", "chaos"],
        env={**os.environ, **cluster.environment},
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main())
