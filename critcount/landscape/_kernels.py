"""What JAX computes: outputs, loss, derivatives, steps of Adam, of a flat vector of parameters.

The layout of the vector and the names of activation and loss are static, everything else is an
array: problems of one shape share what is compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from critcount.landscape._jax import double, jax, jnp
from critcount.landscape.vectors import MatrixShapes

Array = Any

#: As `critcount.activations.ACTIVATIONS`, for JAX.
ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
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


def activation_of(name: str) -> Callable[[Array], Array]:
    """Return the function of a name."""
    base, _, slope = name.partition(":")
    if slope:
        return partial(jax.nn.leaky_relu, negative_slope=float(slope))
    return ACTIVATIONS[base]


def _preactivations(
    vector: Array, inputs: Array, layout: MatrixShapes, activation: str
) -> list[Array]:
    """Return what the neurons of every layer receive; of the last, the outputs."""
    h = inputs
    start = 0
    received = []
    for k, (rows, columns, bias) in enumerate(layout):
        if k:
            h = activation_of(activation)(h)
        stop = start + rows * columns
        h = h @ vector[start:stop].reshape(rows, columns).T
        start = stop
        if bias:
            h = h + vector[start : start + rows]
            start += rows
        received.append(h)
    return received


def _outputs(vector: Array, inputs: Array, layout: MatrixShapes, activation: str) -> Array:
    return _preactivations(vector, inputs, layout, activation)[-1]


def loss_of(outputs: Array, targets: Array, loss: str) -> Array:
    """Return the loss of outputs."""
    if loss == "mse":
        return jnp.sum((outputs - targets) ** 2) / len(outputs)
    return -jnp.sum(targets * jax.nn.log_softmax(outputs)) / len(outputs)


def _loss(
    vector: Array,
    inputs: Array,
    targets: Array,
    decay: Array,
    layout: MatrixShapes,
    activation: str,
    loss: str,
) -> Array:
    found = _outputs(vector, inputs, layout, activation)
    return loss_of(found, targets, loss) + decay / 2 * jnp.sum(vector**2)


_static = partial(jax.jit, static_argnames=("layout", "activation", "loss"))

value = double(_static(_loss))
gradient = double(_static(jax.grad(_loss)))


@double
@_static
def products(
    vector: Array,
    directions: Array,
    inputs: Array,
    targets: Array,
    decay: Array,
    layout: MatrixShapes,
    activation: str,
    loss: str,
) -> Array:
    """Return the Hessian times each row of `directions`, as rows."""

    def slope(v: Array) -> Array:
        return jax.grad(_loss)(v, inputs, targets, decay, layout, activation, loss)

    return jax.vmap(lambda d: jax.jvp(slope, (vector,), (d,))[1])(directions)


@double
@partial(jax.jit, static_argnames=("layout", "activation"))
def outputs(vector: Array, inputs: Array, layout: MatrixShapes, activation: str) -> Array:
    """Return the outputs, (samples, d_out)."""
    return _outputs(vector, inputs, layout, activation)


@double
@partial(jax.jit, static_argnames=("layout", "activation"))
def jacobian(vector: Array, inputs: Array, layout: MatrixShapes, activation: str) -> Array:
    """Return the derivatives of the outputs, (samples, d_out, parameters)."""

    def one(x: Array) -> Array:
        return jax.jacrev(_outputs)(vector, x[None], layout, activation)[0]

    return jax.vmap(one)(inputs)


@double
@partial(jax.jit, static_argnames=("layout", "activation"))
def layers(vector: Array, inputs: Array, layout: MatrixShapes, activation: str) -> Array:
    """Return for every layer z, σ(z), σ'(z), σ''(z), each (samples, neurons); the last is linear.

    z is what the neurons receive.
    """
    function = activation_of(activation)
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
def array(values: Array) -> Array:
    """Return values as a JAX array of float64."""
    return jnp.asarray(values, dtype=jnp.float64)


@double
@_static
def adam(
    state: Array,
    rates: Array,
    inputs: Array,
    targets: Array,
    decay: Array,
    layout: MatrixShapes,
    activation: str,
    loss: str,
) -> Array:
    """Return the state after one step of Adam for each of the rates.

    The state is (number of steps, vector, mean of gradients, mean of their squares); β₁ = 0.9,
    β₂ = 0.999, ε = 1e-8, as Kingma and Ba 2015 propose.
    """

    def step(state: Array, rate: Array) -> Array:
        count, vector, mean, square = state
        count = count + 1
        slope = jax.grad(_loss)(vector, inputs, targets, decay, layout, activation, loss)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        size = jnp.sqrt(square / (1 - 0.999**count)) + 1e-8
        return (count, vector - rate * mean / (1 - 0.9**count) / size, mean, square), None

    return jax.lax.scan(step, state, rates)[0]
