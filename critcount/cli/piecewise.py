"""`critcount knots`, `critcount regions`, `critcount bounds`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from critcount.cli import streams
from critcount.cli.command import Command
from critcount.cli.common import (
    Decorated,
    IntegerType,
    chosen_architecture,
    chosen_format,
    command_line,
    emit,
    output_options,
    weights_options,
    write_option,
)

if TYPE_CHECKING:
    from critcount.output.rendering import TableCell
    from critcount.piecewise.regions import BoxLike
    from critcount.weights.network import Network

__all__ = [
    "RATIONAL_NUMBER",
    "VALUE_COLUMNS",
    "RangeType",
    "Ranges",
    "bounds",
    "box_option",
    "chosen_box",
    "knots",
    "limit_option",
    "read_network",
    "regions",
]


VALUE_COLUMNS = ("quantity", "of", "value")
#: A number on the command line: short, so that its fraction is.
RATIONAL_NUMBER = re.compile(r"[-+]?[0-9.]{1,40}(/[0-9]{1,40}|e[-+]?[0-9]{1,3})?", re.ASCII)
#: The values of --box.
Ranges = tuple[tuple[Fraction, Fraction], ...]


class RangeType(click.ParamType):  # type: ignore[type-arg]
    """Two numbers joined by a comma, such as -1,1 or 0.5,2/3; decimals are exact."""

    name = "LOW,HIGH"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Fraction, Fraction]:
        """Return the two numbers."""
        if isinstance(value, tuple):
            return value
        parts = str(value).split(",")
        try:
            low, high = (Fraction(part) for part in parts if RATIONAL_NUMBER.fullmatch(part))
        except (ValueError, ZeroDivisionError):
            self.fail("must be two finite numbers joined by a comma, such as -1,1", param, ctx)
        if low >= high:
            self.fail("must have its lower end first, such as -1,1", param, ctx)
        return low, high


box_option = click.option(
    "--box",
    "box",
    type=RangeType(),
    multiple=True,
    help="Range of all inputs, or given once for each input. Decimals are exact.",
)


def limit_option(name: str, most: int, what: str) -> Callable[[Decorated], Decorated]:
    """Add an option such as --max-terms to a command: limit."""
    return click.option(
        name,
        "limit",
        type=IntegerType(0),
        default=most,
        show_default=True,
        help=f"Refuse more {what} than this.",
    )


@click.command(cls=Command)
@click.argument("architecture")
@write_option(
    "--write-network", "a network with as many knots as the lower bound", ".npz or .safetensors"
)
@click.option(
    "--interval", type=RangeType(), help="With a weights file: count only the knots in it."
)
@click.option("--points", is_flag=True, help="With a weights file: list the knots, as fractions.")
@weights_options
@limit_option("--max-points", 10**6, "weights, or points at which neurons switch,")
@output_options()
def knots(
    architecture: str,
    write_network: str | None,
    interval: tuple[Fraction, Fraction] | None,
    points: bool,
    reading: dict[str, Any],
    limit: int,
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Count the knots of ReLU networks with one input.

    ARCHITECTURE is a list of widths such as 1-3-3-1: how many knots such a network can have at
    most, proved bounds and what they rest on. Or it is the path of a .safetensors or .npz file:
    how many knots this network has, by hidden layer and at its output, exactly; its floats are
    taken as the fractions that they are.

    Example: critcount knots 1-3-3-1 --write-network out.npz
    """
    format_ = chosen_format(format_, output)
    network = read_network(architecture, reading)
    if network is None:
        if interval is not None or points:
            raise click.UsageError("--interval and --points go with the path of a weights file")
        rows = _most(architecture, write_network, limit)
    else:
        if write_network is not None:
            raise click.UsageError(
                "--write-network goes with an architecture, not with a weights file"
            )
        rows = _counted(network, interval, points, limit)
    emit(VALUE_COLUMNS, rows, format_, output, significant, command_line())


