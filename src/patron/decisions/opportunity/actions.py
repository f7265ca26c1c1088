"""What can be done when a signal fires, and what is believed of each action before anything was tried.

An action is a play: what is said or done, by whatever channel. Its prior is the share by which it is thought to raise
the chance of an order within the window, and how far that may be wrong; it stands for what nobody has measured yet, is
told as `assumed`, and gives way to experiments (see `patron.decisions.opportunity.pooled`).

The priors are the authors' and are written down to be doubted. They are small beside what vendors report, and beside
the best known public experiment (docs/hillstrom.md: four to seven in ten more visits after a campaign e-mail), for most
sends move less than the best known ones; and so wide that a trial of some thousand customers decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from patron.errors import ArgumentError
from patron.language import failure, listing


@dataclass(frozen=True, kw_only=True)
class Action:
    """One play.

    Parameters
    ----------
    name : str
        Its sentences stand in the catalogue under ``actions.NAME``.
    kind : str
        Actions of one kind are thought to work alike: what one has taught is a guess for another.
    signals : tuple of str
        The signals that it answers.
    families : tuple of str
        The families that it answers, all signals of theirs, those of the project's own among them.
    lift : float
        Mean of the prior: by which share it raises the chance of an order.
    spread : float
        Standard deviation of the prior.
    offer : float
        Share of the price that it gives away.
    """

    name: str
    kind: str
    signals: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    lift: float = 0.05
    spread: float = 0.10
    offer: float = 0.0

    def answers(self, signal: str, family: str) -> bool:
        """Tell whether it is a reply to a signal."""
        return signal in self.signals or family in self.families


ACTIONS: tuple[Action, ...] = (
    Action(name="remind", kind="reminder", families=("abandonment",), lift=0.12, spread=0.12),
    Action(name="retry_payment", kind="reminder", signals=("payment_failed",), lift=0.20, spread=0.20),
    Action(name="replenish", kind="reminder", families=("replenishment",), lift=0.10, spread=0.10),
    Action(name="renew", kind="reminder", signals=("subscription_ending",), lift=0.08, spread=0.10),
    Action(name="welcome", kind="advice", signals=("first_90_days",), lift=0.06, spread=0.08),
    Action(name="second_order", kind="advice", signals=("second_order_window", "stuck_at_n"), lift=0.08, spread=0.10),
    Action(name="cross_sell", kind="advice", families=("growth",), lift=0.06, spread=0.08),
    Action(name="announce", kind="news", families=("offer",), lift=0.10, spread=0.12),
    Action(
        name="win_back", kind="news", signals=("win_back", "lapse_risk", "household_lapsing"), lift=0.08, spread=0.12
    ),
    Action(
        name="protect", kind="care", signals=("high_value_quiet", "lapse_risk", "tier_at_risk"), lift=0.06, spread=0.10
    ),
    Action(
        name="discount",
        kind="offer",
        families=("abandonment", "price"),
        signals=("win_back", "second_order_window", "lapse_risk"),
        lift=0.20,
        spread=0.15,
        offer=0.10,
    ),
    Action(
        name="gift",
        kind="offer",
        families=("occasion",),
        signals=("high_value_quiet",),
        lift=0.12,
        spread=0.12,
        offer=0.05,
    ),
    Action(
        name="exclusive_access",
        kind="status",
        signals=("full_price_buyer", "tier_reached", "nps_promoter"),
        lift=0.08,
        spread=0.10,
    ),
    Action(name="reward", kind="status", families=("loyalty",), lift=0.06, spread=0.10),
    Action(name="congratulate", kind="care", families=("occasion",), lift=0.05, spread=0.08),
    Action(name="thank", kind="care", families=("advocacy",), lift=0.03, spread=0.06),
    Action(
        name="refer", kind="advice", signals=("nps_promoter", "referral_made", "review_given"), lift=0.03, spread=0.08
    ),
    Action(name="recover", kind="care", families=("service",), lift=0.05, spread=0.10),
    Action(name="switch_channel", kind="care", signals=("channel_changed",), lift=0.05, spread=0.08),
    Action(name="rest", kind="care", signals=("fatigue",), lift=0.01, spread=0.05),
)
"""Patron's own actions. A project changes them, and adds to them, under `opportunities` in its settings."""


def answering(signal: str, family: str, actions: Iterable[Action] = ACTIONS) -> tuple[Action, ...]:
    """Return the actions that answer a signal.

    Examples
    --------
    >>> [action.name for action in answering("cart_abandoned", "abandonment")]
    ['remind', 'discount']
    """
    return tuple(action for action in actions if action.answers(signal, family))


def action_named(name: str, actions: Sequence[Action] = ACTIONS) -> Action:
    """Return an action by its name.

    Raises
    ------
    ArgumentError
        There is none of that name.
    """
    for action in actions:
        if action.name == name:
            return action
    raise failure(ArgumentError, "opportunities.action", came=name, names=listing(sorted(one.name for one in actions)))
