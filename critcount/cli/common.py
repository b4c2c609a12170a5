"""What the commands share: options, output, progress."""

from __future__ import annotations

import contextlib
import functools
import math
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from critcount._support import progress as bars
from critcount.cli.command import DRAWN_SEED
from critcount.cli.streams import remark

if TYPE_CHECKING:
    from critcount._support.types import Advance
    from critcount.architecture import Architecture
    from critcount.landscape.problem import Loss, Problem
    from critcount.landscape.reckoning import PathWork
    from critcount.output.rendering import Rows

__all__ = [
    "FORMATS",
    "LAYOUTS",
    "LOSSLESS",
    "OUTPUT_HELP",
    "QUIET_SECONDS",
    "SUFFIXES",
    "Decorated",
    "DigitsType",
    "FileType",
    "IntegerType",
    "NumberType",
    "SeedType",
    "WidthsType",
    "activation_option",
    "announce_work",
    "biases_option",
    "chosen_architecture",
    "chosen_format",
    "command_line",
    "emit",
    "file_option",
    "max_digits_option",
    "max_numbers_option",
    "minimal_option",
    "one_layer",
    "output_option",
    "output_options",
    "progress",
    "reduced_option",
    "seed_option",
    "target",
    "weights_options",
    "write_option",
]


Decorated = TypeVar("Decorated", bound=Callable[..., Any])

DECIMAL_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")

#: Seconds of work after which its size is said.
QUIET_SECONDS = 3
#: Formats of a table, in the order in which the help lists them.
FORMATS = ("text", "json", "csv", "latex", "markdown")


class DigitsType(click.ParamType):  # type: ignore[type-arg]
    """A positive number of digits, or "full", which is None."""

    name = "N|full"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return the name, in the letters in which it is typed."""
        return self.name

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        """Return the number, or None for "full"."""
        if value == "full":
            return None
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= 10**6):
            self.fail("must be a number from 1 to 1000000, or 'full'", param, ctx)
        return int(text)


class IntegerType(click.ParamType):  # type: ignore[type-arg]
    """A whole number in plain decimal digits, of any length, from `minimum` to `maximum`."""

    name = "N"

    def __init__(self, minimum: int | None = None, maximum: int | None = None) -> None:
        self.minimum, self.maximum = minimum, maximum

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        from critcount._support import checks, numerals

        try:
            number = value if isinstance(value, int) else numerals.parse(value)
            if not isinstance(number, int):
                raise ValueError
        except ValueError:
            self.fail(f"must be a whole number such as 12, not {checks.show(value)}", param, ctx)
        try:
            return checks.integer("it", number, minimum=self.minimum, maximum=self.maximum)
        except ValueError as error:
            self.fail(str(error).removeprefix("it "), param, ctx)


class NumberType(click.ParamType):  # type: ignore[type-arg]
    """A finite number such as 0.5 or 1e-9."""

    name = "NUMBER"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number."""
        from critcount._support import checks

        text = str(value)
        if len(text) > 1000 or not DECIMAL_NUMBER.fullmatch(text) or math.isinf(float(text)):
            self.fail(
                f"must be a number such as 0.5 or 1e-9, not {checks.show(value)}", param, ctx
            )
        return float(text)


class SeedType(IntegerType):
    """A whole number, or "random" for one that is drawn, and said when the work is done."""

    name = "N|random"

    def __init__(self) -> None:
        super().__init__(0)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return the name, in the letters in which it is typed."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        if value != "random":
            return super().convert(value, param, ctx)
        drawn = secrets.randbits(32)
        if ctx is not None:
            ctx.meta[DRAWN_SEED] = drawn
        return drawn


class WidthsType(click.ParamType):  # type: ignore[type-arg]
    """Widths joined by hyphens, such as 20-10."""

    name = "WIDTHS"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Return the widths."""
        if isinstance(value, tuple):
            return value
        from critcount.architecture import parse_widths

        try:
            return parse_widths("it", value)
        except ValueError as error:
            self.fail(str(error).removeprefix("it "), param, ctx)


class FileType(click.ParamType):  # type: ignore[type-arg]
    """A file to write, refused before any work where it cannot be written; "-" is the stream."""

    name = "FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the path."""
        from critcount._support import files

        if value != "-":
            files.check_target(value)
        return str(value)


#: How the matrices of a weights file may be stored, as `critcount.weights` names it.
LAYOUTS = ("out-in", "in-out", "bias-column")


#: What a suffix of an output file says of its format.
SUFFIXES = {
    ".txt": "text",
    ".json": "json",
    ".jsonl": "jsonl",
    ".csv": "csv",
    ".tex": "latex",
    ".md": "markdown",
    ".parquet": "parquet",
}
LOSSLESS = ("json", "jsonl", "csv", "parquet")


