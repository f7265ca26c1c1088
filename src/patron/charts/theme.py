"""How every chart looks: one palette for light and one for dark, one template, money on the axes.

Figures are always made in the light palette, on a transparent ground. `swaps` turns each of its colours into the dark
one, so a page can switch without asking Python again. Colours keep their distance for colour-blind eyes (blue against
orange, never red against green alone) and at least 3 : 1 contrast to the ground; a test holds them to that.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import plotly.graph_objects as go

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'


@dataclass(frozen=True, kw_only=True)
class Palette:
    """The colours of one mode, by what they mean."""

    page: str
    surface: str
    ink: str
    muted: str
    line: str
    neutral: str
    faint: str
    pale: str
    gain: str
    loss: str
    series: tuple[str, ...]
    ramp: tuple[str, ...]
    balance: tuple[str, ...]


LIGHT = Palette(
    page="#f5f6f8",
    surface="#ffffff",
    ink="#1a2130",
    muted="#596375",
    line="#e2e6ec",
    neutral="#858fa0",
    faint="#c3cad4",
    pale="#5194d2",
    gain="#1f66b3",
    loss="#bd5208",
    series=("#1f67b4", "#c25a0a", "#0b7d6e", "#7a4fa3", "#8c6d00", "#b03a78"),
    ramp=("#eef4fb", "#c9dff3", "#9bc5e8", "#6aa6db", "#2a72b5", "#123f73"),
    balance=("#bf5409", "#efb78f", "#f1f3f6", "#a3c8ee", "#2068b6"),
)

DARK = Palette(
    page="#0f1319",
    surface="#171c24",
    ink="#e9edf3",
    muted="#a3adbd",
    line="#2b323d",
    neutral="#8c97a8",
    faint="#4a5463",
    pale="#3a7cbd",
    gain="#6fabea",
    loss="#f0a052",
    series=("#6eaae9", "#f0a253", "#48bfae", "#bb9be2", "#d8b840", "#e88dbd"),
    ramp=("#1d2835", "#1f3a59", "#22507f", "#2864a1", "#3277bd", "#3d85cc"),
    balance=("#f0a154", "#8a5a2b", "#232a34", "#2f5f92", "#70aceb"),
)


def swaps() -> dict[str, str]:
    """Return the dark colour of every light one.

    Examples
    --------
    >>> swaps()[LIGHT.ink] == DARK.ink
    True
    """
    return dict(zip(_colours(LIGHT), _colours(DARK), strict=True))


def _colours(palette: Palette) -> list[str]:
    colours: list[str] = []
    for field in fields(palette):
        value = getattr(palette, field.name)
        colours.extend([value] if isinstance(value, str) else value)
    return colours


def template(palette: Palette = LIGHT) -> go.layout.Template:
    """Return the one template: system fonts, few lines, transparent ground."""
    axis = {
        "gridcolor": palette.line,
        "linecolor": palette.line,
        "zerolinecolor": palette.faint,
        "zerolinewidth": 1,
        "tickfont": {"color": palette.muted, "size": 12},
        "title": {"font": {"color": palette.muted, "size": 12}, "standoff": 10},
        "automargin": True,
        "ticks": "",
        "ticklabelstandoff": 6,
        "exponentformat": "B",
        "separatethousands": True,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "color": palette.ink, "size": 13},
            "title": {"font": {"size": 16}, "x": 0, "xref": "paper", "xanchor": "left"},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(palette.series),
            "xaxis": axis,
            "yaxis": axis,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
            "hoverlabel": {
                "bgcolor": palette.surface, "bordercolor": palette.faint, "align": "left",
                "font": {"family": FONT, "color": palette.ink, "size": 13},
            },
            "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
            "bargap": 0.35,
            "separators": ".,",
        }
    )  # fmt: skip


def dress(figure: go.Figure, *, title: str = "", height: int = 360) -> go.Figure:
    """Give `figure` the template, its title when it has one, and a height in pixels."""
    figure.update_layout(template=template(), height=height)
    if title:
        figure.update_layout(title_text=plain(title), margin_t=64)
    return figure


def share_axis() -> dict[str, object]:
    """Return the axis options that write a share of one as per cent."""
    return {"tickformat": ",.0%"}


def steps(colours: tuple[str, ...]) -> list[tuple[float, str]]:
    """Return evenly spaced colours as a Plotly colour scale."""
    return [(place / (len(colours) - 1), colour) for place, colour in enumerate(colours)]


def plain(text: str) -> str:
    """Return `text` such that Plotly shows it letter by letter, tags and all.

    Examples
    --------
    >>> plain("<b>R&D</b>")
    '&lt;b&gt;R&amp;D&lt;/b&gt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def wrap(text: str, *, width: int = 24) -> str:
    """Break `text` into lines of about `width` letters, for labels.

    Examples
    --------
    >>> wrap("Promising but not yet regular", width=12)
    'Promising<br>but not yet<br>regular'
    """
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return "<br>".join(plain(line) for line in lines)
