"""What people do with a message: order, open, click, grow tired, unsubscribe, stay away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from patron.simulate.world.chance import counts, uniforms
from patron.simulate.world.nature import Nature
from patron.simulate.world.planted import ALWAYS, CHANNELS, SITUATIONS, Planted, strengths
from patron.simulate.world.sending import Sending
from patron.simulate.world.state import State

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MOST_PULL = 1.5  # extra orders at most to be expected of one message
MOST_EXTRA = 3
OFFER_PULL = 3.0  # how much a share off pulls, times how much she looks for vouchers
TIRES = 0.45  # fall of the log of the pull by each message in the stock
USED = 0.25  # and by each time of the same action that is not forgotten
ENDED = 0.2  # of the pull, in those who have stopped buying
LEAVES = 0.0015  # chance that a rested person unsubscribes by a promotion
BOUNCES = 0.01
STAYS_AWAY = 0.25  # chance that a tired one of those whom too much drives away skips her next order
TOO_MUCH = 1.0  # promotions in the stock from which on that happens
OF_TEXT = ("sms", "post", "phone")


class Hidden(Protocol):
    """What decides the answers."""

    seed: int
    fatigue: float
    planted: tuple[Planted, ...]
    nature: Nature


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """One entry a message in every array."""

    within: Bools  # whether the action found its moment
    pull: Floats  # mean of the extra orders
    extra: Ints  # extra orders
    instead: Bools  # whether the first of them takes the place of her next order
    refers: Floats  # mean of the newcomers
    referred: Ints
    bounced: Bools
    opened: Bools
    clicked: Bools
    left: Bools
    stays_away: Bools


def pulls(hidden: Hidden, post: Sending, state: State, *, facing: Bools, alive: Bools) -> tuple[Floats, Bools]:
    """Return the mean of the extra orders by each message, and whether its action found a moment of its own.

    Parameters
    ----------
    facing : array, shape (messages, SITUATIONS)
        In which situations the persons are.
    alive : array
        Whether each of them still buys.
    """
    who, mind = post.customer, hidden.nature
    brings = np.where(facing, strengths(hidden.planted)[post.action], 0.0)
    moment = brings.max(axis=1)
    within = moment > brings[:, SITUATIONS.index(ALWAYS)]
    weary = hidden.fatigue * (TIRES * mind.tires[who] * state.tired[who] + USED * state.used[who, post.action])
    offer = 1 + OFFER_PULL * post.off * (0.5 + mind.voucher[who])
    pull = moment * mind.ready[who] * post.lift * offer
    pull = pull * mind.channels[who, post.channel] * np.exp(-weary) * np.where(alive, 1.0, ENDED)
    return np.minimum(pull, MOST_PULL), within


def answers(
    hidden: Hidden, post: Sending, state: State, *, day: int, facing: Bools, alive: Bools, still: bool
) -> Answers:
    """Let people answer the messages of a day.

    The chance of each person, day and action is the same in every world of the seed, whatever else is sent.

    Parameters
    ----------
    still : bool
        Whether nothing that is sent changes what anybody buys.
    """
    who, mind = post.customer, hidden.nature
    pull, within = pulls(hidden, post, state, facing=facing, alive=alive)
    texts = np.isin(post.channel, [CHANNELS.index(name) for name in OF_TEXT])

    def chance(stream: int) -> Floats:
        return uniforms(hidden.seed, who, day, post.action, stream)

    bounced = chance(0) < BOUNCES
    pull = np.where(bounced, 0.0, pull)
    extra = counts(chance(1), pull, most=MOST_EXTRA)
    refers = np.array([one.refers for one in hidden.planted])[post.action] * np.where(mind.promoter[who], 1.0, 0.1)
    refers = np.where(bounced | still, 0.0, refers)
    promotion = post.kind > 0.5
    weary = hidden.fatigue * state.tired[who]
    instead = np.array([one.instead for one in hidden.planted])[post.action]
    opened = ~bounced & ((chance(2) < mind.openness[who] * np.exp(-0.15 * weary)) | (extra > 0))
    clicked = opened & ((chance(3) < mind.clicking[who] * np.minimum(post.lift, 2.0)) | (extra > 0))
    leaving = LEAVES * mind.leaves[who] * (1 + weary) ** 2 * np.where(mind.driven[who], 3.0, 1.0)
    return Answers(
        within=within, pull=pull, extra=extra, instead=(extra > 0) & (chance(4) < instead),
        refers=refers, referred=counts(chance(5), refers, most=1), bounced=bounced,
        opened=opened & ~texts, clicked=clicked & ~texts,
        left=promotion & ~bounced & (extra == 0) & (chance(6) < leaving),
        stays_away=promotion & ~bounced & mind.driven[who] & (weary > TOO_MUCH) & (chance(7) < STAYS_AWAY),
    )  # fmt: skip
