"""The files that a run is made from: found once, known by their content, and watched until they have been read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from patron.errors import SourceError
from patron.language import failure
from patron.pipeline.collecting import NOTHING, Collected
from patron.sources.files import SourceFile, Stamp, find_files
from patron.sources.spec import SourceName, SourceSpec


@dataclass(frozen=True)
class Inputs:
    """The files of every source, as they were found."""

    found: Mapping[str, tuple[SourceFile, ...]]
    fingerprints: Mapping[str, str]
    stamps: Mapping[str, Stamp]
    collected_to: int = 0  # the greatest number of an event of the server in them

    def check_unchanged(self) -> None:
        """Hold the files to what they were when they were found.

        Raises
        ------
        SourceError
            One was written to or replaced since, so what was read may be half of each.
        """
        for key, file in by_key(self.found).items():
            if not file.unchanged_since(self.stamps[key]):
                raise failure(SourceError, "runs.source_changed", source=key.partition(":")[0], path=file.name)


def find_inputs(
    sources: Mapping[SourceName, SourceSpec],
    *,
    folder: Path,
    collected: Collected = NOTHING,
) -> Inputs:
    """Find the files of all sources, and take their fingerprints.

    Parameters
    ----------
    sources : mapping of source to SourceSpec
        What the settings say.
    folder : Path
        The project's.
    collected : Collected
        What was collected from the server.

    Raises
    ------
    SourceError
        A file is not there or may not be read.
    """
    named: dict[str, tuple[SourceFile, ...]] = {
        name: files_of(name, spec, folder=folder) for name, spec in sources.items()
    }
    return replace(inputs_of({**named, **collected.files}), collected_to=collected.collected_to)


def files_of(name: str, spec: SourceSpec, *, folder: Path) -> tuple[SourceFile, ...]:
    """Find the files of one source."""
    return find_files(spec.paths, base=folder, source=name, told=spec.format)


def inputs_of(found: Mapping[str, tuple[SourceFile, ...]]) -> Inputs:
    """Take the fingerprints of files that were found."""
    files = by_key(found)
    # Stamped first: what changes while it is hashed must show, too.
    stamps = {key: file.stamp() for key, file in files.items()}
    return Inputs(found, {key: file.fingerprint() for key, file in files.items()}, stamps)


def by_key(found: Mapping[str, tuple[SourceFile, ...]]) -> dict[str, SourceFile]:
    """Return the files by the key under which a run's manifest names them: source and name."""
    return {f"{name}: {file.name}": file for name, files in found.items() for file in files}
