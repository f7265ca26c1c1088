"""A figure that says in a sentence why there is nothing to draw."""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.theme import LIGHT, dress, wrap


def blank(sentence: str, *, title: str = "") -> go.Figure:
    """Return a figure without axes that holds one sentence.

    Examples
    --------
    >>> blank("Nothing yet.").layout.annotations[0].text
    'Nothing yet.'
    """
    figure = go.Figure()
    figure.add_annotation(
        text=wrap(sentence, width=44), x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False,
        font={"size": 14, "color": LIGHT.muted},
    )  # fmt: skip
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return dress(figure, title=title, height=140)
