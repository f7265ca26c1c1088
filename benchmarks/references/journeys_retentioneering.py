"""Write the transitions that retentioneering counts in the public clickstream, for tests/journeys.

In a virtual environment of its own, since it wants other versions of NumPy and pandas:

    python -m venv .retentioneering && .retentioneering/bin/pip install retentioneering==5.2.4
    RETENTIONEERING_NO_TRACK=1 .retentioneering/bin/python benchmarks/references/journeys_retentioneering.py
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
DATA = HERE.parent / "shared" / "data" / "clickstream" / "ecom.csv.gz"
WANTED = HERE / "tests" / "journeys" / "retentioneering_ecom.csv"


def main() -> None:
    """Count by user and by visit."""
    import pandas as pd  # neither is among the dependencies, nor of the tests
    import retentioneering

    events = pd.read_csv(DATA)
    events["visit"] = events["user_id"] + "/" + events["session_id"]
    with WANTED.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["journey", "event", "next_event", "count", "unique_paths"])
        for journey, column in (("person", "user_id"), ("visit", "visit")):
            stream = retentioneering.Eventstream(
                events, {"path_cols": [column], "event_col": "event", "timestamp_col": "timestamp"}
            )
            counts = stream.transition_graph_data(edge_weight="count")
            paths = stream.transition_graph_data(edge_weight="unique_paths")
            for event in counts.index:
                for after in counts.columns:
                    if counts.loc[event, after] > 0:
                        writer.writerow(
                            [journey, event, after, int(counts.loc[event, after]), int(paths.loc[event, after])]
                        )


if __name__ == "__main__":
    sys.exit(main())
