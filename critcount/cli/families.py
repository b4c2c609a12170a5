"""`critcount enumerate`, `critcount sample`, `critcount rank`, `critcount unrank`."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any

import click

from critcount.cli.command import Command, spoken
from critcount.cli.common import (
    OUTPUT_HELP,
    Decorated,
    IntegerType,
    biases_option,
    chosen_architecture,
    chosen_format,
    minimal_option,
    progress,
    reduced_option,
    seed_option,
)
from critcount.cli.words import read_integer, read_integers
from critcount.families.registry import FAMILIES, family_class

if TYPE_CHECKING:
    from critcount._support.types import Advance, Words
    from critcount.families import Family

__all__ = ["enumerate_", "rank", "sample", "unrank"]


FAMILIES_HELP = """
\b
Families:
  expansions ARCHITECTURE --minimal R          the subspaces of global minima
  critical-subspaces ARCHITECTURE --reduced R  those of a critical point of width R
  permutation-points ARCHITECTURE --order K    the permutation points of a layer
  plateaus ARCHITECTURE --reduced R            critical subspaces; no copies of
                                               the neurons --single
  signed-expansions ARCHITECTURE --minimal R   types with signs and idle neurons,
                                               for an --activation
  signed-critical-subspaces ARCHITECTURE --reduced R
                                               the same of a critical point of width R
  domain-expansions ARCHITECTURE --minimal R   types on a bounded domain
  network-expansions ARCHITECTURE --minimal R-R
                                               expansions of several hidden layers
  signed-network-expansions ARCHITECTURE --minimal R-R
                                               types of several hidden layers

Of one hidden layer of width M, two numbers may stand for the architecture and its option:
expansions R M, permutation-points M K.

A word has one letter a neuron: t in the replication block of the minimal neuron t, letters
from R on in the zero-type blocks, numbered by first appearance. In families with signs the letter
is 0 for an idle neuron, 2b+1 or 2b+2 for one of block b with a positive or negative sign. On a
domain it is 0 for a constant neuron, 1 or 2 for a linear one whose argument is above or below the
kink, 3b+3 or 3b+4 for one of block b with its kink inside, by sign, 3b+5 for an exponential one.
"""
FORMATS = ("text", "csv", "jsonl", "parquet")
#: the option that says which family, beside the architecture
NEEDED = {
    "expansions": "minimal",
    "critical-subspaces": "reduced",
    "permutation-points": "order",
    "plateaus": "reduced",
    "signed-expansions": "minimal",
    "signed-critical-subspaces": "reduced",
    "domain-expansions": "minimal",
    "network-expansions": "minimal",
    "signed-network-expansions": "minimal",
}
#: the families of any number of hidden layers
NETWORKS = ("network-expansions", "signed-network-expansions")
#: the families that an activation says more of, of one hidden layer and all
SIGNED = ("signed-expansions", "signed-critical-subspaces", "domain-expansions")
FOR_ACTIVATION = (*SIGNED, "signed-network-expansions")
NEEDED_OPTIONS = frozenset(NEEDED.values())
#: what the help calls the arguments of families
NAMES_OF_NUMBERS = {"n": "M", "order": "K"}
#: the families that an option is for, where it is not one of those above
GOES_WITH = {
    "zero_blocks": ("expansions",),
    "single": ("plateaus",),
    "shape": ("expansions", "critical-subspaces", "permutation-points", "plateaus"),
    "activation": FOR_ACTIVATION,
    "inputs": SIGNED,
    "outputs": SIGNED,
    "biases": FOR_ACTIVATION,
    "skip": SIGNED,
    "flips": ("signed-expansions", "signed-network-expansions"),
}
SEVERAL = {"signed-expansions": "signed-network-expansions"}
WORD = click.Argument(["word"], metavar="WORD")
SAMPLES_AT_ONCE = 1 << 14


class ShardType(click.ParamType):  # type: ignore[type-arg]
    """One of several parts, such as 3/16."""

    name = "i/N"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return the name, in the letters in which it is explained."""
        return self.name

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


