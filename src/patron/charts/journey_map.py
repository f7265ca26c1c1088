"""Where do people go from each step? As a network, and as streams."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from patron.charts.blank import blank
from patron.charts.drop_offs import edge_words, step_words
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain
from patron.contracts.journey import DROP_OFF, JOURNEY_EDGES, START
from patron.language import number, percent, say

MOST_EDGES, MOST_STEPS = 40, 14
ROUNDS = 30


def journey_map(
    edges: Small, *, segmentation: str = "all", segment: str = "all", title: str | None = None
) -> go.Figure:
    """Draw the map as a network: steps from left to right by how early they come, ways as wide as they are gone often.

    Parameters
    ----------
    edges : Table
        Keeps the contract JOURNEY_EDGES.
    segmentation, segment : str
        Whose map.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.journey_map") if title is None else title
    rows = _widest(records(edges, JOURNEY_EDGES, segmentation=segmentation, segment=segment))
    if not rows:
        return blank(say("charts.no_journeys"), title=heading)
    places = _places(rows)
    figure = go.Figure([_way(row, places, max(row["times"] for row in rows)) for row in rows])
    figure.add_trace(_steps(rows, places))
    figure.update_xaxes(visible=False, range=[-0.08, 1.08])
    figure.update_yaxes(visible=False, range=[-0.12, 1.12])
    figure.update_layout(showlegend=False)
    return dress(figure, title=heading, height=520)


def journey_sankey(
    edges: Small, *, segmentation: str = "all", segment: str = "all", title: str | None = None
) -> go.Figure:
    """Draw the widest ways as streams, from the start to the drop-off; what costs money is in the colour of loss.

    Parameters as in `journey_map`.
    """
    heading = say("charts.journey_sankey") if title is None else title
    rows = _widest(records(edges, JOURNEY_EDGES, segmentation=segmentation, segment=segment))
    if not rows:
        return blank(say("charts.no_journeys"), title=heading)
    places = _places(rows)
    # A stream that turns back has no place between left and right: it is drawn in the network.
    ahead = [row for row in rows if places[row["from_step"]][0] < places[row["to_step"]][0]]
    names = sorted(places, key=lambda name: (places[name][0], name))
    figure = go.Figure(
        go.Sankey(
            node={
                "label": [plain(step_words(name)) for name in names], "pad": 18, "thickness": 14,
                "color": [_colour(name) for name in names],
                "hovertemplate": "%{label}<extra></extra>",
            },
            link={
                "source": [names.index(row["from_step"]) for row in ahead],
                "target": [names.index(row["to_step"]) for row in ahead],
                "value": [row["times"] for row in ahead],
                "color": [LIGHT.balance[1] if row["to_step"] == DROP_OFF else LIGHT.ramp[1] for row in ahead],
                "customdata": [_hover(row) for row in ahead],
                "hovertemplate": "%{customdata}<extra></extra>",
            },
        )
    )  # fmt: skip
    return dress(figure, title=heading, height=460)


def _widest(rows: list[Record]) -> list[Record]:
    """Return the ways that are gone most between the steps that are visited most."""
    visits: dict[str, int] = {}
    for row in rows:
        visits[row["from_step"]] = visits.get(row["from_step"], 0) + row["times"]
    shown = set(sorted(visits, key=lambda step: (-visits[step], step))[:MOST_STEPS]) | {START, DROP_OFF}
    inside = [row for row in rows if {row["from_step"], row["to_step"]} <= shown and row["from_step"] != row["to_step"]]
    return sorted(inside, key=lambda row: (-row["times"], row["from_step"], row["to_step"]))[:MOST_EDGES]


def _places(rows: list[Record]) -> dict[str, tuple[float, float]]:
    """Place the steps: from left to right by the mean place of what leads there, one under the other where near."""
    steps = sorted({row[end] for row in rows for end in ("from_step", "to_step")})
    depth = {step: 0.0 if step == START else 1.0 for step in steps}
    for _ in range(ROUNDS):
        came = {step: [row for row in rows if row["to_step"] == step] for step in steps}
        depth |= {
            step: sum(row["times"] * min(depth[row["from_step"]] + 1, 6.0) for row in ways)
            / sum(row["times"] for row in ways)
            for step, ways in came.items() if ways and step != START
        }  # fmt: skip
    inner = sorted((step for step in steps if step not in (START, DROP_OFF)), key=lambda step: (depth[step], step))
    placed = {START: (0.0, 0.5), DROP_OFF: (1.0, 0.5)}
    for place, step in enumerate(inner):
        across = (place + 1) / (len(inner) + 1)
        placed[step] = across, 0.5 + 0.45 * math.sin(place * 2.4 + 1)
    return {step: place for step, place in placed.items() if step in steps}


def _way(row: Record, places: dict[str, tuple[float, float]], most: int) -> go.Scatter:
    (x, y), (u, v) = places[row["from_step"]], places[row["to_step"]]
    bend = 0.07 if u >= x else -0.07  # there and back are two lines
    middle = (x + u) / 2 + bend * (y - v), (y + v) / 2 + bend
    curve = [
        ((1 - t) ** 2 * x + 2 * t * (1 - t) * middle[0] + t**2 * u,
         (1 - t) ** 2 * y + 2 * t * (1 - t) * middle[1] + t**2 * v)
        for t in (place / 12 for place in range(13))
    ]  # fmt: skip
    return go.Scatter(
        x=[point[0] for point in curve], y=[point[1] for point in curve], mode="lines", hoverinfo="text",
        hovertext=_hover(row), opacity=0.75,
        line={"width": 1 + 9 * row["times"] / most,
              "color": LIGHT.balance[1] if row["to_step"] == DROP_OFF else LIGHT.ramp[2]},
    )  # fmt: skip


def _steps(rows: list[Record], places: dict[str, tuple[float, float]]) -> go.Scatter:
    return go.Scatter(
        x=[place[0] for place in places.values()], y=[place[1] for place in places.values()],
        mode="markers+text", text=[plain(step_words(step)) for step in places], textposition="top center",
        marker={"size": 16, "color": [_colour(step) for step in places]}, hoverinfo="text",
        hovertext=[_left(step, rows) for step in places], textfont={"color": LIGHT.ink},
    )  # fmt: skip


def _left(step: str, rows: list[Record]) -> str:
    gone = [row for row in rows if row["from_step"] == step and row["to_step"] == DROP_OFF]
    share = percent(gone[0]["share"], digits=1) if gone else "–"
    return say("charts.journey_step", step=plain(step_words(step)), share=share)


def _colour(step: str) -> str:
    return LIGHT.loss if step == DROP_OFF else LIGHT.neutral if step == START else LIGHT.series[0]


def _hover(row: Record) -> str:
    return say(
        "charts.journey_edge", edge=plain(edge_words(row)), people=number(row["people"]), times=number(row["times"]),
        share=percent(row["share"], digits=1), low=percent(row["share_low"], digits=1),
        high=percent(row["share_high"], digits=1),
    )  # fmt: skip
