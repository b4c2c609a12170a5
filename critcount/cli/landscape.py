"""`critcount experiment`."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from critcount.cli.command import CommandGroup
from critcount.cli.common import (
    QUIET_SECONDS,
    Decorated,
    FileType,
    IntegerType,
    NumberType,
    WidthsType,
    announce_work,
    chosen_format,
    command_line,
    output_options,
    progress,
    seed_option,
    target,
)
from critcount.cli.streams import note, remark

if TYPE_CHECKING:
    import pandas as pd

    from critcount.landscape.experiments.collisions import Collisions
    from critcount.landscape.experiments.students import Students
    from critcount.landscape.reckoning import PathWork

__all__ = ["experiment"]


FORMATS = ("text", "json", "csv", "parquet", "latex", "markdown")


class ListType(click.ParamType):  # type: ignore[type-arg]
    """Whole numbers joined by commas, such as 4,5,10."""

    name = "N,N"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Return the numbers."""
        if isinstance(value, tuple):
            return value
        parts = str(value).split(",")
        if not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts):
            self.fail(f"must be numbers such as 4,5,10, not {str(value)[:60]!r}", param, ctx)
        return tuple(map(int, parts))


def _run_options(
    seeds: int | None, tables: Sequence[str], activation: str = "generic"
) -> Callable[[Decorated], Decorated]:
    """Add --activation, --seeds, --seed, --folder, --scheduler and --table."""

    def add(command: Decorated) -> Decorated:
        for option in (
            click.option(
                "--table",
                type=click.Choice(tables),
                default=tables[0],
                show_default=True,
                help="What is printed.",
            ),
            click.option(
                "--scheduler",
                metavar="ADDRESS",
                help="Scheduler of a Dask cluster that does the work: tcp://10.0.0.1:8786.",
            ),
            click.option(
                "--folder",
                type=click.Path(file_okay=False),
                metavar="FOLDER",
                help="Keep what is finished here; the same command goes on from what is there.",
            ),
            seed_option,
            click.option(
                "--activation",
                metavar="NAME",
                default=activation,
                show_default=True,
                help="Activation function of the networks: tanh, gelu, softplus, …, all names of "
                "'critcount count'; generic is sigmoid(4x) + softplus(x).",
            ),
            click.option(
                "--seeds",
                type=IntegerType(1, 10_000),
                default=seeds,
                show_default=True if seeds else "50·2^width",
                help="Networks of each width, trained from --seed and the numbers after it.",
            ),
        ):
            command = option(command)
        return command

    return add


def _figure(name: str, what: str) -> Callable[[Decorated], Decorated]:
    return click.option(f"--{name}", type=FileType(), help=f"Draw {what}: .png, .svg or .pdf.")


steps_option = click.option(
    "--steps",
    type=IntegerType(0),
    help="Number of steps of Adam, before the second-order method takes over.",
)
step_option = click.option(
    "--step",
    type=NumberType(),
    default=0.25,
    show_default=True,
    help="Step of the grid of inputs, from -5 to 5 in each coordinate.",
)
paths_option = _figure("figure", "the losses along the paths of the first hidden layer")
spectra_option = _figure("spectra", "the Hessian spectra at the points of the first hidden layer")
students_option = _figure("figure", "neurons of the first students in the input plane")


@click.group(cls=CommandGroup)
def experiment() -> None:
    """Train real networks, and look where they land.

    Needs the extra "landscape". Long runs show their progress; with --folder an interrupted run
    goes on where it was.
    """


