"""What the package promises to the outside: its names, and that it imports without extras."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import patron

SOURCE = Path(patron.__file__).parent


def test_every_all_is_true() -> None:
    for found in pkgutil.walk_packages([str(SOURCE)], "patron."):
        if ".migrations" in found.name or found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        names = getattr(module, "__all__", None)
        if names is None:
            assert not found.ispkg or found.name == "patron.cli", f"{found.name} has no __all__"
            continue
        assert len(set(names)) == len(names), found.name
        for name in names:
            assert hasattr(module, name), (found.name, name)


def test_the_public_names_are_there_and_no_others() -> None:
    assert dir(patron) == patron.__all__
    for name in patron.__all__:
        assert getattr(patron, name) is not None
    assert {"BgNbd", "GammaGamma", "LifetimeValue"} <= set(patron.models.__all__)


def test_importing_patron_is_light_and_needs_no_extra() -> None:
    code = (
        "import sys; import patron; heavy = {'ibis', 'duckdb', 'scipy', 'plotly', 'pyspark'} & set(sys.modules); "
        "assert not heavy, heavy; "
        "sys.modules.update(dict.fromkeys(('pyspark', 'fastapi', 'splink', 'polars', 'httpx', 'pytest'))); "
        "from patron.cli.main import app; patron.models.BgNbd; patron.models.Propensity; "
        "assert not {'lightgbm', 'sklearn'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_but_the_clock_reads_the_clock_or_global_chance() -> None:
    forbidden = {"today", "now", "utcnow", "time", "time_ns", "seed"}
    for file in SOURCE.rglob("*.py"):
        if file.name == "clock.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in forbidden:
                owner = ast.unparse(node.func.value)
                assert owner not in {"date", "datetime", "time", "np.random", "random", "dt"}, (file, node.lineno)


def test_no_file_of_a_name_that_says_nothing() -> None:
    names = {file.stem for file in SOURCE.rglob("*.py")}
    assert not names & {"utils", "common", "helpers", "misc", "core", "base"}
