"""Fill the placements of one request, one after the other, and say what is to be written down."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from patron.decisions.on_request import (
    Chooser,
    Given,
    Messages,
    Placement,
    Wanted,
    banner,
    message,
    next_one,
    offer,
    products,
)
from patron.decisions.on_request.asked import kept_back, nothing
from patron.engines.decision_log_state import Logged
from patron.engines.moments import stored
from patron.pipeline.deciding import rows_of
from patron.privacy import Purpose
from patron.server.decisions.counter import Counter
from patron.server.decisions.subject import Subject

Row = dict[str, Any]

VIEWS = ("product_view", "cart_add", "wishlist_add", "product_click")
"""Events that tell what she looked at."""

NEXT = "next"
"""The placement under which a question for the next action is written down."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a request asks for.

    `ids` are user_id, anonymous_id and customer_id as they came. `repeat` is the caller's own name of the request:
    asked again with the same, the same is given. `left_out` are products that are not to be shown.
    """

    asked_by: str
    ids: dict[str, str | None]
    placements: Sequence[Placement]
    purpose: Purpose = Purpose.PROFILING
    repeat: str | None = None
    left_out: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one placement gets; `personal` says why it is not made for her."""

    decision_id: str
    placement: Placement
    given: Given
    personal: str | None


def answer_placements(asked: Asked, subject: Subject, counter: Counter) -> list[Answer]:
    """Fill the placements; a product is shown in the first of them that has it."""
    refused, answers, shown = subject.refuses(asked.purpose), [], list(asked.left_out)
    for placement in asked.placements:
        decision_id = decision_id_of(asked, placement)
        chooser = Chooser(decision_id, counter.floor)
        given = _given(placement, subject, counter, chooser, personal=refused is None, left_out=shown)
        shown += [one.product_id for one in given.products]
        answers.append(Answer(decision_id=decision_id, placement=placement, given=given, personal=refused))
    return answers


def decision_id_of(asked: Asked, placement: Placement) -> str:
    """Return a new id that nobody can guess; of a request that has a name, the one that it always gets."""
    if asked.repeat is None:
        return secrets.token_hex(16)
    parts = [asked.asked_by, asked.repeat, placement.name, *(value or "" for value in asked.ids.values())]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def what_next(asked: Asked, subject: Subject) -> tuple[Row, Answer]:
    """Return the next action for a customer, a row of contracts.next_action.NEXT_ACTIONS, and what is written down."""
    assert subject.customer_id is not None
    suggested = rows_of(subject.standing.published, "next_actions", subject.customer_id)
    row = next_one(
        suggested[0] if suggested else None, subject.decisions, subject.judge_again, customer_id=subject.customer_id
    )
    (placement,) = asked.placements
    outcome = {"nothing": "nothing", "refused": "nothing", "held_out": "held_out"}.get(row["does"], "given")
    given = Given(
        outcome=outcome, reason=row["reason"] or row["does"], choice=row["trigger"] or row["action"],
        trigger=row["trigger"], action=row["action"], subject=row["product"], offer=row["offer"],
        discount=row["discount"], price=row["price"], variant=row["variant"], held_by=row["held_by"],
    )  # fmt: skip
    made = Answer(decision_id=decision_id_of(asked, placement), placement=placement, given=given, personal=None)
    return row, made


def logged(answer: Answer, asked: Asked, subject: Subject) -> Logged:
    """Return what is written down of an answer: of what may not be made for her, without her."""
    given, hers = answer.given, answer.personal is None
    details = {
        "products": [one.product_id for one in given.products], "action": given.action, "subject": given.subject,
        "offer": given.offer, "discount": given.discount, "price": given.price,
    }  # fmt: skip
    return Logged(
        decision_id=answer.decision_id, decided_at=stored(subject.now), asked_by=asked.asked_by,
        customer_id=subject.customer_id if hers else None, user_id=asked.ids["user_id"] if hers else None,
        anonymous_id=asked.ids["anonymous_id"] if hers else None,
        placement=answer.placement.name, kind=answer.placement.kind, outcome=given.outcome, reason=given.reason,
        personal=answer.personal, choice=given.choice, propensity=given.propensity, shares=given.shares,
        trigger=given.trigger, iteration=given.iteration, variant=given.variant,
        variant_propensity=given.variant_propensity, held_by=given.held_by,
        given={name: value for name, value in details.items() if value not in (None, [])},
        run_id=subject.standing.published.run_id,
    )  # fmt: skip


def _given(
    placement: Placement, subject: Subject, counter: Counter, chooser: Chooser, *, personal: bool,
    left_out: Sequence[str],
) -> Given:  # fmt: skip
    held = subject.held_by
    if held is not None:
        return kept_back(held)
    if placement.kind == "message":
        return _message(subject, chooser, personal=personal)
    if placement.kind == "banner":
        return banner(counter.banner_shares(placement.name, placement.options), chooser)
    if placement.kind == "offer":
        return _offer(placement, subject, personal=personal)
    return products(placement, _wanted(subject, personal=personal, left_out=left_out), chooser)


def _message(subject: Subject, chooser: Chooser, *, personal: bool) -> Given:
    if not personal:
        return nothing("not_personal")
    if subject.customer_id is None:
        return nothing("not_known")
    return message(Messages(rows=subject.decisions, judge=subject.judge, variant=subject.variant), chooser)


def _offer(placement: Placement, subject: Subject, *, personal: bool) -> Given:
    own = _own(subject) if personal else []
    likely = own[0]["product_id"] if own and placement.category is None else None
    product_id = placement.product_id or likely
    found = offer(
        product_id, placement.category, subject.standing.showcase.offers,
        segments=subject.segments if personal else frozenset(),
    )  # fmt: skip
    facts = subject.standing.showcase.products.get(found.subject or "", {})
    return replace(found, facts={**found.facts, "name": facts.get("name")})


def _wanted(subject: Subject, *, personal: bool, left_out: Sequence[str]) -> Wanted:
    shop = subject.standing.showcase
    if not personal:
        return Wanted(
            left_out=left_out, companions=shop.companions, popular=shop.popular, products=shop.products,
            gone=shop.barred,
        )  # fmt: skip
    since = subject.who.since
    bought = {line.product_id for event in since if event.event == "order" for line in event.products}
    viewed = [event.product_id for event in reversed(since) if event.event in VIEWS and event.product_id is not None]
    return Wanted(
        own=_own(subject), viewed=viewed, cart=subject.who.cart, bought=bought, left_out=left_out,
        companions=shop.companions, popular=shop.popular, products=shop.products, gone=shop.barred,
    )  # fmt: skip


def _own(subject: Subject) -> list[Row]:
    if subject.customer_id is None:
        return []
    return sorted(
        rows_of(subject.standing.published, "next_products", subject.customer_id), key=lambda row: row["rank"]
    )


__all__ = ["NEXT", "Answer", "Asked", "answer_placements", "decision_id_of", "logged", "what_next"]
