"""Which theme of today is which one of the run before?

The texts that both runs know tell it: two themes are one when enough texts are in both. Where hardly a text is known
from before, the words tell it. A theme that is one of before keeps its name.

Ref  Kuhn (1955), Naval Research Logistics Quarterly 2, 83-97: the assignment problem
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from patron.stats.agreement import jaccard, matched

SAME = 0.3  # Jaccard's coefficient from which two themes are one
FEWEST = 30  # texts that both runs know


@dataclass(frozen=True, kw_only=True)
class Before:
    """What a run before found.

    Parameters
    ----------
    themes : mapping of theme to its words
        Of one language.
    texts : mapping of text_id to theme
        The texts that it put there.
    born_on : mapping of theme to day
        When each was first found.
    """

    themes: Mapping[str, Sequence[str]]
    texts: Mapping[str, str]
    born_on: Mapping[str, date | None] = field(default_factory=dict)

    def known_as(self, ids: Sequence[str], groups: Sequence[int], told: Sequence[Sequence[str]]) -> dict[int, str]:
        """Return the names of the groups that are themes of before.

        Parameters
        ----------
        ids, groups : sequences
            The texts of today, and the group of each; -1 for none.
        told : sequence of sequences of str
            The words of each group.
        """
        old = {name: place for place, name in enumerate(self.themes)}
        if not old or not told:
            return {}
        pairs = [
            (group, old[self.texts[one]])
            for one, group in zip(ids, groups, strict=True)
            if group >= 0 and self.texts.get(one) in old
        ]
        likeness = np.zeros((len(told), len(old)))
        if len(pairs) >= FEWEST:
            today, then = np.array(pairs).T
            found = jaccard(today, then)
            likeness[: found.shape[0], : found.shape[1]] = found
        else:
            for row, words in enumerate(told):
                for column, known in enumerate(self.themes.values()):
                    likeness[row, column] = _shared(words, known)
        names = list(old)
        return {row: names[column] for row, column in matched(likeness) if likeness[row, column] >= SAME}


def _shared(some: Sequence[str], others: Sequence[str]) -> float:
    either = {*some, *others}
    return len({*some} & {*others}) / len(either) if either else 0.0
