"""What JAX computes of a network in which pairs of neurons are a gated linear unit, or near it.

The vector holds a network with one neuron in place of each pair, with incoming weights w and
outgoing ones c, and then for each gate the direction Δ and the outgoing weights a. Δ counts by its
direction only. At a distance ε the pair is w ± εΔ with outgoing weights (c ± a/ε)/2. In the limit
it sends on c σ(z) + a (Δ·h) σ'(z), and to the next order

    τ (c (Δ·h)² σ''(z)/2 + a (Δ·h)³ σ'''(z)/6),   τ = ε².
"""

from __future__ import annotations

from functools import partial
from typing import Any, TypeAlias

from critcount.landscape._jax import double, jax, jnp
from critcount.landscape._kernels import activation_of, loss_of
from critcount.landscape.vectors import MatrixShapes, number_of_parameters

Array = Any
#: For every gate: hidden layer, neuron, length of Δ, length of a.
Gates: TypeAlias = tuple[tuple[int, int, int, int], ...]


def _outputs(
    vector: Array,
    distances: Array,
    inputs: Array,
    layout: MatrixShapes,
    gates: Gates,
    activation: str,
    limit: bool,
) -> Array:
    """Return the outputs; the distances are ε, in the limit τ."""
    function = activation_of(activation)
    first = jax.grad(function)
    second = jax.grad(first)
    third = jax.grad(second)
    h, added = inputs, 0.0
    start, place = 0, number_of_parameters(layout)
    for k, (rows, columns, bias) in enumerate(layout):
        matrix = vector[start : start + rows * columns].reshape(rows, columns)
        start += rows * columns
        z = h @ matrix.T + added
        if bias:
            z = z + vector[start : start + rows]
            start += rows
        added = 0.0
        for number, (layer, neuron, d, n) in enumerate(gates):
            if layer != k:
                continue
            offset = place + sum(gate[2] + gate[3] for gate in gates[:number])
            direction = vector[offset : offset + d]
            direction = direction / jnp.linalg.norm(direction)
            a = vector[offset + d : offset + d + n]
            size = layout[k + 1][0] * rows
            c = vector[start : start + size].reshape(-1, rows)[:, neuron]
            s = h @ direction[:columns] + (direction[columns] if d > columns else 0.0)
            x, distance = z[:, neuron], distances[number]
            if limit:
                even = distance * s**2 * jax.vmap(second)(x) / 2
                odd = s * jax.vmap(first)(x) + distance * s**3 * jax.vmap(third)(x) / 6
            else:
                up, down = function(x + distance * s), function(x - distance * s)
                even = (up + down) / 2 - function(x)
                odd = (up - down) / (2 * distance)
            added = added + even[:, None] * c + odd[:, None] * a
        h = z if k == len(layout) - 1 else function(z)
    return h


def _loss(
    vector: Array,
    distances: Array,
    inputs: Array,
    targets: Array,
    layout: MatrixShapes,
    gates: Gates,
    activation: str,
    loss: str,
    limit: bool,
) -> Array:
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
