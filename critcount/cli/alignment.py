"""`critcount align`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from critcount.cli.command import Command
from critcount.cli.common import (
    IntegerType,
    activation_option,
    chosen_format,
    command_line,
    emit,
    max_numbers_option,
    output_options,
    seed_option,
    target,
    weights_options,
    write_option,
)

if TYPE_CHECKING:
    from critcount.output.rendering import TableCell

__all__ = ["align"]

FORMATS = ("text", "json", "csv", "markdown", "latex")


@click.command(cls=Command)
@click.argument("a", type=click.Path())
@click.argument("b", type=click.Path())
@activation_option
@click.option(
    "--starts",
    type=IntegerType(1),
    default=10,
    show_default=True,
    help="Number of orders of the neurons from which the search begins.",
)
@click.option(
    "--inputs",
    type=IntegerType(1),
    default=1000,
    show_default=True,
    help="Number of random inputs, normally distributed, on which the outputs are compared.",
)
@click.option(
    "--points",
    type=IntegerType(2),
    default=25,
    show_default=True,
    help="Number of points of the straight line between the networks.",
)
@seed_option
@weights_options
@max_numbers_option
@write_option("--write-aligned", "B, aligned,", ".npz or .safetensors")
@output_options(FORMATS)
def align(
    a: str,
    b: str,
    activation: str | None,
    starts: int,
    inputs: int,
    points: int,
    seed: int,
    reading: dict[str, Any],
    limit: int | None,
    write_aligned: str | None,
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Fit network B to network A by the symmetries of their layers.

    A and B are weights files with networks of the same widths. The neurons of B are permuted, and
    with an activation that allows it flipped or scaled, until they are as near to those of A as
    weight matching finds. "barrier" is how far the mean squared difference from the outputs of A
    rises above the straight line between its ends on the way from A to B: 0 for one minimum up to
    symmetry.

    Example: critcount align a.npz b.npz --activation tanh --write-aligned c.npz
    """
    import numpy as np

    from critcount._support import files
    from critcount.architecture import widths_text
    from critcount.weights.alignment import align as fit
    from critcount.weights.alignment import barrier, function_loss
    from critcount.weights.network import Network

    format_ = chosen_format(format_, output, FORMATS)
    activation = activation or "generic"
    options = reading if limit is None else {**reading, "limit": limit}
    one, two = Network.load(a, **options), Network.load(b, **options)
    found = fit(one, two, activation, starts=starts, rng=seed)
    x = np.random.default_rng(seed).standard_normal((inputs, one.widths[0]))
    loss = function_loss(x, one(x, activation), activation)
    barriers = [barrier(one, other, loss, points) for other in (two, found.aligned)]
    if write_aligned is not None:
        found.aligned.save(write_aligned)
    if format_ == "json":
        document = {
            "schema_version": 1,
            "network": widths_text(one.widths),
            "symmetries": found.symmetries,
            "places": found.places,
            "signs": found.signs,
            "scales": found.scales,
            "before": found.before,
            "distance": found.distance,
            "relative": found.relative,
            "difference": loss(two),
            "barrier_before": barriers[0],
            "barrier": barriers[1],
        }
        files.put(json.dumps(document, indent=1) + "\n", target(output))
        return
    rows: list[tuple[TableCell, ...]] = [
        ("network", None, widths_text(one.widths)),
        ("symmetries used", None, ", ".join(found.symmetries)),
        ("distance", "A to B", found.before),
        ("distance", "A to B aligned", found.distance),
        ("relative distance", "A to B aligned", found.relative),
        ("mean squared difference of the outputs", "A to B", loss(two)),
        ("barrier", "A to B", barriers[0]),
        ("barrier", "A to B aligned", barriers[1]),
    ]
    for k, (places, signs) in enumerate(zip(found.places, found.signs, strict=True)):
        moved = sum(i != place for i, place in enumerate(places))
        rows.append(("neurons in another place", f"layer {k}", moved))
        rows.append(("flipped neurons", f"layer {k}", signs.count(-1)))
    emit(("quantity", "of", "value"), rows, format_, output, significant, command_line())
