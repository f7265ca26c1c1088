"""Next steps and the words of the glossary."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from patron.language import say
from patron.report.blocks import Step, Steps, Terms


def steps(one: Steps) -> Component:
    """Return the next steps, in order."""
    return html.Ol([_step(step) for step in one.items], className="steps")


def terms(one: Terms) -> Component:
    """Return words and their meanings."""
    pairs = [
        part for term in one.items for part in (html.Dt(term.name), html.Dd([term.meaning, _formula(term.formula)]))
    ]
    return html.Div([dmc.Title(one.title, order=3, size="h5"), html.Dl(pairs, className="terms")])


def _formula(text: str) -> Component | None:
    return dmc.Code(text, ml="xs") if text else None


def _step(one: Step) -> Component:
    amount = html.Div([html.Strong(one.amount), html.Small(one.interval)], className="amount")
    about = html.Div(
        [
            html.B(one.title),
            html.P(one.doing),
            html.P(" · ".join(one.facts), className="quiet"),
            html.Details([html.Summary(say("report.why")), html.P(one.why)]),
            dmc.Badge(one.evidence, variant="light", title=one.evidence_title),
        ]
    )
    return html.Li([about, amount])
