"""The report in a few sentences and figures, for someone who reads nothing else."""

from __future__ import annotations

from patron.language import number, percent, say
from patron.report.accuracy import NAIVE, Accuracy
from patron.report.blocks import Tile, Tiles
from patron.report.source import Source


def headline(source: Source) -> tuple[str, ...]:
    """Return three to five sentences, the most important first."""
    total = source.totals
    if source.too_few:
        return (say("anonymity.too_few", least=number(source.gate.least)),)
    if not total.customers:
        return (say("report.headline_nobody"),)
    sentences = [_customers(source), _year(source), _ahead(source), _concentration(source), _trust(source)]
    return tuple(sentence for sentence in sentences if sentence)


def headline_tiles(source: Source) -> Tiles:
    """Return the same as figures side by side."""
    total, facts = source.totals, source.facts
    if source.too_few:
        return Tiles(items=())
    if not total.customers:  # no zeros where nothing is known
        known = Tile(label=say("orders.tile_known"), value=number(total.known), note=say("orders.tile_known_note"))
        return Tiles(items=(known,))
    money = [
        Tile(
            label=say("report.tile_revenue"),
            value=facts.short(total.revenue),
            note=_against(total.revenue, total.revenue_before),
        )
    ]
    if facts.basis == "margin":
        note = _against(total.margin, total.margin_before)
        money.append(Tile(label=say("report.tile_margin"), value=facts.short(total.margin), note=note))
    active = percent(total.active / total.customers)
    return Tiles(
        items=(
            Tile(label=say("report.tile_customers"), value=number(total.customers), note=_since(source)),
            Tile(
                label=say("report.tile_active"),
                value=number(total.active),
                note=say("report.tile_active_note", share=active),
            ),
            *money,
            Tile(
                label=say("report.tile_predicted", horizon=facts.horizon),
                value=facts.short(total.predicted),
                note=say("report.tile_predicted_note", worth=facts.worth),
            ),
            *_stake(source),
        )
    )


def _since(source: Source) -> str:
    since = source.totals.since
    return "" if since is None else say("report.tile_since", year=since.year)


def _stake(source: Source) -> list[Tile]:
    rows = [row for row in source.rows("gaps") if row["rank"] <= 10]
    if not rows:
        return []
    value = sum(row["value_at_stake"] for row in rows)
    note = say("report.tile_stake_note", count=len(rows), steps=number(len(rows)))
    return [Tile(label=say("report.tile_stake"), value=source.facts.short(value), note=note)]


def _against(now: float, before: float | None) -> str:
    if not before or before <= 0:
        return ""
    change = now / before - 1
    return say("report.more_than_before" if change >= 0 else "report.less_than_before", change=percent(abs(change)))


def _customers(source: Source) -> str:
    total = source.totals
    return say(
        "report.headline_customers", count=total.customers, customers=number(total.customers),
        name=source.facts.name, active=number(total.active), share=percent(total.active / total.customers),
    )  # fmt: skip


def _year(source: Source) -> str:
    total, facts = source.totals, source.facts
    if not total.buyers:
        return say("report.headline_no_year")
    now, before = (
        (total.margin, total.margin_before) if facts.basis == "margin" else (total.revenue, total.revenue_before)
    )
    key = "report.headline_year_margin" if facts.basis == "margin" else "report.headline_year_revenue"
    sentence = say(
        key, count=total.buyers, buyers=number(total.buyers), revenue=facts.short(total.revenue),
        margin=facts.short(total.margin),
    )  # fmt: skip
    change = _against(now, before)
    return f"{sentence} {say('report.headline_change', worth=facts.worth, change=change)}" if change else sentence


def _ahead(source: Source) -> str:
    total, facts = source.totals, source.facts
    if not total.forecasts:
        return say("report.headline_no_forecast")
    return say(
        "report.headline_ahead", horizon=facts.horizon, predicted=facts.short(total.predicted), worth=facts.worth,
        orders=number(total.expected_orders),
    )  # fmt: skip


def _concentration(source: Source) -> str:
    total = source.totals
    if total.top_share is None or total.forecasts < 10:
        return ""
    return say(
        "report.headline_concentration", count=total.top_customers, customers=number(total.top_customers),
        share=percent(total.top_share),
    )  # fmt: skip


def _trust(source: Source) -> str:
    test = source.accuracy
    if test is None:
        return say("report.headline_untested")
    parts = [
        say("report.headline_tested", days=number(test.horizon_days)),
        total_error(test),
        versus_naive(test),
        _ranking(test),
    ]
    return " ".join(part for part in parts if part)


def total_error(test: Accuracy) -> str:
    """Say how far the forecast of the total was from what came."""
    bias = test.value(test.model, "value", "bias")
    naive = test.value(NAIVE, "value", "bias")
    if bias is None:
        return ""
    sentence = say(f"report.total_{_side(bias)}", error=percent(abs(bias)))
    if naive is None:
        return sentence
    return f"{sentence} {say(f'report.naive_total_{_side(naive)}', error=percent(abs(naive)))}"


def versus_naive(test: Accuracy) -> str:
    """Say how the error per customer compares with that of the naive rule."""
    change = test.against_naive("value")
    if change is None:
        return ""
    side = "same" if abs(change) < 0.005 else "less" if change < 0 else "more"
    return say(f"report.error_{side}", change=percent(abs(change)))


def _ranking(test: Accuracy) -> str:
    ranking = test.ranking()
    return say(f"report.ranking_{ranking}") if ranking else ""


def _side(bias: float) -> str:
    return "even" if abs(bias) < 0.005 else "high" if bias > 0 else "low"
