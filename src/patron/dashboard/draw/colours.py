"""Figures in the colours of a light or a dark page."""

from __future__ import annotations

import json
import re
from typing import Any

import plotly.graph_objects as go

from patron.charts.theme import DARK, swaps, template

_SWAPS = {light.lower(): dark for light, dark in swaps().items()}
_COLOUR = re.compile("|".join(re.escape(one) for one in sorted(_SWAPS, key=len, reverse=True)), re.IGNORECASE)


def coloured(figure: go.Figure, *, dark: bool) -> dict[str, Any]:
    """Return a figure as Plotly's JSON, each colour of the light palette turned into the dark one where asked for."""
    text = figure.to_json()
    if not dark:
        light: dict[str, Any] = json.loads(text)
        return light
    made: dict[str, Any] = json.loads(_COLOUR.sub(lambda found: _SWAPS[found.group().lower()], text))
    made["layout"]["template"] = template(DARK).to_plotly_json()
    return made
