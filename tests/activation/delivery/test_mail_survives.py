"""Processes are killed while they hand e-mails over: a mail server cannot take back, so none leaves twice.

100 kills on each database: ``PATRON_KILLS=100 pytest -n 0 tests/activation/delivery/test_mail_survives.py``.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
from collections import Counter
from datetime import UTC, datetime

import pytest
from delivery_support import entry, rows
from mail_process import work_mail
from test_delivery_survives import Crowd, until

from mail_server import MailServer
from patron.activation.delivery.courier import TOGETHER
from patron.engines.database import writing
from patron.engines.outbox_state import put

KILLS = int(os.environ.get("PATRON_KILLS", "10"))
EACH = 20  # e-mails that are put in before each kill
LINKS = {"unsubscribe_url": "https://shop.example/u/t0ken"}


class Posting(Crowd):
    """Processes that hand e-mails over, two at a time; one of them holds the destination."""

    def __init__(self, *told):
        self._making = multiprocessing.get_context("forkserver")
        self._making.set_forkserver_preload(["mail_process", "patron.activation.delivery"])
        self._told, self._running, self._chance = told, [], random.Random(1)

    def begin(self):
        process = self._making.Process(target=work_mail, args=self._told, daemon=True)
        process.start()
        self._running.append(process)


def fill(state, start):
    now = datetime.now(UTC)
    made = (
        entry(
            one, delivery_id=f"{one:032x}", destination="mail", channel="email", address=f"p{one}@example.org",
            content={"subject": "Tea", "text": "Your basket waits.", **LINKS}, made_at=now, due_at=now,
        )
        for one in range(start, start + EACH)
    )  # fmt: skip
    with writing(state.engine) as connection:
        put(connection, made)


@pytest.mark.slow
def test_each_message_id_arrives_at_most_once_whatever_is_killed(state, database_url, capsys):
    with MailServer() as server, Posting(database_url, server.port) as crowd:
        for kill in range(KILLS):
            before = len(server.mails)
            fill(state, kill * EACH)
            assert until(lambda before=before: len(server.mails) > before)
            crowd.kill_one()
        assert until(lambda: not {"waiting", "handing"} & {row["state"] for row in rows(state, "mail")})
        arrived = Counter(mail.message_id for mail in server.mails)
    stand = {row["delivery_id"]: row["state"] for row in rows(state, "mail")}
    named = {f"<patron.{key}@shop.example>": known for key, known in stand.items()}
    assert len(stand) == KILLS * EACH
    assert set(stand.values()) <= {"delivered", "unknown"}
    assert max(arrived.values()) == 1
    assert {key for key, known in named.items() if known == "delivered"} <= set(arrived) <= set(named)
    unknown = [key for key, known in named.items() if known == "unknown"]
    assert len(unknown) <= TOGETHER["never"] * KILLS
    with capsys.disabled():
        left = sum(key in arrived for key in unknown)
        sys.stderr.write(
            f"\n{KILLS} kills, {len(stand)} e-mails, none twice; unknown: {len(unknown)}, arrived: {left}.\n"
        )
