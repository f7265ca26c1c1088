"""Everything that the published run knows and expects of one customer, in one answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patron.errors import MissingTable
from patron.pipeline.next_said import said_next
from patron.pipeline.reasons_said import said_why
from patron.pipeline.serving import Published
from patron.pipeline.settings import Settings

Row = dict[str, Any]
Titles = Mapping[tuple[str, str], str]
"""The names for people of segments, by segmentation and segment."""

_DECIDED = ("trigger", "channel", "outcome", "reason", "held_by", "send_on", "send_at", "expires_on", "variant")
"""What is told of a decision about a message."""


def customer_view(published: Published, customer_id: str, *, settings: Settings, titles: Titles) -> Row:
    """Return what a run knows of a customer; of one who never ordered that is little.

    Parameters
    ----------
    published : Published
        The published run.
    customer_id : str
        Who.
    settings : Settings
        The project's.
    titles : mapping
        The names for people of segments.

    Returns
    -------
    dict
        ``profile, segments, stage, forecast, propensities, signals, next_products, next_action, messages``, rows of
        the tables of these names, with sentences where a person reads them. What the run has no table for is empty.
    """
    following = _one(published, "next_actions", customer_id)
    if following is not None:
        following["sentence"] = said_next(following, settings.contact, currency=settings.currency)
    return {
        "profile": _one(published, "profiles", customer_id),
        "segments": [_titled(row, titles) for row in _all(published, "memberships", customer_id)],
        "stage": _one(published, "stages", customer_id),
        "forecast": _one(published, "forecasts", customer_id),
        "propensities": _all(published, "propensities", customer_id),
        "signals": _all(published, "signals", customer_id),
        "next_products": _all(published, "next_products", customer_id),
        "next_action": following,
        "messages": [
            {**{name: row[name] for name in _DECIDED}, "why": said_why(row, settings.contact)}
            for row in _all(published, "decisions", customer_id)
        ],
    }


def _titled(row: Row, titles: Titles) -> Row:
    return {**_without_id(row), "title": titles.get((row["segmentation"], row["segment"]))}


def _one(published: Published, table: str, customer_id: str) -> Row | None:
    try:
        row = published.row(table, customer_id)
    except MissingTable:  # a run of an earlier version
        return None
    return None if row is None else _without_id(row)


def _all(published: Published, table: str, customer_id: str) -> list[Row]:
    try:
        return [_without_id(row) for row in published.rows(table, customer_id)]
    except MissingTable:
        return []


def _without_id(row: Mapping[str, Any]) -> Row:
    return {name: value for name, value in row.items() if name != "customer_id"}
