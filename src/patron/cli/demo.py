"""`patron demo`: a shop whose truth is known, from nothing to a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from patron.cli.console import Folder, Output, ProjectDir, speaking
from patron.cli.demo_approvals import approve_demo
from patron.cli.demo_decisions import DECISIONS, DESTINATIONS
from patron.cli.report import report_project
from patron.cli.run import facts, run_project
from patron.engines.atomic import aside
from patron.errors import ArgumentError
from patron.language import failure, number, say
from patron.pipeline import open_project
from patron.pipeline.settings import FILE
from patron.simulate import shop

Customers = Annotated[int, typer.Option("--customers", min=100, help=say("cli.help.customers"))]
Seed = Annotated[int, typer.Option("--seed", help=say("cli.help.seed"))]

DEFAULT_FOLDER = Path("demo")

SETTINGS = """\
name: Demo shop
currency: EUR
timezone: Europe/Paris
horizon: 365d
simulated: true

sources:
  order_lines: {path: data/order_lines.parquet}
  customers: {path: data/customers.parquet}
  products: {path: data/products.parquet}
  spend: {path: data/spend.parquet}

costs:
  per_order: 4.50
  per_return: 3.00

segments:
  bargain_hunters:
    where: discount_rate > 0.15 AND orders >= 3
    purpose: marketing

targets:
  - {metric: retention_rate, segmentation: rfm, segment: champions, target: 0.60}
"""

_SPEND = "  spend: {path: data/spend.parquet}\n"
_PEOPLE = "".join(
    f"  {name}: {{path: data/{name}.parquet}}\n"
    for name in (
        "identifiers", "events", "households", "consents", "traits", "tickets", "subscriptions", "prospects",
        "reviews", "surveys", "referrals", "loyalty", "market", "messages", "invitations", "assignments",
        "mix_model",
    )
)  # fmt: skip

DEMO_SETTINGS = (
    SETTINGS.replace(_SPEND, _SPEND + _PEOPLE)
    + """
identity: {country: France}

privacy:
  double_opt_in: [email]

attribution:
  lift_tests:
    paid_social: Social hold-out
    display: Display hold-out
    brand_search: Brand search hold-out
    retargeting: Retargeting hold-out

market:
  cost_per_contact: 0.05
  population:
    - {where: {household: family, town: village}, people: 22000, source: made up, dated: 2024-01-01}
    - {where: {household: family, town: small town}, people: 41000, source: made up, dated: 2024-01-01}
    - {where: {household: family, town: city}, people: 90000, source: made up, dated: 2024-01-01}
    - {where: {household: couple, town: village}, people: 30000, source: made up, dated: 2024-01-01}
    - {where: {household: couple, town: small town}, people: 38000, source: made up, dated: 2024-01-01}
    - {where: {household: couple, town: city}, people: 52000, source: made up, dated: 2024-01-01}
    - {where: {age: 18-39}, people: 150000, source: made up, dated: 2024-01-01}
    - {where: {age: 40-59}, people: 120000, source: made up, dated: 2024-01-01}
    - {where: {age: 60-99}, people: 160000, source: made up, dated: 2024-01-01}
"""
    + DECISIONS
    + DESTINATIONS
)
"""The settings of the shop whose people are known, too, with all that they have to do with it."""


@speaking
def demo(
    output: Output,
    folder: Folder = None,
    customers: Customers = 5000,
    seed: Seed = 1,
    project: ProjectDir = DEFAULT_FOLDER,
) -> None:
    """Simulate a shop, run everything and write the report."""
    where = folder or project
    settings = where / FILE
    if settings.exists() and settings.read_text(encoding="utf-8") != DEMO_SETTINGS:
        raise failure(ArgumentError, "cli.demo.other_project", folder=str(where))
    output.note(say("cli.demo.simulating", customers=number(customers), seed=seed))
    shop(
        customers=customers, seed=seed, identity=True, dealings=True, market=True, experience=True, journeys=True,
        campaigns=True, marketing=True, triggers=True,
    ).write(where)  # fmt: skip
    with aside(settings) as part:
        part.write_text(DEMO_SETTINGS, encoding="utf-8")
    opened = open_project(where)
    approve_demo(opened)
    made = run_project(opened, output)
    path = report_project(opened)
    output.line(say("cli.demo.done", path=path))
    output.result({**facts(made), "report": str(path)})
