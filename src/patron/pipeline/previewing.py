"""A message as one real customer would read it."""

from __future__ import annotations

from typing import Any

import ibis

from patron.decisions.messages.facts import NEEDS, message_facts
from patron.decisions.messages.message import Message
from patron.decisions.messages.render import Rendered, render
from patron.decisions.messages.variants import combinations, parts_of, variant_name
from patron.errors import ArgumentError
from patron.language import did_you_mean, failure, listing
from patron.pipeline.check_messages import STEP, messages_of, sender_of
from patron.pipeline.project import Project


def preview(
    project: Project, trigger: str, *, customer: str, variant: str | None = None, language: str | None = None
) -> Rendered:
    """Return a message as a customer of the published run would read it.

    Parameters
    ----------
    project : Project
        With a published run.
    trigger : str
        Whose message: a name under ``messages`` of the settings.
    customer : str
        The customer's id in the run.
    variant : str, optional
        Its name; or some of it, as ``offer=none``: what it does not tell is the first option. By default the first.
    language : str, optional
        As if she spoke it.

    Raises
    ------
    ArgumentError
        There is no such message, customer or variant.
    """
    messages = messages_of(project.settings)
    if trigger not in messages:
        hint = did_you_mean(trigger, messages) if messages else ""
        raise failure(ArgumentError, "messages.none_of", argument="trigger", came=trigger, hint=hint)
    message = messages[trigger]
    chosen = _chosen(message, variant)
    told = _facts(project, trigger, customer)
    return render(
        message,
        chosen,
        told if language is None else {**told, "language": language},
        sender=sender_of(project.settings),
    )


def _chosen(message: Message, variant: str | None) -> dict[str, str]:
    """Return the option of each part: as told, else the first."""
    first = combinations(message.options())[0]
    if variant is None:
        return first
    told = parts_of(variant)
    options = message.options()
    if not told or any(option not in options.get(part, ()) for part, option in told.items()):
        allowed = listing(f"{part}={name}" for part, names in options.items() for name in names)
        raise failure(
            ArgumentError, "messages.no_variant", argument="variant", came=variant, allowed=allowed,
            first=variant_name(first),
        )  # fmt: skip
    return {**first, **told}


def _facts(project: Project, trigger: str, customer: str) -> dict[str, Any]:
    """Return what is known of a customer, and of what the trigger's signal speaks for her."""
    run, connection = project.last(), project.connection
    tables = {name: run.table(name, connection) for name in NEEDS}
    own = {name: table.filter(table.customer_id == customer) if "customer_id" in table.columns else table
           for name, table in tables.items()}  # fmt: skip
    launched = project.settings.launched[trigger.partition(STEP)[0]]
    signals = run.table("signals", connection)
    fired = signals.filter(
        (signals.customer_id == customer) & (signals.signal == (getattr(launched, "signal", None) or ""))
    )
    about = fired.order_by("subject_kind", "subject").limit(1).to_pyarrow().to_pylist()
    subject = about[0] if about else {"subject_kind": "none", "subject": ""}
    people = own["profiles"].select(
        "customer_id", subject_kind=ibis.literal(subject["subject_kind"]), subject=ibis.literal(subject["subject"])
    )
    found: list[dict[str, Any]] = message_facts(people, own).to_pyarrow().to_pylist()
    if not found:
        raise failure(ArgumentError, "messages.no_customer", argument="customer", came=customer)
    return found[0]
