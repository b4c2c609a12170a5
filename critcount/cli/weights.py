"""`critcount classify`, `critcount embed`, `critcount path`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import click

from critcount.cli.command import Command
from critcount.cli.common import (
    IntegerType,
    NumberType,
    WidthsType,
    activation_option,
    chosen_format,
    command_line,
    emit,
    file_option,
    max_numbers_option,
    output_options,
    progress,
    seed_option,
    target,
    weights_options,
    write_option,
)
from critcount.cli.streams import note
from critcount.cli.words import about_word, read_configuration

if TYPE_CHECKING:
    import numpy as np

    from critcount._support.types import Array
    from critcount.configurations.configuration import Configuration
    from critcount.configurations.signed import SignedExpansion
    from critcount.output.rendering import TableCell
    from critcount.weights.folders import FolderRow
    from critcount.weights.network import Network

__all__ = ["classify", "embed", "path"]


#: points of a path times inputs at which the function is compared
MOST_EVALUATIONS = 10**9
FORMATS = ("text", "json", "csv", "markdown", "latex")


class ToleranceType(NumberType):
    """A number, or "auto"."""

    name = "NUMBER|auto"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return the name, in the letters in which it is typed."""
        return self.name

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the number or the word."""
        return value if value == "auto" else super().convert(value, param, ctx)


tolerance_option = click.option(
    "--tolerance",
    type=ToleranceType(),
    default="auto",
    show_default=True,
    help="Relative tolerance: 1e-9 for exact constructions, 1e-4 to 1e-2 for trained networks; "
    "auto takes the middle of the widest range with one answer.",
)


@click.command(cls=Command)
@click.argument("student", type=click.Path())
@tolerance_option
@click.option(
    "--reference",
    type=click.Path(),
    metavar="FILE",
    help="An irreducible network, whose neurons give the labels.",
)
@activation_option
@weights_options
@max_numbers_option
@click.option(
    "--reference-tensor",
    "reference_tensors",
    multiple=True,
    metavar="NAME",
    help="Read this tensor of the reference, as --tensor does.",
)
@click.option(
    "--domain",
    type=click.Path(),
    metavar="FILE",
    help="One matrix of inputs, a row each (.npz or .safetensors), for activations with a kink: "
    "neurons without a kink between the inputs are dead or linear.",
)
@write_option("--write-minimal", "the minimal network", ".npz or .safetensors")
@click.option(
    "--workers",
    type=IntegerType(1),
    metavar="N",
    help="With a folder: number of processes; by default one for every eight files, up to the "
    "processors.",
)
@click.option(
    "--keep",
    type=click.Path(),
    metavar="FOLDER",
    help="With a folder: keep finished files there, and go on from what is kept.",
)
@output_options(FORMATS)
def classify(
    student: str,
    tolerance: float | Literal["auto"],
    reference: str | None,
    activation: str | None,
    reading: dict[str, Any],
    limit: int | None,
    reference_tensors: tuple[str, ...],
    domain: str | None,
    write_minimal: str | None,
    workers: int | None,
    keep: str | None,
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Find the subspace that a network lies on, and its minimal network.

    STUDENT is a .safetensors or .npz file, or a folder of such: then one row for every file. Of
    one file, one row for every block of neurons: K0, K1, … are copies of the minimal neurons 0,
    1, …, the outgoing weights of Z0, Z1, … cancel. "incoming" and "outgoing" say how far the
    block's weights are from the subspace, "total" how large the sum of its outgoing weights is,
    all relative to the largest of the layer. "at another tolerance" lists what half and twice the
    tolerance would change. Layers and neurons count from 0.

    Example: critcount classify student.npz --activation tanh
    """
    from critcount.weights import describe
    from critcount.weights.classification import classify as find

    format_ = chosen_format(format_, output, FORMATS)
    if reference_tensors and reference is None:
        raise click.UsageError("--reference-tensor goes with --reference")
    of_reference = {name: reading.get(name) for name in ("layout", "batch_norm_eps")}
    of_reference["tensors"] = reference_tensors or None
    inputs = None if domain is None else _matrix(domain, limit)
    if os.path.isdir(student):
        if write_minimal is not None:
            raise click.UsageError("--write-minimal goes with one file")
        teacher = None if reference is None else _loaded(reference, of_reference, limit)
        from critcount.weights.folders import FOLDER_COLUMNS

        options = reading if limit is None else {**reading, "limit": limit}
        found_in = _folder(student, tolerance, teacher, activation, inputs, options, workers, keep)
        rows = [tuple(None if cell == "" else cell for cell in row) for row in found_in]
        emit(FOLDER_COLUMNS, rows, format_, output, significant, command_line())
        return
    if workers is not None or keep is not None:
        raise click.UsageError("--workers and --keep go with a folder")
    network = _loaded(student, reading, limit)
    teacher = None if reference is None else _loaded(reference, of_reference, limit)
    found = find(network, tolerance, teacher, activation, domain=inputs)
    if write_minimal is not None:
        found.minimal.save(write_minimal)
    if tolerance != "auto" and tolerance < network.precision:
        note(
            f"the weights in {student} are precise to {network.precision:.1e}, coarser than the "
            "tolerance: sums that should vanish may not"
        )
    if found.tolerance_ranges:
        others = "; ".join(map(str, found.tolerance_ranges))
        note(f"tolerance {found.tolerance:.1e}, the middle of the widest of: {others}")
    if format_ == "json":
        from critcount._support import files

        files.put(
            json.dumps(describe.classification_document(found), indent=1) + "\n", target(output)
        )
        return
    blocks = list(describe.block_rows(found, shortened=format_ != "csv"))
    if format_ in ("text", "markdown"):
        from critcount._support import files
        from critcount.output import rendering

        render = rendering.text if format_ == "text" else rendering.markdown
        first = render(
            describe.SUMMARY_COLUMNS, describe.classification_summary(found), significant
        )
        files.put(
            f"{first}\n{render(describe.BLOCK_COLUMNS, blocks, significant)}", target(output)
        )
        return
    emit(describe.BLOCK_COLUMNS, blocks, format_, output, significant, command_line())


