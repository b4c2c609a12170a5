"""A random network of a type: copies with signs and scales, opposite pairs, idle neurons."""

from __future__ import annotations

import numpy as np

from critcount._support.types import Array
from critcount.activations import Activation, activation_of
from critcount.configurations.signed import SignedExpansion
from critcount.counting.setting import BIASES, Setting
from critcount.weights.network import Network

__all__ = ["embed_type"]


def embed_type(
    network: Network,
    element: SignedExpansion,
    rng: np.random.Generator,
    activation: str | Activation,
    scale: float,
) -> Network:
    """Return a wider network that computes the same function, a random one of a type.

    Parameters
    ----------
    network : Network
        Irreducible, one hidden layer.
    element : SignedExpansion
    rng : numpy.random.Generator
    activation : str or Activation
    scale : float
        Standard deviation of what is free.

    Raises
    ------
    ValueError
        When the type is no component for the activation, or has another minimal width.
    """
    sigma = activation_of("activation", activation)
    if len(network.weights) != 2 or network.widths[1] != element.r:
        raise ValueError(
            f"a signed expansion with r = {element.r} goes with a network of one hidden layer "
            f"of that width, not with hidden widths {network.widths[1:-1]}"
        )
    hidden, output = (bias is not None for bias in network.biases)
    d_in, _, d_out = network.widths
    setting = Setting(sigma, d_in, d_out, BIASES[hidden + 2 * output])
    if not setting.has(element.shape):
        raise ValueError(f"{element!r} is no component for {sigma.name}")
    drawing = _Drawing(network, element, rng, setting, scale)
    return drawing.waves() if setting.form == "trigonometric" else drawing.network()


