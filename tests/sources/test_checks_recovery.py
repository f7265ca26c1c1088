"""Each fault is put into the simulated shop; its check must find it, with its size, and say nothing without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from faulty_shop import LAST, Lines, clean, day, keep, look, some, told

from patron.sources.checks import CHECKS, order_findings
from patron.sources.checks.customer_spellings import customer_spellings
from patron.sources.checks.feed_age import feed_age
from patron.sources.checks.file_clocks import file_clocks
from patron.sources.checks.huge_amounts import huge_amounts
from patron.sources.checks.known_before import known_before
from patron.sources.checks.large_customers import large_customers
from patron.sources.checks.last_day import last_day
from patron.sources.checks.late_rows import late_rows
from patron.sources.checks.missing_days import missing_days
from patron.sources.checks.order_ids import order_ids
from patron.sources.checks.other_units import other_units
from patron.sources.checks.robots import robots
from patron.sources.checks.silent_channels import silent_channels
from patron.sources.checks.swings import swings
from patron.sources.checks.time_zone import time_zone
from patron.sources.checks.times_of_day import times_of_day
from patron.sources.checks.unusual_prices import unusual_prices
from patron.sources.quality import quality


def sentence(finding) -> str:
    return quality([finding]).to_pyarrow().to_pylist()[0]["message"]


@pytest.fixture(scope="module")
def lines() -> Lines:
    return clean()


def test_a_clean_shop_gives_no_warning(lines):
    shop = look(lines, today=LAST + timedelta(days=1), before=lines.where(lines.day < day("2024-12-01")).table())
    found = [finding for check in CHECKS for finding in check(shop)]
    # The simulated shop knows 14 % of its customers from before its first day, and most of them buy again.
    assert {finding.check: finding.severity for finding in found} == {"known_before": "info"}


# --- is all there?


def test_a_lost_day_week_and_month(lines):
    def lost(first, last, lines=lines):
        return told(missing_days(look(lines.where((lines.day < day(first)) | (lines.day > day(last))))))["missing_days"]

    one = lost("2023-05-10", "2023-05-10", clean(customers=8000))
    assert one.severity == "info"
    assert "1 day has no order" in sentence(one)
    assert "10 May 2023" in sentence(one)
    week = lost("2023-05-10", "2023-05-16")
    assert (week.severity, week.facts["days"]) == ("warning", "7")
    assert "10 May 2023 to 16 May 2023" in sentence(week)
    month = lost("2023-05-01", "2023-05-31")
    assert (month.severity, month.facts["days"]) == ("error", "31")


def test_what_a_gap_swallowed_is_about_what_was_there(lines):
    gone = (lines.day >= day("2023-05-01")) & (lines.day <= day("2023-05-31"))
    sales = lines.quantity > 0
    really = len(set(lines.order[gone & sales]))
    finding = told(missing_days(look(lines.where(~gone))))["missing_days"]
    assert int(finding.facts["lost"].replace(",", "")) == pytest.approx(really, rel=0.15)


def test_a_day_lost_in_the_last_month_is_a_warning():
    big = clean(customers=8000)
    without = big.where(big.day != day("2024-12-11"))
    assert told(missing_days(look(without)))["missing_days"].severity == "warning"


def test_a_shop_that_is_closed_on_sundays_and_at_christmas_misses_nothing(lines):
    sunday = (lines.day.astype(np.int64) + 3) % 7 == 6
    assert missing_days(look(lines.where(~sunday))) == []
    month = lines.day.astype("datetime64[M]")
    closed = (lines.day - month.astype("datetime64[D]") >= 23 * np.timedelta64(1, "D")) & (
        month.astype(np.int64) % 12 == 11
    )
    found = told(missing_days(look(lines.where(~closed), as_of=date(2024, 12, 23))))
    assert found["missing_days"].severity == "info"
    assert found["missing_days"].facts["lost"] == "0"


def test_data_that_really_begin_later(lines):
    kept = lines.where((lines.day >= day("2022-09-01")) | (lines.day < day("2022-01-04")))
    found = told(missing_days(look(kept)))
    assert set(found) == {"ragged_start"}
    assert found["ragged_start"].facts["start"] == "1 September 2022"


def thinned(lines: Lines, days: list[str], share: float) -> Lines:
    orders = np.array(sorted(set(lines.order)), dtype=object)
    out = set(orders[np.random.default_rng(1).random(len(orders)) > share])
    on = np.isin(lines.day, [day(one) for one in days])
    return lines.where(~(on & np.array([order in out for order in lines.order])))


def test_days_with_a_part_of_their_orders(lines):
    big = clean(customers=8000)
    days = ["2024-03-12", "2024-06-05", "2024-09-18"]
    found = told(swings(look(thinned(big, days, 0.15))))
    assert set(found) == {"sudden_drops"}
    assert found["sudden_drops"].facts["found"] == 3
    assert all(word in sentence(found["sudden_drops"]) for word in ("12 March 2024", "5 June 2024", "18 September"))
    assert found["sudden_drops"].severity == "info", "three days of three years move no figure"


def test_a_week_in_a_small_shop(lines):
    week = [str(day("2024-05-07") + n) for n in range(7)]
    found = told(swings(look(thinned(lines, week, 0.1))))
    assert found["sudden_drops"].facts["found"] >= 1


def test_a_recent_drop_is_a_warning():
    big = clean(customers=8000)
    until = big.where(big.day <= day("2024-06-20"))
    found = told(swings(look(thinned(until, ["2024-06-05"], 0.1), as_of=date(2024, 6, 20))))
    assert found["sudden_drops"].severity == "warning"


def test_a_file_that_was_loaded_five_times():
    big = clean(customers=8000)
    there = big.where(big.day == day("2024-06-12"))
    more = big
    for copy in range(4):
        again = replace(there, order=np.array([f"{order}-{copy}" for order in there.order], dtype=object))
        more = more.plus(again)
    found = told(swings(look(more)))
    assert set(found) == {"sudden_spikes"}
    assert "12 June 2024" in sentence(found["sudden_spikes"])


def test_the_last_day_stops_at_noon():
    big = clean(customers=8000)
    cut = big.where((big.day < day("2024-12-31")) | (big.hour < 12))
    found = told(last_day(look(cut)))
    assert set(found) == {"last_day_stops"}
    assert found["last_day_stops"].facts["hour"] == "11:59"
    assert found["last_day_stops"].facts["before"] == "2024-12-30"
    assert last_day(look(big)) == []


def test_a_last_day_without_times_that_is_low():
    big = clean(customers=8000)
    dates = replace(big, at=big.day.astype("datetime64[s]"))
    found = told(last_day(look(thinned(dates, ["2024-12-31"], 0.1))))
    assert set(found) == {"last_day_low"}
    assert last_day(look(dates)) == []


def test_a_feed_that_has_stopped(lines):
    later = told(feed_age(look(lines, today=LAST + timedelta(days=14))))["feed_stopped"]
    assert (later.severity, later.facts["days"]) == ("warning", "14")
    assert feed_age(look(lines, today=LAST + timedelta(days=1))) == []
    assert feed_age(look(lines, today=LAST + timedelta(days=900))) == [], "a study of the past"
    assert feed_age(look(lines)) == []


def test_a_channel_that_fell_silent(lines):
    kept = lines.where((lines.channel != "app") | (lines.day < day("2024-11-01")))
    found = told(silent_channels(look(kept)))["silent_channels"]
    assert found.severity == "warning"
    assert "app (31 October 2024" in sentence(found)
    assert silent_channels(look(lines)) == []


def test_rows_that_come_late(lines):
    last = day("2024-12-20")
    age = (last - lines.day).astype(np.int64)
    sales = lines.quantity > 0
    chance = np.random.default_rng(2).random(len(lines))
    missing = (age >= 0) & (chance < np.select([age == 0, age == 1, age == 2], [0.5, 0.2, 0.05], 0))
    then = lines.where((age >= 0) & ~missing)
    found = told(late_rows(look(lines, before=then.table())))
    assert set(found) == {"late_rows"}
    late = found["late_rows"]
    assert late.rows == int((missing & sales).sum())
    assert (late.facts["wait"], late.facts["longest"], late.facts["days"]) == ("3", "2", "3")
    assert late.facts["safe"] == "2024-12-28"
    assert late_rows(look(lines, before=lines.where(age >= 0).table())) == []


def test_history_that_was_delivered_anew_or_is_gone(lines):
    web = lines.where(lines.channel == "web")
    assert set(told(late_rows(look(lines, before=web.table())))) == {"history_grew"}
    gone = told(late_rows(look(web, before=lines.table())))["rows_gone"]
    assert gone.severity == "error"
    assert gone.rows == int(((lines.quantity > 0) & (lines.channel != "web")).sum())


# --- who is it?


@pytest.mark.parametrize(("start", "severity"), [("2022-10-01", "info"), ("2023-04-01", "warning")])
def test_customers_that_began_before_the_data(start, severity):
    big = clean(customers=8000)
    sales = big.where(big.quantity > 0)
    kept = big.where(big.day >= day(start))
    before = set(sales.customer[sales.day < day(start)]) & set(sales.customer[sales.day >= day(start)])
    finding = told(known_before(look(kept)))["known_before"]
    assert int(finding.facts["customers"].replace(",", "")) == pytest.approx(len(before), rel=0.25)
    assert finding.severity == severity


def test_a_cohort_that_nobody_joins(lines):
    sales = lines.where(lines.quantity > 0)
    first: dict[str, np.datetime64] = {}
    for customer, on in zip(sales.customer, sales.day, strict=True):
        first[customer] = min(first.get(customer, on), on)
    cohort = {customer for customer, on in first.items() if on < day("2022-04-01")}
    found = told(known_before(look(lines.where(np.isin(lines.customer, list(cohort))))))
    assert set(found) == {"closed_cohort"}


@pytest.mark.parametrize(("id_", "nobody"), [("B-7781", False), ("99999", True), ("guest", True)])
def test_a_till_with_a_tenth_of_all_orders(lines, id_, nobody):
    orders = np.array(sorted(set(lines.order)), dtype=object)
    chosen = set(orders[some(len(orders) // 8, len(orders))])
    till = np.array([order in chosen for order in lines.order])
    found = told(large_customers(look(lines.but(till, customer=id_))))["large_customers"]
    assert found.severity == "warning"
    assert float(found.facts["order_share"].rstrip("%")) == pytest.approx(12.5, abs=0.7)
    assert id_ not in sentence(found).replace("(0, 99999, guest)", ""), "a report names nobody"
    assert bool(found.facts["nobody"]) == nobody
    assert large_customers(look(lines)) == []


def orders_of(customer: str, moments: np.ndarray, like: Lines) -> Lines:
    count = len(moments)
    sales = like.where(like.quantity > 0).where(np.arange(count))
    return replace(
        sales,
        order=np.array([f"{customer}-{n}" for n in range(count)], dtype=object),
        customer=np.full(count, customer, dtype=object),
        at=moments.astype("datetime64[s]"),
    )


def test_robots(lines):
    begin = np.datetime64("2024-02-01T09:00:07")
    every_day = begin + np.arange(120) * np.timedelta64(86400, "s")
    one_minute = begin + np.arange(15) * np.timedelta64(3, "s")
    always = begin + np.sort(np.random.default_rng(4).integers(0, 100 * 86400, 400)).astype("timedelta64[s]")
    more = lines
    for name, moments in (("cron", every_day), ("burst", one_minute), ("sleepless", always)):
        more = more.plus(orders_of(name, moments, lines))
    found = told(robots(look(more)))["robots"]
    assert [found.facts[name] for name in ("customers", "interval", "minute", "always")] == ["3", "1", "1", "1"]
    assert found.rows == 120 + 15 + 400
    assert found.severity == "warning"
    assert robots(look(lines)) == []


def test_ids_that_are_spelt_in_two_ways(lines):
    late = lines.day >= day("2024-01-01")
    as_number = np.array([f"{int(id_[1:])}" for id_ in lines.customer], dtype=object)
    mixed = replace(lines, customer=as_number).but(late, customer=np.array([f"{i}.0" for i in as_number], dtype=object))
    sales = lines.quantity > 0
    both = set(lines.customer[sales & late]) & set(lines.customer[sales & ~late])
    found = told(customer_spellings(look(mixed)))["customer_spellings"]
    assert found.facts["people"] == f"{len(both):,}"
    assert found.severity == "error"
    assert customer_spellings(look(lines)) == []


# --- what is it worth?


def test_order_numbers_that_begin_again(lines):
    later = lines.day >= day("2024-01-01")
    number: dict[str, str] = {}
    for order in lines.order[later]:
        number.setdefault(order, f"S{len(number) + 1:07}")
    again = np.array([number.get(order, order) for order in lines.order], dtype=object)
    found = told(order_ids(look(replace(lines, order=again))))["order_id_customers"]
    assert found.severity == "error"
    assert int(found.facts["ids"].replace(",", "")) > 1000
    assert order_ids(look(lines)) == []


def test_an_order_with_lines_weeks_apart(lines):
    sales = np.flatnonzero(lines.quantity > 0)
    _, first, count = np.unique(lines.order[sales].astype(str), return_index=True, return_counts=True)
    at = lines.at.copy()
    at[sales[first[np.flatnonzero(count > 1)[:7]]]] += np.timedelta64(9, "D")
    found = told(order_ids(look(replace(lines, at=at))))
    assert set(found) == {"order_id_days"}
    assert (found["order_id_days"].facts["ids"], found["order_id_days"].facts["longest"]) == ("7", "9")


@pytest.mark.parametrize(("factor", "named"), [(100, "×100"), (10, "×10"), (0.1, "×0.1"), (0.01, "×0.01")])
def test_slips_of_the_decimal_point(lines, factor, named):
    products, counts = np.unique(lines.product[lines.quantity > 0].astype(str), return_counts=True)
    common = np.isin(lines.product.astype(str), products[counts > 40]) & (lines.quantity > 0) & (lines.price > 3)
    slipped = np.zeros(len(lines), dtype=np.bool_)
    slipped[np.random.default_rng(9).choice(np.flatnonzero(common), 25, replace=False)] = True
    found = told(unusual_prices(look(lines.but(slipped, price=np.round(lines.price * factor, 4)))))
    assert found["decimal_slips"].rows == 25
    assert named in sentence(found["decimal_slips"])
    assert "unusual_prices" not in found
    assert unusual_prices(look(lines)) == []


def test_prices_far_from_the_products_own(lines):
    busiest = lines.product == max(set(lines.product), key=list(lines.product).count)
    wrong = np.zeros(len(lines), dtype=np.bool_)
    wrong[np.flatnonzero(busiest & (lines.quantity > 0))[:4]] = True
    found = told(unusual_prices(look(lines.but(wrong, price=np.round(lines.price * 37, 4)))))
    assert {check: finding.rows for check, finding in found.items()} == {"unusual_prices": 4}


def test_amounts_beyond_all_others(lines):
    sales = np.flatnonzero(lines.quantity > 0)
    wrong = np.zeros(len(lines), dtype=np.bool_)
    wrong[sales[[100, 5000, 9000]]] = True
    found = told(huge_amounts(look(lines.but(wrong, quantity=99_999.0))))["huge_amounts"]
    assert found.rows == 3
    assert found.severity == "error"
    assert huge_amounts(look(lines)) == []


def test_a_file_in_cents(lines):
    late = lines.day >= day("2024-07-01")
    two = lines.but(late, file="2024-2.csv")
    assert other_units(look(two)) == []
    found = told(other_units(look(two.but(late, price=lines.price * 100))))["other_units"]
    assert found.severity == "error"
    assert "2024-2.csv (×" in sentence(found)
    months = told(other_units(look(lines.but(late, price=lines.price * 100))))["other_units"]
    assert "2024-07 (×" in sentence(months)


# --- when was it?


def test_days_without_times(lines):
    dates = replace(lines, at=lines.day.astype("datetime64[s]"))
    assert set(told(times_of_day(look(dates)))) == {"days_only"}
    late = lines.day >= day("2024-07-01")
    two = lines.but(late, file="till.csv").but(late, at=dates.at)
    found = told(times_of_day(look(two)))
    assert "till.csv" in sentence(found["some_files_days_only"])
    assert set(told(times_of_day(look(lines.but(some(5000, len(lines)), at=dates.at))))) == {"some_days_only"}
    assert times_of_day(look(lines)) == []


def test_times_from_the_other_side_of_the_world(lines):
    shifted = replace(lines, at=lines.at + np.timedelta64(10, "h"))
    found = told(time_zone(look(shifted, as_of=LAST + timedelta(days=1))))["busy_nights"]
    assert int(found.facts["ahead"]) == pytest.approx(10, abs=3)
    assert int(found.facts["behind"]) == 24 - int(found.facts["ahead"])
    assert time_zone(look(lines)) == []


def in_utc(lines: Lines, zone: str) -> Lines:
    where = ZoneInfo(zone)
    ahead = {
        on: np.timedelta64(int(on.astype(object).replace(hour=12, tzinfo=where).utcoffset().total_seconds()), "s")
        for on in np.unique(lines.day).astype("datetime64[s]")
    }
    return replace(lines, at=lines.at - np.array([ahead[on] for on in lines.day.astype("datetime64[s]")]))


def test_times_in_utc():
    big = clean(customers=8000)
    found = told(time_zone(look(in_utc(big, "Europe/Paris"))))["clock_stands_still"]
    assert int(found.facts["minutes"]) == pytest.approx(60, abs=20)
    assert "clock_stands_still" not in told(time_zone(look(big)))
    assert "clock_stands_still" not in told(time_zone(look(in_utc(big, "Europe/Paris"), zone="UTC")))


def test_times_that_summer_time_skipped(lines):
    there = lines.day == day("2024-03-31")
    at = np.where(there, lines.day + np.timedelta64(2 * 3600 + 600, "s"), lines.at)
    found = told(time_zone(look(replace(lines, at=at))))["skipped_hour"]
    assert found.facts["orders"] == str(len(set(lines.order[there & (lines.quantity > 0)])))
    assert "31 March 2024" in sentence(found)


def test_two_files_with_two_clocks(lines):
    even = np.array([int(order[1:]) % 2 == 0 for order in lines.order])
    two = lines.but(even, file="b.csv")
    assert file_clocks(look(two)) == []
    found = told(file_clocks(look(two.but(even, at=lines.at - np.timedelta64(3, "h")))))["file_clocks"]
    assert "orders.parquet (+3.0 h)" in sentence(found), "of two, the smaller is the odd one"
    third = two.but(even, at=lines.at - np.timedelta64(3, "h")).but(lines.day < day("2023-01-01"), file="c.csv")
    third = third.but(even & (lines.day < day("2023-01-01")), at=lines.at)
    assert told(file_clocks(look(third)))["file_clocks"].facts["count"] == 1


def test_orders_from_after_the_files_own_day(lines):
    named = replace(lines, file=np.full(len(lines), "export-2024-12-30.csv", dtype=object))
    found = told(file_clocks(look(named)))["after_file_day"]
    last = (lines.day == day("2024-12-31")) & (lines.quantity > 0)
    assert found.facts["orders"] == str(len(set(lines.order[last])))
    start = replace(lines, file=np.full(len(lines), "from-2022-01-01.csv", dtype=object))
    assert file_clocks(look(start)) == [], "a name may hold the first day"


def test_nothing_at_all_is_no_finding(lines):
    none = lines.where(np.zeros(len(lines), dtype=np.bool_))
    assert order_findings(none.table(), as_of=LAST, keep=keep) == []


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20, 90])
@pytest.mark.parametrize("days", [1, 8, 40])
def test_little_data_is_no_fault(lines, count, days):
    few = lines.where(lines.quantity > 0).where(np.arange(count))
    own = np.array([f"o{number}" for number in range(count)], dtype=object)
    shop = replace(few, order=own, at=few.at[0] + (np.arange(count) % days).astype("timedelta64[D]")).table()
    last = date(2022, 1, 1) + timedelta(days=min(days, count) - 1)
    found = order_findings(shop, as_of=last, keep=keep, today=last, zone="Europe/Paris", before=shop)
    assert [finding for finding in found if finding.severity == "error"] == []
    assert len(quality(found).to_pyarrow()) == len(found)


def test_whole_cents_and_no_products_and_no_channels(lines):
    """What a source leaves out is null in every line: no check may stumble over it."""
    bare = replace(
        lines, product=np.full(len(lines), None, dtype=object), channel=np.full(len(lines), None, dtype=object)
    )
    found = order_findings(bare.table(), as_of=LAST, keep=keep, zone="UTC")
    assert {finding.check for finding in found} == {"known_before"}
