"""An answer in sentences, and as it is sent."""

from __future__ import annotations

from typing import Any

from patron.decisions.on_request import Given, Product
from patron.language import money, percent, say
from patron.pipeline.contact_settings import ContactSettings
from patron.pipeline.reasons_said import said_why
from patron.server.decisions.answering import Answer

Row = dict[str, Any]


def sent(answer: Answer, *, contact: ContactSettings, currency: str) -> Row:
    """Return an answer as it is sent.

    Parameters
    ----------
    answer : Answer
        Of one placement.
    contact : ContactSettings
        What the shop keeps to: some refusals name its numbers.
    currency : str
        ISO 4217, to write money with.
    """
    given = answer.given
    return {
        "decision_id": answer.decision_id, "placement": answer.placement.name, "kind": answer.placement.kind,
        "outcome": given.outcome, "choice": given.choice if given.outcome == "given" else None,
        "propensity": given.propensity, "personal": answer.personal is None,
        "not_personal": None if answer.personal is None else say(f"on_request.personal.{answer.personal}"),
        "trigger": given.trigger if given.outcome == "given" else None, "action": given.action,
        "subject": given.subject, "offer": given.offer, "discount": given.discount, "price": given.price,
        "variant": given.variant, "variant_propensity": given.variant_propensity,
        "until": given.until, "products": [_product(one) for one in given.products], "reason": given.reason,
        "sentence": _sentence(given, contact, currency),
    }  # fmt: skip


def _product(one: Product) -> Row:
    return {
        "product_id": one.product_id, "name": one.name, "category": one.category, "price": one.price,
        "chance": one.chance, "why": say(f"on_request.why.{one.why}", product=one.with_product or ""),
    }  # fmt: skip


def _sentence(given: Given, contact: ContactSettings, currency: str) -> str:
    facts = dict(given.facts)
    if given.reason == "refused":
        row = {"outcome": "refused", "reason": facts["why"], "channel": "web", "send_on": None}
        return said_why(row, contact)
    return say(
        f"on_request.reason.{given.reason}", signal=facts.get("signal", ""), held_by=given.held_by or "",
        gain=money(facts["gain"], currency) if "gain" in facts else "", category=facts.get("category") or "",
        discount="" if given.discount is None else percent(given.discount),
    )  # fmt: skip
