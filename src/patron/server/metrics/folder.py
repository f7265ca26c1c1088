"""Where several processes of one server count together."""

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client is told the folder; set before any of the processes is started."""
