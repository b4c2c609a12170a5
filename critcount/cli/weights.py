"""`critcount classify`, `critcount embed`, `critcount path`."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Literal

import click

from critcount.cli.common import (
    FileType,
    IntegerType,
    NumberType,
    WidthsType,
    chosen_format,
    command_line,
    emit,
    numbers_option,
    output_options,
    progress,
    target,
    weights_options,
)
from critcount.cli.streams import note
from critcount.cli.words import read_configuration

if TYPE_CHECKING:
    from critcount.configurations.configuration import Configuration
    from critcount.output.rendering import TableCell
    from critcount.weights.folders import FolderRow
    from critcount.weights.network import Network

__all__ = ["classify", "embed", "path"]


#: points of a path times inputs at which the function is compared
MOST_EVALUATIONS = 10**9
FORMATS = ("text", "json", "csv", "markdown", "latex")


class ToleranceType(NumberType):
    """A number, or "auto"."""

    name = "number|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number or the word."""
        return value if value == "auto" else super().convert(value, param, ctx)


tolerance_option = click.option(
    "--tolerance",
    type=ToleranceType(),
    default="auto",
    show_default=True,
    help="Relative: 1e-9 for exact constructions, 1e-4 to 1e-2 for trained networks; auto takes "
    "the middle of the widest range with one answer.",
)
activation_option = click.option(
    "--activation",
    metavar="NAME",
    help="tanh, erf, sigmoid, gaussian, softplus, gelu, silu, relu, leaky_relu (leaky_relu:0.2), "
    "elu, selu, celu, mish, sin, cos, exp, generic: its symmetries are used. Without it none is.",
)


