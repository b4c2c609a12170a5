"""`critcount count`, `critcount table`, `critcount publish`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

import click

from critcount.cli import models, streams
from critcount.cli.command import Command
from critcount.cli.common import (
    IntegerType,
    biases_option,
    chosen_architecture,
    chosen_format,
    command_line,
    emit,
    max_digits_option,
    minimal_option,
    output_options,
    reduced_option,
    target,
    weights_options,
)

if TYPE_CHECKING:
    from critcount.architecture import Architecture
    from critcount.output.rendering import Rows
    from critcount.output.zero_loss import Counted

__all__ = ["count", "publish", "table"]

TABLE_FORMATS = ("text", "json", "csv", "parquet", "latex", "markdown")


@click.command(cls=Command)
@click.argument("architecture")
@minimal_option(required=False)
@reduced_option
@click.option(
    "--max-order",
    type=IntegerType(),
    default=3,
    show_default=True,
    help="Highest order of permutation points.",
)
@click.option(
    "--all-widths",
    is_flag=True,
    help="With --minimal, one hidden layer: list the critical subspaces of each smaller width.",
)
@click.option(
    "--activation",
    metavar="NAME",
    help="Count for this activation (gelu, relu, tanh, …): with --minimal the zero-loss set, "
    "with --reduced critical subspaces.",
)
@biases_option
@click.option(
    "--skip", is_flag=True, help="With --activation: the inputs also go to the outputs linearly."
)
@click.option(
    "--domain",
    is_flag=True,
    help="With --activation and --minimal: also the types on a bounded domain, where neurons may "
    "be dead or linear.",
)
@weights_options
@max_digits_option
@output_options()
def count(
    architecture: str,
    minimal: tuple[int, ...] | None,
    reduced: tuple[int, ...] | None,
    max_order: int,
    all_widths: bool,
    activation: str | None,
    biases: str | None,
    skip: bool,
    domain: bool,
    reading: dict[str, Any],
    max_digits: int | None,
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Count the minima, permutation points and subspaces of a network.

    ARCHITECTURE is a list of widths such as 784-300-100-10, the path of a .safetensors or .npz
    file with the weights of one multilayer perceptron, or any model as an .onnx file: see
    `critcount symmetry`.

    With --minimal, the widths of the smallest network that reaches zero loss: the affine
    subspaces of global minima, their dimensions, whether they are connected and, for one hidden
    layer, how the critical subspaces of all smaller widths compare (mild regime: they dominate;
    vast: the global minima do). With --reduced, the critical subspaces of that smaller network.

    Without --activation the numbers are those of a generic one without biases. With it, of one
    hidden layer: the symmetries, the components of the zero-loss set, and its connected pieces
    with 0 to 3 spare neurons; of several the types that the layers have on their own. Names:
    generic, tanh, erf, sigmoid, gaussian, softplus, gelu, silu, relu, leaky_relu (leaky_relu:0.2
    for another slope), elu, selu, celu, mish, sin, cos, exp.

    Example: critcount count 2-6-1 --minimal 4
    """
    if models.is_model(architecture):
        if minimal or reduced or all_widths:
            raise click.UsageError("--minimal, --reduced and --all-widths go with widths")
        models.show_symmetry(architecture, (), format_, output, significant, max_order)
        return
    from critcount.output import report

    format_ = chosen_format(format_, output)
    network = chosen_architecture(architecture, reading)
    if all_widths and (minimal is None or len(minimal) != 1):
        raise click.UsageError("--all-widths needs --minimal with one width")
    if activation is not None:
        if all_widths or (minimal is None and reduced is None):
            raise click.UsageError("--activation goes with --minimal, --reduced or both")
        setting = (activation, biases or "all", skip)
        found = _of_activation(network, minimal, reduced, setting, domain, max_digits)
        _show(found, format_, output, significant)
        return
    if biases is not None or skip or domain:
        raise click.UsageError("--biases, --skip and --domain go with --activation")
    counts = report.count(
        network, minimal, reduced, max_order, all_widths=all_widths, max_digits=max_digits
    )
    if format_ == "json":
        import json

        from critcount._support import files

        files.put(json.dumps(report.to_json(counts), indent=1) + "\n", target(output))
    else:
        rows = report.rows(counts)
        if format_ != "csv":
            rows = [row._replace(quantity=row.quantity.replace("_", " ")) for row in rows]
        emit(report.COLUMNS, rows, format_, output, significant, command_line())


