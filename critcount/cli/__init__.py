"""The command line: `critcount --help`.

A command's module is imported when the command is called, and imports what it needs inside the
function that needs it, so that asking for help stays quick.
"""

from __future__ import annotations

import importlib
import os
import shlex
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import click

import critcount
from critcount._support.errors import SizeLimitError

#: command → (module and attribute, one line of help)
COMMANDS = {
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
    "path": ("critcount.cli.weights:path", "Lead from one network to another at zero loss."),
    "plot": ("critcount.cli.plots:plot", "Draw a figure of counts, or a small graph."),
    "publish": ("critcount.cli.counts:publish", "Write or check every published table."),
    "rank": ("critcount.cli.families:rank", "Print the place of a word in its family."),
    "route": (
        "critcount.cli.connectivity:route",
        "Lead from one subspace to another, each meeting the next.",
    ),
    "sample": ("critcount.cli.families:sample", "Draw words of a family, exactly uniform."),
    "table": ("critcount.cli.counts:table", "Print a table of counts."),
    "unrank": ("critcount.cli.families:unrank", "Print the word at a place of a family."),
    "verify": (
        "critcount.cli.claims:verify",
        "Test every claim of the two papers, and say where it holds.",
    ),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(critcount.__version__, prog_name="critcount")
def cli() -> None:
    """Count and explore what permutation symmetry makes of a network's loss landscape.

    Exit codes: 0 done, 1 a check differs, 2 bad input, 3 refused by a size limit,
    130 interrupted.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: data on stdout, one line on stderr for an error."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminate)
        signal.signal(signal.SIGHUP, _terminate)
    code = 2
    try:
        given = sys.argv[1:] if arguments is None else list(arguments)
        with cli.make_context("critcount", given) as context:
            context.meta["critcount.command"] = shlex.join(["critcount", *given])
            result = cli.invoke(context)
        code = result if isinstance(result, int) else 0
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except (KeyboardInterrupt, click.Abort):
        _complain("interrupted")
        code = 130
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "critcount"
        _complain(f"{error.format_message()} (see '{command} --help')")
    except click.ClickException as error:
        _complain(error.format_message())
    except SizeLimitError as error:
        _complain(str(error))
        code = 3
    except MemoryError:
        _complain("this does not fit into the memory")
        code = 3
    except BrokenPipeError:
        code = 0  # the reader has seen enough
    except OSError as error:
        name = f"{os.fspath(error.filename)}: " if error.filename is not None else ""
        _complain(f"{name}{error.strerror or error}")
    except (ValueError, TypeError, IndexError, ImportError) as error:
        _complain(str(error))
    except Exception as error:
        _complain(f"internal error, please report it: {type(error).__name__}: {error}")
    _leave(code)


def _complain(message: str) -> None:
    """One line on stderr, whatever the message holds."""
    line = "".join(c if c.isprintable() else " " for c in message)
    if len(line) > 4000:
        line = line[:2000] + " ... " + line[-1000:]
    print(f"critcount: {line}", file=sys.stderr)


def _leave(code: int) -> NoReturn:
    """Exit; a stdout that cannot take its last bytes is an error, or a pipe closed early."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
    except OSError as error:
        _complain(f"standard output: {error.strerror}")
        _silence_stdout()
        code = 2
    sys.exit(code)


def _silence_stdout() -> None:
    """Keep the interpreter from failing to flush stdout once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminate(signum: int, frame: FrameType | None) -> NoReturn:
    """Leave by an exception, so that temporary files are removed."""
    raise SystemExit(128 + signum)