@click.command(cls=Command)
@click.argument("teacher", type=click.Path())
@click.option(
    "--word",
    "words",
    multiple=True,
    metavar="WORD",
    help="The word of a hidden layer, such as 0,1,2,0; given once for each layer.",
)
@click.option(
    "--widths", type=WidthsType(), help="Hidden widths, for random words of so many letters."
)
@activation_option
@seed_option
@click.option(
    "--scale",
    type=NumberType(),
    default=1.0,
    show_default=True,
    help="Size of the free weights, relative to those of the layer.",
)
@weights_options
@max_numbers_option
@file_option("the network to a .npz or .safetensors file")
def embed(
    teacher: str,
    words: tuple[str, ...],
    widths: tuple[int, ...] | None,
    activation: str | None,
    seed: int,
    scale: float,
    reading: dict[str, Any],
    limit: int | None,
    output: str,
) -> None:
    """Write a wider network that computes the same function as TEACHER.

    TEACHER is a .safetensors or .npz file with an irreducible network. Prints the word of every
    hidden layer: letter t for a copy of neuron t, larger letters for zero-type blocks.

    With --activation, for one hidden layer, the letters have signs: 0 for an idle neuron, 2t+1
    and 2t+2 for a copy of neuron t and for one of the opposite sign, larger ones in the same way
    for zero-type blocks.

    \b
    Example: critcount embed teacher.npz --widths 7 -o student.npz
             critcount embed teacher.npz --word 1,2,3,0 --activation tanh -o student.npz
    """  # noqa: D301 - the backspace is click's sign for a paragraph left as it is
    from critcount.families.protocol import generator
    from critcount.weights import subspaces

    words = tuple(part for word in words for part in word.split("/"))
    if bool(words) == (widths is not None):
        raise click.UsageError("name the configurations by --word, or the widths by --widths")
    network = _loaded(teacher, reading, limit)
    rng = generator(seed)
    hidden = _hidden(network, widths or words)
    if activation is not None and activation != "generic":
        if len(hidden) != 1:
            raise click.UsageError(f"--activation is for one hidden layer, not for {len(hidden)}")
        signed = (
            _signed(words[0], hidden[0])
            if widths is None
            else _random_signed(network, widths[0], activation, rng)
        )
        subspaces.embed(network, signed, rng, activation=activation, scale=scale).save(output)
        click.echo(str(signed))
        return
    layers = (
        [read_configuration("--word", word, r) for word, r in zip(words, hidden, strict=True)]
        if widths is None
        else [_random(r, m, rng) for r, m in zip(hidden, widths, strict=True)]
    )
    subspaces.embed(network, layers, rng, scale=scale).save(output)
    for layer in layers:
        click.echo(str(layer))


