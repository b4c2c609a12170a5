"""`critcount enumerate`, `critcount sample`, `critcount rank`, `critcount unrank`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any

import click

from critcount.cli import streams
from critcount.cli.common import Command, IntegerType, chosen_format, progress
from critcount.cli.words import read_integer, read_integers
from critcount.families.registry import FAMILIES, family_class

if TYPE_CHECKING:
    from critcount._support.types import Advance, Words
    from critcount.families import Family

__all__ = ["enumerate_", "rank", "sample", "unrank"]


FAMILIES_HELP = """
\b
Families:
  expansions R M                      the subspaces of global minima
  critical-subspaces R M              those of a critical point of width R
  permutation-points N ORDER          the permutation points of a layer
  plateaus R M                        critical subspaces; no copies of the neurons --single
  signed-expansions R M               types with signs and idle neurons, for an --activation
  network-expansions WIDTHS MINIMAL   such as 2-5-6-1 4-4, layer after layer

A word has one letter a neuron: t in the replication block of the minimal neuron t, letters
from R on in the zero-type blocks, numbered by first appearance. In signed-expansions the letter
is 0 for an idle neuron, 2b+1 or 2b+2 for one of block b with a positive or negative sign.
"""
FORMATS = ("csv", "jsonl", "parquet")
LIMIT = 10_000_000
SAMPLES_AT_ONCE = 1 << 14


class ShardType(click.ParamType):  # type: ignore[type-arg]
    """One of several parts, such as 3/16."""

    name = "i/N"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Return i and N."""
        if isinstance(value, tuple):
            return value
        number, slash, partitions = value.partition("/")
        digits = value.isascii() and number.isdigit() and partitions.isdigit()
        if not (slash and digits) or len(value) > 20:
            self.fail(f"must be a part and a number of parts, such as 3/16, not {value!r}")
        if not 1 <= int(number) <= int(partitions):
            self.fail(f"must be from 1/{partitions} to {partitions}/{partitions}, not {value!r}")
        return int(number), int(partitions)


def family_arguments(command: Command) -> Command:
    """Add the arguments and options that say which family."""
    for parameter in (
        click.option(
            "--shape",
            metavar="SIZES",
            help="Only these block sizes: of the replication blocks by label, a slash, of the "
            "zero-type blocks, such as 3,1/1,2.",
        ),
        click.option(
            "--single",
            metavar="NEURONS",
            help="Only the plateaus without a copy of these neurons, such as 0,2.",
        ),
        click.option(
            "--zero-blocks",
            type=IntegerType(),
            metavar="J",
            help="Only the expansions with J zero-type blocks.",
        ),
        click.option(
            "--activation",
            metavar="NAME",
            help="Of signed-expansions.  [tanh]",
        ),
        click.option(
            "--inputs",
            type=IntegerType(1),
            metavar="D",
            help="Of signed-expansions: the number of inputs.  [R]",
        ),
        click.option(
            "--biases",
            type=click.Choice(["none", "hidden", "output", "all"]),
            help="Of signed-expansions: which layers have biases.  [all]",
        ),
        click.argument("second", metavar="M|ORDER|MINIMAL"),
        click.argument("first", metavar="R|N|WIDTHS"),
        click.argument("family", type=click.Choice(list(FAMILIES)), metavar="FAMILY"),
    ):
        command = parameter(command)
    return command


def words_options(command: Command) -> Command:
    """Add --format, -o/--output and --limit."""
    for option in (
        click.option(
            "--limit",
            type=IntegerType(0),
            default=LIMIT,
            show_default=True,
            metavar="WORDS",
            help="Refuse to write more words than this.",
        ),
        click.option(
            "-o",
            "--output",
            default="-",
            metavar="FILE",
            help="Write to a file, whole or not at all, instead of standard output.",
        ),
        click.option(
            "--format",
            "format_",
            type=click.Choice(FORMATS),
            help="By default what the suffix of the output says, or else csv: a line of names, "
            "then a word a line. parquet needs -o.",
        ),
    ):
        command = option(command)
    return command


