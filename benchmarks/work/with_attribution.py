"""Attribution as Patron and as ChannelAttribution compute it.

python with_attribution.py touches FILE
python with_attribution.py peer FILE
"""

from __future__ import annotations

import sys

from laps import Laps


def touches(laps: Laps, file: str) -> None:
    """All eight models of a touch table, then Markov's chain of several orders of its counted paths."""
    import pyarrow.parquet as pq

    from patron.contracts.touch import MODELS
    from patron.engines import connect
    from patron.kpis import attribution

    ordered, by_time = (pq.read_table(name) for name in (file, file.replace(".parquet", "_by_time.parquet")))
    attribution(ordered, model=MODELS)  # the first call of a process waits for memory
    with laps.lap("path by path"):
        found = attribution(ordered, model=MODELS)
    with laps.lap("by time"):
        attribution(by_time, model=MODELS)
    with laps.lap("markov"):
        attribution(ordered, model="markov")
    with laps.lap("markov of order 3"):
        attribution(ordered, model="markov", order=3)
    connection = connect(threads=2)
    with laps.lap("engine"):
        attribution(connection.read_parquet(file), model=MODELS)
    rows = found.to_pylist()
    apart = [abs(sum(row["conversions"] for row in rows if row["model"] == model) - _led(ordered)) for model in MODELS]
    laps.facts |= {
        "touches": ordered.num_rows, "apart": max(apart),
        "markov": {row["channel"]: row["conversions"] for row in rows if row["model"] == "markov"},
    }  # fmt: skip


def _led(touches: object) -> int:
    import pyarrow.compute as pc

    first = pc.not_equal(touches["path_id"][1:], touches["path_id"][:-1])
    return int(pc.sum(pc.and_(first, touches["converted"][1:])).as_py()) + int(touches["converted"][0].as_py())


def peer(laps: Laps, file: str) -> None:
    """Rules of thumb, then its chain of the first order, of paths that are texts already."""
    with laps.lap("import"):
        import pyarrow.parquet as pq
        from ChannelAttribution import heuristic_models, markov_model
    paths = pq.read_table(file.replace(".parquet", "_text.parquet")).to_pandas()
    names = {"var_path": "path", "var_conv": "conversions", "var_value": "value"}
    heuristic_models(paths, **names, flg_pro=False)
    with laps.lap("heuristics"):
        heuristic_models(paths, **names, flg_pro=False)
    with laps.lap("markov"):
        found = markov_model(paths, **names, var_null="nulls", order=1, flg_pro=False)
    with laps.lap("markov of order 3"):
        markov_model(paths, **names, var_null="nulls", order=3, flg_pro=False)
    laps.facts |= {"markov": dict(zip(found.iloc[:, 0].tolist(), found.iloc[:, 1].tolist(), strict=True))}


if __name__ == "__main__":
    laps = Laps()
    {"touches": touches, "peer": peer}[sys.argv[1]](laps, *sys.argv[2:])
    laps.tell()
