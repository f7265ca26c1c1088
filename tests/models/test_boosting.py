"""How the library of the trees is loaded."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

LOAD = """
import os
from patron.models.boosting import lightgbm_library
lightgbm_library()
print(os.environ.get("OMP_WAIT_POLICY"))
"""


@pytest.mark.parametrize(("chosen", "held"), [(None, "PASSIVE"), ("active", "ACTIVE")])
def test_threads_sleep_while_they_wait_unless_told_otherwise(chosen: str | None, held: str) -> None:
    """OpenMP itself says what it goes by; what the caller's environment says is left as it was."""
    env = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    env |= {"OMP_DISPLAY_ENV": "true"} | ({} if chosen is None else {"OMP_WAIT_POLICY": chosen})
    done = subprocess.run([sys.executable, "-c", LOAD], env=env, capture_output=True, text=True, check=True)
    if "OMP_WAIT_POLICY" not in done.stderr:
        pytest.skip("this OpenMP does not say what it goes by; with GNU's (Linux) it does")
    policies = [line for line in done.stderr.splitlines() if "OMP_WAIT_POLICY" in line]
    assert policies
    assert all(f"'{held}'" in line for line in policies), policies
    assert done.stdout.strip() == str(chosen)