def family_arguments(rest: str) -> Callable[[Decorated], Decorated]:
    """Add the arguments and options that say which family: chosen, and the other arguments.

    Parameters
    ----------
    rest : str
        What follows the architecture, as ``WORD...``, or nothing: the parameter `others`.
    """

    def add(command: Decorated) -> Decorated:
        @functools.wraps(command)
        def reads(family: str, arguments: tuple[str, ...], **options: Any) -> Any:
            from critcount._support import checks

            given = {name: options.pop(name) for name in (*GOES_WITH, *NEEDED_OPTIONS)}
            sizes, others = _split(family, arguments, given)
            if rest and not others:
                raise click.UsageError(f"Missing argument '{rest}'")
            if others and not rest:
                raise click.UsageError(f"Got unexpected extra argument {checks.show(others[0])}")
            chosen = make_family(family, sizes, given)
            return command(chosen, others, **options)

        added: Any = reads
        for parameter in (
            click.option(
                "--shape",
                metavar="SIZES",
                help="Keep only words of these block sizes: of the replication blocks by label, a "
                "slash, of the zero-type blocks, such as 3,1/1,2.",
            ),
            click.option(
                "--single",
                metavar="N,N",
                help="plateaus: keep only those without a copy of these neurons, such as 0,2.",
            ),
            click.option(
                "--zero-blocks",
                type=IntegerType(0),
                help="expansions: keep only those with so many zero-type blocks.",
            ),
            biases_option,
            click.option(
                "--inputs",
                type=IntegerType(1),
                help="signed-… R M, domain-… R M: the number of inputs.  [R]",
            ),
            click.option(
                "--outputs",
                type=IntegerType(1),
                help="signed-… R M, domain-… R M: the number of outputs.  [1]",
            ),
            click.option(
                "--skip",
                is_flag=True,
                default=None,
                help="signed-…, domain-…: inputs go to the outputs linearly, too.",
            ),
            click.option(
                "--no-flips",
                "flips",
                flag_value=False,
                default=None,
                help="signed-…: only types without flipped neurons.",
            ),
            click.option(
                "--activation",
                metavar="NAME",
                help="signed-…, domain-…: the activation function.  [tanh, on a domain relu]",
            ),
            click.option("--order", type=IntegerType(), help="permutation-points: the order, K."),
            reduced_option,
            minimal_option(required=False),
            click.argument(
                "arguments", nargs=-1, required=True, metavar=f"ARCHITECTURE {rest}".strip()
            ),
            click.argument("family", type=click.Choice(list(FAMILIES)), metavar="FAMILY"),
        ):
            added = parameter(added)
        return added  # type: ignore[no-any-return]

    return add


def words_options(command: Decorated) -> Decorated:
    """Add --format, -o/--output and --max-words."""
    for option in (
        click.option(
            "--max-words",
            type=IntegerType(0),
            default=10_000_000,
            show_default=True,
            help="Refuse to write more words than this.",
        ),
        click.option(  # may be a folder that is there
            "-o", "--output", metavar="FILE", default="-", help=OUTPUT_HELP
        ),
        click.option(
            "--format",
            "format_",
            type=click.Choice(FORMATS),
            help="By default what the suffix of the output says, or else text: a word a line. csv "
            "and parquet have a column a neuron; parquet needs -o.",
        ),
    ):
        command = option(command)
    return command


