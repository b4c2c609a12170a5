"""Training to the last digit: Adam, then second-order methods until the gradient vanishes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from critcount._support import checks, markup
from critcount._support.progress import silent
from critcount._support.types import Advance, Array
from critcount.landscape.channels import find_channels
from critcount.landscape.conditioned import Conditioner, descended
from critcount.landscape.flow import flowed, require_time
from critcount.landscape.optimise import (
    EIGENVALUE_NOISE,
    FLAT,
    Function,
    Options,
    beginning,
    minimum,
    polished,
)
from critcount.landscape.problem import Objective, Problem
from critcount.landscape.spectra import lowest_eigenvalues
from critcount.landscape.vectors import (
    MatrixShapes,
    network_of,
    random_vector,
    to_vector,
)
from critcount.weights.network import Network

if TYPE_CHECKING:
    from critcount.landscape._jax import JaxArray

__all__ = ["OUTCOMES", "Ending", "Training", "descend", "minimise", "train", "train_many"]


#: By default: steps of Adam, and iterations of each method after it.
DEFAULT_STEPS, DEFAULT_ITERATIONS = 500, 1000
#: Steps of Adam between two reports of progress, and so between two chances to interrupt.
STEPS_AT_ONCE = 50
#: The speed at which a flow hands over.
SLOW = 1e-8
#: A Newton step that is longer than this share of the weights leads away from where one is.
LONG_STEP = 1e-3
#: Levenberg and Marquardt's method is used up to so many entries of the Jacobian (400 MB).
ENTRIES = 50_000_000
#: An eigenvalue below minus this, where Lanczos finds it, makes a saddle.
NEGATIVE = 1e-7
#: From this share of the gradient on it lies in a subspace.
ALONG = 0.99
#: Incoming weights that differ by less than this are the same.
SAME_INCOMING = 1e-6
#: Losses from here on count as infinite: squares of derivatives would overflow.
HUGE = 1e100


# What a training can end as.
Ending = Literal["minimum", "plateau", "channel", "separated", "diverging", "saddle", "not done"]
OUTCOMES: tuple[Ending, ...] = get_args(Ending)


@dataclass(frozen=True)
class Training:
    """A trained network, and whether it is a minimum.

    Attributes
    ----------
    network : Network
    loss : float
    gradient_norm : float
        The Euclidean norm of the gradient.
    converged : bool
        Whether the network is a local minimum, as `minimise` says it.
    message : str
        One line for people: what was reached, or why it is no minimum.
    outcome : Ending
        One of `OUTCOMES`: "minimum"; "plateau", a minimum in which neurons have the same incoming
        weights; "channel", no minimum, but neurons near each other that cancel are on their way
        to infinity (`critcount.landscape.channels`); "separated", every sample has the largest
        output for its own class, so that larger weights of the last layer lower the cross-entropy
        for ever; "diverging", on the way to infinity otherwise, as a neuron that becomes a step;
        "saddle"; "not done".
    seed : int or None
        The seed of the start; None from `minimise`.
    """

    network: Network
    loss: float
    gradient_norm: float
    converged: bool
    message: str
    outcome: Ending
    seed: int | None = None

    def _repr_html_(self) -> str:
        return markup.record(self)


def train(
    problem: Problem,
    widths: int | Sequence[int],
    seed: int,
    *,
    glorot: bool = False,
    steps: int = DEFAULT_STEPS,
    rate: float = 0.05,
    flow: float = 0.0,
    tolerance: float = 1e-12,
    iterations: int = DEFAULT_ITERATIONS,
    largest: float = 1e3,
    limit: int = 5000,
    advance: Advance = silent,
) -> Training:
    """Train a network from a random start: Adam on all samples or gradient flow, then `minimise`.

    Parameters
    ----------
    problem : Problem
    widths : int or sequence of int
        The hidden widths; an integer is one hidden layer.
    seed : int
        Of the start: every weight normal with mean 0 and variance 1/(inputs of its layer), from
        ``numpy.random.default_rng(seed)``, biases 0. The same seed and arguments give the same
        network on one machine with the same versions of numpy, scipy and JAX.
    glorot : bool
        Variance 2/(inputs + outputs of its layer) instead.
    steps : int
        Of Adam.
    rate : float
        The learning rate at the start; it falls geometrically to a hundredth of it.
    flow : float
        The time of gradient flow after these steps, as `critcount.landscape.gradient_flow` takes
        it; with ``steps=0`` from the start on.
    tolerance, iterations, largest, limit
        As in `minimise`.
    advance : callable
        Told of steps done; steps + iterations in all.

    Returns
    -------
    Training

    Raises
    ------
    TypeError, ValueError
        Bad arguments.

    Notes
    -----
    A network of one hidden layer with few neurons takes a tenth of a second, most of it for Adam;
    with ``steps=0`` a hundredth. Starts reach local
    minima that are not the lowest, and some run away: train more seeds. Deep networks creep along
    narrow valleys: give more steps of Adam (60,000 at the rate 0.02, say) and more iterations.

    Examples
    --------
    >>> x = np.linspace(-2, 2, 30)[:, None]
    >>> problem = Problem(x, np.tanh(x - 0.5), activation="tanh", biases=True)
    >>> found = train(problem, 1, seed=0)
    >>> found.converged, found.loss < 1e-24
    (True, True)
    """
    start = _start(problem, widths, seed, limit, glorot=glorot)
    objective = problem.at(start)
    steps = checks.integer("steps", steps, minimum=0)
    _positive("rate", rate)
    flow = require_time("flow", flow)
    options = _options(tolerance, iterations, largest)
    vector = _adam(objective, to_vector(start), rate * 100.0 ** -np.linspace(0, 1, steps), advance)
    if flow:
        vector = flowed(objective, vector, flow, SLOW, largest, limit)
    return _minimum(objective, vector, options, limit, seed, advance)


def train_many(
    problem: Problem, widths: int | Sequence[int], seeds: Iterable[int], **options: Any
) -> Iterator[Training]:
    """Train one network for each seed, as they are asked for; each is what `train` returns.

    Parameters
    ----------
    problem, widths
        As in `train`.
    seeds : iterable of int
    **options
        Those of `train`.

    Yields
    ------
    Training

    Examples
    --------
    >>> x = np.linspace(-2, 2, 30)[:, None]
    >>> problem = Problem(x, np.tanh(x), activation="tanh")
    >>> [found.seed for found in train_many(problem, 1, range(3)) if found.loss < 1e-24]
    [0, 1, 2]
    """
    for seed in seeds:
        yield train(problem, widths, seed, **options)


def descend(
    problem: Problem,
    widths: int | Sequence[int],
    seed: int,
    *,
    steps: int = DEFAULT_STEPS,
    every: int = STEPS_AT_ONCE,
    rate: float = 1e-3,
) -> Iterator[tuple[int, Network]]:
    """Yield the network after every so many steps of Adam on all samples, at a constant rate.

    Parameters
    ----------
    problem, widths, seed
        As in `train`, which starts from the same network.
    steps, every : int
        At 0, `every`, 2 `every`, … steps up to `steps`.
    rate : float

    Yields
    ------
    step : int
    network : Network

    Raises
    ------
    TypeError, ValueError
        Bad arguments.

    Examples
    --------
    >>> x = np.linspace(-2, 2, 30)[:, None]
    >>> problem = Problem(x, np.tanh(x - 0.5), activation="tanh")
    >>> losses = [problem.loss(network) for _, network in descend(problem, 2, 0, steps=100)]
    >>> len(losses), losses == sorted(losses, reverse=True)
    (3, True)
    """
    start = _start(problem, widths, seed, 0)
    steps = checks.integer("steps", steps, minimum=0)
    every = checks.integer("every", every, minimum=1)
    _positive("rate", rate)
    objective, vector = problem.at(start), to_vector(start)
    following = _descent(objective, vector, np.full(steps, rate), every)
    return (
        (step, network_of(v, objective.layout))
        for step, v in itertools.chain([(0, vector)], following)
    )


def _descent(
    objective: Objective, vector: Array, rates: Array, every: int
) -> Iterator[tuple[int, Array]]:
    """Yield the number of steps of Adam and the vector after every so many of the rates."""
    from critcount.landscape import _kernels

    zero = np.zeros_like(vector)
    state: JaxArray = (np.int64(0), vector, zero, zero)
    for start in range(0, len(rates), every):
        part = rates[start : start + every]
        state = _kernels.adam(state, part, *objective.problem.data, **objective.names)
        yield start + len(part), np.array(state[1])


def minimise(
    problem: Problem,
    network: Network,
    *,
    tolerance: float = 1e-12,
    iterations: int = DEFAULT_ITERATIONS,
    largest: float = 1e3,
    limit: int = 5000,
    advance: Advance = silent,
) -> Training:
    """Return the local minimum that second-order descent from a network leads to.

    For the mean squared error the method of Levenberg and Marquardt on the residuals, compiled
    whole, which also finds minima of loss 0 at which the Hessian is singular; then Newton's
    method within a trust region, with the exact Hessian, to the last digits, damped where the
    Hessian is nearly singular. A saddle is left along its direction of negative curvature.

    Parameters
    ----------
    problem : Problem
    network : Network
        The start.
    tolerance : float
        Of the Euclidean norm of the gradient.
    iterations : int
        The most of each of the two methods.
    largest : float
        A weight beyond this in magnitude counts as running to infinity.
    limit : int
        The most parameters for which the Hessian is made. Beyond it products with the Hessian take
        its place: L-BFGS, a trust region and Newton steps by conjugate gradients, at the end
        Lanczos's method for the lowest eigenvalue. The gradient then ends at some 1e-10.
    advance : callable
        Told of iterations done; exactly `iterations` in all.

    Returns
    -------
    Training
        Converged when the gradient is under the tolerance, no eigenvalue of the Hessian is
        negative beyond rounding, no weight is beyond `largest`, and Newton's next step is short,
        a thousandth of the weights at most. The last two tell a minimum from a slope that levels
        off towards infinity: the cross-entropy of separable data has no minimum at all. Where
        the Hessian is singular and the loss not 0, the point may be a saddle of higher order.

    Examples
    --------
    >>> x = np.linspace(-2, 2, 30)[:, None]
    >>> problem = Problem(x, np.abs(x), activation="softplus")
    >>> found = minimise(problem, Network([[[1.0], [-2.0]], [[0.5, 0.5]]]))
    >>> found.converged, found.gradient_norm < 1e-12, round(found.loss, 6)
    (True, True, 0.0)
    """
    objective = problem.at(network)
    options = _options(tolerance, iterations, largest)
    limit = checks.integer("limit", limit, minimum=0)
    vector = to_vector(network)
    return _minimum(objective, vector, options, limit, None, advance)


def _start(
    problem: Problem, widths: int | Sequence[int], seed: int, limit: int, *, glorot: bool = False
) -> Network:
    if isinstance(widths, Sequence) and not isinstance(widths, str | bytes):
        hidden = checks.integers("widths", widths, minimum=1)
    else:
        hidden = (checks.integer("widths", widths, minimum=1),)
    if not hidden:
        raise ValueError("widths must be one hidden width or more, not none")
    seed = checks.integer("seed", seed, minimum=0)
    checks.integer("limit", limit, minimum=0)
    sizes = (problem.d_in, *hidden, problem.d_out)
    layout: MatrixShapes = tuple(
        (rows, columns, problem.biases) for columns, rows in itertools.pairwise(sizes)
    )
    return network_of(random_vector(layout, np.random.default_rng(seed), glorot=glorot), layout)


def _positive(name: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name} must be a number, not {checks.show(value)}")
    if not 0 < value < np.inf:
        raise ValueError(f"{name} must be positive and finite, not {checks.show(value)}")


def _options(tolerance: float, iterations: int, largest: float) -> Options:
    _positive("tolerance", tolerance)
    _positive("largest", largest)
    iterations = checks.integer("iterations", iterations, minimum=1)
    return Options(
        tolerance=tolerance, flat=EIGENVALUE_NOISE, iterations=iterations, largest=largest
    )


def _adam(objective: Objective, vector: Array, rates: Array, advance: Advance) -> Array:
    """Return the vector after a step of Adam for each of the rates, or before it overflows."""
    done = 0
    for step, following in _descent(objective, vector, rates, STEPS_AT_ONCE):
        if not objective.loss(following) < HUGE:
            advance(len(rates) - done)
            break
        vector = following
        advance(step - done)
        done = step
    return vector


class _Steps:
    """Reports of progress that come to a total, whatever is done."""

    def __init__(self, total: int, advance: Advance) -> None:
        self.left, self.advance = total, advance

    def one(self) -> None:
        if self.left > 0:
            self.left -= 1
            self.advance(1)

    def several(self, number: float) -> None:
        for _ in range(round(number)):
            self.one()

    def rest(self) -> None:
        if self.left > 0:
            self.advance(self.left)


def _minimum(
    objective: Objective,
    vector: Array,
    options: Options,
    limit: int,
    seed: int | None,
    advance: Advance,
) -> Training:
    counted = _Steps(options.iterations, advance)
    loss = objective.loss(vector)
    if not loss < HUGE:
        raise ValueError(f"the weights are too large: the loss of the network is {loss:.1e}")

    def value(x: Array) -> float:
        loss = objective.loss(x)
        return loss if loss < HUGE else np.inf

    hessian = _Hessian(objective, limit)

    def counting(x: Array) -> Array:
        counted.one()
        return hessian(x)

    function = Function(value, objective.gradient, counting)
    if objective.size > limit:
        found = descended(
            function,
            lambda x: partial(objective.product, x),
            Conditioner(objective).at,
            beginning(function, vector, options, counted.several),
            options,
            advance=counted.several,
        )
        counted.rest()
        return _judged(objective, found.x, options, None, seed)
    number = objective.problem.samples * objective.problem.d_out
    if objective.problem.loss_name == "mse" and number * objective.size <= ENTRIES:
        vector = _squares(objective, vector, options, counted)
    found = minimum(function, vector, options)
    vector = found.x
    if not found.gradient_norm < options.tolerance:
        vector = polished(function, vector)
    counted.rest()
    return _judged(objective, vector, options, hessian, seed)


class _Hessian:
    """The Hessian of an objective; that at the last vector is kept, where a descent is judged."""

    def __init__(self, objective: Objective, limit: int) -> None:
        self.objective, self.limit = objective, limit
        self.vector, self.matrix = np.empty(0), np.empty((0, 0))

    def __call__(self, vector: Array) -> Array:
        if not np.array_equal(vector, self.vector):
            self.matrix = self.objective.hessian(vector, limit=self.limit)
            self.vector = vector.copy()
        return self.matrix


def _squares(objective: Objective, vector: Array, options: Options, counted: _Steps) -> Array:
    """Return where the method of Levenberg and Marquardt leads."""
    from critcount.landscape import _kernels

    names = {"layout": objective.layout, "activation": objective.problem.activation}
    state = _kernels.damped(vector)
    for stop in range(STEPS_AT_ONCE, options.iterations + STEPS_AT_ONCE, STEPS_AT_ONCE):
        state = _kernels.marquardt(
            state,
            min(stop, options.iterations),
            options.tolerance,
            options.largest,
            *objective.problem.data,
            **names,
        )
        tried = int(state[0])
        counted.several(tried - stop + STEPS_AT_ONCE)
        if tried < stop:
            break
    return np.array(state[1])


def _judged(
    objective: Objective,
    vector: Array,
    options: Options,
    hessian_at: _Hessian | None,
    seed: int | None,
) -> Training:
    """Return a point as an answer: is it a minimum, and if not, why."""
    gradient = objective.gradient(vector)
    norm = float(np.linalg.norm(gradient))
    loss = objective.loss(vector)
    weight = float(np.abs(vector).max(initial=0))
    network = network_of(vector, objective.layout)
    outcome: Ending = "diverging"
    hessian = None if hessian_at is None else hessian_at(vector)
    if weight > options.largest:
        trouble = f"the weights run to infinity, the largest is {weight:.1e}"
    elif not norm < options.tolerance:
        trouble = (
            f"the gradient is still {norm:.1e} after {options.iterations:,} iterations of each "
            "method or where rounding stops them"
        )
        if hessian is not None and _levels_off(hessian, gradient, vector):
            trouble = f"the loss levels off towards infinity: {trouble}"
        else:
            outcome = "not done"
    else:
        if hessian is None:
            trouble = _no_minimum_by_products(objective, vector)
        else:
            trouble = _no_minimum(hessian, gradient, vector)
        if trouble.startswith("a saddle"):
            outcome = "saddle"
    if trouble and outcome != "saddle" and _separated(objective.problem, network):
        outcome = "separated"
        trouble = f"the classes are separated, so that there is no minimum: {trouble}"
    elif not trouble:
        outcome = "plateau" if _has_copies(network) else "minimum"
    elif outcome != "saddle" and (
        found := find_channels(network, activation=objective.problem.activation)
    ):
        outcome = "channel"
        names = "; ".join(channel.name for channel in found)
        trouble = f"in a channel to infinity, {names}: {trouble}"
    message = (
        f"not converged: {trouble}"
        if trouble
        else f"a minimum: loss {loss:.6g}, gradient {norm:.1e}"
    )
    return Training(network, loss, norm, not trouble, message, outcome, seed)


def _has_copies(network: Network) -> bool:
    """Tell whether two neurons that are of use have the same incoming weights."""
    for layer in range(len(network.weights) - 1):
        rows, columns = network.weights[layer], network.weights[layer + 1]
        if (bias := network.biases[layer]) is not None:
            rows = np.column_stack([rows, bias])
        used = np.linalg.norm(columns, axis=0) > SAME_INCOMING * np.abs(columns).max(initial=0)
        rows = rows[used]
        size = SAME_INCOMING * max(1.0, float(np.abs(rows).max(initial=0)))
        for i, row in enumerate(rows):
            if len(rows) > i + 1 and np.abs(rows[i + 1 :] - row).max(axis=1).min() < size:
                return True
    return False


def _separated(problem: Problem, network: Network) -> bool:
    """Tell whether every sample has the largest output for its class, and nothing bounds it."""
    classes = problem.targets.max(axis=1) == 1
    if problem.loss_name != "cross-entropy" or problem.weight_decay or not classes.all():
        return False
    found = network(problem.inputs, problem.activation)
    own = found[problem.targets == 1]
    others = np.where(problem.targets == 1, -np.inf, found).max(axis=1)
    return bool((own > others).all())


def _levels_off(hessian: Array, gradient: Array, vector: Array) -> bool:
    """Tell whether what is left of the slope is along flat directions, and leads to infinity."""
    eigenvalues, vectors = np.linalg.eigh(hessian)
    flat = vectors[:, np.abs(eigenvalues) <= FLAT * np.abs(eigenvalues).max(initial=0)]
    along = flat @ (flat.T @ gradient)
    outward = -float(along @ vector) > 0
    return outward and bool(np.linalg.norm(along) > ALONG * np.linalg.norm(gradient))


def _no_minimum_by_products(objective: Objective, vector: Array) -> str:
    """Return whether the lowest eigenvalue says that there is no minimum."""
    try:
        product, factor = partial(objective.product, vector), objective.factor(vector)
        [lowest] = lowest_eigenvalues(product, objective.size, 1, factor=factor)
    except ArithmeticError as error:
        return str(error)
    return f"a saddle, with the eigenvalue {lowest:.1e}" if lowest < -NEGATIVE else ""


def _no_minimum(hessian: Array, gradient: Array, vector: Array) -> str:
    """Return what the curvature says against a minimum; nothing where it is one."""
    eigenvalues, vectors = np.linalg.eigh(hessian)
    scale = np.abs(eigenvalues).max(initial=0)
    if eigenvalues[0] < -FLAT * scale:
        return f"a saddle, with the eigenvalue {eigenvalues[0]:.1e}"
    curved = eigenvalues > FLAT * scale
    step = np.linalg.norm((vectors[:, curved].T @ gradient) / eigenvalues[curved])
    if step > LONG_STEP * np.linalg.norm(vector):
        return f"the loss levels off towards infinity, Newton's next step would be {step:.1e} long"
    return ""
