"""Under which names does a condition find what is known of a customer, in several tables?

A column of the main table, and one that only one table has, is named alone: ``orders``, ``predicted_value``. Where
several tables have it, and wherever one likes, its table stands before it: ``headroom.grade``. The segment that a
customer has in a segmentation is a column, too, named as the segmentation: ``rfm = 'at_risk'``.

In   tables with one row per customer, contracts.customer.MEMBERSHIPS
Out  one table with the columns that conditions name, one row per customer of the main table
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from patron.engines.condition import Condition, columns_of, compared_texts, condition
from patron.errors import ConditionError
from patron.language import did_you_mean, failure, listing

KEY = "customer_id"


@dataclass(frozen=True, kw_only=True)
class CustomerColumns:
    """The names that conditions may use, whether or not the tables are there yet.

    Parameters
    ----------
    main : str
        The table with every customer. Its columns are named alone even where another table has them, too.
    schemas : mapping of table to schema
        Tables with one row per customer, `main` among them.
    words : mapping of table and column to words
        What a column of a closed vocabulary can be.
    segmentations : mapping of segmentation to segments, or None
        None where nobody knows beforehand which segments there will be.
    """

    main: str
    schemas: Mapping[str, ibis.Schema]
    words: Mapping[tuple[str, str], Collection[str]] = field(default_factory=dict)
    segmentations: Mapping[str, Collection[str] | None] = field(default_factory=dict)

    def home(self, name: str, *, where: str) -> tuple[str, str]:
        """Return the table and column behind a name; the table of a segmentation is ``memberships``.

        Raises
        ------
        ConditionError
            There is no such column, or several tables have it.
        """
        table, _, column = name.rpartition(".")
        if column in self.schemas.get(table or self.main, ()):
            return table or self.main, column
        if name in self.segmentations:
            return "memberships", name
        homes = [one for one, schema in self.schemas.items() if name in schema]
        if len(homes) > 1:
            choices = listing(f"{home}.{name}" for home in homes)
            raise failure(ConditionError, "errors.condition_several", where=where, column=name, choices=choices)
        if not homes:
            raise failure(
                ConditionError, "errors.condition_column", where=where, column=name, hint=self._hint(name, table)
            )
        return homes[0], name

    def check(self, expression: str, *, where: str) -> None:
        """Refuse a condition that `read` refuses."""
        self.read(expression, where=where)

    def read(self, expression: str, *, where: str) -> Condition:
        """Read a condition; refuse one that names no column of these, or compares one with a word that it never is.

        Raises
        ------
        ConditionError
            Also when it does not parse, or compares what cannot be compared.
        """
        homes = {name: self.home(name, where=where) for name in columns_of(expression, where=where)}
        for name, word in compared_texts(expression, where=where):
            known = self._known_words(*homes[name])
            if known is not None and word not in known:
                hint = did_you_mean(word, known)
                raise failure(ConditionError, "errors.condition_word", where=where, column=name, came=word, hint=hint)
        types = {name: self._type(*home) for name, home in homes.items()}
        return condition(expression, ibis.table(types or {KEY: "string"}, name="customers"), where=where)

    def table(self, names: Iterable[str], tables: Mapping[str, ir.Table], *, where: str) -> ir.Table:
        """Return the customers with the named columns, and `customer_id`; a customer without a row has null.

        Raises
        ------
        ConditionError
            As of `home`.
        """
        homes = {name: self.home(name, where=where) for name in dict.fromkeys(names)}
        main = tables[self.main]
        whole = main.select(
            KEY, **{name: column for name, (table, column) in homes.items() if table == self.main and name != KEY}
        )
        for other in dict.fromkeys(table for table, _ in homes.values() if table != self.main):
            named = {name: column for name, (table, column) in homes.items() if table == other}
            part = _of_segmentations(tables[other], named) if other == "memberships" else tables[other]
            part = part.select(_customer=part[KEY], **named)
            whole = whole.left_join(part, whole[KEY] == part["_customer"]).drop("_customer")
        return whole

    def needs(self, expression: str, *, where: str) -> set[str]:
        """Return the tables that a condition asks of."""
        return {self.home(name, where=where)[0] for name in columns_of(expression, where=where)}

    def _type(self, table: str, column: str) -> dt.DataType:
        return dt.string if table == "memberships" else self.schemas[table][column]

    def _known_words(self, table: str, column: str) -> Collection[str] | None:
        if table == "memberships":
            return self.segmentations[column]
        return self.words.get((table, column))

    def _hint(self, name: str, table: str) -> str:
        """Offer the nearest name: among those with a table where one was written, else among those named alone."""
        if table:
            near = [table] if table in self.schemas else list(self.schemas)
            return did_you_mean(name, [f"{one}.{column}" for one in near for column in self.schemas[one]])
        alone = {column for schema in self.schemas.values() for column in schema} | set(self.segmentations)
        return did_you_mean(name, alone)


def _of_segmentations(memberships: ir.Table, named: Mapping[str, str]) -> ir.Table:
    """Return one row per customer with the segment in each segmentation."""
    asked = memberships.filter(memberships.segmentation.isin(sorted(set(named.values()))))
    return asked.group_by(KEY).aggregate(
        **{name: asked.segment.max(where=asked.segmentation == name) for name in sorted(set(named.values()))}
    )
