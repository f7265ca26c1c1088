"""Documentation executes, and says what the code says."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

import patron
from patron.cli.main import app
from patron.contracts import TABLES
from patron.pipeline.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


QUICK = (
    "README.md", "docs/spend.md", "docs/affinity.md", "docs/replenishment.md", "docs/habits.md", "docs/signals.md",
    "docs/next_product.md", "docs/lookalike.md", "docs/demand.md", "docs/experience.md", "docs/visits.md",
    "docs/micro_segments.md", "docs/segments.md", "docs/conditions.md", "docs/voice.md", "docs/themes.md",
    "docs/journeys.md", "docs/portraits.md", "docs/campaigns.md", "docs/closed_loop.md", "docs/response.md",
    "docs/geo.md", "docs/ledger.md", "docs/reading.md", "docs/effects.md", "docs/experiments.md",
    "docs/attribution.md", "docs/marketing.md", "docs/touches.md", "docs/mix_model.md", "docs/channels.md",
    "docs/price.md", "docs/offers.md", "docs/triggers.md", "docs/messages.md", "docs/teams.md",
    "docs/opportunities.md", "docs/eligibility.md", "docs/auction.md", "docs/budget.md", "docs/next_action.md",
    "docs/preferences.md", "docs/access.md", "docs/live_triggers.md", "docs/server.md",
    "docs/decisions_on_request.md", "docs/collecting.md", "docs/circle.md", "docs/api.md", "docs/client.md",
    "docs/intake.md", "docs/live.md", "docs/delivery.md", "docs/destinations.md", "docs/crm.md", "docs/email.md",
    "docs/ads.md", "docs/operations.md",
)  # fmt: skip
# Each of these runs a shop of its own, or several times.
LONG = ("docs/tutorial.md", "docs/people.md", "docs/propensity.md", "docs/files.md", "docs/outlook.md")
EXECUTED = [*(ROOT / name for name in QUICK), *(pytest.param(ROOT / name, marks=pytest.mark.slow) for name in LONG)]


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.name)
def test_a_page_executes_from_top_to_bottom(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "docs"}
    ran = 0
    for kind, code in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "python":
            exec(compile(code, page.name, "exec"), names)
            ran += 1
            continue
        for command in re.findall(r"^\$ patron (.*)$", code, re.MULTILINE):
            result = CliRunner().invoke(app, shlex.split(command, comments=True))
            assert result.exit_code == 0, (command, result.output)
            ran += 1
    assert ran


def test_generated_pages_are_what_the_code_says() -> None:
    for name, text in _generator().pages().items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text, f"docs/{name} is old; run: make docs"


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        (page.name, target)
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not broken


def test_every_public_name_table_setting_and_command_is_documented() -> None:
    written = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    commands = [one.name or one.callback.__name__ for one in app.registered_commands if one.callback]
    names = [*patron.__all__, *TABLES, *Settings.model_fields, *(f"patron {command}" for command in commands)]
    missing = [name for name in names if not re.search(rf"\b{re.escape(name)}\b", written)]
    assert not missing


def test_decisions_say_context_choice_and_what_was_given_up() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert pages
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert re.match(r"# \d{4} ", text), page.name
        for part in ("## Context", "## Choice", "## Given up"):
            assert part in text, (page.name, part)
