"""Run the sandbox: `python -m sandbox --help`."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from sandbox import Sandbox


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Stand-in Lightspeed eCom, Exact Online and VIES on 127.0.0.1.",
    )
    for name in ("lightspeed", "exact", "vies", "control"):
        parser.add_argument(
            f"--{name}-port", type=int, default=0, help="0 (default) is a free port"
        )
    parser.add_argument("--state", type=Path, help="keep the state in this file")
    parser.add_argument(
        "--demo", action="store_true", help="fill an empty sandbox with demo data"
    )
    parser.add_argument(
        "--now", help="where the clock starts (ISO date-time); default: now"
    )
    parser.add_argument(
        "--ready-file", type=Path, help="write the URLs here once everything runs"
    )
    return parser.parse_args()


def main() -> None:
    """Run until interrupted."""
    arguments = _arguments()
    box = Sandbox(
        demo=arguments.demo,
        state=arguments.state,
        lightspeed_port=arguments.lightspeed_port,
        exact_port=arguments.exact_port,
        vies_port=arguments.vies_port,
        control_port=arguments.control_port,
        now=arguments.now,
    )
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with box:
        urls = json.dumps({f"{name}_url": url for name, url in box.urls.items()})
        if arguments.ready_file:
            temporary = arguments.ready_file.with_suffix(".new")
            temporary.write_text(urls, encoding="utf-8")
            temporary.replace(arguments.ready_file)
        sys.stdout.write(urls + "\n")
        sys.stdout.flush()
        done.wait()


if __name__ == "__main__":
    main()
