"""The judging parts of the checks, on small numbers whose answer is plain; and laws that no noise may break."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.raw import QUALITY, RAW_ORDER_LINES
from patron.language import has
from patron.sources.checks import (
    customer_spellings,
    huge_amounts,
    known_before,
    large_customers,
    late_rows,
    look,
    missing_days,
    order_ids,
    robots,
    silent_channels,
    swings,
    unknown_customers,
    unusual_prices,
)
from patron.sources.checks.entries import entries, prices
from patron.sources.checks.series import Days, day_number, runs, usual_week
from patron.sources.quality import Finding, quality, weigh

START = day_number(date(2023, 1, 2))  # a Monday
SEEDS = st.integers(0, 10_000)


def days(counts) -> Days:
    return Days(START, np.asarray(counts, dtype=np.int64))


# --- what a day should have


def test_a_closed_weekday_expects_nothing():
    week = [30, 30, 30, 30, 30, 10, 0]
    assert days(week * 12).expected.tolist() == week * 12


def test_a_month_without_orders_does_not_make_itself_expected():
    counts = np.array([20] * 7 * 30)
    counts[70:105] = 0
    assert days(counts).expected[70:105].tolist() == [20.0] * 35


def test_few_orders_are_expected_by_their_share_of_the_week():
    weeks = np.zeros((8, 7))
    weeks[:, 2] = [1, 0, 1, 0, 0, 1, 0, 1]
    weeks[:, 4] = [0, 1, 0, 1, 0, 0, 1, 0]
    assert usual_week(weeks).sum() == pytest.approx(np.median(weeks.sum(axis=1)))
    assert usual_week(weeks)[2] > usual_week(weeks)[4] > 0


@given(SEEDS, st.floats(0.2, 200))
@settings(max_examples=60, deadline=None)
def test_chance_alone_makes_no_gap_no_swing_and_no_beginning(seed, mean):
    rng = np.random.default_rng(seed)
    week = np.array([1, 1, 1, 1, 1, 0.3, 0.0])
    counts = rng.poisson(mean * np.tile(week, 110))
    counts[0] = max(counts[0], 1)
    shop = days(counts)
    assert missing_days.gaps(shop) == []
    assert swings.sudden(shop)[1] == []
    assert known_before.beginning(counts) is None


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_scatter_wider_than_poisson_makes_no_gap_either(seed):
    """Gamma-mixed counts with five times Poisson's variance, as a shop of wholesalers has them."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.gamma(5, 4, 700))
    counts[0] = 1
    assert missing_days.gaps(days(counts)) == []


@given(st.lists(st.booleans(), max_size=40))
@settings(max_examples=60, deadline=None)
def test_runs_are_what_was_marked(marked):
    told = np.zeros(len(marked), dtype=np.bool_)
    found = runs(np.array(marked, dtype=np.bool_))
    for first, last in found:
        told[first : last + 1] = True
    assert told.tolist() == marked
    assert all(later[0] > earlier[1] + 1 for earlier, later in pairwise(found))


# --- what weighs how much


@pytest.mark.parametrize(
    ("gone", "years", "severity"),
    [
        ([(400, 401)], 2, "info"),  # one day, long ago
        ([(400, 407)], 2, "warning"),  # a week
        ([(400, 428)], 2, "error"),  # a month
        ([(720, 721)], 2, "warning"),  # one day, in the last month
        ([(n, n + 1) for n in range(20, 728, 59)] + [(720, 721)], 2, "info"),  # a shop that closes on holidays
    ],
)
def test_gaps_weigh_by_what_they_hide(gone, years, severity):
    counts = np.full(730, 40)
    for start, stop in gone:
        counts[start:stop] = 0
    found = missing_days.gaps(days(counts))
    assert len(found) == len(gone)
    share = sum(gap.lost for gap in found) / counts.sum()
    until = days(counts).date(729)
    assert missing_days.grave(found, share, until=until, years=years) == severity


def test_the_turn_of_the_year_weighs_nothing():
    counts = np.full(730, 40)
    first = day_number(date(2023, 12, 24)) - START
    counts[first : first + 12] = 0
    (gap,) = missing_days.gaps(days(counts))
    assert (gap.first, gap.days, gap.lost) == (date(2023, 12, 24), 12, 0.0)


def test_an_empty_month_that_follows_next_to_nothing_is_a_late_beginning():
    counts = np.concatenate([[3, 2, 4], np.zeros(60), np.full(600, 30)])
    found = missing_days.gaps(days(counts))
    assert missing_days.begins(days(counts), found) == days(counts).date(63)
    assert missing_days.begins(days(counts), []) is None


