"""Refuse an option with one value that the command line has twice."""

from __future__ import annotations

import click

from django_switchback.errors import UsageError


class GivenTwice(UsageError):
    """Reports an option with one value that the command line has more than once."""

    def __init__(self, option: str) -> None:
        super().__init__(f"{option} is given more than once: expected one value, leave the others out")


class SingleValues(click.Command):
    """Click command that refuses an option with one value which is given twice: click takes the last."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse ``args``. Raises :class:`GivenTwice`."""
        if not ctx.resilient_parsing:
            given = self.make_parser(ctx).parse_args(list(args))[2]
            for param in given:
                single = isinstance(param, click.Option) and not (param.multiple or param.is_flag)
                if single and given.count(param) > 1:
                    raise GivenTwice(param.opts[0])
        return super().parse_args(ctx, args)
