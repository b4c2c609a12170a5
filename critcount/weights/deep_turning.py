"""The ways on which flipped neurons of several hidden layers turn back, layer by layer.

Softplus, GELU, SiLU, ReLU of one scale: a neuron σ(-z) = σ(z) - 2λz in the place of σ(z) leaves a
linear function of what the layer below computes, which opposite pairs and other flipped neurons
make up for. In one layer, with all else fixed, let A be the outgoing weights, and A' those with
which the sum of every class stands at one neuron of the sign wanted and all other neurons have
none. On the straight line from A to A' the sums of the classes stay, and what the neurons add up
to beside them is linear in A: where it is the same at both ends it stays, too. A constant that it
differs by goes to the next bias (*derived*). The last hidden layer comes first, so that above a
layer there are only neurons that compute what the minimal network's do, and free ones, whose
incoming weights may vanish.

Before, equal neurons give their outgoing weights to one of them, zero-type classes of one sign
lose theirs, and so do idle neurons: a straight line on which the function stays. Those without
weights are *free*, and each flipped class takes one of them to begin anew.

Sines: neurons of one frequency whose phases differ by half turns are the same up to sign, so that
one free neuron of a layer takes over the weight of any other, which is then free itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from critcount._support.types import Array
from critcount.activations import Activation
from critcount.weights.depth import DeepLayer, deep_form, whole_form
from critcount.weights.findings import Classification
from critcount.weights.network import Network
from critcount.weights.pieces import Piece, Straight

__all__ = ["DeepTurns", "HalfTurns"]


class DeepTurns:
    """The way from a network with flipped neurons in several hidden layers to one without.

    Parameters
    ----------
    activation : Activation
        Of the kind even_linear or homogeneous; of the latter a network must have one scale.
    tolerance : float
        As in `critcount.classify`.
    """

    def __init__(self, activation: Activation, tolerance: float) -> None:
        self.activation, self.tolerance = activation, tolerance

    def __call__(self, network: Network) -> Iterator[Piece]:
        """Yield the pieces of the way, all straight; none from a network without flips.

        Raises
        ------
        NotImplementedError
            When some layer has fewer free neurons than flipped classes, or pairs that make more
            than up for the flips; the message names the layer.
        """
        form = deep_form(network, self.activation, self.tolerance)
        if not form.opposite:
            return
        turns = form.turns(self.tolerance, [bias is not None for bias in network.biases])
        if turns is None:
            raise NotImplementedError(
                "opposite neurons make a linear function that no signs make up for; no path is "
                "made through such linear neurons in several hidden layers"
            )
        whole = whole_form(network, self.activation, self.tolerance)
        now = network
        for k in range(len(form.layers) - 1, -1, -1):
            way = _Layer(now, k, form.layers[k], whole.layers[k], turns[k], self)
            yield from way.pieces()
            now = way.now


class HalfTurns:
    """The way from a deep network of sines to one with all phases in the window of half a turn.

    Parameters
    ----------
    found : Classification
        Of the network.
    goal : Network
        The same neurons in their phases within the window.
    """

    def __init__(self, found: Classification, goal: Network) -> None:
        self.found, self.goal = found, goal

    def __call__(self, network: Network) -> Iterator[Piece]:
        """Yield the pieces of the way, all straight.

        Raises
        ------
        NotImplementedError
            When a layer in which some phase is to be turned has no neuron to spare.
        """
        for k in range(len(network.weights) - 1):
            bias, window = network.biases[k], self.goal.biases[k]
            if bias is None or window is None or np.array_equal(bias, window):
                continue
            for step in self._layer(network, k, bias, window):
                yield Straight(network, step)
                network = step

    def _layer(self, network: Network, k: int, bias: Array, window: Array) -> Iterator[Network]:
        """Yield the vertices of the way in one layer."""
        half = np.round((bias - window) / np.pi)
        turn = np.where(half % 2 == 0, 1.0, -1.0)
        own, above, offsets = (np.array(a) for a in (*network.weights[k : k + 2], bias))

        def now() -> Network:
            weights, biases = list(network.weights), list(network.biases)
            weights[k], weights[k + 1], biases[k] = (
                np.array(own),
                np.array(above),
                np.array(offsets),
            )
            return Network._trusted(weights, biases, network.precision, network.activation)

        spare = self._spare(k, above, turn)
        yield now()
        for i in np.flatnonzero((half != 0) & above.any(axis=0)).tolist():
            own[spare], offsets[spare] = own[i], window[i]
            yield now()
            above[:, spare], above[:, i] = turn[i] * above[:, i], 0
            yield now()
            spare = i
        # what gives nothing now would else be turned on the way on which it gets weights again
        left = (half != 0) & ~above.any(axis=0)
        offsets[left] = window[left]
        yield now()

    def _spare(self, k: int, above: Array, turn: Array) -> int:
        """Return a neuron without outgoing weights, made by giving them to an equal neuron."""
        configuration, flips = self.found.configurations[k], self.found.flips[k]
        letters, activation = configuration.letters, self.found.activation
        odd = activation is not None and activation.vanishes_at_zero  # the sine
        constant = {each.neuron for each in self.found.constant_neurons if each.layer == k}
        for j in sorted(set(range(configuration.m)) - constant):
            same = np.flatnonzero(letters == letters[j])
            if letters[j] >= configuration.r:
                above[:, same] = 0
                return j
            if len(same) > 1:
                i = int(same[same != j][0])
                sign = -1 if odd and (i in flips) != (j in flips) else 1
                above[:, i] += sign * turn[i] * turn[j] * above[:, j]
                above[:, j] = 0
                return j
        raise NotImplementedError(
            f"hidden layer {k} has no neuron to spare, by help of which a phase is brought to "
            "another that differs by half turns; whether there is a way without is not known"
        )


class _Layer:
    """The way in one hidden layer; `now` is the network where it has come to."""

    def __init__(
        self,
        network: Network,
        k: int,
        kept: DeepLayer,
        every: DeepLayer,
        turn: Array,
        options: DeepTurns,
    ) -> None:
        self.now, self._k = network, k
        self._kept, self._every, self._turn = kept, every, turn
        self._options = options

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces of the layer."""
        if self._k + 2 < len(self.now.weights):
            yield from self._emptied()
        yield from self._concentrated()
        wanted, spares = self._places()
        yield from self._begun(spares)
        yield self._turned(wanted, spares)

    def _emptied(self) -> Iterator[Piece]:
        """The free neurons of the layer above lose their incoming weights."""
        above, bias = np.array(self.now.weights[self._k + 1]), self.now.biases[self._k + 1]
        free = ~self.now.weights[self._k + 2].any(axis=0)
        if free.any() and above[free].any():
            above[free] = 0
            yield self._to({self._k + 1: above}, {self._k + 1: bias})

    def _concentrated(self) -> Iterator[Piece]:
        """Equal neurons give their weights to one; zero-type and idle neurons lose theirs."""
        k, every = self._k, self._every
        above, bias = np.array(self.now.weights[k + 1]), self.now.biases[k + 1]
        limit = self._options.tolerance * float(np.abs(above).max(initial=0))
        if bias is not None:
            still = np.flatnonzero(every.letters < 0)
            bias = bias + above[:, still] @ self._options.activation(every.constants[still])
            above[:, still] = 0
        for letter in range(int(every.letters.max(initial=-1)) + 1):
            for sign in (1, -1):
                group = np.flatnonzero((every.letters == letter) & (every.signs == sign))
                if len(group):
                    total = above[:, group].sum(axis=1)
                    above[:, group] = 0
                    # of a zero-type class only what balances its other sign stays
                    if self._kept.letters[group[0]] >= 0 or np.abs(total).max() > limit:
                        above[:, group[0]] = total
        if not np.array_equal(above, self.now.weights[k + 1]):
            yield self._to({k + 1: above}, {k + 1: bias})

    def _places(self) -> tuple[list[int], dict[int, int]]:
        """Return the neuron that is to have a class's weight, and whom new ones mirror."""
        above = self.now.weights[self._k + 1]
        free = np.flatnonzero(~above.any(axis=0)).tolist()
        wanted, flipped = [], []
        for letter, turn in enumerate(self._turn.tolist()):
            group = np.flatnonzero(self._kept.letters == letter)
            right = [i for i in group.tolist() if self._kept.signs[i] == turn]
            if right:
                # the one with weights, where there is one
                wanted.append(max(right, key=lambda i: above[:, i].any()))
            else:
                flipped.append((letter, int(group[np.argmax(above[:, group].any(axis=0))])))
                wanted.append(-1)
        free = [i for i in free if i not in wanted]
        if len(free) < len(flipped):
            neurons = "{" + ", ".join(str(i) for _, i in flipped) + "}"
            raise NotImplementedError(
                f"hidden layer {self._k} has {len(free)} neurons to spare for the flipped neurons "
                f"{neurons}; in several hidden layers a way is made only where there is one for "
                "each, and whether there is another is not known"
            )
        spares = {}
        for (letter, model), spare in zip(flipped, free, strict=False):
            wanted[letter] = spare
            spares[spare] = model
        return wanted, spares

    def _begun(self, spares: dict[int, int]) -> Iterator[Piece]:
        """Free neurons take the incoming weights of flipped ones, of opposite sign."""
        k = self._k
        own, bias = np.array(self.now.weights[k]), self.now.biases[k]
        bias = None if bias is None else np.array(bias)
        for spare, model in spares.items():
            own[spare] = -own[model]
            if bias is not None:
                bias[spare] = -bias[model]
        if spares:
            yield self._to({k: own}, {k: bias})

    def _turned(self, wanted: list[int], spares: dict[int, int]) -> Piece:
        """All weights go to the wanted neurons; pairs vanish with the flips."""
        k, every, slope = self._k, self._every, self._options.activation.slope
        above, bias = self.now.weights[k + 1], self.now.biases[k + 1]
        goal = np.zeros_like(above)
        for letter, place in enumerate(wanted):
            goal[:, place] = above[:, self._kept.letters == letter].sum(axis=1)
        rows = np.zeros((above.shape[1], every.rows.shape[1]))
        moving = every.letters >= 0
        rows[moving] = every.signs[moving, None] * every.rows[every.letters[moving]]
        constants = np.array(every.constants)
        for spare, model in spares.items():
            rows[spare], constants[spare] = -rows[model], -constants[model]
        change = slope * (goal - above)
        off, shift = change @ rows, change @ constants
        size = float(np.abs(change).sum(axis=1).max(initial=0)) * float(
            np.abs(rows).max(initial=0)
        )
        if bias is None:
            off = np.column_stack([off, shift])
        if np.abs(off).max(initial=0) > 10 * self._options.tolerance * size:
            raise NotImplementedError(
                f"in hidden layer {k} opposite neurons make up for more than its flipped neurons; "
                "in several hidden layers no way is made on which they vanish"
            )
        return self._to({k + 1: goal}, {k + 1: None if bias is None else bias - shift})

    def _to(self, weights: dict[int, Array], biases: dict[int, Array | None]) -> Piece:
        """Return the straight line to a network with some layers changed, and go there."""
        before = self.now
        self.now = Network._trusted(
            [weights.get(k, w) for k, w in enumerate(before.weights)],
            [biases.get(k, b) for k, b in enumerate(before.biases)],
            before.precision,
            before.activation,
        )
        return Straight(before, self.now)