@click.command("enumerate", cls=Command, epilog=FAMILIES_HELP)
@family_arguments("")
@words_options
@click.option(
    "--shard",
    type=ShardType(),
    help="Write only part i of N. With parquet, -o names a folder, where the parts of one "
    "data set come together.",
)
def enumerate_(
    chosen: Family[Any],
    others: tuple[str, ...],
    format_: str | None,
    output: str,
    max_words: int,
    shard: tuple[int, int] | None,
) -> None:
    """Write the words of a family in order, one for each subspace.

    Example: critcount enumerate expansions 2-5-1 --minimal 4
    """
    from critcount.families import shards

    format_ = chosen_format(format_, output, FORMATS)
    start, stop = 0, chosen.cardinality()
    if shard is not None:
        start, stop = shards.partition_range(chosen, *shard)
    advice = "take a part with --shard, or draw some with critcount sample"
    refuse_words(chosen, stop - start, format_, max_words, advice)
    with progress("words", stop - start) as advance:
        if format_ == "parquet" and shard is not None:
            need_output(output)
            shards.write_partition(chosen, output, *shard, limit=1 << 62, advance=advance)
            return
        blocks = chosen.batches(start=start, stop=stop)
        write(chosen, blocks, start, format_, output, advance)


@click.command(cls=Command, epilog=FAMILIES_HELP)
@family_arguments("")
@click.option("--size", type=IntegerType(0), default=1, show_default=True, help="Number of words.")
@seed_option
@words_options
def sample(
    chosen: Family[Any],
    others: tuple[str, ...],
    size: int,
    seed: int,
    format_: str | None,
    output: str,
    max_words: int,
) -> None:
    """Draw words of a family, independent and exactly uniform.

    Example: critcount sample expansions 2-400-1 --minimal 50 --size 1000 -o sample.csv
    """
    import numpy as np

    format_ = chosen_format(format_, output, FORMATS)
    refuse_words(chosen, size, format_, max_words, "draw fewer with --size")
    chosen.random_words(0, 0)  # an empty family is refused before a file is begun
    rng = np.random.default_rng(seed)

    def blocks() -> Iterator[Words]:
        for begin in range(0, size, SAMPLES_AT_ONCE):
            yield chosen.random_words(rng, min(SAMPLES_AT_ONCE, size - begin))

    with progress("words", size) as advance:
        write(chosen, blocks(), None, format_, output, advance)


@click.command(cls=Command, epilog=FAMILIES_HELP)
@family_arguments("WORD...")
def rank(
    chosen: Family[Any],
    others: tuple[str, ...],
) -> None:
    """Print how many words of a family come before each WORD.

    Example: critcount rank expansions 2-4-1 --minimal 2 0112

    A WORD is written 0,1,10,2, or 0112 where every letter has one digit; with a slash between
    the layers of a network, or without.
    """
    from critcount._support import numerals

    elements = [_element(chosen, word) for word in others]
    for element in elements:
        click.echo(numerals.digits(chosen.rank(element)))


def _element(family: Family[Any], word: str) -> Any:
    """Return the element of a family that has a word."""
    try:
        return family.from_word(word)
    except ValueError as error:
        message = spoken(str(error), [WORD])
        if " is not in " in message:  # by a name of Python
            message = f"the word {word} is not in this family"
        raise click.UsageError(message) from None


@click.command(cls=Command, epilog=FAMILIES_HELP)
@family_arguments("RANK...")
def unrank(
    chosen: Family[Any],
    others: tuple[str, ...],
) -> None:
    """Print the word of each RANK; ranks begin with 0.

    Example: critcount unrank expansions 2-4-1 --minimal 2 10
    """
    elements = [chosen.unrank(read_integer("RANK", rank)) for rank in others]
    for element in elements:
        click.echo(str(element))


