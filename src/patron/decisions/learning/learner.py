"""Which message to send next: a learner of the options, their pairs and what segments answer to.

In   the parts of a message; what each message that was sent brought
Out  messages to send, each with the chance that it had; how far the learning is

Everything is decided by counts, the seed and the order of the updates: the same history proposes the same messages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from patron.decisions.learning.iteration import Iteration, checked_iteration
from patron.decisions.learning.learning_status import LearningStatus, learning_status
from patron.decisions.learning.message_parts import MessageParts, message_parts
from patron.decisions.learning.message_plan import MessagePlan, drawn_messages, message_plan, rate_draws
from patron.decisions.learning.message_results import cell_counts, segment_places
from patron.decisions.learning.option_prior import OptionPrior, weight_prior
from patron.errors import ArgumentError
from patron.language import failure
from patron.stats.grouped_logistic import WeightBelief, grouped_logistic

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FLOOR = 0.05

UNTRIED = 0.5
"""The floor while only other triggers have told of the options: half of the first messages test what they said."""


class VariantLearner:
    """Learn which combination of a message's parts brings most, while sending.

    Parameters
    ----------
    parts : mapping of part to its options
        The first option of each makes the first message, with which the others are compared.
    seed : int
        Of all draws.
    floor : float
        Share of the messages that is spread evenly over all combinations.
    context : sequence of str, optional
        Segments that may answer differently; each has a plan of its own, drawn to what all have in common.
    prior : OptionPrior, optional
        What past triggers lead to expect, from `learned_prior`.
    worth : mapping of part and option to float, optional
        What a response is worth when the message has this option, as a factor: an offer of 20 % leaves a margin of 0.6
        times that without. 1 where it is not named.

    Raises
    ------
    ArgumentError
        Parts that make no message or too many, a floor outside 0 to 1 (exclusive), a worth that is negative or
        of an option that is not there.

    Examples
    --------
    >>> learner = VariantLearner({"headline": ["short", "long"], "offer": ["none", "gift"]}, seed=1)
    >>> proposed = learner.propose(4)
    >>> proposed.column_names, proposed["propensity"].to_pylist()
    (['headline', 'offer', 'propensity'], [0.25, 0.25, 0.25, 0.25])
    >>> learner.update({"headline": ["short", "short", "long", "long"], "offer": ["none", "gift", "none", "gift"],
    ...                 "sends": [500, 500, 500, 500], "responses": [10, 15, 25, 45]}).status().best
    {'headline': 'long', 'offer': 'gift'}
    """

    def __init__(
        self,
        parts: Mapping[str, Sequence[str]],
        *,
        seed: int = 0,
        floor: float = FLOOR,
        context: Sequence[str] | None = None,
        prior: OptionPrior | None = None,
        worth: Mapping[tuple[str, str], float] | None = None,
    ) -> None:
        if not 0 < floor < 1:
            raise failure(ArgumentError, "learning.floor", argument="floor", came=floor)
        self.parts: MessageParts = message_parts(parts, tuple(context or ()))
        self.seed, self.floor, self.prior = seed, floor, prior
        self.worth = _worths(self.parts, worth or {})
        self.iterations: list[Iteration] = []
        self._sends, self._responses = np.zeros(self.shape), np.zeros(self.shape)
        self._belief: WeightBelief | None = None
        self._plan: MessagePlan | None = None
        self._edges: Floats | None = None
        self._generator = np.random.default_rng([seed, 0])

    @property
    def shape(self) -> tuple[int, int]:
        """How many segments and messages there are."""
        return len(self.parts.segments), self.parts.count

    @property
    def counts(self) -> tuple[Floats, Floats]:
        """Sends and responses so far, of shape (segments, messages)."""
        return self._sends, self._responses

    @property
    def belief(self) -> WeightBelief:
        """What is believed of the model's weights."""
        if self._belief is None:
            self._belief = grouped_logistic(
                self.parts.columns, self._sends.ravel(), self._responses.ravel(), weight_prior(self.parts, self.prior)
            )
        return self._belief

    @property
    def plan(self) -> MessagePlan:
        """The plan that stands until the next update."""
        if self._plan is None:
            generator = np.random.default_rng([self.seed, 1, len(self.iterations)])
            rates = rate_draws(self.parts.columns, self.belief, generator=generator)
            floor = self.floor if self.iterations else max(self.floor, UNTRIED)
            made = message_plan(rates.reshape(-1, *self.shape), worth=self.worth, floor=floor)
            self._plan = made if self._informed else _even(made)
        return self._plan

    @property
    def _informed(self) -> bool:
        """Whether anything tells messages apart: else all have the same chance, which draws would only blur."""
        return bool(self.iterations) or self.prior is not None or bool((self.worth != self.worth[0]).any())

    def propose(self, n: int, *, context: str | Sequence[str] | None = None) -> pa.Table:
        """Return `n` messages to send.

        Parameters
        ----------
        n : int
            How many; 1 for one customer at a time.
        context : str, or one a message, optional
            The segment of whom they are for; needed where the learner has segments.

        Returns
        -------
        Arrow table
            One column a part, ``segment`` where the learner has segments, and ``propensity``: the chance that the
            message had. Equal plans propose alike, whoever asks first.

        Raises
        ------
        ArgumentError
            `n` below 1, or a segment that the learner does not have, or none where it needs one.
        """
        if n < 1:
            raise failure(ArgumentError, "learning.number", argument="n", came=n)
        places = segment_places(self.parts, context, n)
        messages = self._drawn(places)
        table = {
            part: pa.array(np.asarray(options, dtype=object)[self.parts.messages[messages, place]], pa.string())
            for place, (part, options) in enumerate(self.parts.parts.items())
        }
        if len(self.parts.segments) > 1:
            table["segment"] = pa.array(np.asarray(self.parts.segments, dtype=object)[places], pa.string())
        return pa.table(table | {"propensity": self.plan.share[places, messages]})

    def _drawn(self, places: Ints) -> Ints:
        if len(places) == 1:  # live: one number against the plan's edges
            if self._edges is None:
                edges = np.cumsum(self.plan.share, axis=1)
                self._edges = edges / edges[:, -1:]
            found = int(np.searchsorted(self._edges[places[0]], self._generator.random(), side="right"))
            return np.array([min(found, self.parts.count - 1)])
        messages = np.empty(len(places), dtype=np.int64)
        for segment in np.unique(places):
            own = places == segment
            messages[own] = drawn_messages(self.plan.share[segment], int(own.sum()), generator=self._generator)
        return messages

    def update(self, results: Any, *, plan_again: bool = True) -> VariantLearner:
        """Take in what messages brought, and plan anew.

        Parameters
        ----------
        results : Ibis, Arrow, pandas or Polars table, or mapping of columns
            One row a message that was sent, or one row a kind of message: the parts' columns, ``sends`` (1 where it is
            missing) and ``responses``; ``segment`` where the learner has segments.
        plan_again : bool
            Live: pass False to keep the standing plan, and its chances, until the next update that plans anew; what
            came is then part of that one's iteration.

        Raises
        ------
        ArgumentError, ContractError
            Columns that are missing, options that are not the learner's, more responses than sends, negative counts.
        """
        sends, responses = cell_counts(self.parts, results)
        return self.update_counts(sends, responses, plan_again=plan_again)

    def update_counts(
        self, sends: ArrayLike, responses: ArrayLike, *, share: ArrayLike | None = None, plan_again: bool = True
    ) -> VariantLearner:
        """Take in counts of shape (segments, messages), as `update` does for a table.

        `share` tells with which chances they were sent where that was not by the learner's own plan.
        """
        chances = self.plan.share if share is None else np.asarray(share, dtype=np.float64).reshape(self.shape)
        own = checked_iteration(
            np.asarray(sends, dtype=np.float64), np.asarray(responses, dtype=np.float64), share=chances,
            expected=self.plan.rate,
        )  # fmt: skip
        self._sends, self._responses = self._sends + own.sends, self._responses + own.responses
        if self.iterations and self.iterations[-1].share is own.share:  # more of the plan that stands
            own = self.iterations.pop().with_more(own)
        self.iterations.append(own)
        if plan_again:
            self._belief = grouped_logistic(
                self.parts.columns, self._sends.ravel(), self._responses.ravel(), weight_prior(self.parts, self.prior),
                start=self._belief,
            )  # fmt: skip
            self._plan = self._edges = None
        return self

    def replayed(self, iterations: Sequence[Iteration]) -> VariantLearner:
        """Take in what earlier plans brought, all at once; chances that are NaN are not known, and are not read by."""
        for own in iterations:
            checked = checked_iteration(own.sends, own.responses, share=own.share, expected=own.expected)
            self._sends, self._responses = self._sends + checked.sends, self._responses + checked.responses
            self.iterations.append(checked)
        self._belief = self._plan = self._edges = None
        return self

    def status(self, *, next_sends: int | None = None) -> LearningStatus:
        """Return how far the learning is.

        Parameters
        ----------
        next_sends : int, optional
            How many messages another iteration would send; by default as many as the last one did.
        """
        last = float(self.iterations[-1].sends.sum()) if self.iterations else 0.0
        generator = np.random.default_rng([self.seed, 2, len(self.iterations)])
        return learning_status(
            self.parts, self.plan, self.belief, counts=(self._sends, self._responses),
            next_sends=last if next_sends is None else float(next_sends), generator=generator,
            iterations=len(self.iterations),
        )  # fmt: skip


def _even(plan: MessagePlan) -> MessagePlan:
    share = np.full_like(plan.share, 1 / plan.share.shape[1])
    return MessagePlan(**{**vars(plan), "share": share, "chance_best": share})


def _worths(parts: MessageParts, worth: Mapping[tuple[str, str], float]) -> Floats:
    known = {(part, option): None for part, options in parts.parts.items() for option in options}
    for key, value in worth.items():
        if key not in known or not 0 <= value < np.inf:
            raise failure(ArgumentError, "learning.worth", argument="worth", came=f"{key}: {value}")
    return np.array(
        [
            np.prod([worth.get(key, 1.0) for key in zip(parts.names, parts.options(message), strict=True)])
            for message in range(parts.count)
        ]
    )