@click.command("enumerate", epilog=FAMILIES_HELP)
@family_arguments
@words_options
@click.option(
    "--shard",
    type=ShardType(),
    help="Write part i of N only. With parquet, -o names a folder, where the parts of one "
    "data set come together.",
)
def enumerate_(
    family: str,
    first: str,
    second: str,
    zero_blocks: int | None,
    single: str | None,
    shape: str | None,
    activation: str | None,
    inputs: int | None,
    biases: str | None,
    format_: str | None,
    output: str,
    limit: int,
    shard: tuple[int, int] | None,
) -> None:
    """Write the words of a family in order, one for each subspace."""
    from critcount.families import shards

    format_ = chosen_format(format_, output, FORMATS)
    chosen = make_family(
        family, first, second, zero_blocks, single, shape, activation, inputs, biases
    )
    start, stop = 0, chosen.cardinality()
    if shard is not None:
        start, stop = shards.partition_range(chosen, *shard)
    advice = "take a part with --shard, or draw some with critcount sample"
    refuse(chosen, stop - start, format_, limit, advice)
    with progress("words", stop - start) as advance:
        if format_ == "parquet" and shard is not None:
            need_output(output)
            shards.write_partition(chosen, output, *shard, limit=1 << 62, advance=advance)
            return
        blocks = chosen.batches(start=start, stop=stop)
        write(chosen, blocks, start, format_, output, advance)


@click.command(epilog=FAMILIES_HELP)
@family_arguments
@click.option("--size", type=IntegerType(0), default=1, show_default=True, help="How many words.")
@click.option(
    "--seed",
    type=IntegerType(0),
    help="The same seed draws the same words; without one, the seed taken is said on stderr.",
)
@words_options
def sample(
    family: str,
    first: str,
    second: str,
    zero_blocks: int | None,
    single: str | None,
    shape: str | None,
    activation: str | None,
    inputs: int | None,
    biases: str | None,
    size: int,
    seed: int | None,
    format_: str | None,
    output: str,
    limit: int,
) -> None:
    """Draw words of a family, independent and exactly uniform."""
    import numpy as np

    format_ = chosen_format(format_, output, FORMATS)
    chosen = make_family(
        family, first, second, zero_blocks, single, shape, activation, inputs, biases
    )
    refuse(chosen, size, format_, limit, "draw fewer with --size")
    chosen.random_words(0, 0)  # an empty family is refused before a file is begun
    taken = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
    rng = np.random.default_rng(taken)

    def blocks() -> Iterator[Words]:
        for begin in range(0, size, SAMPLES_AT_ONCE):
            yield chosen.random_words(rng, min(SAMPLES_AT_ONCE, size - begin))

    with progress("words", size) as advance:
        write(chosen, blocks(), None, format_, output, advance)
    if seed is None:
        streams.remark(f"seed {taken}")


@click.command(epilog=FAMILIES_HELP)
@family_arguments
@click.argument("words", nargs=-1, required=True, metavar="WORD...")
def rank(
    family: str,
    first: str,
    second: str,
    zero_blocks: int | None,
    single: str | None,
    shape: str | None,
    activation: str | None,
    inputs: int | None,
    biases: str | None,
    words: tuple[str, ...],
) -> None:
    """Print how many words of a family come before each WORD.

    A WORD is written 0,1,10,2, or 0112 where every letter has one digit; with a slash between
    the layers of a network, or without.
    """
    from critcount._support import numerals

    chosen = make_family(
        family, first, second, zero_blocks, single, shape, activation, inputs, biases
    )
    elements = [chosen.from_word(word) for word in words]
    for element in elements:
        click.echo(numerals.digits(chosen.rank(element)))


