"""A group of commands one of which may be left unsaid: `patron activate shop` beside `patron activate status`."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup


class WithDefault(TyperGroup):
    """A group whose command `default` is meant where the first word names none of its commands.

    ::

        class Activate(WithDefault):
            default = "now"

        activate = typer.Typer(name="activate", cls=Activate, ...)

    A folder that is called like a command is written with its path, as ``./status``.
    """

    default: str

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Say the command that was left unsaid."""
        words = [word for word in args if word not in ctx.help_option_names]
        if (not args or words == args) and (not args or args[0] not in self.commands):
            args = [self.default, *args]
        return list(super().parse_args(ctx, args))


__all__ = ["WithDefault"]
