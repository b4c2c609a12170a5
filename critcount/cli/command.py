"""Commands whose errors speak of options, and the options that used to be called `--limit`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import click

from critcount.cli import streams

__all__ = ["DRAWN_SEED", "Command", "CommandGroup", "spoken"]

#: where the context keeps a seed that was drawn
DRAWN_SEED = "critcount.seed"

#: a place in a sequence, as Python writes it
_PLACE = re.compile(
    r"(?P<name>--[a-z-]+|\b[A-Za-z_]+)(?P<places>(?:\[\d+(?:, \d+)?\])+)(?= (?:is|must|has)\b)"
)
#: where a message may name an argument of a function: at its start or after these words
_NAMED = re.compile(
    r"(?P<before>^|: |; |\braise |\band |\bof )(?P<name>[a-z_]+)"
    r"(?=$|[,;:]|(?:\[\d+(?:, \d+)?\])+ | (?:must|is|has|goes|needs)\b)"
)
#: a word of Python, and what the command line has for it
_BOTH = re.compile(r"\S+ \((--[^)]*)\)")
#: what messages of the library call arguments, where no parameter has the name
NAMES = {
    "architecture": "ARCHITECTURE",
    "index": "RANK",
    "network_a": "A",
    "network_b": "B",
    "r_stars": "R_STAR",
    "widths": "ARCHITECTURE",
    "word": "WORD",
}


def spoken(message: str, parameters: Iterable[click.Parameter] = ()) -> str:
    """Return the message of an error of the library as the command line names things.

    An argument of a function is the parameter of the command that has its name, and of
    ``prefix=... (--prefix)`` the option is left.

    >>> limit = click.Option(["--max-bytes", "limit"])
    >>> spoken("too many bytes: raise limit", [limit])
    'too many bytes: raise --max-bytes'
    >>> minimal = click.Option(["--minimal"])
    >>> spoken("minimal[0] must be at least 1, not 0", [minimal])
    'number 1 of --minimal must be at least 1, not 0'
    >>> spoken("index must be from 0 to 11, not 12")
    'RANK must be from 0 to 11, not 12'
    >>> spoken("shape[0][1] must be at least 1, not 0", [click.Option(["--shape"])])
    'number 2 of number 1 of --shape must be at least 1, not 0'
    >>> spoken("net.npz: weights[1][0, 2] must be finite, not nan")
    'net.npz: row 1, column 3 of number 2 of weights must be finite, not nan'
    """
    message = _BOTH.sub(r"\1", message)
    names = NAMES | {p.name: _typed(p) for p in parameters if p.name is not None}
    message = _NAMED.sub(lambda f: f["before"] + names.get(f["name"], f["name"]), message)
    return _PLACE.sub(_counted, message)


def _counted(found: re.Match[str]) -> str:
    """Return a place in a sequence in words, counted from one, the innermost first."""
    words = []
    for place in re.findall(r"\[(.+?)\]", found["places"]):
        numbers = [int(number) + 1 for number in place.split(", ")]
        names = ("number",) if len(numbers) == 1 else ("row", "column")
        words.append(", ".join(map("{} {}".format, names, numbers)))
    return " of ".join([*reversed(words), found["name"]])


def _typed(parameter: click.Parameter) -> str:
    """Return what a user types or reads for a parameter: its option or its metavar."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return (parameter.metavar or (parameter.name or "").upper()).strip("[].")


class Command(click.Command):
    """A command whose errors, raised by the library, name what was typed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what was typed; who asks for a --limit is told what the limits are called."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name == "--limit":
                limits = [o for p in self.params for o in p.opts if o.startswith("--max-")]
                if limits:
                    ctx.fail(f"No such option '--limit'. Did you mean {' or '.join(limits)}?")
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and say the seed that was drawn when it is done or interrupted."""
        try:
            result = super().invoke(ctx)
        except (ValueError, TypeError, IndexError) as error:
            if len(error.args) == 1 and isinstance(error.args[0], str):
                error.args = (spoken(error.args[0], self.params),)
            raise
        except (KeyboardInterrupt, click.exceptions.Exit):
            _say_seed(ctx)
            raise
        _say_seed(ctx)
        return result


def _say_seed(context: click.Context) -> None:
    if DRAWN_SEED in context.meta:
        streams.remark(f"seed {context.meta[DRAWN_SEED]}")


class CommandGroup(click.Group):
    """A group of such commands."""

    command_class = Command
