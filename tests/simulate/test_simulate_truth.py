"""What counts for the year after, on a hand-made list of lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from patron.simulate.calendar import Calendar
from patron.simulate.catalogue import Catalogue, catalogue
from patron.simulate.lines import DAY, Lines
from patron.simulate.people import People, people
from patron.simulate.tables import ids_column, money_column
from patron.simulate.truth import customer_truth

CALENDAR = Calendar(first_day=date(2024, 1, 1), days=100)

# order, day, quantity, price, discount, order taken back
CASES = [
    ("nothing bought", [], 0, "0.00"),
    ("bought before", [(0, 99, 1, 1000, 0, -1)], 0, "0.00"),
    ("bought on the first day after", [(0, 100, 2, 1000, 300, -1)], 1, "9.00"),
    ("two lines, one order", [(0, 120, 1, 1000, 0, -1), (0, 120, 1, 500, 0, -1)], 1, "7.00"),
    ("sent back in part", [(0, 120, 3, 1000, 300, -1), (1, 130, -1, 1000, -100, 0)], 1, "10.00"),
    ("sent back after that year", [(0, 464, 1, 1000, 0, -1), (1, 480, -1, 1000, 0, 0)], 1, "0.00"),
    ("bought before, sent back later", [(0, 98, 1, 1000, 0, -1), (1, 110, -1, 1000, 0, 0)], 0, "0.00"),
    ("sold at a loss", [(0, 120, 1, 400, 100, -1)], 1, "-1.00"),
]


def handmade(rows: list[tuple[int, int, int, int, int, int]]) -> Lines:
    order, day, quantity, price, discount, origin = np.array(rows, dtype=np.int64).reshape(-1, 6).T
    none = np.zeros(len(order), np.int64)
    return Lines(
        order=order, customer=none, second=day * DAY + 60, product=none, quantity=quantity,
        price=price, discount=discount, channel=none, country=none, origin=origin,
    )  # fmt: skip


@pytest.fixture(scope="module")
def goods() -> Catalogue:
    drawn = catalogue(np.random.default_rng(1), calendar=CALENDAR)
    return replace(drawn, cost=np.full(len(drawn.name), 400))


@pytest.fixture(scope="module")
def one() -> People:
    return people(np.random.default_rng(1), customers=1, calendar=CALENDAR)


@pytest.mark.parametrize(("rows", "orders", "value"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_the_next_year_brings(
    goods: Catalogue, one: People, rows: list[tuple[int, int, int, int, int, int]], orders: int, value: str
) -> None:
    ids = ids_column("C", np.array([1]), digits=6)
    (row,) = customer_truth(one, lines=handmade(rows), catalogue=goods, calendar=CALENDAR, ids=ids).to_pylist()
    assert (row["orders_next_year"], row["value_next_year"]) == (orders, Decimal(value))


def test_money_keeps_its_sign_and_its_cents() -> None:
    cents = np.array([0, 1, -1, 123456789012345, -123456789012345])
    assert [int(value * 100) for value in money_column(cents, digits=2).to_pylist()] == cents.tolist()
