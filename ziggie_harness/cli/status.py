"""What the status of a command means: 3 is for what could not be executed, wrong usage included."""

from __future__ import annotations

from typing import Any, Final

import click

NOT_EXECUTED: Final = 3


class WrongUsage(click.UsageError):
    """The command line is wrong, so nothing was executed."""

    exit_code = NOT_EXECUTED


class Command(click.Command):
    """A command whose wrong usage does not end with 2, as click has it, for that is an outcome of its own here."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401 - click's own
    ) -> click.Context:
        """Read the arguments."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise WrongUsage(error.format_message(), error.ctx) from error
