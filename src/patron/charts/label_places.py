"""On which side of its bubble does a label lie freest?"""

from __future__ import annotations

from collections.abc import Sequence

LETTER, LINE = 7.0, 15.0  # pixels across and down
WIDTH, HEIGHT = 820.0, 420.0  # of the figure, about

SIDES = {"top center": (0.0, 1.0), "bottom center": (0.0, -1.0), "middle right": (1.0, 0.0), "middle left": (-1.0, 0.0)}
"""Plotly's names, and which way they lie; of equals the first."""

Box = tuple[float, float, float, float]  # left, bottom, right, top


def label_places(
    points: Sequence[tuple[float, float]], across: Sequence[float], labels: Sequence[str], *,
    x_range: Sequence[float], y_range: Sequence[float],
) -> list[str]:  # fmt: skip
    """Return Plotly's `textposition` of each label, those that come first placed first.

    Parameters
    ----------
    points : sequence of (x, y)
        The middles of the bubbles, in the axes' own units.
    across : sequence of float
        Their diameters, in pixels.
    labels : sequence of str
        With ``<br>`` between lines.
    x_range, y_range : [low, high]
        Of the axes.
    """
    middles = [(_scaled(x, x_range) * WIDTH, _scaled(y, y_range) * HEIGHT) for x, y in points]
    taken: list[Box] = []
    chosen = []
    for middle, wide, label in zip(middles, across, labels, strict=True):
        boxes = {side: _box(middle, wide / 2, label, way) for side, way in SIDES.items()}
        best = min(boxes, key=lambda side: sum(_shared(boxes[side], other) for other in taken) + _outside(boxes[side]))
        taken.append(boxes[best])
        chosen.append(best)
    return chosen


def _scaled(value: float, ends: Sequence[float]) -> float:
    return (value - ends[0]) / (ends[1] - ends[0])


def _box(middle: tuple[float, float], radius: float, label: str, way: tuple[float, float]) -> Box:
    lines = label.split("<br>")
    wide, high = LETTER * max(map(len, lines)), LINE * len(lines)
    x = middle[0] + way[0] * (radius + wide / 2)
    y = middle[1] + way[1] * (radius + high / 2)
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _shared(one: Box, two: Box) -> float:
    across, down = min(one[2], two[2]) - max(one[0], two[0]), min(one[3], two[3]) - max(one[1], two[1])
    return max(across, 0.0) * max(down, 0.0)


def _outside(box: Box) -> float:
    left, bottom, right, top = box
    return (right - left) * (top - bottom) - _shared(box, (0.0, 0.0, WIDTH, HEIGHT))
