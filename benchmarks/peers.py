"""The libraries that are compared with, each in a virtual environment of its own, made when it is first asked for."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE / ".peers"
# DuckDB by hand runs in the same environment, so that both have one version of it
OURS = ("patron", "sql", "response", "attribution")


def is_installed(contestant: str) -> bool:
    """Return whether the contestant's library is there, in the version that is wanted."""
    wanted, done = HERE / "peers" / f"{contestant}.txt", FOLDER / contestant / "installed.txt"
    return contestant in OURS or (done.exists() and done.read_text(encoding="utf-8") == wanted.read_text("utf-8"))


def python_of(contestant: str) -> str:
    """Return the Python that has the contestant's library."""
    if contestant in OURS:
        return sys.executable
    folder, wanted = FOLDER / contestant, HERE / "peers" / f"{contestant}.txt"
    python, done = folder / "bin" / "python", folder / "installed.txt"
    if not is_installed(contestant):
        print(f"  installing {contestant} into {folder}", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", wanted], check=True)
        done.write_text(wanted.read_text(encoding="utf-8"), encoding="utf-8")
    return str(python)


def version_of(contestant: str, package: str) -> str:
    """Return the version of a package in the contestant's environment."""
    asked = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
    answer = subprocess.run([python_of(contestant), "-c", asked, package], check=True, capture_output=True, text=True)
    return answer.stdout.strip()
