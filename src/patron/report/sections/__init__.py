"""The parts of the report, one file each, in the order of the page."""

from __future__ import annotations

from collections.abc import Callable

from patron.report.blocks import Section
from patron.report.sections.affinity import affinity
from patron.report.sections.attention import attention
from patron.report.sections.attribution import attribution
from patron.report.sections.behaviour import behaviour
from patron.report.sections.budget import budget
from patron.report.sections.bundles import bundles
from patron.report.sections.channels import channels
from patron.report.sections.cohorts import cohorts
from patron.report.sections.effects import effects
from patron.report.sections.evidence import evidence
from patron.report.sections.glossary import glossary
from patron.report.sections.groups import groups
from patron.report.sections.growth import growth
from patron.report.sections.habits import habits
from patron.report.sections.headroom import headroom
from patron.report.sections.journeys import journeys
from patron.report.sections.kpis import kpis
from patron.report.sections.learning import learning
from patron.report.sections.ledger import ledger
from patron.report.sections.market import market
from patron.report.sections.messages import messages
from patron.report.sections.micro import micro
from patron.report.sections.movement import movement
from patron.report.sections.next_steps import next_steps
from patron.report.sections.offers import offers
from patron.report.sections.opinions import opinions
from patron.report.sections.opportunities import opportunities
from patron.report.sections.outlook import outlook
from patron.report.sections.personas import personas
from patron.report.sections.prices import prices
from patron.report.sections.quality import quality
from patron.report.sections.responses import responses
from patron.report.sections.runs_out import runs_out
from patron.report.sections.signals import signals
from patron.report.sections.stages import stages
from patron.report.sections.teams import teams
from patron.report.sections.themes import themes
from patron.report.sections.triggers import triggers
from patron.report.sections.trust import trust
from patron.report.sections.value_map import value_map
from patron.report.sections.visits import visits
from patron.report.sections.voice import voice
from patron.report.sections.will_sell import will_sell
from patron.report.source import Source

SECTIONS: tuple[Callable[[Source], Section], ...] = (
    opportunities,
    next_steps,
    signals,
    value_map,
    groups,
    behaviour,
    stages,
    personas,
    micro,
    movement,
    headroom,
    runs_out,
    offers,
    bundles,
    affinity,
    will_sell,
    habits,
    market,
    opinions,
    voice,
    themes,
    visits,
    journeys,
    kpis,
    cohorts,
    growth,
    channels,
    outlook,
    trust,
    effects,
    responses,
    attribution,
    evidence,
    prices,
    ledger,
    triggers,
    messages,
    learning,
    attention,
    teams,
    budget,
    quality,
    glossary,
)

__all__ = ["SECTIONS"]