@experiment.command()
@click.option(
    "--width",
    type=IntegerType(2),
    default=3,
    show_default=True,
    help="Width of the hidden layer; 4 neurons can fit the function.",
)
@_run_options(5, ("tally", "points", "minima"))
@paths_option
@spectra_option
@output_options(FORMATS)
def toy(width: int, **options: Any) -> None:
    """Permutation points of one hidden layer that approximates a function.

    Every pair of neurons of every minimum collides. The tally counts the points by their index
    (negative eigenvalues of the Hessian) and nullity (vanishing ones), and whether the path is
    highest at the point.

    Example: critcount experiment toy --seeds 3 --figure paths.svg
    """
    from critcount.landscape.experiments import approximation

    pairs = options["seeds"] * (width * (width - 1) // 2)

    def announce(work: PathWork) -> None:
        announce_work("each path", work, pairs)

    with _running("minima and pairs", options["seeds"] + pairs, options) as keywords:
        found = approximation.toy(width, announce=announce, **keywords)
    _collisions(found, options)


@experiment.command("teacher-student")
@click.option(
    "--widths",
    type=ListType(),
    default="4,5,10",
    show_default=True,
    help="Hidden widths of the students.",
)
@_run_options(20, ("tally", "students"))
@steps_option
@step_option
@students_option
@output_options(FORMATS)
def teacher_student(widths: tuple[int, ...], step: float, **options: Any) -> None:
    """Students of a teacher 2-4-1, and the configurations that they end in.

    The tally lists for every width how many students came to zero loss, with how many copies of
    the teacher's neurons and zero-type groups of which size, and at which loss the others stayed.

    Example: critcount experiment teacher-student --widths 4,5 --activation tanh
    """
    from critcount.landscape.experiments import teaching

    _require_panels(widths, options)
    with _running("students", len(widths) * options["seeds"], options) as keywords:
        found = teaching.teacher_student(widths, step=step, **keywords)
    _students(found, options)


@experiment.command("deep-teacher")
@click.option(
    "--widths",
    type=ListType(),
    default="5,20",
    show_default=True,
    help="Widths of the students: each is that of all three hidden layers.",
)
@click.option(
    "--teacher-seed",
    type=IntegerType(0),
    help="Seed of a random teacher without biases, which takes the place of the published one.",
)
@_run_options(50, ("tally", "students"), "tanh")
@step_option
@click.option(
    "--iterations",
    type=IntegerType(1),
    default=4000,
    show_default=True,
    help="Most iterations of each second-order method.",
)
@steps_option
@students_option
@output_options(FORMATS)
def deep_teacher(
    widths: tuple[int, ...],
    teacher_seed: int | None,
    iterations: int,
    step: float,
    **options: Any,
) -> None:
    """Students of a deep teacher 2-4-4-4-1, classified up to the symmetries of the activation.

    50 students of the widths 5 and 20 are the published task; they take days of one core.

    Example: critcount experiment deep-teacher --widths 5 --seeds 3 --folder run
    """
    from critcount.landscape.experiments import teaching

    _require_panels(widths, options)
    with _running("students", len(widths) * options["seeds"], options) as keywords:
        found = teaching.deep_teacher(
            widths, teacher_seed=teacher_seed, iterations=iterations, step=step, **keywords
        )
    _students(found, options)


@experiment.command("rosenbrock")
@click.option(
    "--widths", type=ListType(), default="1,2,3,4,5", show_default=True, help="Hidden widths."
)
@click.option(
    "--points",
    type=IntegerType(2),
    default=100,
    show_default=True,
    help="Number of points of the grid along each coordinate.",
)
@click.option("--biases", is_flag=True, help="Train networks with biases.")
@click.option(
    "--flow",
    type=NumberType(),
    default=0.0,
    metavar="TIME",
    help="Time of gradient flow after Adam; with --steps 0 from the start on, as in the paper.",
)
@_run_options(None, ("tally", "trainings"))
@steps_option
@output_options(FORMATS)
def rosenbrock(
    widths: tuple[int, ...], points: int, biases: bool, flow: float, **options: Any
) -> None:
    """How trainings end on the modified Rosenbrock function: minima, plateaus, channels.

    The tally counts for every width how many ended in a minimum, on a plateau (a minimum with
    copies of neurons), in a channel to infinity, diverging otherwise, at a saddle, or not done.

    Example: critcount experiment rosenbrock --widths 1,2 --seeds 10
    """
    from critcount.landscape.experiments import endings

    total = sum(endings.starts(widths, options["seeds"]).values())
    with _running("trainings", total, options) as keywords:
        found = endings.train_rosenbrock(
            widths, points=points, biases=biases, flow=flow, **keywords
        )
    _print(found.tally() if options["table"] == "tally" else found.to_frame(), options)


_mnist_option = click.option(
    "--mnist",
    type=click.Path(file_okay=False),
    required=True,
    metavar="FOLDER",
    help="Folder with MNIST's idx files.",
)


@experiment.command("mnist-saddles")
@_mnist_option
@click.option(
    "--widths",
    type=WidthsType(),
    default="10-10",
    show_default=True,
    help="Widths of the hidden layers.",
)
@click.option(
    "--samples", type=IntegerType(1), default=2000, show_default=True, help="Number of images."
)
@click.option(
    "--weight-decay",
    type=NumberType(),
    default=1e-3,
    show_default=True,
    help="Weight of the squared parameters in the loss: λ, of λ/2 Σ θ².",
)
@_run_options(15, ("points",), "tanh")
@output_options(FORMATS)
def mnist_saddles(
    mnist: str, widths: tuple[int, ...], samples: int, weight_decay: float, **options: Any
) -> None:
    """Permutation saddles of a multilayer network on MNIST, 784 inputs, with weight decay.

    One point for every seed and hidden layer, found by minimising with two neurons tied; its index
    comes from a matrix of the size of one neuron.

    Example: critcount experiment mnist-saddles --mnist MNIST --seeds 3
    """
    from critcount.landscape.experiments import saddles

    with _running("points", len(widths) * options["seeds"], options) as keywords:
        found = saddles.mnist_saddles(
            mnist, widths, samples=samples, weight_decay=weight_decay, **keywords
        )
    _print(found.to_frame(), options)


@experiment.command("mnist-descents")
@_mnist_option
@click.option(
    "--widths",
    type=ListType(),
    default="10,20,50,100,250,1000",
    show_default=True,
    help="Hidden widths.",
)
@click.option(
    "--samples", type=IntegerType(1), default=10_000, show_default=True, help="Number of images."
)
@click.option(
    "--rate", type=NumberType(), default=1e-3, show_default=True, help="Rate of Adam, constant."
)
@_run_options(1, ("last", "descents"), "softplus")
@steps_option
@output_options(FORMATS)
def mnist_descents(
    mnist: str, widths: tuple[int, ...], samples: int, rate: float, **options: Any
) -> None:
    """Loss and gradient of networks 784-n-10 on MNIST against the steps of Adam.

    Biases, cross-entropy, all images in every step; 500 steps by default.

    Example: critcount experiment mnist-descents --mnist mnist --widths 10,20 --folder run
    """
    from critcount.landscape.experiments import descents

    with _running("descents", len(widths) * options["seeds"], options) as keywords:
        found = descents.mnist_descents(mnist, widths, samples=samples, rate=rate, **keywords)
    _print(found.last_frame() if options["table"] == "last" else found.to_frame(), options)


@contextlib.contextmanager
def _running(label: str, total: int, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what every experiment takes, when all that the options ask for can be done."""
    figures = [options[name] for name in ("figure", "spectra") if options.get(name)]
    if figures:
        from critcount.plots import style

        for file in figures:
            style.image_format(file)
        with style.look():  # matplotlib is there
            pass
    options["format_"] = chosen_format(options["format_"], options["output"], FORMATS)
    keywords = {name: options[name] for name in ("seeds", "seed", "activation", "folder")}
    if options.get("steps") is not None:
        keywords["steps"] = options["steps"]
    context = click.get_current_context()

    def size() -> None:
        with context.scope(cleanup=False):  # another thread has none of its own
            remark(f"{total:,} {label} to do")

    said = threading.Timer(QUIET_SECONDS, size)  # bad input is refused before
    said.daemon = True
    said.start()
    try:
        with contextlib.ExitStack() as stack:
            if (address := options["scheduler"]) is not None:
                from critcount._support.cluster import cluster_client

                keywords["client"] = stack.enter_context(cluster_client(address))
            advance = stack.enter_context(progress(label, total))
            yield {**keywords, "advance": advance}
    except KeyboardInterrupt:
        if (folder := options["folder"]) is not None:
            note(f"what is finished is in {folder}; the same command goes on from there")
        raise
    finally:
        said.cancel()


def _require_panels(widths: Sequence[int], options: Mapping[str, object]) -> None:
    """Refuse a figure that has no room for a student of every width."""
    if options["figure"]:
        from critcount.plots.landscape import require_room

        require_room(len(widths))


def _collisions(found: Collisions, options: dict[str, Any]) -> None:
    frames = {
        "tally": found.tally,
        "points": found.to_frame,
        "minima": found.minima_frame,
    }
    _print(frames[options["table"]](), options)
    if missed := sum(not minimum.converged for minimum in found.minima):
        note(f"{missed} of {len(found.minima)} trainings did not converge: --table minima")
    if missed := sum(not point.converged for point in found.points):
        note(f"{missed} of {len(found.points)} points did not converge: --table points")
    if options["figure"] or options["spectra"]:
        from critcount.plots import landscape, style

        for name, draw in (("figure", landscape.loss_along_paths), ("spectra", landscape.spectra)):
            if options[name]:
                style.save_figure(draw(found), options[name])


def _students(found: Students, options: dict[str, Any]) -> None:
    frame = found.tally() if options["table"] == "tally" else found.to_frame()
    _print(frame, options)
    zero, positive = found.gap()
    above = "there is none" if positive is None else f"the smallest is {positive:.1e}"
    note(
        f"losses relative to the targets' mean square: the largest that counts as zero is "
        f"{zero:.1e}; of those that do not, {above}"
    )
    if options["figure"]:
        from critcount.plots import landscape, style

        style.save_figure(landscape.students(found), options["figure"])


def _print(frame: pd.DataFrame, options: dict[str, Any]) -> None:
    from critcount.output import export

    format_ = options["format_"]
    export.write_frame(
        frame,
        target(options["output"], format_),
        format_,
        significant=options["significant"],
        comment=command_line(),
    )
