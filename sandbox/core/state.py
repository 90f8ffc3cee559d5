"""The state file: all services and the clock, written after each change."""

import os
import threading
from pathlib import Path
from typing import Any

from .jsonio import dumps, loads


class StateFile:
    """Writes atomically; requests that wait for a write share it."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._wanted = 0
        self._written = 0

    def read(self) -> Any | None:
        """Return the stored state, or None when there is none yet."""
        if not self.path.exists():
            return None
        return loads(self.path.read_bytes())

    def save(self, dump: Any) -> None:
        """Write what `dump()` returns; returns once a write that began later ended."""
        with self._counting:
            self._wanted += 1
            ticket = self._wanted
        with self._lock:
            if self._written >= ticket:
                return
            covered = self._wanted
            text = dumps(dump())
            temporary = self.path.with_name(self.path.name + ".new")
            with temporary.open("w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(self.path)
            self._written = covered
