"""A server in a process of its own: started, waited for, measured, and ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def server(command: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5).read()
                break
            except OSError:
                if process.poll() is not None:
                    raise SystemExit(f"{command} ended") from None
                time.sleep(0.2)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def patron(*words: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "patron", *map(str, words)], check=True, capture_output=True, text=True
    )  # fmt: skip
    return done.stdout.strip()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def resident_mb(process: subprocess.Popen[bytes]) -> float:
    """Return the memory of a process and its children that is its own, page cache of mapped files left out."""
    pids = [process.pid, *_children(process.pid)]
    return sum(_anonymous_kb(pid) for pid in pids) / 1024


def processor_s(process: subprocess.Popen[bytes]) -> float:
    """Return the processor seconds of a process and its children."""
    spent = 0
    for pid in (process.pid, *_children(process.pid)):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent += int(fields[11]) + int(fields[12])
    return spent / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [int(one) for one in found]


def _anonymous_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return 0