@click.command(cls=Command)
@click.argument("a", type=click.Path())
@click.argument("b", type=click.Path())
@tolerance_option
@activation_option
@click.option(
    "--samples",
    type=IntegerType(0),
    default=200,
    show_default=True,
    help="Number of points between the vertices at which the function is compared.",
)
@click.option(
    "--inputs",
    type=IntegerType(1),
    default=100,
    show_default=True,
    help="Number of random inputs, normally distributed.",
)
@seed_option
@weights_options
@max_numbers_option
@write_option("--write-vertices", "the vertices of the path", ".npz")
@output_options(FORMATS)
def path(
    a: str,
    b: str,
    tolerance: float | Literal["auto"],
    activation: str | None,
    samples: int,
    inputs: int,
    seed: int,
    reading: dict[str, Any],
    limit: int | None,
    write_vertices: str | None,
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Lead from one network to another along lines and curves on which the function stays.

    A and B are .safetensors or .npz files whose networks reduce to the same minimal network. In
    the file of vertices the arrays of vertex 7 are called 7/0.weight, 7/0.bias, 7/1.weight, …

    "deviation" is the largest difference of an output, relative to the largest output, between the
    projections of A and B on their subspaces, and on the whole way from A to B.

    Example: critcount path a.npz b.npz --activation tanh --write-vertices path.npz
    """
    import numpy as np

    from critcount._support import checks, files
    from critcount.architecture import widths_text
    from critcount.weights.paths import zero_loss_path

    format_ = chosen_format(format_, output, FORMATS)
    checks.size(
        "the comparison", (samples + 2) * inputs, MOST_EVALUATIONS, "evaluations",
        "ask for fewer --samples or --inputs",
    )  # fmt: skip
    one, two = (_loaded(file, reading, limit) for file in (a, b))
    found = zero_loss_path(one, two, tolerance, activation)
    x = np.random.default_rng(seed).standard_normal((inputs, one.widths[0]))
    if write_vertices is not None:
        with progress("vertices", len(found)) as advance:
            found.save(write_vertices, advance=advance)
    with progress("comparing", found.segments + 2) as advance:
        deviation = found.deviation(x, activation or "generic", samples, advance=advance)
    minimal = widths_text(found.minimal.widths)
    if format_ == "json":
        document = {
            "schema_version": 1,
            "minimal": minimal,
            "tolerance": found.start.tolerance,
            "segments": found.segments,
            "distances": found.distances,
            "deviation": deviation._asdict(),
        }
        files.put(json.dumps(document, indent=1) + "\n", target(output))
        return
    rows: list[tuple[str, str | None, TableCell]] = [
        ("minimal network", None, minimal),
        ("tolerance", "chosen" if tolerance == "auto" else None, found.start.tolerance),
        ("segments between the projections", None, found.segments),
        ("distance from its projection", "A", found.distances[0]),
        ("distance from its projection", "B", found.distances[1]),
        ("deviation", "between the projections", deviation.between),
        ("deviation", "from A to B", deviation.overall),
    ]
    emit(("quantity", "of", "value"), rows, format_, output, significant, command_line())


def _folder(
    folder: str,
    tolerance: float | Literal["auto"],
    reference: Network | None,
    activation: str | None,
    domain: Array | None,
    reading: dict[str, Any],
    workers: int | None,
    keep: str | None,
) -> list[FolderRow]:
    """Return the rows of all files in a folder, with a bar on stderr."""
    from critcount.weights.folders import classify_folder

    several = len(os.listdir(folder)) // 8
    number = workers or max(1, min(os.cpu_count() or 1, several))
    with progress("files", None) as advance:
        return list(
            classify_folder(
                folder,
                tolerance,
                reference,
                activation,
                domain=domain,
                reading=reading,
                workers=number,
                keep=keep,
                advance=advance,
            )
        )


def _matrix(path: str, limit: int | None) -> Array:
    """Return the only array of a file."""
    from critcount.weights import files

    with files.opened(path) as file:
        if len(file.shapes) != 1:
            raise click.UsageError(
                f"--domain: {path} holds {len(file.shapes)} arrays, not one matrix of inputs"
            )
        (name,) = file.shapes
        file.require([name], files.MAX_VALUES if limit is None else limit)
        return file.read(name).values


def _random(r: int, m: int, rng: np.random.Generator) -> Configuration:
    from critcount.families import Expansions

    if m < r:
        raise click.UsageError(f"--widths: a layer of {r} neurons cannot be embedded in {m}")
    return Expansions(r, m).random(rng)


def _signed(word: str, r: int) -> SignedExpansion:
    """Return the type that a word with signs spells."""
    from critcount.configurations._words import letters_of
    from critcount.configurations.signed import SignedExpansion

    try:
        return SignedExpansion(tuple(letters_of(word)), r)
    except ValueError as error:
        raise click.UsageError(about_word("--word", error)) from None


def _random_signed(
    network: Network, m: int, activation: str, rng: np.random.Generator
) -> SignedExpansion:
    """Return a component of the students of a width, exactly uniform."""
    from critcount.counting.setting import BIASES
    from critcount.families import SignedExpansions

    d_in, r, d_out = network.widths
    if m < r:
        raise click.UsageError(f"--widths: a layer of {r} neurons cannot be embedded in {m}")
    hidden, output = (bias is not None for bias in network.biases)
    biases = BIASES[hidden + 2 * output]
    return SignedExpansions(r, m, activation, d_in, d_out, biases).random(rng)


def _hidden(network: Network, given: Sequence[object]) -> tuple[int, ...]:
    """Return the hidden widths, when as many layers are given."""
    hidden = network.widths[1:-1]
    if len(given) != len(hidden):
        raise click.UsageError(
            f"there must be one --word for each hidden layer, {len(hidden)}, not {len(given)}; or "
            "--widths with as many numbers"
        )
    return hidden


def _loaded(path: str, reading: dict[str, Any], limit: int | None) -> Network:
    """Return the network of a file, read as the options say."""
    from critcount.weights.network import Network

    options = reading if limit is None else {**reading, "limit": limit}
    return Network.load(path, **options)
