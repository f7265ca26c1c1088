"""How Alembic runs the migrations: on the connection and in the transaction that it is handed."""

from __future__ import annotations

from alembic import context


def run() -> None:
    """Run the migrations that Alembic chose."""
    options = context.config.attributes
    context.configure(
        connection=options["connection"],
        version_table=options["version_table"],
        transactional_ddl=True,  # SQLite can, once the driver no longer guesses where transactions begin
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if hasattr(context, "config"):  # there only while Alembic runs this file
    run()
