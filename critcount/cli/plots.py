"""`critcount plot`."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import click

from critcount.cli.command import CommandGroup
from critcount.cli.common import (
    IntegerType,
    chosen_architecture,
    file_option,
    max_digits_option,
    minimal_option,
    one_layer,
    problem_options,
    progress,
    weights_options,
)
from critcount.cli.piecewise import Ranges, RangeType, box_option, chosen_box, read_network

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from critcount.connectivity.products import GraphKind
    from critcount.landscape.problem import Problem
    from critcount.plots.piecewise import Quantity

__all__ = ["plot"]


@click.group(cls=CommandGroup)
def plot() -> None:
    """Draw a figure to a .png, .svg or .pdf file.

    Axes of numbers are logarithmic and hold numbers of any length. The same command writes the
    same bytes.
    """


@plot.command()
@click.argument("r_stars", nargs=-1, type=IntegerType(), metavar="[R_STAR]...")
@click.option(
    "--max-m", type=IntegerType(), help="Largest width; by default some way past the crossover."
)
@file_option("the figure to a .png, .svg or .pdf file")
def ratio(r_stars: tuple[int, ...], max_m: int | None, output: str) -> None:
    """Draw critical against global subspaces, with the crossover.

    The ratio of the critical subspaces of all smaller widths to the subspaces of global minima,
    for minimal widths R_STAR, 3 10 30 100 by default. A ring marks the crossover.

    Example: critcount plot ratio 3 10 30 100 -o ratio.svg
    """
    from critcount.plots import counts, frames

    _ready(output)
    frame = frames.ratio_frame(r_stars, max_m) if r_stars else frames.ratio_frame(max_m=max_m)
    _save(counts.ratio(frame), output)


@plot.command()
@click.argument("widths", nargs=-1, type=IntegerType(), metavar="[R]...")
@click.option("--max-m", type=IntegerType(), default=200, show_default=True, help="Largest width.")
@file_option("the figure to a .png, .svg or .pdf file")
def growth(widths: tuple[int, ...], max_m: int, output: str) -> None:
    """Draw T(R, m) and G(R, m) against the width m.

    For R = 1 4 16 64 by default.

    Example: critcount plot growth 1 10 100 --max-m 60000 -o growth.pdf
    """
    from critcount.plots import counts, frames

    _ready(output)
    frame = frames.growth_frame(widths, max_m) if widths else frames.growth_frame(max_m=max_m)
    _save(counts.growth(frame), output)


@plot.command()
@click.argument("architecture")
@minimal_option(required=True)
@weights_options
@file_option("the figure to a .png, .svg or .pdf file")
def dimensions(
    architecture: str, minimal: tuple[int, ...], reading: dict[str, Any], output: str
) -> None:
    """Draw how many subspaces of global minima have which dimension.

    For a network with one hidden layer.

    Example: critcount plot dimensions 10-20-1 --minimal 4 -o dimensions.png
    """
    from critcount.plots import counts, frames

    _ready(output)
    network = chosen_architecture(architecture, reading)
    r, m = one_layer(network, minimal)
    frame = frames.dimensions_frame(r, m, network.d_in, network.d_out)
    title = f"{network}, minimal width {r}"
    _save(counts.dimensions(frame, title), output)


@plot.command()
@click.argument("architecture")
@click.option(
    "--max-order",
    type=IntegerType(),
    default=20,
    show_default=True,
    help="Highest order of permutation points.",
)
@weights_options
@max_digits_option
@file_option("the figure to a .png, .svg or .pdf file")
def factors(
    architecture: str,
    max_order: int,
    reading: dict[str, Any],
    max_digits: int | None,
    output: str,
) -> None:
    """Draw the permutation points per minimum, by order.

    Three curves: pairs of neurons that collide in one layer, in any layers, and blocks of any
    size.

    Example: critcount plot factors 784-300-100-10 -o factors.svg
    """
    from critcount.output import tables
    from critcount.plots import counts

    _ready(output)
    network = chosen_architecture(architecture, reading)
    frame = tables.permutation_point_table([network], max_order, max_digits=max_digits)
    _save(counts.factors(frame), output)


@plot.command()
@click.argument("architecture")
@minimal_option(required=True)
@weights_options
@click.option(
    "--kind",
    type=click.Choice(("intersection", "refinement")),
    default="intersection",
    show_default=True,
    help="An edge where two subspaces meet, or only where one arises from the other by merging "
    "a zero-type block of one layer.",
)
@file_option("the figure to a .png, .svg or .pdf file")
def graph(
    architecture: str, minimal: tuple[int, ...], reading: dict[str, Any], kind: str, output: str
) -> None:
    """Draw the graph of the subspaces of global minima.

    Of at most 500 nodes, coloured by the sizes of their blocks. A minimal width of one less than
    the layer's gives the equal-loss valley of a layer, whose nodes with a pair are its permutation
    points.

    Example: critcount plot graph 1-3-1 --minimal 2 -o valley.svg
    """
    from critcount.connectivity import NetworkGraph
    from critcount.plots import graphs

    _ready(output)
    network = chosen_architecture(architecture, reading)
    whole = NetworkGraph(network, minimal, cast("GraphKind", kind))
    _save(graphs.draw(whole.layers[0] if len(whole.layers) == 1 else whole), output)


@plot.command()
@click.argument("network", type=click.Path())
@box_option
@click.option(
    "--color",
    type=click.Choice(("sensitivity", "active", "slope")),
    default="sensitivity",
    show_default=True,
    help="What colours the regions: the tangent sensitivity, the active neurons, or the norm of "
    "the gradient.",
)
@weights_options
@file_option("the figure to a .png, .svg or .pdf file")
def regions(
    network: str, box: Ranges, color: Quantity, reading: dict[str, Any], output: str
) -> None:
    """Draw the regions of a ReLU network with two inputs.

    NETWORK is a .safetensors or .npz file. The box is -1,1 by default.

    Example: critcount plot regions net.npz --box -2,2 -o regions.svg
    """
    from critcount.plots import piecewise
    from critcount.weights.network import Network

    _ready(output)
    loaded = Network.load(network, **reading)
    _save(piecewise.draw_regions(loaded, chosen_box(box) or (-1, 1), color), output)


@plot.command()
@click.argument("network", type=click.Path())
@box_option
@weights_options
@file_option("the figure to a .png, .svg or .pdf file")
def sensitivity(network: str, box: Ranges, reading: dict[str, Any], output: str) -> None:
    """Draw how the tangent sensitivity of a ReLU network spreads over its regions.

    NETWORK is a .safetensors or .npz file with at most four inputs. The box is -1,1 by default.

    Example: critcount plot sensitivity net.npz --box -2,2 -o sensitivity.svg
    """
    from critcount.plots import piecewise
    from critcount.weights.network import Network

    _ready(output)
    loaded = Network.load(network, **reading)
    _save(piecewise.draw_sensitivity(loaded, chosen_box(box) or (-1, 1)), output)


@plot.command()
@click.argument("network")
@click.option(
    "--interval", type=RangeType(), help="Show only this interval; by default all knots."
)
@weights_options
@file_option("the figure to a .png, .svg or .pdf file")
def knots(
    network: str,
    interval: tuple[Fraction, Fraction] | None,
    reading: dict[str, Any],
    output: str,
) -> None:
    """Draw the graph of a ReLU network with one input, and its knots.

    NETWORK is a .safetensors or .npz file, or widths such as 1-3-3-1: the network with the most
    knots that is known.

    Example: critcount plot knots 1-3-3-1 -o knots.svg
    """
    from critcount.piecewise import most_knots_network
    from critcount.plots import piecewise

    _ready(output)
    loaded = read_network(network, reading)
    _save(piecewise.draw_function(loaded or most_knots_network(network), interval), output)


@plot.command("critical-line")
@click.argument("network", type=click.Path())
@problem_options
@click.option(
    "--layer",
    type=IntegerType(0),
    default=0,
    show_default=True,
    help="The hidden layer, counted from 0.",
)
@click.option(
    "--neuron",
    type=IntegerType(0),
    default=0,
    show_default=True,
    help="Neuron of the layer, counted from 0.",
)
@weights_options
@file_option("the figure to a .png, .svg or .pdf file")
def critical_line(
    network: str,
    problem: Callable[..., Problem],
    layer: int,
    neuron: int,
    reading: dict[str, Any],
    output: str,
) -> None:
    """Draw loss and eigenvalues where a neuron is replaced by two copies.

    NETWORK is a .safetensors or .npz file, a critical point of the loss; the share of the first
    copy goes from -0.6 to 1.6. The plateau, where the points are local minima, is shaded. Needs
    the extra "landscape".

    Example: critcount plot critical-line net.npz --data task.npz --neuron 1 -o line.svg
    """
    from critcount.landscape.lines import along_critical_line
    from critcount.plots import critical
    from critcount.weights.network import Network

    _ready(output)
    loaded = Network.load(network, **reading)
    line = along_critical_line(problem(), loaded, layer, neuron)
    _save(critical.critical_line(line), output)


@plot.command()
@click.argument("network", type=click.Path())
@problem_options
@click.option(
    "--points",
    type=IntegerType(2, 30),
    default=8,
    show_default=True,
    help="Number of values of ε, from 1/16 on, each half of the one before.",
)
@weights_options
@file_option("the figure to a .png, .svg or .pdf file")
def channel(
    network: str,
    problem: Callable[..., Problem],
    points: int,
    reading: dict[str, Any],
    output: str,
) -> None:
    """Draw loss and largest eigenvalue along a channel to infinity, with their laws.

    NETWORK is a .safetensors or .npz file, a network on its way: some of its neurons are near each
    other and cancel. The end of the channel is found in finite coordinates, and the channel
    followed back from there. Needs the extra "landscape".

    Example: critcount plot channel net.npz --data task.npz -o channel.svg
    """
    from critcount.landscape import channels
    from critcount.plots import critical
    from critcount.weights.network import Network

    _ready(output)
    posed = problem()
    end = channels.channel_end(posed, Network.load(network, **reading))
    # from the end outwards, so that the floor is not left where it ends
    epsilons = [2.0 ** -(3 + points - n) for n in range(points)]
    with progress("points", points) as advance:
        followed = channels.follow_channel(posed, end.gated, epsilons, advance=advance)
    _save(critical.channel_laws(end, followed[::-1]), output)


@plot.command()
@click.argument("tallies", nargs=-1, required=True, type=click.Path(), metavar="TALLY...")
@file_option("the figure to a .png, .svg or .pdf file")
def endings(tallies: tuple[str, ...], output: str) -> None:
    """Draw how trainings ended, by width: shares of minima, plateaus and channels.

    TALLY is a file that 'critcount experiment rosenbrock -o TALLY.csv' writes; a panel for each,
    with the name of the file.

    Example: critcount plot endings without-biases.csv with-biases.csv -o endings.svg
    """
    from pathlib import Path

    from critcount.output import export
    from critcount.plots import landscape

    _ready(output)
    frames = [export.read_frame(file) for file in tallies]
    names = [Path(file).stem.replace("-", " ") for file in tallies]
    _save(landscape.endings(frames, names), output)


def _ready(output: str) -> None:
    """Refuse a wrong suffix before any work."""
    from critcount.plots import style

    style.image_format(output)


def _save(figure: Figure, output: str) -> None:
    from critcount.plots import style

    style.save_figure(figure, output)
