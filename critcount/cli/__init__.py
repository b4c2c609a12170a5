"""The command line: `critcount --help`.

A command's module is imported when the command is called, and imports what it needs inside the
function that needs it, so that asking for help stays quick.
"""

from __future__ import annotations

import difflib
import importlib
import os
import shlex
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

import critcount
from critcount._support import checks, files
from critcount._support.errors import SizeLimitError
from critcount.cli import signals, streams

#: the variable by which a shell asks for completions
COMPLETE = "_CRITCOUNT_COMPLETE"

#: command → (module and attribute, one line of help)
COMMANDS = {
    "align": (
        "critcount.cli.alignment:align",
        "Fit one network to another by permutations, signs and scales.",
    ),
    "bounds": (
        "critcount.cli.piecewise:bounds",
        "Bound the number of regions of a ReLU network.",
    ),
    "classify": (
        "critcount.cli.weights:classify",
        "Find the subspace that a network's weights lie on.",
    ),
    "cite": ("critcount.cli.about:cite", "Print the BibTeX entries of the two papers."),
    "connected": (
        "critcount.cli.connectivity:connected",
        "Tell whether the global minima hang together.",
    ),
    "count": (
        "critcount.cli.counts:count",
        "Count the minima, permutation points and subspaces of a network.",
    ),
    "critical": (
        "critcount.cli.critical:critical",
        "Count the plateaus and saddles above a critical network.",
    ),
    "distance": (
        "critcount.cli.connectivity:distance",
        "Tell how far two subspaces are apart.",
    ),
    "embed": ("critcount.cli.weights:embed", "Write a wider network with the same function."),
    "enumerate": (
        "critcount.cli.families:enumerate_",
        "Write every subspace of a family as a word.",
    ),
    "experiment": (
        "critcount.cli.landscape:experiment",
        "Train real networks, and look where they land.",
    ),
    "graph": (
        "critcount.cli.connectivity:graph",
        "Describe, search, export or draw the graph of the subspaces.",
    ),
    "knots": (
        "critcount.cli.piecewise:knots",
        "Count the knots of ReLU networks with one input.",
    ),
    "path": ("critcount.cli.weights:path", "Lead from one network to another at zero loss."),
    "plot": ("critcount.cli.plots:plot", "Draw a figure of counts, or a small graph."),
    "publish": ("critcount.cli.counts:publish", "Write or check every published table."),
    "rank": ("critcount.cli.families:rank", "Print the place of a word in its family."),
    "regions": (
        "critcount.cli.piecewise:regions",
        "Count the regions of a ReLU network.",
    ),
    "route": (
        "critcount.cli.connectivity:route",
        "Lead from one subspace to another, each meeting the next.",
    ),
    "sample": ("critcount.cli.families:sample", "Draw words of a family, exactly uniform."),
    "symmetry-align": (
        "critcount.cli.models:align",
        "Bring two checkpoints of any model together by its symmetry.",
    ),
    "symmetry": (
        "critcount.cli.models:symmetry",
        "Find which units of a model can be exchanged.",
    ),
    "table": ("critcount.cli.counts:table", "Print a table of counts."),
    "unrank": ("critcount.cli.families:unrank", "Print the word at a place of a family."),
    "verify": (
        "critcount.cli.claims:verify",
        "Test every claim of the two papers, and say where it holds.",
    ),
}


__all__ = ["COMMANDS", "LazyGroup", "cli", "main"]


class LazyGroup(click.Group):
    """A group that imports a command when it is called, and has the exit codes of this program."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        if sys.flags.optimize > 1:
            _read_help(command, COMMANDS[cmd_name][1])
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return a command, or say which one may have been meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            near = difflib.get_close_matches(name, COMMANDS)
            meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
            ctx.fail(f"No such command {checks.show(name)}.{meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the command as it was typed, for `critcount.cli.common.command_line`."""
        ctx.meta["critcount.command"] = shlex.join(["critcount", *args])
        return super().parse_args(ctx, args)

    def main(
        self,
        args: Sequence[str] | None = None,
        *rest: Any,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line as `critcount.cli.main` does, also from click's own tools."""
        if standalone_mode:
            return main(args)
        return super().main(args, *rest, standalone_mode=False, **extra)  # type: ignore[call-overload]


HELP = """
Count and explore what permutation symmetry makes of a network's loss landscape.

A network is named by its widths, 2-6-1, or by a file with its weights. Begin with
critcount count 2-6-1 --minimal 4

Exit codes: 0 done, 1 a check differs, 2 bad input, 3 refused by a size limit,
130 interrupted.
"""


@click.group(cls=LazyGroup, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(critcount.__version__, "-V", "--version", prog_name="critcount")
@click.option(
    "-q", "--quiet", is_flag=True, help="No notes and no progress on standard error, only errors."
)
@click.pass_context
def cli(context: click.Context, quiet: bool) -> None:
    """Do what every command needs."""
    context.meta["critcount.quiet"] = quiet


def _read_help(command: click.Command, otherwise: str) -> None:
    """Give a command and those below it the help that Python drops with docstrings (-OO)."""
    import ast
    import inspect

    try:
        callback: Any = command.callback
        function: Any = ast.parse(inspect.getsource(inspect.unwrap(callback))).body[0]
        command.help = ast.get_docstring(function)
    except (OSError, TypeError, ValueError, SyntaxError):  # no source, as in some bundles
        command.help = otherwise
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            _read_help(below, name)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: data on stdout, one line on stderr for an error."""
    with signals.raising() as received:
        code = _run(arguments, received)
        if received:
            code = 128 + received[0]
        signals.ignore()
        files.abandon()
        code = streams.finish(code)
    raise SystemExit(code)


def _run(arguments: Sequence[str] | None, received: list[int]) -> int:
    """Return the exit code; what went wrong has been said then."""
    try:
        given = sys.argv[1:] if arguments is None else list(arguments)
        if instruction := os.environ.get(COMPLETE):
            from click.shell_completion import shell_complete

            return shell_complete(cli, {}, "critcount", COMPLETE, instruction)
        with cli.make_context("critcount", given) as context:
            result = cli.invoke(context)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except BrokenPipeError:
        return 0  # the reader has seen enough
    except BaseException as error:
        if received:  # whatever a library made of it
            if received[0] == signals.INTERRUPT:
                streams.say("interrupted")
            return 128 + received[0]
        return _explain(error)


def _explain(error: BaseException) -> int:
    """Say what went wrong, and return its exit code."""
    message, code = str(error) or type(error).__name__, 2
    if isinstance(error, KeyboardInterrupt | click.Abort):
        message, code = "interrupted", 130
    elif isinstance(error, click.exceptions.NoArgsIsHelpError):
        streams.print_error(error.format_message() + "\n")
        return 2
    elif isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "critcount"
        message = f"{error.format_message()} (see '{command} --help')"
    elif isinstance(error, click.ClickException):
        message = error.format_message()
    elif isinstance(error, SizeLimitError):
        code = 3
    elif isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in message:  # so JAX says it
        message, code = "this does not fit into the memory", 3
    elif isinstance(error, OSError):
        named = None if error.filename is None else os.fsdecode(error.filename)
        name = "" if named is None else f"{named or repr(named)}: "
        message = f"{name}{error.strerror or message}"
    elif isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 2
    elif not isinstance(
        error, ValueError | TypeError | IndexError | ImportError | NotImplementedError
    ):
        message = f"internal error, please report it: {type(error).__name__}: {error}"
    streams.say(message)
    return code
