"""What JAX computes of a network in which groups of neurons have become gates, or nearly so.

The vector holds a network with one neuron in place of each group, with incoming weights w, then
for each gate the direction Δ, the bends κ_2, …, κ_{k-1} and the outgoing weights a_1, …, a_{k-1};
those of the mean, a_0, are the neuron's own. Only the direction of Δ counts, and of the bends what
is orthogonal to it. With

    g(t) = σ((w + Δ t + κ_2 t²/2 + …)·h)

the gate sends on Σ a_m g^(m)(0). At a distance ε the group is k neurons at the nodes ε t_i of the
curve, with the outgoing weights that do the same for polynomials g of degree k - 1. To the next
order that adds

    τ (a_{k-2} g^(k)(0)/(k(k-1)) + a_{k-1} g^(k+1)(0)/((k+1)k)),   τ = ε².
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from critcount.landscape._jax import JaxArray, double, jax, jnp
from critcount.landscape._kernels import jax_activation, loss_of
from critcount.landscape.curves import mixing, nodes
from critcount.landscape.vectors import MatrixShapes, number_of_parameters

#: For every gate: hidden layer, neuron, length of Δ, length of an a, neurons of the group.
Gates: TypeAlias = tuple[tuple[int, int, int, int, int], ...]


def _outputs(
    vector: JaxArray,
    distances: JaxArray,
    inputs: JaxArray,
    layout: MatrixShapes,
    gates: Gates,
    activation: str,
    limit: bool,
) -> JaxArray:
    """Return the outputs; the distances are ε, in the limit τ or None, which is zero."""
    function = jax_activation(activation)
    h, extra = inputs, list[JaxArray]()
    start, place = 0, number_of_parameters(layout)
    added: JaxArray = 0.0
    for k, (rows, columns, bias) in enumerate(layout):
        matrix = vector[start : start + rows * columns].reshape(rows, columns)
        start += rows * columns
        z = h @ matrix.T + added
        if bias:
            z = z + vector[start : start + rows]
            start += rows
        if k == len(layout) - 1:
            return z
        fed = jnp.column_stack([h, *extra, *([jnp.ones(len(h))] if bias else [])])
        h, extra, added = function(z), [], 0.0
        for number, (layer, neuron, d, n, order) in enumerate(gates):
            if layer != k:
                continue
            given = vector[place : place + d * (order - 1)].reshape(order - 1, d)
            place += d * (order - 1)
            outgoing = vector[place : place + n * (order - 1)].reshape(order - 1, n)
            place += n * (order - 1)
            direction = given[0] / jnp.linalg.norm(given[0])
            bends = given[1:] - jnp.outer(given[1:] @ direction, direction)
            steps = fed @ jnp.vstack([direction, bends]).T
            distance = None if distances is None else distances[number]
            mean, *features = _features(z[:, neuron], steps, distance, function, order, limit)
            h = h.at[:, neuron].set(mean)
            extra += features
            added = added + jnp.column_stack(features) @ outgoing
    return h


def _features(
    z: JaxArray,
    steps: JaxArray,
    distance: JaxArray,
    function: Callable[[JaxArray], JaxArray],
    order: int,
    limit: bool,
) -> list[JaxArray]:
    """Return what the outgoing weights a_0, a_1, … of a gate are multiplied with."""

    def curve(t: JaxArray, x: JaxArray, u: JaxArray) -> JaxArray:
        return function(
            x + sum(u[m] * t ** (m + 1) / math.factorial(m + 1) for m in range(len(u)))
        )

    if not limit:
        at = [jax.vmap(curve, (None, 0, 0))(distance * t, z, steps) for t in nodes(order)]
        weights = mixing(order)
        return [
            sum(weights[i, m] * value for i, value in enumerate(at)) / distance**m
            for m in range(order)
        ]
    derivatives = [curve]
    for _ in range(order - 1 if distance is None else order + 1):
        derivatives.append(jax.jacfwd(derivatives[-1]))
    found = [jax.vmap(g, (None, 0, 0))(0.0, z, steps) for g in derivatives]
    if distance is not None:
        found[order - 2] += distance * found[order] / (order * (order - 1))
        found[order - 1] += distance * found[order + 1] / (order * (order + 1))
    return found[:order]


def _loss(
    vector: JaxArray,
    distances: JaxArray,
    inputs: JaxArray,
    targets: JaxArray,
    layout: MatrixShapes,
    gates: Gates,
    activation: str,
    loss: str,
    limit: bool,
) -> JaxArray:
    found = _outputs(vector, distances, inputs, layout, gates, activation, limit)
    return loss_of(found, targets, loss)


_static = partial(jax.jit, static_argnames=("layout", "gates", "activation", "loss", "limit"))

value = double(_static(_loss))
gradient = double(_static(jax.grad(_loss)))
hessian = double(_static(jax.hessian(_loss)))
#: The derivatives by τ: how the loss rises with ε².
rises = double(_static(jax.grad(_loss, argnums=1)))
outputs = double(
    partial(jax.jit, static_argnames=("layout", "gates", "activation", "limit"))(_outputs)
)


@double
@_static
def product(
    vector: JaxArray,
    direction: JaxArray,
    distances: JaxArray,
    inputs: JaxArray,
    targets: JaxArray,
    layout: MatrixShapes,
    gates: Gates,
    activation: str,
    loss: str,
    limit: bool,
) -> JaxArray:
    """Return the Hessian times a direction."""

    def slope(v: JaxArray) -> JaxArray:
        return jax.grad(_loss)(
            v, distances, inputs, targets, layout, gates, activation, loss, limit
        )

    return jax.jvp(slope, (vector,), (direction,))[1]
