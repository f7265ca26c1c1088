"""Who may be in this table, for this purpose?

The one filter that every segment, model and export passes: what states no purpose, or one that Patron does not know,
does not pass. Which customers agreed to which purpose is not kept yet, so the filter lets every customer through;
consent, objection and suppression come in here, and nowhere else, once they are kept. A caller therefore passes every
row that carries a `customer_id`, and uses only what comes back.
"""

from __future__ import annotations

from typing import Literal, get_args

import ibis.expr.types as ir

from patron.contracts import PURPOSES
from patron.errors import ArgumentError, ContractError, SettingsError
from patron.language import did_you_mean, failure, listing

Stage = Literal["evaluation", "decision", "export"]

STAGES: tuple[Stage, ...] = get_args(Stage)
"""Where the filter stands: what is computed, what is decided, what leaves the system."""


def permitted(table: ir.Table, *, purpose: str, stage: Stage) -> ir.Table:
    """Return the rows of `table` whose customers may be used for `purpose` at `stage`.

    Parameters
    ----------
    table : Table, one or more rows per customer
        Column ``customer_id``.
    purpose : str
        One of `patron.contracts.PURPOSES`.
    stage : str
        One of `STAGES`: what is computed, what is decided, what leaves the system.

    Raises
    ------
    SettingsError
        The purpose is missing or unknown.
    ArgumentError
        The stage is unknown.
    ContractError
        The rows do not say whose they are.

    Examples
    --------
    >>> import ibis
    >>> table = ibis.memtable({"customer_id": ["ann"]})
    >>> permitted(table, purpose="marketing", stage="export").count().to_pyarrow().as_py()
    1
    """
    if not purpose:
        raise failure(SettingsError, "privacy.purpose_missing", stage=stage, choices=listing(PURPOSES))
    if purpose not in PURPOSES:
        raise failure(SettingsError, "privacy.purpose_unknown", came=purpose, hint=did_you_mean(purpose, PURPOSES))
    if stage not in STAGES:
        raise failure(ArgumentError, "privacy.stage_unknown", came=stage, hint=did_you_mean(stage, STAGES))
    if "customer_id" not in table.columns:
        raise failure(ContractError, "privacy.nobody_named", stage=stage, came=listing(table.columns))
    return table
