"""Dockerfile, compose.yaml and the units of systemd, as far as they can be tried without an engine."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer
import yaml

from patron.cli.main import app

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.iterdir())
COMMANDS = typer.main.get_command(app)


def known(words: list[str]) -> None:
    """Fail where the command line does not know a command, or an option of it."""
    name, *rest = words
    command = COMMANDS.get_command(COMMANDS.make_context("patron", [], resilient_parsing=True), name)
    assert command is not None, name
    command.make_context(name, rest)  # parses, and calls nothing; an option that is none raises


def instructions() -> list[tuple[str, str]]:
    """Every instruction of the Dockerfile, with its continued lines in one."""
    text = "\n".join(line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#"))
    found = [line.split(None, 1) for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return [(name, rest) for name, rest in found]


def of(name: str) -> list[str]:
    return [rest for which, rest in instructions() if which == name]


def unit(file: Path) -> dict[str, dict[str, list[str]]]:
    """The sections of a unit, with all values of each key: a key may stand several times."""
    sections: dict[str, dict[str, list[str]]] = {}
    for line in file.read_text().splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, value = line.split("=", 1)
            section.setdefault(key, []).append(value)
    return sections


def test_what_the_image_copies_is_there_and_let_in():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert ignored[0] == "*"  # data, keys and archives of whoever builds stay outside
    copied = [one for rest in of("COPY") if not rest.startswith("--from") for one in rest.split()[:-1]]
    assert copied
    for one in copied:
        assert (ROOT / one).exists(), one
        assert f"!{one.removeprefix('./')}" in ignored, one
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {project["readme"], *project.get("license-files", [])} <= set(copied) | {"src"}


def test_the_image_installs_extras_that_there_are_and_runs_as_nobody_special():
    built = "\n".join(of("RUN"))
    extras = re.search(r"'\.\[([\w,]+)\]'", built)
    assert extras is not None
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(extras[1].split(",")) <= set(project["optional-dependencies"])
    assert not re.search(r"\b(gcc|g\+\+|build-essential|make)\b", built)
    names = [name for name, _ in instructions()]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert of("USER") == ["patron"]
    python = re.match(r"python:3\.(\d+)-slim", of("FROM")[-1])
    assert python is not None
    lowest = re.match(r">=3\.(\d+)", project["requires-python"])
    assert lowest is not None
    assert int(python[1]) >= int(lowest[1])


def test_the_image_starts_a_command_that_there_is():
    assert of("ENTRYPOINT") == ['["patron"]']
    words = yaml.safe_load(of("CMD")[-1])
    assert words[:2] == ["serve", of("WORKDIR")[-1]]
    known(words)
    port = words[words.index("--port") + 1]
    assert of("EXPOSE") == [port]
    assert f":{port}/ready" in "".join(of("HEALTHCHECK"))
    assert {"/shop", "/backups"} == set(yaml.safe_load(of("VOLUME")[0]))
    assert of("STOPSIGNAL") == ["SIGTERM"]


def test_what_is_composed_is_complete_and_seen_by_this_machine_alone():
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = composed["services"]
    assert set(services) == {"database", "patron"}
    for one in services.values():
        assert {"image", "restart", "environment", "volumes"} <= set(one)
        for port in one.get("ports", []):
            assert port.startswith("127.0.0.1:"), port
    ours = services["patron"]
    known(ours["command"])
    assert ours["ports"][0].rsplit(":", 1)[1] == ours["command"][ours["command"].index("--port") + 1]
    assert ours["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert "healthcheck" in services["database"]
    assert "ports" not in services["database"]
    named = {volume.partition(":")[0] for one in services.values() for volume in one["volumes"]}
    assert {one for one in named if not one.startswith(".")} == set(composed["volumes"])
    assert {volume.split(":")[1] for volume in ours["volumes"]} == {"/shop", "/backups"}
    assert ours["read_only"] is True
    for name in ("POSTGRES_PASSWORD", "PGPASSWORD"):  # no password stands in the file
        said = [one["environment"][name] for one in services.values() if name in one["environment"]]
        assert said
        assert all(value.startswith("${POSTGRES_PASSWORD:?") for value in said)


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_a_unit_has_its_sections_and_starts_what_there_is(file):
    sections = unit(file)
    assert sections["Unit"]["Description"]
    if file.suffix == ".timer":
        assert sections["Timer"]["OnCalendar"]
        assert sections["Install"]["WantedBy"] == ["timers.target"]
        assert file.with_suffix(".service").exists()
        return
    service = sections["Service"]
    program, *words = shlex.split(service["ExecStart"][0])
    assert program == "/opt/patron/bin/patron"
    known(words)
    assert service["User"] == ["patron"]
    assert service["NoNewPrivileges"] == ["true"]
    assert service["ProtectSystem"] == ["strict"]
    if "serve" in words:
        assert words[words.index("--host") + 1] == "127.0.0.1"
        assert service["KillSignal"] == ["SIGTERM"]
        assert int(service["TimeoutStopSec"][0]) > 15 + 10  # stop_seconds, and a planned job's end


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_systemd_understands_a_unit(file, tmp_path):
    for one in UNITS:  # the program stands elsewhere here; all else is as it is
        text = one.read_text().replace("/opt/patron/bin/patron", shutil.which("true") or "/bin/true")
        (tmp_path / one.name).write_text(text)
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / file.name)], capture_output=True, text=True, timeout=60
    )
    about_ours = [line for line in (said.stdout + said.stderr).splitlines() if "patron" in line]
    assert said.returncode == 0, said.stderr
    assert about_ours == []
