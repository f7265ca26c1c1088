"""The project's own segments: what their conditions may name, and who is in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import ibis
import ibis.expr.types as ir

from patron.contracts import TABLES
from patron.contracts.customer import MEMBERSHIPS
from patron.engines.condition import columns_of
from patron.pipeline.propensity_settings import DEFAULT
from patron.pipeline.said import answer_columns, wide_answers
from patron.pipeline.settings import Settings
from patron.segments import rules
from patron.segments.behaviour import SEGMENTATION as BEHAVIOUR
from patron.segments.customer_columns import CustomerColumns
from patron.segments.summary import ORDER
from patron.segments.tiers import BY_PAST_VALUE, BY_PREDICTED_VALUE

MAIN = "profiles"
ASKED = (
    MAIN, "forecasts", "headroom", "rhythm", "contribution", "covariates", "experience", "engagement", "stages",
    "customer_themes",
)  # fmt: skip
"""Tables with one row per customer that are made before the segments; conditions may name their columns."""

OTHERS = (*ASKED[2:], "propensities", "answers")
"""Those besides profiles and forecasts that a run hands over."""

WHERE = "segments"


def customer_columns(settings: Settings) -> CustomerColumns:
    """Return the names that a project's conditions may use."""
    contracts = {name: TABLES[name] for name in ASKED}
    words = {
        (name, column.name): column.values
        for name, contract in contracts.items()
        for column in contract.columns
        if column.values
    }
    chances = ibis.schema({"customer_id": "string"} | dict.fromkeys(chances_of(settings), "float64"))
    said = ibis.schema({"customer_id": "string"} | answer_columns(settings))
    return CustomerColumns(
        main=MAIN,
        schemas={name: contract.schema for name, contract in contracts.items()}
        | {"propensities": chances, "answers": said},
        words=words,
        segmentations=_segmentations(settings) if settings.sells else {},
    )


def check_own_segments(settings: Settings) -> None:
    """Refuse a condition that cannot be asked, before anything is computed.

    Raises
    ------
    ConditionError
        Its place is ``segments.NAME.where``.
    """
    columns = customer_columns(settings)
    for name, segment in settings.segments.items():
        columns.check(segment.where, where=f"{WHERE}.{name}")


def own_members(tables: Mapping[str, ir.Table], *, settings: Settings, absent: Collection[str] = ()) -> ir.Table:
    """Return who is in the project's own segments: contracts.customer.MEMBERSHIPS.

    A segment whose condition asks of a table that is not handed over is left out: of an earlier day not everything
    is computed again.

    Parameters
    ----------
    tables : mapping of name to Table
        Profiles, and what else is there of `ASKED`, ``propensities`` and ``memberships`` (in Patron's own
        segmentations).
    settings : Settings
        The project's.
    absent : collection of str
        Segmentations that nobody's memberships are known of; segments that ask of them are left out, too.
    """
    columns = customer_columns(settings)
    asked = {name: columns.needs(segment.where, where=f"{WHERE}.{name}") for name, segment in settings.segments.items()}
    own = {name: settings.segments[name].where for name, needed in asked.items() if needed <= tables.keys()}
    own = {name: where for name, where in own.items() if not {*absent} & {*columns_of(where, where=WHERE)}}
    return meeting(tables, own, settings=settings, where=WHERE)


def meeting(tables: Mapping[str, ir.Table], own: Mapping[str, str], *, settings: Settings, where: str) -> ir.Table:
    """Return who meets conditions: contracts.customer.MEMBERSHIPS, one segmentation a condition.

    Parameters
    ----------
    tables, settings
        As for `own_members`.
    own : mapping of name to condition
        Names are words.
    where : str
        Where the conditions stand in the settings, for error messages.

    Raises
    ------
    ConditionError
        A condition does not parse, or names a column that is not there.
    """
    if not own:
        return MEMBERSHIPS.empty()
    columns = customer_columns(settings)
    names = [name for text in own.values() for name in columns_of(text, where=where)]
    return rules(columns.table(names, one_row_each(tables, settings=settings), where=where), own, where=where)


def one_row_each(tables: Mapping[str, ir.Table], *, settings: Settings) -> Mapping[str, ir.Table]:
    """Return the tables with one row per customer in those that have several: propensities and answers."""
    if "propensities" in tables:
        tables = {**tables, "propensities": _wide_chances(tables["propensities"], chances_of(settings))}
    if "answers" in tables:
        tables = {**tables, "answers": wide_answers(tables["answers"], answer_columns(settings))}
    return tables


def _segmentations(settings: Settings) -> Mapping[str, tuple[str, ...] | None]:
    """Return Patron's own segmentations, each with its segments; those by behaviour are found by the run."""
    tiers = dict.fromkeys((BY_PREDICTED_VALUE, BY_PAST_VALUE), tuple(settings.tiers))
    return {**{name: tuple(order) for name, order in ORDER.items()}, **tiers, BEHAVIOUR: None}


def chances_of(settings: Settings) -> Mapping[str, tuple[str, int]]:
    """Return the columns of the propensities, one for each target and horizon: ``lapses_90d``."""
    wanted = DEFAULT if settings.propensities is None else tuple(settings.propensities)
    return {f"{one.target}_{one.horizon}d": (one.target, one.horizon) for one in wanted if one.target != "converts"}


def _wide_chances(propensities: ir.Table, chances: Mapping[str, tuple[str, int]]) -> ir.Table:
    """Return one row per customer with the probability of each target."""
    return propensities.group_by("customer_id").aggregate(
        **{
            name: propensities.probability.max(
                where=(propensities.target == target) & (propensities.horizon_days == horizon)
            )
            for name, (target, horizon) in chances.items()
        }
    )
