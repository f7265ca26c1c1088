"""What is an experiment called where people read?"""

from __future__ import annotations

from patron.decisions.holdouts import GLOBAL
from patron.language import say

TREATED = "treated"


def experiment_title(experiment: str, arm: str = TREATED) -> str:
    """Return the name of an experiment, or of one of its arms, for people.

    Parameters
    ----------
    experiment : str
        As in the table `experiments`; hold-outs are called what they are.
    arm : str
        As in `effects`; that of a list with one arm besides control says nothing and is left out.

    Examples
    --------
    >>> experiment_title("global"), experiment_title("programme:growth"), experiment_title("Letter", "red")
    ('Global hold-out', 'Hold-out of growth', 'Letter: red')
    """
    kind, _, name = experiment.partition(":")
    title = experiment
    if experiment == GLOBAL:
        title = say("ledger.holdout_global")
    elif name and kind in ("programme", "trigger"):
        title = say("ledger.holdout_of", scope=name)
    return title if arm == TREATED else f"{title}: {arm}"
