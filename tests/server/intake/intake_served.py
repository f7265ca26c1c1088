"""A real server in a process of its own, for tests that kill it or talk to it by foreign clients."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


class Serving:
    """A server that is killed and started again."""

    def __init__(self, folder: Path, database: str) -> None:
        paths = os.pathsep.join([str(HERE), *sys.path])
        self.process = subprocess.Popen(
            [sys.executable, HERE / "serving.py", folder, database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": paths},
        )
        assert self.process.stdout is not None
        assert self.process.stdin is not None
        self.told, self.asked = self.process.stdout, self.process.stdin
        self.key = self.told.readline().strip()
        self.port = self.number = 0

    def start(self) -> None:
        self.asked.write("\n")
        self.asked.flush()
        number, port = self.told.readline().split()
        self.number, self.port = int(number), int(port)

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        os.kill(self.number, how)
        assert self.told.readline() == "ended\n"

    def close(self) -> None:
        self.asked.close()
        self.process.wait(timeout=30)
        self.told.close()