class _Drawing:
    """The numbers of one random network of a type."""

    def __init__(
        self,
        network: Network,
        element: SignedExpansion,
        rng: np.random.Generator,
        setting: Setting,
        scale: float,
    ) -> None:
        self.teacher, self.element, self.setting = network, element, setting
        self.rng, self.scale = rng, scale
        self.sigma = setting.activation
        bias = network.biases[0]
        self.theta = np.column_stack(
            [network.weights[0], np.zeros(element.r) if bias is None else bias]
        )
        self.targets = network.weights[1].T  # (r, q)
        self.blocks, self.signs = np.array(element.blocks), np.array(element.signs)
        self.number = int(self.blocks.max(initial=-1)) + 1
        self.idle = np.flatnonzero(self.blocks < 0)

    def normal(self, *shape: int) -> Array:
        return self.scale * self.rng.standard_normal(shape)

    def network(self) -> Network:
        """Return the network."""
        q, d, r = self.targets.shape[1], self.theta.shape[1], self.element.r
        hidden = self.setting.hidden_biases
        free = self.normal(self.number - r, d)
        if not hidden:
            free[:, -1] = 0
        rows = np.vstack([self.theta, free])
        kind = {b: set(self.signs[self.blocks == b].tolist()) for b in range(self.number)}
        mixed = [b for b in range(self.number) if len(kind[b]) == 2]
        odd = self.sigma.sign < 0 or (
            self.sigma.kind == "trigonometric" and self.sigma.vanishes_at_zero
        )
        targets = np.vstack([self.targets, np.zeros((self.number - r, q))])
        minus = np.zeros((self.number, q))  # sums of the weights of negative sign
        for b in range(r):
            if kind[b] == {-1}:
                minus[b] = -targets[b] if odd else targets[b]
        minus[mixed] = self._shared(len(mixed), minus[:r], sum(b >= r for b in mixed))
        offsets = self.normal(len(self.idle)) if hidden else np.zeros(len(self.idle))
        weights = self.normal(len(self.idle), q)
        self._balance(rows, minus, mixed, offsets, weights)
        plus = targets + minus if odd else targets - minus
        incoming, outgoing = np.zeros((self.element.m, d)), np.zeros((self.element.m, q))
        for b in range(self.number):
            for sign, sums in ((1, plus[b]), (-1, minus[b])):
                part = np.flatnonzero((self.blocks == b) & (self.signs == sign))
                if len(part):
                    shares = self.normal(len(part), q)
                    shares[-1] += sums - shares.sum(axis=0)
                    incoming[part], outgoing[part] = sign * rows[b], shares
        incoming[self.idle, -1], outgoing[self.idle] = offsets, weights
        constant = self._constant(rows, minus, offsets, weights)
        if self.setting.scales:
            lengths = np.exp(0.5 * self.rng.standard_normal(len(incoming)))
            lengths[self.idle] = 1
            incoming, outgoing = incoming * lengths[:, None], outgoing / lengths[:, None]
        end = self.teacher.biases[1]
        return Network._trusted(
            [incoming[:, :-1].copy(), outgoing.T.copy()],
            [incoming[:, -1].copy() if hidden else None, None if end is None else end - constant],
            self.teacher.precision,
            self.teacher.activation,
        )

    def waves(self) -> Network:
        """Return a network of sines with biases: amplitudes add up to those of the classes."""
        r, d, m = self.element.r, self.theta.shape[1], self.element.m
        incoming, outgoing = np.zeros((m, d)), np.zeros(m)
        for b in range(self.number):
            part = np.flatnonzero(self.blocks == b)
            row = self.theta[b, :-1] if b < r else self.normal(d - 1)
            shift, shares = self._amplitudes(len(part), b)
            incoming[part] = self.signs[part, None] * np.column_stack(
                [np.tile(row, (len(part), 1)), shift]
            )
            outgoing[part] = shares * (self.signs[part] if self.sigma.vanishes_at_zero else 1)
        end, number = self.teacher.biases[1], len(self.idle)
        offsets, weights = self.normal(number), self.normal(number)
        values = self.sigma(offsets)
        if end is None and number == 1:
            offsets[:] = 0.0 if self.sigma.vanishes_at_zero else np.pi / 2
        elif end is None and number:
            weights[-1] = -(weights[:-1] @ values[:-1]) / values[-1]
        incoming[self.idle, -1], outgoing[self.idle] = offsets, weights
        return Network._trusted(
            [incoming[:, :-1].copy(), outgoing[None].copy()],
            [incoming[:, -1].copy(), None if end is None else end - weights @ values],
            self.teacher.precision,
            self.teacher.activation,
        )

    def _amplitudes(self, number: int, block: int) -> tuple[Array, Array]:
        """Return phases and weights, in the sign of the class, that add up to its amplitude."""
        copy = block < self.element.r
        phase = float(self.theta[block, -1]) if copy else float(self.rng.uniform(-np.pi, np.pi))
        if number == 1 or (number == 2 and not copy):
            shift = np.full(number, phase)
        else:
            shift = self.rng.uniform(-np.pi, np.pi, number)
        total = float(self.targets[block, 0]) if copy else 0.0
        waves = np.stack([np.cos(shift), np.sin(shift)])
        goal = total * np.array([np.cos(phase), np.sin(phase)])
        shares = self.normal(number)
        return shift, shares + np.linalg.lstsq(waves, goal - waves @ shares)[0]

    def _shared(self, number: int, flipped: Array, pairs: int) -> Array:
        """Return weights that so many pairs can balance: of a space of so many dimensions.

        With fewer pairs than outputs their weights must span those of all flipped neurons.
        """
        q = self.targets.shape[1]
        if not 0 < pairs < q or self.setting.form != "linear":
            return self.normal(number, q)
        spanning = np.vstack([flipped[flipped.any(axis=1)], self.normal(pairs, q)])[:pairs]
        return np.asarray(self.normal(number, pairs) @ spanning)

    def _constant(self, rows: Array, minus: Array, offsets: Array, weights: Array) -> Array:
        """Return what the network computes too much of a constant."""
        found: Array = 2 * self.sigma.constant * minus.sum(axis=0)
        found = found - 2 * self.sigma.slope * (minus.T @ rows[:, -1])
        return found + weights.T @ self.sigma(offsets)

    def _balance(
        self, rows: Array, minus: Array, mixed: list[int], offsets: Array, weights: Array
    ) -> None:
        """Change what is free so that the linear part vanishes, and the constant if it must."""
        linear, r = self.setting.form == "linear", self.element.r
        pairs = [b for b in mixed if b >= r]
        fixed = not self.setting.output_bias  # the constant must vanish by itself
        if linear and (minus != 0).any():
            goal = -(minus.T @ rows)  # (q, d + 1)
            if fixed:
                goal[:, -1] += weights.T @ self.sigma(offsets) / (2 * self.sigma.slope)
            width = rows.shape[1] if fixed and self.setting.hidden_biases else rows.shape[1] - 1
            if pairs:
                goal += minus[pairs].T @ rows[pairs]
                rows[pairs, :width] = np.linalg.lstsq(minus[pairs].T, goal[:, :width])[0]
                return
            lines = np.zeros((len(mixed) + len(self.idle), width))
            lines[: len(mixed)] = rows[mixed, :width]
            if width == rows.shape[1]:
                lines[len(mixed) :, -1] = -self.sigma(offsets) / (2 * self.sigma.slope)
            steps = np.linalg.lstsq(lines.T, goal[:, :width].T)[0]
            minus[mixed] += steps[: len(mixed)]
            weights += steps[len(mixed) :]
            return
        if fixed and len(self.idle) + len(mixed):
            rest = self._constant(rows, minus, offsets, weights)
            if self.setting.form == "constant" and mixed:
                minus[mixed[-1]] -= rest / (2 * self.sigma.constant)
            elif len(self.idle) == 1 and self.setting.form != "constant":
                offsets[:] = 0  # a zero of σ
            elif len(self.idle) and self.sigma(offsets[-1:])[0]:
                weights[-1] -= rest / self.sigma(offsets[-1:])[0]
