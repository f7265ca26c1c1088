"""Eight models of attribution from a touch table, against ChannelAttribution's Markov chain alone."""

from __future__ import annotations

from files import file_of
from measure import Readings, child, in_turn
from result import Result, Target, at_least, at_most

FASTER, NEAR = 5.0, 0.2


def attribution(*, quick: bool) -> Result:
    """Divide the conversions of a million paths."""
    size, rounds = (50_000, 1) if quick else (1_000_000, 3)
    file = file_of("touches", size)
    calls = {
        "patron": lambda: child("attribution", "touches", file),
        "channel_attribution": lambda: child("channel_attribution", "peer", file),
    }
    taken = in_turn(dict.fromkeys(calls, rounds), calls)
    ours, theirs = taken["patron"], taken["channel_attribution"]
    return Result(
        name="attribution",
        title=f"Attribution of {size:,} paths, {ours.facts['touches']:,} touches",
        included="Ours: from a touch table in Arrow (path, moment, channel as text, converted, value) to the parts of "
        "all eight models, exact; the second call of a process. By DuckDB: the same from Parquet, two threads. "
        "ChannelAttribution: from paths that are texts already, which takes it nothing to make here; its chain is "
        "simulated. Without the import of libraries.",
        columns=("", "s", "processor s", "peak memory, GB"),
        rows=[
            _row("Patron, all eight models, touches path by path", ours, "path by path"),
            _row("Patron, all eight models, touches in order of time", ours, "by time"),
            _row("Patron, all eight models, from Parquet by DuckDB", ours, "engine"),
            _row("Patron, Markov of order 1", ours, "markov"),
            _row("Patron, Markov of order 3", ours, "markov of order 3"),
            _row("ChannelAttribution, first, last, linear", theirs, "heuristics"),
            _row("ChannelAttribution, Markov of order 1", theirs, "markov"),
            _row("ChannelAttribution, Markov of order 3", theirs, "markov of order 3"),
        ],
        targets=[
            at_least(
                "times faster than ChannelAttribution's Markov alone, all eight models, path by path, processor time",
                theirs.processor("markov") / ours.processor("path by path"), FASTER, "",
            ),
            at_most("conversions lost or won by rounding", ours.facts["apart"], 1e-9 * size, ""),
            _nearness(ours, theirs),
        ],
    )  # fmt: skip


def _nearness(ours: Readings, theirs: Readings) -> Target:
    """Hold the simulated chain to the exact one: it differs by chance."""
    exact, drawn = ours.facts["markov"], theirs.facts["markov"]
    apart = max(abs(drawn[name] / value - 1) for name, value in exact.items() if value > 100)
    return Target(
        what="ChannelAttribution's simulated parts from the exact ones", limit=f"at most {NEAR:.0%}",
        came=f"{apart:.1%}", met=apart <= NEAR,
    )  # fmt: skip


def _row(name: str, readings: Readings, lap: str) -> list[str]:
    return [name, f"{readings.wall(lap):.2f}", f"{readings.processor(lap):.2f}", f"{readings.peak_gb:.2f}"]
