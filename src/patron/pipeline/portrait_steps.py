"""The step `portraits`: who the people of each segment are, what moves and hurts them, and who does what about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.contracts import TABLES
from patron.contracts.micro import MICRO
from patron.contracts.portrait import DEPARTMENT_CARDS, IDEAL, PERSONAS, PORTRAITS
from patron.engines.condition import columns_of
from patron.pipeline.ideal import with_ideal
from patron.pipeline.settings import Settings
from patron.pipeline.step import Context, Step, has_rows
from patron.portraits import (
    Known,
    Pain,
    SegmentFacts,
    counted,
    department_cards,
    known_facts,
    lost_steps,
    pains,
    personas,
    portrait_rows,
    said,
    segment_facts,
)
from patron.portraits.counted import Counted
from patron.portraits.persona import tells
from patron.portraits.segment_facts import tone
from patron.privacy.anonymity import LEAST
from patron.segments.behaviour import SEGMENTATION as BEHAVIOUR

MAIN = (BEHAVIOUR, "stage", "value_map", "tier")
"""Segmentations of Patron's own that have portraits; those of the settings have them, too."""

LEAST_MEMBERS, LEAST_CELL, MOST_CELLS = 20, 200, 100
"""Customers of a segment and of a micro-segment for a persona, and how many of the largest cells have one."""

FACTS = ("profiles", "traits", "affinity", "experience", "next_products", "replenishments")
HEARD = tuple(name for name in ("journey_edges", "themes", "theme_texts") if name in TABLES)
"""Tables about journeys and texts; without them a persona says less."""

EVERYBODY = "all"
OTHER = "other"
"""The theme of texts that are near none."""


DEFINES: Mapping[str, tuple[str, ...]] = {
    "discount": ("discount_rate",),
    "returns": ("return_rate",),
    "channel": ("main_channel", "web_share", "app_share", "store_share", "phone_share", "catalogue_share"),
    "weekday": ("weekend_share",),
    "part_of_day": ("evening_share", "morning_share"),
    "country": ("country",),
    "acquisition_channel": ("acquisition_channel",),
    "nps_group": ("nps_group", "nps_score"),
    "effort": ("ces_score",),
    "content": ("csat_score",),
    "rating": ("rating", "last_rating"),
    "tickets": ("tickets", "open_tickets"),
    "main_topic": ("main_topic",),
    "loyalty_tier": ("loyalty_tier", "loyalty_points"),
    "referred": ("referrals_made", "referrals_won"),
}
"""Attributes, and the columns by which a segment is made by them."""

MADE_BY_BEHAVIOUR = ("discount", "returns", "channel", "weekday", "part_of_day")

Tables = Mapping[str, ir.Table]
Row = Mapping[str, Any]


def _portraits(context: Context) -> Tables:
    members = context.keep("members", _members(context))
    facts = context.keep("facts", known_facts(Known(**{name: context[name] for name in FACTS})))
    cells = counted(facts, members)
    if not cells.segments:
        return {one.name: one.empty() for one in (PORTRAITS, PERSONAS, DEPARTMENT_CARDS)}
    portraits = portrait_rows(cells, defined_by=_defined_by(context.settings))
    themes = [row for row in _rows(context, "themes") if row["theme"] != OTHER]
    known = segment_facts(
        portraits, keys=_large(cells), pains=_pains(context, members, themes), themes=themes,
        quotes=_quotes(context, members), least=LEAST,
    )  # fmt: skip
    # A segment of which nothing at all is told has no card: it would be a page of silence.
    return _written(portraits, [one for one in known if tells(one)])


def _written(portraits: Any, known: Sequence[SegmentFacts]) -> Tables:
    made = {"portraits": portraits, "personas": personas(known), "department_cards": department_cards(known)}
    return {name: ibis.memtable(table) for name, table in made.items()}


def _members(context: Context) -> ir.Table:
    """Return who is in the segments that have portraits, the ideal customers among them."""
    every = context["memberships"].select("customer_id", "segmentation", "segment")
    own = context.settings.segments
    kept = every.filter(every.segmentation.isin([*MAIN, *own]))
    parts = [kept, _large_cells(every)]
    if IDEAL not in own:
        parts.append(_ideal(context))
    return ibis.union(*parts)


def _large_cells(every: ir.Table) -> ir.Table:
    """Return the members of the largest micro-segments."""
    cells = every.filter(every.segmentation == MICRO)
    sizes = cells.group_by(_cell=cells.segment).aggregate(_customers=cells.count())
    large = sizes.filter(sizes._customers >= LEAST_CELL).order_by(sizes._customers.desc(), "_cell").limit(MOST_CELLS)
    return cells.semi_join(large, [("segment", "_cell")])


def _ideal(context: Context) -> ir.Table:
    worth = context["forecasts"].select("customer_id", "predicted_value")
    best = with_ideal(context, worth)
    return best.filter(best.ideal == 1).select(
        "customer_id", segmentation=ibis.literal(IDEAL), segment=ibis.literal(IDEAL)
    )


def _defined_by(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Return the attributes by which each segmentation is made."""
    made: dict[str, tuple[str, ...]] = {BEHAVIOUR: MADE_BY_BEHAVIOUR, MICRO: MADE_BY_BEHAVIOUR}
    for name, segment in settings.segments.items():
        columns = set(columns_of(segment.where, where=f"segments.{name}.where"))
        made[name] = tuple(attribute for attribute, theirs in DEFINES.items() if columns & set(theirs))
    return made


def _large(cells: Counted) -> list[tuple[str, str]]:
    return [key for key, size in zip(cells.segments, cells.sizes, strict=True) if size >= LEAST_MEMBERS]


def _pains(context: Context, members: ir.Table, themes: Sequence[Row]) -> list[Pain]:
    sad = sorted({row["theme"] for row in themes if row["segmentation"] == EVERYBODY and tone(row) == "sad"})
    texts = context["theme_texts"] if sad and "theme_texts" in HEARD else None
    heard = context.keep("heard", said(context["experience"], texts, sad))
    found = pains(heard, members, context["forecasts"], context["profiles"], context["contribution"], least=LEAST)
    return [*found, *lost_steps(_rows(context, "journey_edges"), least=LEAST)]


def _quotes(context: Context, members: ir.Table) -> list[Row]:
    """Return the few texts that may be quoted, by the segments of who wrote them."""
    if "theme_texts" not in HEARD or not has_rows(context["theme_texts"]):
        return []
    texts = context["theme_texts"]
    quoted = texts.filter(texts.quote.notnull()).select(_who="customer_id", theme="theme", text_id="text_id",
                                                        closeness="closeness")  # fmt: skip
    theirs = members.inner_join(quoted, [("customer_id", "_who")])
    rows: list[Row] = theirs.select("segmentation", "segment", "theme", "text_id", "closeness").to_pyarrow().to_pylist()
    return rows


def _rows(context: Context, name: str) -> list[Row]:
    """Return the rows of a small table; none where it is not made."""
    rows: list[Row] = context[name].to_pyarrow().to_pylist() if name in HEARD else []
    return rows


PORTRAIT_STEPS = (
    Step(
        "portraits", ("memberships", "forecasts", "contribution", *FACTS, *HEARD),
        ("portraits", "personas", "department_cards"), _portraits, ("market", "segments"),
    ),
)  # fmt: skip
