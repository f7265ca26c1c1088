"""`patron privacy`: what people allow, what they ask for, and what was done about it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from patron.cli.console import FAILED, Output, ProjectDir, speaking
from patron.cli.privacy_requests import requests
from patron.engines.atomic import aside
from patron.engines.database import writing
from patron.errors import ArgumentError
from patron.language import NOTHING, failure, number, say
from patron.pipeline import Project, clock, open_project
from patron.pipeline.erased_whom import whom
from patron.pipeline.erasure import erase, found, was_erased
from patron.pipeline.held import held
from patron.privacy.access import write_access
from patron.privacy.audit import Head, append, verify
from patron.privacy.certificate import Certificate
from patron.privacy.pseudonyms import pseudonym
from patron.privacy.statements import Statement, state_consent, statements

Customer = Annotated[str, typer.Argument(help=say("privacy_cli.help.customer"), show_default=False)]
Purpose = Annotated[str | None, typer.Option("--purpose", help=say("privacy_cli.help.purpose"))]
Channel = Annotated[str, typer.Option("--channel", help=say("privacy_cli.help.channel"))]
Status = Annotated[str | None, typer.Option("--status", help=say("privacy_cli.help.status"))]
Basis = Annotated[str, typer.Option("--basis", help=say("privacy_cli.help.basis"))]
TextVersion = Annotated[str | None, typer.Option("--text-version", help=say("privacy_cli.help.text_version"))]
Source = Annotated[str | None, typer.Option("--source", help=say("privacy_cli.help.source"))]
Proof = Annotated[str | None, typer.Option("--proof", help=say("privacy_cli.help.proof"))]
GivenAt = Annotated[datetime | None, typer.Option("--given-at", help=say("privacy_cli.help.given_at"))]
ConfirmedAt = Annotated[datetime | None, typer.Option("--confirmed-at", help=say("privacy_cli.help.confirmed_at"))]
ExpiresOn = Annotated[datetime | None, typer.Option("--expires-on", help=say("privacy_cli.help.expires_on"))]
Jurisdiction = Annotated[str | None, typer.Option("--jurisdiction", help=say("privacy_cli.help.jurisdiction"))]
Signal = Annotated[str | None, typer.Option("--signal", help=say("privacy_cli.help.signal"))]
To = Annotated[Path, typer.Option("--to", help=say("privacy_cli.help.to"))]
Law = Annotated[str, typer.Option("--law", help=say("privacy_cli.help.law"))]
CertificateFile = Annotated[Path | None, typer.Option("--certificate", help=say("privacy_cli.help.certificate"))]
Yes = Annotated[bool, typer.Option("--yes", help=say("privacy_cli.help.yes"))]
KeptHead = Annotated[str | None, typer.Option("--head", help=say("privacy_cli.help.head"))]

privacy = typer.Typer(name="privacy", help=say("privacy_cli.help.privacy"), no_args_is_help=True)
privacy.add_typer(requests)


@privacy.command(name="consent", help=say("privacy_cli.help.consent"))
@speaking
def _consent(
    output: Output,
    customer: Customer,
    purpose: Purpose = None,
    channel: Channel = "all",
    status: Status = None,
    basis: Basis = "consent",
    text_version: TextVersion = None,
    source: Source = None,
    proof: Proof = None,
    given_at: GivenAt = None,
    confirmed_at: ConfirmedAt = None,
    expires_on: ExpiresOn = None,
    jurisdiction: Jurisdiction = None,
    signal: Signal = None,
    project: ProjectDir = Path(),
) -> None:
    """Note what a customer said, or show what holds."""
    opened = open_project(project)
    if status is None:
        _show(opened, customer, output)
        return
    if purpose is None:
        raise failure(ArgumentError, "privacy_cli.no_purpose", argument="--purpose")
    zone = opened.settings.timezone
    said = Statement(
        customer_id=_known(opened, customer), purpose=purpose, channel=channel, status=status, lawful_basis=basis,
        given_at=given_at or clock.now().astimezone(ZoneInfo(zone)).replace(tzinfo=None), text_version=text_version,
        source=source, proof=proof, confirmed_at=confirmed_at, expires_on=expires_on.date() if expires_on else None,
        jurisdiction=jurisdiction, signal=signal,
    )  # fmt: skip
    with opened.state() as state:
        state_consent(state, [said], today=clock.today(zone))
    output.line(say("privacy_cli.consent_noted", customer=customer, purpose=purpose, channel=channel, status=status))
    output.result({"customer": customer, "purpose": purpose, "channel": channel, "status": status})


def _known(project: Project, customer: str) -> str:
    """Refuse ids that nobody has: a typing error would be a consent of nobody's."""
    if not any(one.total for one in found(project, customer).values()):
        raise failure(ArgumentError, "requests.unknown_person", came=customer)
    return customer


