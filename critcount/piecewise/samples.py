"""Tangent sensitivity at many inputs of a large network, in float64 by JAX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from critcount._support import checks
from critcount._support.extras import optional
from critcount.piecewise.knots import require_relu
from critcount.weights.network import Network

if TYPE_CHECKING:
    import jax

__all__ = ["sample_sensitivities"]

#: Numbers that a batch may hold for the Jacobian of one layer: 160 MB.
JACOBIAN_NUMBERS = 2 * 10**7


def sample_sensitivities(
    network: Network, x: npt.ArrayLike, *, activation: str = "relu"
) -> npt.NDArray[np.float64]:
    """Return the tangent sensitivity at each of several inputs, to rounding.

    Parameters
    ----------
    network : Network
        Of any size.
    x : array_like
        Inputs of shape (samples, d_in), finite.
    activation : str
        "relu"; no other is piecewise linear here.

    Returns
    -------
    numpy.ndarray
        Of shape (samples,), float64: `critcount.piecewise.tangent_sensitivity` at every input that
        is further from a switching neuron than rounding reaches. A neuron at exactly 0 is off.

    Raises
    ------
    ImportError
        Without JAX: it comes with the extra "landscape".
    TypeError, ValueError
        When `network` is none, x has another shape or is not finite, for another activation.

    Notes
    -----
    A sample costs about d_in times as much as its output: products of the Jacobians, layer by
    layer, in batches of bounded memory.

    Examples
    --------
    >>> network = Network([[[1.0, 2.0]], [[3.0]]], [[0.5], None])
    >>> sample_sensitivities(network, [[1.0, 1.0], [-1.0, -1.0]])
    array([23.,  0.])
    """
    if not isinstance(network, Network):
        raise TypeError(
            f"network must be a Network, not {checks.show(network)} ({type(network).__name__})"
        )
    require_relu(activation)
    points = np.asarray(x, dtype=np.float64)
    d = network.widths[0]
    if points.ndim != 2 or points.shape[1] != d:
        raise ValueError(f"x must have shape (samples, {d}), not {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError("x must be finite")
    jax = optional("jax", "landscape", "sample_sensitivities needs JAX")
    rows = max(1, min(len(points), JACOBIAN_NUMBERS // max(1, d * max(network.widths))))
    weights = list(network.weights)
    biases = [
        np.zeros(len(weight)) if bias is None else bias
        for weight, bias in zip(weights, network.biases, strict=True)
    ]
    with jax.enable_x64(True):
        many = jax.jit(jax.vmap(_sensitivity, in_axes=(None, None, 0)))
        parts = [
            np.asarray(many(weights, biases, points[start : start + rows]))
            for start in range(0, len(points), rows)
        ]
    return np.concatenate([np.zeros(0), *parts])


def _sensitivity(
    weights: Sequence[jax.Array], biases: Sequence[jax.Array], x: jax.Array
) -> jax.Array:
    """Σ_l |B_l|² |J_(l-1)|² for one input."""
    import jax.numpy as jnp

    h, jacobian = x, None
    inner = [jnp.array(float(len(x)))]
    active = []
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        z = weight @ h + bias
        on = z > 0
        h = jnp.where(on, z, 0.0)
        jacobian = jnp.where(on[:, None], weight if jacobian is None else weight @ jacobian, 0.0)
        active.append(on)
        inner.append(jnp.sum(jacobian**2))
    outputs = len(weights[-1])
    back = None
    outer = [jnp.array(float(outputs))]
    for weight, on in zip(reversed(weights[1:]), reversed(active), strict=True):
        back = jnp.where(on, weight if back is None else back @ weight, 0.0)
        outer.append(jnp.sum(back**2))
    terms = (a * b for a, b in zip(inner, reversed(outer), strict=True))
    return sum(terms, start=jnp.array(0.0))
