"""A real `patron serve` in a process of its own, for the tests that need one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import httpx

_ENDS = 90  # seconds that a server may take to end


class Served:
    """A server on a free port; inside `with` it answers, and at the end it is told to stop."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder, self.words = folder, words
        self.address = self.link = ""  # where it listens, and the link that signs the administrator in once

    def start(self) -> None:
        """Start it, and wait for the line that says where it listens."""
        command = [sys.executable, "-m", "patron", "serve", str(self.folder), "--port", "0", "--json", *self.words]
        self.log = (self.folder / "server.log").open("a")
        options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": self.log, "text": True, "env": {**os.environ}}
        self.process = subprocess.Popen(command, **options)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert '"address"' in line, (line, self.told())
        self.address = line.partition('"address": "')[2].partition('"')[0]
        self.link = line.partition('"sign_in": "')[2].partition('"')[0]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to stop, and return its exit code."""
        self.process.send_signal(how)
        code = self.process.wait(_ENDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.log.close()
        return code

    def told(self) -> str:
        """Return what it wrote to standard error."""
        return (self.folder / "server.log").read_text()

    def client(self, **options: Any) -> httpx.Client:
        """Return a client of it."""
        return httpx.Client(base_url=self.address, timeout=30, **options)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.stop()
        elif not self.log.closed:
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.log.close()
