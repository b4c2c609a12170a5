"""`critcount critical`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from critcount.cli.command import Command
from critcount.cli.common import (
    IntegerType,
    NumberType,
    WidthsType,
    announce_work,
    chosen_format,
    command_line,
    emit,
    output_options,
    problem_options,
    progress,
    weights_options,
)

if TYPE_CHECKING:
    from critcount.landscape.problem import Problem

__all__ = ["critical"]

FORMATS = ("text", "json", "csv", "latex", "markdown")


@click.command(cls=Command)
@click.argument("network", type=click.Path())
@problem_options
@click.option(
    "--width",
    required=True,
    type=WidthsType(),
    help="Width that the layer is to have, or one for each hidden layer, such as 5-4.",
)
@click.option(
    "--layer",
    type=IntegerType(0),
    help="The hidden layer, counted from 0, where there is one width; by default the first.",
)
@click.option(
    "--biases",
    is_flag=True,
    help="Give layers without biases ones of zero, which count among the parameters.",
)
@click.option(
    "--weight-decay",
    type=NumberType(),
    default=0.0,
    show_default=True,
    help="Weight of the squared parameters in the loss: λ, of λ/2 Σ θ².",
)
@click.option(
    "--table",
    type=click.Choice(("counts", "neurons", "points")),
    default="counts",
    show_default=True,
    help="What is printed; neurons without weight decay, points with it.",
)
@weights_options
@output_options(FORMATS)
def critical(
    network: str,
    problem: Callable[..., Problem],
    width: tuple[int, ...],
    layer: int | None,
    biases: bool,
    weight_decay: float,
    table: str,
    reading: dict[str, Any],
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Count the plateaus and saddles that a wider layer has above a critical network.

    NETWORK is a .safetensors or .npz file, a critical point of the loss. Of the G(r, m) critical
    subspaces: how many contain local minima, in how many regions; and how many permutation points
    of order m - r have which index; for several layers the products. "neurons" lists for every
    neuron the rank of M and the signs of S on its kernel.

    With weight decay the network is where descent begins, with the copies of neurons tied: one
    permutation point for every choice of doubled neurons of one layer, which "points" lists with
    its loss, the norm of the gradient, the index and the lowest eigenvalue of the directions in
    which copies move oppositely. Needs the extra "landscape".

    Example: critcount critical net.npz --data data.npz --width 5 --activation tanh
    """
    from critcount.landscape import neurons, summary
    from critcount.weights.network import Network

    format_ = chosen_format(format_, output, FORMATS)
    unfit = "points" if not weight_decay else "neurons"
    if table == unfit:
        raise click.UsageError(
            f"--table {table} is for problems {'without' if weight_decay else 'with'} "
            "--weight-decay"
        )
    if weight_decay and len(width) > 1:
        raise click.UsageError("with --weight-decay one layer is widened: give one --width")
    posed = problem(biases, weight_decay)
    loaded = Network.load(network, **reading)
    if biases:
        loaded = neurons.with_biases(loaded)
    if weight_decay:
        with progress("permutation points", None) as advance:
            tied = summary.summarise_ties(
                posed, loaded, width[0], layer=layer or 0, advance=advance
            )
        columns: tuple[str, ...] = summary.POINT_COLUMNS
        rows = tied.point_rows()
        if table == "counts":
            columns, rows = summary.COUNT_COLUMNS, tied.count_rows()
    else:
        one = width[0] if len(width) == 1 else width
        told = functools.partial(announce_work, "the spectrum of the network")
        found = summary.summarise(posed, loaded, one, layer=layer, announce=told)
        columns, rows = summary.INERTIA_COLUMNS, found.block_rows()
        if table == "counts":
            columns, rows = summary.COUNT_COLUMNS, found.count_rows()
    emit(columns, rows, format_, output, significant, command_line())
