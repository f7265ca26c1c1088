"""Make or upgrade the schema of the operational database, by the migrations beside this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from patron.engines.database import writing
from patron.errors import RunError
from patron.language import failure

if TYPE_CHECKING:
    from alembic.config import Config

VERSION = "0011"
"""The last migration; a test holds it to that."""

VERSION_TABLE = "patron_version"

LOCK = 7_238_641_090  # any number that no other program takes


def upgrade(engine: Engine) -> None:
    """Bring the schema to `VERSION`; of several processes that open at once, one does it and the others wait.

    Raises
    ------
    RunError
        A newer Patron made the database.
    """
    with engine.connect() as connection:
        if version_of(connection) == VERSION:
            return
    with writing(engine) as connection:
        _wait_for_others(connection)
        migrate(connection)


def version_of(connection: Connection) -> str | None:
    """Return the version that the database records; none when it is new."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one_or_none()
    return None if found is None else str(found)


def configuration() -> Config:
    """Return what Alembic needs to find the migrations; there is no ini file."""
    from alembic.config import Config  # a fifth of a second that only a new or old database pays

    config = Config()
    config.set_main_option("script_location", "patron.engines:migrations")
    return config


def migrate(connection: Connection, to: str = "head") -> None:
    """Run the migrations that are missing, up to the version `to`, inside the caller's transaction.

    Raises
    ------
    RunError
        A newer Patron made the database, or `to` is a version of a newer one.
    """
    from alembic import command
    from alembic.script import ScriptDirectory

    config = configuration()
    found = version_of(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    for version in (found, to):
        if version not in {None, "head", *known}:
            raise failure(RunError, "state.newer", came=version, allowed=VERSION)
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSION_TABLE
    command.upgrade(config, to)


def _wait_for_others(connection: Connection) -> None:
    """Let one process migrate at a time; SQLite's writing transaction already does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