OUTPUT_HELP = "Write to a file, whole or not at all, instead of standard output."
#: -o/--output of a command that otherwise prints: output.
output_option = click.option(
    "-o",
    "--output",
    type=FileType(),
    default="-",
    help=OUTPUT_HELP,
)
#: --seed of a command that draws anything: seed.
seed_option = click.option(
    "--seed",
    type=SeedType(),
    default=0,
    show_default=True,
    help="Seed of all that is random; 'random' draws one, and says which.",
)
#: --activation of a command about weights: activation, None for a generic one.
activation_option = click.option(
    "--activation",
    metavar="NAME",
    help="Activation function, whose symmetries are used: tanh, erf, sigmoid, gaussian, softplus, "
    "gelu, silu, relu, leaky_relu (leaky_relu:0.2 for another slope), elu, selu, celu, mish, sin, "
    "cos, exp or generic, which has none.  [generic]",
)
#: --reduced: the hidden widths of a smaller network, None where it is not given.
reduced_option = click.option(
    "--reduced",
    type=WidthsType(),
    help="Hidden widths of a smaller critical network, such as 5-5.",
)
#: --biases beside --activation: biases, None for all.
biases_option = click.option(
    "--biases",
    type=click.Choice(["none", "hidden", "output", "all"]),
    help="With --activation: the layers that have biases.  [all]",
)
#: --max-digits of what is counted: max_digits, None for the default of the count.
max_digits_option = click.option(
    "--max-digits",
    type=IntegerType(1),
    help="Refuse numbers of more digits, or a table of more in all.",
)
#: --max-numbers of what reads the values of a weights file: limit.
max_numbers_option = click.option(
    "--max-numbers",
    "limit",
    type=IntegerType(0),
    help="Refuse a weights file of more numbers; 2^27 by default, 1 GiB.",
)


def file_option(what: str) -> Callable[[Decorated], Decorated]:
    """Return -o/--output of a command whose answer is a file: output."""
    return click.option(
        "-o",
        "--output",
        required=True,
        type=FileType(),
        help=f"Write {what}, whole or not at all.",
    )


def write_option(name: str, what: str, suffixes: str) -> Callable[[Decorated], Decorated]:
    """Return an option for a file that is written beside what is printed, such as --write-minimal.

    Its parameter has the name with underscores.
    """
    return click.option(name, type=FileType(), help=f"Write {what} to a file: {suffixes}.")


def minimal_option(*, required: bool) -> Callable[[Decorated], Decorated]:
    """Return --minimal: minimal, None where it is not required and not given."""
    return click.option(
        "--minimal",
        type=WidthsType(),
        required=required,
        help="Minimal width of every hidden layer, such as 20-10.",
    )


@contextlib.contextmanager
def progress(label: str, total: int | None) -> Iterator[Advance]:
    """Show how far work is on stderr, where it is a terminal and --quiet was not asked for."""
    context = click.get_current_context(silent=True)
    if context is not None and context.meta.get("critcount.quiet"):
        yield bars.silent
        return
    with bars.progress_bar(label, total) as advance:
        yield advance


def weights_options(command: Decorated) -> Decorated:
    """Add to a command how a weights file is read: reading, keyword arguments of the readers."""

    @functools.wraps(command)
    def reads(
        *arguments: Any,
        tensors: tuple[str, ...],
        prefix: str,
        exclude: tuple[str, ...],
        layout: str | None,
        batch_norm_eps: float | None,
        **options: Any,
    ) -> Any:
        given = {
            "tensors": tensors or None,
            "prefix": prefix,
            "exclude": exclude,
            "layout": layout,
        }
        reading: dict[str, Any] = {name: value for name, value in given.items() if value}
        if batch_norm_eps is not None:
            reading["batch_norm_eps"] = batch_norm_eps
        return command(*arguments, reading=reading, **options)

    added: Any = reads
    for option in (
        click.option(
            "--batch-norm-eps",
            type=NumberType(),
            help="With a weights file: make batch normalisations part of the layers next to them; "
            "their eps is in no file, 1e-5 by default in PyTorch.",
        ),
        click.option(
            "--layout",
            type=click.Choice(LAYOUTS),
            help="With a weights file: how all matrices are stored, as (outputs, inputs), "
            "(inputs, outputs), or (outputs, inputs + 1) with the bias as last column. By default "
            "what their names and biases say.",
        ),
        click.option(
            "--exclude",
            multiple=True,
            metavar="PATTERN",
            help="With a weights file: leave out tensors of such names, such as *.running_*.",
        ),
        click.option(
            "--prefix",
            default="",
            metavar="PREFIX",
            help="With a weights file: read only tensors whose names begin so, or with a pattern.",
        ),
        click.option(
            "--tensor",
            "tensors",
            multiple=True,
            metavar="NAME",
            help="With a weights file: read this weight matrix, first layer first, and then maybe "
            "its bias. NAME.T for one stored as (inputs, outputs).",
        ),
    ):
        added = option(added)
    return added  # type: ignore[no-any-return]


