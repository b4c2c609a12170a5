"""`critcount critical`."""

from __future__ import annotations

from typing import Any

import click

from critcount.cli.command import Command
from critcount.cli.common import (
    IntegerType,
    activation_option,
    chosen_format,
    command_line,
    emit,
    output_options,
    weights_options,
)

__all__ = ["critical"]

FORMATS = ("text", "json", "csv", "latex", "markdown")


@click.command(cls=Command)
@click.argument("network", type=click.Path())
@click.option(
    "--data",
    required=True,
    type=click.Path(),
    metavar="FILE",
    help="An .npz file with the arrays inputs (samples, d_in) and targets.",
)
@click.option(
    "--width", required=True, type=IntegerType(1), help="Width that the layer is to have."
)
@click.option(
    "--layer",
    type=IntegerType(0),
    default=0,
    show_default=True,
    help="The hidden layer, counted from 0.",
)
@activation_option
@click.option(
    "--loss",
    type=click.Choice(("mse", "cross-entropy")),
    default="mse",
    show_default=True,
    help="The loss of which the network is a critical point.",
)
@click.option(
    "--table",
    type=click.Choice(("counts", "neurons")),
    default="counts",
    show_default=True,
    help="What is printed.",
)
@weights_options
@output_options(FORMATS)
def critical(
    network: str,
    data: str,
    width: int,
    layer: int,
    activation: str | None,
    loss: str,
    table: str,
    reading: dict[str, Any],
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Count the plateaus and saddles that a wider layer has above a critical network.

    NETWORK is a .safetensors or .npz file, a critical point of the loss. Of the G(r, m) critical
    subspaces: how many contain local minima, in how many regions; and how many permutation points
    of order m - r have which index. "neurons" lists for every neuron the rank of M and the signs
    of S on its kernel. Needs the extra "landscape".
    """
    from critcount.landscape import summary
    from critcount.landscape.problem import Problem
    from critcount.weights.network import Network

    format_ = chosen_format(format_, output, FORMATS)
    inputs, targets = summary.read_data(data)
    problem = Problem(inputs, targets, activation or "generic", loss)
    found = summary.summarise(problem, Network.load(network, **reading), width, layer=layer)
    if table == "neurons":
        columns: tuple[str, ...] = summary.INERTIA_COLUMNS
        rows = found.block_rows()
    else:
        columns, rows = summary.COUNT_COLUMNS, found.count_rows()
    emit(columns, rows, format_, output, significant, command_line())