def test_newcomers_of_a_shop_with_a_past():
    weekly = np.array([300, 220, 160, 120, 90, 70, 55, 45, 40, 35] + [30] * 146)
    found = known_before.beginning(np.repeat(weekly // 5, 7) * 5 // 7)
    level = 30
    assert found is not None
    assert found.before == pytest.approx((weekly - level).sum(), rel=0.1)
    assert known_before.beginning(np.full(1095, 5)) is None
    assert known_before.beginning(np.arange(1095) // 100) is None, "growth is no past"
    assert known_before.beginning(np.full(100, 5)) is None, "too short to tell"


@pytest.mark.parametrize(
    ("unknown", "kept", "severity"),
    [((10, 4.0), (500, 96.0), "info"), ((10, 5.0), (500, 95.0), "warning"), ((400, 50.0), (500, 50.0), "error")],
)
def test_unknown_customers_weigh_by_revenue(unknown, kept, severity):
    (finding,) = unknown_customers.judge({"missing_customer": unknown, "kept": kept})
    assert finding.severity == severity


@pytest.mark.parametrize("sold", [{}, {"kept": (5, 9.0)}, {"missing_customer": (0, 0.0), "kept": (5, 9.0)}])
def test_nobody_unknown_is_no_finding(sold):
    assert unknown_customers.judge(sold) == []


@pytest.mark.parametrize(("orders", "customers", "found"), [(150, 500, 1), (99, 500, 0), (150, 12, 0)])
def test_a_tenth_counts_only_where_it_is_strange(orders, customers, found):
    one = large_customers.Customer("x", orders, orders * 2, 100.0)
    assert len(large_customers.judge([one], large_customers.Totals(customers, 900, 1000.0))) == found


@pytest.mark.parametrize("id_", ["0", "0000", "99999", "-1", "guest", "GUEST", "unknown", "test123", "n/a"][:8])
def test_ids_for_nobody(id_):
    assert large_customers.FOR_NOBODY.fullmatch(id_)


@pytest.mark.parametrize("id_", ["17841", "C000001", "ann", "10000", "b9f3", "1234"])
def test_ids_of_somebody(id_):
    assert not large_customers.FOR_NOBODY.fullmatch(id_)


def test_amounts_by_size():
    size = np.arange(0, 31)  # up to a thousand
    counts = {"size": size, "lines": np.full(31, 100), "amount": 100 * 10 ** (size / 10)}
    assert huge_amounts.beyond(counts) is None
    more = {
        "size": np.append(size, 55),
        "lines": np.append(counts["lines"], 2),
        "amount": np.append(counts["amount"], 6e5),
    }
    found = huge_amounts.beyond(more)
    assert (found.lines, found.share) == (2, pytest.approx(6e5 / more["amount"].sum()))
    few = {**more, "lines": np.append(np.full(31, 10), 2)}
    assert huge_amounts.beyond(few) is None, "a thousand lines, or the quantile is the largest line"


def test_lateness_counts_from_the_earlier_runs_last_day():
    then = {START + n: rows for n, rows in enumerate([100, 100, 100, 80, 40])}
    now = {START + n: 100 for n in range(7)}
    compared = late_rows.compare(then, now)
    assert compared.late.tolist() == [60, 20, 0, 0, 0], "days after the earlier run are not late"
    assert late_rows.delay(compared) == 2
    assert not late_rows.rewritten(compared)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_late_and_gone_add_up_to_the_difference(pairs):
    then = {START + n: one for n, (one, _) in enumerate(pairs)}
    now = {START + n: other for n, (_, other) in enumerate(pairs)}
    compared = late_rows.compare(then, now)
    assert compared.late.sum() - compared.gone.sum() == sum(now.values()) - sum(then.values())
    assert (compared.late * compared.gone == 0).all()


# --- the frame


def test_a_severity_of_its_own_stands_and_a_gap_stays_though_it_has_no_rows():
    facts = {"days": "3", "count": 3, "named": "x", "lost": "9", "lost_share": "1%"}
    rows = quality(
        [
            Finding("order_lines", "read", "read", 10),
            Finding("order_lines", "missing_days", "flagged", 0, "error", facts),
        ]
    ).to_pyarrow()
    QUALITY.check(ibis.memtable(rows))
    gap = rows.to_pylist()[1]
    assert (gap["severity"], gap["rows"], gap["share"]) == ("error", 0, 0.0)
    assert gap["message"].startswith("3 days have no order")


@given(st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_more_never_weighs_less(one, other):
    order = ("info", "warning", "error")
    less, more = sorted((one, other))
    assert order.index(weigh(less, (0.1, 0.5))) <= order.index(weigh(more, (0.1, 0.5)))


SUMMARIES = {
    "entries": lambda lines: entries(lines),
    "prices": lambda lines: prices(lines),
    "hourly": lambda lines: look.hourly(entries(lines)),
    "newcomers": lambda lines: known_before.newcomers(entries(lines)),
    "by_channel": lambda lines: silent_channels.by_channel(entries(lines)),
    "spellings": lambda lines: customer_spellings.spellings(entries(lines)),
    "largest": lambda lines: large_customers.largest(entries(lines)),
    "rhythms": lambda lines: robots.counted(robots.rhythms(entries(lines))),
    "suspicious_ids": lambda lines: order_ids.suspicious_ids(entries(lines)),
    "unusual_prices": lambda lines: unusual_prices.by_product(unusual_prices.outliers(prices(lines))),
    "sizes": lambda lines: huge_amounts.sizes(prices(lines)),
    "by_day": lambda lines: late_rows.by_day(lines),
}


@pytest.mark.parametrize("name", SUMMARIES)
def test_summaries_are_written_for_both_engines(name):
    _ = ibis.pyspark
    assert ibis.to_sql(SUMMARIES[name](RAW_ORDER_LINES.unbound()), dialect="pyspark")


CHECKED = (
    "missing_days", "ragged_start", "last_day_stops", "last_day_low", "feed_stopped", "late_rows", "history_grew",
    "rows_gone", "sudden_drops", "sudden_spikes", "silent_channels", "known_before", "closed_cohort",
    "unknown_customers", "customer_spellings", "large_customers", "robots", "order_id_customers", "order_id_days",
    "decimal_slips", "unusual_prices", "huge_amounts", "other_units", "days_only", "some_files_days_only",
    "some_days_only", "busy_nights", "clock_stands_still", "skipped_hour", "file_clocks", "after_file_day",
)  # fmt: skip


@pytest.mark.parametrize("check", CHECKED)
def test_every_finding_says_what_to_do(check):
    assert has(f"quality.rule.{check}")
    assert has(f"quality.advice.{check}")