def problem_options(command: Decorated) -> Decorated:
    """Add to a command the problem of a network: a function that makes it of further arguments."""

    @functools.wraps(command)
    def poses(
        *arguments: Any, data: str, activation: str | None, loss: Loss, **options: Any
    ) -> Any:
        def problem(biases: bool = False, weight_decay: float = 0.0) -> Problem:
            from critcount.landscape import problem as problems

            name = activation or "generic"
            inputs, targets = problems.read_data(data)
            return problems.Problem(inputs, targets, name, loss, biases, weight_decay)

        return command(*arguments, problem=problem, **options)

    added: Any = poses
    for option in (
        click.option(
            "--loss",
            type=click.Choice(("mse", "cross-entropy")),
            default="mse",
            show_default=True,
            help="The loss of which the network is a critical point.",
        ),
        activation_option,
        click.option(
            "--data",
            required=True,
            type=click.Path(),
            metavar="FILE",
            help="An .npz file with the arrays inputs (samples, d_in) and targets.",
        ),
    ):
        added = option(added)
    return added  # type: ignore[no-any-return]


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1] if names else ""]))


def output_options(formats: Sequence[str] = FORMATS) -> Callable[[Decorated], Decorated]:
    """Add --format, -o/--output and --digits to a command: format_, output, significant.

    The format is None unless it was named: `chosen_format` decides then.
    """

    def add(command: Decorated) -> Decorated:
        for option in (
            click.option(
                "--digits",
                "significant",
                type=DigitsType(),
                default=4,
                show_default=True,
                help="Digits shown of an integer from 10^10 on (text, latex, markdown).",
            ),
            output_option,
            click.option(
                "--format",
                "format_",
                type=click.Choice(formats),
                default=None,
                help=f"By default what the suffix of the output says, or else {formats[0]}. "
                f"{_listed([f for f in formats if f in LOSSLESS])} lose no digit; "
                f"{_listed([f for f in formats if f not in LOSSLESS])} are for reading.",
            ),
        ):
            command = option(command)
        return command

    return add


def emit(
    columns: Sequence[str],
    rows: Rows,
    format_: str,
    output: str,
    significant: int | None,
    comment: str = "",
) -> None:
    """Write rows as a table to standard output ("-") or to a file."""
    from critcount.output import export

    export.write_rows(
        columns,
        rows,
        target(output, format_),
        cast("export.Format", format_),
        significant=significant,
        comment=comment,
    )


def chosen_format(format_: str | None, output: str, formats: Sequence[str] = FORMATS) -> str:
    """Return the format asked for, or that of the output's suffix, or without one the first.

    Parquet is refused at once where pyarrow is missing, not when there is something to write.
    """
    if format_ is None:
        suffix = os.path.splitext(output)[1].lower()
        format_ = SUFFIXES.get(suffix) if suffix else formats[0]
        if format_ is None:
            raise click.UsageError(f"the suffix {suffix} says no format: name a --format")
        if format_ not in formats:
            raise click.UsageError(f"there is no {format_} output here: name a --format")
    if format_ == "parquet":
        from critcount._support.extras import pyarrow

        pyarrow()
    return format_


def command_line() -> str:
    """Return the command as it was typed, quoted for a shell."""
    command: str = click.get_current_context().meta["critcount.command"]
    return command.encode("utf-8", "backslashreplace").decode("utf-8")


def target(output: str, format_: str = "text") -> Any:
    """Return what `export.write_frame` takes: the path, or standard output for "-"."""
    if output != "-":
        return output
    return sys.stdout.buffer if format_ == "parquet" else sys.stdout


def chosen_architecture(text: str, reading: Mapping[str, Any]) -> Architecture:
    """Return the architecture that an argument spells, or whose weights it names."""
    from critcount.architecture import Architecture
    from critcount.weights import files

    spelled = text.replace("-", "").isdigit()
    if files.is_weight_file(text) or (not spelled and os.path.exists(text)):
        shapes_only = {name: v for name, v in reading.items() if name != "batch_norm_eps"}
        return files.read_architecture(text, **shapes_only)
    if reading:
        option = {"tensors": "tensor"}.get(name := next(iter(reading)), name).replace("_", "-")
        raise click.UsageError(f"--{option} goes with the path of a weights file")
    return Architecture.parse(text)


def one_layer(network: Architecture, minimal: Sequence[int]) -> tuple[int, int]:
    """Return the minimal width and the width of the one hidden layer that there must be."""
    from critcount.counting.network import layer_pairs

    pairs = layer_pairs(network, minimal, "minimal")
    if len(pairs) != 1:
        raise click.UsageError(f"{network} has {len(pairs)} hidden layers; this is for one")
    return pairs[0]


def announce_work(what: str, work: PathWork, times: int = 1) -> None:
    """Say what a computation takes before it begins, unless it is short; so many are to come."""
    if work.seconds * times > QUIET_SECONDS:
        remark(f"{what} takes about {work.seconds:.2g} s and {work.bytes:,} bytes of memory")
