"""LightGBM, loaded when trees are first needed, with threads that sleep while they wait for each other.

By default threads of OpenMP turn round and round while they wait, which is fast on an idle machine. On a busy one they
take the processor from whom they wait for: a fit of two threads beside two other programs took ten times as long.
"""

from __future__ import annotations

import os
from functools import cache
from types import ModuleType

POLICY = "OMP_WAIT_POLICY"  # read once, when the library of OpenMP is loaded
ASLEEP = "passive"


@cache
def lightgbm_library() -> ModuleType:
    """Return the module ``lightgbm``; a policy that the user chose stays, and the environment is left as it was."""
    chosen = os.environ.get(POLICY)
    os.environ[POLICY] = chosen or ASLEEP
    try:
        import lightgbm
    finally:
        if chosen is None:
            del os.environ[POLICY]
    return lightgbm
