"""What should we do today?"""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from patron.dashboard.acts import button
from patron.dashboard.approving import APPROVE, REFUSE, waiting
from patron.dashboard.asked import Asked
from patron.dashboard.draw import empty, section
from patron.dashboard.launching import LAUNCH
from patron.dashboard.page import Page, Shown
from patron.dashboard.tabs import Tab, sections, tabbed
from patron.decisions.opportunity import trigger_name
from patron.decisions.opportunity.words import (
    action_doing,
    action_title,
    audience_title,
    channel_title,
    known,
    learned,
    why,
)
from patron.language import number, percent, say
from patron.privacy.roles import Permission

FIRST = 5
"""Opportunities that are shown at once; the others fold."""

EVIDENCE = {"measured": "blue", "modelled": "gray", "assumed": "orange"}

Row = dict[str, Any]


def _shown(asked: Asked) -> Shown:
    return tabbed(asked, TABS)


def _do(asked: Asked) -> Shown:
    """Show what waits for an answer, what is worth most to launch, and how it comes about."""
    rows = best(asked)
    parts = [*waiting(asked), *_opportunities(asked, rows)]
    whole = section(asked.section("opportunities"), asked)
    return [*parts, html.Details([html.Summary(say("today_page.all")), whole], className="folded")]


def best(asked: Asked) -> list[Row]:
    """Return the best action for each signal, the most money first, as far as it may be told."""
    rows = [row for row in asked.rows("opportunities") if row["best"] and not row["withheld"]]
    return sorted(rows, key=lambda row: row["rank"])


def _opportunities(asked: Asked, rows: list[Row]) -> Shown:
    if not rows:
        doing = dcc.Link(say("today_page.see_signals"), href="/today?tab=signals")
        return [empty(say("today_page.nothing_text"), title=say("today_page.nothing"), doing=doing)]
    total = say(
        "today_page.first", count=len(rows), number=number(len(rows)), gain=asked.facts.money(rows[0]["total_gain"])
    )
    running = {(one.signal, one.action): name for name, one in asked.services.settings.triggers.items() if one.signal}
    cards = [_card(asked, row, running.get((row["signal"], row["action"]))) for row in rows]
    parts: Shown = [dmc.Title(total, order=2, size="h4"), html.Ol(cards[:FIRST], className="steps opportunities")]
    if cards[FIRST:]:
        more = html.Ol(cards[FIRST:], className="steps opportunities")
        parts.append(
            html.Details([html.Summary(say("today_page.more", count=len(cards) - FIRST)), more], className="folded")
        )
    return parts


def _card(asked: Asked, row: Row, running: str | None) -> Component:
    money = asked.facts.money
    title = say("plan.launched", action=action_title(row["action"]), channel=channel_title(row["channel"]))
    whom = say(
        "plan.for_whom", audience=audience_title(row), reachable=number(row["reachable"]),
        customers=number(row["customers"]),
    )  # fmt: skip
    name = trigger_name(row)
    if running is not None:
        act: Component | None = dcc.Link(
            say("today_page.runs", trigger=running), href=f"/triggers?tab=one&trigger={running}"
        )
    else:
        act = button(LAUNCH, name, say("today_page.launch"), asked, variant="filled", size="sm")
    about = html.Div(
        [
            html.H3(title), html.P(whom), html.P(action_doing(row["action"]), className="quiet"),
            html.Details([html.Summary(say("report.why")), html.P(why(row, money)), html.P(learned(row))]),
        ]
    )  # fmt: skip
    gain = html.Div(
        [
            html.Strong(money(row["total_gain"])),
            html.Small(say("report.between", low=money(row["total_low"]), high=money(row["total_high"]))),
            html.Small(say("today_page.costs", cost=money(row["total_cost"]), chance=percent(row["chance_pays"]))),
            dmc.Badge(known(row["evidence"]), color=EVIDENCE[row["evidence"]], variant="light", tt="none"),
            act,
        ],
        className="amount",
    )
    return html.Li([about, gain], **{"data-trigger": name})


TABS = (
    Tab(name="do", title="today_page.tab_do", shown=_do),
    Tab(name="signals", title="today_page.tab_signals", shown=sections("signals")),
    Tab(name="running", title="today_page.tab_running", shown=sections("triggers", "attention")),
    Tab(name="teams", title="today_page.tab_teams", shown=sections("teams")),
)

today = Page(
    name="today", title="today_page.title", question="today_page.question", path="/today",
    permission=Permission.FIGURES, shown=_shown, acts=(LAUNCH, APPROVE, REFUSE),
)  # fmt: skip
