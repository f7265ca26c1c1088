"""Which column of a table is which field of a source: by the words of the header, held against the values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from patron.contracts import MOMENT, Column
from patron.contracts.raw import FIELDS
from patron.language import percent, say
from patron.sources.recognition.looked import ColumnFacts, Looked
from patron.sources.recognition.proposal import Mapped
from patron.sources.recognition.words import NOT_THE_DAY, WORDS
from patron.sources.systems import Part, plain

_REFUSED = 0.5
"""A column of which fewer values are what its name says is not taken by its name."""


def by_words(table: Looked, source: str) -> dict[str, Mapped]:
    """Propose columns for the fields of `source` by the words of the header.

    A column whose values are not what its name says (a ``date`` without dates) is passed over. No column is proposed
    twice; what else has a fitting name is kept as an alternative.
    """
    return _taken(table, source, WORDS[source], "init.reason.word")


def by_part(table: Looked, part: Part, *, export: str) -> dict[str, Mapped]:
    """Propose columns as the export of a known system has them."""
    words = {name: tuple(map(plain, columns)) for name, columns in part.columns.items()}
    taken = _taken(table, part.source, words, "init.reason.system", shared=True, export=export)
    return {name: replace(mapped, sure=True) for name, mapped in taken.items()}


def _taken(
    table: Looked, source: str, words: Mapping[str, tuple[str, ...]], reason: str, *, shared: bool = False, **facts: str
) -> dict[str, Mapped]:
    kinds = {field.name: field for field in FIELDS[source]}
    chosen: dict[str, list[str]] = {}
    used: set[str] = set()
    both = _BOTH if source == "customers" else ()
    for name in (name for name in words if name in kinds):
        fitting = [
            column
            for column in _named(table, words[name])
            if (column not in used or name in both) and _fits(table, column, kinds[name])
        ]
        if fitting:
            chosen[name] = fitting
            used |= set() if shared else {fitting[0]}
    firsts = {columns[0] for name, columns in chosen.items() if name not in both}
    return {
        name: Mapped(
            columns[0],
            (
                say(reason, **facts),
                *_key_reason(table.columns[columns[0]], source, name),
                *value_reasons(table.columns[columns[0]], kinds[name]),
            ),
            tuple(other for other in columns[1:] if other not in firsts),
        )
        for name, columns in chosen.items()
    }


_BOTH = ("email",)
"""What may be told by a column that is the customer's id, too."""


def _named(table: Looked, words: tuple[str, ...]) -> list[str]:
    """Return the columns whose names are among the words, the best word first."""
    ranked = [
        (words.index(plain(name)), place, name) for place, name in enumerate(table.header) if plain(name) in words
    ]
    return [name for _, _, name in sorted(ranked)]


def _fits(table: Looked, column: str, kind: Column) -> bool:
    facts = table.columns[column]
    if not facts.filled:
        return not table.rows  # of a table without rows, the names are all there is
    like = _alike(facts, kind)
    return like is None or facts.share(like) >= _REFUSED


def _alike(facts: ColumnFacts, kind: Column) -> int | None:
    """Count the values that look like what the field wants; of texts and ids anything does."""
    if kind.type in ("date", MOMENT):
        return facts.dates
    return None if kind.type in ("string", "boolean") else facts.numbers


_KEYS = {"orders": "order_id", "customers": "customer_id", "products": "product_id"}


def _key_reason(facts: ColumnFacts, source: str, field: str) -> tuple[str, ...]:
    return (say("init.reason.unique"),) if _KEYS.get(source) == field and facts.is_unique else ()


def value_reasons(facts: ColumnFacts, kind: Column) -> tuple[str, ...]:
    """Say what the values of a column say for its being a field."""
    like = _alike(facts, kind)
    if like is None or not facts.tried:
        return ()
    key = "init.reason.dates" if kind.type in ("date", MOMENT) else "init.reason.numbers"
    share = facts.share(like)
    return (say(key, share=percent(share, digits=0 if share in (0, 1) else 1)),)


def by_values(table: Looked, source: str, taken: Mapping[str, Mapped]) -> dict[str, Mapped]:
    """Propose a column for the day of the order where no name tells it, but one column alone holds days.

    A day on which something was sent, due or changed is not the day on which somebody bought.
    """
    if "ordered_at" in taken or not any(field.name == "ordered_at" for field in FIELDS[source]):
        return {}
    used = {mapped.column for mapped in taken.values()}
    days = [
        name
        for name, facts in table.columns.items()
        if facts.filled
        and facts.are_dates
        and name not in used
        and not any(part in plain(name) for part in NOT_THE_DAY)
    ]
    if len(days) != 1:
        return {}
    kind = next(field for field in FIELDS[source] if field.name == "ordered_at")
    return {"ordered_at": Mapped(days[0], (say("init.reason.only_days"), *value_reasons(table.columns[days[0]], kind)))}
