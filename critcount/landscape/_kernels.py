"""What JAX computes: outputs, loss, derivatives, steps of Adam, of a flat vector of parameters.

The layout of the vector and the names of activation and loss are static, everything else is an
array: problems of one shape share what is compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from critcount.landscape._jax import JaxArray, double, jax, jnp
from critcount.landscape.optimise import LOST_DECREASE
from critcount.landscape.vectors import MatrixShapes

#: So many pairs of a direction and a sample are gone through at once: they fit a cache.
PAIRS = 20_000
#: But not fewer samples.
FEWEST = 64
#: Steps this much shorter than a gradient's lead nowhere.
MOST_DAMPING = 1e12
#: By how much damping grows at the first step that is not taken; twice as much at the next.
GROWTH = 2.0
#: Least squares go on until the gradient is this part of the tolerance.
BEYOND = 1e-3

#: As `critcount.activations.ACTIVATIONS`, for JAX.
JAX_ACTIVATIONS: dict[str, Callable[[JaxArray], JaxArray]] = {
    "generic": lambda z: jax.nn.sigmoid(4 * z) + jax.nn.softplus(z),
    "celu": jax.nn.celu,
    "cos": jnp.cos,
    "elu": jax.nn.elu,
    "erf": jax.scipy.special.erf,
    "exp": jnp.exp,
    "gaussian": lambda z: jnp.exp(-(z**2)),
    "gelu": partial(jax.nn.gelu, approximate=False),
    "leaky_relu": jax.nn.leaky_relu,
    "mish": jax.nn.mish,
    "relu": jax.nn.relu,
    "selu": jax.nn.selu,
    "sigmoid": jax.nn.sigmoid,
    "silu": jax.nn.silu,
    "sin": jnp.sin,
    "softplus": jax.nn.softplus,
    "tanh": jnp.tanh,
}


def jax_activation(name: str) -> Callable[[JaxArray], JaxArray]:
    """Return the function of a name."""
    base, _, slope = name.partition(":")
    if slope:
        return partial(jax.nn.leaky_relu, negative_slope=float(slope))
    return JAX_ACTIVATIONS[base]


def _preactivations(
    vector: JaxArray, inputs: JaxArray, layout: MatrixShapes, activation: str
) -> list[JaxArray]:
    """Return what the neurons of every layer receive; of the last, the outputs."""
    h = inputs
    start = 0
    received = []
    for k, (rows, columns, bias) in enumerate(layout):
        if k:
            h = jax_activation(activation)(h)
        stop = start + rows * columns
        h = h @ vector[start:stop].reshape(rows, columns).T
        start = stop
        if bias:
            h = h + vector[start : start + rows]
            start += rows
        received.append(h)
    return received


def _outputs(
    vector: JaxArray, inputs: JaxArray, layout: MatrixShapes, activation: str
) -> JaxArray:
    return _preactivations(vector, inputs, layout, activation)[-1]


def loss_of(outputs: JaxArray, targets: JaxArray, loss: str) -> JaxArray:
    """Return the loss of outputs."""
    if loss == "mse":
        return jnp.sum((outputs - targets) ** 2) / len(outputs)
    return -jnp.sum(targets * jax.nn.log_softmax(outputs)) / len(outputs)


def _loss(
    vector: JaxArray,
    inputs: JaxArray,
    targets: JaxArray,
    decay: JaxArray,
    layout: MatrixShapes,
    activation: str,
    loss: str,
) -> JaxArray:
    found = _outputs(vector, inputs, layout, activation)
    return loss_of(found, targets, loss) + decay / 2 * jnp.sum(vector**2)


_static = partial(jax.jit, static_argnames=("layout", "activation", "loss"))

value = double(_static(_loss))
gradient = double(_static(jax.grad(_loss)))


@double
@_static
def products(
    vector: JaxArray,
    directions: JaxArray,
    inputs: JaxArray,
    targets: JaxArray,
    decay: JaxArray,
    layout: MatrixShapes,
    activation: str,
    loss: str,
) -> JaxArray:
    """Return the Hessian times each row of `directions`, as rows; samples block by block."""
    samples = len(inputs)
    size = -(-samples // -(-samples // max(FEWEST, PAIRS // len(directions))))
    starts = np.arange(0, samples, size)
    missing = len(starts) * size - samples

    def cut(values: JaxArray) -> JaxArray:
        filled = jnp.concatenate([values, jnp.zeros((missing, values.shape[1]))])
        return filled.reshape(len(starts), size, -1)

    def part(total: JaxArray, block: JaxArray) -> JaxArray:
        x, y, start = block

        def slope(v: JaxArray) -> JaxArray:
            return jax.grad(some)(v, x, y, start)

        return total + jax.vmap(lambda d: jax.jvp(slope, (vector,), (d,))[1])(directions), None

    def some(v: JaxArray, x: JaxArray, y: JaxArray, start: JaxArray) -> JaxArray:
        # samples that only fill the last block have no loss, whatever the weights
        there = start + jnp.arange(size)[:, None] < samples
        found = jnp.where(there, _outputs(v, x, layout, activation), y)
        return loss_of(found, y, loss) * size / samples

    return jax.lax.scan(part, decay * directions, (cut(inputs), cut(targets), starts))[0]


@double
@partial(jax.jit, static_argnames=("layout", "activation"))
def outputs(vector: JaxArray, inputs: JaxArray, layout: MatrixShapes, activation: str) -> JaxArray:
    """Return the outputs, (samples, d_out)."""
    return _outputs(vector, inputs, layout, activation)


@double
@partial(jax.jit, static_argnames=("layout", "activation"))
def jacobian(
    vector: JaxArray, inputs: JaxArray, layout: MatrixShapes, activation: str
) -> JaxArray:
    """Return the derivatives of the outputs, (samples, d_out, parameters)."""

    def one(x: JaxArray) -> JaxArray:
        return jax.jacrev(_outputs)(vector, x[None], layout, activation)[0]

    return jax.vmap(one)(inputs)


@double
@partial(jax.jit, static_argnames=("layout", "activation"))
def layers(vector: JaxArray, inputs: JaxArray, layout: MatrixShapes, activation: str) -> JaxArray:
    """Return for every layer z, σ(z), σ'(z), σ''(z), each (samples, neurons); the last is linear.

    z is what the neurons receive.
    """
    function = jax_activation(activation)
    first = jax.grad(function)
    second = jax.grad(first)
    *hidden, last = _preactivations(vector, inputs, layout, activation)
    one = jnp.ones_like(last)
    return [
        *(
            (z, function(z), jax.vmap(jax.vmap(first))(z), jax.vmap(jax.vmap(second))(z))
            for z in hidden
        ),
        (last, last, one, 0 * one),
    ]


@double
def array(values: JaxArray) -> JaxArray:
    """Return values as a JAX array of float64."""
    return jnp.asarray(values, dtype=jnp.float64)


@double
@_static
def adam(
    state: JaxArray,
    rates: JaxArray,
    inputs: JaxArray,
    targets: JaxArray,
    decay: JaxArray,
    layout: MatrixShapes,
    activation: str,
    loss: str,
) -> JaxArray:
    """Return the state after one step of Adam for each of the rates.

    The state is (number of steps, vector, mean of gradients, mean of their squares); β₁ = 0.9,
    β₂ = 0.999, ε = 1e-8, as Kingma and Ba 2015 propose.
    """

    def step(state: JaxArray, rate: JaxArray) -> JaxArray:
        count, vector, mean, square = state
        count = count + 1
        slope = jax.grad(_loss)(vector, inputs, targets, decay, layout, activation, loss)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        size = jnp.sqrt(square / (1 - 0.999**count)) + 1e-8
        return (count, vector - rate * mean / (1 - 0.9**count) / size, mean, square), None

    return jax.lax.scan(step, state, rates)[0]


def damped(vector: JaxArray) -> JaxArray:
    """Return the state in which `marquardt` begins.

    It is (steps tried, vector, value, slope, matrix, scales, damping, by how much it grows,
    whether there is nothing more to gain). The types are those in which it comes back: with
    others `marquardt` would be compiled twice.
    """
    size = len(vector)
    one = np.ones(size)
    numbers = (np.float64(1e-3), np.float64(GROWTH), np.bool_(False))
    return np.int64(0), vector, np.float64(np.inf), 0 * one, np.eye(size), 1e-8 * one, *numbers


@double
@partial(jax.jit, static_argnames=("layout", "activation"))
def marquardt(
    state: JaxArray,
    steps: JaxArray,
    tolerance: JaxArray,
    largest: JaxArray,
    inputs: JaxArray,
    targets: JaxArray,
    decay: JaxArray,
    layout: MatrixShapes,
    activation: str,
) -> JaxArray:
    """Return the state when so many steps have been tried, or the descent has ended.

    The mean squared error by the method of Levenberg and Marquardt: (2/N JᵀJ + λ + μ D) step =
    -gradient, D the largest diagonal so far, μ by the rule of Nielsen 1999. Where the decrease is
    lost in rounding the gradient has to become smaller. Within the tolerance it goes on as long
    as every step is taken, to a thousandth of it.
    """

    def both(vector: JaxArray, x: JaxArray) -> JaxArray:
        found, back = jax.vjp(lambda v: _outputs(v, x[None], layout, activation)[0], vector)
        return found, jax.vmap(lambda e: back(e)[0])(jnp.eye(len(found)))

    def squares(vector: JaxArray) -> JaxArray:
        # samples last, which is faster; the order of the residuals does not matter
        found, columns = jax.vmap(partial(both, vector), out_axes=-1)(inputs)
        error = jnp.ravel(found - targets.T)
        columns = jnp.moveaxis(columns, 0, 1).reshape(len(vector), -1)
        factor = 2 / len(inputs)
        return (
            error @ error / len(inputs) + decay / 2 * (vector @ vector),
            factor * (columns @ error) + decay * vector,
            factor * (columns @ columns.T) + decay * jnp.eye(len(vector)),
        )

    def goes_on(state: JaxArray) -> JaxArray:
        tried, vector, value, slope, *_, growth, stuck = state
        norm = jnp.linalg.norm(slope)
        easy = (growth == GROWTH) & (norm > BEYOND * tolerance)
        unfinished = jnp.isinf(value) | (norm > tolerance) | easy
        return (tried < steps) & unfinished & (jnp.abs(vector).max() <= largest) & ~stuck

    def step(state: JaxArray) -> JaxArray:
        tried, vector, value, slope, matrix, scales, damping, growth, _ = state
        scales = jnp.maximum(scales, jnp.diag(matrix))
        factor = jax.scipy.linalg.cho_factor(matrix + damping * jnp.diag(scales))
        move = -jax.scipy.linalg.cho_solve(factor, slope)
        gain = -(slope @ move + move @ (matrix @ move) / 2)
        there, turned, curved = squares(vector + move)
        first, lost = jnp.isinf(value), gain < LOST_DECREASE * value
        ratio = (value - there) / gain
        smaller = jnp.linalg.norm(turned) < jnp.linalg.norm(slope)
        taken = jnp.isfinite(there) & (first | jnp.where(lost, smaller, ratio > 1e-3))
        relief = jnp.where(lost, 1 / 3, jnp.maximum(1 / 3, 1 - (2 * ratio - 1) ** 3))
        eased = jnp.maximum(damping * relief, 1e-18)
        damping = jnp.where(first, damping, jnp.where(taken, eased, damping * growth))
        growth = jnp.where(taken, GROWTH, 2 * growth)

        def chosen(new: JaxArray, old: JaxArray) -> JaxArray:
            return jnp.where(taken, new, old)

        return (
            tried + 1,
            chosen(vector + move, vector),
            chosen(there, value),
            chosen(turned, slope),
            chosen(curved, matrix),
            scales,
            damping,
            growth,
            ~(damping < MOST_DAMPING),
        )

    return jax.lax.while_loop(goes_on, step, state)
