"""Prices: how sales answer to them, which would earn more, and what discounts give away."""

from __future__ import annotations

from collections import Counter

from patron import charts
from patron.charts.records import Record
from patron.language import NOTHING, number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

TABLES = ("elasticities", "price_offers", "discounts")
UNKNOWN = ("moved_too_little", "followed_demand", "too_few")
MOST, MOST_DISCOUNTS = 12, 8

OFFER_HEADS = ("item", "advice", "price", "change", "gain", "chance")
DISCOUNT_HEADS = ("where", "evidence", "discount", "given_away", "net")


def prices(source: Source) -> Section:
    """Return elasticities, offers and discounts as far as they are known, and why the others are not."""
    answers, offers, given = (source.rows(name) for name in TABLES)
    blocks: list[Block] = []
    learned = [row for row in answers if row["level"] == "category" and row["status"] == "learned"]
    learned = learned or [row for row in answers if row["level"] == "all" and row["status"] == "learned"]
    if learned:
        blocks.append(_answers(source, learned))
    elif not source.withheld("elasticities"):
        blocks.append(Note(text=_why_not(answers), tone="none"))
    if proposed := _worth_most(offers):
        blocks += [_curve(source, proposed[0]), _offers(source, proposed)]
    elif learned:
        blocks.append(Note(text=_no_offer(offers), tone="none"))
    if told := [row for row in given if row["given_away"] is not None][:MOST_DISCOUNTS]:
        blocks.append(_discounts(source, told))
    blocks += [Note(text=_vouchers(source, row), tone="plain") for row in given if row["source"] == "vouchers"]
    blocks += notes(source, *TABLES)
    lead = say("price_report.lead")
    return Section(name="prices", title=say("price_report.title"), lead=lead, blocks=tuple(blocks))


def _answers(source: Source, learned: list[Record]) -> Chart:
    most = min(learned, key=lambda row: (row["elasticity"], row["category"]))
    least = max(learned, key=lambda row: (row["elasticity"], row["category"]))
    key = "finding" if len(learned) > 1 else "finding_one"
    return Chart(
        name="chart-elasticities",
        title=say("price_report.chart"),
        figure=charts.elasticities(source["elasticities"], title=""),
        finding=say(f"price_report.{key}", most=_named(most), most_by=_units(most), least=_named(least),
                    least_by=_units(least)),
        reading=say("price_report.reading"),
        doing=say("price_report.doing"),
    )  # fmt: skip


def _units(row: Record) -> str:
    return say("price_report.units", units=number(10 * row["elasticity"], digits=0),
               low=number(10 * row["low"], digits=0), high=number(10 * row["high"], digits=0))  # fmt: skip


def _why_not(answers: list[Record]) -> str:
    """Say why nothing is known, by the state of most categories."""
    states = Counter(row["status"] for row in answers if row["level"] in ("all", "category"))
    known = [state for state in UNKNOWN if states[state]]
    if not known:
        return say("price_report.none")
    return say(f"price_report.why_{max(known, key=lambda state: (states[state], state))}")


def _worth_most(offers: list[Record]) -> list[Record]:
    """Return the proposals whose gain is sure, then the others that are worth a test; one row for segments together."""
    seen: dict[tuple[str, ...], Record] = {}
    for row in offers:
        if row["gain"] is not None and row["change"]:
            key = tuple(row[name] for name in ("level", "category", "product_id", "segmentation", "same_price"))
            seen.setdefault(key, row)
    sure = {"raise": 0, "lower": 0}
    return sorted(seen.values(), key=lambda row: (sure.get(row["status"], 1), -row["gain"], row["name"]))[:MOST]


def _no_offer(offers: list[Record]) -> str:
    states = Counter(row["status"] for row in offers if row["level"] != "product")
    state = next((one for one in ("no_cost", "few_sales", "below_floor", "keep") if states[one]), "keep")
    return say(f"price_report.offer_{state}")


def _curve(source: Source, row: Record) -> Chart:
    money = source.facts.money
    return Chart(
        name="chart-price-curve",
        title=say("price_report.curve", item=_item(row)),
        figure=charts.price_curve(row, currency=source.facts.currency, title=""),
        finding=say(
            "price_report.curve_finding" if row["status"] in ("raise", "lower") else "price_report.curve_unsure",
            change=_signed(row["change"]), gain=money(row["gain"]), low=money(row["gain_low"]),
            high=money(row["gain_high"]), days=number(row["period_days"]),
        ),
        reading=say("price_report.curve_reading"),
    )  # fmt: skip


def _offers(source: Source, rows: list[Record]) -> Table:
    return Table(
        caption=say("price_report.offers", days=number(rows[0]["period_days"])),
        heads=tuple(
            Head(text=say(f"price_report.{name}"), figures=name in OFFER_HEADS[2:], wide=name == "item")
            for name in OFFER_HEADS
        ),
        rows=tuple(_offer(source, row) for row in rows),
    )


def _offer(source: Source, row: Record) -> tuple[Cell, ...]:
    money = source.facts.money
    tone = "tag" if row["status"] in ("raise", "lower") else "tag warning"
    bound = "" if row["bound"] in (None, "none") else say(f"price_report.bound_{row['bound']}")
    return (
        Cell(text=_item(row), note=_who(source, row)),
        Cell(text=say(f"price_report.advice_{row['status']}"), tone=tone),
        Cell(text=money(row["price"]), note=say("price_report.margin", rate=percent(row["margin_rate"]))),
        Cell(text=_signed(row["change"]), note=bound),
        Cell(
            text=money(row["gain"]), note=say("report.range", low=money(row["gain_low"]), high=money(row["gain_high"]))
        ),
        Cell(text=NOTHING if row["chance"] is None else percent(row["chance"])),
    )


def _who(source: Source, row: Record) -> str:
    if row["segment"] == "all":
        return say("price_report.everybody")
    titles = source.titles(row["segmentation"])
    return say("price_report.segment", segment=titles.get(row["segment"], row["segment"]))


def _item(row: Record) -> str:
    return row["name"] if row["level"] != "all" else say("price_report.all")


def _named(row: Record) -> str:
    return row["category"] if row["level"] == "category" and row["category"] else say("price_report.all")


def _discounts(source: Source, rows: list[Record]) -> Table:
    return Table(
        caption=say("price_report.discounts"),
        heads=tuple(
            Head(text=say(f"price_report.{name}"), figures=name in DISCOUNT_HEADS[2:], wide=name == "where")
            for name in DISCOUNT_HEADS
        ),
        rows=tuple(_discount(source, row) for row in rows),
    )


def _vouchers(source: Source, row: Record) -> str:
    return say(
        "price_report.vouchers", discount=source.facts.money(row["discount"]), customers=number(row["customers"])
    )


def _discount(source: Source, row: Record) -> tuple[Cell, ...]:
    money = source.facts.money
    measured = row["evidence"] == "measured"
    ends = say("report.range", low=percent(row["anyway_low"]), high=percent(row["anyway_high"]))
    spread = "" if row["net"] is None else say("report.range", low=money(row["net_low"]), high=money(row["net_high"]))
    return (
        Cell(text=say("price_report.all") if row["item"] == "all" else row["item"]),
        Cell(text=say(f"ledger.evidence_{row['evidence']}"), tone="tag" if measured else "tag warning"),
        Cell(text=money(row["discount"])),
        Cell(text=money(row["given_away"]), note=say("price_report.anyway", share=percent(row["anyway"]), range=ends)),
        Cell(text=NOTHING if row["net"] is None else money(row["net"]), note=spread),
    )


def _signed(change: float) -> str:
    return ("+" if change > 0 else "") + percent(change)
