"""What agreement is worth, learnt from the records themselves.

Ref  Fellegi & Sunter (1969), JASA 64(328); Winkler (1988), Using the EM Algorithm for Weight Computation in the
     Fellegi-Sunter Model of Record Linkage; the computation is Splink's

u, how often different people agree, comes from all pairs of a random sample of customers: of those that rules have
linked already, one record each, so that it holds few pairs that are one person. m, how often two records of one
person agree, comes from expectation-maximisation over pairs that agree in something rare, several times over, each
time for the fields that the others left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from patron.identity.linkage.comparisons import COMPARISONS, HOME, TRAINING, Comparison
from patron.identity.linkage.door import database, linker, splink

MOST_TRAINING_PAIRS = 2_000_000
"""In each of the trainings, so that its time does not grow with the shop."""

LEAST_M = 0.001
"""A level that no pair of the training had is rare, not impossible."""


def trained(
    connection: Any, *, records: str, sample: str, sample_rows: int, present: Iterable[str]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Train m and u.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the tables.
    records, sample : str
        Tables with the columns `patron.identity.linkage.fields.FIELDS`: all records, and the sample for u.
    sample_rows : int
        Rows of the sample.
    present : iterable of str
        Columns in which something stands.

    Returns
    -------
    settings : dict
        Splink's settings with m and u of every level.
    trained : tuple of str
        What agreed in the pairs of each training that found some.
    """
    columns = set(present)
    comparisons = [comparison for comparison in COMPARISONS if columns & set(comparison.needs)]
    settings = _settings(comparisons)
    with_u = _with_u(connection, sample, settings, pairs=sample_rows * (sample_rows - 1) / 2)
    rules = [rule for rule in TRAINING if columns >= set(rule)]
    with_m, found = _with_m(connection, records, with_u, rules)
    return _floored(with_m), found


def _settings(comparisons: Iterable[Comparison]) -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "comparisons": [comparison.settings() for comparison in comparisons],
        "blocking_rules_to_generate_predictions": [],
        "probability_two_random_records_match": 0.5,
        "retain_matching_columns": True,  # with them come the levels, which the vetoes need
        "retain_intermediate_calculation_columns": False,
    }


def _with_u(connection: Any, sample: str, settings: dict[str, Any], *, pairs: float) -> dict[str, Any]:
    with database(connection) as api:
        trainer = linker(api, sample, settings)
        # All pairs of a sample that is drawn already: the same at every run, unlike a sample that Splink draws.
        trainer.training.estimate_u_using_random_sampling(
            max_pairs=2.0 * max(pairs, 1.0), min_count_per_level=None, num_chunks=1
        )
        came: dict[str, Any] = trainer.misc.save_model_to_json()
    for level in _levels(came):
        # Half a pair where there was none: what was not seen is not impossible.
        level["u_probability"] = max(level.get("u_probability", 0.0), 0.5 / max(pairs, 1.0))
    return _relatives(came)


def _relatives(settings: dict[str, Any]) -> dict[str, Any]:
    """Make the u of a shared home the share among people of one family name.

    The comparison of family names has counted already how rare it is to agree in one. That two who do agree live
    together is not rare at all: without this, relatives would be taken for one person.
    """
    u = {
        (comparison["output_column_name"], level["label_for_charts"]): level
        for comparison in settings["comparisons"]
        for level in comparison["comparison_levels"]
    }
    home = u.get(("contact", HOME))
    if home is not None:
        family = sum(u["family_name", level]["u_probability"] for level in ("same", "close"))
        home["u_probability"] = min(0.9, home["u_probability"] / family)
    return settings


def _with_m(
    connection: Any, records: str, settings: dict[str, Any], rules: Iterable[tuple[str, ...]]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    from splink.internals.exceptions import EMTrainingException  # the extra's: only here once it is known to be there

    found = []
    with database(connection) as api:
        trainer = linker(api, records, settings)
        for rule in rules:
            try:
                trainer.training.estimate_parameters_using_expectation_maximisation(
                    splink().block_on(*rule), estimate_without_term_frequencies=True, max_pairs=MOST_TRAINING_PAIRS
                )
            except EMTrainingException:  # no two records agree in it: the other trainings speak
                continue
            found.append("+".join(rule))
        came: dict[str, Any] = trainer.misc.save_model_to_json()
    before = {_place(settings, level): level for level in _levels(settings)}
    for level in _levels(came):
        was = before[_place(came, level)]
        level["u_probability"] = was["u_probability"]
        level.setdefault("m_probability", was.get("m_probability", LEAST_M))
    return came, tuple(found)


def _place(settings: dict[str, Any], level: dict[str, Any]) -> tuple[str, str]:
    for comparison in settings["comparisons"]:
        if any(own is level for own in comparison["comparison_levels"]):
            return comparison["output_column_name"], level["label_for_charts"]
    raise KeyError(level["label_for_charts"])


def _levels(settings: dict[str, Any]) -> Iterable[dict[str, Any]]:
    for comparison in settings["comparisons"]:
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                yield level


def _floored(settings: dict[str, Any]) -> dict[str, Any]:
    for comparison in settings["comparisons"]:
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        ms = [max(level["m_probability"], LEAST_M) for level in levels]
        for level, m in zip(levels, ms, strict=True):
            level["m_probability"] = m / sum(ms)
    return settings
