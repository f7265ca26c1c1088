"""What a benchmark found: a table of figures, and targets that were met or not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "results"  # kept in the repository: what is not measured again stands as it is


@dataclass(frozen=True, kw_only=True)
class Target:
    """One figure beside its limit."""

    what: str
    limit: str
    came: str
    met: bool


@dataclass(frozen=True, kw_only=True)
class Result:
    """One benchmark's outcome; `included` says what the seconds stand for."""

    name: str
    title: str
    included: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    targets: Sequence[Target] = field(default_factory=tuple)
    measured: str = ""

    def keep(self) -> None:
        """Write it down, in the place of an earlier one of the same name."""
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{self.name}.json").write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def kept(name: str) -> Result | None:
    """Return what a benchmark found when it last ran."""
    file = FOLDER / f"{name}.json"
    if not file.exists():
        return None
    facts = json.loads(file.read_text(encoding="utf-8"))
    return Result(**facts | {"targets": [Target(**target) for target in facts["targets"]]})


def at_most(what: str, came: float, limit: float, unit: str) -> Target:
    """Hold a figure to an upper limit.

    Examples
    --------
    >>> at_most("purchase history", 1.04, 1.15, "x").met
    True
    """
    return Target(what=what, limit=f"at most {limit:g} {unit}", came=f"{came:.3g} {unit}", met=came <= limit)


def at_least(what: str, came: float, limit: float, unit: str) -> Target:
    """Hold a figure to a lower limit."""
    return Target(what=what, limit=f"at least {limit:g} {unit}", came=f"{came:.3g} {unit}", met=came >= limit)


def digits(what: str, ours: dict[str, float], theirs: dict[str, float], limit: int = 4) -> Target:
    """Tell to how many digits two sets of parameters agree: the largest difference is below half of the next one.

    Examples
    --------
    >>> digits("r", {"r": 0.24314}, {"r": 0.24315}).met
    True
    >>> digits("r", {"r": 0.243}, {"r": 0.244}).met
    False
    """
    apart = max(abs(ours[name] / theirs[name] - 1) for name in theirs)
    return Target(
        what=what, limit=f"{limit} digits", came=f"at most {apart:.1e} apart", met=apart < 0.5 * 10 ** (1 - limit)
    )
