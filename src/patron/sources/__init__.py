"""From files to cleaned raw tables: nothing lost, everything counted."""

from __future__ import annotations

from patron.sources.load import Loaded, Loader
from patron.sources.mix_models import mix_rows
from patron.sources.recognise import recognise
from patron.sources.spec import SourceSpec

__all__ = ["Loaded", "Loader", "SourceSpec", "mix_rows", "recognise"]
