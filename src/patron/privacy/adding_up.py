"""Which rows of a shared table add up to a total that is known?"""

from __future__ import annotations

from patron.privacy.shared_table import Grouping, Key, Row


def by_question(row: Row) -> Key | None:
    """Return the segmentation and the question, whose answers of all are known."""
    return None if row["segmentation"] == "all" else (row["segmentation"], row["question"], row["choice"])


def by_nothing(row: Row) -> Key | None:
    """Return the one group of the channels, whose sum stands in a row of its own."""
    return None if row["channel"] == "all" else ()


def by_evidence(row: Row) -> Key | None:
    """Return the kind of evidence, whose sum is known."""
    return (row["evidence"],) if row["counted"] else None


def by(*names: str) -> Grouping:
    """Return the grouping by the values of columns."""
    return lambda row: tuple(row[name] for name in names)


def by_month(row: Row) -> Key | None:
    """Return the calendar month, whose buyers and money `kpis` tell; a row without buyers takes no part in it."""
    months = row["cohort"].year * 12 + row["cohort"].month - 1 + row["age_months"]
    return (months,) if row["active"] is None or row["active"] else None


def by_age(row: Row) -> Key | None:
    """Return the age, over which the report tells a mean of all cohorts."""
    return (row["age_months"],) if row["active"] is None or row["active"] else None


def by_division(row: Row) -> Key | None:
    """Return the segmentation and what is told of it, whose total is known."""
    if row["segmentation"] == "all":
        return None
    return (row["segmentation"], *(row.get(name) for name in ("channel", "message", "variant")))


def by_channel(row: Row) -> Key | None:
    """Return the segment and channel whose messages add up to a known total."""
    whole = row["message"] == "all" or row["variant"] != "all"
    return None if whole else (row["segmentation"], row["segment"], row["channel"])


def by_message(row: Row) -> Key | None:
    """Return the message that a row is about, which is the sum of its variants."""
    if row["message"] == "all":
        return None
    return tuple(row[name] for name in ("segmentation", "segment", "channel", "message"))


def by_edge(row: Row) -> Key | None:
    """Return the edge that the segments of one way of dividing add up to."""
    return None if row["segmentation"] == "all" else (row["segmentation"], row["from_step"], row["to_step"])


def by_step(row: Row) -> Key | None:
    """Return the step from where a segment's edges go, whose people the shares tell."""
    return row["segmentation"], row["segment"], row["from_step"]


def by_path(row: Row) -> Key | None:
    """Return the path that the segments of one way of dividing add up to."""
    return None if row["segmentation"] == "all" else (row["segmentation"], row["path"])


def by_claim(row: Row) -> Key | None:
    """Return what a source says of a channel, which the segments of one way of dividing add up to."""
    if row["segmentation"] == "all":
        return None
    return tuple(row[name] for name in ("channel", "source", "model", "segmentation"))


def by_bridge(row: Row) -> Key | None:
    """Return the bridge that a component is a part of; its two ends are known by themselves."""
    return None if row["component"] in ("opening", "closing") else (row["segmentation"], row["segment"])
