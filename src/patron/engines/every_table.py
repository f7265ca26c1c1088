"""All tables of the operational database: whoever imports this has `METADATA` whole."""

from patron.engines import (
    access_tables,
    decision_log_tables,
    delivery_tables,
    destination_tables,
    inbox_tables,
    job_tables,
    live_tables,
    preference_tables,
    suppression_tables,
    timer_tables,
)

PARTS = (
    access_tables,
    decision_log_tables,
    delivery_tables,
    destination_tables,
    inbox_tables,
    job_tables,
    live_tables,
    preference_tables,
    suppression_tables,
    timer_tables,
)
"""The files beside `state_tables`; a new one is named here."""
