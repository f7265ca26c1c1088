"""Who is who, and what everybody allows, from the files to every table of a run."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from patron.cli.demo import DEMO_SETTINGS
from patron.engines.database import writing
from patron.identity import id_history
from patron.pipeline import Project, open_project
from patron.privacy.rights import exercise
from patron.simulate import shop
from people_shop import LAST, Row, customers, lines, people_shop, write
from tests_support import LEAN, TODAY

pytestmark = pytest.mark.slow  # whole runs of a shop

OBJECTING, RESTRICTED, CONSENTING = "c05", "c06", "c07"

MORE = """\
  consents: {path: data/consents*.csv}
  events: {path: data/events*.csv}
privacy:
  retention: {raw_events: 30d}
"""

STORED = {
    "links",
    "identifiers",
    "match_keys",
    "consents",
    "requests",
    "golden_records",
    "golden_conflicts",
    "households",
}
"""What is held of a person whose data may not be used (GDPR Article 18(2): storing is allowed), beside raw tables."""

EVENTS_KEPT = 31  # the day that is 30 days back still counts


@pytest.fixture(scope="module")
def shop_of_people(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A run of a shop in which one objected, one had her data restricted, and some agreed to marketing."""
    folder = people_shop(tmp_path_factory.mktemp("people") / "shop", more=MORE)
    said = {CONSENTING: "granted", "c01": "granted", "c29": "denied", "c08": "denied"}
    facts = {"given_at": "2024-02-01 12:00:00", "purpose": "marketing", "channel": "email"}
    write(folder, "consents", [{"customer_id": name, "status": status, **facts} for name, status in said.items()])
    visit = {"event": "page_view", "customer_id": "c03", "anonymous_id": "browser"}
    days = [LAST - timedelta(days=back) for back in range(60)]
    write(folder, "events", [{"occurred_at": f"{day} 09:00:00", **visit} for day in days])
    project = open_project(folder)
    with project.state() as state, writing(state.engine) as connection:
        exercise(connection, OBJECTING, "objection_profiling", since=date(2024, 6, 1))
        exercise(connection, RESTRICTED, "restriction", since=date(2024, 6, 1))
    project.run(today=TODAY)
    return project


def held(project: Project, table: str) -> set[str]:
    """Return the customers of a table."""
    ids: list[str] = project.table(table).to_pyarrow()["customer_id"].to_pylist()
    return set(ids)


def rows(project: Project, table: str) -> list[dict[str, object]]:
    """Return a table's rows, sorted, to be compared."""
    return sorted(project.table(table).to_pyarrow().to_pylist(), key=str)


def test_records_with_one_address_are_one_customer(shop_of_people: Project) -> None:
    profiles = shop_of_people.table("profiles").to_pyarrow().to_pylist()
    by_id = {row["customer_id"]: row for row in profiles}
    assert not {"c28", "c29", "c30"} & by_id.keys()
    assert by_id["c01"]["orders"] == 20
    assert by_id["c02"]["orders"] == 5
    assert len(profiles) == 27 - 2, "but who objected to profiling, and whose data is restricted"


def test_who_objected_to_profiling_is_counted_and_not_profiled(shop_of_people: Project) -> None:
    assert OBJECTING in held(shop_of_people, "orders")
    for table in ("profiles", "forecasts", "memberships", "rhythm"):
        assert OBJECTING not in held(shop_of_people, table), table


def test_restricted_data_is_in_nothing_that_is_computed(shop_of_people: Project) -> None:
    looked = 0
    for table in shop_of_people.tables():
        if table.startswith("raw_") or table in STORED or "customer_id" not in shop_of_people.table(table).columns:
            continue
        looked += 1
        assert RESTRICTED not in held(shop_of_people, table), table
    assert looked > 8
    assert RESTRICTED in held(shop_of_people, "raw_order_lines"), "stored it stays"


def test_the_consent_of_a_merged_customer_is_the_most_restrictive(shop_of_people: Project) -> None:
    consents = {
        row["customer_id"]: row
        for row in shop_of_people.table("consents").to_pyarrow().to_pylist()
        if row["purpose"] == "marketing"
    }
    assert consents[CONSENTING]["allowed"]
    assert not consents["c01"]["allowed"]
    assert consents["c01"]["conflict"]
    assert consents["c01"]["records"] == 2