def _show(project: Project, customer: str, output: Output) -> None:
    """Show what held on the day of the published run, and what was said to the shop itself."""
    subject = whom(project.store, customer)
    table = project.table("consents")
    mine = table.filter(table.customer_id.isin(subject.ids)).order_by("purpose", "channel")
    holding = project.connection.to_pyarrow(mine).to_pylist()
    with project.state() as state:
        said = [row for row in statements(state).to_pyarrow().to_pylist() if row["customer_id"] in subject.ids]
    if not holding and not said:
        _known(project, customer)
        output.line(say("privacy_cli.consent_none", customer=customer))
    columns = ("purpose", "channel", "allowed", "reason", "basis", "since")
    rows = [
        [one["purpose"], one["channel"], say("privacy_cli.yes") if one["allowed"] else say("privacy_cli.no"),
         one["reason"], one["lawful_basis"] or NOTHING, str(one["since"])]
        for one in holding
    ]  # fmt: skip
    if rows:
        output.table([say(f"privacy_cli.column.{name}") for name in columns], rows)
    if said:
        output.line(say("privacy_cli.consent_said", count=len(said)))
        names = ("given_at", "purpose", "channel", "status", "basis")
        told = [[str(one["given_at"]), one["purpose"], one["channel"], one["status"], one["lawful_basis"]]
                for one in said]  # fmt: skip
        output.table([say(f"privacy_cli.column.{name}") for name in names], told)
    output.result({"customer": subject.customer_id, "holds": holding, "said": said})


@privacy.command(name="access", help=say("privacy_cli.help.access"))
@speaking
def _access(output: Output, customer: Customer, to: To, project: ProjectDir = Path()) -> None:
    """Write everything that is held of a customer."""
    opened = open_project(project)
    whole = held(opened, customer, made_on=clock.today(opened.settings.timezone))
    page, archive = write_access(whole, to)
    rows = sum(len(table.rows) for table in whole.held)
    with opened.state() as state, writing(state.engine) as connection:
        append(
            connection, actor="patron", action="access.written", subject=pseudonym(connection, whole.customer_id),
            facts={"rows": rows}, now=clock.now(),
        )  # fmt: skip
    facts = {"rows": number(rows), "page": str(page), "archive": str(archive)}
    output.line(say("privacy_cli.access_done", count=rows, **facts))
    output.result({"customer": whole.customer_id, **facts, "rows": rows})


@privacy.command(name="erase", help=say("privacy_cli.help.erase"))
@speaking
def _erase(
    output: Output,
    customer: Customer,
    law: Law = "gdpr",
    certificate: CertificateFile = None,
    yes: Yes = False,
    project: ProjectDir = Path(),
) -> None:
    """Erase a customer from everything that the project holds."""
    opened = open_project(project)
    if not yes and not was_erased(opened, customer):
        _preview(opened, customer, output)
        return
    made = erase(opened, customer, law=law)
    if certificate is not None:
        _write(made, certificate)
        output.line(say("privacy_cli.certificate_written", file=str(certificate)))
    else:
        output.line(made.text())
    output.result({"done": True, "certificate": asdict(made)})


def _preview(project: Project, customer: str, output: Output) -> None:
    _known(project, customer)
    stores = {name: dict(one.rows) for name, one in found(project, customer).items() if one.total}
    rows = [[name, place, number(count)] for name, places in stores.items() for place, count in places.items()]
    output.table([say(f"privacy_cli.column.{name}") for name in ("store", "place", "rows")], rows)
    output.line(say("privacy_cli.erase_would", customer=customer))
    output.result({"done": False, "found": stores})


def _write(made: Certificate, file: Path) -> None:
    text = made.to_json() if file.suffix == ".json" else made.text()
    with aside(file, owned=True) as beside:
        beside.write_text(text, encoding="utf-8")


@privacy.command(name="verify", help=say("privacy_cli.help.verify"))
@speaking
def _verify(output: Output, head: KeptHead = None, project: ProjectDir = Path()) -> None:
    """Say whether the audit is as it was written; exit code 1 when it is not."""
    with open_project(project).state() as state:
        verified = verify(state, None if head is None else Head.parse(head))
    output.line(verified.sentence)
    facts: dict[str, Any] = asdict(verified)
    output.result({**facts, "head": str(verified.head), "intact": verified.intact})
    if not verified.intact:
        raise typer.Exit(FAILED)