def _most(architecture: str, written: str | None, limit: int) -> list[tuple[TableCell, ...]]:
    from critcount.piecewise import max_knots, most_knots_network

    shape = chosen_architecture(architecture, {})
    bounds = max_knots(shape)
    if written is not None:
        most = (
            most_knots_network(shape) if limit is None else most_knots_network(shape, limit=limit)
        )
        most.network().save(written)
    rows: list[tuple[TableCell, ...]] = [("architecture", None, str(shape))]
    if bounds.exact is not None:
        rows.append(("most knots", None, bounds.exact))
    else:
        rows += [("most knots", "at least", bounds.lower), ("most knots", "at most", bounds.upper)]
    return [*rows, ("theorem", None, bounds.theorem)]


def _counted(
    network: Network,
    interval: tuple[Fraction, Fraction] | None,
    points: bool,
    limit: int,
) -> list[tuple[TableCell, ...]]:
    from critcount.architecture import widths_text
    from critcount.piecewise import find_knots as find
    from critcount.piecewise import knot_profile

    found = find(network, interval, limit=limit)
    rows: list[tuple[TableCell, ...]] = [("architecture", None, widths_text(network.widths))]
    if interval is None:
        *hidden, _ = knot_profile(network, limit=limit)
        rows += [("knots", f"hidden layer {k}", n) for k, n in enumerate(hidden)]
    rows.append(("knots", "output", len(found)))
    if points:
        rows += [("knot", k, x) for k, x in enumerate(found)]
    return rows


@click.command(cls=Command)
@click.argument("network", type=click.Path())
@box_option
@weights_options
@limit_option("--max-regions", 10**5, "activation regions")
@output_options()
def regions(
    network: str,
    box: Ranges,
    reading: dict[str, Any],
    limit: int,
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Count the regions of a ReLU network with up to four inputs, exactly.

    NETWORK is a .safetensors or .npz file. Activation regions are those on which every neuron
    keeps its state, linear regions the largest connected ones on which the output is one affine
    function. Without --box the whole space; with it also the mean over the box of the tangent
    sensitivity. What the architecture allows at most is said on stderr.

    Example: critcount regions net.npz --box -1,1
    """
    from critcount.architecture import widths_text
    from critcount.piecewise import count_regions, tangent_sensitivity
    from critcount.piecewise.bounds import most_regions
    from critcount.weights.network import Network

    format_ = chosen_format(format_, output)
    loaded = Network.load(network, **reading)
    most = most_regions(loaded.widths)
    inside = chosen_box(box)
    rows: list[tuple[TableCell, ...]] = [
        ("architecture", None, widths_text(loaded.widths)),
        ("regions", "activation", count_regions(loaded, inside, limit=limit)),
        ("regions", "linear", count_regions(loaded, inside, "linear", limit=limit)),
    ]
    if inside is not None:
        mean = tangent_sensitivity(loaded, box=inside, limit=limit)
        rows.append(("tangent sensitivity", "mean", mean))
    emit(VALUE_COLUMNS, rows, format_, output, significant, command_line())
    streams.remark(f"at most {most} regions")


@click.command(cls=Command)
@click.argument("architecture")
@weights_options
@limit_option("--max-terms", 10**7, "terms of the sums")
@output_options()
def bounds(
    architecture: str,
    reading: dict[str, Any],
    limit: int,
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Bound the most regions that ReLU networks of an architecture have.

    ARCHITECTURE is a list of widths such as 2-8-8-1, or the path of a .safetensors or .npz file.
    Upper bounds hold for every network, lower ones are attained by some.

    Example: critcount bounds 2-8-8-1
    """
    from critcount.piecewise.bounds import Bound, bound_rows

    format_ = chosen_format(format_, output)
    shape = chosen_architecture(architecture, reading)
    rows = bound_rows(shape, limit=limit)
    emit(Bound._fields, rows, format_, output, significant, command_line())


def chosen_box(box: Ranges) -> BoxLike | None:
    """Return the box that was named: a pair for all inputs, pairs, or None."""
    return None if not box else box[0] if len(box) == 1 else list(box)


def read_network(text: str, reading: dict[str, Any]) -> Network | None:
    """Return the network whose weights an argument names; None for widths."""
    from critcount.weights.files import is_weight_file
    from critcount.weights.network import Network

    if is_weight_file(text) or (not text.replace("-", "").isdigit() and os.path.exists(text)):
        return Network.load(text, **reading)
    chosen_architecture(text, reading)  # refuses what goes with weights
    return None