def test_old_events_are_cut_and_counted(shop_of_people: Project) -> None:
    days = shop_of_people.table("raw_events").to_pyarrow()["occurred_at"].to_pylist()
    assert len(days) == EVENTS_KEPT
    assert min(days).date() == LAST - timedelta(days=30)
    quality = shop_of_people.table("quality").to_pyarrow().to_pylist()
    [found] = [row for row in quality if row["check"] == "outlived"]
    assert (found["source"], found["rows"]) == ("events", 60 - EVENTS_KEPT)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A run of the simulated shop, which keeps consents."""
    folder = tmp_path_factory.mktemp("simulated") / "shop"
    shop(customers=2_500, seed=7, identity=True, dealings=True, experience=True, campaigns=True, marketing=True).write(
        folder
    )
    (folder / "patron.yaml").write_text(DEMO_SETTINGS + LEAN, encoding="utf-8")
    project = open_project(folder)
    project.run(today=TODAY)
    return project


@pytest.mark.slow
def test_the_next_step_is_only_with_those_who_agreed(simulated: Project) -> None:
    """In the simulated shop, where consents are kept, each step counts those alone who said yes to some channel."""
    yes = {
        row["customer_id"]
        for row in simulated.table("consents").to_pyarrow().to_pylist()
        if row["purpose"] == "marketing" and row["allowed"]
    }
    cells: dict[str, dict[str, set[str]]] = {"past_tier": {}, "rfm": {}}
    for row in simulated.table("memberships").to_pyarrow().to_pylist():
        if row["segmentation"] in cells:
            cells[row["segmentation"]].setdefault(row["segment"], set()).add(row["customer_id"])
    steps = simulated.table("gaps").to_pyarrow().to_pylist()
    assert steps, "or there is nothing to test"
    for step in steps:
        cell = cells["past_tier"][step["tier"]] & cells["rfm"][step["segment"]]
        assert step["customers"] == len(cell & yes)
    assert held(simulated, "profiles") - yes, "or everybody agreed"


def more_customers() -> list[Row]:
    """One more record of c02, somebody new, and an older record of c01: her customer gets another id."""
    first = customers()[0]
    return [
        first | {"customer_id": "c31", "email": "person2@mail.test", "acquired_on": date(2024, 11, 1)},
        first | {"customer_id": "c32", "email": "new@mail.test", "acquired_on": date(2024, 11, 2)},
        first | {"customer_id": "c33", "email": "one@mail.test", "acquired_on": date(2023, 1, 1)},
    ]


@pytest.fixture(scope="module")
def grown_and_anew(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Project]:
    """A shop that has run before its last files came, and one that reads all files at once."""
    place = tmp_path_factory.mktemp("grown")
    folders = [people_shop(place / name, more=LEAN) for name in ("grown", "anew")]
    open_project(folders[0]).run(today=TODAY)
    for folder in folders:
        write(folder, "customers-2", more_customers())
        write(folder, "lines-2", lines(range(31, 34)))
        open_project(folder).run(today=TODAY)
    grown, anew = map(open_project, folders)
    return grown, anew


@pytest.mark.slow
@pytest.mark.parametrize("table", ["links", "match_keys", "identifiers", "golden_records", "households", "consents"])
def test_a_file_more_gives_what_reading_everything_gives(grown_and_anew: tuple[Project, Project], table: str) -> None:
    grown, anew = grown_and_anew
    assert rows(grown, table) == rows(anew, table)


def test_new_records_join_their_customers(grown_and_anew: tuple[Project, Project]) -> None:
    owners = {row["record_id"]: row["customer_id"] for row in rows(grown_and_anew[0], "links")}
    assert owners["c31"] == "c02"
    assert owners["c32"] == "c32"
    assert {owners[name] for name in ("c01", "c28", "c29", "c30", "c33")} == {"c33"}, "the oldest gives the name"
    assert owners["c03"] == "c03"


def test_whose_id_changed_is_remembered_and_nobody_elses(grown_and_anew: tuple[Project, Project]) -> None:
    histories = []
    for project in grown_and_anew:
        with project.state() as state:
            changes = id_history(state).to_pylist()
        histories.append([(row["record_id"], row["before_id"], row["after_id"]) for row in changes])
    assert histories == [[(name, "c01", "c33") for name in ("c01", "c28", "c29", "c30")], []]


@pytest.mark.slow
def test_a_list_is_told_of_the_new_id(tmp_path: Path) -> None:
    """What a merge means for a frozen list, from the files to the database."""
    folder = people_shop(tmp_path / "shop", more=LEAN)
    project = open_project(folder)
    project.run(today=TODAY)
    with project.state() as state, writing(state.engine) as connection:
        connection.exec_driver_sql(
            "INSERT INTO audiences (name, segmentation, segment, purpose, assigned_on, run_id, salt, holdout, treated,"
            " control, published)"
            " VALUES ('spring', 'rfm', 'loyal', 'marketing', '2024-06-01', 'x-1', 's', 0.1, 2, 0, 1)"
        )
        for name in ("c01", "c02"):
            connection.exec_driver_sql(
                f"INSERT INTO assignments (audience, customer_id, arm) VALUES ('spring', '{name}', 'treated')"
            )
    write(folder, "customers-2", more_customers())
    project.run(today=TODAY)
    with project.state() as state:
        told = [(row["customer_id"], row["event"], row["reason"]) for row in state.audience_events().to_pylist()]
    assert told == [("c01", "remove", "merged"), ("c33", "add", "merged")]
    assert held(project, "assignments") == {"c02", "c33"}