def _split(
    family: str, arguments: tuple[str, ...], given: dict[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what says the sizes, an architecture or two numbers, and the other arguments."""
    needed = NEEDED[family]
    for name in NEEDED_OPTIONS - {needed}:
        if given[name] is not None:
            raise click.UsageError(f"--{name} does not go with {family}: it needs --{needed}")
    short = family in NETWORKS or "-" not in arguments[0]
    many = 2 if short and given[needed] is None else 1
    if len(arguments) < many or (many == 1 and given[needed] is None):
        example = "2-5-6-1" if family in NETWORKS else "2-5-1"
        raise click.UsageError(
            f"{family} needs an architecture and --{needed}, such as {example} --{needed} "
            f"{'4-4' if family == 'network-expansions' else 2}"
        )
    return arguments[:many], arguments[many:]


def make_family(family: str, sizes: tuple[str, ...], given: dict[str, Any]) -> Family[Any]:
    """Return the family that an architecture and options name, or two numbers."""
    for name, families in GOES_WITH.items():
        if given[name] is not None and family not in families:
            raise click.UsageError(f"--{name.replace('_', '-')} does not go with {family}")
    options = {
        name: given[name] for name in ("zero_blocks", "activation", "biases", "skip", "flips")
    }
    options |= {"d_in": given["inputs"], "d_out": given["outputs"]}
    if given["single"] is not None:
        options["single"] = read_integers("--single", given["single"])
    if given["shape"] is not None:
        options["shape"] = _shape(given["shape"])
    entry = FAMILIES[family]
    if len(sizes) == 2:
        values = _two_numbers(family, *sizes)
    else:
        values, ends = _of_architecture(family, sizes[0], given)
        options |= ends
    parameters = dict(zip(entry.arguments, values, strict=True))
    parameters |= {name: value for name, value in options.items() if value is not None}
    chosen = family_class(family).from_parameters(parameters)
    chosen._reading()  # words that are too long are refused before they are counted
    return chosen


def _two_numbers(family: str, first: str, second: str) -> list[Any]:
    """Return the two arguments of a family that are spelled one after the other."""
    from critcount.architecture import parse_widths

    if family in NETWORKS:
        return [str(chosen_architecture(first, {})), parse_widths("--minimal", second)]
    names = [NAMES_OF_NUMBERS.get(name, name.upper()) for name in FAMILIES[family].arguments]
    return [read_integer(name, text) for name, text in zip(names, (first, second), strict=True)]


def _of_architecture(
    family: str, text: str, given: dict[str, Any]
) -> tuple[list[Any], dict[str, int]]:
    """Return the two arguments of a family, and inputs and outputs where it has need of them."""
    from critcount.architecture import widths_text

    network = chosen_architecture(text, {})
    needed = given[NEEDED[family]]
    if family in NETWORKS:
        return [str(network), needed], {}
    if len(network.hidden) != 1:
        raise click.UsageError(
            f"{network} has {len(network.hidden)} hidden layers; {family} is for one, "
            f"{SEVERAL.get(family, 'network-expansions')} for several"
        )
    m = network.hidden[0]
    if family == "permutation-points":
        return [m, needed], {}
    if len(needed) != 1:
        raise click.UsageError(f"--{NEEDED[family]} must be one width, not {widths_text(needed)}")
    if needed[0] > m:
        raise click.UsageError(
            f"--{NEEDED[family]} is {needed[0]}, wider than the hidden layer of {m}"
        )
    if family not in SIGNED:
        return [needed[0], m], {}
    for name in ("inputs", "outputs"):
        if given[name] is not None:
            raise click.UsageError(f"--{name} goes with R M; an architecture says its {name}")
    return [needed[0], m], {"d_in": network.d_in, "d_out": network.d_out}


def _shape(text: str) -> list[list[int]]:
    """Return the sizes of blocks that a text such as 3,1/1,2 spells."""
    from critcount._support import checks

    parts = text.split("/")
    if len(parts) != 2:
        raise click.UsageError(
            "--shape must be the sizes of the replication blocks, a slash, and those of the "
            f"zero-type blocks, such as 3,1/1,2, not {checks.show(text)}"
        )
    return [read_integers("--shape", part) for part in parts]


def refuse_words(
    family: Family[Any], words: int, format_: str, max_words: int, advice: str
) -> None:
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
    checks.size(
        "this family", words, max_words, f"words ({amount})", f"raise --max-words, {advice}"
    )


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
        elif format_ == "text":
            writing.write_text(family, blocks, stream, advance)
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
