"""What made the business grow or shrink, by two formulas side by side."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.language import day, listing, number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Row, Section, Table
from patron.report.sections.titles import driver_title
from patron.report.sections.withheld import notes
from patron.report.source import Source

FORMULAS = ("customers", "traffic", "lifetime")
_SHARES = ("margin_rate", "conversion")
_COUNTS = ("customers", "orders", "traffic")


def growth(source: Source) -> Section:
    """Return each formula as a waterfall with its drivers in a table, and what is missing for the rest."""
    rows = sorted(source.rows("growth"), key=lambda row: (row["formula"], row["position"]))
    drawn = [(name, [row for row in rows if row["formula"] == name]) for name in FORMULAS]
    made = tuple(_chart(source, name, mine) for name, mine in drawn if _complete(mine))
    blocks: list[Block] = [Row(charts=made)] if made else []
    if missing := _missing(rows):
        blocks.append(missing)
    blocks += _beside_the_market(source)
    blocks += notes(source, "growth", "category_market")
    return Section(
        name="growth",
        title=say("report.growth"),
        lead=_lead(rows),
        blocks=tuple(blocks) or (Note(text=say("report.no_growth"), tone="none"),),
    )


def _complete(rows: list[Record]) -> bool:
    total = next((row for row in rows if row["driver"] == "total"), None)
    known = any(row["effect"] is not None for row in rows if row["driver"] != "total")
    return total is not None and total["before"] is not None and total["after"] is not None and known


def _lead(rows: list[Record]) -> str:
    if not rows:
        return say("report.growth_lead_empty")
    whole = next((row for row in rows if row["formula"] == "customers"), rows[0])
    return say(
        "report.growth_lead", before_from=day(whole["before_from"]), before_to=day(whole["before_to"]),
        after_from=day(whole["after_from"]), after_to=day(whole["after_to"]),
    )  # fmt: skip


def _chart(source: Source, formula: str, rows: list[Record]) -> Chart:
    total = next(row for row in rows if row["driver"] == "total")
    titles = {row["driver"]: driver_title(row["driver"]) for row in rows}
    facts = source.facts
    moved = [row for row in rows if row["driver"] != "total" and row["effect"]]
    change = total["after"] - total["before"]
    finding = say(
        "report.growth_up" if change >= 0 else "report.growth_down", change=facts.money(abs(change)),
        share=percent(abs(change) / abs(total["before"]) if total["before"] else 0.0),
    )  # fmt: skip
    if moved:
        most = max(moved, key=lambda row: abs(row["effect"]))
        finding += " " + say("report.growth_most", driver=titles[most["driver"]], effect=facts.signed(most["effect"]))
    return Chart(
        name=f"chart-growth-{formula}",
        title=say(f"report.growth_{formula}"),
        figure=charts.growth_waterfall(
            source["growth"], currency=facts.currency, formula=formula, titles=titles, title=""
        ),
        finding=finding,
        reading=say(f"report.growth_{formula}_reading", worth=facts.worth),
        table=_drivers(source, rows),
    )


def _beside_the_market(source: Source) -> list[Block]:
    """Return how each category grew and how its market did, those furthest behind first."""
    rows = sorted(source.rows("category_market"), key=lambda row: (row["ahead"], row["category"]))
    if not rows:
        return []
    heads = ("category", "before", "after", "growth", "market", "ahead")
    money = source.facts.money
    return [
        Table(
            caption=say("report.category_market"),
            heads=tuple(Head(text=say(f"report.category_market_{name}"), figures=name != "category") for name in heads),
            rows=tuple(
                (
                    Cell(text=row["category"]), Cell(text=money(row["revenue_before"])),
                    Cell(text=money(row["revenue_after"])),
                    *(Cell(text=_signed(row[name])) for name in ("growth", "market_growth", "ahead")),
                )
                for row in rows
            ),
        ),
        Note(text=say("report.category_market_note"), tone="none"),
    ]  # fmt: skip


def _signed(share: float) -> str:
    return ("+" if share > 0 else "") + percent(share, digits=1)


def _drivers(source: Source, rows: list[Record]) -> Table:
    return Table(
        caption=say("report.growth_table"),
        heads=(
            Head(text=say("report.driver")),
            Head(text=say("charts.before"), figures=True),
            Head(text=say("charts.after"), figures=True),
            Head(text=say("report.head_effect"), figures=True),
        ),
        rows=tuple(
            (
                Cell(text=driver_title(row["driver"])),
                Cell(text=_write(source, row["driver"], row["before"])),
                Cell(text=_write(source, row["driver"], row["after"])),
                Cell(text="–" if row["effect"] is None else source.facts.signed(row["effect"])),
            )
            for row in rows
        ),
    )


def _write(source: Source, driver: str, value: float | None) -> str:
    if value is None:
        return "–"
    if driver in _SHARES:
        return percent(value, digits=1)
    if driver in _COUNTS:
        return number(value)
    return number(value, digits=2) if driver == "frequency" else source.facts.money(value)


def _missing(rows: list[Record]) -> Note | None:
    """Say which drivers are not known, and which source would fill them in."""
    wanted: dict[str, list[str]] = {}
    for row in rows:
        if row["needs"] and row["driver"] != "total":
            drivers = wanted.setdefault(row["needs"], [])
            if driver_title(row["driver"]) not in drivers:
                drivers.append(driver_title(row["driver"]))
    if not wanted:
        return None
    sentences = [
        say("report.growth_missing", drivers=listing(drivers), source=source) for source, drivers in wanted.items()
    ]
    return Note(tone="none", text=" ".join(sentences))
