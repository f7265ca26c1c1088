"""SQL with unmerged selects says what Ibis' own says."""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from patron.engines.connect import connect

SALES = pa.table({
    "who": ["ann", "ann", "bob", "cid", "cid", "cid", None],
    "day": pa.array([3, 7, 7, 1, 2, 9, 4]),
    "amount": [3.0, None, 2.5, 1.0, 8.0, 8.0, 0.5],
    "word": ["tea", "tea leaves", "", "cups", "tea", "cups", None],
})  # fmt: skip


def summed(t: ir.Table) -> ir.Table:
    return t.group_by("who").aggregate(total=t.amount.sum(), days=t.day.nunique(), teas=t.count(where=t.word == "tea"))


def latest(t: ir.Table) -> ir.Table:
    placed = t.mutate(place=ibis.row_number().over(group_by=t.who, order_by=[t.day.desc(), t.word]))
    return placed.filter(placed.place == 0).drop("place")


def twice(t: ir.Table) -> ir.Table:
    known = summed(t.filter(t.amount > 1))
    richer = known.filter(known.total > known.total.mean().as_scalar())
    return ibis.union(known, richer, known).mutate(half=ibis._.total / 2)


def _with_those_like_the_first(t: ir.Table) -> ir.Table:
    first = t.limit(2)
    return ibis.union(first, t.semi_join(first, "who"))


EXPRESSIONS: dict[str, Callable[[ir.Table], ir.Table]] = {
    "a table": lambda t: t,
    "layers": lambda t: t.mutate(double=t.amount * 2).filter(lambda x: x.double > 2).mutate(m=lambda x: x.double + 1),
    "renamed and dropped": lambda t: t.rename(name="who").drop("word").order_by(["name", "day"]).limit(3),
    "distinct after a filter": lambda t: t.filter(t.amount.notnull()).select("who", "word").distinct(),
    "an order below a selection": lambda t: t.order_by([t.day.desc()]).select("who", "amount").limit(2),
    "sums": summed,
    "sums of sums": lambda t: summed(t).filter(lambda x: x.days > 1).aggregate(n=lambda x: x.count()),
    "a window": latest,
    "a window over a window": lambda t: latest(t).mutate(rank=lambda x: ibis.rank().over(order_by=x.amount)),
    "a table used three times": twice,
    "a limit used twice": lambda t: _with_those_like_the_first(t.order_by([t.day.desc(), t.word])),
    "itself": lambda t: t.join(t.view(), "who", how="left", rname="{name}_too").select("who", "day", "day_too"),
    "those without": lambda t: t.anti_join(summed(t).filter(lambda x: x.days > 1), "who"),
    "one of": lambda t: t.filter(t.word.isin(["tea", "cups"]) & t.who.isin(t.filter(t.day > 5).who)),
    "one of none": lambda t: t.filter(t.word.isin([])),
    "cut into pieces": lambda t: t.mutate(some=t.word[1:3], place=t.word.find("e"), bin=t.amount.bucket([0, 2, 9])),
    "lists": lambda t: t.group_by("who").aggregate(days=t.day.collect().sort()).mutate(next=lambda x: x.days.map(
        lambda day: day + 1)),
    "no table": lambda _: ibis.memtable({"a": [1]}).select(b=ibis.literal(2)),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_the_same_rows_as_with_ibis_own_compiler(name: str) -> None:
    ours, theirs = connect(), ibis.duckdb.connect()
    expression = EXPRESSIONS[name]
    sorted_rows = [
        sorted(connection.to_pyarrow(expression(ibis.memtable(SALES))).to_pylist(), key=repr)
        for connection in (ours, theirs)
    ]
    assert sorted_rows[0] == sorted_rows[1]
    assert name in ("one of none",) or sorted_rows[0]


def test_a_table_that_is_used_twice_is_named_once() -> None:
    sql = connect().compile(twice(ibis.table(ibis.memtable(SALES).schema(), name="sales")))
    assert sql.count('"sales"') == 1
    assert sql.startswith("WITH ")


def test_selects_are_not_merged_and_the_callers_option_stays() -> None:
    sales = ibis.table(ibis.memtable(SALES).schema(), name="sales")
    layers = EXPRESSIONS["layers"](sales)
    before = ibis.options.sql.fuse_selects
    assert connect().compile(layers).count("SELECT") == 3
    assert ibis.duckdb.connect().compile(layers).count("SELECT") < 3
    assert ibis.options.sql.fuse_selects is before