@click.command()
@click.argument("student", type=click.Path())
@tolerance_option
@click.option(
    "--reference", type=click.Path(), help="An irreducible network: it gives the labels."
)
@activation_option
@weights_options
@numbers_option
@click.option(
    "--reference-tensor",
    "reference_tensors",
    multiple=True,
    metavar="NAME",
    help="The same for the reference.",
)
@click.option(
    "--write-minimal",
    "minimal",
    type=FileType(),
    help="Write the minimal network to a .safetensors or .npz file.",
)
@click.option(
    "--workers",
    type=IntegerType(1),
    metavar="N",
    help="With a folder: processes; by default one for every eight files, up to the processors.",
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
    numbers: int | None,
    reference_tensors: tuple[str, ...],
    minimal: str | None,
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
    """
    from critcount.weights import describe
    from critcount.weights.classification import classify as find

    format_ = chosen_format(format_, output, FORMATS)
    if reference_tensors and reference is None:
        raise click.UsageError("--reference-tensor goes with --reference")
    of_reference = {name: reading.get(name) for name in ("layout", "batch_norm_eps")}
    of_reference["tensors"] = reference_tensors or None
    if os.path.isdir(student):
        if minimal is not None:
            raise click.UsageError("--write-minimal goes with one file")
        teacher = None if reference is None else _loaded(reference, of_reference, numbers)
        from critcount.weights.folders import FOLDER_COLUMNS

        options = reading if numbers is None else {**reading, "limit": numbers}
        found_in = _folder(student, tolerance, teacher, activation, options, workers, keep)
        rows = [tuple(None if cell == "" else cell for cell in row) for row in found_in]
        emit(FOLDER_COLUMNS, rows, format_, output, significant, command_line())
        return
    if workers is not None or keep is not None:
        raise click.UsageError("--workers and --keep go with a folder")
    network = _loaded(student, reading, numbers)
    teacher = None if reference is None else _loaded(reference, of_reference, numbers)
    found = find(network, tolerance, teacher, activation)
    if tolerance != "auto" and tolerance < network.precision:
        note(
            f"the weights in {student} are precise to {network.precision:.1e}, coarser than the "
            "tolerance: sums that should vanish may not"
        )
    if found.plateaus:
        others = "; ".join(map(str, found.plateaus))
        note(f"tolerance {found.tolerance:.1e}, the middle of the widest of: {others}")
    if minimal is not None:
        found.minimal.save(minimal)
    if format_ == "json":
        from critcount._support import files

        files.put(json.dumps(describe.document(found), indent=1) + "\n", target(output))
        return
    blocks = list(describe.block_rows(found, shortened=format_ != "csv"))
    if format_ in ("text", "markdown"):
        from critcount._support import files
        from critcount.output import rendering

        render = rendering.text if format_ == "text" else rendering.markdown
        first = render(describe.SUMMARY_COLUMNS, describe.summary(found), significant)
        files.put(
            f"{first}\n{render(describe.BLOCK_COLUMNS, blocks, significant)}", target(output)
        )
        return
    emit(describe.BLOCK_COLUMNS, blocks, format_, output, significant, command_line())


@click.command()
@click.argument("teacher", type=click.Path())
@click.option(
    "--word",
    "words",
    multiple=True,
    metavar="LETTERS",
    help="The configuration of a hidden layer, such as 0,1,2,0; once for each layer.",
)
@click.option("--widths", type=WidthsType(), help="Or hidden widths, for a random configuration.")
@click.option("--seed", type=IntegerType(0), required=True, help="Of all that is random.")
@click.option(
    "--scale",
    type=NumberType(),
    default=1.0,
    show_default=True,
    help="Of the free weights, relative to those of the layer.",
)
@weights_options
@numbers_option
@click.option("-o", "--output", required=True, type=FileType(), help=".safetensors or .npz.")
def embed(
    teacher: str,
    words: tuple[str, ...],
    widths: tuple[int, ...] | None,
    seed: int,
    scale: float,
    reading: dict[str, Any],
    numbers: int | None,
    output: str,
) -> None:
    """Write a wider network that computes the same function as TEACHER.

    TEACHER is a .safetensors or .npz file with an irreducible network. Prints the word of every
    hidden layer: letter t for a copy of neuron t, larger letters for zero-type blocks.
    """
    from critcount.families.protocol import generator
    from critcount.weights.subspaces import embed as place

    words = tuple(part for word in words for part in word.split("/"))
    if bool(words) == (widths is not None):
        raise click.UsageError("name the configurations by --word, or the widths by --widths")
    network = _loaded(teacher, reading, numbers)
    rng = generator(seed)
    layers = (
        [
            read_configuration("--word", word, r)
            for word, r in zip(words, _hidden(network, words), strict=True)
        ]
        if widths is None
        else [_random(r, m, rng) for r, m in zip(_hidden(network, widths), widths, strict=True)]
    )
    place(network, layers, rng, scale=scale).save(output)
    for layer in layers:
        click.echo(str(layer))


@click.command()
@click.argument("a", type=click.Path())
@click.argument("b", type=click.Path())
@tolerance_option
@activation_option
@click.option(
    "--samples",
    type=IntegerType(0),
    default=200,
    show_default=True,
    help="Points between the vertices at which the function is compared.",
)
@click.option(
    "--inputs",
    type=IntegerType(1),
    default=100,
    show_default=True,
    help="Random inputs, normally distributed.",
)
@click.option("--seed", type=IntegerType(0), default=0, show_default=True, help="Of the inputs.")
@weights_options
@numbers_option
@click.option("-o", "--output", "vertices", type=FileType(), help="Write the vertices: .npz.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="Of what is printed.",
)
def path(
    a: str,
    b: str,
    tolerance: float | Literal["auto"],
    activation: str | None,
    samples: int,
    inputs: int,
    seed: int,
    reading: dict[str, Any],
    numbers: int | None,
    vertices: str | None,
    format_: str,
) -> None:
    """Lead from one network to another along straight lines on which the function stays.

    A and B are .safetensors or .npz files whose networks reduce to the same minimal network. In
    the file of vertices the arrays of vertex 7 are called 7/0.weight, 7/0.bias, 7/1.weight, …

    "deviation" is the largest difference of an output, relative to the largest output, between the
    projections of A and B on their subspaces, and on the whole way from A to B.
    """
    import numpy as np

    from critcount._support import checks
    from critcount.architecture import widths_text
    from critcount.weights.paths import zero_loss_path

    checks.size(
        "the comparison", (samples + 2) * inputs, MOST_EVALUATIONS, "evaluations",
        "ask for fewer --samples or --inputs",
    )  # fmt: skip
    one, two = (_loaded(file, reading, numbers) for file in (a, b))
    found = zero_loss_path(one, two, tolerance, activation)
    x = np.random.default_rng(seed).standard_normal((inputs, one.widths[0]))
    if vertices is not None:
        with progress("vertices", len(found)) as advance:
            found.save(vertices, advance=advance)
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
        click.echo(json.dumps(document, indent=1))
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
    emit(("quantity", "of", "value"), rows, format_, "-", None, command_line())


def _folder(
    folder: str,
    tolerance: float | Literal["auto"],
    reference: Network | None,
    activation: str | None,
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
                reading=reading,
                workers=number,
                keep=keep,
                advance=advance,
            )
        )


def _random(r: int, m: int, rng: Any) -> Configuration:
    from critcount.families import Expansions

    if m < r:
        raise click.UsageError(f"--widths: a layer of {r} neurons cannot be embedded in {m}")
    return Expansions(r, m).random(rng)


def _hidden(network: Network, given: tuple[Any, ...]) -> tuple[int, ...]:
    """Return the hidden widths, when as many layers are given."""
    hidden = network.widths[1:-1]
    if len(given) != len(hidden):
        raise click.UsageError(
            f"the network has {len(hidden)} hidden layers, not {len(given)}: one --word for each, "
            "or --widths with as many numbers"
        )
    return hidden


def _loaded(path: str, reading: dict[str, Any], numbers: int | None) -> Network:
    """Return the network of a file, read as the options say."""
    from critcount.weights.network import Network

    options = reading if numbers is None else {**reading, "limit": numbers}
    return Network.load(path, **options)
