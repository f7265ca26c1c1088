"""Who came by a signed link: under which ids she is known now, and by which message she was reached."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from patron.engines.delivery_tables import OUTBOX
from patron.engines.state import State
from patron.pipeline.project import Project
from patron.pipeline.serving import Published
from patron.privacy.signed_links import SignedLink
from patron.privacy.tombstones import CUSTOMER_ID


@dataclass(frozen=True, kw_only=True)
class Whose:
    """One person."""

    customer_id: str  # what the run knows her by; of a run that does not, what the link says
    ids: tuple[str, ...]  # that, what the link says, and the ids of her records
    link: SignedLink
    reached_by: str | None  # the channel of the message that the link stood in: she holds that address


def whose(project: Project, state: State, run: Published | None, link: SignedLink) -> Whose | None:
    """Return whose a link is; none of somebody who was erased, of whom nothing may be written any more.

    Parameters
    ----------
    project : Project
    state : State
        The open database.
    run : Published, optional
        The published run; without it she is who the link says.
    link : SignedLink
        As it was read from its token.
    """
    known = link.customer_id
    records: list[str] = []
    if run is not None:
        known = run.customer_of(link.customer_id) or link.customer_id
        records = run.records_of(known)
    ids = tuple(dict.fromkeys((known, link.customer_id, *records)))
    asker = project.erased.asker()
    if asker is not None and any(asker(CUSTOMER_ID, one) for one in (known, link.customer_id)):
        return None
    return Whose(customer_id=known, ids=ids, link=link, reached_by=_channel(state, link, ids))


def _channel(state: State, link: SignedLink, ids: tuple[str, ...]) -> str | None:
    found = select(OUTBOX.c.channel).where(OUTBOX.c.delivery_id == link.delivery_id, OUTBOX.c.customer_id.in_(ids))
    with state.engine.connect() as connection:
        channel: str | None = connection.execute(found).scalar_one_or_none()
    return channel


__all__ = ["Whose", "whose"]
