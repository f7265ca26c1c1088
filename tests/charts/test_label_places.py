"""Labels keep out of each other's way."""

from __future__ import annotations

from patron.charts.label_places import label_places

RANGE = [0.0, 1.0]


def placed(*points: tuple[float, float]) -> list[str]:
    return label_places(points, [20.0] * len(points), ["two words"] * len(points), x_range=RANGE, y_range=RANGE)


def test_a_label_alone_lies_on_top() -> None:
    assert placed((0.5, 0.5)) == ["top center"]


def test_two_in_one_place_part() -> None:
    assert placed((0.5, 0.5), (0.5, 0.5)) == ["top center", "bottom center"]
    assert len(set(placed(*[(0.5, 0.5)] * 4))) == 4


def test_a_label_stays_inside() -> None:
    assert placed((0.5, 1.0)) == ["bottom center"]
    assert placed((1.0, 0.999)) == ["middle left"]
