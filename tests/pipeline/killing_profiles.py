"""Fill the outbox with what is known of customers, in a process that test_profiles_survive.py kills."""

from __future__ import annotations

import sys
from pathlib import Path

from delivering_shop import MORNING
from patron.pipeline import open_project
from patron.pipeline.filling.profiles import profiles

if __name__ == "__main__":
    shop = open_project(Path(sys.argv[1]))
    with shop.state() as state:
        profiles(shop, state, now=MORNING)
