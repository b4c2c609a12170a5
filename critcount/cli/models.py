"""`critcount symmetry`, and `critcount count` of a model."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import click

from critcount.cli.command import Command
from critcount.cli.common import (
    IntegerType,
    chosen_format,
    command_line,
    emit,
    output_options,
    seed_option,
    target,
    write_option,
)

if TYPE_CHECKING:
    from critcount.models import Symmetry

__all__ = ["is_model", "show_symmetry"]


def is_model(text: str) -> bool:
    """Tell whether an argument names a model: an ONNX file or a configuration."""
    return text.lower().endswith((".onnx", ".json"))


def read_symmetry(path: str, inputs: tuple[str, ...], fixed: tuple[str, ...] = ()) -> Symmetry:
    """Return the symmetry of the model in a file."""
    from critcount.models import Symmetry
    from critcount.models.onnx_reader import parse_shape

    if not os.path.exists(path):
        raise click.UsageError(f"there is no file {path}")
    if path.lower().endswith(".json"):
        if inputs:
            raise click.UsageError("--input goes with an ONNX file")
        return Symmetry.from_config(path, fixed=fixed)
    return Symmetry.from_onnx(path, dict(parse_shape(text) for text in inputs), fixed=fixed)


inputs_option = click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME=SHAPE",
    help="Shape of an input that an ONNX file leaves open, such as x=1,3,64,64.",
)


@click.command(cls=Command)
@click.argument("model")
@inputs_option
@click.option(
    "--prove",
    is_flag=True,
    help="Move every unit by a random element and compare the outputs in float64; exit 1 when "
    "they differ by more than rounding.",
)
@write_option(
    "--write-drawn", "the parameters after a uniformly drawn element has acted", ".safetensors"
)
@seed_option
@click.option(
    "--max-order",
    type=IntegerType(0),
    default=1,
    show_default=True,
    help="Highest order of permutation points.",
)
@click.option(
    "--extra",
    type=IntegerType(0),
    metavar="N",
    help="Add T and G of every family whose units can be duplicated, N of its units more than "
    "needed.",
)
@click.option(
    "--fixed",
    multiple=True,
    metavar="NAME",
    help="A parameter that must stay where it is, of a frozen layer say.",
)
@output_options()
def symmetry(
    model: str,
    inputs: tuple[str, ...],
    prove: bool,
    write_drawn: str | None,
    seed: int,
    max_order: int,
    extra: int | None,
    fixed: tuple[str, ...],
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Find the permutation symmetry of a model: its families of interchangeable units.

    MODEL is an .onnx file, or the config.json of a Hugging Face model (with transformers and torch
    installed; no weights are needed). Text shows the order of the group and every family; csv,
    latex and markdown the families; json everything.

    Example: critcount symmetry model.onnx --prove
    """
    asked = (max_order, prove, write_drawn, seed, extra, fixed)
    show_symmetry(model, inputs, format_, output, significant, *asked)


def show_symmetry(
    model: str,
    inputs: tuple[str, ...],
    format_: str | None,
    output: str,
    significant: int | None,
    max_order: int,
    prove: bool = False,
    draw: str | None = None,
    seed: int = 0,
    extra: int | None = None,
    fixed: tuple[str, ...] = (),
) -> None:
    """Print the symmetry of a model."""
    from critcount._support import files

    format_ = chosen_format(format_, output)
    import numpy as np

    from critcount.models import report

    found = read_symmetry(model, inputs, fixed)
    proof = found.prove(np.random.default_rng(seed)) if prove else None
    if draw is not None:
        if found.weights is None:
            raise click.UsageError("--write-drawn needs a model with its parameters")
        from safetensors.numpy import save

        moved = found.random(np.random.default_rng(seed)).apply(found.weights)
        files.put(save(moved), draw)
    if format_ == "json":
        text = json.dumps(report.symmetry_document(found, proof, max_order, extra), indent=1)
        files.put(text + "\n", target(output))
    elif format_ == "text":
        from critcount.output import rendering

        lines = rendering.text(
            ("quantity", "value"), report.symmetry_summary(found, proof, max_order), significant
        )
        rows = report.family_rows(found, extra)
        table = rendering.text(report.family_columns(extra), rows, significant)
        files.put(f"{lines.rstrip()}\n\n{table.rstrip()}\n", target(output))
    else:
        rows = report.family_rows(found, extra)
        emit(report.family_columns(extra), rows, format_, output, significant, command_line())
    if proof is not None and not proof.holds:
        raise click.exceptions.Exit(1)


@click.command(cls=Command)
@click.argument("model")
@click.argument("first")
@click.argument("second")
@inputs_option
@write_option("--write-aligned", "the second, rearranged,", ".safetensors")
@click.option(
    "--starts",
    type=IntegerType(1),
    default=1,
    show_default=True,
    help="Number of orders of the families from which the search begins.",
)
@seed_option
@click.option(
    "--points",
    type=IntegerType(3),
    default=11,
    show_default=True,
    help="Number of points of the straight line between the two.",
)
@output_options()
def align(
    model: str,
    first: str,
    second: str,
    inputs: tuple[str, ...],
    write_aligned: str | None,
    starts: int,
    seed: int,
    points: int,
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Rearrange the second of two checkpoints so that it comes near the first.

    MODEL is as for `critcount symmetry`; FIRST and SECOND are .safetensors files with its
    parameters.
    Printed are the distance before and after, whether both are equal up to the symmetry, and, for
    an ONNX file, the barrier on the segment between the two: how far the mean squared difference
    from the outputs of the first rises above its chord, on random inputs.

    Example: critcount symmetry-align model.onnx a.safetensors b.safetensors
    """
    from critcount._support import files

    format_ = chosen_format(format_, output)
    import numpy as np
    from safetensors import SafetensorError
    from safetensors.numpy import load_file, save

    from critcount.models import align_parameters, parameter_barrier
    from critcount.models.alignment import output_loss
    from critcount.output.rendering import TableCell
    from critcount.weights import files as weight_files

    tensors = []
    for path in (first, second):
        try:
            weight_files.shapes(path)  # of two tensors of one name, load_file would take one
            tensors.append(load_file(path))
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            raise click.UsageError(f"{path} is no .safetensors file: {error}") from error
    symmetry = read_symmetry(model, inputs)
    found = align_parameters(
        symmetry, tensors[0], tensors[1], np.random.default_rng(seed), restarts=starts
    )
    if write_aligned is not None:
        files.put(save(found.tensors), write_aligned)
    rows: list[tuple[str, TableCell]] = [
        ("distance before", found.before),
        ("distance after", found.after),
        ("equal up to the symmetry", found.equal),
    ]
    loss = output_loss(symmetry, tensors[0])
    if loss is not None:
        rows.append(("barrier before", parameter_barrier(loss, tensors[0], tensors[1], points)))
        rows.append(("barrier after", parameter_barrier(loss, tensors[0], found.tensors, points)))
    emit(("quantity", "value"), rows, format_, output, significant, command_line())