def _of_activation(
    network: Architecture,
    minimal: tuple[int, ...] | None,
    reduced: tuple[int, ...] | None,
    setting: tuple[str, Any, bool],
    domain: bool,
    max_digits: int | None,
) -> list[Counted]:
    from critcount.output import zero_loss

    activation, biases, skip = setting
    several = len(network.hidden) > 1
    if several and skip:
        raise click.UsageError("--skip goes with one hidden layer")
    if domain and (several or minimal is None):
        raise click.UsageError("--domain goes with one hidden layer and --minimal")
    found: list[Counted] = []
    if minimal is not None and several:
        found.append(
            zero_loss.network_zero_loss(
                network, minimal, activation, biases, max_digits=max_digits
            )
        )
    elif minimal is not None:
        if len(minimal) != 1:
            raise click.UsageError("--minimal needs one width for one hidden layer")
        found.append(
            zero_loss.zero_loss(
                network, minimal[0], *setting, domain=domain, max_digits=max_digits
            )
        )
    if reduced is not None:
        found.append(
            zero_loss.critical_of_reduced(network, reduced, *setting, max_digits=max_digits)
        )
    return found


def _show(found: list[Counted], format_: str, output: str, significant: int | None) -> None:
    from critcount.output import report, zero_loss

    if format_ == "json":
        import json

        from critcount._support import files

        document = json.dumps(zero_loss.zero_loss_json(*found), indent=1, ensure_ascii=False)
        files.put(document + "\n", target(output))
        return
    rows = zero_loss.zero_loss_rows(*found)
    if format_ != "csv":
        rows = [row._replace(quantity=row.quantity.replace("_", " ")) for row in rows]
    emit(report.COLUMNS, rows, format_, output, significant, command_line())


