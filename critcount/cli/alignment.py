"""`critcount align`."""

from __future__ import annotations

import json
from typing import Any

import click

from critcount.cli.common import (
    FileType,
    command_line,
    emit,
    numbers_option,
    weights_options,
)

__all__ = ["align"]

FORMATS = ("text", "json", "csv", "markdown", "latex")


@click.command()
@click.argument("a", type=click.Path())
@click.argument("b", type=click.Path())
@click.option(
    "--activation",
    default="generic",
    show_default=True,
    metavar="NAME",
    help="tanh, relu, …: which signs and scales are free, and how the outputs are computed.",
)
@click.option(
    "--starts",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Orders of the neurons from which the search begins.",
)
@click.option(
    "--inputs",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="Random inputs, normally distributed, on which the outputs are compared.",
)
@click.option(
    "--points",
    type=click.IntRange(min=2),
    default=25,
    show_default=True,
    help="Points of the straight line between the networks.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of the starts and inputs.",
)
@weights_options
@numbers_option
@click.option(
    "-o", "--output", "file", type=FileType(), help="Write B, aligned: .npz, .safetensors."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="Of what is printed.",
)
def align(
    a: str,
    b: str,
    activation: str,
    starts: int,
    inputs: int,
    points: int,
    seed: int,
    reading: dict[str, Any],
    numbers: int | None,
    file: str | None,
    format_: str,
) -> None:
    """Fit network B to network A by the symmetries of their layers.

    A and B are weights files with networks of the same widths. The neurons of B are permuted, and
    with an activation that allows it flipped or scaled, until they are as near to those of A as
    weight matching finds. "barrier" is how far the mean squared difference from the outputs of A
    rises above the straight line between its ends on the way from A to B: 0 for one minimum up to
    symmetry.
    """
    import numpy as np

    from critcount.weights.alignment import align as fit
    from critcount.weights.alignment import barrier, function_loss
    from critcount.weights.network import Network

    options = reading if numbers is None else {**reading, "limit": numbers}
    one, two = Network.load(a, **options), Network.load(b, **options)
    found = fit(one, two, activation, starts=starts, rng=seed)
    x = np.random.default_rng(seed).standard_normal((inputs, one.widths[0]))
    loss = function_loss(x, one(x, activation), activation)
    barriers = [barrier(one, other, loss, points) for other in (two, found.aligned)]
    if file is not None:
        found.aligned.save(file)
    if format_ == "json":
        document = {
            "schema_version": 1,
            "network": "-".join(map(str, one.widths)),
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
        click.echo(json.dumps(document, indent=1))
        return
    rows: list[tuple[str, str | None, Any]] = [
        ("network", None, "-".join(map(str, one.widths))),
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
    emit(("quantity", "of", "value"), rows, format_, "-", None, command_line())