@click.command(epilog=FAMILIES_HELP)
@family_arguments
@click.argument("ranks", nargs=-1, required=True, metavar="RANK...")
def unrank(
    family: str,
    first: str,
    second: str,
    zero_blocks: int | None,
    single: str | None,
    shape: str | None,
    activation: str | None,
    inputs: int | None,
    biases: str | None,
    ranks: tuple[str, ...],
) -> None:
    """Print the word of each RANK; ranks begin with 0."""
    chosen = make_family(
        family, first, second, zero_blocks, single, shape, activation, inputs, biases
    )
    elements = [chosen.unrank(read_integer("a rank", index)) for index in ranks]
    for element in elements:
        click.echo(str(element))


def make_family(
    family: str,
    first: str,
    second: str,
    zero_blocks: int | None,
    single: str | None,
    shape: str | None,
    activation: str | None,
    inputs: int | None,
    biases: str | None,
) -> Family[Any]:
    """Return the family that the arguments name."""
    from critcount.architecture import parse_widths

    options: dict[str, Any] = {}
    if zero_blocks is not None:
        if family != "expansions":
            raise click.UsageError(f"--zero-blocks does not go with {family}")
        options["zero_blocks"] = zero_blocks
    if single is not None:
        if family != "plateaus":
            raise click.UsageError(f"--single does not go with {family}")
        options["single"] = read_integers("--single", single)
    signed = {"activation": activation, "d_in": inputs, "biases": biases}
    for name, value in signed.items():
        if value is not None:
            if family != "signed-expansions":
                option = "inputs" if name == "d_in" else name
                raise click.UsageError(f"--{option} does not go with {family}")
            options[name] = value
    if shape is not None:
        if family in ("network-expansions", "signed-expansions"):
            raise click.UsageError(f"--shape does not go with {family}")
        options["shape"] = [read_integers("--shape", part) for part in shape.split("/")]
    names = FAMILIES[family].arguments
    if family == "network-expansions":
        values: list[Any] = [first, parse_widths("minimal", second)]
    else:
        values = [
            read_integer(name, text) for name, text in zip(names, (first, second), strict=True)
        ]
    chosen = family_class(family).from_parameters(dict(zip(names, values, strict=True)) | options)
    chosen._reading()  # words that are too long are refused before they are counted
    return chosen


def refuse(family: Family[Any], words: int, format_: str, limit: int, advice: str) -> None:
    """Refuse to write more words than the limit, with their number and their bytes."""
    from critcount._support import checks

    # letters, then brackets, names and the rank
    letter, rest = len(str(family.m)) + 1, 0
    if format_ == "parquet":
        letter = family._dtype().itemsize
    elif format_ == "jsonl":
        letter, rest = letter + 1, 25 + words.bit_length() // 3
    size = words * (family.m * letter + rest)
    amount = f"bytes: at most {checks.many(size)}"
    checks.size(repr(family), words, limit, f"words ({amount})", f"raise --limit, {advice}")


def write(
    family: Family[Any],
    blocks: Iterable[Words],
    start: int | None,
    format_: str,
    output: str,
    advance: Advance,
) -> None:
    """Write blocks of words to standard output ("-") or whole to a file."""
    from critcount.families import writing

    if format_ == "parquet":
        need_output(output)
        writing.schema(family)
    with _stream(output, binary=format_ == "parquet") as stream:
        if format_ == "parquet":
            writing.write_parquet(family, blocks, stream, advance)
        elif format_ == "csv":
            writing.write_csv(family, blocks, stream, advance)
        else:
            writing.write_json_lines(blocks, stream, start, advance)


def need_output(output: str) -> None:
    """Refuse Parquet on standard output."""
    if output == "-":
        raise click.UsageError("--format parquet needs -o")


def _stream(output: str, *, binary: bool) -> contextlib.AbstractContextManager[IO[Any]]:
    from critcount._support.files import whole_file

    if output == "-":
        return contextlib.nullcontext(sys.stdout)
    return whole_file(output, binary=binary)