@click.command(cls=Command)
@click.argument(
    "kind",
    type=click.Choice(
        [
            "permutation-points",
            "subspaces",
            "regimes",
            "activations",
            "architectures",
            "models",
            "connectivity",
            "knots",
            "regions",
            "triangle",
        ]
    ),
    metavar="KIND",
)
@click.argument("inputs", nargs=-1, metavar="[INPUT]...")
@click.option("--columns", metavar="NAME,NAME", help="Print only these columns, in this order.")
@click.option(
    "--drop-constant",
    is_flag=True,
    help="Leave out columns that are the same in every row; LaTeX says them above the table.",
)
@click.option(
    "--decimals",
    type=IntegerType(1, 10_000),
    help="For reading: beside every fraction its decimal, rounded to so many digits.",
)
@click.option("--group", is_flag=True, help="For reading: group digits in threes.")
@click.option(
    "--max-order", type=IntegerType(), help="permutation-points: the highest order.  [3]"
)
@click.option(
    "--max-m",
    type=IntegerType(),
    help="subspaces, triangle: the last row.  [8]",
)
@click.option(
    "--max-nodes",
    type=IntegerType(),
    help="connectivity: the most nodes of a graph.  [25000]",
)
@click.option(
    "--max-width",
    type=IntegerType(),
    help="knots: the largest width.  [5]",
)
@click.option("--max-r", type=IntegerType(1), help="activations: the largest minimal width.  [3]")
@click.option(
    "--max-extra",
    type=IntegerType(),
    help="regimes, activations: the most neurons beyond the minimal width.  [8, 4]",
)
@max_digits_option
@output_options(TABLE_FORMATS)
def table(
    kind: str,
    inputs: tuple[str, ...],
    columns: str | None,
    drop_constant: bool,
    decimals: int | None,
    group: bool,
    max_order: int | None,
    max_m: int | None,
    max_r: int | None,
    max_extra: int | None,
    max_nodes: int | None,
    max_width: int | None,
    max_digits: int | None,
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Print a table of counts.

    KIND is one of these, with its INPUT:

    \b
    permutation-points ARCHITECTURE...  factors and numbers by order
    subspaces                           the triangles of T(r, m) and G(r, m)
    regimes [R_STAR...]                 critical against global subspaces, crossover
    activations [NAME[/BIASES]...]      types for gelu, tanh/none, …
    architectures NETWORKS.toml         a list of named networks
    models MODELS.toml                  the symmetry of real models
    connectivity                        the graphs with at most 25,000 nodes
    knots                               the most knots of two and three ReLU layers
    regions [ARCHITECTURE...]           bounds for the regions of ReLU networks
    triangle T|G                        one of the triangles, a row for each m

    Example: critcount table regimes 4 --columns m,ratio --decimals 3 -o ratio.tex
    """  # noqa: D301 - the backspace is click's sign for a paragraph left as it is
    from critcount.output import export, papers, tables
    from critcount.output.rendering import cell_text
    from critcount.publish import TABLES

    format_ = chosen_format(format_, output, TABLE_FORMATS)
    options = {
        "max_order": max_order,
        "max_m": max_m,
        "max_r": max_r,
        "max_extra": max_extra,
        "max_nodes": max_nodes,
        "max_width": max_width,
        "max_digits": max_digits,
    }
    chosen = TABLES[kind]
    given = {name: value for name, value in options.items() if value is not None}
    if misplaced := sorted(set(given) - set(chosen.options)):
        option = "--" + misplaced[0].replace("_", "-")
        raise click.UsageError(f"{option} does not go with the table {kind}")
    frame = chosen.make(chosen.read(inputs), **given)
    reading = format_ in export.READABLE
    if (decimals is not None or group) and not reading:
        raise click.UsageError(f"--decimals and --group are for reading, not for {format_}")
    comment = command_line() + "\n" + chosen.formula
    if reading and columns is None:
        frame = tables.without_logarithms(frame)
    if reading and decimals is None:
        frame = tables.with_float_ratios(frame)
    names = [str(name) for name in frame.columns]
    rows: Rows = list(frame.itertuples(index=False, name=None))
    if columns is not None:
        names, rows = papers.choose_columns(names, rows, columns.split(","))
    if drop_constant:
        (names, rows), gone = papers.drop_constant(names, rows)
        comment += "".join(f"\n{name} = {cell_text(cell, None)}" for name, cell in gone)
    if decimals is not None:
        names, rows = papers.decimals(names, rows, decimals)
    if reading:
        names = [name.replace("_", " ") for name in names]
    export.write_rows(
        names,
        rows,
        target(output, format_),
        cast("export.Format", format_),
        significant=significant,
        comment=comment,
        group=group,
    )


@click.command(cls=Command)
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and say what differs.")
@click.option(
    "--claims",
    "run_folder",
    type=click.Path(exists=True, file_okay=False),
    metavar="FOLDER",
    help="The folder of a full run of 'critcount verify': its figures and verdicts.",
)
def publish(folder: str, check: bool, run_folder: str | None) -> int:
    """Write every published table of FOLDER, or check that each is what it should be.

    FOLDER holds architectures.toml, the list of networks. The table of claims keeps the figures
    that it has, unless --claims names a run; with --check the figures are not compared, the
    verdicts are, with those recorded or those of the run.

    Example: critcount publish tables --check
    """
    from critcount import publish as published
    from critcount.claims import registry
    from critcount.claims.running import run
    from critcount.cli.common import progress

    with progress("tables", None) as advance:
        findings = None
        if run_folder is not None:
            if not any(name.endswith(".json") for name in os.listdir(run_folder)):
                raise click.UsageError(f"{run_folder} holds no run of 'critcount verify'")
            findings = run(registry.choose_claims(), folder=run_folder, advance=advance)
        if not check:
            for path in published.write_tables(folder, advance, findings):
                click.echo(path)
            return 0
        differences = published.check_tables(folder, advance, findings)
    for line in differences:
        click.echo(line)
    if differences:
        streams.say(f"{len(differences)} differences in {folder}")
    return 1 if differences else 0
